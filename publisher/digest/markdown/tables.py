"""Tables as Markdown has them (GFM 4.10): a row of names, a row of dashes, rows of cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise

from publisher.digest.markdown.line_marks import closed_fences
from publisher.digest.source_text import Line

#: Columns that a table may have; what more a row has stands in its last cell.
MOST_COLUMNS = 1_000
_DASHES = re.compile(r"[ \t]*+:?-++:?[ \t]*+")
#: Lines that a row may take.
_MOST_LINES = 4
#: What holds pipes that part no cells: escapes, code, formulas (`|$5|$6|` are two prices).
_PART = re.compile(
    r"\\.|(`+)(?!`)[^`\n]{0,500}?\1(?!`)"
    r"|\$[^$\n|]{1,300}\$|\$(?!\s)[^$\n|]{0,50}\|[^$\n]{0,300}?(?<!\s)\$(?![0-9])|\|"
)


#: What begins a block of its own, and ends a table.
_OPENS = re.compile(r"[ \t]*(?:#|>|```|~~~|[-*+•][ \t]|[0-9]{1,9}[.)][ \t])")


def is_row(text: str) -> bool:
    """Return whether a line is parted into cells: by a pipe outside code and formulas."""
    if not any(mark in text for mark in "\\`$"):
        return "|" in text
    return any(match[0] == "|" for match in _PART.finditer(text))


def is_delimiter(text: str, place: int) -> bool:
    """Return whether a line, from a place on, is the row of dashes below the names of columns."""
    words = text[place:].strip(" \t")
    if "-" not in words or words.strip("|-: \t"):
        return False
    inside = words.removeprefix("|").removesuffix("|")
    return all(map(_DASHES.fullmatch, inside.split("|")))


def end_of_table(lines: Sequence[Line], index: int) -> int:
    """Return the index after the table that begins at `index`; `index` where there is none."""
    if index + 1 >= len(lines):
        return index
    names, dashes = lines[index].text, lines[index + 1].text
    if "|" not in names or "-" not in dashes or not is_delimiter(dashes, 0):
        return index
    if "|" not in dashes or len(cells(lines[index])) != len(cells(lines[index + 1])):
        return index
    end = index + 2
    while end < len(lines) and "|" in lines[end].text and not _OPENS.match(lines[end].text):
        end += 1
    return end


def tables_of(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield where each table begins, and the index after it."""
    index = 0
    while index < len(lines):
        end = end_of_table(lines, index) if "|" in lines[index].text else index
        if end > index:
            yield index, end
        index = max(end, index + 1)


def cells(line: Line) -> list[Line]:
    """Return the cells of a row, each with the place where it stands."""
    text = line.text
    pipes = (match.start() for match in _PART.finditer(text) if match[0] == "|")
    bounds = [-1, *islice(pipes, MOST_COLUMNS), len(text)]
    parts = [(start + 1, end) for start, end in pairwise(bounds)]
    if parts and not text[slice(*parts[0])].strip():
        del parts[0]
    if parts and not text[slice(*parts[-1])].strip():
        del parts[-1]
    row = []
    for start, end in parts:
        words = text[start:end]
        margin = len(words) - len(words.lstrip())
        row.append(Line(line.number, words.strip(), line.column + start + margin))
    return row


#: Rows without a row of dashes: so many lines of so many cells.
_FEWEST_ROWS, _FEWEST_CELLS = 2, 3
_ADDRESS = re.compile(r"https?://|\]\(|arxiv", re.IGNORECASE)


def ruled(lines: Sequence[Line], is_name: Callable[[str], object]) -> Sequence[Line]:
    """Return lines with the row of dashes that a table's author left out.

    Rows are a table where the first names columns (`is_name`), or where each has an address
    beside other words.
    """
    changed: list[Line] = []
    code = closed_fences(lines)
    index = 0
    while index < len(lines):
        end = code.get(index, index)
        changed += lines[index:end]
        start = index = end
        while index < len(lines) and "|" in lines[index].text:
            index += 1
        rows = lines[start:index]
        names = cells(rows[0]) if _are_rows(rows) else []
        dashes = lines[start]._replace(text="|" + "---|" * len(names))
        if sum(bool(is_name(name.text)) for name in names) > 1 and not _has_address(names):
            changed += [rows[0], dashes, *rows[1:]]
        elif names and all(map(_has_address, map(cells, rows))):
            changed += [rows[0]._replace(text="|" + " |" * len(names)), dashes, *rows]
        else:
            changed += rows
        changed += lines[index : index + 1]
        index += 1
    return changed


def _are_rows(lines: Sequence[Line]) -> bool:
    """Return whether lines have as many cells each, and none are dashes."""
    if len(lines) < _FEWEST_ROWS or any(
        _OPENS.match(line.text) or is_delimiter(line.text, 0) for line in lines
    ):
        return False
    widths = {len(cells(line)) for line in lines}
    return len(widths) == 1 and min(widths) >= _FEWEST_CELLS


def _has_address(row: Sequence[Line]) -> bool:
    """Return whether a row has an address in one cell and words in another."""
    linked = [cell for cell in row if _ADDRESS.search(cell.text)]
    return 0 < len(linked) < len(row)


def rejoined(lines: Sequence[Line]) -> Sequence[Line]:
    """Return lines with each row of a table on one: a title may go on on the line below."""
    if not any(is_delimiter(line.text, 0) for line in lines if "|" in line.text):
        return lines
    changed: list[Line] = []
    index = 0
    while index < len(lines):
        end = end_of_table(lines, index)
        if end == index:
            changed.append(lines[index])
            index += 1
            continue
        width = len(cells(lines[index]))
        changed += lines[index : index + 2]
        index += 2
        while index < len(lines) and "|" in lines[index].text:
            row, index = _row(lines, index, width)
            changed.append(row)
    return changed


def _row(lines: Sequence[Line], index: int, width: int) -> tuple[Line, int]:
    """Return the row that begins at `index`, over several lines if so it is whole, and its end."""
    first = line = lines[index]
    text = first.text.rstrip()
    if text.lstrip().startswith("|") and not text.endswith("|"):
        for end in range(index + 1, min(index + _MOST_LINES, len(lines))):
            below = lines[end].text.strip()
            if not below or below.startswith("|") or len(cells(line)) >= width:
                break
            line = line._replace(text=f"{line.text.rstrip()} {below}")
            if len(cells(line)) == width:
                return line, end + 1
    return first, index + 1
