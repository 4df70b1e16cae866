"""Lines to blocks: paragraphs, lists, quotes, code and headings inside an item's text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.digest import inline
from publisher.digest.language import Languages
from publisher.digest.source import Line, Report
from publisher.model import Block, CodeBlock, Inline, Level, ListBlock, Paragraph, Quote, Subheading

HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t\u3000]+|(?<=##)(?=[^#\s]))(.*?)(?:[ \t]+#+)?[ \t]*$")
EMPTY_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]*$")
RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)$")
BULLET = re.compile(r"([ \t]*)(?:[-*+•][ \t]+|(\d{1,9})(?:[.)][ \t]+|、))(?=\S)")
_QUOTE = re.compile(r" {0,3}>[ ]?")
#: A line that ends in a hard break after a whole sentence ends a paragraph: in these digests
#: nearly every line ends in two spaces.
_SENTENCE_END = re.compile(r"[。！？…!?.；;：:][”’\"'」』）)\]】》]*$")
#: Deeper nesting is shown as text: rendering walks the tree recursively.
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """A block and the line it starts on."""

    line: int
    block: Block


def closed_fences(lines: Sequence[Line]) -> dict[int, int]:
    """Map the index of each line that opens a fenced block to that of the line that closes it.

    A fence nobody closes is text: it would swallow the rest of the file.
    """
    found: dict[int, int] = {}
    hopeless: dict[str, int] = {}  # the shortest fence of a mark known to stay open
    index = 0
    while index < len(lines):
        text = lines[index].text
        match = FENCE.match(text) if "```" in text or "~~~" in text else None
        if match and len(match[1]) < hopeless.get(match[1][0], 1 << 30):
            end = _fence_end(lines, index, match[1])
            if end is None:
                hopeless[match[1][0]] = len(match[1])
            else:
                found[index] = end
                index = end
        index += 1
    return found


def _fence_end(lines: Sequence[Line], start: int, fence: str) -> int | None:
    for index in range(start + 1, len(lines)):
        text = lines[index].text.strip()
        if text.startswith(fence) and not text.strip(fence[0]):
            return index
    return None


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

    def marked(self, lines: Sequence[Line], index: int) -> int:
        """Take the line at `index` by its first mark; give the index of the next."""
        line = lines[index]
        first = line.text.lstrip(" \t")[:1]
        if first in "-*_" and RULE.match(line.text):
            self.flush()
        elif first == "#" and (heading := HEADING.match(line.text)):
            self.flush()
            self.done.append(Placed(line.number, self.subheading(heading[2], line.number)))
        elif self.depth < _DEEPEST and first == ">":
            return self.quote(lines, index)
        elif self.depth < _DEEPEST and (bullet := BULLET.match(line.text)):
            # A paragraph that merely continues with "2024. " is no list (CommonMark 5.3).
            if not self.pending or bullet[2] in (None, "1"):
                return self.list(lines, index)
            self.pending.append(line)
        else:
            self.pending.append(line)
            if line.text.endswith("  ") and _SENTENCE_END.search(line.text.rstrip()):
                self.flush()
        return index + 1

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
        text = "\n".join(line.text for line in lines)
        # Both ends lose white space, the full-width indent of Chinese paragraphs included.
        start = len(text) - len(text.lstrip())
        text = text.strip()

        def report(position: int, code: str, message: str) -> None:
            before = text[:position]
            row = before.count("\n")
            column = position - (before.rfind("\n") + 1) + 1 + (start if not row else 0)
            self.report(lines[row].number, column, Level.warning, code, message)

        return inline.parse(text, report), text

    def subheading(self, text: str, line: int) -> Subheading:
        children, plain = self.inlines([Line(line, text)])
        return Subheading(children, self.languages.of(plain))

    def quote(self, lines: Sequence[Line], index: int) -> int:
        self.flush()
        inside = []
        while index < len(lines) and (match := _QUOTE.match(lines[index].text)):
            inside.append(Line(lines[index].number, lines[index].text[match.end() :]))
            index += 1
        blocks = parse(inside, self.languages, self.report, depth=self.depth + 1)
        if blocks:
            self.done.append(Placed(inside[0].number, Quote(tuple(b.block for b in blocks))))
        return index

    def list(self, lines: Sequence[Line], index: int) -> int:
        self.flush()
        first = lines[index].number
        opening = BULLET.match(lines[index].text)
        start = int(opening[2]) if opening and opening[2] else None
        entries: list[tuple[Block, ...]] = []
        while index < len(lines):
            match = BULLET.match(lines[index].text)
            if not match or (match[2] is None) != (start is None) or RULE.match(lines[index].text):
                break
            inside, index = entry_lines(lines, index, match)
            blocks = parse(inside, self.languages, self.report, depth=self.depth + 1)
            entries.append(tuple(placed.block for placed in blocks))
            following = index
            while following < len(lines) and not lines[following].text.strip():
                following += 1
            if following < len(lines) and BULLET.match(lines[following].text):
                index = following
        self.done.append(Placed(first, ListBlock(tuple(entries), start)))
        return index


def entry_lines(lines: Sequence[Line], index: int, bullet: re.Match[str]) -> tuple[list[Line], int]:
    """Give the lines of the list entry that starts at `index`, and the index after it.

    Lines that are indented further than the bullet belong to it, over blank lines too; so does
    a line directly below that opens nothing of its own.
    """
    indent = len(bullet[1].expandtabs(4))
    inside = [Line(lines[index].number, lines[index].text[bullet.end() :])]
    index += 1
    blank = False
    while index < len(lines):
        text = lines[index].text
        if not text.strip():
            blank = True
            inside.append(Line(lines[index].number, ""))
        else:
            margin = len(text.expandtabs(4)) - len(text.expandtabs(4).lstrip())
            if margin <= indent and (
                blank or BULLET.match(text) or HEADING.match(text) or text.lstrip()[0] == ">"
                or RULE.match(text)
            ):  # fmt: skip
                break
            strip = min(margin, bullet.end()) if margin > indent else margin
            inside.append(Line(lines[index].number, text.expandtabs(4)[strip:]))
            blank = False
        index += 1
    return inside, index
