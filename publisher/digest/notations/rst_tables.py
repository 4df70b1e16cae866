"""reStructuredText's tables, which are drawn: as tables of Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from publisher.digest.notations.page import Page, UnreadableError
from publisher.digest.source_text import Line
from publisher.text_width import shown_columns

_GRID = re.compile(r"[ \t]*\+(?:[-=]{1,300}\+){1,100}[ \t]*$")
_SIMPLE = re.compile(r"[ \t]*={2,300}(?:[ \t]{1,20}={2,300}){1,100}[ \t]*$")
#: Lines of a table whose end is looked for.
_LONGEST = 2_000
_SPANNED = re.compile(r"[ \t]*-{2,300}(?:[ \t]{1,20}-{2,300}){0,100}[ \t]*$")


def begins(text: str) -> bool:
    """Return whether a line is the upper edge of a table."""
    return _GRID.match(text) is not None or _SIMPLE.match(text) is not None


def take(lines: Sequence[Line], index: int, shown: Callable[[str], str], page: Page) -> int | None:
    """Write the table that begins at `index`; return the index after it, None if it has no end.

    `shown` turns a cell's marks into Markdown's. Raises UnreadableError for a table with cells
    over several columns or rows.
    """
    simple = _SIMPLE.match(lines[index].text)
    end = _end_of_simple(lines, index) if simple else _end_of_grid(lines, index)
    if end:
        rows, named = (_simple if simple else _grid)(lines[index:end])
        rows = [(number, [shown(cell) for cell in cells]) for number, cells in rows]
        page.table(lines[index].number, rows, named=named > 0)
    return end


def _end_of_grid(lines: Sequence[Line], index: int) -> int:
    while index < len(lines) and lines[index].text.lstrip()[:1] in ("+", "|"):
        index += 1
    return index


def _end_of_simple(lines: Sequence[Line], start: int) -> int | None:
    edges = 0
    for index in range(start + 1, min(start + _LONGEST, len(lines))):
        if _SIMPLE.match(lines[index].text):
            edges += 1
            below = lines[index + 1].text if index + 1 < len(lines) else ""
            if edges > 1 or not below.strip():
                return index + 1
    return None


def _cut(line: Line, bounds: Sequence[tuple[int, int]]) -> list[str]:
    """Cut a line at columns: a wide character takes two."""
    text = line.text
    if not text.isascii():
        spread = "".join(c + "\0" * (shown_columns(c) - 1) for c in text)
    else:
        spread = text
    return [spread[start:end].replace("\0", "").strip() for start, end in bounds]


def _grid(lines: Sequence[Line]) -> tuple[list[tuple[int, list[str]]], int]:
    edge = lines[0].text
    marks = [n for n, mark in enumerate(edge) if mark == "+"]
    bounds = [(start + 1, end) for start, end in pairwise(marks)]
    rows: list[tuple[int, list[str]]] = []
    named = 0
    is_new = True
    for line in lines[1:]:
        if line.text.lstrip()[:1] == "+":
            if (
                not _GRID.match(line.text)
                or [n for n, mark in enumerate(line.text) if mark == "+"] != marks
            ):
                raise _spanning(line)
            named = named or (len(rows) if "=" in line.text else 0)
            is_new = True
            continue
        cells = [cell.strip() for cell in line.text.strip().strip("|").split("|")]
        if len(cells) != len(bounds):
            cells = _cut(line, bounds)
            if not all(_cut(line, [(n, n + 1)]) == ["|"] for n in marks):
                raise _spanning(line)
        _add(rows, line.number, cells, is_new=is_new)
        is_new = False
    return rows, named


def _simple(lines: Sequence[Line]) -> tuple[list[tuple[int, list[str]]], int]:
    edge = lines[0].text
    marks = [match.span() for match in re.finditer("=+", edge)]
    ends = [start for start, _ in marks[1:]] + [10_000]
    bounds = [(start, end) for (start, _), end in zip(marks, ends, strict=True)]
    rows: list[tuple[int, list[str]]] = []
    named = 0
    for line in lines[1:]:
        if _SIMPLE.match(line.text):
            named = named or len(rows)
        elif _SPANNED.match(line.text):
            raise _spanning(line)
        elif line.text.strip():
            cells = _cut(line, bounds)
            _add(rows, line.number, cells, is_new=bool(cells[0]))
    return rows, named if named < len(rows) else 0


def _add(rows: list[tuple[int, list[str]]], number: int, cells: list[str], *, is_new: bool) -> None:
    """Add a row, or go on with the last one."""
    if is_new or not rows:
        rows.append((number, cells))
    else:
        last = rows[-1][1]
        rows[-1] = (rows[-1][0], [f"{a} {b}".strip() for a, b in zip(last, cells, strict=True)])


def _spanning(line: Line) -> UnreadableError:
    what = "a table of reStructuredText with cells over several columns or rows is not read"
    return UnreadableError(f"{what}; write it as a list, or as a table in Markdown", line.number)
