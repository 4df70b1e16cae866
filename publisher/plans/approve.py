"""`plan` and `apply`: a person looks at a send before it begins, and gets exactly that."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from publisher.config import Settings
from publisher.delivery.counts import Tally
from publisher.errors import BusyError, NotFoundError, PlanError
from publisher.mail.mime import TOKEN
from publisher.mail.personalize import compose
from publisher.model import IssueRecord
from publisher.plans import restore_hold
from publisher.plans.attention import held_line, mail_attention, undelivered_line
from publisher.plans.create import GONE, ON_ITS_WAY, UNREADABLE, issue_draft, plan_issue
from publisher.plans.letters import issue_letter, unsubscribe_urls
from publisher.plans.run import Delivery, Mailed, restore_line
from publisher.render.lint import check_mail
from publisher.render.renderers import Renderers
from publisher.sources import fingerprints
from publisher.sources.contents import shown_path
from publisher.sources.scan import Text
from publisher.storage import (
    claims,
    deliveries,
    facts,
    issues,
    kept_issues,
    plan_state,
    plans,
    presigned,
)
from publisher.storage.database import SENDER_TIMEOUT, Database
from publisher.storage.plan_state import PlanRow
from publisher.storage.plans import Audience, LetterDraft
from publisher.storage.tables import moment

_LOG = logging.getLogger(__name__)
#: Signs all copies of a plan, by its id, and returns their number. Raises PlanError when there is
#: nothing to sign with, SettingsError for a key that cannot be used.
SignAhead = Callable[[int], int]
#: Of a hash, so many characters are enough to name a plan; fewer might be a slip.
_SHORTEST = 8
#: A plan that was never begun is sent with a Date header that is no older.
_FRESH = timedelta(hours=24)
#: Stands for every reader while a letter is hashed.
_ANYBODY = "reader@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A plan that waits."""

    slug: str
    hash: str
    readers: int
    #: For each letter: its language (empty for all), its readers, subject, and bytes of a copy.
    letters: list[tuple[str, int, str, int]]
    checks: list[str]
    #: How many copies were signed.
    signed: int


def freeze_plan(
    settings: Settings,
    database: Database,
    published: Text,
    renderers: Renderers,
    slug: str,
    now: datetime,
    *,
    sign_ahead: SignAhead | None = None,
) -> Frozen:
    """Freeze an issue's mail, headers and audience; return the plan, which waits for `apply_plan`.

    It replaces a plan of the issue that waits. With `sign_ahead` its copies are signed too, so that
    nothing but sending is left. Raises NotFoundError for an issue that is not published, and
    PlanError if its mail is or was being sent, was cancelled, or if pages must be built first.
    """
    with database.read() as connection:
        known = issues.known_issues(connection, [slug]).get(slug)
        before = plan_state.of_issue(connection, slug)
        words = kept_issues.reasons(connection).get(slug, GONE)
        is_behind = facts.READ_WITH.get(connection) != fingerprints.reader_fingerprint(settings)
    if known is None or known.withdrawn:
        raise NotFoundError(f'no issue "{slug}" is published; `publisher build` publishes digests')
    if is_behind:
        raise PlanError(
            "the program, or what it reads digests with, has changed since the last build, and "
            "mails lead to pages: publisher build, then plan"
        )
    if before is not None and before.is_cancelled:
        raise PlanError(f"the mail of {slug} was cancelled: `publisher deliveries {slug}` shows it")
    if before is not None and before.is_applied:
        raise PlanError(ON_ITS_WAY.format(slug))
    record = known.record
    issue = published(record)
    if issue is None:
        raise NotFoundError(UNREADABLE.format(slug, words))
    file = shown_path(settings, issue.source)
    leave = unsubscribe_urls(settings)[0]
    checks = [str(diagnostic) for diagnostic in check_mail(renderers.own, issue, file, leave)]

    def seal(connection: Connection, plan: int) -> None:
        check_text = "\n".join(checks)
        digest = _plan_hash(connection, settings, plan, record, check_text)
        plan_state.set_checks(connection, plan, digest=digest, checks=check_text)

    audience = Audience(languages=settings.newsletter.languages)
    draft = partial(issue_draft, settings, renderers, issue, record)
    size = plan_issue(database, record, audience, draft, now=now, seal=seal)
    with database.read() as connection:
        made = plan_state.of_issue(connection, slug)
        assert made is not None  # noqa: S101  (made above)
        sizes = plan_state.sizes(connection, made.id)
        letters = [
            (row.language, sizes.get(row.id, 0), row.subject, len(message))
            for row, message in _copies(connection, settings, made.id, record)
        ]
    signed = sign_ahead(made.id) if sign_ahead else 0
    return Frozen(
        signed=signed, slug=slug, hash=made.hash, readers=size, letters=letters, checks=checks
    )


