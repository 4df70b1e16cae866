"""out/ over HTTP: types, encodings, conditions, parts, and nothing from elsewhere."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import Message

from publisher.site.http_metadata import Hosting
from publisher.site.output import Output
from publisher.web import static_files
from publisher.web.static_files import Files

BASE = "https://news.example.org/"
FEED = b"<feed>" + b"words " * 1_000 + b"</feed>"
AT = 1_795_164_600
DATE = "Fri, 20 Nov 2026 08:50:00 GMT"
BEFORE = "Fri, 20 Nov 2026 08:49:59 GMT"
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return an out/ with a feed and a page."""
    root = tmp_path / "out"
    output = Output(root)
    output.write("feeds/issues.atom", FEED)
    output.write("index.html", b"<p>home</p>")
    output.write("issues/000/index.html", b"<p>issue</p>")
    for path in root.rglob("*"):
        os.utime(path, (AT, AT))
    return root


@pytest.fixture
def visitor(out: Path) -> Iterator[TestClient]:
    """Yield a browser that asks for no encoding by itself."""
    app = Starlette(routes=[Mount("/", Files(out, Hosting(BASE, "https://hub.example.org/")))])
    with TestClient(app, follow_redirects=False, headers=PLAIN) as found:
        yield found


def feed(visitor: TestClient, **headers: str) -> Response:
    """Ask for the feed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return visitor.get("/feeds/issues.atom", headers=named)


def test_feed(visitor: TestClient) -> None:
    """A feed comes with its type, its validators, its links, and how long it is good for."""
    answer = feed(visitor)
    assert (200, FEED) == (answer.status_code, answer.content)
    headers = answer.headers
    assert "application/atom+xml; charset=utf-8" == headers["content-type"]
    assert "public, max-age=900" == headers["cache-control"]
    assert DATE == headers["last-modified"]
    assert "Accept-Encoding" == headers["vary"]
    assert str(len(FEED)) == headers["content-length"]
    assert headers["link"].count('rel="self"') == headers["link"].count('rel="hub"') == 1
    assert headers["etag"][0] == '"', "strong"


def test_head(visitor: TestClient) -> None:
    """HEAD gives the headers of GET, and nothing else."""
    head, get = visitor.head("/feeds/issues.atom"), feed(visitor)
    assert (dict(get.headers), b"") == (dict(head.headers), head.content)


def test_other_methods(visitor: TestClient) -> None:
    """A file is to be read."""
    answer = visitor.put("/feeds/issues.atom", content=b"mine")
    assert (405, "GET, HEAD") == (answer.status_code, answer.headers["allow"])


# --- Encodings ----------------------------------------------------------------------------


def test_gzip(visitor: TestClient) -> None:
    """The gzip that was made beforehand is sent to who takes it, under a tag of its own."""
    plain, packed = feed(visitor), feed(visitor, Accept_Encoding="gzip, deflate, br")
    assert ("gzip", FEED) == (packed.headers["content-encoding"], packed.content)
    assert int(packed.headers["content-length"]) < len(FEED) / 10
    assert plain.headers["etag"] != packed.headers["etag"]
    assert "Accept-Encoding" == packed.headers["vary"]


@pytest.mark.parametrize(
    ("accepted", "packed"),
    {
        "gzip": True, "GZIP": True, "x-gzip": True, "*": True, "gzip;q=0.5": True,
        "br, gzip;q=0.001": True, "gzip;q=1.0, identity;q=0.5": True, "deflate, gzip ; q=0.3": True,
        "": False, "br": False, "identity": False, "gzip;q=0": False, "gzip;q=0.000": False,
        "*;q=0": False, "gzip;q=0, *": False, "gzip;q=0.2, identity;q=0.5": False,
        "gzip;q=zero": False, "gzip;level=1": False,
    }.items(),
)  # fmt: skip
def test_encodings_wanted(visitor: TestClient, accepted: str, packed: bool) -> None:  # noqa: FBT001
    """Qualities decide (RFC 9110 12.5.3)."""
    answer = feed(visitor, Accept_Encoding=accepted)
    assert packed == ("content-encoding" in answer.headers)


def test_page_without_gzip(visitor: TestClient) -> None:
    """What is not compressed does not vary."""
    answer = visitor.get("/", headers={"Accept-Encoding": "gzip"})
    assert b"<p>home</p>" == answer.content
    assert not {"content-encoding", "vary"} & answer.headers.keys()


def test_gzip_of_other_bytes(visitor: TestClient, out: Path) -> None:
    """A gzip that holds something else than its file is not sent: files change one by one."""
    (out / "feeds/issues.atom.gz").write_bytes(gzip.compress(FEED.replace(b"words", b"WORDS")))
    answer = feed(visitor, Accept_Encoding="gzip")
    assert (FEED, None) == (answer.content, answer.headers.get("content-encoding"))


# --- Conditions ---------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_not_modified(visitor: TestClient, encoding: str) -> None:
    """A reader that has it is told so, in a few bytes, with what a cache keeps."""
    tag = feed(visitor, Accept_Encoding=encoding).headers["etag"]
    answer = feed(visitor, Accept_Encoding=encoding, If_None_Match=tag)
    assert (304, b"", tag) == (answer.status_code, answer.content, answer.headers["etag"])
    assert {"cache-control", "vary", "last-modified"} <= answer.headers.keys()
    assert not {"content-type", "content-encoding", "content-length"} & answer.headers.keys()


@pytest.mark.parametrize("form", ['"a", {}', "W/{}", "{},", 'W/"b" , W/{}', "*"])
def test_tags_are_compared_weakly(visitor: TestClient, form: str) -> None:
    """A list, a weak tag that a proxy made of ours, a star: all match (RFC 9110 13.1.2)."""
    tag = feed(visitor).headers["etag"]
    assert 304 == feed(visitor, If_None_Match=form.format(tag)).status_code


def test_tag_of_the_other_encoding(visitor: TestClient) -> None:
    """Who has it in another encoding has it, and is told the tag that it has."""
    tag = feed(visitor).headers["etag"]
    answer = feed(visitor, Accept_Encoding="gzip", If_None_Match=tag)
    assert (304, tag) == (answer.status_code, answer.headers["etag"])


@pytest.mark.parametrize("tag", ['"other"', "", "nonsense", 'W/"', '"'])
def test_other_tags(visitor: TestClient, tag: str) -> None:
    """Any other tag gets the feed."""
    assert 200 == feed(visitor, If_None_Match=tag).status_code


@pytest.mark.parametrize(
    ("date", "status"),
    [(DATE, 304), ("Sun, 22 Nov 2026 00:00:00 GMT", 304), (BEFORE, 200), ("yesterday", 200),
     ("Friday, 20-Nov-26 08:50:00 GMT", 304), ("Fri Nov 20 08:50:00 2026", 304)],
)  # fmt: skip
def test_dates(visitor: TestClient, date: str, status: int) -> None:
    """Who has it since it last changed is told so, in any form of a date (RFC 9110 5.6.7)."""
    assert status == feed(visitor, If_Modified_Since=date).status_code


def test_tag_goes_before_date(visitor: TestClient) -> None:
    """With a tag, the date says nothing (RFC 9110 13.2.2)."""
    assert 200 == feed(visitor, If_None_Match='"other"', If_Modified_Since=DATE).status_code
    tag = feed(visitor).headers["etag"]
    assert 304 == feed(visitor, If_None_Match=tag, If_Modified_Since=BEFORE).status_code


def test_demands(visitor: TestClient) -> None:
    """If-Match wants the very same, If-Unmodified-Since no younger one; else 412."""
    tag = feed(visitor).headers["etag"]
    demands = [
        ({"If_Match": tag}, 200), ({"If_Match": "*"}, 200), ({"If_Match": '"other"'}, 412),
        ({"If_Match": f"W/{tag}"}, 412), ({"If_Unmodified_Since": DATE}, 200),
        ({"If_Unmodified_Since": BEFORE}, 412),
        ({"If_Match": '"other"', "If_None_Match": tag}, 412),
    ]  # fmt: skip
    for headers, status in demands:
        assert status == feed(visitor, **headers).status_code, headers


def test_change(visitor: TestClient, out: Path) -> None:
    """A feed that changed is told at once, also within the second and at the same size."""
    tag = feed(visitor).headers["etag"]
    Output(out).write("feeds/issues.atom", FEED.replace(b"words", b"WORDS"))
    answer = feed(visitor, If_None_Match=tag)
    assert (200, True) == (answer.status_code, b"WORDS" in answer.content)


def test_tag_is_of_the_bytes(visitor: TestClient, out: Path) -> None:
    """A feed written again, or copied to another machine, has the tag that it had."""
    tag = feed(visitor).headers["etag"]
    os.utime(out / "feeds/issues.atom", (AT + 60, AT + 60))
    assert tag == feed(visitor).headers["etag"]


def test_date_of_what_just_changed(out: Path) -> None:
    """What may change again in the same second has no date yet, and no date says it is known."""
    now = AT + 1.5
    files_ = Files(out, Hosting(BASE), lambda: now)
    with TestClient(Starlette(routes=[Mount("/", files_)]), headers=PLAIN) as visitor:
        young = feed(visitor, If_Modified_Since=DATE)
        assert (200, False) == (young.status_code, "last-modified" in young.headers)
        assert 200 == feed(visitor, If_Unmodified_Since=BEFORE).status_code
        assert 304 == feed(visitor, If_None_Match=young.headers["etag"]).status_code
        now = AT + 2
        old = feed(visitor)
        assert (DATE, young.headers["etag"]) == (old.headers["last-modified"], old.headers["etag"])
        assert 304 == feed(visitor, If_Modified_Since=DATE).status_code


# --- Parts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-5", 206, FEED[:6]), ("bytes=6-", 206, FEED[6:]), ("bytes=-7", 206, FEED[-7:]),
        ("bytes=-999999", 206, FEED), ("bytes=5-999999", 206, FEED[5:]),
        (f"bytes={len(FEED)}-", 416, b""), ("bytes=-0", 416, b""),
        ("bytes=5-2", 200, FEED), ("bytes=0-1,3-4", 200, FEED), ("lines=1-2", 200, FEED),
        ("bytes=x", 200, FEED), (f"bytes=0-{'9' * 5000}", 200, FEED),
    ],
)  # fmt: skip
def test_ranges(visitor: TestClient, wanted: str, status: int, part: bytes) -> None:
    """One range is given; several, and what is none, are ignored (RFC 9110 14.2)."""
    answer = feed(visitor, Range=wanted)
    assert (status, part) == (answer.status_code, answer.content)
    if status == 416:
        assert f"bytes */{len(FEED)}" == answer.headers["content-range"]


def test_range_of_what_is_still_the_same(visitor: TestClient) -> None:
    """If-Range wants the very same bytes, else all is sent; parts are of the file itself."""
    tag = feed(visitor).headers["etag"]
    for condition, status in ((tag, 206), ('"other"', 200), (f"W/{tag}", 200), (DATE, 200)):
        headers = {"Range": "bytes=0-5", "If_Range": condition, "Accept_Encoding": "gzip"}
        answer = feed(visitor, **headers)
        assert (status, None) == (answer.status_code, answer.headers.get("content-encoding"))


def test_head_has_no_range(visitor: TestClient) -> None:
    """A range is for GET (RFC 9110 14.2)."""
    assert 200 == visitor.head("/feeds/issues.atom", headers={"Range": "bytes=0-1"}).status_code


def test_large_file(visitor: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large to be kept is sent from the disk, whole or in part."""
    monkeypatch.setattr(static_files, "_SMALL", 1_000)
    monkeypatch.setattr(static_files, "_PART", 300)
    monkeypatch.setattr(static_files, "_READ", 700)
    data = os.urandom(5_000)
    (out / "film.mp4").write_bytes(data)
    whole = visitor.get("/film.mp4")
    part = visitor.get("/film.mp4", headers={"Range": "bytes=600-2999"})
    assert (data, data[600:3000], "video/mp4") == (
        whole.content,
        part.content,
        whole.headers["content-type"],
    )


