"""Tables as Markdown has them (GFM 4.10): a row of names, a row of dashes, rows of cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from publisher.digest.source import Line, Report
from publisher.model import Level

_DELIMITER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
#: What holds pipes that part no cells: escapes, code, formulas.
_PART = re.compile(r"\\.|(`+)(?!`)[^`\n]{0,500}?\1(?!`)|\$[^$\n|]{0,50}\|[^$\n]{0,300}?\$|\|")
#: What begins a block of its own, and ends a table.
_OPENS = re.compile(r"[ \t]*(?:#|>|```|~~~|[-*+•][ \t]|[0-9]{1,9}[.)][ \t])")


def end_of_table(lines: Sequence[Line], index: int) -> int:
    """Return the index after the table that begins at `index`; `index` where there is none."""
    if index + 1 >= len(lines):
        return index
    names, dashes = lines[index].text, lines[index + 1].text
    if "|" not in names or "-" not in dashes or not _DELIMITER.match(dashes):
        return index
    if "|" not in dashes or len(cells(lines[index])) != len(cells(lines[index + 1])):
        return index
    end = index + 2
    while end < len(lines) and "|" in lines[end].text and not _OPENS.match(lines[end].text):
        end += 1
    return end


def cells(line: Line) -> list[Line]:
    """Return the cells of a row, each with the place where it stands."""
    text = line.text
    bounds = [-1]
    bounds += [match.start() for match in _PART.finditer(text) if match[0] == "|"]
    bounds.append(len(text))
    parts = [(start + 1, end) for start, end in pairwise(bounds)]
    if parts and not text[slice(*parts[0])].strip():
        del parts[0]
    if parts and not text[slice(*parts[-1])].strip():
        del parts[-1]
    found = []
    for start, end in parts:
        words = text[start:end]
        margin = len(words) - len(words.lstrip())
        found.append(Line(line.number, words.strip(), line.column + start + margin))
    return found


def rows(lines: Sequence[Line], report: Report) -> list[list[Line]]:
    """Return the rows of a table, its names first, each with as many cells as there are names.

    What is more than these stands in the last one, with a diagnostic.
    """
    names = cells(lines[0])
    found = [names]
    for line in lines[2:]:
        row = cells(line)
        if len(row) > len(names):
            first = row[len(names)]
            what = f"{len(row)} cells under {len(names)} names: the last cells are shown as one"
            report(line.number, first.column, Level.warning, "wide-row", what)
            last = row[len(names) - 1]
            rest = line.text[last.column - line.column :].strip().removesuffix("|").rstrip()
            row = [*row[: len(names) - 1], last._replace(text=rest)]
        found.append([*row, *(Line(line.number, "") for _ in range(len(names) - len(row)))])
    return found
