"""The server keeps tokens to itself, speaks the reader's language, and is not to be worn down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.web_visitors import ANN, Site, serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Set up a server with an empty list."""
    with serving(tmp_path) as found:
        yield found


@pytest.mark.parametrize("path", ["/subscribe", "/manage/x", "/healthz", "/nothing", "/"])
def test_headers_keep_readers_safe(site: Site, path: str) -> None:
    """Every answer forbids scripts, frames and other hosts, and sets no cookie."""
    answer = site.visitor().get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert "set-cookie" not in answer.headers
    assert ("no-referrer", "nosniff") == (
        answer.headers["Referrer-Policy"], answer.headers["X-Content-Type-Options"]
    )  # fmt: skip
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/subscribe", "GET, HEAD, POST"),
        ("/confirm/x", "GET, HEAD, POST"),
        ("/healthz", "GET, HEAD"),
    ],
)
def test_allow(site: Site, path: str, allowed: str) -> None:
    """A method that is not allowed is answered with all that are (RFC 9110 10.2.1)."""
    answer = site.visitor().options(path)
    assert (405, allowed) == (answer.status_code, answer.headers["Allow"])


def test_hsts_behind_tls(site: Site) -> None:
    """Over TLS, browsers are told to stay with it."""
    answer = site.visitor(base_url="https://testserver").get("/subscribe")
    assert "max-age=63072000" == answer.headers["Strict-Transport-Security"]


def test_pages_of_one_reader_are_kept_nowhere(site: Site) -> None:
    """No cache and no index keeps a page that a token leads to."""
    site.add()
    headers = site.visitor().get(f"/manage/{site.link()}").headers
    assert ("no-store", "noindex") == (headers["Cache-Control"], headers["X-Robots-Tag"])


def test_the_log_names_nobody(site: Site) -> None:
    """The log names routes: no address, no token, nothing that a visitor typed."""
    site.add()
    visitor = site.visitor()
    stamp = site.stamp(visitor)
    visitor.post("/subscribe", data={"email": "bob@example.org", "stamp": stamp})
    visitor.post(f"/unsubscribe/{site.link()}")
    visitor.get(f"/{ANN}")
    routes = ["/subscribe", "/subscribe", "/unsubscribe/{token}", "file"]
    assert routes == [line["route"] for line in site.log]
    assert "@" not in str(site.log)


def test_a_form_without_an_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who begins to send a form and does not go on is given up."""
    monkeypatch.setattr("publisher.web.forms._TIMEOUT", 0.01)
    begun = iter([{"type": "http.request", "body": b"email=", "more_body": True}])
    said: list[int] = []

    async def receive() -> MutableMapping[str, Any]:
        return next(begun, None) or await asyncio.get_running_loop().create_future()

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message.get("status", 0))

    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "headers": [],
        "path": "/subscribe", "raw_path": b"/subscribe", "query_string": b"", "root_path": "",
        "client": ("192.0.2.1", 5000), "server": ("testserver", 80),
    }  # fmt: skip

    async def scene() -> None:
        await site.visitor().app(scope, receive, send)

    asyncio.run(scene())
    assert 408 == said[0]


@pytest.mark.parametrize(
    ("body", "code"), [("a" * 20_000, 413), ("&".join("a=b" for _ in range(30)), 413)]
)
def test_long_forms_are_refused(site: Site, body: str, code: int) -> None:
    """A form that no person filled in is refused."""
    assert code == site.visitor().post("/subscribe", content=body, headers=FORM).status_code


def test_health(site: Site) -> None:
    """The server says that it is well as long as the state can be read."""
    well = site.visitor().get("/healthz")
    site.database.close()
    (site.folder / ".publisher" / "state.db").write_bytes(b"no database" * 1000)
    ill = site.visitor().get("/healthz")
    assert (200, "ok\n", 503) == (well.status_code, well.text, ill.status_code)
    assert str(site.folder) not in ill.text


def test_trouble_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The log says why the server could not answer, in a line with the route."""
    visitor = site.visitor()
    site.database.close()
    (site.folder / ".publisher" / "state.db").write_bytes(b"no database" * 1000)
    visitor.get("/healthz")
    (record,) = (each for each in caplog.records if each.message == "request failed")
    assert ("ERROR", "/healthz", None) == (
        record.levelname, vars(record)["route"], record.exc_info,
    )  # fmt: skip


def test_a_fault_is_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the traceback of an internal error, and not the token that was asked with."""

    def breaks() -> None:
        raise RuntimeError("a fault")

    site.visitor(after=breaks).get("/manage/a-token")
    (record,) = (each for each in caplog.records if each.message == "request failed")
    assert "/manage/{token}" == vars(record)["route"]
    assert record.exc_info


def test_a_language_is_chosen(site: Site) -> None:
    """Pages are in the language asked for, else the browser's, else the newsletter's."""
    visitor = site.visitor()
    asked = visitor.get("/subscribe?lang=zh-Hans", headers={"Accept-Language": "en"})
    browser = visitor.get("/subscribe", headers={"Accept-Language": "fr, zh-CN;q=0.9, en;q=0.5"})
    neither = visitor.get("/subscribe", headers={"Accept-Language": "fr;q=x"})
    assert ["zh-Hans", "zh-Hans", "en"] == [
        re.findall(r'<html lang="([^"]+)"', each.text)[0] for each in (asked, browser, neither)
    ]


def test_a_slash_too_many_does_no_harm(site: Site) -> None:
    """`/subscribe/` leads to `/subscribe`, relatively, since a proxy may stand before it."""
    visitor = site.visitor()
    looked = visitor.get("/subscribe/?lang=en")
    sent = visitor.post("/subscribe/", data={"email": "a@b.org"})
    assert [(308, "../subscribe?lang=en"), (308, "../subscribe")] == [
        (each.status_code, each.headers["Location"]) for each in (looked, sent)
    ]


def test_no_page_is_said_in_one_way(site: Site) -> None:
    """Of what is not there the desk and the files say the same."""
    visitor = site.visitor()
    assert visitor.get("/nothing").text == visitor.get("/manage").text


def test_out_is_served(site: Site) -> None:
    """Files of out/ are served, feeds with the types that readers look for."""
    for name in ("index.html", "feeds/issues.atom", "feeds/issues.json", "style.css"):
        path = site.folder / "out" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    visitor = site.visitor()
    types = [
        visitor.get(path).headers["Content-Type"].partition(";")[0]
        for path in ("/", "/feeds/issues.atom", "/feeds/issues.json", "/style.css")
    ]
    assert ["text/html", "application/atom+xml", "application/feed+json", "text/css"] == types


def test_nothing_beside_out_is_served(site: Site) -> None:
    """No path leads out of out/."""
    (site.folder / "out").mkdir()
    paths = ("/../publisher.toml", "/%2e%2e/publisher.toml", "/..%2fpublisher.toml")
    assert [404] * 3 == [site.visitor().get(path).status_code for path in paths]
