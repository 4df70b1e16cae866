"""Feeds over HTTP: from `serve`, nginx and Caddy alike, to newsboat and to a browser."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from email.utils import formatdate
from http.client import HTTPConnection
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from publisher.site.http_metadata import Hosting
from publisher.site.output import Output
from tests.e2e.newsletter import PATIENCE, Newsletter, later, paper, until
from tests.e2e.subscription_pages import served
from tests.support.browser import browser, needs_chromium, violations, visitor
from tests.support.web_servers import CADDY, NGINX, caddy, nginx
from tests.w3c import w3c_answer_events, w3c_events

CI = os.environ.get("CI")
FEED = "feeds/issues.atom"
Server = Callable[[Path, Path], AbstractContextManager[str]]


class Answer:
    """What a server said."""

    def __init__(self, url: str, path: str, method: str = "GET", **headers: str) -> None:
        with closing(HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, f"/{path}", headers=named)
            answer = connection.getresponse()
            self.status = answer.status
            self.headers = {name.lower(): value for name, value in answer.getheaders()}
            self.body = answer.read()


def assert_no_events(url: str) -> None:
    """See that the W3C's validator, which asks for gzip, would find nothing to say."""
    for path in (
        f"feeds/{name}.{kind}" for name in ("issues", "papers") for kind in ("atom", "rss")
    ):
        answer = Answer(url, path, Accept_Encoding="gzip, deflate", User_Agent="FeedValidator/1.3")
        body = gzip.decompress(answer.body)
        assert w3c_answer_events(answer.headers, body) == []
        assert w3c_events(body, f"http://localhost:8000/{path}") == []


# --- Web servers --------------------------------------------------------------------------


def _needs(program: str | None, name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (CI or program), reason=f"needs {name}")


@pytest.fixture(
    params=[
        pytest.param(nginx, marks=_needs(NGINX, "nginx"), id="nginx"),
        pytest.param(caddy, marks=_needs(CADDY, "caddy"), id="caddy"),
    ]
)
def other(request: pytest.FixtureRequest) -> Server:
    """Return a web server that docs/how-to has lines for."""
    found: Server = request.param
    return found


def test_other_servers(other: Server, published: Newsletter, tmp_path: Path) -> None:
    """Told what docs/how-to tells them, nginx and Caddy give each kind of file as `serve` does."""
    out, state = published.root / "out", tmp_path / "state"
    state.mkdir()
    more = [f"feeds/{name}.{kind}" for name in ("tags/llm", "archive/en/tags/llm/1")
            for kind in ("atom", "rss", "json")]  # fmt: skip
    for path in more:
        Output(out).write(path, path.encode())
    kinds = ("", "feeds/", "issues/000/", "issues/000/email.txt", "style.css", "sitemap.xml",
             "favicon.svg", "feeds/subscriptions.opml",
             *(f"feeds/{name}.{kind}" for name in ("issues", "papers")
               for kind in ("atom", "rss", "json")),
             *more)  # fmt: skip
    hosting = Hosting("http://localhost:8000/")
    with other(out, state) as url:
        for path in kinds:
            answer = Answer(url, path, Accept_Encoding="identity")
            file = out / path / "index.html" if path.endswith("/") or not path else out / path
            assert (200, file.read_bytes()) == (answer.status, answer.body), path
            expected = dict(hosting.headers(file.relative_to(out).as_posix()))
            for name in ("Content-Type", "Cache-Control"):
                assert expected[name].lower() == answer.headers[name.lower()].lower(), (path, name)
        assert 404 == Answer(url, "_headers").status
        packed = Answer(url, FEED, Accept_Encoding="gzip")
        assert "gzip" == packed.headers["content-encoding"]
        assert (out / f"{FEED}.gz").read_bytes() == packed.body
        assert "accept-encoding" in packed.headers["vary"].lower()
        again = Answer(url, FEED, Accept_Encoding="gzip", If_None_Match=packed.headers["etag"])
        assert (304, b"") == (again.status, again.body)
        assert_no_events(url)


