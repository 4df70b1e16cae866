"""What came back: a row for each mail that was read. In the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from publisher.storage.tables import bounce, seconds


def known(connection: Connection, mail: str) -> bool:
    """Tell whether the mail of that SHA-256 was read before."""
    return (
        connection.execute(select(bounce.c.mail).where(bounce.c.mail == mail)).first() is not None
    )


def add(
    connection: Connection,
    mail: str,
    subscriber: int | None,
    kind: str,
    *,
    words: str,
    now: datetime,
) -> None:
    """Keep what a mail said."""
    values = {"mail": mail, "subscriber": subscriber, "kind": kind, "words": words}
    connection.execute(insert(bounce).values({**values, "at": seconds(now)}))


def count(connection: Connection, subscriber: int, kind: str, since: datetime) -> int:
    """Count what came back of somebody, of one kind, since a moment."""
    query = select(func.count()).where(
        bounce.c.subscriber == subscriber, bounce.c.kind == kind, bounce.c.at >= seconds(since)
    )
    return connection.execute(query).scalar_one()
