"""The states of plans: waiting, applied, paused, held, cancelled. In the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from publisher.model import DeliveryState
from publisher.storage.tables import UNFINISHED, WAITING, delivery, letter, plan, seconds, signature

_PAGE = 10_000
#: The reply of deliveries that were not begun before their plan was cancelled.
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan."""

    id: int
    #: An issue's slug, or `weekly.2026-11-23`.
    name: str
    #: None when it holds several issues.
    issue: str | None
    #: A hash over all that is frozen, in hex; empty for one that a tick made.
    hash: str
    #: The messages of the checks, a line each.
    checks: str
    #: Whether it is being sent, or was.
    is_applied: bool
    is_cancelled: bool
    #: Whether it was accepted for fewer than half of its readers, and no person has seen to it.
    is_undelivered: bool


def waiting(connection: Connection) -> list[PlanRow]:
    """Return the plans that wait to be applied, oldest first."""
    rows = connection.execute(select(plan).where(plan.c.applied.is_(None)).order_by(plan.c.id))
    return [_plan(row) for row in rows]


def of_issue(connection: Connection, slug: str) -> PlanRow | None:
    """Return an issue's plan; None for none."""
    row = connection.execute(select(plan).where(plan.c.issue == slug)).first()
    return _plan(row) if row else None


def get(connection: Connection, plan_id: int) -> PlanRow:
    """Return a plan that exists."""
    return _plan(connection.execute(select(plan).where(plan.c.id == plan_id)).one())


def by_hash(connection: Connection, beginning: str) -> list[PlanRow]:
    """Return the plans whose hash begins with `beginning`, at most two."""
    begins = plan.c.hash.startswith(beginning, autoescape=True)
    return [_plan(row) for row in connection.execute(select(plan).where(begins).limit(2))]


def _plan(row: Row[Any]) -> PlanRow:
    return PlanRow(
        id=row.id,
        name=row.name,
        issue=row.issue,
        hash=row.hash,
        checks=row.checks,
        is_applied=row.applied is not None,
        is_cancelled=row.cancelled,
        is_undelivered=row.undelivered,
    )


def readers(connection: Connection, plan_id: int) -> Iterator[tuple[int, int]]:
    """Yield letter and subscriber of each delivery of a plan, in order."""
    rows = connection.execute(
        select(delivery.c.letter, delivery.c.subscriber)
        .where(delivery.c.plan == plan_id)
        .order_by(delivery.c.letter, delivery.c.subscriber)
        .execution_options(yield_per=_PAGE)
    )
    for row in rows:
        yield row[0], row[1]


def sizes(connection: Connection, plan_id: int) -> dict[int, int]:
    """Return the number of readers of each letter of a plan."""
    rows = connection.execute(
        select(delivery.c.letter, func.count())
        .where(delivery.c.plan == plan_id)
        .group_by(delivery.c.letter)
    )
    return {row[0]: row[1] for row in rows}


def set_checks(connection: Connection, plan_id: int, *, digest: str, checks: str) -> None:
    """Record the checks' messages of a plan, and the hash over all that is frozen, in hex."""
    values = {"hash": digest, "checks": checks}
    connection.execute(update(plan).where(plan.c.id == plan_id).values(values))


def mark_applied(connection: Connection, plan_id: int, now: datetime) -> None:
    """Mark a waiting plan as applied; others stay as they are."""
    waits = plan.c.applied.is_(None)
    changed = update(plan).where(plan.c.id == plan_id, waits).values(applied=seconds(now))
    connection.execute(changed)


def is_stale(connection: Connection, plan_id: int, before: datetime) -> bool:
    """Return whether a plan is dated before that time and no delivery of it was ever begun."""
    question = select(plan.c.id).where(plan.c.id == plan_id, *_stale(before))
    return connection.execute(question).first() is not None


def redate(connection: Connection, plan_id: int, now: datetime, before: datetime) -> bool:
    """Set a new Date header for a stale plan; return False if it is not stale.

    A plan that a person approved waits again, since it had another date then.
    """
    applied = case((plan.c.hash == "", plan.c.applied), else_=null())
    changed = (
        update(plan)
        .where(plan.c.id == plan_id, *_stale(before))
        .values(dated=seconds(now), applied=applied)
    )
    return connection.execute(changed).rowcount == 1


def _stale(before: datetime) -> tuple[ColumnElement[bool], ...]:
    never_tried = and_(
        delivery.c.state == DeliveryState.pending.value,
        delivery.c.attempts == 0,
        delivery.c.reply == "",  # else it was uncertain, and a person had it sent again
    )
    left = and_(delivery.c.state == DeliveryState.suppressed.value, delivery.c.attempts == 0)
    begun = exists().where(delivery.c.plan == plan.c.id, ~or_(never_tried, left))
    return plan.c.dated < seconds(before), plan.c.cancelled.is_(False), ~begun


