"""Tables, lists and whole pages of HTML, read by lxml, as lines of Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from lxml import etree

from publisher.digest.fields.labels import role_of
from publisher.digest.html import grids
from publisher.digest.html.grids import Cell, Cells, Row
from publisher.digest.html.phrases import is_bare, is_blank, joined, strong
from publisher.digest.html.tags import HEADINGS
from publisher.digest.html.tokens import Piece

#: Elements that mean something here, others that leave nothing; all the rest part paragraphs.
_NAMES = frozenset({
    *HEADINGS, "blockquote", "dd", "dl", "dt", "hr", "li", "ol", "p", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_NOTHING = frozenset({"col", "colgroup", "html", "link", "meta"})
_SAME = {"dir": "ul", "menu": "ul"}
_KEPT = ("colspan", "rowspan", "start", "role")
_TICKS = re.compile("`+")
#: Deeper, all is text: lxml itself leaves out what is nested 255 deep.
_DEEPEST = 40
#: What begins a block of Markdown where words follow a tag.
_OPENS = re.compile(r"[#>]|\+[ \t]")
_BREAK = re.compile(r"(?<=<br>)")
_ENTRY, _TITLE = re.compile(r"[-*+•][ \t]+(?=\S)"), re.compile(r"#{1,6}[ \t]+(?=\S)")
_LONGEST_LABEL = 60
_EMPTY: Row = (0, "")


@dataclass(frozen=True, slots=True)
class Region:
    """What was read of one: its rows, and whether any of it is nested too deep for its form."""

    rows: list[Row]
    is_deep: bool


def read(pieces: Sequence[Piece], *, is_html: bool = False) -> Region | None:
    """Read pieces of HTML; None where lxml leaves out any of their words.

    With `is_html`, there is no Markdown between the tags, and line ends are spaces.
    """
    source = "".join(map(_written, pieces, [*pieces[1:], pieces[-1]]))
    tree = etree.fromstring(f"<div>{source}</div>", etree.HTMLParser(no_network=True))
    words = (piece.text or "".join(line for _, line in piece.code[1:-1]) for piece in pieces)
    body = tree.find("body")
    if body is None or _size(words) != _size(map(str, body.itertext())):
        return None
    reader = _Reader(pieces[0].index, is_html=is_html)
    return Region(_tidy(reader.flow(body)), reader.is_deep)


def _size(texts: Iterable[str]) -> int:
    return sum(len(word) for text in texts for word in text.split())


def _written(piece: Piece, following: Piece) -> str:
    """Return a piece as HTML without anything of which lxml could make something else."""
    if piece.code:
        inside = "\n".join(line for _, line in piece.code[1:-1])
        return f'<pre n="{piece.index}">{html.escape(inside, quote=False)}\n</pre>'
    tag = piece.tag
    if tag is None:
        return html.escape(piece.text, quote=False)
    name = tag.name if tag.name in _NAMES else _SAME.get(tag.name, "div")
    if tag.name in _NOTHING or (tag.name == "hr" and tag.is_end):
        return ""
    if tag.is_end:
        return f"</{name}>"
    kept = "".join(f' {key}="{html.escape(tag.get(key))}"' for key in _KEPT if tag.get(key))
    if tag.name == "summary":
        kept = ' role="summary"'
    end = f"</{name}>" if tag.is_closed and name != "hr" else ""
    return f'<{name} n="{following.index}"{kept}>{end}'


class _Reader:
    """Walks a tree in the order of its words, and counts the lines."""

    def __init__(self, index: int, *, is_html: bool) -> None:
        self.index = index
        self.is_html = is_html
        self.is_deep = False
        self.depth = 0
        self.entries = self.cells = 0  # how many the place is inside of

    def flow(self, node: etree._Element) -> list[Row]:
        """Return all that is in an element."""
        rows = self.words(node.text)
        for child in node:
            rows += self.block(child)
            rows += self.words(child.tail)
        return rows

    def block(self, node: etree._Element) -> list[Row]:
        """Return an element as blocks that stand apart."""
        self.index = int(node.get("n") or self.index)
        self.depth += 1
        if self.depth > _DEEPEST:
            self.is_deep = True
            rows = [row for text in node.itertext() for row in (*self.words(str(text)), _EMPTY)]
        else:
            rows = self.shape(node)
        self.depth -= 1
        return [_EMPTY, *rows, _EMPTY]

    def shape(self, node: etree._Element) -> list[Row]:
        """Return an element's blocks in the form that it has in Markdown."""
        if shape := _SHAPES.get(str(node.tag)):
            return shape(self, node)
        rows = _tidy(self.flow(node))
        if node.get("role") == "summary":
            words = joined(text for _, text in rows)
            return [] if is_bare(words) else [(rows[0][0], strong(words))]
        return rows

    def heading(self, node: etree._Element) -> list[Row]:
        """Return a heading; in a cell or an entry it is words that stand out."""
        rows = _tidy(self.flow(node))
        words = joined(text for _, text in rows)
        is_inside = bool(self.cells or self.entries)
        shown = strong(words) if is_inside else f"{'#' * int(str(node.tag)[1])} {words}"
        return [(rows[0][0], shown)] if words else []

    def quote(self, node: etree._Element) -> list[Row]:
        """Return a quote."""
        rows = _tidy(self.flow(node))
        return rows if self.cells else [(index, f"> {text}".rstrip()) for index, text in rows]

    def rule(self, _: etree._Element) -> list[Row]:
        """Return a line that is drawn."""
        return [] if self.cells or self.entries else [(self.index, "---")]

    def words(self, text: str | None) -> list[Row]:
        """Return the lines of a text; a blank one parts paragraphs, but not in HTML."""
        if not text:
            return []
        lines = str(text).split("\n")
        first, self.index = self.index, self.index + len(lines) - 1
        rows: list[Row] = []
        if self.is_html:
            full = [n for n, line in enumerate(lines) if line.strip()]
            lines = [joined(lines)]
            first += full[0] if full else 0
        for number, line in enumerate(lines, first):
            parts = [part.strip() for part in _BREAK.split(line.strip())]
            if parts == [""] and first < number < self.index:
                rows.append(_EMPTY)
            rows += (_EMPTY if is_blank(part) else (number, part) for part in parts if part)
        if rows and rows[0][0] == first and _OPENS.match(rows[0][1]):
            rows[0] = (first, f"\\{rows[0][1]}")
        return rows

    def code(self, node: etree._Element) -> list[Row]:
        """Return code as a fence, or as a line for each of its own in a cell."""
        text = str(node.text or "").removesuffix("\n")
        lines = text.split("\n")
        first, self.index = self.index, self.index + len(lines)
        ticks = "`" * max(3, *(len(run) + 1 for run in _TICKS.findall(text)), 3)
        if self.cells:
            left, right = (f"{ticks} ", f" {ticks}") if "`" in text else ("`", "`")
            shown = ((n, line.strip()) for n, line in enumerate(lines, first) if line.strip())
            return [row for n, line in shown for row in ((n, left + line + right), _EMPTY)]
        return [(first, ticks), *enumerate(lines, first), (self.index, ticks)]

    def entries_of(self, node: etree._Element) -> list[Row]:
        """Return a list's entries; words outside of them stand apart."""
        number, pad = _number(node.get("start"), 1), ""
        rows = self.words(node.text)
        for child in node:
            inside = _tidy(self.entry(child) if child.tag == "li" else self.block(child))
            if inside and child.tag == "li":
                mark = "• " if self.cells else f"{number}. " if node.tag == "ol" else "- "
                number, pad = number + 1, "" if self.cells else " " * len(mark)
                inside[0] = (inside[0][0], mark + inside[0][1])
                rows += [_EMPTY] if self.cells else []
                rows += [inside[0], *((n, pad + text if text else "") for n, text in inside[1:])]
            else:
                rows += [(n, pad + text if text else "") for n, text in inside]
            if tail := self.words(child.tail):
                rows += [_EMPTY, *tail, _EMPTY]
        return rows

    def entry(self, node: etree._Element) -> list[Row]:
        """Return what is in an entry of a list."""
        self.entries += 1
        rows = self.block(node)
        self.entries -= 1
        return rows

    def labelled(self, node: etree._Element) -> list[Row]:
        """Return terms with what is said of them: `- **Venue**: Here`, or one below the other."""
        rows = self.words(node.text)
        label: list[Row] = []
        goes_on = False  # whether the last row is a field, of which more may be said
        for child in node:
            inside = _tidy(self.block(child))
            if child.tag == "dt":
                rows += [_EMPTY, *label, _EMPTY] if label else []
                label, goes_on = inside, False
            elif child.tag == "dd" and _is_line(label) and _is_line(inside):
                rows.append((label[0][0], _field(label[0][1], inside[0][1])))
                label, goes_on = [], rows[-1][1].startswith("- **")
            elif child.tag == "dd" and goes_on and _is_line(inside):
                rows[-1] = rows[-1][0], f"{rows[-1][1]}, {inside[0][1]}"
            else:
                rows += [_EMPTY, *map(_before_blocks, label), _EMPTY, *inside, _EMPTY]
                label, goes_on = [], False
            if tail := self.words(child.tail):
                rows += tail
                goes_on = goes_on and not any(text for _, text in tail)
        return [*rows, _EMPTY, *label]

    def table(self, node: etree._Element) -> list[Row]:
        """Return a table; one that only lays out a page is what stands in its cells."""
        own = [row for part in (node, *node) for row in part if row.tag == "tr"]
        counts = [sum(cell.tag in ("td", "th") for cell in row) for row in own]
        has_names = any(cell.tag == "th" for row in own for cell in row)
        holds_blocks = next(islice(node.iter("table", *HEADINGS), 1, None), None) is not None
        is_layout = node.get("role") in ("presentation", "none") or max(counts, default=0) <= 1
        if is_layout or (holds_blocks and not has_names and not self.cells):
            return self.flow(node)
        apart: list[Row] = []
        grid = [row for row in self.grid(node, apart) if row.cells]
        if self.cells:
            shown = ((row.index, " · ".join(c.text for c in row.cells if c.text)) for row in grid)
            return [*apart, *(row for line in shown for row in (_EMPTY, line))]
        if all([cell.is_name for cell in row.cells] == [True, False] for row in grid):
            pairs = ((row.index, _field(*(cell.text for cell in row.cells))) for row in grid)
            return [*apart, _EMPTY, *pairs]
        return [*apart, _EMPTY, *grids.lines(grid)]

    def grid(self, node: etree._Element, apart: list[Row], *, is_head: bool = False) -> list[Cells]:
        """Return the rows of a table; what stands outside of them goes to `apart`."""
        rows: list[Cells] = []
        apart += self.words(node.text)
        for child in node:
            self.index = int(child.get("n") or self.index)
            if child.tag in ("thead", "tbody", "tfoot"):
                rows += self.grid(child, apart, is_head=child.tag == "thead")
            elif child.tag == "tr":
                first = self.index
                rows.append(Cells(first, self.row(child, apart), is_head))
            else:
                apart += self.block(child)
            apart += self.words(child.tail)
        return rows

    def row(self, node: etree._Element, apart: list[Row]) -> list[Cell]:
        """Return the cells of a row."""
        cells: list[Cell] = []
        apart += self.words(node.text)
        for child in node:
            if child.tag in ("td", "th"):
                self.cells += 1
                text = _in_one_line(_tidy(self.block(child)))
                self.cells -= 1
                columns, rows = (_number(child.get(key), 1) for key in ("colspan", "rowspan"))
                cells.append(Cell(text, child.tag == "th", columns, rows))
            else:
                apart += self.block(child)
            apart += self.words(child.tail)
        return cells