def test_many_at_once(out: Path) -> None:
    """A file that many ask for at once is read once, and what was read before it changed is not."""

    async def scene() -> None:
        served = Files(out, Hosting(BASE))
        found = await asyncio.gather(*(served._find("index.html") for _ in range(50)))
        assert 1 == len(set(map(id, found)))
        os.utime(out / "index.html", (AT, AT + 1))
        first = asyncio.create_task(served._find("index.html"))
        await asyncio.sleep(0)  # it is being read
        Output(out).write("index.html", b"<p>new</p>")
        second = await served._find("index.html")
        await first
        assert second
        assert b"<p>new</p>" == second.plain.body

    asyncio.run(scene())


# --- Paths --------------------------------------------------------------------------------


def test_folders(visitor: TestClient) -> None:
    """A folder is its index.html; without its slash one is led there."""
    assert b"<p>issue</p>" == visitor.get("/issues/000/").content
    answer = visitor.get("/issues/000")
    assert (301, "./000/") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize(
    "path",
    [
        "/../secret", "/issues/../../secret", "/issues/000/../../../secret", "//etc/passwd",
        "/./secret", "/issues//000/", "/issues/./000/index.html", "/.tmp-publisher", "/.git/config",
        "/_headers", "/..\\secret", "/a\0b", "/issues/000/index.html/", "/none", f"/{'a' * 5000}",
        "/link", "/folder/secret", "/folder/", "secret", "http://testserver/index.html", "", "*",
        "/\udc80",
    ],
)  # fmt: skip
def test_nothing_else_is_shown(out: Path, path: str) -> None:
    """Nothing outside of out/ is ever shown, nor what is hidden in it, nor where links lead."""
    (out.parent / "secret").write_text("secret")
    (out / ".tmp-publisher").write_text("secret")
    (out / "_headers").write_text("secret")
    (out / ".git").mkdir()
    (out / ".git" / "config").write_text("secret")
    (out / "link").symlink_to(out.parent / "secret")
    (out / "folder").symlink_to(out.parent)
    (out.parent / "index.html").write_text("secret")
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is to be read of a GET")

    # Not by a client: each makes paths out of these that are none of an attacker's.
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    asyncio.run(Files(out, Hosting(BASE))(scope, receive, send))
    assert (404, False) == (said[0]["status"], b"secret" in said[1]["body"])


