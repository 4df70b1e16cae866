"""All that is stored of one person, and its erasure. In the caller's transaction, as elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from publisher.storage.plans import EACH
from publisher.storage.subscribers import FORGOTTEN, SubscriberRow
from publisher.storage.tables import (
    bounce,
    confirmation,
    delivery,
    moment,
    plan,
    seconds,
    subscriber,
    suppression,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """That an address is never mailed again."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """A mail that asks whether somebody really wants to join."""

    requested: datetime
    language: str
    state: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedRow:
    """What became of one mail to somebody."""

    plan: str
    state: str
    attempts: int
    changed: datetime
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceRow:
    """A mail that came back, or asked for an end."""

    kind: str
    at: datetime
    words: str


def suppression_of(connection: Connection, keys: Sequence[str]) -> SuppressionRow | None:
    """Give why and since when the owner of these keys is never mailed."""
    row = connection.execute(select(suppression).where(suppression.c.key.in_(keys))).first()
    return SuppressionRow(reason=row.reason, since=moment(row.since)) if row else None


def asked_of(connection: Connection, number: int) -> AskedRow | None:
    """Give the mail that asked them whether they want to join."""
    row = connection.execute(
        select(confirmation).where(confirmation.c.subscriber == number)
    ).first()
    if row is None:
        return None
    return AskedRow(
        requested=moment(row.requested),
        language=row.language,
        state=row.state,
        attempts=row.attempts,
    )


def deliveries_of(connection: Connection, number: int) -> list[MailedRow]:
    """Give what became of each mail to them, oldest first."""
    rows = connection.execute(
        select(plan.c.name, delivery)
        .join(delivery, (delivery.c.plan == plan.c.id) & (delivery.c.subscriber == number))
        .order_by(plan.c.id)
    )
    return [
        MailedRow(
            plan=row.name,
            state=row.state,
            attempts=row.attempts,
            changed=moment(row.changed),
            reply=row.reply,
        )
        for row in rows
    ]


def bounces_of(connection: Connection, number: int) -> list[BounceRow]:
    """Give what came back from them, oldest first."""
    rows = connection.execute(
        select(bounce).where(bounce.c.subscriber == number).order_by(bounce.c.at, bounce.c.mail)
    )
    return [BounceRow(kind=row.kind, at=moment(row.at), words=row.words) for row in rows]


def unask(connection: Connection, number: int) -> None:
    """Drop the mail that asks them whether they want to join, sent or not."""
    connection.execute(delete(confirmation).where(confirmation.c.subscriber == number))


def erase(connection: Connection, row: SubscriberRow, now: datetime) -> None:
    """Leave nothing of a person but the number that the ledger refers to."""
    if connection.dialect.name == "sqlite":
        # Else what is written over stays in the file until something else needs the room.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    unask(connection, row.id)
    connection.execute(delete(suppression).where(suppression.c.key == row.key))
    connection.execute(update(bounce).where(bounce.c.subscriber == row.id).values(words=""))
    connection.execute(
        update(subscriber)
        .where(subscriber.c.id == row.id)
        .values(
            address="",
            address_key=f"{FORGOTTEN}:{row.id}",
            name="",
            language="",
            status=FORGOTTEN,
            since=seconds(now),
            how="",
            cadence=EACH,
            covered=None,
            epoch=0,
        )
    )
