"""`plan --late`: issues that were due too long ago to be mailed by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from publisher.config import Settings
from publisher.errors import NotFoundError, PlanError
from publisher.storage import issues, plan_state, plans
from publisher.storage.database import Database


def make_late_due(
    settings: Settings, database: Database, slug: str | None, now: datetime
) -> list[str]:
    """Make an issue's mail due now, however late it is; return the slugs of such issues, in order.

    The next run plans it for who is on the list then. Without a slug, these are all issues whose
    digests came too late; issues that were published under a date that old are not among them, for
    that is an archive. Raises NotFoundError for an issue that is not published, PlanError for one
    that was planned.
    """
    with database.write() as connection:
        if slug is None:
            before = now - settings.mail.max_lateness
            slugs = [late for late, came_late in plans.overdue(connection, before) if came_late]
        else:
            _check_issue(connection, slug)
            slugs = [slug]
        issues.set_due(connection, dict.fromkeys(slugs, now))
    return sorted(slugs)


def _check_issue(connection: Connection, slug: str) -> None:
    known = issues.known_issues(connection, [slug]).get(slug)
    if known is None or known.withdrawn:
        raise NotFoundError(f'no issue "{slug}" is published; `publisher build` publishes digests')
    plan = plan_state.of_issue(connection, slug)
    if plan is None:
        return
    if not plan.is_applied and not plan.is_cancelled:
        raise PlanError(
            f"the mail of {slug} is planned and waits: publisher apply {plan.hash[:12]}"
        )
    raise PlanError(f"the mail of {slug} was planned already: publisher deliveries {slug}")
