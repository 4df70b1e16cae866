"""The unit that a digest repeats once a paper: which lines begin one, and what each is about.

Candidates come in two tiers. A *structural* unit is a heading's section, an entry of a list, a row
of a table, a numbered line, what a title's label begins, or what stands between rules. An
*anchored* one begins or ends at a line of links. A structural unit that holds half of the papers
wins over all anchored ones. Within a tier candidates are compared by what they hold, in order:
papers, titles, texts. There are no weights.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from publisher.digest.fields import item_numbers, link_names, titles
from publisher.digest.fields.labels import Role
from publisher.digest.records.layout import BOLD, Address, Kind, Layout, Place, Row, unmarked
from publisher.model import plain
from publisher.paper_id import PaperId

#: How much of a score is about papers, and where in it the units stand with a sure title, about a
#: page, and about a paper in passing.
PAPERS, STRONG, PAGES, WEAK = 4, 4, 5, 6
#: How good a title in stress, on a link or in a heading is.
SURE = 2


class Form(Enum):
    """What begins a unit. Of two candidates that hold the same the earlier form wins."""

    heading = "heading"
    entry = "list entry"
    table = "table"
    row = "table row"
    number = "numbered line"
    label = "title label"
    record = "title over fields"
    stressed = "stressed line"
    titled = "title with its link"
    rule = "rule"
    above = "link above its text"
    below = "link below its text"
    paragraph = "paragraph with a link"


_ORDER = list(Form)
ANCHORED = (Form.above, Form.below, Form.paragraph)


@dataclass(frozen=True)
class Unit:
    """Lines from `start` to before `end`, and what they are about."""

    start: int
    end: int
    #: Addresses of the one paper or page that the unit is about; of several where it is not clear.
    own: tuple[Address, ...] = ()
    #: 0: no title, 1: words that may be one, 2: a heading, stressed words or a link's.
    title: int = 0
    #: Whether its first line or a line of links says so.
    is_sure: bool = True
    #: Whether its text alone says so, in passing.
    is_weak: bool = False

    @cached_property
    def papers(self) -> tuple[PaperId, ...]:
        """Return the papers it is about, each once: one, unless it is not clear."""
        return tuple(dict.fromkeys(address.paper for address in self.own if address.paper))

    @cached_property
    def is_alone(self) -> bool:
        """Return whether it is about one paper; identities of several registries may be its."""
        return bool(self.papers) and not self.is_shared

    @cached_property
    def is_shared(self) -> bool:
        """Return whether it is about several papers."""
        schemes = [paper.scheme for paper in self.papers]
        return len(schemes) > len(set(schemes))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to cut lines into units."""

    form: Form
    level: int
    units: tuple[Unit, ...]
    #: What decides between candidates of a tier, the most important first.
    score: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Return what it is called."""
        return (
            f"{self.form.value} {self.level or 'of any level'}"
            if self.form is Form.heading
            else self.form.value
        )


@dataclass(slots=True)
class Range:
    """A part of a digest that is cut by itself."""

    layout: Layout
    start: int
    end: int
    #: The addresses in it.
    addresses: Sequence[Address]

    @classmethod
    def of(cls, layout: Layout, start: int, end: int) -> Range:
        """Return the range of lines."""
        first, last = (bisect_left(layout.addressed, index) for index in (start, end))
        return cls(layout, start, end, layout.addresses[first:last])


def candidate_of(form: Form, part: Range, spans: Sequence[tuple[int, int]]) -> Candidate:
    """Return a candidate of units without headings or labels of their own."""
    return candidate(form, 0, part, spans, set())


def scored(form: Form, part: Range, units: Sequence[Unit]) -> Candidate:
    """Return a candidate of units that are known already."""
    return Candidate(form, 0, tuple(units), _score(form, 0, part, units))


def candidate(
    form: Form, level: int, part: Range, spans: Sequence[tuple[int, int]], labels: set[int]
) -> Candidate:
    """Return a candidate with what its units are about, and how it compares with others."""
    layout = part.layout
    units: list[Unit] = []
    for start, bound in spans:
        end = deeper = bound
        own = Range.of(layout, start, end).addresses
        if own and layout.levels[start]:
            deeper = _deeper(layout, start, end, labels)
        elif own and form is Form.entry:
            last = _entry_end(layout, start, end)
            own = Range.of(layout, start, last).addresses
            papers = {address.paper for address in own} | {None}
            below = Range.of(layout, last, end).addresses
            if any(a.paper not in papers and a.place < Place.mention for a in below):
                end = last
        unit = unit_of(layout, start, end, own, deeper)
        units.append(replace(unit, title=2) if form is Form.label else unit)
    return Candidate(form, level, tuple(units), _score(form, level, part, units))


def _entry_end(layout: Layout, start: int, end: int) -> int:
    """Return the index after the lines of an entry itself."""
    for index in range(start + 1, end):
        if not layout.is_blank(index) and layout.owners[index] < start:
            return index
    return end


def _deeper(layout: Layout, start: int, end: int, labels: set[int]) -> int:
    """Return where the first heading below a heading's own stands that may hold another paper."""
    for index in range(start + 1, end):
        if 0 < layout.levels[index] < BOLD and index not in labels:
            return index
    return end