def test_what_is_not_there(other: Server, published: Newsletter, tmp_path: Path) -> None:
    """At any address nginx and Caddy show the site's page for it, whole, whatever is asked for."""
    out, state = published.root / "out", tmp_path / "state"
    state.mkdir()
    page = (out / "404.html").read_bytes()
    asked: list[dict[str, str]] = [{}, {"If_Modified_Since": formatdate(usegmt=True)}]
    asked += [{"Range": "bytes=0-9"}, {"If_Match": '"another"'}]
    with other(out, state) as url:
        for path in (
            *("issues/999/", "issues/", "feeds/archive/", "a/b/c.html", "a.txt", "_headers"),
            *("feeds/tags/new.atom", "feeds/archive/issues/999/feed.json"),
        ):
            tag = Answer(url, path).headers.get("etag", "*")
            for headers in [*asked, {"If_None_Match": tag}]:
                gone = Answer(url, path, **headers)
                assert (404, page) == (gone.status, gone.body), (path, headers)
                assert "text/html; charset=utf-8" == gone.headers["content-type"].lower(), path
                # It may be there one day: no cache is told to keep that it is not.
                assert "cache-control" not in gone.headers, path


def test_serve(published: Newsletter) -> None:
    """Over a real connection: GET, HEAD, gzip, 304; a feed names itself and its hub."""
    published.set("newsletter", hub="https://hub.example.org/")
    published.build()
    out = published.root / "out"
    with served(published) as desk:
        get, head = Answer(desk.url, FEED), Answer(desk.url, FEED, "HEAD")
        assert (200, (out / FEED).read_bytes()) == (get.status, get.body)
        changing = {"date"}
        assert {n: v for n, v in get.headers.items() if n not in changing} == {
            n: v for n, v in head.headers.items() if n not in changing
        }
        assert b"" == head.body
        assert re.fullmatch(
            '<http://localhost:8000/feeds/issues.atom>; rel="self", '
            '<https://hub.example.org/>; rel="hub"',
            get.headers["link"],
        )
        packed = Answer(desk.url, FEED, Accept_Encoding="gzip, br")
        assert get.body == gzip.decompress(packed.body)
        for each in (get, packed):
            again = Answer(desk.url, FEED, If_None_Match=each.headers["etag"])
            assert (304, b"", each.headers["etag"]) == (
                again.status,
                again.body,
                again.headers["etag"],
            )
        assert_no_events(desk.url)


