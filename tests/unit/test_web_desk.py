"""Plain pages to join, confirm, leave and choose by, which tell a stranger nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from publisher.audience.tokens import Purpose
from tests.newsroom import KEYS
from tests.visiting import ANN, Site, serving

#: What a mail program may send as well (RFC 8058 3.2).
PARTS = (
    '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Set up a server with an empty list."""
    with serving(tmp_path) as found:
        yield found


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
