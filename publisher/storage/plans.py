"""Plans and their audiences. Every function works in the caller's transaction.

A plan is one issue, or several issues in one mail. Readers who get the same bytes of it are a
group, and these bytes are a letter.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from publisher.model import DeliveryState
from publisher.storage.tables import (
    delivery,
    issue,
    letter,
    plan,
    seconds,
    subscriber,
    suppression,
)

#: The one status that gets mail.
CONFIRMED = "confirmed"
#: The cadence of who gets each issue as it comes.
EACH = "issue"
CADENCES = (EACH, "weekly", "monthly")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """The readers that a plan is for."""

    #: The newsletter's.
    languages: tuple[str, ...]
    #: None for readers who get each issue. Else the cadences that are due, together with readers
    #: who went back to each issue and are owed earlier ones.
    cadences: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Readers who get the same bytes."""

    #: A BCP 47 tag; empty for all of the newsletter's languages.
    language: str
    #: The newest plan of an issue whose content they have had; None for readers who get each issue.
    covered: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDraft:
    """A letter before it is stored."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A letter, and the plan it belongs to."""

    id: int
    plan: int
    #: Empty for all of the newsletter's languages.
    language: str
    #: The plan's name: an issue's slug, or `weekly.2026-11-23`.
    name: str
    #: None when it holds several issues.
    issue: str | None
    #: The Date header of its copies.
    dated: int
    subject: str
    text: str
    html: str


def unplanned(connection: Connection, since: datetime) -> list[str]:
    """Return the slugs of issues due since then that have no plan, in the order they were due."""
    rows = connection.execute(
        _unplanned(issue.c.slug)
        .where(issue.c.due >= seconds(since))
        .order_by(issue.c.due, issue.c.published, issue.c.slug)
    )
    return [row[0] for row in rows]


def overdue(connection: Connection, before: datetime) -> list[tuple[str, bool]]:
    """Return the slugs of issues due before then that have no plan, the newest first.

    Each with whether its digest came too late; otherwise it was published with an old date, or not
    mailed in time.
    """
    rows = connection.execute(
        _unplanned(issue.c.slug, issue.c.due < issue.c.published)
        .where(issue.c.due < seconds(before))
        .order_by(issue.c.published.desc(), issue.c.slug.desc())
    )
    return [(row[0], bool(row[1])) for row in rows]


def _unplanned(*columns: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(issue)
        .outerjoin(plan, plan.c.issue == issue.c.slug)
        .where(plan.c.id.is_(None), issue.c.withdrawn.is_(False))
    )


def newest(connection: Connection) -> int:
    """Return the id of the newest plan of an issue; 0 when there is none."""
    number = connection.execute(select(func.max(plan.c.id)).where(plan.c.issue.is_not(None)))
    return number.scalar() or 0


def newest_before_waiting(connection: Connection) -> int:
    """Return the id of the newest plan of an issue before the first waiting plan; 0 for none.

    A mail of several issues must not go further: its readers would miss the waiting one.
    """
    waiting = select(func.min(plan.c.id)).where(plan.c.applied.is_(None))
    first = connection.execute(waiting).scalar()
    question = select(func.max(plan.c.id)).where(plan.c.issue.is_not(None))
    if first is not None:
        question = question.where(plan.c.id < first)
    return connection.execute(question).scalar() or 0


def planned_between(connection: Connection, covered: int, newest: int) -> list[str]:
    """Return the slugs of issues with plans after `covered` and up to `newest`, in order.

    Withdrawn issues are left out.
    """
    rows = connection.execute(
        select(plan.c.issue)
        .join(issue, issue.c.slug == plan.c.issue)
        .where(plan.c.id > covered, plan.c.id <= newest, issue.c.withdrawn.is_(False))
        .order_by(plan.c.id)
    )
    return [row[0] for row in rows]


def groups(connection: Connection, audience: Audience) -> list[Group]:
    """Return the groups of readers in an audience."""
    language = _language(audience)
    rows = connection.execute(
        select(language, subscriber.c.covered)
        .where(_mailable(), _due(audience))
        .group_by(language, subscriber.c.covered)
        .order_by(language, subscriber.c.covered)
    )
    return [Group(language=row[0], covered=row[1]) for row in rows]


def create(
    connection: Connection, *, name: str, issue: str | None, now: datetime, waits: bool = False
) -> int:
    """Add a plan without deliveries; return its id.

    A plan that `waits` is sent only after a person applies it.
    """
    values = {
        "name": name,
        "issue": issue,
        "created": seconds(now),
        "dated": seconds(now),
        "applied": None if waits else seconds(now),
        "hash": "",
    }
    made = insert(plan).values(values).returning(plan.c.id)
    return int(connection.execute(made).scalar_one())


