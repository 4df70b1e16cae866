"""Plain pages to join, confirm, leave and choose by, which tell a stranger nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from publisher.audience import suppressing
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


def stamp_in(text: str, else_: str = "") -> str:
    """Return the stamp of the form on a page."""
    found = re.search(r'name="stamp" value="([^"]+)"', text)
    return found[1] if found else else_


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
    answers = [
        visitor.post("/subscribe", data={"email": each, "stamp": site.stamp(visitor)})
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
    visitor, codes = site.visitor(), []
    for number, each in enumerate((visitor, visitor, site.visitor("198.51.100.1"))):
        data = {"email": f"{number}@example.org", "stamp": site.stamp(visitor)}
        codes.append(each.post("/subscribe", data=data).status_code)
    assert [200, 429, 200] == codes


def test_a_form_is_good_once(site: Site) -> None:
    """The second time it comes back as typed, says why, and needs one more click."""
    visitor = site.visitor()
    stamp = site.stamp(visitor)
    answers = [
        visitor.post(
            "/subscribe", data={"email": each, "stamp": given, "language": "en", "lang": "en"}
        )
        for each, given in [
            (ANN, stamp),
            ("bob@example.org", stamp),
            ("bob@example.org", stamp.replace("-", "+").replace("_", "/")),
        ]
    ]
    assert ([200] * 3, [ANN]) == ([each.status_code for each in answers], site.everyone())
    for again in answers[1:]:
        assert "This form was sent once already" in said(again.text)
        assert 'value="bob@example.org"' in again.text
        assert re.search(r'value="en" checked', again.text)
    fresh = stamp_in(answers[-1].text)
    site.now += timedelta(seconds=3)
    visitor.post("/subscribe", data={"email": "bob@example.org", "stamp": fresh})
    assert [ANN, "bob@example.org"] == site.everyone()


def test_two_forms_of_one_second_are_two(site: Site) -> None:
    """Who opens the form in the same second as somebody else is not refused for it."""
    visitor = site.visitor()
    stamps = [stamp_in(visitor.get("/subscribe").text) for _ in range(2)]
    site.now += timedelta(seconds=3)
    for address, stamp in zip((ANN, "bob@example.org"), stamps, strict=True):
        visitor.post("/subscribe", data={"email": address, "stamp": stamp})
    assert [ANN, "bob@example.org"] == site.everyone()


def test_who_was_too_quick_need_not_wait_again(site: Site) -> None:
    """The form that comes back keeps its time: the next click is late enough."""
    visitor = site.visitor()
    stamp = stamp_in(visitor.get("/subscribe").text)
    for _ in range(2):
        site.now += timedelta(seconds=1)
        answer = visitor.post("/subscribe", data={"email": ANN, "stamp": stamp})
        stamp = stamp_in(answer.text, stamp)
    assert [ANN] == site.everyone()


def test_a_refused_form_may_be_sent_again(site: Site) -> None:
    """Who goes back to a form with a mistake in it mends it there."""
    visitor = site.visitor()
    stamp = site.stamp(visitor)
    for address in ("ann@", ANN):
        visitor.post("/subscribe", data={"email": address, "stamp": stamp})
    assert [ANN] == site.everyone()


def test_mails_are_made_after_the_answer(site: Site) -> None:
    """What makes mails is woken once the answer has left: it must not tell who gets one."""
    steps = []
    site.wakes = lambda: steps.append("woken")
    visitor = site.visitor(after=lambda: steps.append("answered"))
    visitor.post("/subscribe", data={"email": ANN, "stamp": site.stamp(visitor)})
    assert ["answered", "woken"] == steps[-2:]


#: How an address may stand before somebody asks to join by it.
STANDINGS = [
    "new",
    "confirmed",
    "unconfirmed",
    "unsubscribed",
    "suppressed",
    "limited",
    "forgotten",
]


def test_every_address_takes_the_same_work(site: Site) -> None:
    """The answer takes as many statements of each kind, whatever is known of an address."""
    visitor, kinds = site.visitor(), {}
    for standing in STANDINGS:
        site.prepare(standing)
        stamp = site.stamp(visitor)
        with site.statements() as heard:
            visitor.post("/subscribe", data={"email": f"{standing}@example.org", "stamp": stamp})
        kinds[standing] = Counter(verb.replace("INSERT", "UPDATE") for verb in heard)
    assert 1 == len(set(map(str, kinds.values()))), kinds


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
    assert all('href="/subscribe?lang=en"' in each.text for each in answers)


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
    suppressing.forget(site.database, KEYS, ANN, now=site.now)
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
