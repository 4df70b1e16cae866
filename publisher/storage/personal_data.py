"""All that is stored of one person, and its erasure. In the caller's transaction, as elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, delete, select, update

from publisher.storage.plans import EACH
from publisher.storage.subscribers import FORGOTTEN, SubscriberRow
from publisher.storage.tables import (
    attempt,
    bounce,
    confirmation,
    delivery,
    moment,
    plan,
    seconds,
    signature,
    subscriber,
    suppression,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionRow:
    """That an address is never mailed again."""

    reason: str
    since: datetime
    #: The words of the bounce that it rests on; empty when a person or a file asked for it.
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """A mail that asks whether somebody really wants to join."""

    requested: datetime
    language: str
    state: str
    attempts: int
    #: The relay's, if it did not take it.
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRow:
    """One try to hand over a mail to somebody."""

    at: datetime
    relay: str
    code: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedRow:
    """What became of one mail to somebody."""

    plan: str
    state: str
    attempts: int
    changed: datetime
    reply: str
    tries: tuple[TriedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceRow:
    """A mail that came back, or asked for an end."""

    kind: str
    at: datetime
    words: str


def suppression_of(connection: Connection, keys: Sequence[str]) -> SuppressionRow | None:
    """Return why and since when the owner of these keys is never mailed."""
    row = connection.execute(select(suppression).where(suppression.c.key.in_(keys))).first()
    return (
        SuppressionRow(reason=row.reason, since=moment(row.since), evidence=row.evidence)
        if row
        else None
    )


def asked_of(connection: Connection, number: int) -> AskedRow | None:
    """Return the mail that asked them whether they want to join."""
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
        words=row.words,
    )


def deliveries_of(connection: Connection, number: int) -> list[MailedRow]:
    """Return what became of each mail to them, oldest first."""
    rows = connection.execute(
        select(plan.c.name, delivery)
        .join(delivery, (delivery.c.plan == plan.c.id) & (delivery.c.subscriber == number))
        .order_by(plan.c.id)
    )
    tries: dict[int, list[TriedRow]] = {}
    its = select(attempt).where(attempt.c.delivery.in_(_theirs(number)))
    for each in connection.execute(its.order_by(attempt.c.delivery, attempt.c.number)):
        tries.setdefault(each.delivery, []).append(
            TriedRow(at=moment(each.at), relay=each.relay, code=each.code, words=each.words)
        )
    return [
        MailedRow(
            plan=row.name,
            state=row.state,
            attempts=row.attempts,
            changed=moment(row.changed),
            reply=row.reply,
            tries=tuple(tries.get(row.id, ())),
        )
        for row in rows
    ]


def _theirs(number: int) -> Select[tuple[int]]:
    """Ask for the deliveries of one person, by the index that begins with the plan."""
    of_all_plans = delivery.c.plan.in_(select(plan.c.id))
    return select(delivery.c.id).where(of_all_plans, delivery.c.subscriber == number)


def bounces_of(connection: Connection, number: int) -> list[BounceRow]:
    """Return what came back from them, oldest first."""
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
    its = _theirs(row.id)
    connection.execute(update(delivery).where(delivery.c.id.in_(its)).values(reply=""))
    connection.execute(update(attempt).where(attempt.c.delivery.in_(its)).values(words=""))
    connection.execute(delete(signature).where(signature.c.delivery.in_(its)))
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
            first_epoch=0,
            left_epoch=0,
        )
    )
