"""axe-core finds no violation in mails and pages: WCAG 2 A and AA, and what it calls good practice.

On the screen of a phone in light, and in a window in dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize
from starlette.testclient import TestClient

from publisher.commands.preview import list_slugs
from publisher.web.preview import app
from tests.judges.specimens import SLUGS, Specimen, fill, specimens
from tests.support.browser import browser, needs_chromium, violations, visitor
from tests.support.newsletter_folder import NOW, Newsroom, newsroom

pytestmark = [needs_chromium, pytest.mark.xdist_group("browser")]
PAGES = [
    "index.html",
    "feeds/index.html",
    "archive/1/index.html",
    "issues/000/index.html",
    "issues/005/index.html",
    "papers/2408.05211/index.html",
]
#: A mail is a part of the page that the mail program makes, which has the landmarks.
AS_SHOWN = """
const main = document.createElement("main");
main.append(...document.body.childNodes);
document.body.append(main);
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield a browser."""
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=[("light", 375), ("dark", 700)], ids=["light", "dark"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Yield a page to someone who likes it light, or dark."""
    scheme, width = request.param
    size = ViewportSize(width=width, height=812)
    with visitor(chromium, color_scheme=scheme, viewport=size, offline=True) as context:
        yield context.new_page()


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Yield a newsletter whose interface is Chinese."""
    with newsroom(tmp_path_factory.mktemp("chinese")) as found:
        settings = found.folder / "publisher.toml"
        language = '[newsletter]\ninterface_language = "zh-Hans"'
        settings.write_text(settings.read_text("utf-8").replace("[newsletter]", language), "utf-8")
        found.reload()
        fill(found)
        yield found


@contextmanager
def previewed(room: Newsroom) -> Iterator[Callable[[Page, str], object]]:
    """Return what opens a page of the preview in a browser."""
    served = app(
        load=lambda slug: room.preview(slug, NOW),
        slugs=lambda: list_slugs(room.settings),
        watched=[],
        limit=90_000,
        port=8001,
    )
    with TestClient(served, base_url="http://127.0.0.1:8001") as client:

        def answer(route: Route) -> None:
            parts = urlsplit(route.request.url)
            if parts.path == "/changes":  # which has no end
                route.abort()
                return
            got = client.get(f"{parts.path}?{parts.query}")
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

        def visit(page: Page, path: str) -> None:
            page.route("**/*", answer)
            page.goto(f"http://127.0.0.1:8001{path}")

        yield visit


def test_axe_sees_what_is_wrong(page: Page) -> None:
    """A grey that is too faint, a table of words without a head: axe says so."""
    page.set_content("<p style='color: #aaa; background: #bbb'>Faint</p><img src='data:,'>")
    assert {"color-contrast", "image-alt"} <= {each.split(":")[0] for each in violations(page)}


@pytest.mark.parametrize("slug", SLUGS)
def test_mail(slug: str, issues: dict[str, Specimen], page: Page) -> None:
    """Everyone can read a mail."""
    page.set_content(issues[slug].mail)
    page.evaluate(AS_SHOWN)
    assert [] == violations(page)


@pytest.mark.parametrize("path", PAGES)
def test_page(path: str, room: Newsroom, page: Page) -> None:
    """Everyone can read a page."""
    page.goto((room.out / path).as_uri())
    assert [] == violations(page)


def test_page_that_leads_on(issues: dict[str, Specimen], room: Newsroom, page: Page) -> None:
    """Everyone can read what is at an address that an issue had before, if a browser stays."""
    made = issues["000"].renderer.moved_page(issues["000"].record).decode()
    page.goto((room.out / "issues/000/index.html").as_uri())
    page.set_content(made.replace('http-equiv="refresh"', 'name="refresh"'))
    assert "This issue has moved" in page.inner_text("h1")
    assert [] == violations(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["/005", "/777"])
def test_preview(
    path: str, width: int, scheme: Literal["light", "dark"], room: Newsroom, chromium: Browser
) -> None:
    """Everyone can read a preview, and what it says of an issue that is not there."""
    with (
        previewed(room) as visit,
        visitor(
            chromium, color_scheme=scheme, viewport=ViewportSize(width=width, height=812)
        ) as context,
    ):
        page = context.new_page()
        visit(page, path)
        assert [] == violations(page)


@pytest.mark.parametrize("path", PAGES)
def test_chinese_page(path: str, chinese: Newsroom, page: Page) -> None:
    """Everyone can read a page whose words are Chinese."""
    page.goto((chinese.out / path).as_uri())
    assert [] == violations(page)


@pytest.mark.parametrize("slug", ["000", "005"])
def test_chinese_mail(slug: str, chinese: Newsroom, page: Page) -> None:
    """Everyone can read a mail whose words are Chinese."""
    page.set_content(specimens(chinese)[slug].mail)
    page.evaluate(AS_SHOWN)
    assert [] == violations(page)
