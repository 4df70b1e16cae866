"""`serve`: people join, confirm, choose and leave, in a real browser and by a mail program."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.e2e.newsletter import ANN, PATIENCE, Newsletter
from tests.e2e.subscription_pages import QUICKEST, Desk, served
from tests.support.browser import browser, needs_chromium, violations, visitor
from tests.support.fake_relay import Relay

#: Ten thousand with `make load`.
REQUESTS = int(os.environ.get("PUBLISHER_TEST_REQUESTS", "400"))
VISITORS = 8


@pytest.fixture
def desk(published: Newsletter) -> Iterator[Desk]:
    """Yield a newsletter with one issue that is served."""
    with served(published) as found:
        yield found


@pytest.fixture(scope="module")
def open_desk(with_an_issue: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Yield one for tests that change nothing and end nothing."""
    folder = tmp_path_factory.mktemp("open_desk") / "newsletter"
    with served(Newsletter(shutil.copytree(with_an_issue, folder))) as found:
        yield found


def status_of(newsletter: Newsletter, address: str) -> str:
    """Return what an address is on the list."""
    lines = newsletter.run("subscribers", "list").out.splitlines()
    return next(line.split()[0] for line in lines if address in line)


# --- In a browser -------------------------------------------------------------------------


#: Of the text and of its title, in pixels.
_SIZES = """
["body", "h1"].map(each => parseFloat(getComputedStyle(document.querySelector(each)).fontSize))
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield a browser."""
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=["light", "dark"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Yield the screen of a telephone, light and dark."""
    size = ViewportSize(width=375, height=812)
    with visitor(chromium, color_scheme=request.param, viewport=size) as context:
        yield context.new_page()


def press(page: Page, name: str) -> None:
    """Walk to a control by the Tab key alone, and press it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText || ''")
        if focused.strip() == name:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"no way to {name!r} by keyboard")


def looked_at(page: Page) -> str:
    """Ask axe about a page, and whether it needs to be scrolled sideways; return its words."""
    assert [] == violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return page.inner_text("main")


@needs_chromium
@pytest.mark.xdist_group("browser")
def test_a_readers_journey(desk: Desk, page: Page) -> None:
    """By keyboard alone a reader joins, confirms, chooses, leaves; every page is fit for all."""
    page.goto(f"{desk.url}subscribe")
    assert "Subscribe by e-mail" in looked_at(page)
    page.wait_for_timeout(QUICKEST * 1000)
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "email":
        page.keyboard.press("Tab")
    page.keyboard.type("Ann@example.org")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    assert "look into your inbox" in looked_at(page)

    page.goto(desk.link())
    assert "unconfirmed" == status_of(desk.newsletter, "Ann@example.org")
    assert "One click" in looked_at(page)
    press(page, "Yes, subscribe me")
    assert "You are on the list" in looked_at(page)
    assert "confirmed" == status_of(desk.newsletter, "Ann@example.org")

    press(page, "Choose what you get")
    assert "for A…@example.org" in looked_at(page)
    while page.evaluate("document.activeElement.name") != "cadence":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    press(page, "Save")
    assert "Saved." in looked_at(page)
    assert page.is_checked("[value=weekly]")

    press(page, "Unsubscribe")
    assert "You have left the list" in looked_at(page)
    assert "unsubscribed" == status_of(desk.newsletter, "Ann@example.org")

    press(page, "Undo: keep me subscribed")
    assert "You are subscribed again" in looked_at(page)
    assert page.is_checked("[value=weekly]")
    assert "confirmed" == status_of(desk.newsletter, "Ann@example.org")


@needs_chromium
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("path", ["subscribe?lang=zh-Hans", "confirm/x", "unsubscribe/x"])
def test_every_page_is_fit_for_all(open_desk: Desk, page: Page, path: str) -> None:
    """Pages in Chinese, and those of a link that is void, are fit for all."""
    page.goto(open_desk.url + path)
    assert looked_at(page)


@needs_chromium
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("path", ["subscribe?lang=en", "feeds/", "issues/000/"])
def test_letters_of_twice_the_size(open_desk: Desk, chromium: Browser, path: str) -> None:
    """Who sets that in the browser gets it, and on a telephone need not scroll sideways."""
    page = chromium.new_page(viewport=ViewportSize(width=360, height=740))
    page.goto(open_desk.url + path)
    sizes = page.evaluate(_SIZES)
    setting = page.context.new_cdp_session(page)
    setting.send("Page.enable")
    setting.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    page.reload()
    assert [2 * each for each in sizes] == page.evaluate(_SIZES)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


@needs_chromium
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("typed", ["ann＠example.org", "ann@", ""])
def test_what_is_typed_reaches_the_server(open_desk: Desk, page: Page, typed: str) -> None:
    """No browser's own check stops what the server may understand, or explains better."""
    page.goto(f"{open_desk.url}subscribe?lang=zh-Hans")
    page.fill("#email", typed)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.keyboard.press("Enter")
    page.wait_for_selector("main [role]")
    form = parse_qs(sent.value.post_data or "", keep_blank_values=True)
    assert [typed] == form["email"]


@needs_chromium
@pytest.mark.xdist_group("browser")
def test_without_script_and_cookie(desk: Desk, chromium: Browser) -> None:
    """Another site's plain form works where scripts and cookies are off."""
    with visitor(chromium, java_script_enabled=False) as context:
        page = context.new_page()
        page.set_content(
            f'<form method="post" action="{desk.url}subscribe">'
            '<input name="email" value="ann@example.org"><button>Join</button></form>'
        )
        page.click("button")
        assert "One more step" in page.inner_text("main")
        page.wait_for_timeout(QUICKEST * 1000)
        page.click("button")
        assert "look into your inbox" in page.inner_text("main")
        assert [] == context.cookies()


