"""All that is stored about one person, and its erasure. In the caller's transaction."""

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
    """The suppression of an address."""

    reason: str
    since: datetime
    #: The words of the bounce that it rests on; empty when a person or a file asked for it.
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationData:
    """The confirmation mail to a person."""

    requested: datetime
    language: str
    state: str
    attempts: int
    #: The relay's, if it did not take it.
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRow:
    """One try to send a mail to a person."""

    at: datetime
    relay: str
    code: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedRow:
    """The outcome of one mail to a person."""

    plan: str
    state: str
    attempts: int
    changed: datetime
    reply: str
    tries: tuple[TriedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceRow:
    """A bounce, complaint or unsubscribe mail of a person."""

    kind: str
    at: datetime
    words: str


def suppression_of(connection: Connection, keys: Sequence[str]) -> SuppressionRow | None:
    """Return the suppression of a person with these keys; None for none."""
    row = connection.execute(select(suppression).where(suppression.c.key.in_(keys))).first()
    return (
        SuppressionRow(reason=row.reason, since=moment(row.since), evidence=row.evidence)
        if row
        else None
    )


def confirmation_of(connection: Connection, number: int) -> ConfirmationData | None:
    """Return a person's confirmation mail; None for none."""
    row = connection.execute(
        select(confirmation).where(confirmation.c.subscriber == number)
    ).first()
    if row is None:
        return None
    return ConfirmationData(
        requested=moment(row.requested),
        language=row.language,
        state=row.state,
        attempts=row.attempts,
        words=row.words,
    )


def deliveries_of(connection: Connection, number: int) -> list[MailedRow]:
    """Return the outcome of each mail to a person, oldest first."""
    rows = connection.execute(
        select(plan.c.name, delivery)
        .join(delivery, (delivery.c.plan == plan.c.id) & (delivery.c.subscriber == number))
        .order_by(plan.c.id)
    )
    tries: dict[int, list[TriedRow]] = {}
    question = select(attempt).where(attempt.c.delivery.in_(_delivery_ids(number)))
    for row in connection.execute(question.order_by(attempt.c.delivery, attempt.c.number)):
        tries.setdefault(row.delivery, []).append(
            TriedRow(at=moment(row.at), relay=row.relay, code=row.code, words=row.words)
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


def _delivery_ids(number: int) -> Select[tuple[int]]:
    """Return a query for the deliveries of one person, by the index that begins with the plan."""
    of_all_plans = delivery.c.plan.in_(select(plan.c.id))
    return select(delivery.c.id).where(of_all_plans, delivery.c.subscriber == number)


def bounces_of(connection: Connection, number: int) -> list[BounceRow]:
    """Return a person's bounces, oldest first."""
    rows = connection.execute(
        select(bounce).where(bounce.c.subscriber == number).order_by(bounce.c.at, bounce.c.mail)
    )
    return [BounceRow(kind=row.kind, at=moment(row.at), words=row.words) for row in rows]


def drop_confirmation(connection: Connection, number: int) -> None:
    """Delete a person's confirmation mail, sent or not."""
    connection.execute(delete(confirmation).where(confirmation.c.subscriber == number))


def erase(connection: Connection, row: SubscriberRow, now: datetime) -> None:
    """Erase all that is stored about a person but the number that the ledger refers to.

    The keyed hash that suppresses a forgotten address is added by the caller.
    """
    if connection.dialect.name == "sqlite":
        # Else what is written over stays in the file until something else needs the room.
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    drop_confirmation(connection, row.id)
    connection.execute(delete(suppression).where(suppression.c.key == row.key))
    delivery_ids = _delivery_ids(row.id)
    connection.execute(update(delivery).where(delivery.c.id.in_(delivery_ids)).values(reply=""))
    connection.execute(update(attempt).where(attempt.c.delivery.in_(delivery_ids)).values(words=""))
    connection.execute(delete(signature).where(signature.c.delivery.in_(delivery_ids)))
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