def name_of(connection: Connection, plan_id: int) -> str:
    """Return a plan's name."""
    return str(connection.execute(select(plan.c.name).where(plan.c.id == plan_id)).scalar_one())


def exists(connection: Connection, name: str) -> bool:
    """Return whether there is a plan of that name."""
    return connection.execute(select(plan.c.id).where(plan.c.name == name)).first() is not None


def add_letter(
    connection: Connection,
    plan_id: int,
    group: Group,
    draft: LetterDraft,
    *,
    audience: Audience,
    now: datetime,
    start: DeliveryState = DeliveryState.pending,
) -> int:
    """Add a letter, and a delivery for each reader of the group as it is now; return their number.

    `start` is `uncertain` for an issue that may have been mailed already. Each subscriber is in a
    plan once (a unique constraint), whatever letters it has.
    """
    made = connection.execute(
        insert(letter)
        .values(
            plan=plan_id, language=group.language, subject=draft.subject, text=draft.text,
            html=draft.html,
        )
        .returning(letter.c.id)
    ).scalar_one()  # fmt: skip
    same = subscriber.c.covered.is_not_distinct_from(group.covered)
    readers = select(
        literal(plan_id), literal(made), subscriber.c.id, literal(start.value), literal(0),
        literal(0), literal(seconds(now)), literal(""),
    ).where(_mailable(), _due(audience), _language(audience) == group.language, same)  # fmt: skip
    columns = ["plan", "letter", "subscriber", "state", "attempts", "due", "changed", "reply"]
    # SQLAlchemy keeps an INSERT's count only when told to; else PostgreSQL's is -1.
    kept = insert(delivery).from_select(columns, readers).execution_options(preserve_rowcount=True)
    return connection.execute(kept).rowcount


def mark_covered(connection: Connection, cadences: Collection[str], settled: int) -> None:
    """Record that readers with these cadences, or back at each issue, are owed nothing until then.

    Readers back at each issue are like all others once `settled` is the newest plan. The rows of
    people who are not on the list stay: leaving may be undone.
    """
    listed = subscriber.c.status == CONFIRMED
    back = and_(listed, subscriber.c.cadence == EACH, subscriber.c.covered.is_not(None))
    behind = or_(subscriber.c.covered.is_(None), subscriber.c.covered < settled)
    theirs = or_(and_(listed, subscriber.c.cadence.in_(cadences)), back)
    connection.execute(update(subscriber).where(theirs, behind).values(covered=settled))
    if settled == newest(connection):
        connection.execute(update(subscriber).where(back).values(covered=None))


def get_letter(connection: Connection, letter_id: int) -> LetterRow:
    """Return a letter that exists."""
    return _letter(connection.execute(_letters().where(letter.c.id == letter_id)).one())


def letters(connection: Connection, plan_id: int) -> list[LetterRow]:
    """Return a plan's letters, in the order they were made."""
    rows = connection.execute(_letters().where(letter.c.plan == plan_id).order_by(letter.c.id))
    return [_letter(row) for row in rows]


def _letters() -> Select[Any]:
    columns = select(letter, plan.c.name, plan.c.issue, plan.c.dated)
    return columns.join(plan, plan.c.id == letter.c.plan)


def _letter(row: Row[Any]) -> LetterRow:
    return LetterRow(
        id=row.id,
        plan=row.plan,
        language=row.language,
        name=row.name,
        issue=row.issue,
        dated=row.dated,
        subject=row.subject,
        text=row.text,
        html=row.html,
    )


def _mailable() -> ColumnElement[bool]:
    suppressed = select(suppression.c.key).where(suppression.c.key == subscriber.c.address_key)
    return and_(subscriber.c.status == CONFIRMED, ~suppressed.exists())


def _due(audience: Audience) -> ColumnElement[bool]:
    gets_each_issue = subscriber.c.cadence == EACH
    if audience.cadences is None:
        return and_(gets_each_issue, subscriber.c.covered.is_(None))
    # SQLite goes to a place in the index for a comparison, and not for IS NOT NULL.
    owed = and_(gets_each_issue, subscriber.c.covered >= 0)
    return or_(subscriber.c.cadence.in_(audience.cadences), owed) if audience.cadences else owed


def _language(audience: Audience) -> ColumnElement[str]:
    """Return the language of a reader's letter: theirs if the newsletter has it, else empty."""
    if len(audience.languages) < 2:  # noqa: PLR2004  (one language is all there is)
        return literal("")
    return case((subscriber.c.language.in_(audience.languages), subscriber.c.language), else_="")
