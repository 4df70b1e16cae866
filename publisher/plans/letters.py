"""What a newsletter's mail has around it: who sends and signs it, and where one leaves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from publisher.config import Settings
from publisher.errors import SettingsError
from publisher.mail.mime import TOKEN, Letter, Mailbox, Note, mailto
from publisher.model import IssueRecord
from publisher.render.urls import issue_path
from publisher.storage import issues
from publisher.storage.confirmations import ConfirmationRow
from publisher.storage.database import Database
from publisher.storage.plans import CONFIRMED, LetterDraft, LetterRow
from publisher.storage.tables import moment, seconds
from publisher.subscribers.tokens import Keys, Purpose
from publisher.subscribers.verp import RETURNS

if TYPE_CHECKING:
    from publisher.render.subscription_pages import SubscriptionPages  # 25 ms


def sender_of(settings: Settings) -> Mailbox:
    """Return the sender of all mail (From, RFC 5322 3.6.2).

    Without `mail.from` it is an address at the newsletter's host, which is enough for the local
    outbox. Raises SettingsError if a relay is set.
    """
    if settings.mail.sender:
        return Mailbox.parse(settings.mail.sender, "mail.from")
    if not settings.mail.paces:
        return Mailbox(settings.newsletter.title, f"newsletter@{settings.newsletter.base_host}")
    raise SettingsError(
        'mail.from is not set: a relay needs a sender, like "News <news@example.org>"'
    )


def contact_of(settings: Settings) -> Mailbox:
    """Return the mailbox that answers go to: Reply-To if it is set, else the sender."""
    return _reply_to(settings) or sender_of(settings)


def unsubscribe_urls(settings: Settings) -> tuple[str, ...]:
    """Return the List-Unsubscribe addresses (RFC 2369 3.2, RFC 8058), the best first.

    These are an https: URL if `web.url` is set, and a mailto: URL. Each contains `mime.TOKEN` in
    the place of the reader's token.
    """
    # Where `publisher bounces` reads it, if there is such a place.
    domain = settings.mail.bounce_domain
    reader = f"{RETURNS.removesuffix('+')}@{domain}" if domain else contact_of(settings).address
    by_mail = mailto(reader, f"unsubscribe {TOKEN}")
    if not settings.web.url:
        return (by_mail,)
    return (f"{settings.web.url}unsubscribe/{TOKEN}", by_mail)


def join_url(settings: Settings) -> str:
    """Return the URL of the sign-up page; empty without `web.url`."""
    return f"{settings.web.url}subscribe" if settings.web.url else ""


def _reply_to(settings: Settings) -> Mailbox | None:
    answer = settings.mail.reply_to
    return Mailbox.parse(answer, "mail.reply_to") if answer else None


def stored_letter(settings: Settings, database: Database, row: LetterRow) -> Letter:
    """Return what all copies of a letter of a plan have in common. Raises SettingsError."""
    draft = LetterDraft(subject=row.subject, text=row.text, html=row.html)
    if row.issue is None:
        return compose_letter(settings, draft, name=row.name, date=moment(row.dated))
    with database.read() as connection:
        record = issues.known_issues(connection, [row.issue])[row.issue].record
    return issue_letter(settings, draft, record, moment(row.dated))


def issue_letter(
    settings: Settings, draft: LetterDraft, record: IssueRecord, date: datetime
) -> Letter:
    """Return an issue's mail with the newsletter's headers. Raises SettingsError without a sender.

    `date` is when the mail was planned (RFC 5322 3.6.1: ready to be sent), not the issue's date:
    filters hold an old Date against a mail, and some servers refuse one of seven days ago.
    """
    return compose_letter(
        settings, draft, name=record.name, date=date, path=issue_path(record.slug)
    )


def compose_letter(
    settings: Settings, draft: LetterDraft, *, name: str, date: datetime, path: str = ""
) -> Letter:
    """Return a mail with the newsletter's headers. Raises SettingsError without a sender.

    `name` is what Message-IDs are made of, `path` the mail's page below the newsletter's URL.
    """
    sender = sender_of(settings)
    return Letter(
        sender=sender,
        reply_to=_reply_to(settings),
        subject=draft.subject,
        date=date,
        list_name=settings.newsletter.title,
        list_id=settings.mail.list_id or f"newsletter.{sender.domain}",
        archive_url=settings.newsletter.base_url,
        issue_url=settings.newsletter.base_url + path,
        text=draft.text,
        html=draft.html,
        issue=name,
        unsubscribe_urls=unsubscribe_urls(settings),
        join_url=join_url(settings) or mailto(contact_of(settings).address, "subscribe"),
    )


def confirmation_note(
    settings: Settings, keys: Keys, pages: SubscriptionPages, row: ConfirmationRow
) -> Note:
    """Return the mail that asks for confirmation, or tells a subscriber where to change settings.

    Its link ends in a token of `keys`. Raises SettingsError without a sender.
    """
    reader = row.reader
    known = reader.status == CONFIRMED
    if known:
        path = f"manage/{keys.link(Purpose.leave, reader.id, reader.epoch)}"
    else:
        path = f"confirm/{keys.link(Purpose.confirm, reader.id, reader.epoch)}"
    written = pages.note(public_url(settings) + path, known=known)
    return Note(
        sender=sender_of(settings),
        reply_to=_reply_to(settings),
        subject=written.subject,
        date=row.begun,
        text=written.text,
        html=written.html,
        name=f"joining.{reader.id}.{seconds(row.requested)}",
    )


def public_url(settings: Settings) -> str:
    """Return the URL of `publisher serve`, without `web.url` that of out/; it ends in a slash."""
    return settings.web.url or settings.newsletter.base_url
