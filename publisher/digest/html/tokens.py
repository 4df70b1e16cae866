"""A digest's text in pieces: words, tags, code; what nobody sees is left out."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from publisher.digest.html import shortcodes
from publisher.digest.html.tags import HIDDEN, Tag, Tags
from publisher.digest.markdown import latex
from publisher.digest.markdown.inline import LONGEST_TICKS
from publisher.digest.markdown.latex_marks import MATH
from publisher.digest.source_text import Line, Report
from publisher.model import Level

#: What may be a tag or a shortcode, and what holds none: escapes, code, formulas.
_MARK = re.compile(rf"\\.|``*|\$\$?|<(?=[A-Za-z/!?])|{shortcodes.AHEAD}")
_TICKS = re.compile(r"`+")
#: Where a paragraph ends, and no code reaches further: a blank line, or one that opens a block.
_BREAK = re.compile(r"\n(?=[ \t]*(?:\n|[-*+][ \t]|[0-9]{1,9}[.)、]|[#>|<]))")
#: How long a formula on lines of its own may be.
_LONGEST_FORMULA = 1_000
#: What Markdown would take for marks, where there is none.
_MARKDOWN = re.compile(r"[*`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
#: Elements that have a form in Markdown; of all others nothing is left but what is in them.
_SHOWN = frozenset({
    "a", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "q", "s",
    "samp", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "tt", "ul",
})  # fmt: skip


@dataclass(slots=True)
class Piece:
    """Words, a tag, or lines of code, a fence around them."""

    #: That of the line in which it begins.
    index: int
    text: str = ""
    tag: Tag | None = None
    code: Sequence[tuple[int, str]] = ()


@dataclass(slots=True)
class Pieces:
    """Cuts lines into pieces.

    With `is_html`, the text is HTML throughout, and Markdown's marks are words of it.
    """

    lines: Sequence[Line]
    #: The first and the last index of lines in fences.
    fences: Mapping[int, int]
    report: Report
    is_html: bool = False
    found: list[Piece] = field(default_factory=list)
    #: Whether there was any markup.
    is_marked: bool = False
    #: The lines of markup that shows nothing.
    silent: set[int] = field(default_factory=set)
    _text: str = ""
    _starts: list[int] = field(default_factory=list)
    _tags: Tags = field(default_factory=lambda: Tags(""))
    #: The end of a paragraph, and the lengths of back-tick runs that nothing closes in it.
    _paragraph: tuple[int, set[int]] = (-1, set())
    #: To where shortcodes are shown as typed.
    _raw: int = 0
    #: Elements, and fences, that nothing ends any more.
    _endless: set[str] = field(default_factory=set)

    def cut(self) -> list[Piece]:
        """Return all pieces, in order."""
        sizes = (len(line.text) + 1 for line in self.lines)
        self._starts = list(accumulate(sizes, initial=0))
        self._text = "\n".join(line.text for line in self.lines)
        self._tags = Tags(self._text, is_html=self.is_html)
        place = 0
        for first, last in self.fences.items():
            self._scan(place, self._starts[first])
            code = [(index, self.lines[index].text) for index in range(first, last + 1)]
            self.found.append(Piece(first, code=code))
            place = min(self._starts[last + 1], len(self._text))
        self._scan(place, len(self._text))
        return self.found

    def _scan(self, start: int, end: int) -> None:
        """Cut the text between two places."""
        text, place = self._text, start
        while match := _MARK.search(text, place, end):
            at, mark = match.start(), match[0][0]
            place = match.end()
            taken = at
            if mark == "<":
                place = taken = self._tag(start, at, end)
            elif mark in "{]":
                place = taken = self._shortcode(start, at)
            elif mark == "$":
                place = self._formula_end(at, place, end)
            elif mark == "`" and not self.is_html:
                place = self._code_end(at, place, end)
            elif mark == "\\" and self.is_html:
                place = at + 1
            if taken > at:
                start = taken
            elif place <= at:
                place = at + 1
        self._words(start, end)

    def _index(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _words(self, start: int, end: int, without: str = "") -> None:
        """Take text up to a mark; `without` the last bracket, where it opened what was left out."""
        if end <= start:
            return
        words = self._text[start:end]
        if without and (at := words.rfind(without)) >= 0:
            words = words[:at].removesuffix("!") + words[at + 1 :]
        if self.is_html:
            words = _MARKDOWN.sub(r"\\\g<0>", words)
        self.found.append(Piece(self._index(start), words))

    def _tag(self, start: int, at: int, end: int) -> int:
        """Take a tag, if it is one, and give where it ends."""
        tag_and_end = self._tags.at(at)
        if not tag_and_end or tag_and_end[1] > end:
            return at
        tag, after = tag_and_end
        index = self._index(at)
        self.is_marked = True
        if tag.name in HIDDEN and not tag.is_end and not tag.is_closed:
            inside = self._inside(tag.name, after, end)
            if inside:
                self._words(start, at)
                self._hide(tag, at, *inside)
                return inside[1]
            if not tag.attributes and self._text[at - 1 : at] not in ("", "\n", ">"):
                return at
        elif tag.name == "pre" and not tag.is_end and (inside := self._inside("pre", after, end)):
            words = self._text[after : inside[0]]
            if "<code" in words or tag.get("class") or "http" not in words:
                self._words(start, at)
                self._code(index, words)
                return inside[1]
        self._words(start, at)
        if tag.name not in _SHOWN:
            self.silent.add(index)
        self.found.append(Piece(index, tag=tag if tag.name else None))
        return after

    def _inside(self, name: str, start: int, end: int) -> tuple[int, int] | None:
        """Return where an element's end tag begins and ends, if it has one."""
        key = f"{name} {end}"
        if key in self._endless:
            return None
        closing = re.compile(rf"</{name}\s{{0,9}}>", re.IGNORECASE).search(self._text, start, end)
        if not closing:
            self._endless.add(key)
        return closing.span() if closing else None

    def _hide(self, tag: Tag, at: int, last: int, after: int) -> None:
        """Leave out an element that no reader is meant to see, and tell of its words."""
        first, to = self._index(at), self._index(after - 1)
        self.silent.update(range(first, to + 1))
        self.found.append(Piece(first))
        words = self._text[at:last].partition(">")[2]
        if words.strip():
            self._tell(at, after, f"what stands in <{tag.name}> is for no reader")

    def _tell(self, at: int, after: int, what: str) -> None:
        """Report words that are left out, with the last line they reach into."""
        line, to = self.lines[self._index(at)], self.lines[self._index(after - 1)].number
        out = f": left out to line {to}" if to > line.number else ": left out"
        column = line.column + at - self._starts[self._index(at)]
        self.report(line.number, column, Level.warning, "hidden-markup", what + out)

    def _code(self, index: int, words: str) -> None:
        """Take an element's lines as code."""
        if words.startswith("\n"):
            index, words = index + 1, words[1:]
        lines = html.unescape(self._without_tags(words)).rstrip().split("\n")
        ticks = max((len(run) for run in _TICKS.findall(words)), default=0)
        fence = "`" * max(3, ticks + 1)
        code = [(index + n, line) for n, line in enumerate(lines)]
        self.found.append(Piece(index, code=[(index, fence), *code, (code[-1][0], fence)]))

    def _without_tags(self, words: str) -> str:
        tags, kept, start, place = Tags(words), [], 0, words.find("<")
        while place >= 0:
            if tag_and_end := tags.at(place):
                kept.append(words[start:place])
                start = tag_and_end[1]
            place = words.find("<", max(start, place + 1))
        return "".join([*kept, words[start:]])

    def _shortcode(self, start: int, at: int) -> int:
        """Leave out a shortcode, if it is one, and give where it ends."""
        shortcode = shortcodes.at(self._text, at) if at >= self._raw else None
        if not shortcode:
            return at
        self._raw = shortcode.raw_to
        self.is_marked = True
        self._words(start, at, "[" if self._text[at] == "]" else "")
        first, last = self._index(at), self._index(shortcode.end - 1)
        self.silent.update(range(first, last + 1))
        if shortcode.has_words:
            self._tell(at, shortcode.end, "a comment")
        self.found.append(Piece(first, shortcode.shown))
        return shortcode.end

    def _formula_end(self, at: int, after: int, end: int) -> int:
        """Return where the formula ends that a dollar may begin."""
        match = MATH.match(self._text, at, end)
        if match and latex.is_formula(match[2]):
            return match.end()
        if after - at > 1:
            closing = self._text.find("$$", after, min(end, after + _LONGEST_FORMULA))
            if closing > 0 and "\n\n" not in self._text[after:closing]:
                return closing + 2
        return after

    def _fence_end(self, at: int, after: int, end: int) -> int | None:
        """Return where a fence ends that stands in a list, or a quote."""
        text, fence = self._text, self._text[at:after]
        key = f"{fence} {end}"
        before = text[max(0, text.rfind("\n", 0, at)) : at]
        if len(fence) < len("```") or before.strip(" \t>\n") or key in self._endless:
            return None
        line = re.compile(rf"^[ \t>]*+{fence}`*+[ \t]*+$", re.MULTILINE)
        if closing := line.search(text, after, end):
            return closing.end()
        self._endless.add(key)
        return None

    def _code_end(self, at: int, after: int, end: int) -> int:
        """Return where the code ends that back-ticks begin."""
        text, ticks = self._text, after - at
        if fenced := self._fence_end(at, after, end):
            return fenced
        if after > self._paragraph[0]:
            stop = _BREAK.search(text, after, end)
            self._paragraph = stop.start() if stop else end, set()
        limit, endless = self._paragraph
        if ticks > LONGEST_TICKS or ticks in endless:
            return after
        for run in _TICKS.finditer(text, after, limit):
            if run.end() - run.start() == ticks:
                return run.end()
        endless.add(ticks)
        return after
