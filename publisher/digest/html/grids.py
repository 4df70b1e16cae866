"""Cells of an HTML table as rows of a Markdown one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: An index of a line, and what stands in it; an empty one parts paragraphs.
Row = tuple[int, str]

#: What holds pipes that part no cells (as tables.py has it), and those that would.
_PART = re.compile(
    r"\\.|(`+)(?!`)[^`\n]{0,500}?\1(?!`)|\$[^$\n|]{0,50}\|[^$\n]{0,300}?\$|(?P<pipe>\|)"
)
#: Columns that one cell may take, and how much a table may repeat of cells that span rows.
_WIDEST, _MOST_REPEATED = 50, 200_000
#: What a row of one cell has that heads those below; one with more belongs to the row above.
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, in one line, and how many columns and rows it takes."""

    text: str
    is_name: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Cells:
    """A row of a table; `index` is that of its line."""

    index: int
    cells: Sequence[Cell]
    is_head: bool = False


def lines(rows: Sequence[Cells]) -> list[Row]:
    """Return a table's lines: its names, a row of dashes, a line for each row.

    Where the first row names no columns, the names are empty. A cell that spans rows stands in
    each. A long text over all columns, as a summary below a paper's cells, ends the row above.
    """
    placed = _placed(rows)
    columns = max(len(texts) for texts in placed)
    names = placed.pop(0) if _are_names(rows) else []
    body: list[tuple[int, list[str]]] = []
    for row, texts in zip(rows[-len(placed) :] if placed else [], placed, strict=True):
        is_wide = (
            len(row.cells) == 1 < row.cells[0].columns
            and len(texts) >= columns  # those above may span this row, too
            and columns in range(2, _WIDEST)
        )
        if is_wide and body and len(row.cells[0].text) > _LONGEST_NAME:
            above = body[-1][1]
            above += [""] * (columns - len(above))
            above.append(row.cells[0].text)
        else:
            body.append((row.index, texts))
    width = max(len(texts) for texts in (names, *(texts for _, texts in body)))
    names += [""] * (width - len(names))
    first = rows[0].index
    return [
        (first, _line(names)),
        (first, "|" + "---|" * width),
        *((index, _line(texts)) for index, texts in body),
    ]


def _are_names(rows: Sequence[Cells]) -> bool:
    """Return whether the first row names the columns: it says so, or looks like it."""
    first = rows[0]
    if first.is_head or all(cell.is_name for cell in first.cells):
        return True
    if len(rows) == 1 or any(cell.is_name for row in rows for cell in row.cells):
        return False
    return not any("](" in cell.text or "://" in cell.text for cell in first.cells)


def _placed(rows: Sequence[Cells]) -> list[list[str]]:
    """Return the texts of each row by column."""
    placed: list[list[str]] = []
    left = _MOST_REPEATED
    spanning: dict[int, tuple[str, int]] = {}  # by column: a text, and the rows it still takes
    for row in rows:
        waiting: list[tuple[str, int]] = []
        for cell in row.cells:
            empty = min(cell.columns, _WIDEST) - 1 if left > 0 else 0
            left -= empty
            waiting += [(cell.text, cell.rows), *[("", cell.rows)] * empty]
        waiting.reverse()
        texts: list[str] = []
        following: dict[int, tuple[str, int]] = {}
        while waiting or len(texts) in spanning:
            column = len(texts)
            if column in spanning:
                text, more = spanning[column]
                left -= len(text) + 1
            else:
                text, more = waiting.pop()
            texts.append(text)
            if more > 1 and left > 0:
                following[column] = text, more - 1
        spanning = following
        placed.append(texts)
    return placed


def _line(texts: Sequence[str]) -> str:
    return f"| {' | '.join(map(escaped, texts))} |"


def escaped(text: str) -> str:
    """Return a cell's text in which no pipe parts cells."""
    return _PART.sub(lambda m: r"\|" if m["pipe"] else m[0], text) if "|" in text else text
