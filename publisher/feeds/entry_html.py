"""The HTML inside entries: plain elements, each block in its language, absolute addresses."""

from __future__ import annotations

from publisher.model import Heading, Inline, Issue, Item, Link, Paragraph, Section, Text, plain
from publisher.paper_id import PaperId
from publisher.render.byline import FEW, byline
from publisher.render.html import blocks_html, escape, escaped, feed_html, is_followable

_BETWEEN = Text(" · ")


def item_html(item: Item) -> str:
    """Return a whole item: titles with its link, byline, other links and text.

    A long list of authors is cut.
    """
    return _heading("h3", item.title, _link(item)) + _below_title(item)


def paper_html(item: Item, paper: PaperId) -> str:
    """Return a paper without its title, which readers show from the entry.

    Its link is on the translation, or on the paper's number.
    """
    if item.translation:
        return _below_title(item)
    return _heading("p", Heading(paper.name, item.title.lang), _link(item)) + _below_title(item)


def issue_html(issue: Issue) -> str:
    """Return a whole issue: its introduction, its items by section, and its outro."""
    parts = [blocks_html(issue.intro)]
    section: Section | None = None
    for item in issue.items:
        if item.section and item.section != section:
            parts += _heading("h2", item.section.full_heading, ""), blocks_html(item.section.intro)
        section = item.section
        parts.append(item_html(item))
    if issue.outro:
        parts += "<hr>\n", blocks_html(issue.outro)
    return feed_html("".join(parts))


def _below_title(item: Item) -> str:
    translation = _heading("p", item.translation, _link(item)) if item.translation else ""
    row: list[Inline] = []
    for other in item.links:
        if other.url != item.url or _says_more(other, item):
            row += (_BETWEEN, other) if row else (other,)
    links = (Paragraph(tuple(row), (item.translation or item.title).lang),) if row else ()
    return feed_html(translation + _byline(item) + blocks_html((*links, *item.body)))


def _says_more(link: Link, item: Item) -> bool:
    """Return whether a link to the item's own address has words that are not in its titles."""
    words = plain(link.children)
    titles = (item.title.text, item.translation.text if item.translation else "")
    return item.paper is None and words not in link.url and words not in titles


def _byline(item: Item) -> str:
    line = byline(item, FEW)
    if line is None:
        return ""
    return f'<p lang="{escape(line.lang)}"><small>{escaped(line.text)}</small></p>\n'


def _link(item: Item) -> str:
    url = item.url
    return f'<a href="{escaped(url)}">' if url and is_followable(url) else ""


def _heading(tag: str, heading: Heading, link: str) -> str:
    """Return a heading as an element, its text inside the start tag `link` if there is one."""
    words = f"{link}{escaped(heading.text)}</a>" if link else escaped(heading.text)
    return f'<{tag} lang="{escape(heading.lang)}">{words}</{tag}>\n'
