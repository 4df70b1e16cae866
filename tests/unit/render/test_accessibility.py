"""A mail that everyone can read: languages, roles, headings, contrast, links."""

import re
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from publisher.config import Newsletter
from publisher.model import (
    Heading,
    Issue,
    IssueRecord,
    Item,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Section,
    Subheading,
    Text,
)
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates
from publisher.render.templating.loader import BUILT_IN

WHEN = datetime(2026, 11, 20, tzinfo=UTC)
NEWSLETTER = Newsletter(title="论文", base_url="https://n.org/", languages=("zh-Hans", "en"))
BLOCKS = "p h1 h2 h3 h4 li div pre blockquote ul ol".split()  # noqa: SIM905
WORDS = (Paragraph((Text("本文介绍的 VITA。 " * 40),), "zh-Hans"),)
#: What WCAG 2.2 asks of text (1.4.3, AA).
ENOUGH = 4.5


def item(number: int, section: Section | None) -> Item:
    """Make a paper with links, subheadings and all."""
    return Item(
        number=number,
        title=Heading(f"Name {number}: a title", "en"),
        translation=Heading(f"论文 {number}", "zh-Hans"),
        section=section,
        paper=PaperId(PaperScheme.arxiv, f"2408.{number:05}"),
        links=(Link(f"https://github.com/a/{number}", (Text("code"),)),),
        body=(
            *WORDS,
            Subheading((Text("More"),), "en"),
            Quote(WORDS),
            ListBlock((WORDS, WORDS), None),
        ),
        line=1,
    )


@cache
def mail(count: int, limit: int = 90_000) -> html.HtmlElement:
    """Return the parsed mail of an issue with and without sections."""
    section = Section(Heading("视频", "zh-Hans"), WORDS)
    one = Issue(
        slug="001",
        source="001.txt",
        title="第一期",
        date=None,
        draft=False,
        tags=(),
        intro=WORDS,
        items=tuple(item(n, None if n < 2 else section) for n in range(1, count + 1)),
    )
    record = IssueRecord(
        slug="001", headline="", source="", published=WHEN, updated=WHEN, items=count
    )
    renderer = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(), "A <a@n.org>", limit)
    return html.fromstring(renderer.email(one, record, "https://n.org/leave").html)


def found(page: html.HtmlElement, query: str) -> list[Any]:
    """Return what an XPath finds."""
    hits = page.xpath(query)
    assert isinstance(hits, list)
    return hits


#: A mail as it mostly is, one with folded texts, and one with short entries.
MAILS = {"whole": (3, 90_000), "folded": (3, 17_000), "compact": (9, 20_000)}
pytestmark = pytest.mark.parametrize("kind", MAILS)


def test_sizes_are_what_they_are_to_be(kind: str) -> None:
    """The three mails looked at here are of three kinds."""
    page = mail(*MAILS[kind])
    folded = found(page, "//a[starts-with(., 'Read the rest')]")
    compact = found(page, "//*[@class='short']")
    assert {"whole": (False, False), "folded": (True, False), "compact": (True, True)}[kind] == (
        bool(folded),
        bool(compact),
    )


def test_every_block_says_its_language(kind: str) -> None:
    """A mail program may drop the html element: each block with words says it, or one around."""
    silent = [
        each.text_content()
        for each in found(mail(*MAILS[kind]), "//body//text()[normalize-space()]/parent::*")
        if not found(each, "ancestor-or-self::*[@lang][not(self::html)]")
        and not found(each, "ancestor-or-self::*[contains(@style, 'display:none')]")
    ]
    assert silent == []


def test_languages_are_right(kind: str) -> None:
    """Chinese letters stand in no block that is said to be English, but for names in links."""
    wrong = [
        str(text)
        for text in found(mail(*MAILS[kind]), "//body//text()[ancestor::*[1][@lang]]")
        if re.search("[\u4e00-\u9fff]", text) and text.getparent().get("lang") == "en"
    ]
    assert wrong == []


