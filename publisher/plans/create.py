"""What is due is planned: who gets which bytes is frozen before the first of them leaves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from publisher import due_times
from publisher.config import Settings
from publisher.errors import FaultError, PlanError, PublisherError
from publisher.model import DeliveryState, Issue, IssueRecord
from publisher.plans import restore_hold
from publisher.plans.letters import unsubscribe_urls
from publisher.render.mail.subject import subject
from publisher.render.mail.variants import in_language
from publisher.render.renderers import Renderers
from publisher.sources.contents import fault, shown_path
from publisher.sources.scan import Text
from publisher.storage import facts, issues, kept_issues, plan_state, plans
from publisher.storage.database import Database
from publisher.storage.plans import Audience, Group, LetterDraft

#: Said of an issue whose mail cannot be made.
UNREADABLE = "no mail is made of issue {}: its digest can no longer be read: {}"
LEFT_OUT = "the mail of several issues is made without {}, whose digest can no longer be read"
GONE = "it is not as it was published, and its copy is gone"
#: Said of an issue that cannot be planned again.
ON_ITS_WAY = (
    "issue {0} has been planned, and its mail is on its way or was: `publisher deliveries {0}` "
    "shows it"
)


def plan_issues(
    settings: Settings,
    database: Database,
    published: Text,
    renderers: Renderers,
    now: datetime,
    tell: Callable[[str], None],
) -> dict[str, int]:
    """Plan the issues that are due; return the number of recipients of each, by slug.

    Due is an issue that was published at most `mail.max_lateness` ago and never planned. At most
    `schedule.max_issues_per_tick` are planned at once. The recipients are all who are confirmed at
    this moment and get each issue as it comes. An issue planned for nobody stays so, whoever joins
    later. An issue whose mail cannot be made is reported with `tell` and left to the next run.
    """
    audience = Audience(languages=settings.newsletter.languages)
    with database.read() as connection:
        slugs = plans.unplanned(connection, now - settings.mail.max_lateness)
        kept = kept_issues.reasons(connection) if slugs else {}
        doubtful = restore_hold.doubtful_slugs(connection) if slugs else set()
    if not slugs:
        return {}
    with database.write() as connection:
        # One transaction: who joined in between would get the mail that was made for nobody.
        if not plans.groups(connection, audience):
            return _plan_for_nobody(connection, slugs, doubtful, now)
        records = issues.known_issues(connection, slugs)
    planned: dict[str, int] = {}
    for slug in slugs:
        if len(planned) == settings.schedule.max_issues_per_tick:
            break
        record = records[slug].record
        issue = published(record)
        if issue is None:
            tell(UNREADABLE.format(slug, kept.get(slug) or GONE))
            continue
        start = DeliveryState.uncertain if slug in doubtful else DeliveryState.pending
        try:
            draft = partial(issue_draft, settings, renderers, issue, record)
            planned[slug] = plan_issue(database, record, audience, draft, now=now, start=start)
        except FaultError as error:  # whatever one issue does, others are mailed
            tell(str(error))
    return planned


def _plan_for_nobody(
    connection: Connection, slugs: Sequence[str], doubtful: Collection[str], now: datetime
) -> dict[str, int]:
    if restore_hold.hold_for_list(connection, slugs):
        return {}
    for slug in slugs:
        plans.create(connection, name=slug, issue=slug, now=now)
        if slug in doubtful:
            restore_hold.drop_doubtful(connection, slug)
    return dict.fromkeys(slugs, 0)


def plan_issue(
    database: Database,
    record: IssueRecord,
    audience: Audience,
    draft: Callable[[Group], LetterDraft],
    *,
    now: datetime,
    start: DeliveryState = DeliveryState.pending,
    seal: Callable[[Connection, int], None] | None = None,
) -> int:
    """Freeze an issue's mail and its recipients in one transaction; return their number.

    `draft` makes the mail for the readers of a language; it is called outside the transaction.
    With `seal`, which is called with the plan's id at the end of the transaction, the plan waits
    for a person and replaces one that waits. Raises PlanError if that was approved meanwhile, and
    what `draft` raises.
    """
    drafts: dict[str, LetterDraft] = {}
    while True:
        with database.write() as connection:
            groups = plans.groups(connection, audience)
            if all(group.language in drafts for group in groups):
                before = plan_state.of_issue(connection, record.slug)
                if before is not None and before.is_applied:
                    raise PlanError(ON_ITS_WAY.format(record.slug))
                if before is not None:
                    plan_state.delete_waiting(connection, before.id)
                plan = plans.create(
                    connection, name=record.slug, issue=record.slug, now=now,
                    waits=seal is not None,
                )  # fmt: skip
                if start is DeliveryState.uncertain:
                    restore_hold.drop_doubtful(connection, record.slug)
                size = sum(
                    plans.add_letter(
                        connection, plan, group, drafts[group.language],
                        audience=audience, now=now, start=start,
                    )
                    for group in groups
                )  # fmt: skip
                if seal is not None:
                    seal(connection, plan)
                return size
        # Outside the transaction: others need not wait for a mail that is being made.
        for group in groups:
            drafts[group.language] = drafts.get(group.language) or draft(group)


def issue_draft(
    settings: Settings, renderers: Renderers, issue: Issue, record: IssueRecord, group: Group
) -> LetterDraft:
    """Return an issue's mail for the readers of a language. Raises FaultError."""
    leave = unsubscribe_urls(settings)[0]
    try:
        chosen = in_language(issue, group.language)
        email = renderers.in_language(group.language).email(chosen, record, leave)
        return LetterDraft(subject=subject(chosen), text=email.text, html=email.html)
    except PublisherError:
        raise
    except Exception as error:
        raise FaultError(str(fault(shown_path(settings, record.source), error))) from error


