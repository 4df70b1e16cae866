"""Lines to blocks: paragraphs, lists, quotes, code and headings inside an item's text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from publisher.digest import inline
from publisher.digest.language import Languages, last_mark
from publisher.digest.source import Line, Report
from publisher.digest.tables import end_of_table, rows
from publisher.model import (
    Block,
    CodeBlock,
    Inline,
    Level,
    ListBlock,
    Paragraph,
    Quote,
    Subheading,
    Table,
)

_HASHES = re.compile(r" {0,3}(#{1,6})(?!#)")
#: Markdown's, and the lines that people draw.
#: A group that repeats would take 146 bytes for each mark of a line.
RULE = re.compile(
    " {0,3}(?:"
    + "|".join(rf"{m}[ \t]*+{m}[ \t]*+{m}[{m} \t]*+" for m in (r"\-", r"\*", *"_=━─═—"))
    + ")$"
)
_ANCHOR = re.compile(r"[ \t]*\{#[^{}\s]{1,200}\}$")
_FENCES = ("```", "~~~")
_FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*$|(~{3,}))")
BULLET = re.compile(
    r"([ \t]*)(?:[-*+][ \t\u3000]++|•[ \t\u3000]*+"
    r"|([0-9]{1,9})(?:[.)][ \t\u3000]++|、[ \t]*+))(?=.)"
)
_QUOTE = re.compile(r"[ \t]*>[ ]?")
#: A line that begins with none of these is text, whatever follows.
_MARKS = frozenset("#>-*_=━─═—+•0123456789")
#: How Chinese paragraphs begin when no blank line parts them.
_INDENT = "\u3000\u3000"
_STOPS = frozenset("。！？…!?.；;：:")
#: What a line begins with that says something of a paper beside its title, in lower case.
_FIELD = re.compile(
    r"[\W_]*(?:作者|机构|单位|发表|发布|日期|时间|来源|会议|期刊|关键词|标签|领域|分类|摘要|简介"
    r"|authors?|affiliations?|published|date|venue|keywords?|tags?|categories|comments?|abstract"
    r"|tl;?dr)[^:：\n]{0,12}[:：]"
)
_NEAR = 60
#: Deeper nesting is shown as text: rendering walks the tree recursively.
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and the line it starts on."""

    line: int
    block: Block


def heading(text: str) -> tuple[int, str] | None:
    """Give the level and the words of a line that is a heading (`## words ##`).

    `##标题` without a space is one too; `#标题` is a tag. An anchor (`{#words}`) is no part of it.
    """
    match = _HASHES.match(text)
    if not match:
        return None
    level, rest = len(match[1]), text[match.end() :]
    if level == 1 and rest and not rest[0].isspace():
        return None
    words = rest.strip()
    if words.endswith("}"):
        words = _ANCHOR.sub("", words)
    bare = words.rstrip("#")
    return level, bare.rstrip() if not bare or bare[-1].isspace() else words


def is_field(text: str) -> bool:
    """Tell whether a line says of a paper who wrote it, where and when: it stands by itself."""
    start = text[:_NEAR]
    return (":" in start or "：" in start) and _FIELD.match(start.lower()) is not None


