"""What the judges say of the pages to join and leave at, and of the mail that asks back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from publisher import mail_factories
from publisher.commands.preview import READER
from publisher.mail.personalize import compose
from publisher.plans.letters import confirmation_note
from publisher.render.subscription_contexts import ConfirmView, JoinView, LeaveView
from publisher.render.subscription_pages import SubscriptionPages
from publisher.storage.confirmations import ConfirmationRow
from publisher.storage.subscribers import SubscriberRow
from tests.judges.mails import Outgoing
from tests.judges.rspamd import Rspamd, needs_rspamd
from tests.judges.spam import SpamAssassin, needs_spamassassin
from tests.judges.specimens import MODULES, Judge, Listening
from tests.judges.test_axe import AS_SHOWN
from tests.judges.test_rspamd import HIGHEST, against
from tests.support.browser import browser, needs_chromium, violations, visitor
from tests.support.newsletter_folder import KEYS, Newsroom

CI = os.environ.get("CI")
needs_node = [
    pytest.mark.skipif(
        not CI and not (MODULES.is_dir() and shutil.which("node")),
        reason="needs node, and `make judges`",
    ),
    pytest.mark.xdist_group("judges"),
]
LANGUAGES = ["en", "zh-Hans"]
KNOWN = pytest.mark.parametrize("known", [True, False], ids=["known", "new"])


def desk(room: Newsroom, language: str) -> tuple[SubscriptionPages, Listening]:
    """Return the desk in a language, and the templates it is made with."""
    its = replace(room.settings.newsletter, interface_language=language)
    templates = Listening(interface_language=language)
    zone = room.settings.schedule.timezone
    return SubscriptionPages(
        its, zone, templates, "https://news.example.org/", "N <n@example.org>"
    ), templates


def pages(its: SubscriptionPages) -> dict[str, str]:
    """Return every page in every state."""
    found = {}
    for state in ("open", "invalid", "again", "used", "asked", "busy"):
        view = JoinView(
            state=state, action="/subscribe", address="a&<b>", stamp="s",
            languages=("en", "zh-Hans"), language="en",
        )  # fmt: skip
        found[f"join {state}"] = its.join(view)
    for state in ("open", "done", "void"):
        found[f"confirm {state}"] = its.confirm(
            ConfirmView(state=state, action="/", manage_href="/m", join_href="/subscribe")
        )
    for state in ("open", "saved", "left", "gone", "back", "late", "void"):
        found[f"leave {state}"] = its.leave(
            LeaveView(
                state=state, reader="a…@example.org", leave_action="/", manage_action="/m",
                undo_action="/m/undo" if state in ("left", "gone") else "",
                join_href="/subscribe", languages=("en", "zh-Hans"), language="en",
                cadence="issue",
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.usefixtures("room")
class TestMarkup:
    """html-validate's recommended rules, and npm's MJML."""

    pytestmark = needs_node

    def test_pages(self, language: str, room: Newsroom, sitting: Judge) -> None:
        """Every page to join and leave at is valid, in every state."""
        its, _ = desk(room, language)
        found = {name: sitting.faults("page", html) for name, html in pages(its).items()}
        assert {} == {name: faults for name, faults in found.items() if faults}

    @KNOWN
    def test_the_mail(self, language: str, room: Newsroom, sitting: Judge, *, known: bool) -> None:
        """The mail that asks back is valid HTML, made of valid MJML."""
        its, templates = desk(room, language)
        note = its.note("https://news.example.org/confirm/x", known=known)
        assert [] == sitting.faults("mail", note.html)
        assert [] == sitting.faults("mjml", templates.source)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield a browser."""
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=["light", "dark"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Yield the screen of a telephone, light and dark."""
    size = ViewportSize(width=375, height=812)
    with visitor(chromium, color_scheme=request.param, viewport=size, offline=True) as context:
        yield context.new_page()


@KNOWN
@pytest.mark.parametrize("language", LANGUAGES)
@needs_chromium
@pytest.mark.xdist_group("browser")
class TestAxe:
    """Chromium on a telephone."""

    def test_the_mail(self, language: str, room: Newsroom, page: Page, *, known: bool) -> None:
        """Everyone can read the mail that asks back."""
        its, _ = desk(room, language)
        page.set_content(its.note("https://news.example.org/confirm/x", known=known).html)
        page.evaluate(AS_SHOWN)
        assert [] == violations(page)


@pytest.fixture
def note(language: str, news: Outgoing, *, known: bool) -> bytes:
    """Return the mail that asks back, signed, as the receiver's server has it."""
    its, _ = desk(news.room, language)
    reader = SubscriberRow(
        id=7, address=READER, key=READER, since=news.now, epoch=7,
        status="confirmed" if known else "unconfirmed",
    )  # fmt: skip
    row = ConfirmationRow(
        reader=reader, requested=news.now, begun=news.now, language=language, attempts=1
    )
    note = confirmation_note(news.room.settings, KEYS, its, row)
    signer = mail_factories.signer(news.room.settings)
    assert signer
    return news.received + signer.sign(compose(note, reader.address))


@KNOWN
@pytest.mark.parametrize("language", LANGUAGES)
@needs_spamassassin
@pytest.mark.xdist_group("spamassassin")
def test_spamassassin(note: bytes, spam_assassin: SpamAssassin) -> None:
    """The mail that asks back has no more against it than for it."""
    verdict = spam_assassin.judged(note)
    assert verdict.score <= 0, verdict.symbols


@KNOWN
@pytest.mark.parametrize("language", LANGUAGES)
@needs_rspamd
@pytest.mark.xdist_group("rspamd")
def test_rspamd(note: bytes, rspamd_filter: Rspamd) -> None:
    """Nothing is held against the mail that asks back."""
    verdict = rspamd_filter.judged(note)
    assert {} == against(verdict)
    assert verdict.score <= HIGHEST
