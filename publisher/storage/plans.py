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
    """Whom a plan is for."""

    #: The newsletter's.
    languages: tuple[str, ...]
    #: None for who gets each issue as it comes. Else the cadences whose time has come, and those
    #: who have just gone back to each issue and are owed earlier ones.
    cadences: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Readers who get the same bytes."""

    #: A BCP 47 tag; empty for all of the newsletter's languages.
    language: str
    #: The newest plan of an issue they have had the content of; None for each as it comes.
    covered: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDraft:
    """A letter before it is kept."""

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
    """Return the issues due since then that were never planned, in the order they were due."""
    rows = connection.execute(
        _unplanned(issue.c.slug)
        .where(issue.c.due >= seconds(since))
        .order_by(issue.c.due, issue.c.published, issue.c.slug)
    )
    return [row[0] for row in rows]


def late(connection: Connection, before: datetime) -> list[tuple[str, bool]]:
    """Return the issues due before then that were never planned, the newest first.

    With each goes whether its digest came too late; else it was published under a date as old, or
    not mailed in time.
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
    """Return the newest plan of an issue; 0 when there is none."""
    found = connection.execute(select(func.max(plan.c.id)).where(plan.c.issue.is_not(None)))
    return found.scalar() or 0


def settled(connection: Connection) -> int:
    """Return the newest plan of an issue before any that waits for a person; 0 for none.

    A mail of several issues goes no further: what it passed over, its readers would miss.
    """
    waiting = select(func.min(plan.c.id)).where(plan.c.applied.is_(None))
    first = connection.execute(waiting).scalar()
    question = select(func.max(plan.c.id)).where(plan.c.issue.is_not(None))
    if first is not None:
        question = question.where(plan.c.id < first)
    return connection.execute(question).scalar() or 0


def planned_between(connection: Connection, covered: int, newest: int) -> list[str]:
    """Return the slugs of issues with plans after the first and up to the second, in order.

    Those withdrawn since are left out.
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
    """Make a plan that nobody is in yet, and give its number.

    One that `waits` is not carried out before a person says so.
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


def address_to(
    connection: Connection,
    plan_id: int,
    group: Group,
    draft: LetterDraft,
    *,
    audience: Audience,
    now: datetime,
    start: DeliveryState = DeliveryState.pending,
) -> int:
    """Freeze a letter and its audience: the group as it is now. Give the audience's size.

    `start` is `uncertain` for an issue that may have been mailed already. Each subscriber is in
    a plan once (a unique constraint says so), whatever letters it has.
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


def cover(connection: Connection, cadences: Collection[str], settled: int) -> None:
    """Note that who has these cadences, or is back at each issue, is owed nothing up to a plan.

    Who is back is as all others once nothing older waits. Who is not on the list keeps what is
    noted of them: leaving may be undone.
    """
    listed = subscriber.c.status == CONFIRMED
    back = and_(listed, subscriber.c.cadence == EACH, subscriber.c.covered.is_not(None))
    behind = or_(subscriber.c.covered.is_(None), subscriber.c.covered < settled)
    theirs = or_(and_(listed, subscriber.c.cadence.in_(cadences)), back)
    connection.execute(update(subscriber).where(theirs, behind).values(covered=settled))
    if settled == newest(connection):
        connection.execute(update(subscriber).where(back).values(covered=None))


def get_letter(connection: Connection, letter_id: int) -> LetterRow:
    """Return one letter."""
    return _letter(connection.execute(_letters().where(letter.c.id == letter_id)).one())


def letters(connection: Connection, plan_id: int) -> list[LetterRow]:
    """Return a plan's letters, in the order they were made."""
    rows = connection.execute(_letters().where(letter.c.plan == plan_id).order_by(letter.c.id))
    return [_letter(row) for row in rows]


def _letters() -> Select[Any]:
    its = select(letter, plan.c.name, plan.c.issue, plan.c.dated)
    return its.join(plan, plan.c.id == letter.c.plan)


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
    each = subscriber.c.cadence == EACH
    if audience.cadences is None:
        return and_(each, subscriber.c.covered.is_(None))
    # SQLite goes to a place in the index for a comparison, and not for IS NOT NULL.
    owed = and_(each, subscriber.c.covered >= 0)
    return or_(subscriber.c.cadence.in_(audience.cadences), owed) if audience.cadences else owed


def _language(audience: Audience) -> ColumnElement[str]:
    """Return the language of a reader's letters: their own when it is one of several, else all."""
    if len(audience.languages) < 2:  # noqa: PLR2004  (one language is all there is)
        return literal("")
    return case((subscriber.c.language.in_(audience.languages), subscriber.c.language), else_="")
