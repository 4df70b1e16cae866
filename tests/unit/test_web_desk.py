"""The server answers with plain pages, keeps tokens to itself, and is not to be worn down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from publisher.audience import people
from publisher.audience.tokens import Keys, Purpose
from publisher.config import load
from publisher.publishing.joining import Limits
from publisher.publishing.receiving import desks_of
from publisher.publishing.workbench import hosting_of
from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.web.desk import Counter, app
from tests.newsroom import KEYS, NOW, SETTINGS, fresh_database

ANN = "ann@example.org"
#: What a mail program may send as well (RFC 8058 3.2).
PARTS = (
    '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Site:
    """A server, and a visitor."""

    database: Database
    folder: Path
    now: datetime = NOW
    keys: Keys = field(default_factory=lambda: Keys((b"a secret of these tests",)))
    log: list[Mapping[str, object]] = field(default_factory=list)
    woken: int = 0
    network: int = 20

    def visitor(self, address: str = "192.0.2.1", **options: str) -> TestClient:
        """Give a browser at that address."""
        settings = load(self.folder, {})
        served = app(
            Counter(
                database=self.database, keys=self.keys, desks=desks_of(settings),
                limits=Limits(network=self.network, overall=1000), languages=("en", "zh-Hans"),
                root="/", out=self.folder / "out", hosting=hosting_of(settings),
                clock=lambda: self.now, wake=self.wake, log=self.log.append,
            )
        )  # fmt: skip
        return TestClient(
            served, follow_redirects=False, client=(address, 5000), raise_server_exceptions=False,
            base_url=options.get("base_url", "http://testserver"),
        )  # fmt: skip

    def wake(self) -> None:
        """Count how often there was a mail to send."""
        self.woken += 1

    def stamp(self, visitor: TestClient) -> str:
        """Open the form as a person does, who then needs some seconds."""
        found = re.search(r'name="stamp" value="([^"]+)"', visitor.get("/subscribe").text)
        assert found
        self.now += timedelta(seconds=3)
        return found[1]

    def add(self) -> SubscriberRow:
        """Put Ann on the list."""
        people.add(self.database, KEYS, ANN, name="", language="", now=NOW)
        return self.row()

    def row(self) -> SubscriberRow:
        """Give what is known of Ann."""
        with self.database.read() as connection:
            return subscribers.by_keys(connection, [ANN])[ANN]

    def everyone(self) -> list[str]:
        """Give all addresses."""
        with self.database.read() as connection:
            return [row.address for row, _ in subscribers.everyone(connection)]

    def link(self, purpose: Purpose = Purpose.leave) -> str:
        """Give Ann's link."""
        row = self.row()
        return self.keys.link(purpose, row.id, row.epoch)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Set up a server with an empty list."""
    (tmp_path / "publisher.toml").write_text(SETTINGS, encoding="utf-8")
    with fresh_database(tmp_path) as database:
        yield Site(database, tmp_path)


def said(text: str) -> str:
    """Give a page's words."""
    main = re.search(r"<main.*</main>", text, re.DOTALL)
    assert main
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[0])).split())


# --- Joining ------------------------------------------------------------------------------


def test_a_form_takes_an_address(site: Site) -> None:
    """An address that is sent with the form's stamp is taken, and there is a mail to send."""
    visitor = site.visitor()
    answer = visitor.post("/subscribe", data={"email": ANN, "stamp": site.stamp(visitor)})
    assert (200, 1, [ANN]) == (answer.status_code, site.woken, site.everyone())
    assert "look into your inbox" in said(answer.text)


def test_the_answer_tells_nothing(site: Site) -> None:
    """Who is on the list and who is not is answered with the same bytes."""
    site.add()
    visitor = site.visitor()
    stamp = site.stamp(visitor)
    answers = [
        visitor.post("/subscribe", data={"email": each, "stamp": stamp})
        for each in (ANN, "nobody@example.org", ANN)
    ]
    assert 1 == len({(each.status_code, each.content) for each in answers})


def test_another_sites_form_needs_one_more_button(site: Site) -> None:
    """Without a stamp, as from another site's form, the address comes back in ours."""
    visitor = site.visitor()
    first = visitor.post("/subscribe", data={"email": 'a"b<@example.org'})
    assert (200, []) == (first.status_code, site.everyone())
    assert 'value="a&quot;b&lt;@example.org"' in first.text
    found = re.search(r'name="stamp" value="([^"]+)"', first.text)
    assert found
    site.now += timedelta(seconds=3)
    visitor.post("/subscribe", data={"email": ANN, "stamp": found[1]})
    assert [ANN] == site.everyone()


@pytest.mark.parametrize("after", [timedelta(seconds=1), timedelta(days=1, seconds=1)])
def test_nobody_types_that_fast(site: Site, after: timedelta) -> None:
    """A form that comes back at once, or a day later, is asked for once more."""
    visitor = site.visitor()
    stamp = site.stamp(visitor)
    site.now += after - timedelta(seconds=3)
    answer = visitor.post("/subscribe", data={"email": ANN, "stamp": stamp})
    assert ([], True) == (site.everyone(), "once more" in said(answer.text))


def test_a_robot_fills_in_all_fields(site: Site) -> None:
    """A form with the hidden field filled in is answered as any other, and is for nothing."""
    visitor = site.visitor()
    data = {"email": ANN, "stamp": site.stamp(visitor), "website": "https://spam.example"}
    assert ([], True) == (
        site.everyone(), "look into your inbox" in said(visitor.post("/subscribe", data=data).text)
    )  # fmt: skip


