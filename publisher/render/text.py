"""Blocks as plain text, wrapped by the columns a terminal or a mail reader shows them in."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.model import (
    Block,
    Code,
    CodeBlock,
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
from publisher.render.contexts import LinkView
from publisher.render.html import is_followable, without_forbidden
from publisher.render.mail.simplify import inline_definition
from publisher.render.url_delimiters import delimit_code, delimit_inlines
from publisher.text_width import HAS_WIDE, WIDE, shown_columns

WIDTH = 72
#: Between the columns of a table.
_GAP = "  "
#: Before all lines of a definition but its first.
_INDENT = "  "
#: Deeply nested lists and quotes are not wrapped any narrower.
_NARROWEST = 24

# Never at the start of a line; never at its end (W3C, Requirements for Chinese Text Layout 3.1.2).
_CLOSING = frozenset("，。、；：？！）］｝〉》」』】〕〗’”…—～·,.;:?!)]}%>'\"")
_OPENING = frozenset("（［｛〈《「『【〔〖‘“([{<")
#: Nor does a space stand before a link's number there, nor where a line begins.
_NO_SPACE_AFTER = {"", " ", "\n", *"：，、；。", *_OPENING}


def columns(text: str) -> int:
    """Return how many columns text takes at most.

    UTF-8 spends one byte on ASCII and three on Chinese, which makes this a matter of two calls
    into C. It is exact for those, and errs to the wide side for all else.
    """
    return (len(text) + len(text.encode("utf-8", "surrogatepass"))) // 2


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Return one paragraph as lines of at most `width` columns.

    Chinese may break between any two characters, but not before closing punctuation. A word or an
    address that is wider than the line is alone on its line, whole.
    """
    # Words in Greek or Cyrillic are as narrow as they are long.
    narrow = text.isascii() or not HAS_WIDE.search(text)
    if len(text) <= width and (narrow or columns(text) <= width):
        line = text.strip(" ")
        return [line] if line else []
    return _narrow_lines(text, width) if narrow else _wide_lines(text, width)


def _narrow_lines(text: str, width: int) -> list[str]:
    """Break at spaces, or after a word too long."""
    lines: list[str] = []
    start, length = 0, len(text)
    while start < length:
        if text[start] == " ":
            start += 1
            continue
        end = start + width
        if end < length:
            end = text.rfind(" ", start, end + 1)
            if end < 0:
                end = text.find(" ", start + width)
            if end < 0:
                end = length
        lines.append(text[start:end].rstrip(" "))
        start = end
    return lines


def _wide_lines(text: str, width: int) -> list[str]:
    """Break where a line is full, or at the nearest place before that may end one."""
    lines: list[str] = []
    start, length = 0, len(text)
    while start < length:
        if text[start] == " ":
            start += 1
            continue
        # Where the line is full: even if all that follows is wide, half the room is taken up for
        # certain.
        end, room, more = start, width, width // 2
        while room > 0 and end < length:
            part = text[end : end + more]
            room -= (len(part) + len(part.encode("utf-8", "surrogatepass"))) // 2  # as in columns
            end += more
            more = (room + 1) // 2
        if room < 0 and end > start + 1:
            end -= 1
        if end < length:
            before, after = text[end - 1], text[end]
            # Most lines end between two such characters.
            if not (before >= WIDE <= after and after not in _CLOSING and before not in _OPENING):
                end = _break_before(text, start, end) or _break_after(text, end)
        lines.append(text[start:end].rstrip(" "))
        start = end
    return lines


