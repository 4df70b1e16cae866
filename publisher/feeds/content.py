"""The HTML inside entries: plain elements, each block in its language, absolute addresses."""

from __future__ import annotations

from publisher.model import Heading, Issue, Item, Paragraph, Section
from publisher.render.html import blocks_html, escape, escaped, followable


def item_html(item: Item) -> str:
    """Give an item whole: both titles with its address, its other links, its text."""
    url = item.url
    link = f'<a href="{escaped(url)}">' if url and followable(url) else ""
    title = _heading("h3", item.title, link)
    translation = _heading("p", item.translation, link) if item.translation else ""
    lang = (item.translation or item.title).lang
    more = [Paragraph((other,), lang) for other in item.links if other.url != url]
    return title + translation + blocks_html((*more, *item.body))


def issue_html(issue: Issue) -> str:
    """Give an issue whole: its introduction, each item in its section, and its outro."""
    parts = [blocks_html(issue.intro)]
    section: Section | None = None
    for item in issue.items:
        if item.section and item.section != section:
            parts += _heading("h2", item.section.heading, ""), blocks_html(item.section.intro)
        section = item.section
        parts.append(item_html(item))
    if issue.outro:
        parts += "<hr>\n", blocks_html(issue.outro)
    return "".join(parts)


def _heading(tag: str, heading: Heading, link: str) -> str:
    """Give a heading as an element, its words inside a link when there is one."""
    words = f"{link}{escaped(heading.text)}</a>" if link else escaped(heading.text)
    return f'<{tag} lang="{escape(heading.lang)}">{words}</{tag}>\n'
