"""An issue of papers, and its mail as a renderer makes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import html

from publisher.config import Newsletter
from publisher.model import Heading, Issue, IssueRecord, Item, Paragraph, Section, Text
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.mail.issue_mail import Email
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates

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


def bounded(one: Issue, limit: int) -> Email:
    """Return an issue's mail with a budget of its own."""
    renderer = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(), SENDER, limit)
    return renderer.email(one, record(one), LEAVE)


def found(page: html.HtmlElement, query: str) -> list[Any]:
    """Return what an XPath finds."""
    hits = page.xpath(query)
    assert isinstance(hits, list)
    return hits


def mail(one: Issue, leave: str | None = LEAVE) -> html.HtmlElement:
    """Return the parsed HTML of an issue's mail."""
    return html.fromstring(RENDERER.email(one, record(one), leave).html)


def text(one: Issue, leave: str | None = LEAVE) -> str:
    """Return the plain text of an issue's mail."""
    return RENDERER.email(one, record(one), leave).text
