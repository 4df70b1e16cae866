"""Who asked to join, and the mail that asks them back. All in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from publisher.model import DeliveryState
from publisher.storage.subscribers import UNCONFIRMED, SubscriberRow, by_id
from publisher.storage.tables import (
    WAITING,
    bounce,
    confirmation,
    delivery,
    moment,
    request,
    seconds,
    subscriber,
)

#: What gave those their status who joined by themselves.
FORM = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRow:
    """A mail to one person who asked to join."""

    reader: SubscriberRow
    requested: datetime
    #: The language of the page they asked on.
    language: str
    #: How often it was begun, this time included.
    attempts: int


def count_requests(connection: Connection, network: str, since: datetime) -> tuple[int, int]:
    """Give how many have asked since then: from that network, and from anywhere."""
    recent = select(func.count()).select_from(request).where(request.c.at > seconds(since))
    its = connection.execute(recent.where(request.c.network == network)).scalar()
    return its or 0, connection.execute(recent).scalar() or 0


def note_request(connection: Connection, network: str, now: datetime, since: datetime) -> None:
    """Remember that somebody asked, and forget who asked before `since`."""
    connection.execute(delete(request).where(request.c.at <= seconds(since)))
    connection.execute(insert(request).values(network=network, at=seconds(now)))


def asked_at(connection: Connection, subscriber: int) -> datetime | None:
    """Give when a person last asked to join."""
    found = connection.execute(
        select(confirmation.c.requested).where(confirmation.c.subscriber == subscriber)
    ).scalar()
    return None if found is None else moment(found)


def write(connection: Connection, subscriber: int, language: str, now: datetime) -> None:
    """Have a person written to, in the place of what was to be written before."""
    connection.execute(delete(confirmation).where(confirmation.c.subscriber == subscriber))
    values = {
        "subscriber": subscriber,
        "requested": seconds(now),
        "language": language,
        "state": DeliveryState.pending.value,
        "attempts": 0,
        "due": 0,
    }
    connection.execute(insert(confirmation).values(values))


def claim(connection: Connection, now: datetime, since: datetime) -> ConfirmationRow | None:
    """Take the next mail to write, and set it to `sending`; None when there is none.

    What was asked for before `since` is too late.
    """
    row = connection.execute(
        select(confirmation)
        .where(confirmation.c.state.in_(WAITING), confirmation.c.due <= seconds(now))
        .where(confirmation.c.requested > seconds(since))
        .order_by(confirmation.c.requested, confirmation.c.subscriber)
        .limit(1)
    ).first()
    reader = by_id(connection, row.subscriber) if row else None
    if row is None or reader is None:
        return None
    attempts = row.attempts + 1
    settle(connection, reader.id, DeliveryState.sending, start=WAITING, attempts=attempts)
    return ConfirmationRow(
        reader=reader, requested=moment(row.requested), language=row.language, attempts=attempts
    )


def settle(
    connection: Connection,
    subscriber: int,
    state: DeliveryState,
    *,
    start: tuple[str, ...] = (DeliveryState.sending.value,),
    attempts: int,
    due: datetime | None = None,
) -> None:
    """Move a mail to a state from one of `start`; nothing happens if it has left these."""
    connection.execute(
        update(confirmation)
        .where(confirmation.c.subscriber == subscriber, confirmation.c.state.in_(start))
        .values(state=state.value, attempts=attempts, due=seconds(due) if due else 0)
    )


def forget_stale(connection: Connection, before: datetime) -> None:
    """Drop mails asked for before that, and who never answered theirs and is known no other way."""
    stale = confirmation.c.requested <= seconds(before)
    numbers = connection.execute(select(confirmation.c.subscriber).where(stale)).scalars().all()
    if not numbers:
        return
    connection.execute(delete(confirmation).where(stale))
    connection.execute(
        delete(subscriber)
        .where(subscriber.c.id.in_(numbers), subscriber.c.status == UNCONFIRMED)
        .where(subscriber.c.how == FORM)
        .where(~select(delivery.c.id).where(delivery.c.subscriber == subscriber.c.id).exists())
        .where(~select(bounce.c.mail).where(bounce.c.subscriber == subscriber.c.id).exists())
    )


def wait(attempts: int) -> timedelta:
    """Give how long to wait after a refusal for now: a minute, doubling up to an hour."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 6)), timedelta(hours=1))