def unit_of(
    layout: Layout, start: int, end: int, addresses: Sequence[Address], deeper: int
) -> Unit:
    """Return a unit and what it is about, by the address that says so most surely.

    What stands from `deeper` on is under a heading of its own.
    """
    title = _title(layout, start)
    ranks: dict[int, list[Address]] = {}
    for address in addresses:
        rank = _rank(address, start, deeper)
        if rank == 3 and _is_detail(layout, start, address.line):  # noqa: PLR2004
            rank = 1
        ranks.setdefault(rank, []).append(address)
    papers = [address for rank in (0, 1) for address in ranks.get(rank, ()) if address.paper]
    row = layout.rows.get(start)
    # A row of links and dates may be a detail of the paper whose heading stands above.
    is_sure = bool(papers) and (row is None or may_hold_title(row))
    has_page = any(address.is_titled for address in ranks.get(0, ()))
    for rank in (2, 3):
        papers = papers or [
            address
            for address in ranks.get(rank, ())
            if address.paper and not (has_page and address.place is Place.mention)
        ]
    if papers:
        return Unit(start, end, tuple(papers), title, is_sure)
    mentioned = [a for a in ranks.get(5, ()) if a.paper]
    if len({a.paper for a in mentioned}) == 1 and not any(ranks.get(rank) for rank in (0, 1)):
        return Unit(start, end, tuple(mentioned), title, is_sure=False, is_weak=True)
    pages = [
        a for rank in (0, 1) for a in ranks.get(rank, ())
        if not link_names.is_image(a.link) and _is_about(layout, a, rank)
    ]  # fmt: skip
    return Unit(start, end, tuple(pages[:1]), title)


def _is_about(layout: Layout, address: Address, rank: int) -> bool:
    """Return whether a page's address says what a unit is about: its title is most of the title."""
    if rank or not address.is_titled:
        return not address.is_titled or layout.kinds[address.line] is Kind.row
    words = plain(titles.inlines(layout.text(address.line)))
    return 2 * len(plain(address.link.children)) >= len(words) or layout.levels[address.line] == 0


def _is_detail(layout: Layout, start: int, line: int) -> bool:
    """Return whether a stressed line below a heading says of its paper who is behind it.

    `### A Title of Some Words`, and below `**A University** · [arXiv](…)`.
    """
    if not 0 < layout.levels[start] < BOLD or layout.levels[line] != BOLD:
        return False
    title, words = (titles.title_of(titles.inlines(layout.text(i))) for i in (start, line))
    return len(title) > len(words) and (len(title.split()) > SURE or not title.isascii())


def _rank(address: Address, start: int, deeper: int) -> int:
    """Return how far an address is from saying what a unit is about, 0 to 6."""
    if address.line >= deeper:
        return 4
    if address.place >= Place.mention:
        return 2 if address.line == start and address.place is Place.mention else address.place + 2
    if address.line == start:
        return 0
    return 3 if address.place is Place.head else int(address.place)


def _title(layout: Layout, start: int) -> int:
    """Return how good a title a unit's first line has: 0 for none, 2 for a sure one."""
    label = layout.labels.get(start)
    if label and label.is_known:
        return 2 if label.role is Role.title and layout.text(start)[label.end :].strip() else 0
    if row := layout.rows.get(start):
        named = [
            cell for cell, role in zip(row.cells, row.roles, strict=False) if role is Role.title
        ]
        return 2 if any(cell.text for cell in named) else 1
    text = layout.text(start)
    nodes = titles.inlines(text)
    words = titles.title_of(nodes)
    is_heading = layout.levels[start] > 0
    names_a_link = not is_heading and link_names.names_a_link(words)
    if not words or names_a_link or titles.is_odd_title(words):
        return int(is_heading and not words)
    if is_heading or titles.has_marked_title(nodes):
        return 2
    is_numbered = item_numbers.NUMBER.match(unmarked(layout, start)) is not None
    return 2 if is_numbered and titles.may_be_title(words) else 1