def approve_plan(
    settings: Settings,
    database: Database,
    beginning: str,
    now: datetime,
    sign_ahead: SignAhead,
) -> PlanRow:
    """Approve the plan whose hash begins so: this run or the next one sends it. Return the plan.

    `beginning` is at least eight hexadecimal digits. Raises NotFoundError if no plan or several
    have such a hash, and PlanError if what was frozen is not what would be sent now, if its issue
    was withdrawn, or if its Date header was too old: then the plan has another hash.
    """
    with database.read() as connection:
        plan = _plan_by_hash(connection, beginning)
        _check_plan(connection, settings, plan)
    redated = renew_date(settings, database, plan.id, now)
    if redated.hash:
        if redated.was_signed:
            sign_ahead(plan.id)
        raise PlanError(
            f"plan {plan.hash[:12]} of issue {plan.name} is over 24 hours old and nothing of it "
            "was sent, so its Date header is now today's. Nothing else changed. Approve it again: "
            f"publisher apply {redated.hash[:12]}"
        )
    with database.write(SENDER_TIMEOUT) as connection:
        plan_state.mark_applied(connection, plan.id, now)
    _LOG.info("plan applied", extra={"plan": plan.name})
    return plan


class Applied(NamedTuple):
    """What came of carrying out a plan."""

    tally: Tally
    #: Whether another run is sending, which carries out this plan too.
    is_left_to_another: bool


def apply_plan(
    settings: Settings,
    database: Database,
    delivery: Delivery,
    beginning: str,
    *,
    sign_ahead: SignAhead,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool],
) -> Applied:
    """Send the plan whose hash begins so, or go on sending it; return what came of it.

    If another run has the lock, that run sends it. Raises as `approve_plan`, PlanError if most of
    its readers did not get it or if `stopping` ended it early, and RelayError if no relay can be
    used.
    """
    tally, sender = Tally(), delivery.make_sender()
    with database.read() as connection:
        others = deliveries.plans_due(connection, clock())
    plan = approve_plan(settings, database, beginning, clock(), sign_ahead)
    try:
        delivery.send(sender, plan.id, tally)
    except BusyError:
        return Applied(tally, is_left_to_another=True)
    # Runs that found the lock taken left their plans to this one.
    delivery.deliver(Mailed(), left_alone={*others, plan.id})
    with database.read() as connection:
        _check_outcome(connection, plan.name, clock())
        left = claims.count_due(connection, plan.id, clock()) if stopping() else 0
    if left:
        raise PlanError(
            f"told to stop with {left} mails of {plan.name} left; the next run sends them"
        )
    return Applied(tally, is_left_to_another=False)


def _check_plan(connection: Connection, settings: Settings, plan: PlanRow) -> None:
    """Raise PlanError for a plan that may not be carried out."""
    copied = restore_hold.copied_at(connection)
    known = issues.known_issues(connection, [plan.issue or ""]).get(plan.issue or "")
    assert known is not None  # noqa: S101  (a plan refers to its issue)
    if plan.is_cancelled:
        raise PlanError(f"the mail of {plan.name} was cancelled: publisher deliveries {plan.name}")
    if plan.name in plan_state.paused(connection):
        raise PlanError(f"the mail of {plan.name} is paused; publisher resume {plan.name}")
    if copied:
        raise PlanError(restore_line(settings, copied))
    if known.withdrawn:
        raise PlanError(
            f"issue {plan.name} was withdrawn, and its page is gone: publisher cancel {plan.name}"
        )
    if _plan_hash(connection, settings, plan.id, known.record, plan.checks) != plan.hash:
        raise PlanError(
            f"plan {plan.hash[:12]} of issue {plan.name} is not what would be sent now: the "
            "headers, the text or the audience differ. Put publisher.toml back, or look at it "
            f"anew: publisher plan {plan.name}"
        )