class Fences:
    """Finds where fenced blocks end; to be asked of lines in their order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        #: The lines that may open or close one.
        self.marked = [i for i, each in enumerate(lines) if each.text.lstrip().startswith(_FENCES)]
        self._places = {index: place for place, index in enumerate(self.marked)}
        self._hopeless: dict[str, int] = {}  # the shortest fence of a mark known to stay open

    def end(self, index: int) -> int | None:
        """Give the line that closes the block which the line at `index` opens, if it does."""
        place = self._places.get(index)
        match = _FENCE.match(self.lines[index].text) if place is not None else None
        if place is None or not match:
            return None
        fence = match[1] or match[2]
        if len(fence) >= self._hopeless.get(fence[0], len(fence) + 1):
            return None
        for later in range(place + 1, len(self.marked)):
            text = self.lines[self.marked[later]].text.strip()
            if text.startswith(fence) and not text.strip(fence[0]):
                return self.marked[later]
        self._hopeless[fence[0]] = len(fence)
        return None


def closed_fences(lines: Sequence[Line]) -> dict[int, int]:
    """Map the index of each line that opens a fenced block to that of the line that closes it.

    A fence nobody closes is text: it would swallow the rest of the file.
    """
    found: dict[int, int] = {}
    # Most texts have none.
    if not [1 for line in lines if line.text.lstrip().startswith(_FENCES)]:
        return found
    fences = Fences(lines)
    inside = -1
    for index in fences.marked:
        end = fences.end(index) if index > inside else None
        if end is not None:
            found[index] = inside = end
    return found


def parse(
    lines: Sequence[Line], languages: Languages, report: Report, *, depth: int = 0
) -> list[Placed]:
    """Parse the lines of one text into blocks, in order."""
    return _Parser(languages, report, depth).run(lines)


class _Parser:
    def __init__(self, languages: Languages, report: Report, depth: int) -> None:
        self.languages = languages
        self.report = report
        self.depth = depth
        self.done: list[Placed] = []
        self.pending: list[Line] = []

    def run(self, lines: Sequence[Line]) -> list[Placed]:
        fences = closed_fences(lines)
        index = 0
        while index < len(lines):
            text = lines[index].text
            if not text or text.isspace():
                self.flush()
                index += 1
            elif "|" in text and (end := end_of_table(lines, index)) > index:
                self.table(lines[index:end])
                index = end
            elif index in fences:
                self.flush()
                inside = lines[index + 1 : fences[index]]
                value = "\n".join(line.text for line in inside)
                self.done.append(Placed(lines[index].number, CodeBlock(value)))
                index = fences[index] + 1
            else:
                index = self.marked(lines, index)
        self.flush()
        return self.done

    def table(self, lines: Sequence[Line]) -> None:
        self.flush()
        names, *found = (tuple(map(self.cell, row)) for row in rows(lines, self.report))
        self.done.append(Placed(lines[0].number, Table(names, tuple(found))))

    def cell(self, cell: Line) -> Paragraph:
        children, text = self.inlines([cell])
        return Paragraph(children, self.languages.of(text))

    def marked(self, lines: Sequence[Line], index: int) -> int:
        """Take the line at `index` by its first mark; give the index of the next."""
        line = lines[index]
        mark = line.text.lstrip(" \t")[0]
        if mark not in _MARKS:
            self.text(line)
        elif mark in "-*_=━─═—" and RULE.match(line.text):
            self.flush()
        elif mark == "#" and (found := heading(line.text)):
            self.flush()
            words = found[1]
            at = max(line.text.find(words), 0)
            children, text = self.inlines([Line(line.number, words, line.column + at)])
            if children:
                block = Subheading(children, self.languages.of(text))
                self.done.append(Placed(line.number, block))
        elif self.depth < _DEEPEST and mark == ">":
            return self.quote(lines, index)
        elif self.depth < _DEEPEST and (bullet := BULLET.match(line.text)):
            # A paragraph that merely continues with "2024. " is no list (CommonMark 5.3).
            if not self.pending or bullet[2] in (None, "1"):
                return self.list(lines, index, bullet)
            self.text(line)
        else:
            self.text(line)
        return index + 1

    def text(self, line: Line) -> None:
        """Take a line of a paragraph."""
        if self.pending and (line.text.startswith(_INDENT) or is_field(line.text)):
            self.flush()
        self.pending.append(line)
        # In these digests nearly every line ends in two spaces: after a whole sentence they end
        # the paragraph, elsewhere they are a hard break.
        if line.text.endswith("  ") and last_mark(line.text) in _STOPS:
            self.flush()

    def flush(self) -> None:
        """End the paragraph that has been gathering."""
        if not self.pending:
            return
        line = self.pending[0].number
        children, text = self.inlines(self.pending)
        self.pending = []
        if children:
            self.done.append(Placed(line, Paragraph(children, self.languages.of(text))))

    def inlines(self, lines: Sequence[Line]) -> tuple[tuple[Inline, ...], str]:
        # A table is shown as text, row by row.
        table = len(lines) > 1 and all(line.text.lstrip().startswith("|") for line in lines)
        joint = "  \n" if table else "\n"
        whole = joint.join(line.text for line in lines)
        # Both ends lose white space, the full-width indent of Chinese paragraphs included.
        text = whole.strip()
        starts: list[int] = []

        def report(position: int, code: str, message: str) -> None:
            if not starts:
                sizes = (len(line.text) + len(joint) for line in lines)
                starts.extend(accumulate(sizes, initial=len(whole.lstrip()) - len(whole)))
            row = bisect_right(starts, position) - 1
            column = lines[row].column + position - starts[row]
            self.report(lines[row].number, column, Level.warning, code, message)

        return inline.parse(text, report), text

    def quote(self, lines: Sequence[Line], index: int) -> int:
        self.flush()
        inside = []
        while index < len(lines) and (match := _QUOTE.match(lines[index].text)):
            inside.append(lines[index].after(match.end()))
            index += 1
        blocks = parse(inside, self.languages, self.report, depth=self.depth + 1)
        if blocks:
            self.done.append(Placed(inside[0].number, Quote(tuple(b.block for b in blocks))))
        return index

    def list(self, lines: Sequence[Line], index: int, bullet: re.Match[str] | None) -> int:
        self.flush()
        first = lines[index].number
        start = number = _number(bullet)
        entries: list[tuple[Block, ...]] = []
        while bullet:
            inside, index = entry_lines(lines, index, bullet)
            blocks = parse(inside, self.languages, self.report, depth=self.depth + 1)
            entries.append(tuple(placed.block for placed in blocks))
            bullet = BULLET.match(lines[index].text) if index < len(lines) else None
            # Numbers count up, or are all the same for the renderer to count; any others are
            # kept by a list of their own.
            following = _number(bullet)
            if following not in (start, None if number is None else number + 1) or (
                bullet and RULE.match(lines[index].text)
            ):
                break
            number = following
        self.done.append(Placed(first, ListBlock(tuple(entries), start)))
        return index


def _number(bullet: re.Match[str] | None) -> int | None:
    return int(bullet[2]) if bullet and bullet[2] else None


def entry_lines(lines: Sequence[Line], index: int, bullet: re.Match[str]) -> tuple[list[Line], int]:
    """Give the lines of the list entry that starts at `index`, and the index after it.

    Lines that are indented further than the bullet belong to it, over blank lines too; so does
    a line directly below that opens nothing of its own.
    """
    indent = len(bullet[1].expandtabs(4))
    inside = [lines[index].after(bullet.end())]
    index += 1
    blank = False
    while index < len(lines):
        line = lines[index]
        text = line.text.expandtabs(4)
        words = text.lstrip()
        if not words:
            blank = True
            inside.append(Line(line.number, ""))
        else:
            margin = len(text) - len(words)
            if margin <= indent and (blank or _opens(text, words[0])):
                break
            strip = margin if margin <= indent else min(margin, bullet.end())
            inside.append(Line(line.number, text[strip:], line.column + strip))
            blank = False
        index += 1
    return inside, index


def _opens(text: str, mark: str) -> bool:
    """Tell whether a line opens a block of its own."""
    if mark not in _MARKS:
        return False
    return mark == ">" or bool(BULLET.match(text) or heading(text) or RULE.match(text))