def test_layout_tables_say_that_they_are_none(kind: str) -> None:
    """A screen reader does not announce the tables that hold a mail together."""
    page = mail(*MAILS[kind])
    tables = found(page, "//table/@role")
    outlook = re.findall(r"<table[^>]*>", "".join(map(str, found(page, "//comment()"))))
    assert len(tables) == len(found(page, "//table")) > 0
    assert {"presentation"} == set(tables)
    assert [each for each in outlook if 'role="presentation"' not in each] == []


def test_headings_are_in_order(kind: str) -> None:
    """One h1, and below it no rank is left out."""
    tags = [each.tag for each in found(mail(*MAILS[kind]), "//h1|//h2|//h3|//h4|//h5|//h6")]
    ranks = [int(tag[1]) for tag in tags]
    assert (ranks[0], ranks.count(1)) == (1, 1)
    assert [(one, next_) for one, next_ in pairwise(ranks) if next_ > one + 1] == []


def test_links_mean_something_alone(kind: str) -> None:
    """A list of links, read out without the text around them, names no two things alike."""
    named: dict[str, set[str]] = {}
    for link in found(mail(*MAILS[kind]), "//a[@href]"):
        name = link.get("aria-label") or link.text_content()
        named.setdefault(" ".join(name.split()), set()).add(str(link.get("href")))
    contents = {name: set(hrefs) for name, hrefs in named.items() if len(hrefs) > 1}
    # The contents name each paper as its own heading does, and lead to that heading.
    alike = {
        name: hrefs
        for name, hrefs in contents.items()
        if len({href for href in hrefs if not href.startswith("#")}) > 1
    }
    assert alike == {}
    assert not {"Read on the web", "PDF", "Code", "here", ""} & set(named)


def test_seen_words_begin_the_name_that_is_heard(kind: str) -> None:
    """Who speaks to the computer says what is seen (WCAG 2.5.3)."""
    for link in found(mail(*MAILS[kind]), "//a[@aria-label]"):
        assert str(link.get("aria-label")).startswith(link.text_content())


# --- Contrast -----------------------------------------------------------------------------


def luminance(color: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_rightly(kind: str) -> None:
    """Black on white is 21, and the grey that is known to just pass, passes."""
    del kind
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert contrast("#767676", "#ffffff") > ENOUGH > contrast("#777777", "#ffffff")


def test_light_colors_can_be_read(kind: str) -> None:
    """Every colour of text stands out from the white it is on."""
    page = mail(*MAILS[kind])
    (background,) = set(re.findall(r"background-color:\s*(#\w+)", html.tostring(page).decode()))
    light = "".join(found(page, "//style[not(contains(., 'prefers-color-scheme'))]/text()"))
    inline = ";".join(map(str, found(page, "//@style")))
    colors = set(re.findall(r"(?<![-\w])color:\s*(#\w{6})", light + inline))
    assert len(colors) >= 3
    assert [color for color in colors if contrast(color, background) < ENOUGH] == []


def test_dark_colors_can_be_read(kind: str) -> None:
    """So it does on the dark that a reader may prefer."""
    page = mail(*MAILS[kind])
    dark = "".join(found(page, "//style[contains(., 'prefers-color-scheme')]/text()"))
    (background,) = re.findall(r"background: (#\w+)", dark)
    colors = set(re.findall(r"(?<![-\w])color: (#\w{6})", dark))
    assert len(colors) >= 3
    assert [color for color in colors if contrast(color, background) < ENOUGH] == []


def test_dark_leaves_no_light_color(kind: str) -> None:
    """Whatever has a colour by itself gets one for the dark too: a link, a grey, a number."""
    del kind
    source = (BUILT_IN / "email.mjml").read_text(encoding="utf-8")
    light, dark = re.findall(r"<mj-style>(.*?)</mj-style>", source, re.DOTALL)
    for selectors in re.findall(r"^([^{}\n]+)\{[^}]*(?<![-\w])color: #", light, re.MULTILINE):
        for selector in selectors.split(","):
            assert f".all {selector.strip()}" in dark
