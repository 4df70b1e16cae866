"""An issue, its record, and the renderer that makes pages of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import html

from publisher.config import Newsletter
from publisher.model import Heading, Issue, IssueRecord, Item, Link, Paragraph, Text
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates

VITA = PaperId(PaperScheme.arxiv, "2408.05211")
BASE = "https://news.example.org/"
NEWSLETTER = Newsletter(title="Papers & more", description="<New> papers.", base_url=BASE)
RENDERER = Renderer(NEWSLETTER, ZoneInfo("Asia/Shanghai"), Templates())


def item(number: int, paper: PaperId | None = VITA) -> Item:
    """Make a paper with an abstract in Chinese."""
    return Item(
        number=number,
        title=Heading("VITA: Towards <Open> LLM", "en"),
        translation=Heading("VITA：迈向开源", "zh-Hans"),
        section=None,
        paper=paper,
        links=(Link(paper.url, (Text("VITA：迈向开源"),)),) if paper else (),
        body=(Paragraph((Text("本文介绍的 VITA。"),), "zh-Hans"),),
        line=1,
    )


def issue(*items: Item) -> Issue:
    """Make an issue of these items."""
    return Issue(
        slug="001",
        source="001.txt",
        title=None,
        date=None,
        draft=False,
        tags=(),
        intro=(),
        items=items or (item(1),),
    )


def record(slug: str = "001", day: int = 20) -> IssueRecord:
    """Make a record of an issue that came out late in the evening of a day."""
    when = datetime(2026, 11, day, 20, 30, tzinfo=UTC)
    return IssueRecord(
        slug=slug, headline=f"Issue {slug}", source="", published=when, updated=when, items=1
    )


def found(page: html.HtmlElement, query: str) -> list[Any]:
    """Return what an XPath finds."""
    hits = page.xpath(query)
    assert isinstance(hits, list)
    return hits


def targets(page: str) -> list[str]:
    """Return where a page's own links lead, those to other sites left out."""
    hits = [str(each) for each in found(html.fromstring(page), "//body//a/@href")]
    return [each for each in hits if not re.match("https?:", each)]
