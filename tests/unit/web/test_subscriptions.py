"""Plain pages to join and confirm by, which tell a stranger nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.subscribers.tokens import Purpose
from tests.support.web_visitors import ANN, Site, said, serving


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Set up a server with an empty list."""
    with serving(tmp_path) as found:
        yield found


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
