"""What is said of a paper in one line: on pages and in mails."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html

from publisher.model import Heading, Issue, Item, Metadata
from publisher.render.byline import FEW, byline
from publisher.render.mail.variants import in_language
from publisher.render.text import WIDTH
from publisher.text_width import shown_columns
from tests.support.issue_mail import bounded, mail, text
from tests.support.issue_pages import RENDERER, VITA, found, issue, item, record

WHOLE = Metadata(
    authors=("Rita Lio", "Song Lu"),
    affiliations=("Mill & Co", "Bakery of the North"),
    date="2026-03-03",
    venue="ICLR 2026 (oral)",
    categories=("cs.CL", "cs.LG"),
    tags=("flour",),
    score="👍 13",
)
LINE = (
    "Rita Lio, Song Lu · Mill & Co, Bakery of the North · ICLR 2026 (oral) · 2026-03-03"
    " · cs.CL, cs.LG · flour · 👍 13"
)
MANY = Metadata(authors=tuple(f"Author {number}" for number in range(1, 31)))
#: What would act if it were not escaped.
HOSTILE = Metadata(
    authors=("</p><script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "{{ 7 * 7 }}"),
    venue="<b>&amp;",
    tags=("<mj-raw>", "]]>"),
)


def said_of(metadata: Metadata) -> Item:
    """Return a paper of which this is said."""
    return replace(item(1), metadata=metadata)


def with_metadata(metadata: Metadata) -> Issue:
    """Return an issue of a paper of which this is said."""
    return issue(said_of(metadata))


def pages(made: Issue) -> dict[str, str]:
    """Return the pages of an issue and its paper."""
    files = RENDERER.issue_files(made, record(), newer=None, older=None, appearances={}, own={VITA})
    return {path: data.decode() for path, data in files.items()}


def bylines(page: str) -> list[str]:
    """Return the lines on a page."""
    return [str(each) for each in found(html.fromstring(page), "//p[@class='byline']/text()")]


def words(metadata: Metadata, most: int | None = None) -> str | None:
    """Return the words of a paper's line."""
    line = byline(said_of(metadata), most)
    return line.text if line else None


# --- The line -----------------------------------------------------------------------------


def test_all_of_it_in_order() -> None:
    """Who, where, when, what about, how good: each as it is typed."""
    assert Heading(LINE, "en") == byline(said_of(WHOLE))


def test_what_is_not_said_leaves_no_gap() -> None:
    """A line holds what there is; of nothing there is no line."""
    assert "ICLR 2026 · 3" == words(Metadata(venue="ICLR 2026", score="3"))
    assert words(Metadata()) is None
    assert words(Metadata(authors=("", " \t"), date=" ")) is None


def test_white_space_is_one_space() -> None:
    """A value that ran over a line end in the digest is one line."""
    assert "Rita Lio" == words(Metadata(authors=(" Rita\n   Lio ",)))


def test_names_with_commas_are_told_apart() -> None:
    """Where a name has a comma, the next begins behind a semicolon."""
    assert "Lio, Rita; Lu, Song" == words(Metadata(authors=("Lio, Rita", "Lu, Song")))
    assert "MIT, USA" == words(Metadata(affiliations=("MIT, USA",)))


def test_a_long_list_is_shortened_where_room_is_short() -> None:
    """Ten are named, and counted how many more there are; elsewhere all are."""
    first = ", ".join(MANY.authors[:FEW])
    assert f"{first} +20" == words(MANY, FEW)
    assert ", ".join(MANY.authors) == words(MANY)
    assert first == words(replace(MANY, authors=MANY.authors[:FEW]), FEW)


def test_the_short_line_is_bounded() -> None:
    """Thousands of values, or one without an end, leave a mail its room."""
    flood = ("w" * 5_000,) * 5_000
    line = words(Metadata(authors=flood, affiliations=flood, categories=flood, tags=flood), FEW)
    assert line
    assert len(line) < 4_000
    assert line.count("+4990") == 4


