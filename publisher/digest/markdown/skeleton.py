"""A text's skeleton: the marks of each line as CommonMark has them, and `x` for its words.

People write marks that CommonMark does not know (`1、`, `•`, `##标题`, `━━━`), and indent what
belongs to a list by as much as looks right. This pass reads each line's own marks and writes
those that mean the same where CommonMark wants them; where blocks begin and end, and which are
inside which, markdown-it-py says (see tree.py). It never sees words, so it cannot take them for
marks, drop them or spend time on them.

A line is inside a list entry when it is indented further than the entry's bullet, over blank
lines too, or directly below a line of the entry and opens nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from sys import intern
from typing import NamedTuple

from publisher.digest.language import last_mark
from publisher.digest.markdown.block_starts import (
    DEEPEST,
    MARKS,
    Opening,
    Openings,
    bullet_at,
    columns,
    interrupts,
)
from publisher.digest.markdown.headings import underlined
from publisher.digest.markdown.tables import cells, is_delimiter, is_row
from publisher.digest.source_text import Line, Report
from publisher.model import Level

#: Entries and quotes of a text: so many, and so many more a line. Each takes memory, and may be a
#: single byte.
_FEW, _PER_LINE = 1_000, 2
_QUOTE = re.compile(r">[ ]?")
#: A heading is indented by fewer columns.
_FARTHEST = 4
#: What ends a sentence: with two spaces behind it, the paragraph has its end, too.
STOPS = frozenset("。！？…!?.；;：:")


class Marker(NamedTuple):
    """The bullet or number of a list entry."""

    number: int | None
    #: Columns before it.
    indent: int


@dataclass(slots=True)
class Skeleton:
    """The lines of a text as markdown-it-py is given them, and what it does not see of them."""

    report: Report
    #: How many more entries and quotes there may be.
    room: int
    #: For each line its marks.
    marks: list[str] = field(default_factory=list)
    #: For each line what is left of it without the marks of lists, quotes and headings.
    words: list[Line] = field(default_factory=list)
    #: Those of all entries, in order.
    markers: deque[Marker] = field(default_factory=deque)
    #: The indexes of lines that make a heading of the line above.
    underlines: set[int] = field(default_factory=set)


def skeleton(lines: Sequence[Line], report: Report) -> Skeleton:
    """Return the skeleton of a text; what is nested too deep is text in it, with a diagnostic."""
    whole = Skeleton(report, _FEW + _PER_LINE * len(lines))
    whole.marks = _Level(whole, lines, 0).read()
    return whole


class _Above(Enum):
    """What is directly above a line, in the same entry or quote."""

    nothing = auto()
    heading = auto()
    text = auto()
    other = auto()


class _Entry(NamedTuple):
    """A list entry that lines may belong to."""

    #: Columns before its bullet, and before its words.
    margin: int
    content: int
    #: Columns before its words in the skeleton.
    base: int


class _Level:
    """Reads the lines of a text, or of a quote in it."""

    def __init__(self, whole: Skeleton, lines: Sequence[Line], depth: int) -> None:
        self.whole = whole
        self.lines = lines
        self.depth = depth
        self.openings = Openings(lines)
        self.out: list[str] = []
        self.entries: list[_Entry] = []
        #: What lines outside of lists are in.
        self.around = _Entry(-1, _common_margin(lines), 0)
        self.above = _Above.nothing
        self.is_below_blank = False

    def read(self) -> list[str]:
        """Return the marks of all lines."""
        index = 0
        while index < len(self.lines):
            line = self.lines[index]
            words = line.text.lstrip(" \t")
            if words and not words.isspace():
                index = self.take(index, words)
                self.is_below_blank = False
            else:
                self.add("", line._replace(text="") if line.text else line)
                self.above, self.is_below_blank = _Above.nothing, True
                index += 1
        return self.out

    def add(self, marks: str, words: Line) -> None:
        self.out.append(intern(marks))  # few are different
        self.whole.words.append(words)

    def take(self, index: int, words: str) -> int:
        """Take the line at `index`, which without its margin is `words`; return the next index."""
        line = self.lines[index]
        if self.entries:
            words = words.lstrip()
        place = len(line.text) - len(words)
        if not self.entries and words[0] not in MARKS:  # most lines are such
            return self.text(index, line.after(place) if place else line, "")
        margin = columns(line.text, place)
        opening = Opening.nothing
        if words[0] in MARKS:
            opening = self.openings.at(index, place, self.inside.margin)
        while margin <= self.inside.margin:
            if opening is Opening.nothing and not self.is_below_blank:
                break
            self.entries.pop()
            self.above = _Above.other
        if opening is Opening.heading and margin - self.inside.content >= _FARTHEST:
            opening = Opening.nothing  # it is indented like code
        elif opening is Opening.entry and self.above is _Above.text:
            opening = opening if interrupts(line.text, place) else Opening.nothing
        marks = " " * self.inside.base
        while opening is Opening.entry and self.has_room(line):
            marks, place = self.open(line, place, marks)
            opening = self.openings.at(index, place, -1)
        return self.rest(index, line.after(place) if place else line, marks, opening)

    @property
    def inside(self) -> _Entry:
        """Return the innermost entry that is open."""
        return self.entries[-1] if self.entries else self.around

    def has_room(self, line: Line) -> bool:
        """Return whether one more entry or quote may begin; report a line in which none may."""
        if self.depth + len(self.entries) < DEEPEST and self.whole.room > 0:
            self.whole.room -= 1
            return True
        what = f"lists and quotes more than {DEEPEST} deep"
        if self.whole.room <= 0:
            what = f"more than {_FEW} lists and quotes, and more than {_PER_LINE} a line"
        what += ": the marks of this line are shown as text"
        self.whole.report(line.number, line.column, Level.warning, "deep-nesting", what)
        return False

    def open(self, line: Line, place: int, marks: str) -> tuple[str, int]:
        """Open the entry of the bullet at a place; return the marks with it, and its end."""
        number, end = bullet_at(line.text, place) or (None, place)
        indent = columns(line.text, place)
        self.whole.markers.append(Marker(number, indent))
        marks += "- " if number is None else "1. "
        self.entries.append(_Entry(indent, columns(line.text, end), len(marks)))
        self.above = _Above.other
        return marks, end

    def rest(self, index: int, line: Line, marks: str, opening: Opening) -> int:
        """Take what the line at `index` holds behind its bullets; return the next index."""
        if opening is Opening.quote and self.has_room(line):
            return self.quote(index, line, marks)
        if opening is Opening.fence:
            return self.fence(index, line, marks)
        if opening is Opening.rule:
            self.add(f"{marks}***", line)
            self.above = _Above.other
        elif opening is Opening.heading:
            place = len(self.lines[index].text) - len(line.text)
            level, words = self.openings.title(index, place) or (1, line.text)
            at = max(line.text.find(words), 0)
            self.add(f"{marks}{'#' * level} x", line.after(at)._replace(text=words))
            self.above = _Above.heading
        elif line.text:
            return self.text(index, line, marks)
        else:
            self.add(marks.rstrip(), line)
        return index + 1

    def text(self, index: int, line: Line, marks: str) -> int:
        """Take a line of text, and one below that makes it a heading; return the next index."""
        if level := self.level(index, line):
            self.add(f"{'#' * level} x", line._replace(text=line.text.strip()))
            self.whole.underlines.add(len(self.whole.words))
            self.add("", self.lines[index + 1])
            self.above = _Above.heading
            return index + 2
        self.add(marks + self.row(line), line)
        ended = line.text.endswith("  ") and last_mark(line.text) in STOPS
        self.above = _Above.other if ended else _Above.text
        return index + 1

    def level(self, index: int, line: Line) -> int:
        """Return the level of the heading that the next line makes of a line; 0 if it does not."""
        if self.entries or self.above not in (_Above.nothing, _Above.heading):
            return 0
        below = self.lines[index + 1].text if index + 1 < len(self.lines) else ""
        return underlined(line.text, below) if below else 0

    def row(self, line: Line) -> str:
        """Write a line of text; where it has cells, as a row of a table of one column.

        A row of dashes is one only below a row of as many cells.
        """
        if "|" not in line.text or not is_row(line.text):
            return "x"
        if self.above is _Above.text and is_delimiter(line.text, 0):
            names = cells(self.whole.words[-1])
            if names and len(names) == len(cells(line)):
                return "|-|"
        return "|x|"

    def quote(self, index: int, line: Line, marks: str) -> int:
        """Take the lines of a quote, with all that is in it; return the next index."""
        inside: list[Line] = []
        while match := _QUOTE.match(line.text):
            inside.append(line.after(match.end()))
            index += 1
            if index == len(self.lines):
                break
            line = self.lines[index]
            place = len(line.text) - len(line.text.lstrip(" \t"))
            if columns(line.text, place) <= self.inside.margin:
                break
            line = line.after(place)
        base = " " * self.inside.base
        quoted = _Level(self.whole, inside, self.depth + len(self.entries) + 1).read()
        self.out.append(f"{marks}> {quoted[0]}")
        self.out += [f"{base}> {line}" for line in quoted[1:]]
        self.above = _Above.other
        return index

    def fence(self, index: int, line: Line, marks: str) -> int:
        """Take the lines of a fenced block; return the next index."""
        end = self.openings.end_of_fence(index) or index
        text = self.lines[index].text
        margin = columns(text, len(text) - len(line.text))
        self.add(f"{marks}```", line)
        for inside in self.lines[index + 1 : end]:
            self.add("", inside.after(_place(inside.text, margin)))
        self.add(" " * len(marks) + "```", self.lines[end])
        self.above = _Above.other
        return end + 1


def _common_margin(lines: Sequence[Line]) -> int:
    """Return by how many columns all lines are indented."""
    margins = []
    for line in lines:
        words = line.text.lstrip(" \t")
        if words:
            if len(words) == len(line.text):
                return 0
            margins.append(columns(line.text, len(line.text) - len(words)))
    return min(margins, default=0)


def _place(text: str, margin: int) -> int:
    """Return where in a line's white space so many columns end."""
    column = 0
    for place, character in enumerate(text):
        column += 4 - column % 4 if character == "\t" else 1
        if column > margin or character not in " \t":
            return place
    return len(text)