# --- Several issues in one mail -----------------------------------------------------------


def plan_several(
    settings: Settings,
    database: Database,
    published: Text,
    renderers: Renderers,
    now: datetime,
    tell: Callable[[str], None],
) -> dict[str, int]:
    """Plan the weekly and monthly mails that are due; return the number of recipients by plan name.

    An issue that cannot be read any more is reported with `tell`, and left out.

    A mail holds the issues that its reader has not had. Readers are grouped by that, so that none
    gets an issue twice or misses one, however often they change their cadence. Readers who went
    back to single issues, and are owed earlier ones, get these at once.
    """
    due = _due_cadences(database, settings, now)
    audience = Audience(languages=settings.newsletter.languages, cadences=tuple(due))
    name = _plan_name(due, now)
    with database.read() as connection:
        if not due and (not plans.groups(connection, audience) or plans.exists(connection, name)):
            return {}  # what somebody is owed in the same second as somebody else waits for a tick
    drafts: dict[tuple[Group, int], LetterDraft | None] = {}

    def several(records: Sequence[IssueRecord], group: Group) -> LetterDraft | None:
        parts = _readable_issues(records, group, published, tell)
        return _several_draft(settings, renderers, parts, group, now) if parts else None

    while True:
        with database.write() as connection:
            newest = plans.newest_before_waiting(connection)
            groups = plans.groups(connection, audience)
            if all((group, newest) in drafts for group in groups):
                planned = {}
                if any(drafts[group, newest] for group in groups):
                    plan = plans.create(connection, name=name, issue=None, now=now)
                    start = restore_hold.first_state_of_several(connection, due)
                    planned[name] = sum(
                        plans.add_letter(
                            connection, plan, group, draft, audience=audience, now=now, start=start
                        )
                        for group in groups
                        if (draft := drafts[group, newest])
                    )
                if groups:
                    plans.mark_covered(connection, due, newest)
                for cadence, period in due.items():
                    facts.PLANNED_UNTIL[cadence].put(connection, period)
                return planned
            texts = {group: _uncovered_issues(connection, group, newest) for group in groups}
        for group, records in texts.items():
            drafts[group, newest] = several(records, group)


def _due_cadences(database: Database, settings: Settings, now: datetime) -> dict[str, str]:
    """Return the cadences whose time has come since they were last seen to, and that time.

    A newsletter's first week and month end when they end, and not with its first run.
    """
    schedule = settings.schedule
    periods = {
        "weekly": due_times.last_week(now, schedule.at, schedule.timezone),
        "monthly": due_times.last_month(now, schedule.at, schedule.timezone),
    }
    dated = {cadence: f"{period:%Y-%m-%d}" for cadence, period in periods.items()}
    with database.read() as connection:
        seen = {cadence: facts.PLANNED_UNTIL[cadence].get(connection) for cadence in dated}
    if None in seen.values():
        with database.write() as connection:
            for cadence, period in dated.items():
                if seen[cadence] is None:
                    facts.PLANNED_UNTIL[cadence].put(connection, period)
    return {
        cadence: period for cadence, period in dated.items() if (seen[cadence] or period) < period
    }


def _plan_name(due: Mapping[str, str], now: datetime) -> str:
    if not due:
        return f"owed.{now:%Y%m%dT%H%M%S}"
    return f"{'-'.join(due)}.{max(due.values())}"


def _uncovered_issues(connection: Connection, group: Group, newest: int) -> list[IssueRecord]:
    if group.covered is None:  # they have only just begun to get several in one
        return []
    slugs = plans.planned_between(connection, group.covered, newest)
    known = issues.known_issues(connection, slugs)
    return [known[slug].record for slug in slugs]


def _readable_issues(
    records: Sequence[IssueRecord], group: Group, published: Text, tell: Callable[[str], None]
) -> list[tuple[Issue, IssueRecord]]:
    """Return the issues that can be read, in the language of a group; tell of the others."""
    parts: list[tuple[Issue, IssueRecord]] = []
    for record in records:
        issue = published(record)
        if issue is None:
            tell(LEFT_OUT.format(record.slug))
        else:
            parts.append((in_language(issue, group.language), record))
    return parts


def _several_draft(
    settings: Settings,
    renderers: Renderers,
    parts: Sequence[tuple[Issue, IssueRecord]],
    group: Group,
    now: datetime,
) -> LetterDraft:
    leave = unsubscribe_urls(settings)[0]
    renderer = renderers.in_language(group.language)
    merged, email = renderer.email_of_several("several", parts, now, leave)
    return LetterDraft(subject=subject(merged), text=email.text, html=email.html)
