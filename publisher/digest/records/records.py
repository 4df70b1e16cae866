"""A unit of lines as an item: its title, its links, its fields."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.fields import citations, titles
from publisher.digest.fields.details import take_details
from publisher.digest.fields.draft_item import DraftItem, Part, entitle, from_heading
from publisher.digest.fields.field_values import GOES_ON
from publisher.digest.fields.item_fields import take
from publisher.digest.fields.item_numbers import unnumbered
from publisher.digest.fields.labels import label_of, role_of
from publisher.digest.fields.link_lines import line_links
from publisher.digest.fields.titles import without_fragments
from publisher.digest.markdown.line_marks import BULLET, RULE
from publisher.digest.markdown.list_entries import entry_lines
from publisher.digest.markdown.tables import cells
from publisher.digest.records.entries import from_entry
from publisher.digest.records.layout import Kind, Layout, Row
from publisher.digest.records.rows import from_row, title_column
from publisher.digest.records.units import Form, Unit
from publisher.digest.source_text import Line
from publisher.model import Link, links_in, plain

#: A longer line is a text.
_LONGEST_LEAD = 300
#: A stressed title, and more behind it.
_STRESS = re.compile(r"\*\*[^*]{8,300}\*\*[ \t]*[-—–·|][ \t]*\S")
#: A line that begins with a link, and is more than it.
_LINKED_FIRST = re.compile(
    r"[*_]{0,3}\[[^\[\]\n]{8,300}\]\([^()\s]{1,500}\)[*_]{0,3}[ \t]*[·|•—–-]"
)
_NAMED = re.compile("《([^《》\n]{2,200})》")


def _field_lines(layout: Layout, unit: Unit) -> list[Line]:
    """Return the rows of a table that is one paper's as lines: `**label**: value`."""
    lines: list[Line] = []
    for index in range(unit.start, unit.end):
        line = layout.lines[index]
        if layout.kinds[index] is Kind.head and index > unit.start:
            continue
        row = cells(line) if layout.kinds[index] in (Kind.head, Kind.row) else [line]
        row = [cell for cell in row if cell.text]
        if len(row) == 2 and role_of(row[0].text.strip("*_ :：")):  # noqa: PLR2004
            lines.append(row[1]._replace(text=f"{row[0].text.rstrip(':： ')}: {row[1].text}"))
        else:
            lines += row
        lines.append(Line(line.number, ""))
    return lines


def _column(layout: Layout, row: Row) -> int:
    """Return the column of titles in a row's table."""
    if not layout.columns:
        tables: dict[int, list[Row]] = {}
        for other in layout.rows.values():
            tables.setdefault(other.table, []).append(other)
        layout.columns = {table: title_column(rows) for table, rows in tables.items()}
    return layout.columns[row.table]


def draft_of(layout: Layout, unit: Unit, form: Form) -> DraftItem:
    """Return the item that a unit is."""
    row = layout.rows.get(unit.start)
    if form is Form.row and row:
        draft = from_row(layout.lines[unit.start], row, _column(layout, row))
        for index in range(unit.start + 1, unit.end):
            draft.add([Line(layout.lines[index].number, ""), *layout.rows[index].cells])
    elif layout.levels[unit.start]:
        draft = _under_heading(layout, unit)
    elif layout.kinds[unit.start] is Kind.entry or form is Form.number:
        draft = _under_entry(layout, unit)
    else:
        draft = _OTHERS.get(form, _under_first_line)(layout, unit)
    if not draft.links:
        _take_end(draft)
    known = {link.url for link in draft.links}
    draft.links += [
        address.link
        for address in unit.own
        if address.link.url not in known and "://" in address.link.url
    ]
    return draft


def _take(layout: Layout, unit: Unit, lines: Sequence[Line], draft: DraftItem) -> DraftItem:
    """Sort lines into a draft, and return it."""
    own = frozenset(layout.lines[address.line].number for address in unit.own)
    take(lines, draft, own, layout.repeated)
    return draft


def _under_heading(layout: Layout, unit: Unit) -> DraftItem:
    content = layout.contents[unit.start]
    content = content._replace(text=without_fragments(content.text))
    is_more = content.text.startswith("**") and _STRESS.match(content.text)
    draft = from_entry(content) if is_more else from_heading(content)
    below = layout.lines[unit.start + 1 : unit.end]
    if draft.heading and titles.is_odd_title(draft.heading):
        untitled = _take(layout, unit, below, DraftItem(draft.line, "", list(draft.links)))
        if untitled.heading:  # above it stands a date, or who wrote it
            if not take_details(content.text, untitled):
                untitled.body.insert(0, Part(None, [content, Line(content.number, "")]))
            return untitled
    return _take(layout, unit, below, draft)


def _under_entry(layout: Layout, unit: Unit) -> DraftItem:
    """Return the item of an entry or a numbered line, whose title may go on in the next lines."""
    lines = layout.lines[unit.start : unit.end]
    below = list(lines[1:])
    if bullet := BULLET.match(lines[0].text):
        inside, end = entry_lines(lines, 0, bullet)
        below = [*inside[1:], *lines[end:]]
    content = layout.contents[unit.start]
    while below and below[0].text.strip() and _goes_on(content.text):
        content = content._replace(text=f"{content.text.rstrip()} {below.pop(0).text.strip()}")
    draft = from_entry(content)
    if not (draft.heading or draft.links or draft.body or draft.values):  # a field
        below.insert(0, content.after(len(content.text) - len(unnumbered(content.text))))
    return _take(layout, unit, below, draft)