_SHAPES: Mapping[str, Callable[[_Reader, etree._Element], list[Row]]] = {
    **dict.fromkeys(HEADINGS, _Reader.heading),
    "blockquote": _Reader.quote,
    "dl": _Reader.labelled,
    "hr": _Reader.rule,
    "ol": _Reader.entries_of,
    "pre": _Reader.code,
    "table": _Reader.table,
    "ul": _Reader.entries_of,
}


def _number(typed: str | None, otherwise: int) -> int:
    return int(typed) if typed and re.fullmatch("[0-9]{1,5}", typed) else otherwise


def _is_line(rows: Sequence[Row]) -> bool:
    """Return whether rows are one that may be a label or what it labels."""
    return len(rows) == 1 and not _ENTRY.match(rows[0][1])


def _before_blocks(label: Row) -> Row:
    """Return a label that names a field with a colon, for its value stands below."""
    words = label[1].strip(" *")
    return (label[0], f"{strong(words)}:") if role_of(words) else label


def _field(label: str, value: str) -> str:
    """Return a labelled value as an entry of a list."""
    label = label.rstrip(" :：")
    if not label or len(label) > _LONGEST_LABEL or "](" in label:
        return f"- {label} {value}".rstrip()
    return f"- {strong(label)}: {value}"


def _tidy(rows: Sequence[Row]) -> list[Row]:
    """Return rows with one empty row between paragraphs, and no line break at their ends."""
    kept: list[Row] = []
    for is_full, group in groupby(rows, key=lambda row: bool(row[1])):
        if not is_full:
            kept.append(_EMPTY)
            continue
        kept += group
        index, last = kept[-1]
        kept[-1] = index, last.removesuffix("<br>").rstrip() or last
    first = 1 if kept and kept[0] is _EMPTY else 0
    return kept[first : -1 if len(kept) > first and kept[-1] is _EMPTY else None]


def _in_one_line(rows: Sequence[Row]) -> str:
    """Return the blocks of a cell in one line."""
    groups: list[list[str]] = [[]]
    is_broken = False
    for _, text in rows:
        shown, title, entry = text, _TITLE.match(text), _ENTRY.match(text)
        if title:
            shown = strong(text[title.end() :])
        elif entry:
            shown = f"• {text[entry.end() :]}"
        elif text.startswith("\\") and _OPENS.match(text, 1):
            shown = text[1:]  # in a cell it opens no block
        if is_broken or title or entry or not text:
            groups.append([])
        groups[-1].append(shown.removesuffix("<br>"))
        is_broken = shown.endswith("<br>")
    return "<br>".join(line for group in groups if (line := joined(group)))
