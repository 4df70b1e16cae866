"""Adding and removing subscribers by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from publisher.audience.addresses import checked
from publisher.audience.formats import language_tag, one_line
from publisher.audience.suppressing import BY_HAND, refuse
from publisher.audience.tokens import Keys
from publisher.errors import NotFoundError
from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import SUPPRESSED, UNSUBSCRIBED, SubscriberRow


def add(
    database: Database, keys: Keys, address: str, *, name: str, language: str, now: datetime
) -> bool:
    """Put a person on the list as confirmed; False when they were already.

    Raises AddressError, also for who is never to be mailed, and InputError for a language that
    is none.
    """
    typed, key = checked(address)
    row = SubscriberRow(
        address=typed, key=key, name=one_line(name), language=language_tag(language),
        status=CONFIRMED, since=now, how=BY_HAND,
    )  # fmt: skip
    with database.write() as connection:
        refuse(connection, keys, key)
        known = subscribers.by_keys(connection, [key]).get(key)
        if known and known.status == CONFIRMED:
            return False
        if known:
            row = replace(
                known,
                address=typed,
                name=row.name or known.name,
                language=row.language or known.language,
                status=CONFIRMED,
                since=now,
                how=BY_HAND,
            )
        subscribers.put(connection, [row])
    return True


def remove(database: Database, address: str, *, now: datetime) -> bool:
    """Take a person off the list; False when they had left before.

    They stay known as unsubscribed, so that an old import does not bring them back.
    Raises AddressError, and NotFoundError for someone who was never on the list.
    """
    _, key = checked(address)
    with database.write() as connection:
        known = subscribers.by_keys(connection, [key]).get(key)
        if known is None:
            raise NotFoundError("no subscriber has this address")
        if known.status == UNSUBSCRIBED:
            return False
        left = replace(known, status=UNSUBSCRIBED, since=now, how=BY_HAND)
        subscribers.update_all(connection, [left])
    return True


def everyone(database: Database) -> Iterator[SubscriberRow]:
    """Walk all subscribers in the order they joined; who is never to be mailed is suppressed."""
    with database.read() as connection:
        for row, barred in subscribers.everyone(connection):
            yield replace(row, status=SUPPRESSED) if barred else row
