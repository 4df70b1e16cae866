"""`preview` and `test-send`: an issue's mail as it would leave now, before it does."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from email.header import decode_header, make_header
from typing import TYPE_CHECKING

from publisher.config import Settings
from publisher.digest.filename import slug_of
from publisher.errors import NotFoundError, RelayError
from publisher.i18n import words
from publisher.mail.mime import TOKEN, Letter, message_id
from publisher.mail.personalize import compose
from publisher.mail.transport import Relay, Reply
from publisher.model import Diagnostic, Issue, IssueRecord
from publisher.plans.create import issue_draft
from publisher.plans.letters import issue_letter
from publisher.render.lint import check_mail
from publisher.render.mail.subject import preheader
from publisher.render.renderers import Renderers
from publisher.render.titles import headline
from publisher.sources import scan
from publisher.sources.contents import read_digest, refusal, shown_path
from publisher.sources.digest_reader import DigestReader
from publisher.storage import issues
from publisher.storage.database import Database
from publisher.storage.plans import Group
from publisher.subscribers.addresses import check_address
from publisher.subscribers.tokens import Keys, Purpose
from publisher.subscribers.verp import return_path

if TYPE_CHECKING:
    from publisher.mail.dkim import Signer

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


def list_slugs(settings: Settings) -> list[str]:
    """Return the slugs of all digests in the folder, published or not, in order."""
    return scan.digest_slugs(settings.digests.dir)


class Previewer:
    """Makes an issue's mail as it would leave now, of a digest that is published or not."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        reader: DigestReader,
        renderers: Renderers,
        keys: Keys,
        signer: Signer | None,
    ) -> None:
        """Begin. `reader` knows the aliases of papers, `signer` signs all mail if it is there."""
        self._settings = settings
        self._database = database
        self._reader = reader
        self._renderers = renderers
        self._keys = keys
        self._signer = signer

    def preview(self, slug: str, now: datetime) -> Preview:
        """Make the mail of an issue. Raises NotFoundError and FaultError."""
        issue, diagnostics = self._issue(slug)
        letter = self._letter(issue, now)
        file, leave = shown_path(self._settings, issue.source), letter.unsubscribe_urls[0]
        folded = check_mail(self._renderers.own, issue, file, leave)
        token = self._nobodys()
        message = compose(letter, READER, token)
        if self._signer:
            message = self._signer.sign(message)
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

    def test_send(
        self,
        slug: str,
        address: str,
        now: datetime,
        open_relays: Callable[[], Iterable[tuple[str, Relay]]],
    ) -> Iterator[tuple[str, Reply | RelayError]]:
        """Send a copy to one address through each relay; yield what came of it, relay by relay.

        It takes the way of a reader's copy, envelope and signature included; the ledger knows
        nothing of it. Raises NotFoundError, AddressError and SettingsError.
        """
        typed, _ = check_address(address)
        issue, _ = self._issue(slug)
        letter = self._letter(issue, now)
        back = return_path(self._keys, self._settings.mail.bounce_domain, 0, 0)
        for number, (place, relay) in enumerate(open_relays()):
            # A Message-ID of its own: it must not pass for the real copy, nor for an earlier test.
            copy = replace(
                letter,
                subject=f"[test] {letter.subject}",
                issue=f"{slug}.test{int(now.timestamp())}.{number}",
            )
            message = compose(copy, typed, self._nobodys())
            sender = back or letter.sender.address
            with closing(relay):
                try:
                    yield place, relay.hand_over(sender, typed, message_id(copy, typed), message)
                except RelayError as error:
                    yield place, error

    def _nobodys(self) -> str:
        """Return a token of no subscriber: what it leads to says so."""
        return self._keys.link(Purpose.leave, 0, 0)

    def _issue(self, slug: str) -> tuple[Issue, tuple[Diagnostic, ...]]:
        folder = self._settings.digests.dir
        names = [name for name in scan.digest_names(folder) if slug_of(name) == slug]
        if not names:
            near = ", ".join(list_slugs(self._settings)[-5:])
            raise NotFoundError(
                f'no digest makes an issue "{slug}"; the last are: {near or "none"}'
            )
        try:
            data, _ = read_digest(str(folder), names[0], self._settings.digests.max_bytes)
        except OSError as error:
            raise NotFoundError(f"{refusal(shown_path(self._settings, names[0]), error)}") from None
        result = self._reader.parse(names[0], data)
        if result.issue is None:
            raise NotFoundError(f"{result.diagnostics[0]}")
        return result.issue, result.diagnostics

    def _letter(self, issue: Issue, now: datetime) -> Letter:
        name = headline(issue, words(self._settings.newsletter.interface_language))
        with self._database.read() as connection:
            known = issues.known_issues(connection, [issue.slug]).get(issue.slug)
        record = known.record if known else IssueRecord.unpublished(issue, name, now)
        group = Group(language="", covered=None)
        draft = issue_draft(self._settings, self._renderers, issue, record, group)
        return issue_letter(self._settings, draft, record, now)


def _decoded(value: str) -> str:
    # Not by `email.policy.default`: it leaves spaces in a long name (python/cpython#128110).
    return str(make_header(decode_header(value.replace("\r\n", ""))))