def may_hold_title(row: Row) -> bool:
    """Return whether a cell of a row has words that may be a title, and not only name links."""
    for cell in row.cells:
        words = titles.title_of(titles.inlines(cell.text))
        if any(map(str.isalpha, words)) and not titles.is_odd_title(words):
            return True
    return False


_NOWHERE = Unit(0, 0, is_sure=False)


def _score(form: Form, level: int, part: Range, units: Sequence[Unit]) -> tuple[int, ...]:
    """Return what decides between candidates, the most important first.

    Papers that one unit holds alone, and those that stand in such a unit below its own; papers and
    labelled titles that no unit holds (fewer are better); units whose first line or line of links
    says what they are about; pages of titles; titles; units with a text; forms; how long texts are.
    """
    layout = part.layout
    prominent = {a.paper for a in part.addresses if a.paper and a.place < Place.mention}
    bounds = [unit.start for unit in units]
    held: set[PaperId] = set()
    below: set[PaperId] = set()
    alone: dict[PaperId, Unit] = {}
    for unit in units:
        if unit.is_alone and not unit.is_weak and not alone.get(unit.papers[0], _NOWHERE).is_sure:
            alone[unit.papers[0]] = unit
    for address in part.addresses:
        if not address.paper or address.place is Place.mention:
            continue
        place = bisect_left(bounds, address.line + 1) - 1
        if place >= 0 and address.line < units[place].end:
            held.add(address.paper)
            unit = units[place]
            if unit.is_alone and address.place is Place.head and layout.indents[address.line] >= 0:
                below.add(address.paper)
    sole = list(alone.values())
    titled = {unit.papers[0] for unit in sole if unit.title}
    pages = sum(1 for unit in units if not unit.papers and unit.own and unit.title)
    texts = [_text_length(layout, unit) for unit in sole]
    return (
        len((alone.keys() | below) if form in ANCHORED else (titled | below)),
        -len(prominent - held) - _untitled(part, units),
        len(alone),
        sum(1 for unit in sole if unit.is_sure),
        sum(1 for unit in sole if unit.title == SURE)
        if prominent or pages
        else sum(1 for unit in units if is_record(layout, unit)),
        pages,
        len({unit.papers[0] for unit in units if unit.is_weak}),
        sum(1 for unit in sole if unit.title),
        sum(1 for length in texts if length),
        -_ORDER.index(form),
        *((len(sole) - len(units), sum(texts)) if sole else (_filled(layout, units), level)),
    )


def _untitled(part: Range, units: Sequence[Unit]) -> int:
    """Return how many labelled titles stand in no unit."""
    titled = part.layout.titled
    if not titled:
        return 0
    first, last = (bisect_left(titled, index) for index in (part.start, part.end))
    inside = [bisect_left(titled, unit.end) - bisect_left(titled, unit.start) for unit in units]
    return max(last - first - sum(inside), 0)


def is_record(layout: Layout, unit: Unit) -> bool:
    """Return whether a unit without an address is a paper's all the same: titled, with fields."""
    if unit.title < SURE:
        return False
    if row := layout.rows.get(unit.start):
        return Role.title in row.roles and len([role for role in row.roles if role]) > 1
    return any(
        label.is_known and label.role not in (Role.other, Role.references, Role.group)
        for index in range(unit.start + 1, unit.end)
        if (label := layout.labels.get(index))
    )


def _filled(layout: Layout, units: Sequence[Unit]) -> int:
    """Return how many units have a title and a text."""
    return sum(1 for unit in units if unit.title and _text_length(layout, unit))


def _text_length(layout: Layout, unit: Unit) -> int:
    """Return how many characters stand below a unit's first line and beside its links."""
    linked = {address.line for address in unit.own}
    return sum(
        len(layout.contents[index].text)
        for index in range(unit.start + 1, unit.end)
        if index not in linked
    )