def _may_break(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if before == " " or after == " ":
        # Ours is the space between an address and a full stop: it parts nothing.
        following = text[at + 1 : at + 2] if after == " " else after
        return following < WIDE or following not in _CLOSING
    if after in _CLOSING or before in _OPENING:
        return False
    return before >= WIDE or after >= WIDE


def _break_before(text: str, start: int, end: int) -> int | None:
    while end > start:
        if _may_break(text, end):
            return end
        end -= 1
    return None


def _break_after(text: str, end: int) -> int:
    length = len(text)
    while end < length and not _may_break(text, end):
        end += 1
    return end


class Links:
    """The addresses of one text, in the order in which its lines name them."""

    def __init__(self, row: Sequence[LinkView] = ()) -> None:
        self._labels = {link.url: link.label for link in row}
        self._numbers = {url: number for number, url in enumerate(self._labels, 1)}

    def mark(self, url: str) -> str:
        """Return the mark of an address in the text: `[1]`. A new address gets the next number."""
        return f"[{self._numbers.setdefault(url, len(self._numbers) + 1)}]"

    def lines(self) -> str:
        """Return a line for each: `[1] <https://…> PDF`.

        An address stands between `<` and `>` with nothing but a space behind: with a full stop
        right after it, filters take the stop for a part of it and the mail for spam.
        """
        lines = []
        for url, number in self._numbers.items():
            label = self._labels.get(url, "")
            lines.append(f"[{number}] <{url}>" + (f" {label}" if label not in url else ""))
        return "\n".join(lines)


def underline(lines: Sequence[str], stroke: str) -> str:
    """Return a line of `stroke`s as wide as the widest of the lines."""
    return stroke * max(map(shown_columns, lines), default=0)


def inlines_text(inlines: Sequence[Inline], links: Links) -> str:
    """Return inlines as one string: a line break is a newline, a link has its number."""
    parts: list[str] = []
    _write_inlines(parts, delimit_inlines(inlines, numbered=True), links)
    return "".join(parts).replace("  ", " ")


def _write_inlines(parts: list[str], inlines: Sequence[Inline], links: Links) -> None:
    for node in inlines:
        match node:
            case Text() | Code():
                parts.append(without_forbidden(node.value))
            case Math():
                parts.append(without_forbidden(node.words))
            case LineBreak():
                parts.append("\n")
            case Emphasis(children) | Strong(children):
                _write_inlines(parts, children, links)
            case Link(url, children):
                words = plain(children)
                if words != url:
                    parts.append(without_forbidden(words))
                if is_followable(url):
                    before = parts[-1][-1:] if parts else ""
                    space = "" if before in _NO_SPACE_AFTER else " "
                    parts.append(space + links.mark(url))


def blocks_text(blocks: Sequence[Block], links: Links, width: int = WIDTH) -> str:
    """Return blocks as text wrapped at `width` columns, with an empty line between two blocks."""
    width = max(width, _NARROWEST)
    return "\n\n".join("\n".join(_lines(block, links, width)) for block in blocks)


def _lines(block: Block, links: Links, width: int) -> list[str]:
    match block:
        case Paragraph(children, _) | Subheading(children, _):
            lines: list[str] = []
            for line in inlines_text(children, links).split("\n"):
                lines += wrap(line, width)
            return lines
        case CodeBlock(value):
            return ["    " + line for line in delimit_code(without_forbidden(value)).splitlines()]
        case Quote(children):
            inside = blocks_text(children, links, width - 2)
            return [f"> {line}".rstrip() for line in inside.split("\n")]
        case Table(names, rows):
            return _table_lines(names, rows, links, width)
        case ListBlock(entries, start):
            lines = []
            for number, entry in enumerate(entries, start or 0):
                mark = "- " if start is None else f"{number}. "
                inside = blocks_text(entry, links, width - len(mark))
                lines += _hung(mark + inside, len(mark))
            return lines
        case DefinitionList(definitions):
            texts = [inline_definition(definition) for definition in definitions]
            is_loose = any(len(blocks) > 1 for blocks in texts)
            lines = []
            for blocks in texts:
                lines += [""] if lines and is_loose else []
                lines += _hung(blocks_text(blocks, links, width - len(_INDENT)), len(_INDENT))
            return lines


def _hung(text: str, indent: int) -> list[str]:
    """Return the lines of a text, all but the first indented."""
    return [line.rstrip() for line in text.replace("\n", "\n" + " " * indent).split("\n")]


def _table_lines(
    names: Sequence[Paragraph], rows: Sequence[Sequence[Paragraph]], links: Links, width: int
) -> list[str]:
    """Return a table in columns, or where it is too wide for that, each row's cells below it."""
    cells = [
        [" ".join(inlines_text(cell.children, links).split()) for cell in row]
        for row in (names, *rows)
    ]
    widths = [max(map(shown_columns, column)) for column in zip(*cells, strict=True)]
    if sum(widths) + len(_GAP) * (len(widths) - 1) <= width:
        lines = [_columns_line(row, widths) for row in cells]
        lines.insert(1, _GAP.join("-" * width for width in widths))
        return lines
    lines = []
    for row in cells[1:]:
        lines += [""] if lines else []
        for name, cell in zip(cells[0], row, strict=True):
            if cell:
                lines += wrap(f"{name}: {cell}" if name else cell, width)
    return lines


def _columns_line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell + " " * (width - shown_columns(cell)) for cell, width in zip(row, widths, strict=True)
    )
    return _GAP.join(padded).rstrip()
