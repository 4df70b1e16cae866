"""What is due is planned: who gets which bytes is frozen before the first of them leaves."""

from __future__ import annotations

from datetime import datetime

from publisher.model import DeliveryState, Issue, IssueRecord
from publisher.publishing import keeping
from publisher.publishing.enveloping import leave_urls
from publisher.publishing.workbench import Workbench
from publisher.render.choosing import in_language
from publisher.render.inbox import subject
from publisher.storage import issues, plans
from publisher.storage.database import Database
from publisher.storage.plans import Audience, Draft, Group


def plan_issues(bench: Workbench, database: Database, now: datetime) -> dict[str, int]:
    """Plan what is due; give the size of each audience.

    Due is what was published at most `mail.max_lateness` ago and never planned; at most
    `schedule.max_issues_per_tick` issues are mailed at once. The audience is everyone confirmed
    at this moment who gets each issue as it comes: an issue planned for nobody is done with,
    whoever joins later.
    """
    settings = bench.settings
    audience = Audience(languages=settings.newsletter.languages)
    with database.read() as connection:
        slugs = plans.unplanned(connection, now - settings.mail.max_lateness)
        doubtful = keeping.doubtful(connection) if slugs else set()
    if not slugs:
        return {}
    with database.write() as connection:
        # One transaction: who joined in between would get the mail that was made for nobody.
        if not plans.groups(connection, audience):
            for slug in slugs:
                plans.create(connection, name=slug, issue=slug, now=now)
            return dict.fromkeys(slugs, 0)
        records = issues.known_issues(connection, slugs)
    planned: dict[str, int] = {}
    for slug in slugs:
        if len(planned) == settings.schedule.max_issues_per_tick:
            break
        record = records[slug].record
        issue = bench.published(record)
        if issue is None:
            continue  # neither its digest nor the copy is there; `run` says so
        start = DeliveryState.uncertain if slug in doubtful else DeliveryState.pending
        planned[slug] = _plan(bench, database, issue, record, start, now)
    return planned


def _plan(
    bench: Workbench,
    database: Database,
    issue: Issue,
    record: IssueRecord,
    start: DeliveryState,
    now: datetime,
) -> int:
    audience = Audience(languages=bench.settings.newsletter.languages)
    drafts: dict[str, Draft] = {}
    while True:
        with database.write() as connection:
            groups = plans.groups(connection, audience)
            if all(group.language in drafts for group in groups):
                plan = plans.create(connection, name=record.slug, issue=record.slug, now=now)
                return sum(
                    plans.address_to(
                        connection, plan, group, drafts[group.language],
                        audience=audience, now=now, start=start,
                    )
                    for group in groups
                )  # fmt: skip
        # Outside the transaction: others need not wait for a mail that is being made.
        for group in groups:
            drafts[group.language] = drafts.get(group.language) or issue_draft(
                bench, issue, record, group
            )


def issue_draft(bench: Workbench, issue: Issue, record: IssueRecord, group: Group) -> Draft:
    """Make an issue's mail for the readers of a language."""
    shown = in_language(issue, group.language)
    email = bench.renderer.email(shown, record, leave_urls(bench.settings)[0])
    return Draft(subject=subject(shown), text=email.text, html=email.html)