def _check_outcome(connection: Connection, name: str, now: datetime) -> None:
    """Raise PlanError for a plan that is held, or that most of its readers did not get."""
    left = mail_attention(connection, now)
    if name in left.held:
        raise PlanError(held_line(name, left.held[name]))
    for plan in left.undelivered:
        if plan.name == name:
            raise PlanError(undelivered_line(plan))


class Redated(NamedTuple):
    """What became of a plan whose Date header is too old."""

    #: Of a plan that a person approved, which waits again: its new hash. Else empty.
    hash: str = ""
    #: Whether its copies had been signed ahead; these signatures are gone.
    was_signed: bool = False


def renew_date(settings: Settings, database: Database, plan_id: int, now: datetime) -> Redated:
    """Set the Date header of a plan that is over 24 hours old and was never begun to `now`.

    A plan without a hash, which nobody approved, can be sent at once. One with a hash waits for a
    person, who approves the new hash. Nothing is changed in any other plan.
    """
    before = now - _FRESH
    with database.read() as connection:
        if not plan_state.is_stale(connection, plan_id, before):
            return Redated()
    with database.write(SENDER_TIMEOUT) as connection:
        plan = plan_state.get(connection, plan_id)
        known = issues.known_issues(connection, [plan.issue] if plan.issue else [])

        def digest() -> str:
            record = known[plan.issue or ""].record
            return _plan_hash(connection, settings, plan_id, record, plan.checks)

        is_same = bool(plan.hash) and digest() == plan.hash
        if not plan_state.redate(connection, plan_id, now, before):
            return Redated()  # another process was quicker
        was_signed = presigned.drop(connection, plan_id) > 0
        if not is_same:  # approved by nobody, or other settings since: `apply` says so
            return Redated(plan.hash, was_signed)
        plan_state.set_checks(connection, plan_id, digest=digest(), checks=plan.checks)
        return Redated(plan_state.get(connection, plan_id).hash, was_signed)


def _plan_by_hash(connection: Connection, beginning: str) -> PlanRow:
    if len(beginning) < _SHORTEST:
        raise NotFoundError(f"a plan is named by its hash: at least {_SHORTEST} characters of it")
    rows = plan_state.by_hash(connection, beginning.lower())
    if not rows:
        raise NotFoundError(f'no plan has the hash "{beginning}"; `publisher status` names those')
    if len(rows) > 1:
        raise NotFoundError(f'more than one plan has a hash that begins with "{beginning}"')
    return rows[0]


def _copies(
    connection: Connection, settings: Settings, plan: int, record: IssueRecord
) -> Iterator[tuple[plans.LetterRow, bytes]]:
    """Yield the letters of a plan, each with a copy as it would leave now, to nobody."""
    for row in plans.letters(connection, plan):
        draft = LetterDraft(subject=row.subject, text=row.text, html=row.html)
        yield (
            row,
            compose(issue_letter(settings, draft, record, moment(row.dated)), _ANYBODY, TOKEN),
        )


def _plan_hash(
    connection: Connection, settings: Settings, plan: int, record: IssueRecord, checks: str
) -> str:
    """Hash all that a plan freezes: copies with their headers, where they return to, for whom."""
    digest = hashlib.sha256()

    def add(part: bytes) -> None:
        digest.update(b"%d:" % len(part))
        digest.update(part)

    add(settings.mail.bounce_domain.encode())
    add(checks.encode())
    for row, message in _copies(connection, settings, plan, record):
        add(b"%d %s" % (row.id, row.language.encode()))
        add(message)
    for letter, subscriber in plan_state.readers(connection, plan):
        digest.update(b"%d %d\n" % (letter, subscriber))
    return digest.hexdigest()
