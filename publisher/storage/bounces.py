"""Bounces: a row for each mail that came back and was read. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum

from sqlalchemy import Connection, func, insert, select, update

from publisher.storage.subscribers import FORGOTTEN
from publisher.storage.tables import bounce, seconds, subscriber

#: The kind of a bounce that counted until a person lifted the suppression it led to.
_UNDONE = "undone"


class BounceKind(Enum):
    """What a mail that came back reports."""

    #: The address is no more.
    hard = "hard"
    #: It could not be delivered this time.
    soft = "soft"
    #: It was refused for what we are, do or sent: it says nothing of the address.
    ours = "ours"
    #: The person called it spam.
    complaint = "complaint"
    #: The person wants no more of it.
    leave = "leave"
    #: Nothing to act on: an automatic answer, a delay, a receipt.
    ignored = "ignored"
    #: For a person to look at.
    unknown = "unknown"


def is_known(connection: Connection, mail: str) -> bool:
    """Return whether the mail of that SHA-256 was read before."""
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
    """Record what a mail reported; `mail` is its SHA-256 in hex."""
    values = {"mail": mail, "subscriber": subscriber, "kind": kind, "words": words}
    connection.execute(insert(bounce).values({**values, "at": seconds(now)}))


def count(connection: Connection, subscriber: int, kind: str, since: datetime) -> int:
    """Return how many bounces of one kind a subscriber has since a moment."""
    query = select(func.count()).where(
        bounce.c.subscriber == subscriber, bounce.c.kind == kind, bounce.c.at >= seconds(since)
    )
    return connection.execute(query).scalar_one()


def subscribers_with(connection: Connection, kind: str, since: datetime) -> list[tuple[str, str]]:
    """Return key and status of each subscriber with a bounce of a kind since a moment."""
    query = (
        select(subscriber.c.address_key, subscriber.c.status)
        .distinct()
        .join(bounce, bounce.c.subscriber == subscriber.c.id)
        .where(bounce.c.kind == kind, bounce.c.at >= seconds(since))
        .where(subscriber.c.status != FORGOTTEN)
    )
    return [(row.address_key, row.status) for row in connection.execute(query)]


def undo(connection: Connection, keys: Collection[str], kinds: Collection[str]) -> None:
    """Make bounces of these kinds of the subscribers with these keys count no more."""
    for key in keys:
        number = select(subscriber.c.id).where(subscriber.c.address_key == key).scalar_subquery()
        connection.execute(
            update(bounce)
            .where(bounce.c.subscriber == number, bounce.c.kind.in_(kinds))
            .values(kind=_UNDONE)
        )