def delete_waiting(connection: Connection, plan_id: int) -> None:
    """Delete a waiting plan, with its letters and deliveries."""
    plan_ids = (
        select(plan.c.id).where(plan.c.id == plan_id, plan.c.applied.is_(None)).scalar_subquery()
    )
    delivery_ids = select(delivery.c.id).where(delivery.c.plan == plan_ids)
    connection.execute(delete(signature).where(signature.c.delivery.in_(delivery_ids)))
    connection.execute(delete(delivery).where(delivery.c.plan == plan_ids))
    connection.execute(delete(letter).where(letter.c.plan == plan_ids))
    connection.execute(delete(plan).where(plan.c.id == plan_id, plan.c.applied.is_(None)))


def by_name(connection: Connection, name: str) -> PlanRow | None:
    """Return the plan of that name; None for none."""
    row = connection.execute(select(plan).where(plan.c.name == name)).first()
    return _plan(row) if row else None


def is_unfinished(connection: Connection, plan_id: int) -> bool:
    """Return whether a plan has unfinished or uncertain deliveries."""
    states = (*UNFINISHED, DeliveryState.uncertain.value)
    question = exists().where(delivery.c.plan == plan_id, delivery.c.state.in_(states))
    return bool(connection.execute(select(question)).scalar_one())


def pause(connection: Connection, plan_id: int) -> None:
    """Stop a plan from sending more until a person resumes it."""
    goes_on = plan.c.paused.is_(None)
    connection.execute(update(plan).where(plan.c.id == plan_id, goes_on).values(paused=""))


def resume(connection: Connection, plan_id: int) -> bool:
    """Resume a paused plan; return False if it was not paused, or was cancelled."""
    halted = (plan.c.paused.is_not(None), plan.c.cancelled.is_(False))
    changed = update(plan).where(plan.c.id == plan_id, *halted).values(paused=None)
    return connection.execute(changed).rowcount == 1


def cancel(connection: Connection, plan_id: int, now: datetime) -> None:
    """Cancel a plan: no delivery of it begins any more.

    Deliveries that are being sent come to their end; `suppress_cancelled` is called after that.
    """
    connection.execute(
        update(plan)
        .where(plan.c.id == plan_id)
        .values(
            paused="", cancelled=True, held=None, undelivered=False,
            applied=func.coalesce(plan.c.applied, seconds(now)),
        )
    )  # fmt: skip
    suppress_cancelled(connection, now)


def suppress_cancelled(connection: Connection, now: datetime) -> None:
    """Make the pending and deferred deliveries of cancelled plans `suppressed`."""
    plan_ids = select(plan.c.id).where(plan.c.cancelled.is_(True))
    changed = (
        update(delivery)
        .where(delivery.c.plan.in_(plan_ids), delivery.c.state.in_(WAITING))
        .values(state=DeliveryState.suppressed.value, due=0, changed=seconds(now), reply=CANCELLED)
    )
    connection.execute(changed)


def paused(connection: Connection) -> list[str]:
    """Return the names of the plans that a person paused, in order."""
    rows = connection.execute(
        select(plan.c.name)
        .where(plan.c.paused.is_not(None), plan.c.cancelled.is_(False))
        .order_by(plan.c.id)
    )
    return [row.name for row in rows]


def hold(connection: Connection, plan_id: int, words: str) -> None:
    """Hold a plan: each run tries one delivery, until the relay accepts it.

    `words` are the relay's, about us. A plan without anything to send is not held.
    """
    waits = exists().where(delivery.c.plan == plan_id, delivery.c.state.in_(WAITING))
    goes = (plan.c.applied.is_not(None), plan.c.cancelled.is_(False), waits)
    connection.execute(update(plan).where(plan.c.id == plan_id, *goes).values(held=words))


def release(connection: Connection, plan_id: int, now: datetime) -> None:
    """Release a held plan: deferred deliveries are due now, and their time for retries restarts."""
    changed = update(plan).where(plan.c.id == plan_id, plan.c.held.is_not(None)).values(held=None)
    if connection.execute(changed).rowcount:
        connection.execute(
            update(delivery)
            .where(delivery.c.plan == plan_id)
            .where(delivery.c.state == DeliveryState.deferred.value)
            .values(due=0, retry_from=seconds(now))
        )


def is_held(connection: Connection, plan_id: int) -> bool:
    """Return whether a plan is held."""
    question = select(plan.c.id).where(plan.c.id == plan_id, plan.c.held.is_not(None))
    return connection.execute(question).first() is not None


def held(connection: Connection) -> dict[str, str]:
    """Return the relay's words for each held plan that is not paused, by name and in order."""
    rows = connection.execute(
        select(plan.c.name, plan.c.held)
        .where(plan.c.held.is_not(None), plan.c.paused.is_(None))
        .order_by(plan.c.id)
    )
    return {row.name: row.held for row in rows}
