"""White space around the addresses that a reader is shown (RFC 3986 appendix C).

Spam filters and mail programs search the shown text for addresses, and read on to the next white
space: to them `https://host。` has a full stop in its host, and a mail with such a link is spam.
So an address stands between spaces, unless `<`, `>` or `"` is beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from publisher.digest.markdown.autolink import bounded, without_trailing
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
    plain,
)

#: A web address may follow anything, another scheme or `www.` no letter.
_START = re.compile(
    r"(?:(?i:https?)|(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,15})://(?=[^\s<>\"])"
    r"|(?<![A-Za-z0-9@./_-])www\.(?=\w)"
)
#: What an address is made of: ASCII, or where it is in another script, no full-width punctuation.
_ASCII = re.compile(r"[!#-;=?-~]+")
_ANY_SCRIPT = re.compile(r"[^\s<>\"()\[\]“”‘’…—·，。、；：！？（）「」『』《》〈〉【】〔〕．｡]+")
_NO_SPACE_BESIDE = ("", "<", ">", '"')


def delimit_blocks(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return the blocks with a space wherever an address touches other text (RFC 3986 C)."""
    return tuple(map(_delimited_block, blocks))


def delimit_text(text: str) -> str:
    """Return the text with a space wherever an address touches other text.

    A title that was cut may end in half an address and an ellipsis: those stay together.
    """
    if not _may_have_address(text):  # nearly all have none
        return text
    words = text.removesuffix("…")
    return _spaced(words, chain(*_spans(words))) + text[len(words) :]


def delimit_code(code: str) -> str:
    """Return the code with a space between an address and a character that is not ASCII.

    Only comments and strings have such characters. Nothing else in code is changed.
    """
    ends = (_end_in_code(code, end) for _, end in _spans(code))
    return _spaced(code, [end for end in ends if not code[end : end + 1].isascii()])


def delimit_inlines(inlines: Sequence[Inline], *, numbered: bool = False) -> tuple[Inline, ...]:
    """Return the inlines with a space wherever an address touches other text.

    If links are `numbered`, a number is shown for a link whose words are its own address.
    """
    if not _may_show_address(inlines):
        return tuple(inlines)
    return tuple(_Writer(numbered=numbered).write(inlines))


def _delimited_block(block: Block) -> Block:  # noqa: PLR0911  (one for each kind)
    match block:
        case Paragraph(children, lang):
            shown = delimit_inlines(children)
            return block if shown is children else Paragraph(shown, lang)
        case Subheading(children, lang):
            return Subheading(delimit_inlines(children), lang)
        case CodeBlock(value):
            return CodeBlock(delimit_code(value))
        case Quote(children):
            return Quote(delimit_blocks(children))
        case ListBlock(entries, start):
            return ListBlock(tuple(map(delimit_blocks, entries)), start)
        case Table(names, rows):
            return Table(_delimited_row(names), tuple(map(_delimited_row, rows)))
        case DefinitionList(definitions):
            return DefinitionList(tuple(map(_delimited_definition, definitions)))


def _delimited_definition(definition: Definition) -> Definition:
    (term,) = _delimited_row((definition.term,))
    return Definition(term, delimit_blocks(definition.children))


def _delimited_row(row: Sequence[Paragraph]) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(delimit_inlines(cell.children), cell.lang) for cell in row)


def _may_show_address(inlines: Iterable[Inline]) -> bool:
    """Return whether an address may be shown: nearly all paragraphs end here."""
    for node in inlines:
        match node:
            case Text() | Code():
                if _may_have_address(node.value):
                    return True
            case Link(_, children):
                words = plain(children)
                if "." in words or "://" in words:
                    return True
            case Emphasis(children) | Strong(children):
                if _may_show_address(children):
                    return True
    return False


def _may_have_address(text: str) -> bool:
    return "://" in text or "www." in text


def _spans(text: str) -> list[tuple[int, int]]:
    """Return where addresses start and end."""
    spans: list[tuple[int, int]] = []
    match = _START.search(text) if _may_have_address(text) else None
    while match:
        spans.append((match.start(), _end(text, match.start(), match.end())))
        match = _START.search(text, spans[-1][1])
    return spans


def _end(text: str, start: int, after_scheme: int) -> int:
    address = bounded(text, start)
    if address and start + len(address[1]) > after_scheme:
        return start + len(address[1])
    characters = _ASCII if text[after_scheme].isascii() else _ANY_SCRIPT
    run = characters.match(text, after_scheme)
    end = run.end() if run else after_scheme
    return start + len(without_trailing(text[start:end]))


