"""Which units of a candidate are items, and where each of them ends."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import pairwise

from publisher.digest.fields import item_numbers, titles
from publisher.digest.records.anchors import from_title
from publisher.digest.records.layout import BOLD, Kind, Layout
from publisher.digest.records.units import SURE, Candidate, Form, Range, Unit, is_record
from publisher.model import plain
from publisher.paper_id import PaperId

#: A longer line is rather a text than a heading of a section.
_LONGEST_SECTION = 40
_OF_HEADINGS = (Form.heading, Form.stressed)
_OF_LISTS = (Form.entry, Form.number, Form.row)


def selected(candidate: Candidate, part: Range, owned: AbstractSet[PaperId]) -> list[Unit]:
    """Return the units that are items, each to where its text ends.

    `owned` are the papers that other parts of the digest have items for.
    """
    units = _items(candidate, part, owned)
    if len(units) > 1 and candidate.form not in (Form.row, Form.rule):
        units[-1] = _without_outro(part, units)
    if not units or candidate.form in (Form.heading, Form.row):
        return units
    if candidate.form is Form.rule and len(units) > 1:
        units[0] = from_title(part, units[0], units[1])
    if candidate.form in (Form.entry, Form.number):
        _cut_tail(part.layout, units)
    return _without_headings(part, units)


def _items(candidate: Candidate, part: Range, owned: AbstractSet[PaperId]) -> list[Unit]:
    """Return the units with a paper or a page, and what stands beside such in a list."""
    units, form = candidate.units, candidate.form
    known = {paper for unit in units if not unit.is_weak for paper in unit.papers} | owned
    alone = {paper for unit in units if unit.is_alone for paper in unit.papers}
    told = {paper for unit in units if unit.is_sure for paper in unit.papers}
    sure = [
        u for u in units
        if u.own
        and not (u.is_weak and u.papers[0] in known)
        and not (not u.is_sure and told.issuperset(u.papers))
        and not (u.is_shared and alone.issuperset(u.papers))
    ]  # fmt: skip
    if not sure:
        return _without_addresses(candidate, part)
    starts = {unit.start for unit in sure}
    if form in _OF_HEADINGS and not _are_links(sure):
        return [
            u for u in units if u.start in starts or _is_about_others(u, part.layout, known)
        ]  # fmt: skip
    if form is Form.label:
        return [u for u in units if u.start in starts or u.title == SURE]
    if form not in _OF_LISTS:
        return sure if form not in _OF_HEADINGS else [unit for unit in sure if not unit.is_weak]
    if not any(unit.papers for unit in sure):
        return [unit for unit in units if unit.own and unit.title]
    return _listed(candidate, part.layout)


def _without_addresses(candidate: Candidate, part: Range) -> list[Unit]:
    """Return the items of a candidate none of which has an address: headings over texts."""
    records = [unit for unit in candidate.units if is_record(part.layout, unit)]
    if len(records) > 1:
        return records
    if part.addresses and candidate.form not in (*_OF_HEADINGS, Form.label):
        return []
    if candidate.form not in (Form.heading, Form.label):
        return []
    kinds = part.layout.kinds
    filled = [
        unit
        for unit in candidate.units
        if unit.title
        and any(kinds[i] not in (Kind.blank, Kind.rule) for i in range(unit.start + 1, unit.end))
    ]
    return filled or list(candidate.units)


def _are_links(units: Sequence[Unit]) -> bool:
    """Return whether each unit's heading is its link: headings without one are parts of texts."""
    strong = [unit for unit in units if not unit.is_weak]
    return bool(strong) and all(a.line == unit.start for unit in strong for a in unit.own)


def _is_about_others(unit: Unit, layout: Layout, known: AbstractSet[PaperId]) -> bool:
    """Return whether a unit's text leads to papers, none of which has an item."""
    papers = {a.paper for a in Range.of(layout, unit.start, unit.end).addresses if a.paper}
    return bool(not unit.own and unit.title and papers) and not papers & known


def _listed(candidate: Candidate, layout: Layout) -> list[Unit]:
    """Return the entries of all lists with a paper, but for those of a list of contents."""
    with_papers = [unit for unit in candidate.units if unit.papers]
    named = {_name(layout, unit) for unit in with_papers}
    walls = [index for index, level in enumerate(layout.levels) if level]
    lists = {_list_of(unit, walls, layout) for unit in with_papers}
    is_numbered = candidate.form is Form.number
    links = {plain(address.link.children) for unit in with_papers for address in unit.own}
    kept = [
        u for u in candidate.units
        if u.papers
        or (is_numbered and u.own and u.title)
        or (
            (u.title or u.own)
            and (_list_of(u, walls, layout) in lists or _is_alike(u, links))
            and _name(layout, u) not in named
            and not _is_aside(layout, u)
        )
    ]  # fmt: skip
    if not is_numbered:
        return kept
    # What has no address, at either end, introduces the others or ends them.
    addressed = [place for place, unit in enumerate(kept) if unit.own]
    return kept[addressed[0] : addressed[-1] + 1]


def _is_alike(unit: Unit, links: AbstractSet[str]) -> bool:
    """Return whether a unit's title has a link with the words that links of papers have."""
    return unit.title > 0 and any(plain(address.link.children) in links for address in unit.own)


