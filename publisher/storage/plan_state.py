"""Plans that wait for a person, or were halted. All in the caller's transaction."""

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
#: What a delivery says that was not begun before its plan was cancelled.
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan."""

    id: int
    #: An issue's slug, or `weekly.2026-11-23`.
    name: str
    #: None when it holds several issues.
    issue: str | None
    #: Over all that is frozen, in hex; empty for one that a tick made.
    hash: str
    #: What the checks said, a line each.
    checks: str
    #: Whether it is being carried out, or was.
    is_applied: bool
    is_cancelled: bool
    #: Whether fewer than half of its readers got it, and nobody has seen to that yet.
    is_undelivered: bool


def waiting(connection: Connection) -> list[PlanRow]:
    """Return the plans that wait for a person, oldest first."""
    rows = connection.execute(select(plan).where(plan.c.applied.is_(None)).order_by(plan.c.id))
    return [_plan(row) for row in rows]


def of_issue(connection: Connection, slug: str) -> PlanRow | None:
    """Return an issue's plan."""
    row = connection.execute(select(plan).where(plan.c.issue == slug)).first()
    return _plan(row) if row else None


def get(connection: Connection, plan_id: int) -> PlanRow:
    """Return a plan."""
    return _plan(connection.execute(select(plan).where(plan.c.id == plan_id)).one())


def by_hash(connection: Connection, beginning: str) -> list[PlanRow]:
    """Return the plans whose hash begins so; of many, two."""
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
    """Yield whom a plan is for: letter and subscriber, in order."""
    rows = connection.execute(
        select(delivery.c.letter, delivery.c.subscriber)
        .where(delivery.c.plan == plan_id)
        .order_by(delivery.c.letter, delivery.c.subscriber)
        .execution_options(yield_per=_PAGE)
    )
    for row in rows:
        yield row[0], row[1]


def sizes(connection: Connection, plan_id: int) -> dict[int, int]:
    """Return, for each letter of a plan, how many readers it has."""
    rows = connection.execute(
        select(delivery.c.letter, func.count())
        .where(delivery.c.plan == plan_id)
        .group_by(delivery.c.letter)
    )
    return {row[0]: row[1] for row in rows}


def seal(connection: Connection, plan_id: int, *, digest: str, checks: str) -> None:
    """Keep what the checks said of a plan, and the hash over all that is frozen."""
    values = {"hash": digest, "checks": checks}
    connection.execute(update(plan).where(plan.c.id == plan_id).values(values))


def begin(connection: Connection, plan_id: int, now: datetime) -> None:
    """Let a plan that waits be carried out; one that was begun stays as it is."""
    waits = plan.c.applied.is_(None)
    changed = update(plan).where(plan.c.id == plan_id, waits).values(applied=seconds(now))
    connection.execute(changed)


def is_stale(connection: Connection, plan_id: int, before: datetime) -> bool:
    """Return whether a plan was dated before that time and nothing of it was ever begun."""
    found = select(plan.c.id).where(plan.c.id == plan_id, *_stale(before))
    return connection.execute(found).first() is not None


def date_anew(connection: Connection, plan_id: int, now: datetime, before: datetime) -> bool:
    """Set a new Date header for a stale plan; return False if it is not stale.

    One that a person approved waits again: what was approved has another date.
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


def drop(connection: Connection, plan_id: int) -> None:
    """Take away a plan that waits: nothing of it was ever begun."""
    its = select(plan.c.id).where(plan.c.id == plan_id, plan.c.applied.is_(None)).scalar_subquery()
    theirs = select(delivery.c.id).where(delivery.c.plan == its)
    connection.execute(delete(signature).where(signature.c.delivery.in_(theirs)))
    connection.execute(delete(delivery).where(delivery.c.plan == its))
    connection.execute(delete(letter).where(letter.c.plan == its))
    connection.execute(delete(plan).where(plan.c.id == plan_id, plan.c.applied.is_(None)))


def by_name(connection: Connection, name: str) -> PlanRow | None:
    """Return the plan of that name."""
    row = connection.execute(select(plan).where(plan.c.name == name)).first()
    return _plan(row) if row else None


def is_left(connection: Connection, plan_id: int) -> bool:
    """Return whether anything of a plan may still go out, now or when a person has settled it."""
    states = (*UNFINISHED, DeliveryState.uncertain.value)
    its = exists().where(delivery.c.plan == plan_id, delivery.c.state.in_(states))
    return bool(connection.execute(select(its)).scalar_one())


def pause(connection: Connection, plan_id: int) -> None:
    """Let nothing more of a plan begin until a person resumes it."""
    goes_on = plan.c.paused.is_(None)
    connection.execute(update(plan).where(plan.c.id == plan_id, goes_on).values(paused=""))


def resume(connection: Connection, plan_id: int) -> bool:
    """Let a plan go on; False if it was not paused, or was cancelled."""
    halted = (plan.c.paused.is_not(None), plan.c.cancelled.is_(False))
    changed = update(plan).where(plan.c.id == plan_id, *halted).values(paused=None)
    return connection.execute(changed).rowcount == 1


def cancel(connection: Connection, plan_id: int, now: datetime) -> None:
    """Let nothing of a plan begin ever again.

    What is being sent at this moment ends, or `end_cancelled` sees to it.
    """
    connection.execute(
        update(plan)
        .where(plan.c.id == plan_id)
        .values(
            paused="", cancelled=True, held=None, undelivered=False,
            applied=func.coalesce(plan.c.applied, seconds(now)),
        )
    )  # fmt: skip
    end_cancelled(connection, now)


def end_cancelled(connection: Connection, now: datetime) -> None:
    """Make `suppressed` what of cancelled plans is still to be sent."""
    its = select(plan.c.id).where(plan.c.cancelled.is_(True))
    changed = (
        update(delivery)
        .where(delivery.c.plan.in_(its), delivery.c.state.in_(WAITING))
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
    """Let nothing more of a plan begin but one delivery each run, until the relay takes that.

    `words` are the relay's, about us. Of a plan that has nothing left to send nothing is held.
    """
    waits = exists().where(delivery.c.plan == plan_id, delivery.c.state.in_(WAITING))
    goes = (plan.c.applied.is_not(None), plan.c.cancelled.is_(False), waits)
    connection.execute(update(plan).where(plan.c.id == plan_id, *goes).values(held=words))


def release(connection: Connection, plan_id: int, now: datetime) -> None:
    """Let a plan that is held go on: whoever was put off is due now, for as long as at first."""
    changed = update(plan).where(plan.c.id == plan_id, plan.c.held.is_not(None)).values(held=None)
    if connection.execute(changed).rowcount:
        connection.execute(
            update(delivery)
            .where(delivery.c.plan == plan_id)
            .where(delivery.c.state == DeliveryState.deferred.value)
            .values(due=0, retry_from=seconds(now))
        )


def is_held(connection: Connection, plan_id: int) -> bool:
    """Return whether a plan waits for a relay to take mail from us again."""
    question = select(plan.c.id).where(plan.c.id == plan_id, plan.c.held.is_not(None))
    return connection.execute(question).first() is not None


def held(connection: Connection) -> dict[str, str]:
    """Return the plans that wait for a relay to take mail from us again, and the relay's words."""
    rows = connection.execute(
        select(plan.c.name, plan.c.held)
        .where(plan.c.held.is_not(None), plan.c.paused.is_(None))
        .order_by(plan.c.id)
    )
    return {row.name: row.held for row in rows}