def test_what_is_no_address_is_said(site: Site) -> None:
    """What is no address is shown again, with what is wrong."""
    visitor = site.visitor()
    answer = visitor.post("/subscribe", data={"email": "ann@", "stamp": site.stamp(visitor)})
    assert 422 == answer.status_code
    assert 'value="ann@"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_too_many(site: Site) -> None:
    """A network that asks too often is told to wait; another is not."""
    site.network = 1
    visitor = site.visitor()
    stamp = site.stamp(visitor)
    codes = [
        each.post("/subscribe", data={"email": f"{number}@example.org", "stamp": stamp}).status_code
        for number, each in enumerate((visitor, visitor, site.visitor("198.51.100.1")))
    ]
    assert [200, 429, 200] == codes


# --- Confirming ---------------------------------------------------------------------------


def test_a_scanner_confirms_nothing(site: Site) -> None:
    """GET and HEAD of a confirmation link change nothing; POST confirms."""
    visitor = site.visitor()
    visitor.post("/subscribe", data={"email": ANN, "stamp": site.stamp(visitor)})
    link = f"/confirm/{site.link(Purpose.confirm)}"
    looked = [visitor.get(link).status_code, visitor.head(link).status_code]
    before = site.row().status
    answer = visitor.post(link)
    assert ([200, 200], "unconfirmed", 200, "confirmed") == (
        looked, before, answer.status_code, site.row().status
    )  # fmt: skip
    manage = re.search(r'href="(/manage/[^"]+)"', answer.text)
    assert manage
    assert 200 == visitor.get(manage[1]).status_code


def test_a_void_link_leads_to_a_new_one(site: Site) -> None:
    """A link that is no good says so, and where to get another."""
    answers = [site.visitor().get("/confirm/x"), site.visitor().post("/confirm/x")]
    assert [410, 410] == [each.status_code for each in answers]
    assert all('href="/subscribe"' in each.text for each in answers)


# --- Leaving and choosing -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            PARTS,
            "multipart/form-data; boundary=b",
        ),
        ("", ""),
    ],
)
def test_one_click(site: Site, body: str, kind: str) -> None:
    """A mail program's POST takes its reader off the list, twice as well as once (RFC 8058)."""
    site.add()
    link = f"/unsubscribe/{site.link()}"
    visitor = site.visitor()
    codes = [
        visitor.post(link, content=body, headers={"Content-Type": kind}).status_code
        for _ in range(2)
    ]
    assert ([200, 200], "unsubscribed", "one-click") == (codes, site.row().status, site.row().how)
    assert not visitor.cookies


def test_looking_at_the_page_leaves_nothing(site: Site) -> None:
    """GET of an unsubscribe link shows a button, and leaves everything as it is."""
    site.add()
    link = f"/unsubscribe/{site.link()}"
    page = site.visitor().get(link).text
    assert "confirmed" == site.row().status
    assert f'<form class="form" method="post" action="{link}">' in page
    assert "a…@example.org" in page
    assert ANN not in page


def test_the_button_leaves(site: Site) -> None:
    """The page's own button takes its reader off, and the page says so from then on."""
    site.add()
    link = f"/unsubscribe/{site.link()}"
    visitor = site.visitor()
    answers = [visitor.post(link, data={"lang": "zh-Hans"}), visitor.get(link)]
    assert "你已退订" in answers[0].text
    assert "You have left the list" in answers[1].text
    assert ("unsubscribed", "page") == (site.row().status, site.row().how)


def test_a_link_of_who_is_not_known(site: Site) -> None:
    """Whose number is another's since a state was lost changes nothing, and is told what to do."""
    row = site.add()
    link = KEYS.link(Purpose.leave, row.id, row.epoch - 1)
    visitor = site.visitor()
    answers = [
        visitor.get(f"/unsubscribe/{link}"),
        visitor.post(f"/unsubscribe/{link}", data={"lang": "en"}),
        visitor.get(f"/manage/{link}"),
        visitor.post(f"/manage/{link}", data={"lang": "en", "cadence": "weekly"}),
    ]
    assert ([410] * 4, row) == ([each.status_code for each in answers], site.row())
    for each in answers:
        assert "changed nothing" in each.text
        assert 'you can <a href="/subscribe">subscribe again</a>' in each.text


def test_choosing(site: Site) -> None:
    """What is chosen is kept and shown."""
    site.add()
    link = f"/manage/{site.link()}"
    answer = site.visitor().post(link, data={"cadence": "weekly", "language": "zh-Hans"})
    assert ("weekly", "zh-Hans") == (site.row().cadence, site.row().language)
    assert re.search(r'value="weekly" checked', answer.text)
    assert re.search(r'value="zh-Hans" checked', answer.text)


@pytest.mark.parametrize("data", [{"cadence": "daily"}, {"language": "fr", "cadence": "issue"}])
def test_nothing_else_can_be_chosen(site: Site, data: dict[str, str]) -> None:
    """What the form does not offer is refused."""
    site.add()
    assert 422 == site.visitor().post(f"/manage/{site.link()}", data=data).status_code
    assert ("issue", "") == (site.row().cadence, site.row().language)


@pytest.mark.parametrize("page", ["unsubscribe", "manage"])
def test_a_made_up_link_is_none(site: Site, page: str) -> None:
    """A link that nobody was sent does nothing."""
    site.add()
    visitor = site.visitor()
    codes = [visitor.get(f"/{page}/x").status_code, visitor.post(f"/{page}/x").status_code]
    assert ([410, 410], "confirmed") == (codes, site.row().status)


# --- The server ---------------------------------------------------------------------------


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
    monkeypatch.setattr("publisher.web.desk._PATIENCE", 0.01)
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
