"""Candidates whose units begin at headings, entries, rows, numbers and labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise

from publisher.digest.fields import item_numbers, link_names, titles
from publisher.digest.fields.field_tables import is_text_row
from publisher.digest.fields.labels import Role, role_of
from publisher.digest.records import heading_labels
from publisher.digest.records.layout import BOLD, Address, Kind, Layout, Place, unmarked
from publisher.digest.records.units import Candidate, Form, Range, candidate
from publisher.model import Inline
from publisher.paper_id import PaperId

#: Deeper lists hold no items.
_DEEPEST = 8
#: Lines from a heading to its paper's link.
_TALLEST = 12


def structural(part: Range) -> list[Candidate]:
    """Return the candidates whose units begin at headings, entries, rows, numbers and labels."""
    structure = _Structure(part)
    candidates = (
        *structure.headings(),
        *structure.mixed_headings(),
        *structure.entries(),
        *structure.rows(),
        *structure.numbers(),
        *structure.titles(),
        *structure.records(),
        *structure.rules(),
    )
    return [candidate for candidate in candidates if candidate.units]


class _Structure:
    """What a range is made of, by the kinds of its lines."""

    def __init__(self, part: Range) -> None:
        self.part = part
        self.layout = part.layout
        self.inside = range(part.start, part.end)
        levels = self.layout.levels
        self.titled = [index for index in self.inside if levels[index]]
        self.labels = heading_labels.labels(self.layout, self.titled)
        #: Headings that end an item of any form.
        self.walls = [i for i in self.titled if levels[i] < BOLD and i not in self.labels]

    def candidate(
        self, form: Form, starts: Container[int], bounds: Iterable[int], level: int = 0
    ) -> Candidate:
        """Return the candidate of units from each start to the next bound."""
        edges = [*sorted(set(bounds)), self.part.end]
        spans = [(start, end) for start, end in pairwise(edges) if start in starts]
        return candidate(form, level, self.part, spans, self.labels)

    def headings(self) -> Iterator[Candidate]:
        """Yield a candidate for each level of headings."""
        levels = self.layout.levels
        for level in sorted({levels[index] for index in self.titled}):
            bounds = [
                i for i in self.titled
                if levels[i] < level or (levels[i] == level and i not in self.labels)
            ]  # fmt: skip
            starts = {
                i for i in bounds
                if levels[i] == level and not heading_labels.is_section(self.layout, i, self.labels)
            }  # fmt: skip
            form = Form.stressed if level == BOLD else Form.heading
            yield self.candidate(form, starts, bounds, level)

    def mixed_headings(self) -> Iterator[Candidate]:
        """Yield the candidate of headings of any level with a paper right below them."""
        levels = self.layout.levels
        headings = [i for i in self.titled if levels[i] < BOLD and i not in self.labels]
        starts: dict[int, int] = {}
        for index, end in pairwise([*headings, self.part.end]):
            addresses = Range.of(self.layout, index, min(end, index + _TALLEST)).addresses
            if any(a.paper and a.place <= Place.alone for a in addresses):
                starts[index] = levels[index]
        if len(set(starts.values())) < 2:  # noqa: PLR2004  (else there is no mixture)
            return
        bounds: list[int] = []
        level = BOLD
        for index in headings:
            if index in starts or levels[index] <= level:
                bounds.append(index)
                level = levels[index]
        yield self.candidate(Form.heading, starts, bounds)

    def entries(self) -> Iterator[Candidate]:
        """Yield a candidate for each depth of lists, and one for entries with papers at any.

        What stands below the last entry of a list is its text.
        """
        layout, indents = self.layout, self.layout.indents
        listed = [index for index in self.inside if indents[index] >= 0]
        addresses = self.part.addresses
        # The words of their links translate the title above them, or name a link of the entry's.
        translations = {a.line for a in addresses if a.place is Place.alone and a.is_titled}
        translations |= _links_below(addresses, indents)
        for indent in sorted({indents[index] for index in listed})[:_DEEPEST]:
            starts = {i for i in listed if indents[i] == indent and not _is_field(layout, i)}
            starts -= translations
            marks = {_is_numbered(layout, index) for index in starts}
            bounds = [
                i for i in listed
                if indents[i] < indent
                or (indents[i] == indent and _is_numbered(layout, i) in marks)
            ]  # fmt: skip
            yield self.candidate(Form.entry, starts, [*bounds, *self.walls], indent)
        about = {
            address.line
            for address in self.part.addresses
            if address.paper and address.place is Place.head and indents[address.line] >= 0
        }
        if len({indents[index] for index in about}) > 1:
            below = _below(layout, about, self.inside)
            bounds = [index for index in listed if index in about or index not in below]
            yield self.candidate(Form.entry, about, [*bounds, *self.walls], _DEEPEST + 1)

    def rows(self) -> Iterator[Candidate]:
        """Yield the candidate of rows, and that of tables with a paper each."""
        layout = self.layout
        rows = [index for index in self.inside if layout.kinds[index] is Kind.row]
        if not rows:
            return
        spans: list[tuple[int, int]] = []
        for index in rows:
            if spans and spans[-1][1] == index and is_text_row(layout.rows[index].cells):
                spans[-1] = spans[-1][0], index + 1
            elif not _is_field_row(layout, index):
                spans.append((index, index + 1))
        yield candidate(Form.row, 0, self.part, spans, self.labels)
        sizes = Counter(layout.rows[index].table for index in rows)
        tables = self.candidate(Form.table, sizes, [*sizes, *self.titled])
        if len(sizes) > 1 and all(u.is_alone and sizes[u.start] > 1 for u in tables.units):
            yield tables

    def numbers(self) -> Iterator[Candidate]:
        """Yield the candidate of all numbered lines, and one for each way to number them."""
        layout, levels = self.layout, self.layout.levels
        styles: dict[str, list[int]] = {}
        for index in self.inside:
            is_line = layout.kinds[index] in (Kind.heading, Kind.text, Kind.entry)
            if is_line and index not in self.labels and not _is_field(layout, index):
                style = _style(layout, index)
                if style:
                    styles.setdefault(style, []).append(index)
        numbered = sorted(index for indexes in styles.values() for index in indexes)
        for indexes in (numbered, *(styles.values() if len(styles) > 1 else ())):
            if not indexes:
                continue
            # Where all are headings, deeper ones are parts of the units.
            on = {levels[index] for index in indexes}
            deepest = BOLD if 0 in on else max(on)
            bounds = [index for index in self.titled if levels[index] <= deepest]
            yield self.candidate(Form.number, set(indexes), [*indexes, *bounds])

    def titles(self) -> Iterator[Candidate]:
        """Yield the candidate of labels of titles."""
        labels = self.layout.labels
        labelled = [
            index
            for index in self.inside
            if index in labels
            and labels[index].role is Role.title
            and not _is_second_title(self.layout, index)
        ]
        starts = [_label_start(self.layout, index, self.part.start) for index in labelled]
        if starts[:1] == labelled[:1]:
            starts = labelled  # what stands above the others ends the item above
        if starts:
            yield self.candidate(Form.label, set(starts), [*starts, *self.walls])

    def records(self) -> Iterator[Candidate]:
        """Yield the candidate of paragraphs of a title and labelled lines right below it."""
        layout = self.layout
        starts = {
            index
            for index in self.inside
            if layout.kinds[index] is Kind.text
            and (index == self.part.start or layout.kinds[index - 1] in (Kind.blank, Kind.rule))
            and all(below in layout.labels for below in (index + 1, index + 2))
            and index not in layout.labels
            and titles.may_be_title(layout.text(index))
            and not link_names.names_a_link(titles.title_of(titles.inlines(layout.text(index))))
        }
        if len(starts) > 1 and not all(_is_below_heading(layout, index) for index in starts):
            yield self.candidate(Form.record, starts, [*starts, *self.titled])

    def rules(self) -> Iterator[Candidate]:
        """Yield the candidate of what stands between rules."""
        rules = [index for index in self.inside if self.layout.kinds[index] is Kind.rule]
        if rules:
            spans = list(_between(rules, self.part))
            yield candidate(Form.rule, 0, self.part, spans, self.labels)


def _links_below(addresses: Sequence[Address], indents: Sequence[int]) -> set[int]:
    """Return the entries that only name a link of the paper of the titled entry above them."""
    links: set[int] = set()
    above: PaperId | None = None
    for address in addresses:
        if indents[address.line] < 0 or not address.paper or address.place is Place.mention:
            continue
        if address.place is Place.alone and not address.is_titled and address.paper == above:
            links.add(address.line)
        elif address.is_titled:
            above = address.paper
    return links


def _nodes(layout: Layout, index: int) -> tuple[Inline, ...]:
    return titles.inlines(layout.text(index))


def _is_field(layout: Layout, index: int) -> bool:
    """Return whether a line is a labelled value and no title: no unit begins there."""
    label = layout.labels.get(index)
    return bool(label and label.is_known and label.role is not Role.title)


def _is_field_row(layout: Layout, index: int) -> bool:
    """Return whether a row is a label and its value."""
    row = layout.rows[index].cells
    words = row[0].text.strip("*_` ") if row else ""
    return 0 < len(row) <= 2 and (words[-1:] in (":", "：") or role_of(words) is not None)  # noqa: PLR2004


def _below(layout: Layout, entries: Container[int], inside: Iterable[int]) -> set[int]:
    """Return the entries that stand below one of several."""
    inner: set[int] = set()
    for index in inside:
        owner = layout.parents.get(index, -1)
        if owner in entries or owner in inner:
            inner.add(index)
    return inner


#: `[3. Title](…)`: the number is on the link.
_LINKED_NUMBER = re.compile(r"\[(?=[0-9]{1,3}\\?[.、)][ \t])")


def _style(layout: Layout, index: int) -> str:
    """Return how a line is numbered: `1.` `（一）` `【1】`, one digit for all; or nothing."""
    text = _LINKED_NUMBER.sub("", unmarked(layout, index))
    number = item_numbers.NUMBER.match(text)
    if not number:
        return ""
    shape = re.sub(r"[0-9]+", "1", number[0])
    shape = re.sub(r"[一二三四五六七八九十]+", "一", shape)
    return re.sub(r"[\u2460-\u2487\u2776-\u277f\u3220-\u3229]", "①", shape).strip() or "1"


def _is_second_title(layout: Layout, index: int) -> bool:
    """Return whether a title's label stands right below another: they are of one paper."""
    above = layout.labels.get(index - 1)
    if not above or above.role not in (Role.title, Role.translation):
        return False
    if above.role is Role.title:
        values = (layout.text(line)[layout.labels[line].end :] for line in (index - 1, index))
        return titles.translates(*values)
    # A translation may end a paper's fields as well as begin them.
    first = next(
        (
            i
            for i in range(index - 2, -1, -1)
            if i in layout.labels and layout.labels[i].role is Role.title
        ),
        index - 1,
    )
    return not any(a.paper for a in Range.of(layout, first, index).addresses)


