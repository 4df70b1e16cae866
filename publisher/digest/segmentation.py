"""A digest's lines sorted into items, sections, introduction and outro; each line has one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from publisher.digest import outro
from publisher.digest.fields import item_numbers, titles
from publisher.digest.fields.draft_item import DraftItem, Grouping
from publisher.digest.fields.field_tables import is_field_row
from publisher.digest.fields.item_fields import TALLEST, take
from publisher.digest.markdown.line_marks import RULE
from publisher.digest.outline import Outline
from publisher.digest.records import contents_list
from publisher.digest.records.choice import choose, contested, rival_titles
from publisher.digest.records.layout import BOLD, Kind, Layout, Place, layout_of
from publisher.digest.records.paper_links import find_addresses
from publisher.digest.records.records import draft_of
from publisher.digest.records.selection import papers_of_paragraph, selected
from publisher.digest.records.tags import take_tags
from publisher.digest.records.units import Candidate, Form, Range, Unit, may_hold_title
from publisher.digest.sections import Sections, name_of
from publisher.digest.source_text import Line, Report
from publisher.model import Level, links_in
from publisher.paper_id import PaperId

_IN_TURN = (
    "texts and links in turn, with a text at both ends: is each text above its link or below it?"
    " Write `items: links` in front matter if it stands below, or a line of `---` after each paper"
)
_TWO_TITLES = (
    "the headings are taken for titles, not the stressed lines below them; make these headings if"
    " they are the titles, or write `items: headings` in front matter"
)
#: Parts of parts that are read by themselves.
_DEEPEST = 6


def outline(lines: Sequence[Line], report: Report, forms: frozenset[Form] | None = None) -> Outline:
    """Return the lines of a digest, sorted: its front matter is taken off already.

    Where `forms` are given, only units of these are items.
    """
    whole = None
    for start in outro.starts(lines):
        above = _sorted(lines[:start], forms)
        if outro.stands_apart(lines[start:], above.items, above.level):
            whole = above
            whole.outro += outro.with_hashes(lines[start:])
            break
    whole = whole or _sorted(lines, forms)
    for remark in whole.remarks:
        report(*remark)
    return whole


def _sorted(lines: Sequence[Line], forms: frozenset[Form] | None) -> Outline:
    """Return lines, none of which are the outro's, sorted."""
    builder = _Builder(find_addresses(layout_of(lines)), forms)
    builder.part(0, len(lines), depth=0)
    builder.finish()
    return builder.outline


