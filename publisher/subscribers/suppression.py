"""Who is never mailed again, and who is to be forgotten.

A forgotten person is known by nothing but a hash of their address, made with a key (`Keys.hashes`).
So whatever lets an address in asks `reasons` first, which looks for the hash with every key.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from publisher.errors import AddressError
from publisher.storage import bounces, personal_data, subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import FORGOTTEN, UNSUBSCRIBED, SubscriberRow, Suppression
from publisher.subscribers.addresses import check_address
from publisher.subscribers.import_formats import join_lines
from publisher.subscribers.tokens import Keys

#: What gave somebody their status, when a person typed a command.
BY_HAND = "by hand"
#: The kinds of bounces that suppress.
_COUNTED = ("hard", "soft")
#: How many keys are in one statement.
_AT_ONCE = 1_000


def find_reasons(
    connection: Connection, keys: Keys, address_keys: Collection[str]
) -> dict[str, str]:
    """Return why addresses are never mailed, by their keys; keys that may be mailed are not there.

    The reason of a forgotten person is `FORGOTTEN`.
    """
    owners = {form: key for key in address_keys for form in (key, *keys.hashes(key))}
    suppressed = subscribers.suppression_reasons(connection, list(owners))
    return {owners[form]: reason for form, reason in suppressed.items()}


def refuse_suppressed(connection: Connection, keys: Keys, address_key: str) -> None:
    """Raise AddressError for an address that may not be put on the list."""
    reason = find_reasons(connection, keys, [address_key]).get(address_key)
    if reason is None:
        return
    why = "was forgotten" if reason == FORGOTTEN else f"is never mailed ({reason})"
    raise AddressError(f"this address {why}; `publisher unsuppress ADDR` undoes that")


def suppress_address(
    database: Database, keys: Keys, address: str, *, reason: str, now: datetime
) -> bool:
    """Never mail an address again; False when that was so before. Raises AddressError.

    Nothing else that is known of its owner changes; a stranger becomes known as one who left.
    """
    typed, key = check_address(address)
    with database.write() as connection:
        if find_reasons(connection, keys, [key]):
            return False
        known = subscribers.by_keys(connection, [key]).get(key)
        if known:
            personal_data.drop_confirmation(connection, known.id)
        else:
            stranger = SubscriberRow(
                address=typed, key=key, status=UNSUBSCRIBED, since=now, how=BY_HAND
            )
            subscribers.insert_all(connection, [stranger])
        subscribers.suppress_all(connection, {key: join_lines(reason) or BY_HAND}, now)
    return True


def lift_suppression(
    database: Database, keys: Keys, address: str, *, dry_run: bool = False
) -> str | None:
    """Let an address be mailed again, a forgotten one too; None when it might be before.

    Return the status its owner has, empty for nobody on the list; a dry run does no more than that.
    Raises AddressError.
    """
    _, key = check_address(address)
    with database.write(dry_run=dry_run) as connection:
        if not subscribers.unsuppress(connection, [key, *keys.hashes(key)]):
            return None
        bounces.undo(connection, [key], _COUNTED)
        known = subscribers.by_keys(connection, [key]).get(key)
    return known.status if known else ""


def list_suppressions(
    database: Database, *, since: datetime | None = None, reason: str = ""
) -> list[Suppression]:
    """Return who is never mailed: since a moment, and with a text in the reason or the evidence.

    The text may be in capitals or not. Without both, it is everybody, oldest first.
    """
    with database.read() as connection:
        return _matching(connection, since, reason)


def lift_suppressions(
    database: Database,
    *,
    since: datetime | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> int:
    """Let the addresses be mailed again that the program suppressed; return how many there were.

    Chosen as `listed` does. Whom a person or a file suppressed, or who was forgotten, stays so. A
    dry run only counts them.
    """
    with database.write(dry_run=dry_run) as connection:
        chosen = [row.key for row in _matching(connection, since, reason) if row.evidence]
        for first in range(0, len(chosen), _AT_ONCE):
            subscribers.unsuppress(connection, chosen[first : first + _AT_ONCE])
        bounces.undo(connection, chosen, _COUNTED)
    return len(chosen)


def _matching(connection: Connection, since: datetime | None, reason: str) -> list[Suppression]:
    text = reason.casefold()
    return [
        row
        for row in subscribers.suppressions(connection, since)
        if text in row.reason.casefold() or text in row.evidence.casefold()
    ]


def forget_person(
    database: Database, keys: Keys, address: str, *, now: datetime, dry_run: bool = False
) -> bool:
    """Erase a person, and keep a hash that no import gets past. Raises AddressError.

    False when nothing was stored of them; the hash is kept all the same. A dry run does no more
    than say that.
    """
    _, key = check_address(address)
    with database.write(dry_run=dry_run) as connection:
        known = subscribers.by_keys(connection, [key]).get(key)
        if known:
            personal_data.erase(connection, known, now)
        if not subscribers.suppression_reasons(connection, keys.hashes(key)):
            subscribers.suppress_all(connection, {keys.hashes(key)[0]: FORGOTTEN}, now)
    return known is not None
