"""Adding and removing subscribers by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from publisher.errors import NotFoundError
from publisher.storage import plans, subscribers
from publisher.storage.database import Database
from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import SUPPRESSED, UNSUBSCRIBED, SubscriberRow
from publisher.subscribers.addresses import check_address
from publisher.subscribers.import_formats import check_language_tag, join_lines
from publisher.subscribers.suppression import BY_HAND, refuse_suppressed
from publisher.subscribers.tokens import Keys


def add(
    database: Database, keys: Keys, address: str, *, name: str, language: str, now: datetime
) -> bool:
    """Put a person on the list as confirmed; False when they were already.

    Raises AddressError, also for who is never to be mailed, and InputError for a language that
    is none.
    """
    typed, key = check_address(address)
    name, language = join_lines(name), check_language_tag(language)
    with database.write() as connection:
        refuse_suppressed(connection, keys, key)
        known = subscribers.by_keys(connection, [key]).get(key)
        if known and known.status == CONFIRMED:
            return False
        row = known or SubscriberRow(address=typed, key=key, status=UNSUBSCRIBED, since=now)
        row = subscribers.confirmed(row, plans.newest(connection), how=BY_HAND, now=now)
        row = replace(row, address=typed, name=name or row.name, language=language or row.language)
        subscribers.put(connection, [row])
    return True


def remove(database: Database, address: str, *, now: datetime) -> bool:
    """Take a person off the list; False when they had left before.

    They stay known as unsubscribed, so that an old import does not bring them back.
    Raises AddressError, and NotFoundError for someone who was never on the list.
    """
    _, key = check_address(address)
    with database.write() as connection:
        known = subscribers.by_keys(connection, [key]).get(key)
        if known is None:
            raise NotFoundError("no subscriber has this address")
        if known.status == UNSUBSCRIBED:
            return False
        subscribers.update_all(connection, [subscribers.unsubscribed(known, how=BY_HAND, now=now)])
    return True


def list_subscribers(database: Database) -> Iterator[SubscriberRow]:
    """Yield all subscribers in the order they joined; who is never to be mailed is suppressed."""
    with database.read() as connection:
        for row, barred in subscribers.all_subscribers(connection):
            yield replace(row, status=SUPPRESSED) if barred else row
