"""The ledger: the state of each delivery. Every function works in the caller's transaction.

Each change of state names the state it starts from, so one that comes too late (a person decided,
another process was quicker) changes nothing and returns that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from publisher.model import DeliveryState
from publisher.storage.tables import (
    UNFINISHED,
    WAITING,
    attempt,
    delivery,
    moment,
    plan,
    seconds,
    subscriber,
)

_PAGE = 1_000
#: A relay that does not answer is tried again after so many seconds at the latest.
_LONGEST_WAIT = 3600
#: The reply of deliveries that became uncertain by a restore.
_RESTORED = "before a restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainDelivery:
    """A delivery of which nobody knows whether the relay took it."""

    id: int
    letter: int
    address: str
    #: Whether it is known to have been tried exactly once.
    once: bool


def plans_due(connection: Connection, now: datetime) -> list[int]:
    """Return the ids of the plans with deliveries to try now, oldest first.

    A held plan is tried whatever is due; but while its relay does not reply at the end of a
    message, less and less often, since each such try leaves one more delivery uncertain.
    """
    waits = _has_delivery(delivery.c.state.in_(WAITING))
    due = _has_delivery(delivery.c.state.in_(WAITING), delivery.c.due <= seconds(now))
    held = plan.c.held.is_not(None)
    rows = connection.execute(
        select(plan.c.id, held.label("is_held"))
        .where(plan.c.applied.is_not(None), plan.c.paused.is_(None))
        .where(or_(and_(~held, due), and_(held, waits)))
        .order_by(plan.c.id)
    ).all()
    return [row.id for row in rows if not row.is_held or _may_probe(connection, row.id, now)]


def _has_delivery(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a plan has a delivery that meets all conditions."""
    return select(delivery.c.id).where(delivery.c.plan == plan.c.id, *conditions).exists()


def _may_probe(connection: Connection, plan_id: int, now: datetime) -> bool:
    """Return whether the last uncertain try is as long ago as the tries before it took."""
    oldest, newest = connection.execute(
        select(func.min(delivery.c.changed), func.max(delivery.c.changed)).where(
            delivery.c.plan == plan_id, delivery.c.state == DeliveryState.uncertain.value
        )
    ).one()
    if newest is None:
        return True
    return bool(seconds(now) - newest >= min(newest - oldest, _LONGEST_WAIT))


def resolve_uncertain(
    connection: Connection, name: str, state: DeliveryState, now: datetime
) -> int:
    """Move all uncertain deliveries of a plan to the state that a person chose; return how many."""
    plans = select(plan.c.id).where(plan.c.name == name)
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.plan.in_(plans), delivery.c.state == DeliveryState.uncertain.value)
        .values(state=state.value, due=0, changed=seconds(now), reply="settled by a person")
    )
    return changed.rowcount


def mark_unfinished_uncertain(connection: Connection, now: datetime) -> int:
    """Make unfinished deliveries uncertain, after a restore; return how many."""
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.state.in_(UNFINISHED))
        .values(state=DeliveryState.uncertain.value, changed=seconds(now), reply=_RESTORED)
    )
    return changed.rowcount


def uncertain_deliveries(connection: Connection) -> list[UncertainDelivery]:
    """Return the uncertain deliveries, in order."""
    rows = connection.execute(
        select(
            delivery.c.id, delivery.c.letter, delivery.c.attempts, delivery.c.reply,
            subscriber.c.address,
        )
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .where(delivery.c.plan.in_(select(plan.c.id)))  # so that its index leads to them
        .where(delivery.c.state == DeliveryState.uncertain.value)
        .order_by(delivery.c.id)
    )  # fmt: skip
    return [
        UncertainDelivery(
            id=row.id,
            letter=row.letter,
            address=row.address,
            once=row.attempts == 1 and row.reply != _RESTORED,
        )
        for row in rows
    ]


def resolve_delivery(
    connection: Connection, row: UncertainDelivery, state: DeliveryState, words: str, now: datetime
) -> bool:
    """Move an uncertain delivery to a state, by a relay's log; return False if it has moved."""
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.id == row.id, delivery.c.state == DeliveryState.uncertain.value)
        .values(state=state.value, due=0, changed=seconds(now), reply=words)
    )
    return changed.rowcount == 1


def counts_by_plan(connection: Connection) -> dict[str, dict[str, int]]:
    """Return the number of deliveries in each state, for each plan by name and in order."""
    rows = connection.execute(
        select(plan.c.name, delivery.c.state, func.count(delivery.c.id))
        .outerjoin(delivery, delivery.c.plan == plan.c.id)
        .group_by(plan.c.id, plan.c.name, delivery.c.state)
        .order_by(plan.c.id)
    )
    counts: dict[str, dict[str, int]] = {}
    for name, state, number in rows:
        states = counts.setdefault(name, {})
        if state is not None:
            states[state] = number
    return counts


def next_tries(connection: Connection) -> dict[str, datetime]:
    """Return, by plan name, when the first of its deferred deliveries is due."""
    rows = connection.execute(
        select(plan.c.name, func.min(delivery.c.due))
        .join(delivery, delivery.c.plan == plan.c.id)
        .where(delivery.c.state == DeliveryState.deferred.value)
        .group_by(plan.c.id, plan.c.name)
        .order_by(plan.c.id)
    )
    return {name: moment(due) for name, due in rows}


def count_uncertain(connection: Connection) -> int:
    """Return the number of uncertain deliveries."""
    # Plan by plan, as the index has them: each tick asks, and 5,000,000 looked through take 0.2 s.
    of_one = (
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.plan == plan.c.id)
        .where(delivery.c.state == DeliveryState.uncertain.value)
        .scalar_subquery()
    )
    return int(connection.execute(select(func.sum(of_one)).select_from(plan)).scalar() or 0)


def with_attempts(
    connection: Connection, name: str | None, states: Collection[str]
) -> Iterator[tuple[Any, list[Any]]]:
    """Yield deliveries, each with its attempts, of one plan or of all, in order.

    A row of a delivery has its plan's name and its address too.
    """
    question = (
        select(
            plan.c.name, subscriber.c.address, delivery.c.id, delivery.c.letter, delivery.c.state,
            delivery.c.attempts, delivery.c.changed, delivery.c.due, delivery.c.reply,
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
    for rows in connection.execute(question).partitions():
        attempts: dict[int, list[Any]] = {}
        condition = attempt.c.delivery.in_([row.id for row in rows])
        order = (attempt.c.delivery, attempt.c.number)
        for row in connection.execute(select(attempt).where(condition).order_by(*order)):
            attempts.setdefault(row.delivery, []).append(row)
        for row in rows:
            yield row, attempts.get(row.id, [])
