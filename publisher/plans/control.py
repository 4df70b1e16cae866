"""`pause`, `resume`, `cancel`: a person stops a send, whether or not it is under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.errors import NotFoundError, PlanError
from publisher.model import DeliveryState
from publisher.storage import plan_outcomes, plan_state
from publisher.storage.database import Database
from publisher.storage.plan_state import PlanRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What a cancelled mail came to."""

    #: How many readers will not get it: they were refused, or are not mailed any more.
    without: int
    #: Of how many nobody knows yet: they are being sent just now, or are uncertain.
    unknown: int


def pause_plan(database: Database, name: str) -> None:
    """Pause the mail of an issue: no message is begun any more. Those in flight are finished.

    Raises NotFoundError for an issue whose mail was never planned, PlanError for one that was
    cancelled, or has gone out.
    """
    with database.write() as connection:
        plan_state.pause(connection, _unfinished_plan(connection, name).id)


def resume_plan(database: Database, name: str) -> str:
    """Resume a mail with the next run; return the plan's hash if it waits for `apply`, else "".

    Raises NotFoundError as `pause_plan`, and PlanError for a mail that is not paused.
    """
    with database.write() as connection:
        plan = _live_plan(connection, name)
        if not plan_state.resume(connection, plan.id):
            raise PlanError(f"the mail of {name} is not paused; `publisher status` shows what is")
        return "" if plan.is_applied else plan.hash


def cancel_plan(
    database: Database, name: str, now: datetime, *, dry_run: bool = False
) -> Cancelled:
    """Stop the mail of an issue permanently; return how many readers do not get it.

    A mail that has gone out can be cancelled if most of its readers did not get it. A dry run only
    counts. Raises NotFoundError and PlanError as `pause_plan`.
    """
    with database.write(dry_run=dry_run) as connection:
        plan = _live_plan(connection, name)
        if not plan.is_undelivered:
            plan = _unfinished_plan(connection, name)
        plan_state.cancel(connection, plan.id, now)
        return Cancelled(
            without=plan_outcomes.count(connection, plan.id, [DeliveryState.rejected])
            + plan_outcomes.count_cancelled(connection, plan.id),
            unknown=plan_outcomes.count(
                connection, plan.id, [DeliveryState.uncertain, DeliveryState.sending]
            ),
        )


def _unfinished_plan(connection: Connection, name: str) -> PlanRow:
    """Return a plan of which something is left."""
    plan = _live_plan(connection, name)
    if plan.is_applied and not plan_state.is_unfinished(connection, plan.id):
        raise PlanError(
            f"the mail of {name} has gone out, nothing of it is left: "
            f"`publisher deliveries {name}` shows it"
        )
    return plan


def _live_plan(connection: Connection, name: str) -> PlanRow:
    plan = plan_state.by_name(connection, name)
    if plan is None:
        raise NotFoundError(f'no mail of an issue "{name}" was ever planned')
    if plan.is_cancelled:
        raise PlanError(f"the mail of {name} was cancelled: `publisher deliveries {name}` shows it")
    return plan
