"""Tables of labels and their values, as labelled lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.digest.labels import Role, role_of
from publisher.digest.source import Line
from publisher.digest.tables import cells, end_of_table


def without_tables(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield lines, with a table of labels and their values as labelled lines."""
    index = 0
    while index < len(lines):
        end = end_of_table(lines, index) if "|" in lines[index].text else index
        rows = [
            cells(line)
            for line in lines[index:end]
            if "---" not in line.text or "|" not in line.text
        ]
        named = [row for row in rows if not row or _is_label(row[0])]
        if end > index and 2 * len(named) >= len(rows) > 1 and all(len(row) <= 2 for row in rows):  # noqa: PLR2004
            for row in rows:
                if len(row) == 2 and role_of(_plain(row[0])) is not Role.group:  # noqa: PLR2004
                    yield row[1]._replace(text=f"{_plain(row[0]).rstrip(':： ')}: {row[1].text}")
                elif len(row) == 1:
                    yield row[0]
            yield Line(lines[end - 1].number, "")
        else:
            end = max(end, index + 1)
            yield from lines[index:end]
        index = end


def is_field_row(cells: Sequence[Line]) -> bool:
    """Return whether a row holds a label and its value."""
    return len(cells) == 2 and _is_label(cells[0])  # noqa: PLR2004


def _is_label(cell: Line) -> bool:
    words = _plain(cell)
    return not words or words[-1] in ":：" or role_of(words) is not None


def _plain(cell: Line) -> str:
    return cell.text.strip("*_` ")
