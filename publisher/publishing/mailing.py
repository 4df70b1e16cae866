"""The last two steps: what is due is planned, and plans are delivered."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from publisher.config import Settings
from publisher.delivery.sending import Sender, Tally, deliver, recover
from publisher.errors import NotFoundError, PublisherError, SettingsError
from publisher.mail.maildir import Maildir
from publisher.mail.message import Letter, Mailbox, mailto
from publisher.mail.relay import Relay
from publisher.model import DeliveryState, IssueRecord
from publisher.publishing import keeping
from publisher.publishing.workbench import Workbench
from publisher.render.addresses import issue_path
from publisher.render.inbox import subject
from publisher.storage import deliveries, issues, subscribers
from publisher.storage.database import Database
from publisher.storage.deliveries import PlanRow

if TYPE_CHECKING:
    from publisher.mail.dkim import Signer

#: Said while no mail goes out; of the time of the copy.
HELD = (
    "no mail goes out: the state is a restored copy, of {}, and does not know what was sent "
    "since; `publisher accept-restore` when you have seen to that"
)


@dataclass(slots=True)
class Mailed:
    """What a tick did about mail."""

    #: Issues planned in this tick, with the size of their audience.
    planned: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    #: Deliveries that wait for a person, from this crash or an earlier one.
    uncertain: int = 0
    #: Why sending ended early.
    trouble: str = ""


def plan_due(bench: Workbench, database: Database, now: datetime) -> dict[str, int]:
    """Plan what is due; give the size of each audience.

    Due is what was published at most `mail.max_lateness` ago and never planned; at most
    `schedule.max_issues_per_tick` issues are mailed at once. The audience is everyone confirmed
    at this moment: an issue planned for nobody is done with, whoever joins later.
    """
    settings = bench.settings
    with database.read() as connection:
        slugs = deliveries.unplanned(connection, now - settings.mail.max_lateness)
        doubtful = keeping.doubtful(connection) if slugs else set()
    if not slugs:
        return {}
    with database.write() as connection:
        # One transaction: who joined in between would get the mail that was made for nobody.
        if not subscribers.counts(connection).get("confirmed", 0):
            return {
                slug: deliveries.create_plan(
                    connection, slug=slug, subject="", text="", html="", now=now
                )
                for slug in slugs
            }
        records = issues.known_issues(connection, slugs)
    planned: dict[str, int] = {}
    for slug in slugs:
        if len(planned) == settings.schedule.max_issues_per_tick:
            break
        record = records[slug].record
        issue = bench.published(record)
        if issue is None:
            continue  # neither its digest nor the copy is there; `run` says so
        leave = leave_url(settings)
        email = bench.renderer.email(issue, record, leave)
        with database.write() as connection:
            planned[slug] = deliveries.create_plan(
                connection, slug=slug, subject=subject(issue), text=email.text, html=email.html,
                now=now,
                start=DeliveryState.uncertain if slug in doubtful else DeliveryState.pending,
            )  # fmt: skip
    return planned


def resolve(database: Database, slug: str, state: DeliveryState, now: datetime) -> int:
    """Settle an issue's uncertain deliveries as a person says; give their number.

    `pending` sends them again, with the same Message-ID; `accepted` takes them for sent.
    Raises NotFoundError for an issue that was never planned.
    """
    with database.write() as connection:
        if slug not in deliveries.counts(connection):
            raise NotFoundError(f'no mail of an issue "{slug}" was ever planned')
        return deliveries.settle_uncertain(connection, slug, state, now)


def mail(
    bench: Workbench,
    database: Database,
    now: datetime,
    *,
    clock: Callable[[], datetime],
    chance: random.Random,
    stopping: Callable[[], bool],
) -> Mailed:
    """Plan what is due and deliver all that is planned. Never raises for want of a relay."""
    done = Mailed()
    with database.read() as connection:
        copied = keeping.held(connection)
        done.uncertain = deliveries.uncertain(connection)
    if copied:
        done.trouble = HELD.format(copied.isoformat())
        return done
    try:
        with closing(open_relay(bench.settings)) as relay:
            sender = Sender(
                database=database,
                relay=relay,
                letter=lambda plan: letter(bench, database, plan),
                chance=chance,
                clock=clock,
                stopping=stopping,
            )
            recover(sender)
            done.planned = plan_due(bench, database, now)
            with database.read() as connection:
                plans = deliveries.plans_due(connection, now)
            for plan in plans:
                deliver(sender, plan, done.tally)
    except PublisherError as error:
        done.trouble = str(error)
    with database.read() as connection:
        done.uncertain = deliveries.uncertain(connection)
    return done


def open_relay(settings: Settings) -> Relay:
    """Give the configured way out for mail. Raises SettingsError for a key it cannot sign with."""
    url = settings.mail.relay
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        folder = Path(unquote(url.removeprefix("maildir:").removeprefix("//")))
        return _signing(settings, Maildir(settings.project / folder))
    from publisher.mail.smtp import Smtp  # noqa: PLC0415  (35 ms, of which TLS is most)

    return _signing(settings, Smtp(url, tls=settings.mail.tls))


def _signing(settings: Settings, relay: Relay) -> Relay:
    signer = signer_of(settings)
    if signer is None:
        return relay
    from publisher.mail.dkim import Signing  # noqa: PLC0415  (as below)

    return Signing(relay, signer)


def signer_of(settings: Settings) -> Signer | None:
    """Give what signs all mail, if anything does. Raises SettingsError for an unusable key."""
    if not settings.mail.dkim:
        return None
    from publisher.mail.dkim import Signer, load_key  # noqa: PLC0415  (65 ms for no key)

    domain = sender_of(settings).domain
    return Signer(
        [
            load_key(settings.project / file, domain=domain, selector=selector)
            for selector, file in settings.mail.dkim
        ]
    )


def sender_of(settings: Settings) -> Mailbox:
    """Give who the mail is from.

    Into the local outbox anyone may write; a relay needs to be told. Raises SettingsError.
    """
    if settings.mail.sender:
        return Mailbox.parsed(settings.mail.sender, "mail.from")
    if settings.mail.relay.startswith("maildir:"):
        return Mailbox(settings.newsletter.title, f"newsletter@{settings.newsletter.base_host}")
    raise SettingsError(
        'mail.from is not set: a relay needs a sender, like "News <news@example.org>"'
    )


def leave_url(settings: Settings) -> str:
    """Give the address that a person who wants no more mail writes to (RFC 2369 3.2)."""
    mailbox = _answers_of(settings) or sender_of(settings)
    return mailto(mailbox.address, "unsubscribe")


def _answers_of(settings: Settings) -> Mailbox | None:
    answer = settings.mail.reply_to
    return Mailbox.parsed(answer, "mail.reply_to") if answer else None


def letter(bench: Workbench, database: Database, plan: PlanRow) -> Letter:
    """Give what all copies of a plan's mail have in common."""
    with database.read() as connection:
        record = issues.known_issues(connection, [plan.issue])[plan.issue].record
    return compose_letter(
        bench.settings, record, subject=plan.subject, text=plan.text, html=plan.html
    )


def compose_letter(
    settings: Settings, record: IssueRecord, *, subject: str, text: str, html: str
) -> Letter:
    """Put an issue's mail into the newsletter's envelope."""
    sender = sender_of(settings)
    return Letter(
        sender=sender,
        reply_to=_answers_of(settings),
        subject=subject,
        date=record.published,
        list_name=settings.newsletter.title,
        list_id=settings.mail.list_id or f"newsletter.{sender.domain}",
        archive_url=settings.newsletter.base_url,
        issue_url=settings.newsletter.base_url + issue_path(record.slug),
        text=text,
        html=html,
        issue=record.slug,
        leave_urls=(leave_url(settings),),
    )