# --- By other programs --------------------------------------------------------------------


def test_many_requests_one_mail(desk: Desk) -> None:
    """However often one mailbox is asked for, from many sides at once, one mail goes out."""
    desk.newsletter.set("web", joins_per_network=1_000_000, joins_per_hour=1_000_000)
    desk.server.end(signal.SIGTERM)
    with served(desk.newsletter) as again:
        stamps, codes = iter(again.stamps(REQUESTS)), []
        netloc = urlsplit(again.url).netloc

        def ask() -> None:
            with closing(HTTPConnection(netloc, timeout=PATIENCE)) as connection:
                for number in range(REQUESTS // VISITORS):
                    address = ANN.upper() if number % 2 else ANN.replace("@", f"+{number}@")
                    stamp = next(stamps)
                    body = urlencode({"email": address, "stamp": stamp})
                    kind = {"Content-Type": "application/x-www-form-urlencoded"}
                    connection.request("POST", "/subscribe", body, kind)
                    answer = connection.getresponse()
                    answer.read()
                    codes.append(answer.status)

        visitors = [threading.Thread(target=ask) for _ in range(VISITORS)]
        for each in visitors:
            each.start()
        for each in visitors:
            each.join()
        again.mail()
        assert 0 == again.server.end(signal.SIGTERM)
        assert ({200}, REQUESTS, 1) == (set(codes), len(codes), len(again.newsletter.mails()))


def test_one_click(newsletter: Newsletter) -> None:
    """One click on the button of a mail that has come keeps the next from going out."""
    newsletter.set("mail", sender="News <news@example.org>")
    newsletter.subscribe(ANN)
    newsletter.digest("000_aa.txt", 1)
    with served(newsletter) as desk:
        # As a proxy would have it: one click is for https alone (RFC 8058 3.1).
        newsletter.set("web", url=desk.url.replace("http:", "https:"))
        newsletter.tick()
        message = desk.mail()
        assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
        link = re.search(
            r"<https://localhost:\d+(/unsubscribe/[^>]+)>", str(message["List-Unsubscribe"])
        )
        assert link
        assert 200 == desk.post(link[1], **{"List-Unsubscribe": "One-Click"})[0]
        newsletter.digest("001_bb.txt", 2)
        newsletter.tick()
        assert 1 == len(newsletter.mails())


def test_a_refusal_is_told(published: Newsletter, relay: Relay) -> None:
    """A confirmation that the relay refuses is an error in the log, waits, and goes out later."""
    refusal = "451 4.7.1 <ann@example.org>: try again later"
    relay.answer("RCPT", refusal)
    published.set("mail", sender="News <news@example.org>", relay=relay.url, tls="off")
    with served(published, "--quiet") as desk:
        (stamp,) = desk.stamps(1)
        assert 200 == desk.post("/subscribe", email=ANN, stamp=stamp)[0]
        line = json.loads(desk.server.says("confirmation deferred"))
    assert ("error", "451 4.7.1 <address> try again later") == (line["level"], line["why"])
    shown = published.run("subscribers", "show", ANN).out
    assert "deferred (attempts: 1), on a page in en: 451 4.7.1" in shown
    later = datetime.now(UTC) + timedelta(hours=1)
    assert 0 == published.run("run", "--now", later.isoformat()).code
    assert [ANN] == relay.recipients()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(desk: Desk, number: signal.Signals) -> None:
    """A signal ends the server in time, with exit code 0; each line it said is JSON."""
    desk.get("/healthz")
    assert 0 == desk.server.end_within(10, number)
    lines = [json.loads(line) for line in desk.server.out if line.startswith("{")]
    assert "/healthz" in [line.get("route") for line in lines]


def test_a_head_without_an_end(open_desk: Desk) -> None:
    """Who sends headers for ever is hung up on; others are served meanwhile."""
    where = ("localhost", urlsplit(open_desk.url).port or 0)
    with socket.create_connection(where, timeout=PATIENCE) as endless:
        endless.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert "ok\n" == open_desk.get("/healthz")
        with pytest.raises(ConnectionError):
            endless.sendall(b"word\r\nX-Header: " * 2_500_000)  # the system's buffers hold some
    assert "ok\n" == open_desk.get("/healthz")


def test_a_port_that_is_taken(newsletter: Newsletter) -> None:
    """A port that another program has is told in one line."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        newsletter.set("web", port=other.getsockname()[1])
        assert "cannot listen there" in newsletter.complaint("serve")


def test_only_a_trusted_proxy_is_believed(desk: Desk) -> None:
    """What says where a visitor comes from counts only from a proxy that is trusted."""

    def busy(settings: Newsletter) -> list[int]:
        with served(settings) as again:
            codes = []
            for number, stamp in enumerate(again.stamps(2)):
                connection = HTTPConnection(urlsplit(again.url).netloc, timeout=PATIENCE)
                with closing(connection):
                    connection.request(
                        "POST", "/subscribe",
                        urlencode({"email": f"a{number}@example.org", "stamp": stamp}),
                        {
                            "Content-Type": "application/x-www-form-urlencoded",
                            "X-Forwarded-For": f"198.51.{number}.1",
                        },
                    )  # fmt: skip
                    codes.append(connection.getresponse().status)
            return codes

    desk.server.end(signal.SIGTERM)
    desk.newsletter.set("web", joins_per_network=1)
    assert [200, 429] == busy(desk.newsletter)
    shutil.rmtree(desk.newsletter.root / ".publisher")  # who asked before counts no more
    desk.newsletter.set("web", trusted_proxies=["127.0.0.1", "::1"])
    assert [200, 200] == busy(desk.newsletter)
