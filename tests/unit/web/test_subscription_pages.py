"""Pages to leave, to undo that and to choose by, and the language of all pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from publisher.subscribers import suppression
from publisher.subscribers.tokens import Purpose
from tests.support.newsletter_folder import KEYS
from tests.support.web_visitors import ANN, Site, said, serving

#: What a mail program may send as well (RFC 8058 3.2).
PARTS = (
    '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Set up a server with an empty list."""
    with serving(tmp_path) as found:
        yield found


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


def test_one_click_of_a_forgotten_person(site: Site) -> None:
    """What a forgotten person's mail program asks for is so already: no error."""
    site.add()
    link = f"/unsubscribe/{site.link()}"
    suppression.forget_person(site.database, KEYS, ANN, now=site.now)
    visitor = site.visitor()
    answers = [
        visitor.post(link, content="List-Unsubscribe=One-Click"),
        visitor.get(link),
        visitor.post(link, data={"lang": "en"}),
    ]
    assert [200] * 3 == [each.status_code for each in answers]
    assert all("You are not subscribed" in said(each.text) for each in answers[1:])
    assert "undo" not in answers[1].text


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
    assert "You are not subscribed" in answers[1].text
    assert ("unsubscribed", "page") == (site.row().status, site.row().how)


def test_a_second_click(site: Site) -> None:
    """Who leaves twice is told that they are not subscribed, which is no error."""
    site.add()
    link = f"/unsubscribe/{site.link()}"
    visitor = site.visitor()
    answers = [visitor.post(link, data={"lang": "en"}) for _ in range(2)]
    assert [200, 200] == [each.status_code for each in answers]
    assert "You have left the list" in said(answers[0].text)
    assert "You are not subscribed" in said(answers[1].text)
    changed = visitor.post(f"/manage/{site.link()}", data={"cadence": "weekly"})
    assert (410, True) == (changed.status_code, "You are not subscribed" in said(changed.text))


@pytest.mark.parametrize("form", [{"lang": "en"}, {"List-Unsubscribe": "One-Click"}])
def test_leaving_can_be_undone(site: Site, form: dict[str, str]) -> None:
    """For ten minutes the page of who has left has a button that undoes it."""
    site.add()
    token = site.link()
    visitor = site.visitor()
    visitor.post(f"/unsubscribe/{token}", data=form)
    page = visitor.get(f"/unsubscribe/{token}").text
    assert f'action="/manage/{token}/undo"' in page
    looked = visitor.get(f"/manage/{token}/undo")  # as a scanner does
    assert (200, "unsubscribed") == (looked.status_code, site.row().status)
    undone = visitor.post(f"/manage/{token}/undo", data={"lang": "en"})
    assert (200, "confirmed") == (undone.status_code, site.row().status)
    assert "You are subscribed again" in said(undone.text)
    assert f'action="/manage/{token}"' in undone.text


def test_later_it_cannot_be_undone(site: Site) -> None:
    """After ten minutes the button is gone, and who presses it on an old page is told so."""
    site.add()
    token = site.link()
    visitor = site.visitor()
    visitor.post(f"/unsubscribe/{token}", data={"lang": "en"})
    site.now += timedelta(minutes=10)
    assert "undo" not in visitor.get(f"/unsubscribe/{token}").text
    late = visitor.post(f"/manage/{token}/undo", data={"lang": "en"})
    assert (410, "unsubscribed") == (late.status_code, site.row().status)
    assert "It is too late to undo that" in said(late.text)
    assert 410 == visitor.post("/manage/x/undo").status_code


# --- Languages ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_the_forms_language_carries_through(site: Site, language: str) -> None:
    """The page somebody joins on sets the language of all that follows, for who says no more."""
    visitor = site.visitor()
    page = visitor.get(f"/subscribe?lang={language}").text
    assert re.search(rf'name="language" value="{language}" checked', page)
    asked = visitor.post(
        "/subscribe", data={"email": ANN, "stamp": site.stamp(visitor), "lang": language}
    )
    link = f"/confirm/{site.link(Purpose.confirm)}"
    shown, confirmed = visitor.get(link), visitor.post(link)
    manage = re.search(r'href="(/manage/[^"]+)"', confirmed.text)
    assert manage
    token = site.link()
    pages = [
        asked, shown, confirmed, visitor.get(unescape(manage[1])), visitor.get(f"/manage/{token}"),
        visitor.get(f"/unsubscribe/{token}"),
    ]  # fmt: skip
    assert [language] * 6 == [re.findall(r'<html lang="([^"]+)"', each.text)[0] for each in pages]
    assert all(re.search(rf'value="{language}" checked', each.text) for each in pages[3:])
    assert language == site.row().language


def test_another_language_may_be_chosen(site: Site) -> None:
    """Pages in one language and issues in another, or in all, is a choice that is kept."""
    visitor = site.visitor()
    data = {"email": ANN, "stamp": site.stamp(visitor), "lang": "zh-Hans", "language": ""}
    visitor.post("/subscribe", data=data)
    visitor.post(f"/confirm/{site.link(Purpose.confirm)}")
    page = visitor.get(f"/manage/{site.link()}").text
    assert ("", True) == (site.row().language, '<html lang="zh-Hans"' in page)


def test_a_readers_language_is_the_pages(site: Site) -> None:
    """A link in a mail leads to pages in the language of that mail, whatever the browser's."""
    site.add()
    visitor, link = site.visitor(), f"/manage/{site.link()}"
    visitor.post(link, data={"cadence": "issue", "language": "zh-Hans"})
    headers = {"Accept-Language": "en"}
    assert '<html lang="zh-Hans"' in visitor.get(link, headers=headers).text
    assert '<html lang="en"' in visitor.get(f"{link}?lang=en", headers=headers).text


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
        assert 'you can <a href="/subscribe?lang=en">subscribe again</a>' in each.text


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
