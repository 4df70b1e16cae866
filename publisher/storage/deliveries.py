"""The ledger: what became of each delivery. Every function works in the caller's transaction.

Each change of state names the state it starts from, so one that comes too late (a person
settled the delivery, another process was quicker) changes nothing and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    literal,
    select,
    update,
)

from publisher.model import DeliveryState
from publisher.storage.plans import CONFIRMED
from publisher.storage.tables import delivery, letter, plan, seconds, subscriber, suppression

_PAGE = 1_000
#: Said of what a restored copy of the state knows too little of.
_RESTORED = "before a restore"
_WAITING = (DeliveryState.pending.value, DeliveryState.deferred.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One recipient of one plan."""

    id: int
    letter: int
    subscriber: int
    address: str
    #: Of the subscription: links in the mail are made of it.
    epoch: int
    #: How often it was begun, this time included.
    attempts: int
    state: DeliveryState


def was_sent(connection: Connection, number: int, subscriber_id: int) -> bool:
    """Tell whether there is a letter of that number, and it was for that person."""
    found = connection.execute(
        select(delivery.c.id)
        .join(letter, (letter.c.plan == delivery.c.plan) & (letter.c.id == delivery.c.letter))
        .where(letter.c.id == literal(number, BigInteger), delivery.c.subscriber == subscriber_id)
    )
    return found.first() is not None


def plans_due(connection: Connection, now: datetime) -> list[int]:
    """Give the plans with deliveries to try now, oldest first."""
    rows = connection.execute(
        select(plan.c.id)
        .where(plan.c.applied.is_not(None))
        .where(select(delivery.c.id).where(delivery.c.plan == plan.c.id, _due(now)).exists())
        .order_by(plan.c.id)
    )
    return [row[0] for row in rows]


def _due(now: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202  (a column expression)
    return and_(delivery.c.state.in_(_WAITING), delivery.c.due <= seconds(now))


def claim(connection: Connection, plan_id: int, now: datetime) -> DeliveryRow | None:
    """Take the next delivery of a plan and set it to `sending`; None when there is none.

    Someone who left since the plan was made is passed over: that delivery is `suppressed`.
    """
    while True:
        row = connection.execute(
            _rows(suppression.c.key.label("barred"))
            .outerjoin(suppression, suppression.c.key == subscriber.c.address_key)
            .where(delivery.c.plan == plan_id, _due(now))
            .order_by(delivery.c.id)
            .limit(1)
        ).first()
        if row is None:
            return None
        words = ""
        if row.status != CONFIRMED:
            words = "left the list"
        elif row.barred is not None:
            words = "never to be mailed"
        found = _row(row, attempts=row.attempts + (not words))
        target = DeliveryState.suppressed if words else DeliveryState.sending
        settle(connection, found, target, words, now)
        if not words:
            return found


def _rows(*more: ColumnElement[Any]) -> Select[Any]:
    return select(
        delivery.c.id, delivery.c.letter, delivery.c.subscriber, delivery.c.attempts,
        delivery.c.state, subscriber.c.address, subscriber.c.epoch, subscriber.c.status, *more,
    ).join(subscriber, subscriber.c.id == delivery.c.subscriber)  # fmt: skip


def _row(row: Row[Any], *, attempts: int) -> DeliveryRow:
    return DeliveryRow(
        id=row.id,
        letter=row.letter,
        subscriber=row.subscriber,
        address=row.address,
        epoch=row.epoch,
        attempts=attempts,
        state=DeliveryState(row.state),
    )


def settle(
    connection: Connection,
    row: DeliveryRow,
    state: DeliveryState,
    reply: str,
    now: datetime,
    *,
    start: DeliveryState | None = None,
    due: datetime | None = None,
) -> bool:
    """Move a delivery to a state from the one it was read in (or `start`); False if it left that.

    `due` is when a deferred one may be tried again.
    """
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.id == row.id, delivery.c.state == (start or row.state).value)
        .values(
            state=state.value,
            attempts=row.attempts,
            due=seconds(due) if due else 0,
            changed=seconds(now),
            reply=reply,
        )
    )
    return changed.rowcount == 1


def in_flight(connection: Connection) -> list[DeliveryRow]:
    """Give the deliveries a crash left in `sending`."""
    rows = connection.execute(
        _rows().where(delivery.c.state == DeliveryState.sending.value).order_by(delivery.c.id)
    )
    return [_row(row, attempts=row.attempts) for row in rows]


def settle_uncertain(connection: Connection, name: str, state: DeliveryState, now: datetime) -> int:
    """Move all uncertain deliveries of a plan to a state, as a person decided."""
    plans = select(plan.c.id).where(plan.c.name == name)
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.plan.in_(plans), delivery.c.state == DeliveryState.uncertain.value)
        .values(state=state.value, due=0, changed=seconds(now), reply="settled by a person")
    )
    return changed.rowcount


def doubt_unfinished(connection: Connection, now: datetime) -> int:
    """Make uncertain what is still to be sent: after a restore, it may have been."""
    unfinished = (*_WAITING, DeliveryState.sending.value)
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.state.in_(unfinished))
        .values(state=DeliveryState.uncertain.value, changed=seconds(now), reply=_RESTORED)
    )
    return changed.rowcount


def doubtful(connection: Connection) -> list[tuple[DeliveryRow, bool]]:
    """Give the uncertain deliveries, each with whether it was begun once in all."""
    rows = connection.execute(
        _rows(delivery.c.reply)
        .where(delivery.c.state == DeliveryState.uncertain.value)
        .order_by(delivery.c.id)
    )
    return [
        (_row(row, attempts=row.attempts), row.attempts == 1 and row.reply != _RESTORED)
        for row in rows
    ]


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Give, for each plan by name and in order, how many deliveries are where."""
    rows = connection.execute(
        select(plan.c.name, delivery.c.state, func.count(delivery.c.id))
        .outerjoin(delivery, delivery.c.plan == plan.c.id)
        .group_by(plan.c.id, plan.c.name, delivery.c.state)
        .order_by(plan.c.id)
    )
    found: dict[str, dict[str, int]] = {}
    for name, state, number in rows:
        states = found.setdefault(name, {})
        if state is not None:
            states[state] = number
    return found


def uncertain(connection: Connection) -> int:
    """Give how many deliveries wait for a person to settle them."""
    found = connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.state == DeliveryState.uncertain.value)
    ).scalar()
    return found or 0


def walk(connection: Connection, name: str | None, states: Collection[str]) -> Iterator[Any]:
    """Walk deliveries with their plan's name and their address: of one plan or of all, in order."""
    question = (
        select(
            plan.c.name, subscriber.c.address, delivery.c.state, delivery.c.attempts,
            delivery.c.changed, delivery.c.due, delivery.c.reply,
        )
        .join(plan, plan.c.id == delivery.c.plan)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .order_by(delivery.c.id)
        .execution_options(yield_per=_PAGE)
    )  # fmt: skip
    if name is not None:
        question = question.where(plan.c.name == name)
    if states:
        question = question.where(delivery.c.state.in_(states))
    yield from connection.execute(question)
