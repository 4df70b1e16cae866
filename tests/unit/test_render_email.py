"""An issue as a mail."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import html

from publisher.config import Newsletter
from publisher.model import (
    Heading,
    Issue,
    IssueRecord,
    Item,
    PaperId,
    PaperScheme,
    Paragraph,
    Section,
    Text,
)
from publisher.render.email import HTML_LIMIT
from publisher.render.pages import Renderer
from publisher.render.templates import Templates

SENDER = "News <news@example.org>"
LEAVE = "https://news.example.org/unsubscribe/a?b=1&c=2"
WHEN = datetime(2026, 11, 20, tzinfo=UTC)
NEWSLETTER = Newsletter(title="Papers", base_url="https://news.example.org/")
VIDEO = Section(Heading("视频", "zh-Hans"), (Paragraph((Text("本节三篇。"),), "zh-Hans"),))
RENDERER = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(), SENDER)


def issue(count: int, text: str = "本文介绍的 VITA。第二句。") -> Issue:
    """Make an issue of so many papers with the same abstract."""
    items = tuple(
        Item(
            number=number,
            title=Heading(f"Paper {number}: a title", "en"),
            translation=Heading(f"论文 {number}", "zh-Hans"),
            section=VIDEO if number > 1 else None,
            paper=PaperId(PaperScheme.arxiv, f"2408.{number:05}"),
            links=(),
            body=(Paragraph((Text(text),), "zh-Hans"),),
            line=1,
        )
        for number in range(1, count + 1)
    )
    return Issue(
        slug="001",
        source="001.txt",
        title="Week <1>",
        date=None,
        draft=False,
        tags=(),
        intro=(),
        items=items,
    )


def record(one: Issue) -> IssueRecord:
    """Make the record of an issue."""
    return IssueRecord(
        slug="001",
        headline="Week <1>",
        source="",
        published=WHEN,
        updated=WHEN,
        items=len(one.items),
    )


def found(page: html.HtmlElement, query: str) -> list[Any]:
    """Give what an XPath finds."""
    hits = page.xpath(query)
    assert isinstance(hits, list)
    return hits


def mail(one: Issue, leave: str | None = LEAVE) -> html.HtmlElement:
    """Give the parsed HTML of an issue's mail."""
    return html.fromstring(RENDERER.email_html(one, record(one), leave))


def text(one: Issue, leave: str | None = LEAVE) -> str:
    """Give the plain text of an issue's mail."""
    return RENDERER.email_text(one, record(one), leave)


def test_mail_can_be_left() -> None:
    """A mail that is sent has its reader's own unsubscribe link, in both forms."""
    assert LEAVE in found(mail(issue(1)), "//a/@href")
    assert f"Unsubscribe: <{LEAVE}>" in text(issue(1))


def test_web_copy_has_no_unsubscribe_link() -> None:
    """The copy on the web belongs to no reader, so nobody can be unsubscribed there."""
    one = issue(1)
    assert "nsubscribe" not in RENDERER.email_html(one, record(one)) + text(one, None)


def test_web_copy_is_the_files() -> None:
    """What is written beside the issue's page is the mail without an unsubscribe link."""
    one = issue(1)
    made = RENDERER.issue_files(one, record(one), newer=None, older=None, appearances={}, own=())
    assert made["issues/001/email.html"].decode() == RENDERER.email_html(one, record(one))
    assert made["issues/001/email.txt"].decode() == RENDERER.email_text(one, record(one))


def test_sender_is_named() -> None:
    """The footer says who sends it."""
    assert SENDER in mail(issue(1)).text_content()
    assert SENDER in text(issue(1))


def test_contents_have_targets_gmail_keeps() -> None:
    """Every entry of the contents leads to an empty `<a name>`: Gmail drops ids."""
    page = mail(issue(3))
    wanted = [str(each) for each in found(page, "//a/@href") if str(each).startswith("#")]
    assert wanted == [f"#{each}" for each in found(page, "//a[not(node())]/@name")]


def test_every_address_is_absolute() -> None:
    """A mail has no base that a relative link could stand on."""
    hrefs = [str(each) for each in found(mail(issue(2)), "//a/@href")]
    assert [each for each in hrefs if not each.startswith(("https://", "#"))] == []


def test_nothing_comes_from_elsewhere() -> None:
    """A mail loads nothing: no image, no font, no stylesheet."""
    page = mail(issue(1))
    assert found(page, "//img|//link[@rel='stylesheet']|//@src|//@background") == []
    assert "@import" not in html.tostring(page).decode()


def test_abstracts_say_their_language() -> None:
    """Chinese abstracts are marked, or 直 takes a Japanese shape."""
    assert found(mail(issue(1)), "//p[@lang='zh-Hans']/text()")[-1] == "本文介绍的 VITA。第二句。"


def test_title_is_escaped() -> None:
    """A title that looks like HTML is shown to the letter."""
    assert found(mail(issue(1)), "//h1/text()") == ["Week <1>"]


def test_preheader_is_how_the_issue_begins() -> None:
    """The hidden line that mail programs show is the beginning of the text."""
    assert found(mail(issue(1)), "//div[contains(@style,'display:none')]/text()") == [
        "本文介绍的 VITA。第二句。"
    ]


def test_long_mail_is_shortened() -> None:
    """Abstracts that would get the mail clipped are cut to their first sentences."""
    one = issue(20, "中文。" * 1000)
    source = RENDERER.email_html(one, record(one), LEAVE)
    assert len(source.encode()) < HTML_LIMIT
    assert len(found(html.fromstring(source), "//h2")) == 20


def test_huge_issue_leaves_items_to_the_web() -> None:
    """When not even the titles fit, the mail has the first ones and a link to all."""
    one = issue(400)
    source = RENDERER.email_html(one, record(one), LEAVE)
    page = html.fromstring(source)
    shown = len(found(page, "//h2"))
    assert len(source.encode()) < HTML_LIMIT
    assert found(page, "//a[contains(text(),'more on the web')]/text()") == [
        f"{400 - shown} more on the web"
    ]


def test_plain_text_has_everything() -> None:
    """The plain text is never shortened."""
    assert text(issue(400)).count("本文介绍的 VITA。第二句。") == 400


def test_plain_text_fits_a_narrow_window() -> None:
    """No line of the plain text is wider than 72 columns, but for addresses."""
    lines = text(issue(3, "视觉与语言模型" * 50)).splitlines()
    assert [line for line in lines if len(line) > 72 and "https://" not in line] == []


def test_plain_text_is_not_escaped() -> None:
    """The plain text has no entities."""
    assert text(issue(1)).startswith("Week <1>\n")


def test_issue_without_items() -> None:
    """An issue of nothing but an introduction is a mail all the same."""
    one = replace(issue(0), intro=(Paragraph((Text("Hello."),), "en"),))
    assert found(mail(one), "//p[@lang='en']/text()") == ["Hello."]
    assert "Hello." in text(one)
