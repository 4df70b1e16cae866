"""What each line of a digest is: a heading, an entry, a row, a label; and where papers stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from publisher.digest.fields import titles
from publisher.digest.fields.labels import Label, Role, label_of, repeated, role_of
from publisher.digest.fields.link_lines import line_links
from publisher.digest.markdown.line_marks import BULLET, CHECKBOX, RULE, closed_fences, heading
from publisher.digest.markdown.tables import cells, end_of_table
from publisher.digest.source_text import Line
from publisher.model import Link
from publisher.paper_id import PaperId

#: The level of a line that is stressed as a whole and stands over other text.
BOLD = 7
_BOLD_LINE = re.compile(
    r"[^\w\n*<>|\[\]]{0,8}(?:(?P<stress>\*\*|__)(?=\S)(?P<words>(?:(?!\*\*|__).){1,300})(?P=stress)"
    r"|【(?P<bracketed>[^【】]{1,40})】(?=[ \t]*$))"
    r"(?P<rest>\*?[ \t]*(?:[(（][^()（）]{1,40}[)）])?[ \t]*[:：]?[ \t\\]*)"
)
_QUOTE = re.compile(r"[ \t]*(?:>[ ]?)+")
_MARKS = frozenset(":#>-*+•·‣◦▪●_=━─═—0123456789|`~")


class Kind(IntEnum):
    """What a line is."""

    blank = 0
    text = 1
    heading = 2
    entry = 3
    row = 4
    #: The names of a table's columns, and the dashes below them.
    head = 5
    rule = 6
    code = 7
    quote = 8


class Place(IntEnum):
    """Where in its line an address stands; a lower one says more surely what the line is about."""

    #: In a heading, the first line of an entry, or a row.
    head = 0
    #: On a line of links and their labels.
    alone = 1
    #: Among words, on a link that only names itself (`[论文](…)`).
    named = 2
    mention = 3
    #: Below a heading or a label like References.
    reference = 4


class Address(NamedTuple):
    """An address in a digest."""

    line: int
    place: Place
    link: Link
    paper: PaperId | None
    #: Whether the link's words are a title rather than a name for the link.
    is_titled: bool


class Row(NamedTuple):
    """A row of a table."""

    cells: Sequence[Line]
    #: The names of the columns and their roles; as many as there are cells, or none.
    names: Sequence[Line]
    roles: Sequence[Role | None]
    #: The index of the line with the names.
    table: int


@dataclass(slots=True)
class Layout:
    """The lines of a digest, and what each is; all lists have one entry a line."""

    lines: Sequence[Line]
    kinds: list[Kind] = field(default_factory=list)
    #: Levels of headings: 1 to 6, `BOLD` for stressed lines, 0 for all others.
    levels: list[int] = field(default_factory=list)
    #: Columns before the bullet of an entry.
    indents: list[int] = field(default_factory=list)
    #: The index of the innermost entry that a line belongs to, -1 outside of lists.
    owners: list[int] = field(default_factory=list)
    #: The entry that an entry stands below, by their indexes.
    parents: dict[int, int] = field(default_factory=dict)
    #: Lines without what makes them a heading or an entry.
    contents: list[Line] = field(default_factory=list)
    rows: dict[int, Row] = field(default_factory=dict)
    #: Those of the contents that begin with one.
    labels: dict[int, Label] = field(default_factory=dict)
    #: The lines that label a title, in order.
    titled: list[int] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    #: The lines of the addresses, in order.
    addressed: list[int] = field(default_factory=list)
    #: Words that several lines have before a colon.
    repeated: frozenset[str] = frozenset()
    #: By the index of a table's names, which of its columns holds titles; -1 for none.
    columns: dict[int, int] = field(default_factory=dict)

    def text(self, index: int) -> str:
        """Return a line's words, marks of its kind taken off."""
        return self.contents[index].text

    def is_blank(self, index: int) -> bool:
        """Return whether there is nothing on a line, or no such line."""
        return not 0 <= index < len(self.kinds) or self.kinds[index] is Kind.blank

    def head_above(self, index: int) -> int:
        """Return where the names of columns begin that stand above a row, or the row itself."""
        if index in self.rows:
            while index and self.kinds[index - 1] is Kind.head:
                index -= 1
        return index


def layout_of(lines: Sequence[Line]) -> Layout:
    """Return what the lines of a digest are."""
    layout = Layout(lines)
    _Reader(layout).run()
    layout.repeated = repeated(
        content.text
        for content, kind in zip(layout.contents, layout.kinds, strict=True)
        if kind in (Kind.text, Kind.entry, Kind.quote)
    )
    _find_stressed(layout)
    return layout