@pytest.mark.parametrize(
    ("authors", "lang"), [(("Rita Lio",), "en"), (("Rita Lio", "陈岩"), "zh-Hans")]
)
def test_its_language_is_judged_by_its_script(authors: tuple[str, ...], lang: str) -> None:
    """Chinese names are shown in the shapes of the paper's Chinese."""
    line = byline(said_of(Metadata(authors=authors)))
    assert line
    assert lang == line.lang


def test_every_language_has_it() -> None:
    """Names and dates are in no language: who reads one of them gets the line too."""
    for language in ("en", "zh-Hans"):
        (shown,) = in_language(with_metadata(WHOLE), language).items
        assert WHOLE == shown.metadata


# --- Pages --------------------------------------------------------------------------------


def test_pages_show_it_whole() -> None:
    """It stands once on the issue's page and on the paper's, under the titles, with all names."""
    its = replace(WHOLE, authors=MANY.authors)
    made = pages(with_metadata(its))
    for path in ("issues/001/index.html", "papers/2408.05211/index.html"):
        assert [words(its)] == bylines(made[path])
        (titles,) = found(html.fromstring(made[path]), "//hgroup[following-sibling::p]")
        assert "byline" == titles.getnext().get("class")


def test_pages_without_it_have_no_line() -> None:
    """Of an item of which nothing is said there is no empty line."""
    made = pages(with_metadata(Metadata()))
    assert [] == [path for path, page in made.items() if "byline" in page]


def test_pages_escape_it() -> None:
    """Whatever stands in it is shown, and never acts."""
    for path, page in pages(with_metadata(HOSTILE)).items():
        if path.endswith("index.html"):
            assert [words(HOSTILE)] == bylines(page)
            assert [] == found(html.fromstring(page), "//script | //img")


# --- Mails --------------------------------------------------------------------------------


def test_mail_shows_it_short() -> None:
    """In HTML it is a quiet line under the titles, with ten names."""
    (line,) = found(mail(with_metadata(MANY)), "//p[@class='m s'][contains(., 'Author')]")
    assert words(MANY, FEW) == line.text
    assert "VITA：迈向开源" == line.getprevious().text


def test_mail_escapes_it() -> None:
    """MJML and HTML hold it as text."""
    page = mail(with_metadata(HOSTILE))
    assert [] == found(page, "//script | //img")
    assert words(HOSTILE, FEW) in [str(each) for each in found(page, "//p/text()")]


def test_text_shows_it_short() -> None:
    """In plain text it is wrapped under the titles, as far in as they are."""
    (above, *lines) = text(with_metadata(WHOLE)).partition("---\n")[2].split("\n\n")[0].split("\n")
    assert "   VITA：迈向开源" == above
    assert all(line.startswith("   ") and shown_columns(line) <= WIDTH for line in lines)
    assert LINE == " ".join(line.strip() for line in lines)


@pytest.mark.parametrize("limit", [9_000, 12_000, 20_000])
def test_mail_keeps_within_its_budget(limit: int) -> None:
    """However much is said of many papers, a mail has no more bytes than it may."""
    flood = ("w" * 500,) * 500
    its = Metadata(authors=flood, affiliations=flood, categories=flood, tags=flood)
    made = issue(*(replace(item(number), metadata=its) for number in range(1, 31)))
    email = bounded(made, limit)
    assert len(email.html_bytes) <= limit
    assert len(email.text_bytes) <= limit


def test_a_mail_of_very_many_items_does_without() -> None:
    """Where each gets but a short entry, titles and sentences are worth more."""
    made = issue(*(replace(item(number), metadata=WHOLE) for number in range(1, 31)))
    email = bounded(made, 30_000)
    for part in (email.html, email.text):
        assert 30 <= part.count("本文介绍的 VITA。")
        assert "Rita Lio" not in part


def test_addresses_stand_between_spaces() -> None:
    """An address among it touches nothing, for mail programs read on to the next space."""
    its = Metadata(affiliations=("https://mill.example。", "Bakery"))
    assert "https://mill.example 。, Bakery" in text(with_metadata(its))