def _is_below_heading(layout: Layout, index: int) -> bool:
    """Return whether a heading, or a stressed line, stands right above a line."""
    above = _written_above(layout, index, 0)
    return above >= 0 and layout.levels[above] > 0


def _is_numbered(layout: Layout, index: int) -> bool:
    """Return whether the entry at a line has a number: those with bullets are of another list."""
    return layout.lines[index].text.lstrip()[:1].isdigit()


def _label_start(layout: Layout, index: int, floor: int) -> int:
    """Return where the unit of a title's label begins: a number may stand above it, or arXiv's."""
    above = _written_above(layout, index, floor)
    if above < floor:
        return index
    text = layout.text(above).strip()
    if text.isdigit() or _IDENTIFIED.match(text):
        return above
    number = _written_above(layout, above, floor)  # its headline may stand between
    is_headline = layout.kinds[above] is Kind.text and titles.may_be_title(text)
    is_headline = is_headline and above not in layout.labels and number >= floor
    return number if is_headline and layout.text(number).strip().isdigit() else index


def _written_above(layout: Layout, index: int, floor: int) -> int:
    """Return the next line above that is not blank; one above `floor` where there is none."""
    above = index - 1
    while above >= floor and layout.is_blank(above):
        above -= 1
    return above


_IDENTIFIED = re.compile(r"(?:\[[0-9]{1,4}\][ ]?)?\[?arXiv[:： ][ ]?[0-9a-z./-]+", re.IGNORECASE)


def _between(rules: Sequence[int], part: Range) -> Iterator[tuple[int, int]]:
    for one, other in pairwise([part.start - 1, *rules, part.end]):
        start = one + 1
        while start < other and part.layout.is_blank(start):
            start += 1
        if start < other:
            yield start, other
