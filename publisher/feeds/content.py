"""The HTML inside entries: plain elements, each block in its language, absolute addresses."""

from __future__ import annotations

from publisher.model import Heading, Inline, Issue, Item, Link, Paragraph, Section, Text
from publisher.render.html import blocks_html, escaped, inlines_html


def item_html(item: Item) -> str:
    """Give an item whole: both titles with its address, its other links, its text."""
    parts = [_heading("h3", item.title, item.url)]
    if item.translation:
        words = _linked(item.translation.text, item.url)
        parts.append(blocks_html((Paragraph(words, item.translation.lang),)))
    lang = (item.translation or item.title).lang
    more = tuple(Paragraph((link,), lang) for link in item.links if link.url != item.url)
    parts += blocks_html(more), blocks_html(item.body)
    return "".join(parts)


def issue_html(issue: Issue) -> str:
    """Give an issue whole: its introduction, and each item in its section."""
    parts = [blocks_html(issue.intro)]
    section: Section | None = None
    for item in issue.items:
        if item.section and item.section != section:
            parts += _heading("h2", item.section.heading, None), blocks_html(item.section.intro)
        section = item.section
        parts.append(item_html(item))
    return "".join(parts)


def _heading(tag: str, heading: Heading, url: str | None) -> str:
    words = inlines_html(_linked(heading.text, url))
    return f'<{tag} lang="{escaped(heading.lang)}">{words}</{tag}>\n'


def _linked(words: str, url: str | None) -> tuple[Inline]:
    return (Link(url, (Text(words),)),) if url else (Text(words),)
