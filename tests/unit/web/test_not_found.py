"""What is not there: the site's own page to browsers, a line to all others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from publisher.site.output import Output
from publisher.web import static_files
from tests.support.newsletter_folder import SETTINGS, fresh_database
from tests.support.web_visitors import Site

PAGE = "<title>没有这个页面</title>".encode()
LINE = b"There is no such page.\n"
#: What Chrome sends for a page, and for the style sheet of one.
BROWSER = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
STYLE = "text/css,*/*;q=0.1"
#: At a file's, at the desk's, and where a link of a mail was cut off.
PATHS = ["/issues/999/", "/a/b/c/d.html", "/_headers", "/subscribe/x", "/unsubscribe", "/confirm/"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Set up a server whose site has a page for what is not there."""
    (tmp_path / "publisher.toml").write_text(SETTINGS, encoding="utf-8")
    Output(tmp_path / "out").write("404.html", PAGE)
    with fresh_database(tmp_path) as database:
        yield Site(database, tmp_path)


@pytest.fixture
def visitor(site: Site) -> TestClient:
    """Return a browser that follows redirects by itself, as browsers do."""
    found = site.visitor()
    found.follow_redirects = True
    return found


@pytest.mark.parametrize("path", PATHS)
def test_browsers_get_the_page(visitor: TestClient, path: str) -> None:
    """A browser is shown the site's page, as HTML, wherever nothing is, and it is a 404."""
    answer = visitor.get(path, headers={"Accept": BROWSER})
    assert (404, PAGE) == (answer.status_code, answer.content)
    assert "text/html; charset=utf-8" == answer.headers["content-type"]


@pytest.mark.parametrize("path", PATHS)
def test_programs_get_a_line(visitor: TestClient, path: str) -> None:
    """Who asks for no page is told in a line."""
    answer = visitor.get(path, headers={"Accept": "*/*"})
    assert (404, LINE) == (answer.status_code, answer.content)
    assert "text/plain; charset=utf-8" == answer.headers["content-type"]


@pytest.mark.parametrize(
    ("accept", "page"),
    {
        BROWSER: True, "text/html": True, "TEXT/HTML ; charset=utf-8": True,
        "text/html;q=0.1": True, "text/html;level=1;q=0.5, */*;q=0.1": True,
        "text/plain, text/html": True,
        "application/atom+xml, text/html;q=0.7, */*;q=0.1": True,
        "": False, "*/*": False, "text/*": False, STYLE: False, "image/avif,image/webp,*/*": False,
        "application/atom+xml, application/rss+xml;q=0.9, */*;q=0.1": False,
        "text/html;q=0": False, "text/html;q=0.5, text/plain": False, "text/html;q=x": False,
        "text/html;q=0.5, text/*;q=0.8": False, "text/html;q=0.5, */*": False,
    }.items(),
)  # fmt: skip
def test_media_types_wanted(visitor: TestClient, accept: str, page: bool) -> None:  # noqa: FBT001
    """Qualities decide, and HTML has to be named (RFC 9110 12.5.1)."""
    answer = visitor.get("/none", headers={"Accept": accept})
    assert (PAGE if page else LINE) == answer.content


@pytest.mark.parametrize("accept", [BROWSER, "*/*"])
@pytest.mark.parametrize("path", ["/none", "/subscribe/x"])
def test_head(visitor: TestClient, path: str, accept: str) -> None:
    """HEAD gives the headers of GET."""
    get = visitor.get(path, headers={"Accept": accept})
    head = visitor.head(path, headers={"Accept": accept})
    assert (404, dict(get.headers)) == (head.status_code, dict(head.headers))


@pytest.mark.parametrize("accept", [BROWSER, "*/*"])
def test_caches(visitor: TestClient, accept: str) -> None:
    """A cache asks again each time, for it may be there one day, and for each kind of visitor."""
    headers = visitor.get("/issues/999/", headers={"Accept": accept}).headers
    assert ("no-cache", "Accept") == (headers["cache-control"], headers["vary"])
    assert not {"etag", "last-modified", "accept-ranges"} & headers.keys()


@pytest.mark.parametrize(
    "condition",
    [{"If-None-Match": "*"}, {"If-Match": '"other"'}, {"Range": "bytes=0-2"},
     {"If-Modified-Since": "Fri, 20 Nov 2099 08:50:00 GMT"}],
    ids=lambda each: next(iter(each)),
)  # fmt: skip
def test_conditions_do_not_count(visitor: TestClient, condition: dict[str, str]) -> None:
    """Where nothing is there is nothing to compare, and no part (RFC 9110 13.2.1, 14.2)."""
    answer = visitor.get("/none", headers={"Accept": BROWSER, **condition})
    assert (404, PAGE) == (answer.status_code, answer.content)


def test_it_is_as_safe_as_any_page(visitor: TestClient) -> None:
    """It has the headers that keep readers safe."""
    headers = visitor.get("/none", headers={"Accept": BROWSER}).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "nosniff" == headers["x-content-type-options"]


def test_a_new_page_is_shown_at_once(site: Site, visitor: TestClient) -> None:
    """What a build has changed of it is shown from then on."""
    assert PAGE == visitor.get("/none", headers={"Accept": BROWSER}).content
    Output(site.folder / "out").write("404.html", b"<p>another</p>")
    assert b"<p>another</p>" == visitor.get("/none", headers={"Accept": BROWSER}).content


def test_a_site_without_it(site: Site, visitor: TestClient) -> None:
    """Before a build has made the page, a browser is told in a line."""
    (site.folder / "out" / "404.html").unlink()
    assert LINE == visitor.get("/none", headers={"Accept": BROWSER}).content
    (site.folder / "out" / "404.html").mkdir()
    assert LINE == visitor.get("/none", headers={"Accept": BROWSER}).content


def test_a_page_too_large_to_be_kept(visitor: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is too large to be kept in memory is not shown: a line is."""
    monkeypatch.setattr(static_files, "_SMALL", 10)
    assert LINE == visitor.get("/none", headers={"Accept": BROWSER}).content


def test_by_its_own_name(visitor: TestClient) -> None:
    """Asked for by its own name it is a file like any other, as at static hosts."""
    answer = visitor.get("/404.html", headers={"Accept": BROWSER})
    assert (200, PAGE) == (answer.status_code, answer.content)
