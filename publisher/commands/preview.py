"""`preview` and `test-send`: an issue's mail as it would leave now, before it does."""

from __future__ import annotations

import email
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from email.header import decode_header, make_header

from publisher.config import Settings
from publisher.digest.filename import slug_of
from publisher.errors import NotFoundError, RelayError
from publisher.i18n import words
from publisher.mail.mime import TOKEN, Letter, message_id
from publisher.mail.personalize import compose
from publisher.mail.transport import Reply
from publisher.model import Diagnostic, Issue, IssueRecord
from publisher.plans.create import issue_draft
from publisher.plans.letters import issue_letter, keys_of, open_relays, signer_of
from publisher.render.lint import check_mail
from publisher.render.mail.subject import preheader
from publisher.render.renderers import Renderers
from publisher.render.titles import headline
from publisher.sources import scan
from publisher.sources.contents import content, refusal, shown
from publisher.sources.digest_reader import DigestReader
from publisher.storage import issues
from publisher.storage.database import Database
from publisher.storage.plans import Group
from publisher.subscribers.addresses import checked
from publisher.subscribers.tokens import Purpose
from publisher.subscribers.verp import return_path

#: Whom a preview is addressed to.
READER = "reader@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An issue's mail, and all there is to say about it."""

    slug: str
    subject: str
    preheader: str
    text: str
    html: str
    message: bytes
    #: Name and decoded value of each header, in order.
    headers: tuple[tuple[str, str], ...]
    diagnostics: tuple[Diagnostic, ...]


def slugs(settings: Settings) -> list[str]:
    """Return the slugs of all digests in the folder, published or not, in order."""
    return scan.slugs(settings.digests.dir)


def preview(
    settings: Settings,
    database: Database,
    reader: DigestReader,
    renderers: Renderers,
    slug: str,
    now: datetime,
) -> Preview:
    """Make the mail of an issue as it would be sent now. Raises NotFoundError and FaultError."""
    issue, diagnostics = _issue(settings, reader, slug)
    letter = _letter(settings, database, renderers, issue, now)
    leave = letter.leave_urls[0]
    folded = check_mail(renderers.own, issue, shown(settings, issue.source), leave)
    signer = signer_of(settings)
    token = _nobodys(settings, database)
    message = compose(letter, READER, token)
    if signer:
        message = signer.sign(message)
    return Preview(
        slug=slug,
        subject=letter.subject,
        preheader=preheader(issue),
        text=letter.text.replace(TOKEN, token),
        html=letter.html.replace(TOKEN, token),
        message=message,
        headers=tuple(
            (name, _decoded(value)) for name, value in email.message_from_bytes(message).items()
        ),
        diagnostics=(*diagnostics, *folded),
    )


def _decoded(value: str) -> str:
    # Not by `email.policy.default`: it leaves spaces in a long name (python/cpython#128110).
    return str(make_header(decode_header(value.replace("\r\n", ""))))


def test_send(
    settings: Settings,
    database: Database,
    reader: DigestReader,
    renderers: Renderers,
    slug: str,
    address: str,
    now: datetime,
) -> Iterator[tuple[str, Reply | RelayError]]:
    """Send a copy to one address through each relay, and yield what came of it, relay by relay.

    It takes the way of a reader's copy, envelope and signature included; the ledger knows nothing
    of it. Raises NotFoundError, AddressError and SettingsError.
    """
    typed, _ = checked(address)
    issue, _ = _issue(settings, reader, slug)
    letter = _letter(settings, database, renderers, issue, now)
    keys = keys_of(settings, database)
    token = keys.link(Purpose.leave, 0, 0)
    sender = return_path(keys, settings.mail.bounce_domain, 0, 0) or letter.sender.address
    for number, (place, relay) in enumerate(open_relays(settings, database)):
        # A Message-ID of its own: it must not pass for the real copy, nor for an earlier test.
        copy = replace(
            letter,
            subject=f"[test] {letter.subject}",
            issue=f"{slug}.test{int(now.timestamp())}.{number}",
        )
        message = compose(copy, typed, token)
        with closing(relay):
            try:
                yield place, relay.hand_over(sender, typed, message_id(copy, typed), message)
            except RelayError as error:
                yield place, error


def _nobodys(settings: Settings, database: Database) -> str:
    """Return a token of no subscriber: what it leads to says so."""
    return keys_of(settings, database).link(Purpose.leave, 0, 0)


def _issue(
    settings: Settings, reader: DigestReader, slug: str
) -> tuple[Issue, tuple[Diagnostic, ...]]:
    folder = settings.digests.dir
    names = [name for name in scan.names(folder) if slug_of(name) == slug]
    if not names:
        near = ", ".join(slugs(settings)[-5:])
        raise NotFoundError(f'no digest makes an issue "{slug}"; the last are: {near or "none"}')
    try:
        data, _ = content(str(folder), names[0], settings.digests.max_bytes)
    except OSError as error:
        raise NotFoundError(f"{refusal(shown(settings, names[0]), error)}") from None
    result = reader.parse(names[0], data)
    if result.issue is None:
        raise NotFoundError(f"{result.diagnostics[0]}")
    return result.issue, result.diagnostics


def _letter(
    settings: Settings, database: Database, renderers: Renderers, issue: Issue, now: datetime
) -> Letter:
    name = headline(issue, words(settings.newsletter.interface_language))
    with database.read() as connection:
        known = issues.known_issues(connection, [issue.slug]).get(issue.slug)
    record = known.record if known else IssueRecord.unpublished(issue, name, now)
    draft = issue_draft(settings, renderers, issue, record, Group(language="", covered=None))
    return issue_letter(settings, draft, record, now)