def _goes_on(text: str) -> bool:
    return bool(GOES_ON.search(text)) or citations.is_cited(text)


def _of_table(layout: Layout, unit: Unit) -> DraftItem:
    draft = DraftItem(layout.lines[unit.start].number, "")
    return _take(layout, unit, _field_lines(layout, unit), draft)


def _under_linked_title(layout: Layout, unit: Unit) -> DraftItem:
    """Return the item of a title that ends in its link, in one line or a few."""
    last = max(address.line for address in unit.own)
    words = " ".join(layout.text(index) for index in range(unit.start, last + 1))
    first = layout.lines[unit.start]._replace(text=words)
    draft = from_entry(first) if _STRESS.match(words) else from_heading(first)
    return _take(layout, unit, layout.lines[last + 1 : unit.end], draft)


def _of_paragraph(layout: Layout, unit: Unit) -> DraftItem:
    """Return the item of a paragraph that leads to a paper: the words of its link are the title."""
    draft = DraftItem(layout.lines[unit.start].number, "", [address.link for address in unit.own])
    titled = next((address.link for address in unit.own if address.is_titled), None)
    first = layout.contents[unit.start]
    if unit.end > unit.start + 1 and _LINKED_FIRST.match(first.text):
        draft = from_entry(first)
        return _take(layout, unit, layout.lines[unit.start + 1 : unit.end], draft)
    if titled:
        entitle(draft, plain(titled.children))
    elif unit.own[0].line == unit.start and len(first.text) < _LONGEST_LEAD:
        draft.heading = _unless_prose(from_entry(first).heading)  # `A title: https://…`
    draft.add(layout.lines[unit.start : unit.end])
    return draft


def _unless_prose(words: str) -> str:
    """Return words that may be a title; of sentences the one title in its marks, or nothing."""
    if "。" not in words.rstrip("。"):
        return words
    named = _NAMED.findall(words)
    return named[0] if len(named) == 1 else ""


def _under_first_line(layout: Layout, unit: Unit) -> DraftItem:
    """Return the item whose title, if it has one, is its first line."""
    lines = list(layout.lines[unit.start : unit.end])
    draft = DraftItem(lines[0].number, "")
    while len(lines) > 1 and GOES_ON.search(lines[0].text) and lines[1].text.strip():
        joined = f"{lines[0].text.rstrip()} {lines.pop(1).text.strip()}"
        lines[0] = lines[0]._replace(text=joined)
    if lines[0].text.strip().isdigit():
        del lines[0]
    return _take(layout, unit, lines, draft)


def _between_rules(layout: Layout, unit: Unit) -> DraftItem:
    """Return the item that stands between rules; above its title may be a mark like `[ Photo ]`."""
    lines = list(layout.lines[unit.start : unit.end])
    while len(lines) > 1 and titles.is_odd_title(lines[0].text) and lines[1].text.strip():
        if line_links(lines[0].text) or label_of(lines[0].text):
            break
        lines = [*lines[1:], lines[0]]
    return _titled(layout, unit, lines)


def _above_links(layout: Layout, unit: Unit) -> DraftItem:
    """Return the item of a title above its links, or of links alone."""
    return _titled(layout, unit, list(layout.lines[unit.start : unit.end]))


def _titled(layout: Layout, unit: Unit, lines: list[Line]) -> DraftItem:
    """Return the item whose first line is its title, unless it is something else."""
    first = lines[0]
    label = label_of(first.text, layout.repeated)
    draft = DraftItem(layout.lines[unit.start].number, "")
    is_title = titles.may_be_title(first.text) and not titles.is_odd_title(first.text)
    if is_title and not line_links(first.text) and not (label and label.is_known):
        while len(lines) > 1 and GOES_ON.search(first.text) and lines[1].text.strip():
            first = first._replace(text=f"{first.text.rstrip()} {lines.pop(1).text.strip()}")
        if _STRESS.match(first.text):
            draft = from_entry(first)
        else:
            nodes = titles.inlines(titles.unbulleted(first.text).lstrip(" #"))
            entitle(draft, titles.title_of(nodes))
            draft.links += links_in(nodes)
        del lines[0]
    return _take(layout, unit, lines, draft)


_OTHERS = {
    Form.table: _of_table,
    Form.titled: _under_linked_title,
    Form.paragraph: _of_paragraph,
    Form.rule: _between_rules,
    Form.above: _above_links,
}


def _take_end(draft: DraftItem) -> None:
    """Take links on lines of their own off the end of an item that has none at the top."""
    if not draft.body or draft.body[-1].term:
        return
    lines = draft.body[-1].lines
    ends: list[Sequence[Link]] = []
    end = len(lines)
    while end > 0:
        text = lines[end - 1].text
        if text.strip() and not RULE.match(text):
            links = line_links(text)
            if not links:
                break
            ends.append(links)
        end -= 1
    if ends:
        del lines[end:]
        draft.links += [link for links in reversed(ends) for link in links]
