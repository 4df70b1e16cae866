"""reStructuredText's tables that are lists or CSV (`list-table`, `csv-table`): their rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence

from publisher.digest.source_text import Line

KINDS = frozenset(("list-table", "csv-table"))
OPTIONS = frozenset(("header-rows", "header", "delim", "file", "url"))
_ROW = re.compile(r"[*+-][ \t]+(?=-(?:[ \t]|$))")
_CELL = re.compile(r"[ \t]+-(?:[ \t]+|$)")
_DELIMITERS = {"tab": "\t", "space": " "}

Rows = list[tuple[int, list[str]]]


def rows_of(kind: str, lines: Sequence[Line], options: Mapping[str, str]) -> Rows | None:
    """Return a table's rows with their lines' numbers; None where they cannot be told."""
    filled = [line for line in lines if line.text.strip()]
    if not filled or "file" in options or "url" in options:
        return None
    return _listed(filled) if kind == "list-table" else _separated(filled, options)


def has_names(options: Mapping[str, str]) -> bool:
    """Return whether the first row names the columns."""
    return "header" in options or options.get("header-rows", "0").strip() not in ("", "0")


def _listed(lines: Sequence[Line]) -> Rows | None:
    rows: Rows = []
    column = 0
    for line in lines:
        row, cell = _ROW.match(line.text), _CELL.match(line.text)
        if row:
            column = row.end()
            rows.append((line.number, [line.text[column + 1 :].strip()]))
        elif not rows or not line.text[0].isspace():
            return None
        elif cell and line.text.index("-") == column:
            rows[-1][1].append(line.text[cell.end() :].strip())
        else:
            words = line.text.strip()
            rows[-1][1][-1] = f"{rows[-1][1][-1]} {words}".strip()
    return rows


def _separated(lines: Sequence[Line], options: Mapping[str, str]) -> Rows | None:
    given = options.get("delim", ",")
    delimiter = _DELIMITERS.get(given, given)
    if len(delimiter) != 1:
        return None
    names = [options["header"]] if "header" in options else []
    texts = [*names, *(line.text for line in lines)]
    numbers = [lines[0].number] * len(names) + [line.number for line in lines]
    rows: Rows = []
    reader = csv.reader(
        (f"{text}\n" for text in texts), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    first = 0
    try:
        for row in reader:
            rows.append((numbers[first], [" ".join(cell.split()) for cell in row]))
            first = reader.line_num
    except csv.Error:
        return None
    return rows