def test_file_that_becomes_a_link(visitor: TestClient, out: Path) -> None:
    """A page that has been shown and is then a link to elsewhere is shown no more."""
    assert 200 == visitor.get("/issues/000/").status_code
    (out.parent / "secret").write_text("secret")
    (out / "issues/000/index.html").unlink()
    (out / "issues/000/index.html").symlink_to(out.parent / "secret")
    assert 404 == visitor.get("/issues/000/").status_code


def test_out_may_be_a_link(tmp_path: Path, out: Path) -> None:
    """out/ itself may be a link that is turned to another folder while all goes on."""
    link = tmp_path / "current"
    link.symlink_to(out)
    with TestClient(Starlette(routes=[Mount("/", Files(link, Hosting(BASE)))])) as visitor:
        assert b"<p>home</p>" == visitor.get("/").content
        Output(tmp_path / "next").write("index.html", b"next")
        link.unlink()
        link.symlink_to(tmp_path / "next")
        assert b"next" == visitor.get("/").content


def test_well_known(visitor: TestClient, out: Path) -> None:
    """Names that the web has agreed upon are shown (RFC 8615)."""
    Output(out).write("well-known", b"x")
    (out / ".well-known").mkdir()
    (out / ".well-known" / "security.txt").write_text("Contact: mailto:a@example.org")
    assert 200 == visitor.get("/.well-known/security.txt").status_code


def test_memory_is_bounded(visitor: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is asked for, no more is kept than there is room for; all is still served."""
    monkeypatch.setattr(static_files, "_CACHE_BYTES", 20)
    for _ in range(2):
        assert b"<p>home</p>" == visitor.get("/").content
        assert b"<p>issue</p>" == visitor.get("/issues/000/").content
        assert FEED == feed(visitor).content


def test_before_the_first_build(tmp_path: Path) -> None:
    """Before there is an out/ there is no page, and no trouble."""
    app = Starlette(routes=[Mount("/", Files(tmp_path / "out", Hosting(BASE)))])
    with TestClient(app) as visitor:
        assert 404 == visitor.get("/").status_code
