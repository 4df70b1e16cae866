"""Blocks as HTML. Every character of a digest passes through `escaped` on its way out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape as escape_marks

from publisher.maths import mathml
from publisher.model import (
    Block,
    Code,
    CodeBlock,
    Definition,
    DefinitionList,
    Emphasis,
    Inline,
    LineBreak,
    Link,
    ListBlock,
    Math,
    Paragraph,
    Quote,
    Strong,
    Subheading,
    Table,
    Text,
)

# Not allowed in XML 1.0 (2.2), or, as C1 controls are, reported to make Gmail clip a mail.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: It scrolls on a phone, by keys too.
_TABLE, _TABLE_END = '<div class="table" tabindex="0">\n<table>\n', "</table>\n</div>\n"
_MATH = re.compile(r'<math alttext="([^"]*)".*?</math>', re.DOTALL)
_SCHEMES = ("https://", "http://", "mailto:")


def without_forbidden(text: str) -> str:
    """Return text without the characters that HTML, MJML or a mail may not have (XML 1.0 2.2)."""
    # isprintable costs 2 ns a character, the expression 12: nearly all text ends here.
    return text if text.isprintable() else _FORBIDDEN.sub("", text)


def escape(text: str) -> str:
    """Return text with entities for the five characters that are marks in HTML."""
    # Few texts have any. Five looks for one mark each take a third of the time of one expression
    # for all (a sixth where the text is long): they leap.
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        return escape_marks(text, quote=True)
    return text


def escaped(text: str) -> str:
    """Return text as HTML, safe in an element and in a quoted attribute."""
    return escape(without_forbidden(text))


def is_followable(url: str) -> bool:
    """Return whether a link may lead there: http, https and mailto, never `javascript:`."""
    return url.startswith(_SCHEMES) or url[:8].lower().startswith(_SCHEMES)


def feed_html(html: str) -> str:
    """Return HTML as feed readers show it: formulas in Unicode, tables without a frame."""
    if "<math " in html:
        html = _MATH.sub(r"\1", html)
    if _TABLE in html:
        html = html.replace(_TABLE, "<table>\n").replace(_TABLE_END, "</table>\n")
    return html


def blocks_html(blocks: Sequence[Block], page_lang: str | None = None, level: int = 4) -> str:
    """Return blocks as HTML, each with its language unless that is `page_lang`.

    `level` is the rank of a subheading, so that the headings of a page stay in order.
    """
    parts: list[str] = []
    _write_blocks(parts, blocks, page_lang, level)
    return "".join(parts)


def inlines_html(inlines: Sequence[Inline]) -> str:
    """Return inlines as HTML, without a tag around them."""
    parts: list[str] = []
    _write_inlines(parts, inlines)
    return "".join(parts)


def _write_blocks(
    parts: list[str], blocks: Sequence[Block], page_lang: str | None, level: int
) -> None:
    for block in blocks:
        match block:
            case Paragraph(children, lang):
                parts.append(_opening("p", lang, page_lang))
                _write_inlines(parts, children)
                parts.append("</p>\n")
            case Subheading(children, lang):
                parts.append(_opening(f"h{level}", lang, page_lang))
                _write_inlines(parts, children)
                parts.append(f"</h{level}>\n")
            case CodeBlock(value):
                parts += ("<pre><code>", escaped(value), "</code></pre>\n")
            case Quote(children):
                parts.append("<blockquote>\n")
                _write_blocks(parts, children, page_lang, level)
                parts.append("</blockquote>\n")
            case ListBlock(entries, start):
                _write_list(parts, entries, start, page_lang, level)
            case Table(names, rows):
                parts += (_TABLE, "<thead>\n")
                _write_row(parts, names, 'th scope="col"', page_lang)
                parts.append("</thead>\n<tbody>\n")
                for row in rows:
                    _write_row(parts, row, "td", page_lang)
                parts += ("</tbody>\n", _TABLE_END)
            case DefinitionList(definitions):
                _write_definitions(parts, definitions, page_lang, level)


def _write_row(parts: list[str], row: Sequence[Paragraph], tag: str, page_lang: str | None) -> None:
    parts.append("<tr>\n")
    for cell in row:
        parts.append(_opening(tag, cell.lang, page_lang if cell.children else cell.lang))
        _write_inlines(parts, cell.children)
        parts.append(f"</{tag[:2]}>\n")
    parts.append("</tr>\n")


def _write_list(
    parts: list[str],
    entries: Sequence[Sequence[Block]],
    start: int | None,
    page_lang: str | None,
    level: int,
) -> None:
    if start is None:
        parts.append("<ul>\n")
    else:
        parts.append("<ol>\n" if start == 1 else f'<ol start="{start}">\n')
    for entry in entries:
        _write_entry(parts, "li", entry, page_lang, level)
    parts.append("</ul>\n" if start is None else "</ol>\n")


def _write_definitions(
    parts: list[str], definitions: Sequence[Definition], page_lang: str | None, level: int
) -> None:
    parts.append("<dl>\n")
    for definition in definitions:
        parts.append(_opening("dt", definition.term.lang, page_lang))
        _write_inlines(parts, definition.term.children)
        parts.append("</dt>\n")
        _write_entry(parts, "dd", definition.children, page_lang, level)
    parts.append("</dl>\n")


def _write_entry(
    parts: list[str], tag: str, entry: Sequence[Block], page_lang: str | None, level: int
) -> None:
    # A paragraph that is alone, or has lists below it, is the entry itself: a plain list stays
    # tight, and newsboat leaves no bullet alone on a line.
    first, *below = entry or (None,)
    if isinstance(first, Paragraph) and all(isinstance(block, ListBlock) for block in below):
        parts.append(_opening(tag, first.lang, page_lang))
        _write_inlines(parts, first.children)
        if below:
            parts.append("\n")
            _write_blocks(parts, below, page_lang and first.lang, level)
    else:
        parts.append(f"<{tag}>\n")
        _write_blocks(parts, entry, page_lang, level)
    parts.append(f"</{tag}>\n")


def _opening(tag: str, lang: str, page_lang: str | None) -> str:
    return f"<{tag}>" if lang == page_lang else f'<{tag} lang="{escape(lang)}">'


def _write_inlines(parts: list[str], inlines: Sequence[Inline]) -> None:
    for node in inlines:
        match node:
            case Text():  # nothing taken apart: it is the quickest pattern, and most are texts
                parts.append(escaped(node.value))
            case Link(url, children):
                if not is_followable(url):
                    _write_inlines(parts, children)
                    continue
                parts += ('<a href="', escaped(url), '">')
                _write_inlines(parts, children)
                parts.append("</a>")
            case Code(value):
                parts += ("<code>", escaped(value), "</code>")
            case Math(source, words, is_display):
                # `mathml` names the elements that it gives, and escapes what they hold.
                formula = mathml(source, is_display=is_display)
                parts.append(formula or f"<code>{escaped(words)}</code>")
            case LineBreak():
                parts.append("<br>\n")
            case Emphasis(children):
                parts.append("<em>")
                _write_inlines(parts, children)
                parts.append("</em>")
            case Strong(children):
                parts.append("<strong>")
                _write_inlines(parts, children)
                parts.append("</strong>")