class _Reader:
    """Goes through lines once, with the entries that are open."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.lines = layout.lines
        #: Indent and index of entries, the innermost last.
        self.open: list[tuple[int, int]] = []
        self.after_blank = True

    def run(self) -> None:
        fences = closed_fences(self.lines)
        index, count = 0, len(self.lines)
        while index < count:
            text = self.lines[index].text
            end = index + 1
            if not text or text.isspace():
                self.add(Kind.blank, self.lines[index])
            elif index in fences:
                end = fences[index] + 1
                for place in range(index, end):
                    self.add(Kind.code, self.lines[place])
            elif "|" in text and (below := end_of_table(self.lines, index)) > index:
                end = below
                self.table(index, end)
            else:
                self.line(index)
            self.after_blank = self.layout.kinds[-1] is Kind.blank
            index = end

    def add(self, kind: Kind, content: Line, *, level: int = 0, indent: int = -1) -> None:
        layout = self.layout
        layout.kinds.append(kind)
        layout.levels.append(level)
        layout.indents.append(indent)
        layout.contents.append(content)
        layout.owners.append(self.open[-1][1] if self.open else -1)

    def table(self, start: int, end: int) -> None:
        self.close(0)
        names = cells(self.lines[start])
        roles = [role_of(titles.title_of(titles.inlines(name.text))) for name in names]
        for index in range(start, end):
            if index < start + 2:
                self.add(Kind.head, self.lines[index])
                continue
            row = cells(self.lines[index])
            self.layout.rows[index] = Row(row, names, roles, start)
            self.add(Kind.row, self.lines[index])

    def line(self, index: int) -> None:
        line = self.lines[index]
        text = line.text
        words = text.lstrip(" \t")
        if words[:1] not in _MARKS:
            self.within(text, words)
            self.add(Kind.text, line.after(len(text) - len(words)))
        elif words[0] == "#" and (titled := heading(text)):
            self.close(0)
            at = max(text.find(titled[1]), 0)
            self.add(Kind.heading, Line(line.number, titled[1], line.column + at), level=titled[0])
        elif RULE.match(text):
            self.close(0)
            self.add(Kind.rule, line)
        elif (bullet := BULLET.match(text)) and self.begins(bullet):
            indent = len(bullet[1].expandtabs(4))
            self.close(indent)
            if self.open:
                self.layout.parents[index] = self.open[-1][1]
            self.open.append((indent, index))
            box = CHECKBOX.match(text, bullet.end())
            content = line.after(box.end() if box else bullet.end())
            if titled := heading(content.text):  # an outline's
                content = content.after(content.text.find(titled[1]))
            self.add(Kind.entry, content, indent=indent)
        elif words[0] == ">" and (quote := _QUOTE.match(text)):
            self.within(text, words)
            self.add(Kind.quote, line.after(quote.end()))
        else:
            self.within(text, words)
            at = len(text) - len(words)
            if words.startswith((": ", ":\t")):  # a definition's
                at = len(text) - len(words[1:].lstrip())
            self.add(Kind.text, line.after(at))

    def begins(self, bullet: re.Match[str]) -> bool:
        """Return whether an entry begins: a sentence may go on with "2024. " (CommonMark 5.3)."""
        if self.after_blank or bullet[2] in (None, "1"):
            return True
        indent = len(bullet[1].expandtabs(4))
        before = self.layout.kinds[-1]
        return before is not Kind.text or any(opened == indent for opened, _ in self.open)

    def within(self, text: str, words: str) -> None:
        """Close the entries that a line of text does not belong to."""
        if self.open and self.after_blank:
            self.close(len(text.expandtabs(4)) - len(words.expandtabs(4)))

    def close(self, indent: int) -> None:
        while self.open and self.open[-1][0] >= indent:
            self.open.pop()


def _find_stressed(layout: Layout) -> None:
    """Take stressed lines that stand over other text for headings of the lowest level.

    A single one is no heading: it stresses words. The second of two is a translation.
    """
    stressed: list[int] = []
    for index, kind in enumerate(layout.kinds):
        if kind is Kind.text and _is_stressed(layout, index) and index - 1 not in stressed[-1:]:
            stressed.append(index)
            layout.owners[index] = -1
    is_bracketed = any(layout.text(index).startswith("【") for index in stressed)
    if len(stressed) > 1 or is_bracketed:
        for index in stressed:
            layout.levels[index] = BOLD


def _is_stressed(layout: Layout, index: int) -> bool:
    """Return whether a line is a title in stress or in brackets, but for links behind it."""
    text = layout.text(index).rstrip()
    if text[:1].isalnum() or not any(mark in text for mark in ("**", "__", "【")):
        return False
    match = _BOLD_LINE.match(text)
    if not match or (layout.owners[index] >= 0 and layout.lines[index].text[:1] in " \t"):
        return False
    rest = text[match.end() :]
    begins = layout.is_blank(index - 1) or layout.levels[index - 1] > 0
    if rest and not (begins and line_links(rest)):
        return False
    label = label_of(text)
    if label and (label.is_known or text[label.end :].strip()):
        return False
    words = (match["words"] or match["bracketed"]).rstrip(":：")
    is_bare = words.startswith("http") or not any(map(str.isalpha, words))
    return role_of(words) is None and not is_bare and titles.may_be_title(words)


def unmarked(layout: Layout, index: int) -> str:
    """Return a line without the marks of its kind and of stress."""
    return layout.lines[index].text.lstrip(" \t\u3000#*+-•_")
