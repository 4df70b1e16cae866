"""Plans that a person looks at before they are carried out. All in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from publisher.storage.tables import delivery, letter, plan, seconds

_PAGE = 10_000


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


def waiting(connection: Connection) -> list[PlanRow]:
    """Give the plans that wait for a person, oldest first."""
    rows = connection.execute(select(plan).where(plan.c.applied.is_(None)).order_by(plan.c.id))
    return [_plan(row) for row in rows]


def of_issue(connection: Connection, slug: str) -> PlanRow | None:
    """Give an issue's plan."""
    row = connection.execute(select(plan).where(plan.c.issue == slug)).first()
    return _plan(row) if row else None


def by_hash(connection: Connection, beginning: str) -> list[PlanRow]:
    """Give the plans whose hash begins so; of many, two."""
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
    )


def readers(connection: Connection, plan_id: int) -> Iterator[tuple[int, int]]:
    """Walk whom a plan is for: letter and subscriber, in order."""
    rows = connection.execute(
        select(delivery.c.letter, delivery.c.subscriber)
        .where(delivery.c.plan == plan_id)
        .order_by(delivery.c.letter, delivery.c.subscriber)
        .execution_options(yield_per=_PAGE)
    )
    for row in rows:
        yield row[0], row[1]


def sizes(connection: Connection, plan_id: int) -> dict[int, int]:
    """Give, for each letter of a plan, how many readers it has."""
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


def drop(connection: Connection, plan_id: int) -> None:
    """Take away a plan that waits: nothing of it was ever begun."""
    its = select(plan.c.id).where(plan.c.id == plan_id, plan.c.applied.is_(None)).scalar_subquery()
    connection.execute(delete(delivery).where(delivery.c.plan == its))
    connection.execute(delete(letter).where(letter.c.plan == its))
    connection.execute(delete(plan).where(plan.c.id == plan_id, plan.c.applied.is_(None)))
