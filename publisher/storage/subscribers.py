"""Queries on subscribers. Every function works in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from publisher.storage.plans import EACH
from publisher.storage.tables import moment, seconds, subscriber, suppression

UNCONFIRMED, UNSUBSCRIBED = "unconfirmed", "unsubscribed"
#: What is left of somebody who asked to be forgotten: the number that the ledger refers to.
FORGOTTEN = "forgotten"
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """A person on the list."""

    #: 0 before they are kept.
    id: int = 0
    address: str
    #: The address folded: two forms of one address have one key.
    key: str
    name: str = ""
    #: A BCP 47 tag, or empty for all of the newsletter's languages.
    language: str = ""
    #: unconfirmed, confirmed, unsubscribed or forgotten.
    status: str
    since: datetime
    #: What gave them that status: `form`, `import`, `one-click` …
    how: str = ""
    #: issue, weekly or monthly.
    cadence: str = EACH
    #: Of who gets several issues in one mail: the newest plan that is dealt with.
    covered: int | None = None
    #: Of this subscription: links made in another are void.
    epoch: int = 0


def _row(row: Row[Any]) -> SubscriberRow:
    return SubscriberRow(
        id=row.id,
        address=row.address,
        key=row.address_key,
        name=row.name,
        language=row.language,
        status=row.status,
        since=moment(row.since),
        how=row.how,
        cadence=row.cadence,
        covered=row.covered,
        epoch=row.epoch,
    )


def _values(row: SubscriberRow) -> dict[str, object]:
    return {
        "address": row.address,
        "address_key": row.key,
        "name": row.name,
        "language": row.language,
        "status": row.status,
        "since": seconds(row.since),
        "how": row.how,
        "cadence": row.cadence,
        "covered": row.covered,
        "epoch": row.epoch,
    }


def by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, SubscriberRow]:
    """Give the subscribers with these keys."""
    rows = connection.execute(select(subscriber).where(subscriber.c.address_key.in_(keys)))
    return {row.address_key: _row(row) for row in rows}


def by_ids(connection: Connection, numbers: Collection[int]) -> dict[int, SubscriberRow]:
    """Give the subscribers of these numbers; a number is never another's."""
    rows = connection.execute(select(subscriber).where(subscriber.c.id.in_(numbers)))
    return {row.id: _row(row) for row in rows}


def by_id(connection: Connection, number: int) -> SubscriberRow | None:
    """Give the subscriber of that number."""
    return by_ids(connection, [number]).get(number)


def update_all(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Write over what is known of people, by their numbers."""
    if rows:
        connection.execute(
            update(subscriber).where(subscriber.c.id == bindparam("number")),
            [{**_values(row), "number": row.id} for row in rows],
        )


def put(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Add people, or write over what is known of those with the same keys."""
    known = by_keys(connection, [row.key for row in rows])
    for row in rows:
        if row.key in known:
            connection.execute(
                update(subscriber).where(subscriber.c.address_key == row.key).values(_values(row))
            )
    fresh = [_values(row) for row in rows if row.key not in known]
    if fresh:
        connection.execute(insert(subscriber), fresh)


def change(connection: Connection, row: SubscriberRow, **values: object) -> None:
    """Change what is known of one person, by their number."""
    connection.execute(update(subscriber).where(subscriber.c.id == row.id).values(values))


def leave(connection: Connection, row: SubscriberRow, how: str, now: datetime) -> None:
    """Take one person off the list.

    The epoch moves on: what they were sent to confirm with must not bring them back.
    """
    epoch = max(seconds(now), row.epoch + 1)
    change(connection, row, status=UNSUBSCRIBED, since=seconds(now), how=how, epoch=epoch)


def everyone(connection: Connection) -> Iterator[SubscriberRow]:
    """Walk all subscribers in the order they joined, a page at a time."""
    last = 0
    while True:
        rows = connection.execute(
            select(subscriber)
            .where(subscriber.c.id > last, subscriber.c.status != FORGOTTEN)
            .order_by(subscriber.c.id)
            .limit(_PAGE)
        ).all()
        yield from map(_row, rows)
        if len(rows) < _PAGE:
            return
        last = rows[-1].id


def counts(connection: Connection) -> dict[str, int]:
    """Give how many subscribers are in each status."""
    rows = connection.execute(
        select(subscriber.c.status, func.count()).group_by(subscriber.c.status)
    )
    return {row[0]: row[1] for row in rows}


# --- Suppression --------------------------------------------------------------------------


def suppress(connection: Connection, key: str, reason: str, now: datetime) -> bool:
    """Never mail a key again; False when that was so before."""
    if suppressed(connection, [key]):
        return False
    values = {"key": key, "reason": reason, "since": seconds(now)}
    connection.execute(insert(suppression).values(values))
    return True


def lift(connection: Connection, keys: Sequence[str]) -> bool:
    """Take a suppression away; False when there is none."""
    gone = connection.execute(delete(suppression).where(suppression.c.key.in_(keys)))
    return gone.rowcount > 0


def suppressed(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    """Give the reasons why keys are never mailed, of those that are not."""
    rows = connection.execute(
        select(suppression.c.key, suppression.c.reason).where(suppression.c.key.in_(keys))
    )
    return {row.key: row.reason for row in rows}