@pytest.mark.parametrize(("host", "written"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_it_says_where_it_listens(published: Newsletter, host: str, written: str) -> None:
    """There it can be looked at, while where readers will reach it is not there yet."""
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(kind) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            pytest.skip(f"needs {host}")
        port = probe.getsockname()[1]
    published.set("web", url="https://news.example.org/", host=host, port=port)
    with published.started("serve") as server:
        assert f'"url": "http://{written}:{port}/"' in server.says('"listening"')


# --- newsboat -----------------------------------------------------------------------------


#: A file's line in the server's log.
_ANSWERED = r'"route": "file", "status": (\d+)'


class Newsboat:
    """A reader who has subscribed to some feeds."""

    def __init__(self, home: Path, *urls: str) -> None:
        self._home = home
        home.mkdir()
        (home / "urls").write_text("\n".join(urls) + "\n", encoding="utf-8")
        (home / "config").write_text("", encoding="utf-8")

    def reload(self) -> None:
        """Ask all feeds for news."""
        command = ["newsboat", "-x", "reload"]
        for option, name in (("-u", "urls"), ("-c", "cache.db"), ("-C", "config")):
            command += [option, str(self._home / name)]
        env = {**os.environ, "HOME": str(self._home), "LC_ALL": "C.UTF-8"}
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=PATIENCE)

    def items(self) -> list[tuple[str, str, bool, str]]:
        """Return id, title, whether it is unread, and content of all that it has."""
        with closing(sqlite3.connect(self._home / "cache.db")) as cache:
            rows = cache.execute("SELECT guid, title, unread, content FROM rss_item ORDER BY guid")
            return [(guid, title, bool(unread), text) for guid, title, unread, text in rows]

    def read_all(self) -> None:
        """Have read everything."""
        with closing(sqlite3.connect(self._home / "cache.db")) as cache:
            cache.execute("UPDATE rss_item SET unread = 0")
            cache.commit()


@pytest.mark.skipif(not (CI or shutil.which("newsboat")), reason="needs newsboat")
@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_newsboat(published: Newsletter, tmp_path: Path, kind: str) -> None:
    """A poll in vain costs a 304; an edit changes an item that stays read; an issue is one more."""
    with served(published) as desk:
        reader = Newsboat(tmp_path / "newsboat", f"{desk.url}feeds/issues.{kind}")
        statuses: list[int] = []

        def reload() -> list[tuple[str, str, bool, str]]:
            reader.reload()
            statuses[:] = until(more, "a line in the log")
            return reader.items()

        def more() -> list[int]:
            found = [int(each) for each in re.findall(_ANSWERED, "\n".join(desk.server.out))]
            return found if len(found) > len(statuses) else []

        [(guid, title, unread, text)] = reload()
        assert ([200], True) == (statuses, unread)
        reader.read_all()
        reload()
        # newsboat 2.21 asks with conditions from its third reload on.
        assert [(guid, title, False, text)] == reload()
        assert 304 == statuses[-1]

        published.digest("000_aa.txt", paper(1).replace("摘要", "修改过的摘要"))
        published.build(later(hours=1))
        [(same, _, unread, changed)] = reload()
        assert (guid, False, True) == (same, unread, "修改过的摘要" in changed)

        published.digest("001_bb.txt", 2)
        published.build(later(hours=2))
        items = reload()
        assert [False, True] == sorted(unread for _, _, unread, _ in items)
        assert 2 == len({guid for guid, *_ in items})
        reload()
        assert items == reload()
        assert 304 == statuses[-1]


# --- A browser ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield a browser."""
    with browser() as found:
        yield found


@needs_chromium
@pytest.mark.xdist_group("browser")
def test_copying_an_address(published: Newsletter, chromium: Browser) -> None:
    """A button copies an address, within the server's policy, and says so for a while."""
    permissions = ["clipboard-read", "clipboard-write"]
    with served(published) as desk, visitor(chromium, permissions=permissions) as context:
        page = context.new_page()
        page.clock.install()
        faults: list[str] = []
        page.on("console", lambda each: faults.append(each.text))
        page.goto(f"{desk.url}feeds/")
        first = page.locator(".addresses").first
        address = first.locator("code").first
        assert [] == violations(page)
        button = first.get_by_role("button").first
        page.clock.pause_at(page.evaluate("Date.now()") + 1)
        button.click()
        expect(button).to_have_text("Copied")
        expect(page.get_by_role("status")).to_contain_text(address.text_content() or "?")
        assert address.text_content() == page.evaluate("navigator.clipboard.readText()")
        page.clock.run_for(60_000)
        expect(button).to_have_text("Copy")
        assert [] == faults


@needs_chromium
@pytest.mark.xdist_group("browser")
def test_copying_on_a_phone(published: Newsletter, chromium: Browser) -> None:
    """What is said to those who cannot see the button is not in sight, however long it is."""
    phone = {"width": 320, "height": 640}
    with served(published) as desk, visitor(chromium, viewport=phone) as context:
        page = context.new_page()
        page.goto(f"{desk.url}feeds/")
        page.locator(".addresses").first.get_by_role("button").first.click()
        status = page.get_by_role("status")
        status.evaluate("each => { each.textContent += '/a/long/address'.repeat(9) }")
        box = status.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1


@needs_chromium
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 375), ("zh-Hans", "dark", 1280)]
)
def test_lost_visitor(
    published: Newsletter,
    chromium: Browser,
    language: str,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    """Deep below, where nothing is, everyone can read what is said of it, and goes on."""
    published.set("newsletter", interface_language=language)
    published.build()
    size = ViewportSize(width=width, height=700)
    with (
        served(published) as desk,
        visitor(chromium, color_scheme=scheme, viewport=size) as context,
    ):
        page = context.new_page()
        refused: list[str] = []
        page.on("response", lambda each: refused.append(each.url) if not each.ok else None)
        address = f"{desk.url}issues/2024/09/no-such-issue/index.html"
        page.goto(address)
        assert ([address], []) == (refused, violations(page))
        assert "none" != page.locator("body").evaluate("each => getComputedStyle(each).maxWidth")
        links = page.locator("a[href^='/']")
        places = {str(each.get_attribute("href")) for each in links.all()}
        assert {"/index.html", "/archive/1/index.html", "/feeds/index.html"} == places
        page.locator("main a").first.click()
        expect(page.locator(".newest")).to_be_visible()


@needs_chromium
@pytest.mark.xdist_group("browser")
def test_marking_an_address(published: Newsletter, chromium: Browser) -> None:
    """Without scripts there is no button, and a click marks an address."""
    with served(published) as desk, visitor(chromium, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{desk.url}feeds/")
        address = page.locator(".addresses code").first
        assert 0 == page.locator("button:visible").count()
        assert "all" == address.evaluate("each => getComputedStyle(each).userSelect")
