"""Rows of tables as items: their columns are fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from publisher.digest.fields import link_names, titles
from publisher.digest.fields.details import take_details
from publisher.digest.fields.draft_item import METADATA, DraftItem, entitle, note_value, term_of
from publisher.digest.fields.item_fields import take
from publisher.digest.fields.labels import Role, label_of
from publisher.digest.fields.link_lines import doi_links, line_links
from publisher.digest.markdown.autolink import paper_of
from publisher.digest.records.entries import from_entry, is_title_link
from publisher.digest.records.layout import Row
from publisher.digest.source_text import Line
from publisher.model import Link, Text, links_in, plain

#: Rows that tell what the columns of a table are.
_ENOUGH = 20


def from_row(line: Line, row: Row, column: int) -> DraftItem:
    """Return the item of a table's row, with its title in a column: the others are fields."""
    draft = DraftItem(line.number, "")
    cells = list(zip(row.cells, [*row.roles, *[None] * len(row.cells)], strict=False))
    names = [*row.names, *[None] * len(row.cells)]
    title = column if column < len(row.cells) and _may_hold_title(row.cells[column]) else -1
    if title < 0:
        title = next(
            (i for i, (cell, role) in enumerate(cells) if role in _FREE and _may_hold_title(cell)),
            -1,
        )
    for index, (cell, role) in enumerate(cells):
        nodes = titles.inlines(cell.text)
        words = plain(nodes).strip()
        if index == title:
            top, below = _parted(cell)
            inside = from_entry(top)
            entitle(draft, inside.heading)
            draft.absorb(inside)
            if below and not draft.other_title and _translates(below[0].text, draft.heading):
                draft.other_title = titles.title_of(titles.inlines(below.pop(0).text))
            take(below, draft)
        elif not _is_void(words, role) and (index or not words.isdigit()):
            _cell(draft, cell, role, names[index])
    return draft


def _parted(cell: Line) -> tuple[Line, list[Line]]:
    """Return a title's cell up to a break below which is no more of it, and the lines below."""
    pieces = _BREAK.split(cell.text)
    below = range(1, len(pieces))
    end = next(
        (n for n in below if _translates(pieces[n], pieces[0]) or _is_field(pieces[n])), None
    )
    if end is None:
        return cell, []
    lines = [cell._replace(text=piece) for piece in pieces[end:]]
    return cell._replace(text="<br>".join(pieces[:end])), lines


def _translates(piece: str, title: str) -> bool:
    """Return whether a line in a title's cell is the title in the other language."""
    words, other = (titles.title_of(titles.inlines(text)) for text in (piece, title))
    is_title = titles.may_be_title(words) and not titles.is_odd_title(words)
    return is_title and bool(other) and titles.translates(words, other) and not _is_field(piece)


def _is_field(piece: str) -> bool:
    label = label_of(piece)
    return label is not None and label.is_known


_FREE = (None, Role.link, Role.other, Role.title)
_BREAK = re.compile(r"[ \t]*<br ?/?>[ \t]*")


#: What programs write into a cell that has no value.
_NULLS = ("null", "none", "n/a", "nan", "无")


def _is_void(words: str, role: Role | None) -> bool:
    """Return whether a cell has nothing to show: its row's number, or no value."""
    if role is Role.number or words.lower() in _NULLS:
        return True
    return role not in METADATA and not any(map(str.isalnum, words))


def _may_hold_title(cell: Line) -> bool:
    words = titles.title_of(titles.inlines(cell.text))
    return any(map(str.isalpha, words)) and not titles.is_odd_title(words)


def title_column(rows: Sequence[Row]) -> int:
    """Return which column of a table holds titles: by its name, or by what most rows have in it."""
    if not rows:
        return -1
    roles = rows[0].roles
    if Role.title in roles:
        return roles.index(Role.title)
    sure: Counter[int] = Counter()
    may: Counter[int] = Counter()
    for row in rows[:_ENOUGH]:
        for index, cell in enumerate(row.cells):
            nodes = titles.inlines(cell.text)
            if any(is_title_link(link) and paper_of(link.url) for link in links_in(nodes)):
                sure[index] += 1
            role = roles[index] if index < len(roles) else None
            if role in _FREE and _may_hold_title(cell):
                may[index] += 1
    best = sure or may
    return min(best, key=lambda index: (-best[index], index)) if best else -1


def _cell(draft: DraftItem, cell: Line, role: Role | None, name: Line | None) -> None:
    nodes = titles.inlines(cell.text)
    links = list((doi_links(cell.text) if role is Role.link else ()) or links_in(nodes))
    if role is Role.translation:
        draft.other_title = draft.other_title or titles.title_of(nodes)
    elif role in METADATA:
        note_value(draft, role, cell)
    elif role is Role.link or (
        links and all(map(link_names.names_itself, links)) and line_links(cell.text)
    ):
        named = plain(titles.inlines(name.text)) if name else ""
        for link in links:
            is_renamed = named and link_names.is_bare(link)
            draft.links.append(Link(link.url, (Text(named),)) if is_renamed else link)
        if not links:
            draft.add([cell])
    elif role is Role.abstract or name is None or not name.text.strip(" *"):
        draft.add([cell, cell._replace(text="")])
    elif take_details(cell.text, draft):
        pass
    else:
        draft.body.append(term_of(name, [cell]))