def _is_aside(layout: Layout, unit: Unit) -> bool:
    """Return whether an entry without an address stands in brackets: `(See the full page)`."""
    text = layout.text(unit.start).strip(" *_")
    return not unit.own and text[:1] + text[-1:] in ("()", "（）")


def _name(layout: Layout, unit: Unit) -> str:
    return item_numbers.unnumbered(
        titles.title_of(titles.inlines(layout.text(unit.start)))
    ).casefold()


def _list_of(unit: Unit, walls: Sequence[int], layout: Layout) -> int:
    """Return what tells the list or table of a unit from others."""
    row = layout.rows.get(unit.start)
    return -row.table - 1 if row else bisect_right(walls, unit.start)


# --- Where units end ----------------------------------------------------------------------


def _cut_tail(layout: Layout, units: list[Unit]) -> None:
    """Cut what stands below the last of several entries, and below no other of them."""
    if len(units) == 1 or any(_has_tail(layout, unit, Kind.text) for unit in units[:-1]):
        return
    is_quoted = any(_has_tail(layout, unit, Kind.quote) for unit in units[:-1])
    if tail := _tail(layout, units[-1], (Kind.text,) if is_quoted else (Kind.text, Kind.quote)):
        units[-1] = replace(units[-1], end=tail)


def _without_outro(part: Range, units: Sequence[Unit]) -> Unit:
    """Return the last unit, up to a rule where one rule ends each of the others."""
    layout, last = part.layout, units[-1]
    rules = [i for i in range(part.start, part.end) if layout.kinds[i] is Kind.rule]
    spans = [[bisect_left(rules, index) for index in (u.start, u.end)] for u in units]
    if any(below - above != 1 for above, below in spans):
        return last
    ends = [rules[above] for above, _ in spans]
    is_end = all(
        _is_blank(layout, end + 1, u.end) for end, u in zip(ends[:-1], units, strict=False)
    )
    below = Range.of(layout, ends[-1], last.end).addresses
    return replace(last, end=ends[-1]) if is_end and not any(a.paper for a in below) else last


def _is_blank(layout: Layout, start: int, end: int) -> bool:
    return all(layout.is_blank(index) for index in range(start, end))


def _has_tail(layout: Layout, unit: Unit, kind: Kind) -> bool:
    """Return whether a paragraph or a quote outside of its list stands in a unit."""
    inner = unit.start if layout.indents[unit.start] >= 0 else 0
    return any(
        layout.kinds[index] is kind and layout.owners[index] < inner and layout.is_blank(index - 1)
        for index in range(unit.start + 1, unit.end)
    )


def _tail(layout: Layout, unit: Unit, kinds: Container[Kind]) -> int:
    """Return the first line of a unit that is outside of its list, behind a blank line; or 0."""
    is_entry = layout.indents[unit.start] >= 0
    inner = unit.start if is_entry else 0
    for index in range(unit.start + 1, unit.end):
        is_text = layout.kinds[index] in kinds
        if is_text and layout.owners[index] < inner and layout.is_blank(index - 1):
            is_indented = layout.lines[index].text[:1] in " \t\u3000"
            is_own = any(address.line >= index for address in unit.own)
            return 0 if is_own or (is_indented and not is_entry) else index
        if is_text and layout.lines[index].text[:1] not in " \t\u3000":
            return 0  # its lines are not indented, and what is below may be its own
    return 0


def _without_headings(part: Range, units: Sequence[Unit]) -> list[Unit]:
    """Return units without the short lines at their ends that stand over the next ones.

    These lines become headings, and what stands so above the first unit with them.
    """
    layout = part.layout
    headings: list[int] = []
    cut = list(units)
    for place, (unit, following) in enumerate(pairwise(units)):
        last = _heading_above(layout, unit.end, unit.start + 1)
        if following.start == unit.end and last >= 0:
            headings.append(last)
            cut[place] = replace(unit, end=last)
    if headings and (first := _heading_above(layout, units[0].start, part.start)) >= 0:
        headings.append(first)
    for index in headings:
        layout.levels[index] = layout.levels[index] or BOLD
    return cut


def _heading_above(layout: Layout, end: int, floor: int) -> int:
    """Return the line that stands by itself above another and may be a heading; -1 if none."""
    last = end - 1
    while last >= floor and layout.kinds[last] in (Kind.blank, Kind.head):
        last -= 1
    if last < floor or layout.kinds[last] is not Kind.text or layout.owners[last] >= 0:
        return -1
    text = layout.text(last)
    is_heading = (
        layout.is_blank(last - 1)
        and titles.may_be_title(text)
        and len(text) <= _LONGEST_SECTION
        and last not in layout.labels
        and not Range.of(layout, last, last + 1).addresses
        and not text.startswith("#")
    )
    return last if is_heading else -1


def papers_of_paragraph(layout: Layout, unit: Unit, owned: Container[PaperId]) -> Sequence[PaperId]:
    """Return the papers that the first paragraph of a unit leads to, less those of other items.

    Where items are paragraphs no address is marked as the item's: a second paper may want to be
    an item, too.
    """
    lines = range(unit.start, unit.end)
    end = next((index for index in lines if layout.is_blank(index)), unit.end)
    papers = dict.fromkeys(a.paper for a in Range.of(layout, unit.start, end).addresses if a.paper)
    return [paper for paper in papers if paper not in owned or paper in unit.papers]
