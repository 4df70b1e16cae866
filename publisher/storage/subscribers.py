"""Queries on subscribers. Every function works in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from publisher.storage.tables import moment, seconds, subscriber

_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """A person on the list."""

    address: str
    #: The address folded: two forms of one address have one key.
    key: str
    name: str
    #: A BCP 47 tag, or empty for all of the newsletter's languages.
    language: str
    #: unconfirmed, confirmed or unsubscribed.
    status: str
    since: datetime


_COLUMNS = (
    subscriber.c.address, subscriber.c.address_key, subscriber.c.name, subscriber.c.language,
    subscriber.c.status, subscriber.c.since,
)  # fmt: skip


def _row(row: Sequence[object]) -> SubscriberRow:
    address, key, name, language, status, since = row
    return SubscriberRow(
        address=str(address),
        key=str(key),
        name=str(name),
        language=str(language),
        status=str(status),
        since=moment(int(str(since))),
    )


def by_keys(connection: Connection, keys: Sequence[str]) -> dict[str, SubscriberRow]:
    """Give the subscribers with these keys."""
    rows = connection.execute(select(*_COLUMNS).where(subscriber.c.address_key.in_(keys)))
    return {row[1]: _row(row) for row in rows}


def put(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Add people, or write over what is known of those with the same keys."""
    known = by_keys(connection, [row.key for row in rows])
    fresh = []
    for row in rows:
        values = {
            "address": row.address,
            "address_key": row.key,
            "name": row.name,
            "language": row.language,
            "status": row.status,
            "since": seconds(row.since),
        }
        if row.key in known:
            connection.execute(
                update(subscriber).where(subscriber.c.address_key == row.key).values(values)
            )
        else:
            fresh.append(values)
    if fresh:
        connection.execute(insert(subscriber), fresh)


def everyone(connection: Connection) -> Iterator[SubscriberRow]:
    """Walk all subscribers in the order they joined, a page at a time."""
    last = 0
    while True:
        rows = connection.execute(
            select(subscriber.c.id, *_COLUMNS)
            .where(subscriber.c.id > last)
            .order_by(subscriber.c.id)
            .limit(_PAGE)
        ).all()
        yield from (_row(row[1:]) for row in rows)
        if len(rows) < _PAGE:
            return
        last = rows[-1][0]


def counts(connection: Connection) -> dict[str, int]:
    """Give how many subscribers are in each status."""
    rows = connection.execute(
        select(subscriber.c.status, func.count()).group_by(subscriber.c.status)
    )
    return {row[0]: row[1] for row in rows}