def _spaced(text: str, places: Iterable[int]) -> str:
    """Return the text with a space at each of these places, where none is."""
    parts: list[str] = []
    copied = 0
    for place in places:
        parts.append(text[copied:place])
        if place > copied and _touch(text[place - 1], text[place : place + 1]):
            parts.append(" ")
        copied = place
    return "".join((*parts, text[copied:]))


def _touch(before: str, after: str) -> bool:
    return not any(
        character in _NO_SPACE_BESIDE or character.isspace() for character in (before, after)
    )


class _Edge(NamedTuple):
    """How something that is shown starts or ends: its character, and whether of an address."""

    character: str
    is_address: bool = False


_LINE_END = _Edge("")
_NUMBER = "[1]"


class _Writer:
    """Writes inlines, and knows how what is written ends."""

    def __init__(self, *, numbered: bool) -> None:
        self._numbered = numbered
        self._end = _LINE_END

    def write(self, inlines: Iterable[Inline]) -> Iterator[Inline]:
        """Yield the inlines, with spaces."""
        for node in inlines:
            start, end = self._edges(node)
            if (self._end.is_address or start.is_address) and _touch(
                self._end.character, start.character
            ):
                yield self._space(start)  # before a link or emphasis, not in it
                self._end = _LINE_END
            if isinstance(node, Emphasis | Strong):
                yield replace(node, children=tuple(self.write(node.children)))
                continue
            yield self._written(node)
            if end.character or isinstance(node, LineBreak):
                self._end = end

    def _space(self, start: _Edge) -> Text:
        """Return a space; where punctuation belongs to an address, no line ends between them."""
        opening = unicodedata.category(self._end.character) in ("Ps", "Pi")
        closing = unicodedata.category(start.character) in ("Pe", "Pf", "Pd", "Po")
        is_kept = opening or (closing and self._end.is_address)
        return Text("\u00a0" if is_kept and not self._numbered else " ")

    def _written(self, node: Inline) -> Inline:
        match node:
            case Text(value):
                return Text(delimit_text(value))
            case Code(value):
                return Code(delimit_code(value))
            case Link(url, children) if not (self._numbered and plain(children) == url):
                return Link(url, tuple(_link_words(children, url)))
        return node

    def _edges(self, node: Inline) -> tuple[_Edge, _Edge]:
        """Return how a node starts and ends; of emphasis, the end is that of its last child."""
        if isinstance(node, Emphasis | Strong):
            return self._edges(node.children[0]) if node.children else (_LINE_END, _LINE_END)
        words, spans = self._shown(node)
        if not words:
            return _LINE_END, _LINE_END
        return (
            _Edge(words[0], bool(spans) and spans[0][0] == 0),
            _Edge(words[-1], bool(spans) and spans[-1][1] == len(words)),
        )

    def _shown(self, node: Inline) -> tuple[str, list[tuple[int, int]]]:
        """Return the words that are shown of a node, and where addresses are in them."""
        match node:
            case Text(value):
                return value, _spans(value)
            case Code(value):
                # What follows an address in code is left there, and a filter reads that too.
                return value, [(start, _end_in_code(value, end)) for start, end in _spans(value)]
            case Link(url, children):
                words = plain(children)
                spans = [(0, len(words))] if _is_address_of(url, words) else _spans(words)
                if not self._numbered:
                    return words, spans
                return (_NUMBER, []) if words == url else (f"{words} {_NUMBER}", spans)
            case Math():
                return node.words, []
        return "", []


def _end_in_code(code: str, end: int) -> int:
    run = _ASCII.match(code, end)
    return run.end() if run else end


def _link_words(children: Iterable[Inline], url: str) -> Iterator[Inline]:
    """Yield the words of a link, an address as browsers show it: without `https://`."""
    for node in children:
        match node:
            case Text(value):
                shown = value.removeprefix("https://")
                is_own = url.startswith(value) and "." in shown
                yield Text(shown if is_own else delimit_text(value))
            case Code(value):
                yield Code(delimit_code(value))
            case Emphasis(inside) | Strong(inside):
                yield replace(node, children=tuple(_link_words(inside, url)))
            case _:
                yield node


def _is_address_of(url: str, words: str) -> bool:
    """Return whether words are an address without its scheme: `github.com/a`, `a@example.org`."""
    return "." in words and url.partition(":")[2].lstrip("/").startswith(words)