class _Builder:
    """Puts the units of a layout, and what stands between them, in their places."""

    def __init__(self, layout: Layout, forms: frozenset[Form] | None) -> None:
        self.layout = layout
        self.forms = forms
        self.outline = Outline()
        self.sections = Sections()
        #: The papers that have an item.
        self.owned: set[PaperId] = set()
        #: Items by the letters of their titles.
        self.named: dict[str, DraftItem] = {}
        #: The item whose title the last heading repeats, and that heading's level.
        self.told: tuple[DraftItem, int] | None = None
        #: Tables whose rows are items, by the lines of their names.
        self.tables: set[int] = set()
        headings = [index for index, level in enumerate(layout.levels) if 0 < level < BOLD]
        self.title = self.issue_title(headings)

    def issue_title(self, headings: Sequence[int]) -> int:
        """Return the heading over the whole issue: the first, if no other is of its level or above.

        -1 where there is none.
        """
        levels = self.layout.levels
        if not headings or any(levels[i] <= levels[headings[0]] for i in headings[1:]):
            return -1
        return headings[0]

    def finish(self) -> None:
        """Put what is left in its place."""
        take_tags(self.outline.items)
        self.outline.outro = [*self.sections.pending, *self.outline.outro]

    def remark(self, index: int, level: Level, code: str, message: str) -> None:
        """Add a remark on a line."""
        line = self.layout.lines[index]
        self.outline.remarks.append((line.number, line.column, level, code, message))

    # --- A part ---------------------------------------------------------------------------

    def part(self, start: int, end: int, *, depth: int) -> None:
        """Sort the lines of a part."""
        part = Range.of(self.layout, start, end)
        # Front matter decides for the whole; parts of it are read as they come.
        best, rivals, unclear = choose(part, self.forms if depth == 0 else None)
        units = selected(best, part, self.owned) if best else []
        if depth == 0:
            self.outline.chosen, self.outline.rivals = best, rivals
            if best and best.form is Form.heading and units:
                self.outline.level = best.level
        if unclear >= 0:
            self.remark(unclear, Level.error, "two-readings", _IN_TURN)
        elif best and len(units) > 1 and depth == 0 and not self.forms:
            self.contested(best, rivals)
        self.owned.update(paper for unit in units for paper in unit.papers)
        if best and best.form is Form.row:
            self.tables.update(self.layout.rows[unit.start].table for unit in units)
        at = start
        for unit in units:
            self.gap(at, self.layout.head_above(unit.start), unit, depth=depth)
            self.unit(unit, best.form if best else Form.heading, depth=depth)
            at = unit.end
        self.gap(at, end, None, depth=depth)

    def contested(self, best: Candidate, rivals: Sequence[Candidate]) -> None:
        """Warn of a text that is another paper's where units begin elsewhere."""
        form, line = contested(best, rivals, self.layout)
        if line >= 0:
            what = (
                f"this text is another paper's if items begin at each {form.value}, not at each"
                f" {best.form.value}; `items` in front matter decides"
            )
            self.remark(line, Level.warning, "two-readings", what)
        for stressed in rival_titles(best, rivals, self.layout)[:1]:
            self.remark(stressed, Level.warning, "two-readings", _TWO_TITLES)

    # --- A unit ---------------------------------------------------------------------------

    def unit(self, unit: Unit, form: Form, *, depth: int) -> None:
        """Make an item of a unit, or several of one that holds several papers."""
        level = self.layout.levels[unit.start]
        self.told = None
        self.sections.close(level)
        if depth < _DEEPEST:
            if (unit.is_shared or self.is_list(unit)) and self.split(unit, form, depth=depth):
                return
            deeper = self.deeper_item(unit) if level else unit.end
            if deeper < unit.end:
                self.item(self.shortened(unit, deeper), form)
                self.part(deeper, unit.end, depth=depth + 1)
                return
        papers: Sequence[PaperId] = unit.papers if unit.is_shared else ()
        if form is Form.paragraph:
            papers = papers_of_paragraph(self.layout, unit, self.owned)
        if len(papers) > 1:
            names = ", ".join(paper.name for paper in papers)
            what = f"several papers in one item: {names}; its page shows the first"
            self.remark(unit.start, Level.warning, "several-papers", what)
        self.item(unit, form)

    def item(self, unit: Unit, form: Form) -> None:
        """Add the item that a unit is."""
        draft = draft_of(self.layout, unit, form)
        draft.section = self.sections.current
        self.outline.items.append(draft)
        self.named.setdefault(item_numbers.letters_of(draft.heading), draft)

    def shortened(self, unit: Unit, end: int) -> Unit:
        """Return a unit that ends earlier, with its addresses up to there."""
        addresses = Range.of(self.layout, unit.start, end).addresses
        own = tuple(address for address in addresses if address.place <= Place.alone)
        return Unit(unit.start, end, own, unit.title)

    def is_list(self, unit: Unit) -> bool:
        """Return whether a heading's only papers are the titles of entries below it."""
        if not self.layout.levels[unit.start] or unit.is_sure or unit.is_weak or not unit.own:
            return False
        about = unit.own[0]
        row = self.layout.rows.get(about.line)
        is_listed = self.layout.indents[about.line] >= 0 or row is not None
        is_title = about.is_titled or (
            row is not None and may_hold_title(row) and not is_field_row(row.cells)
        )
        return is_title and is_listed and not self.forms

    def split(self, unit: Unit, form: Form, *, depth: int) -> bool:
        """Read a unit of several papers by itself; return whether that parted them."""
        on_first = {address.paper for address in unit.own if address.line == unit.start}
        if len(on_first) > 1:
            return False
        is_item = bool(on_first) or form in (Form.rule, Form.label, Form.number)
        inner = Range.of(self.layout, unit.start + (not is_item), unit.end)
        best, rivals, unclear = choose(inner)
        if best and is_item and len(best.units) == 1:  # it is the unit itself
            others = (rival for rival in rivals if rival.form not in (Form.below, Form.paragraph))
            best = next((rival for rival in others if len(rival.units) > 1), None)
        if not best:
            return False
        alone = {child.papers[0] for child in best.units if child.is_alone}
        if best.form is Form.above and not all(child.title for child in best.units[1:]):
            return False
        if len(alone & set(unit.papers)) < len(unit.papers) - len(on_first) or unclear >= 0:
            return False
        first = min(child.start for child in best.units if child.papers)
        if on_first and first <= unit.start:
            return False
        if on_first:
            self.divide(unit, first, form, depth=depth)
        elif is_item or (best.form in (Form.above, Form.rule) and self.is_next(unit.start, first)):
            # A heading or a number was forgotten: the first of the papers is the unit's own.
            starts = [child.start for child in best.units if child.start > first]
            self.divide(unit, min(starts, default=unit.end), form, depth=depth)
        else:
            self.open_section(unit.start, (), reach=self.layout.levels[unit.start])
            self.part(unit.start + 1, unit.end, depth=depth + 1)
        return True

    def divide(self, unit: Unit, place: int, form: Form, *, depth: int) -> None:
        """Make an item of a unit up to a place, and read the rest by itself."""
        self.item(self.shortened(unit, place), form)
        self.part(place, unit.end, depth=depth + 1)

    def is_next(self, index: int, following: int) -> bool:
        """Return whether nothing stands between two lines."""
        kinds = self.layout.kinds
        return all(kinds[i] in (Kind.blank, Kind.rule) for i in range(index + 1, following))

    def deeper_item(self, unit: Unit) -> int:
        """Return where the first deeper heading of a unit stands that has a paper of its own."""
        layout = self.layout
        papers = [
            address.line
            for address in Range.of(layout, unit.start + 1, unit.end).addresses
            if address.paper
            and address.place <= Place.alone
            and address.paper not in self.owned
            and (layout.indents[address.line] < 0 or address.place is Place.alone)
        ]
        if not papers:
            return unit.end
        headings = [i for i in range(unit.start + 1, unit.end) if 0 < layout.levels[i] < BOLD]
        for index, end in pairwise([*headings, unit.end]):
            own = next((line for line in papers if index <= line < end), end)
            lines = sum(1 for i in range(index, own) if layout.kinds[i] is not Kind.blank)
            if own < end and lines <= 2 * TALLEST:
                return index
        return unit.end

    # --- Between units --------------------------------------------------------------------

    def gap(self, start: int, end: int, unit: Unit | None, *, depth: int) -> None:
        """Sort what stands between two units: headings of sections, texts, lists of contents."""
        papers = {
            address.paper
            for address in Range.of(self.layout, start, end).addresses
            if address.paper and address.place < Place.mention
        }
        is_beside = bool(self.outline.items or unit or depth)
        if papers - self.owned and depth < _DEEPEST and is_beside:
            place = self.heading_over(start, end) if unit else end
            self.part(start, place, depth=depth + 1)
            start = place
        parts = list(self.parts(start, end, unit))
        for first, last in parts:
            self.between(first, last, unit if last == parts[-1][1] else None, unit)

    def heading_over(self, start: int, end: int) -> int:
        """Return the last heading of a range, if no paper stands below it there; else its end."""
        headings = [index for index in range(start + 1, end) if self.layout.levels[index]]
        if not headings or Range.of(self.layout, headings[-1], end).addresses:
            return end
        return headings[-1]

    def parts(self, start: int, end: int, unit: Unit | None) -> Iterator[tuple[int, int]]:
        """Yield the parts of a range that are not blank: a heading and the lines to the next.

        Stressed lines are headings above units that begin at one; so is what names a list of
        contents.
        """
        levels = self.layout.levels
        deepest = BOLD if unit is None or levels[unit.start] in (0, BOLD) else BOLD - 1
        topics = set(self.topics_over(start, end, unit))
        inner = (
            index for index in range(start + 1, end)
            if 0 < levels[index] <= deepest
            or index in topics or contents_list.is_name(self.layout, index)
        )  # fmt: skip
        bounds = [start, *inner, end]
        for first, last in pairwise(bounds):
            if any(not self.layout.is_blank(index) for index in range(first, last)):
                yield first, last

    def between(self, first: int, last: int, governed: Unit | None, following: Unit | None) -> None:
        """Put a part between units in its place; one may follow, and stand right below it."""
        layout = self.layout
        level, line = layout.levels[first], layout.lines[first]
        text = layout.lines[first + 1 : last]
        is_empty = not any(below.text.strip() and not RULE.match(below.text) for below in text)
        self.sections.close(level)
        if self.is_title(first):
            first += 1
            level, line = 0, layout.lines[first] if first < last else line
        contents = contents_list.last_line(layout, first, last, self.owned) if first < last else -1
        if contents >= 0:
            what = f"a list of contents, left out to line {layout.lines[contents].number}"
            self.remark(first, Level.info, "contents", what)
        elif level and is_empty and not name_of(self.layout.text(first)):
            self.outline.hollow.append(line.number)
        elif governed and not level and self.is_topic(first, last):
            self.open_section(first, (), reach=self.sections.reach)
        elif level and governed and self.governs(first, governed, is_empty=is_empty):
            below = layout.levels[governed.start]
            self.open_section(first, text, reach=level if not below or level < below else 0)
        elif is_empty and (level or first in self.topics_over(first, last, following)):
            heading = Grouping(line.number, name_of(self.layout.text(first)))
            self.sections.hold(self.depth_of(first), heading)
            self.outline.empty_sections.append(heading)
        elif draft := self.named_by(first, level):
            below = first + (self.told == (draft, level))
            take([*self.as_text(below, last)], draft, repeated=layout.repeated)
        else:
            is_before = not self.outline.items and not self.sections.current
            if level and following and not is_before:
                words = name_of(layout.text(first))
                what = f'"{words}" has no paper: it is no item, and stands further down'
                self.remark(first, Level.warning, "no-paper", what)
            place = self.outline.intro if is_before else self.sections.pending
            place += [*self.as_text(first, last), Line(line.number, "")]

    def is_title(self, index: int) -> bool:
        """Return whether a heading is the issue's title, and take it; its links introduce."""
        if index != self.title or self.outline.title or self.outline.items:
            return False
        self.outline.title = name_of(self.layout.text(index))
        line = self.layout.lines[index]
        if any(True for _ in links_in(titles.inlines(self.layout.text(index)))):
            self.outline.intro.append(line._replace(text=line.text.lstrip(" #")))
        return True

    def named_by(self, index: int, level: int) -> DraftItem | None:
        """Return the item above whose title a heading repeats, or one that it is a part of."""
        if level and self.told and level > self.told[1]:
            return self.told[0]
        draft = (
            self.named.get(item_numbers.letters_of(name_of(self.layout.text(index))))
            if level
            else None
        )
        self.told = (draft, level) if draft else None
        return draft

    def topics_over(self, start: int, end: int, unit: Unit | None) -> Iterator[int]:
        """Yield the entries at the end of a range that a unit is a part of, the innermost first."""
        indent = self.layout.indents[unit.start] if unit else 0
        for index in range(end - 1, start - 1, -1):
            if self.layout.is_blank(index):
                continue
            if not 0 <= self.layout.indents[index] < indent or not self.is_topic(index, index + 1):
                return
            indent = self.layout.indents[index]
            yield index

    def is_topic(self, first: int, last: int) -> bool:
        """Return whether a part is an entry over the entries that are items."""
        kinds, layout = self.layout.kinds, self.layout
        lines = [index for index in range(first, last) if kinds[index] is not Kind.blank]
        is_entry = len(lines) == 1 and kinds[lines[0]] is Kind.entry
        return is_entry and lines[0] == first and titles.may_be_title(layout.text(first))

    def governs(self, index: int, unit: Unit, *, is_empty: bool) -> bool:
        """Return whether a heading stands over a unit; on its own level only with nothing else."""
        level, below = self.layout.levels[index], self.layout.levels[unit.start]
        return not below or level < below or (level == below and is_empty)

    def open_section(self, index: int, text: Sequence[Line], *, reach: int) -> None:
        """Begin the section under a heading; those over it are not empty."""
        depth, line = self.depth_of(index), self.layout.contents[index]
        above = self.sections.open(line, text, depth=depth, reach=reach)
        empty = self.outline.empty_sections
        self.outline.empty_sections = [heading for heading in empty if heading not in above]

    def depth_of(self, index: int) -> int:
        """Return how deep a heading is, or an entry over entries."""
        return self.layout.levels[index] or BOLD + 1 + self.layout.indents[index]

    def as_text(self, first: int, last: int) -> Iterator[Line]:
        """Yield the lines of a part that is text: a heading of any kind is one in a text, too."""
        layout = self.layout
        for index in range(first, last):
            line = layout.lines[index]
            if layout.levels[index] == BOLD:
                yield line._replace(text=f"### {layout.text(index).strip('*_')}")
            elif layout.kinds[index] is not Kind.head or not self.tables & {index, index - 1}:
                yield line
