"""Tables of labels and their values, as labelled lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.digest.fields import titles
from publisher.digest.fields.draft_item import METADATA
from publisher.digest.fields.labels import Role, role_of
from publisher.digest.markdown.tables import cells, tables_of
from publisher.digest.source_text import Line
from publisher.model import links_in

#: What the column of values is called.
_VALUE = re.compile(
    r"(?:values?|contents?|details?|descriptions?|info(?:rmation)?|内容|內容|具体内容|值|详情|信息"
    r"|说明|描述|詳細|説明|내용|값)",
    re.IGNORECASE,
)


def without_tables(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield lines, with a table of labels and their values as labelled lines."""
    index = 0
    for start, end in tables_of(lines):
        yield from lines[index:start]
        rows = [
            cells(line)
            for line in lines[start:end]
            if "---" not in line.text or "|" not in line.text
        ]
        fields = list(_fields(rows))
        yield from fields or lines[start:end]
        if fields:
            yield Line(lines[end - 1].number, "")
        index = end
    yield from lines[index:]


def _fields(rows: Sequence[Sequence[Line]]) -> Iterator[Line]:
    """Yield the labelled lines of a table, if it has labels in its first column or first row."""
    if _are_columns(rows):
        yield from (_labelled(*pair) for pair in zip(*rows, strict=False) if pair[1].text)
    elif _are_fields(rows):
        has_names = len(rows[0]) == 2 and _VALUE.fullmatch(_plain(rows[0][1]))  # noqa: PLR2004
        for row in rows[1:] if has_names else rows:
            if not any(cell.text for cell in row):
                continue
            if len(row) == 2 and role_of(_plain(row[0])) is not Role.group:  # noqa: PLR2004
                yield _labelled(*row)
            elif len(row) == 1:
                yield row[0]


def _labelled(name: Line, value: Line) -> Line:
    words = _plain(name).rstrip(":： ")
    stress = "" if role_of(words) else "**"
    return value._replace(text=f"{stress}{words}{stress}: {value.text}")


def _are_fields(rows: Sequence[Sequence[Line]]) -> bool:
    """Return whether rows hold labels and their values.

    What the first row says is not enough: `Method | Accuracy` names the columns of any table.
    """
    named = [row for row in rows[1:] if not row or _is_label(row[0])]
    return 2 * len(named) >= len(rows) - 1 > 0 and all(len(row) <= 2 for row in rows)  # noqa: PLR2004


#: What the names of columns may be where the only row is about the item itself.
_OWN = (Role.link, *METADATA)


def _are_columns(rows: Sequence[Sequence[Line]]) -> bool:
    """Return whether the only row below the names of columns holds details of one paper."""
    if len(rows) != 2 or len(rows[0]) < len(rows[1]):  # noqa: PLR2004
        return False
    roles = [role_of(_plain(name)) for name in rows[0]]
    return Role.link in roles and all(role in _OWN for role in roles)


def is_field_row(cells: Sequence[Line]) -> bool:
    """Return whether a row holds a label and its value."""
    return len(cells) == 2 and _is_label(cells[0])  # noqa: PLR2004


def is_text_row(cells: Sequence[Line]) -> bool:
    """Return whether a row holds a text in one of several columns: it is of the row above."""
    words = [cell.text for cell in cells if cell.text]
    if len(words) != 1 or len(cells) == 1 or titles.may_be_title(words[0]):
        return False
    return not any(True for _ in links_in(titles.inlines(words[0])))


def _is_label(cell: Line) -> bool:
    words = _plain(cell)
    return not words or words[-1] in ":：" or role_of(words) is not None


def _plain(cell: Line) -> str:
    return cell.text.strip("*_` ")
