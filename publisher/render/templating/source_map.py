"""Where in a template each character of what it makes comes from.

Rendered once more with marks in it, a template tells the exact place of a mistake that only
shows in the result. That costs nothing as long as there is no mistake.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

# "Private use one" and "two": no rendered text has them (`without_forbidden` in html.py).
_OPEN, _CLOSE = "\x91", "\x92"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_TRANS = re.compile(r"{%[-+]?\s*trans\b(.*?%})?")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a template."""

    path: Path
    #: 1-based.
    line: int
    column: int


class Marks(Extension):
    """Puts a mark before each piece of a template's own text, and before each line of it."""

    identifier = "publisher.marks"
    places: list[Place]
    _lines: list[str]

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Record the lines of the template that is read next; return its source unchanged."""
        del name, filename
        self._lines = source.split("\n")
        return source

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens with marks in the text; a translated message has one at its start."""
        path = Path(stream.filename or stream.name or "")
        before = (0, 0)
        in_message = False
        for token in stream:
            number = token.lineno
            start = before[1] if before[0] == number else 0
            if token.type == "block_begin" and stream.current.test("name:trans"):
                in_message = True
                match = _TRANS.search(self._line(number), start)
                column = match.end() if match else 0
                yield Token(number, "data", self._mark(path, number, column + 1))
            elif token.type == "block_begin" and stream.current.test("name:endtrans"):
                in_message = False
            if token.type != "data":
                yield token
                continue
            first, *others = token.value.split("\n")
            column = self._column(number, first, start)
            last = others[-1] if others else first
            before = (number + len(others), len(last) + (0 if others else column))
            if in_message:
                yield token
                continue
            parts = [self._mark(path, number, column + 1), first]
            for line, text in enumerate(others, number + 1):
                parts += ["\n", self._mark(path, line, 1), text]
            yield Token(number, "data", "".join(parts))

    def _column(self, number: int, text: str, start: int) -> int:
        """Find where on its line a text begins that stands after a tag."""
        line = self._line(number)
        if line.startswith(text) and not start and not line.startswith("{"):
            return 0
        at = line.find("}" + text, max(0, start - 1))
        return at + 1 if at >= 0 else max(0, line.find(text, start))

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if number <= len(self._lines) else ""

    def _mark(self, path: Path, line: int, column: int) -> str:
        self.places.append(Place(path, line, column))
        return f"{_OPEN}{len(self.places) - 1}{_CLOSE}"


class Marked:
    """A rendered template and where it came from."""

    def __init__(self, rendered: str, places: list[Place]) -> None:
        offsets: list[int] = []
        shown_places: list[Place] = []
        parts: list[str] = []
        copied = length = 0
        for match in _MARK.finditer(rendered):
            parts.append(rendered[copied : match.start()])
            length += len(parts[-1])
            copied = match.end()
            offsets.append(length)
            shown_places.append(places[int(match[1])])
        parts.append(rendered[copied:])
        #: What it would be without the marks.
        self.text = "".join(parts)
        self._offsets = offsets
        self._places = shown_places

    def place(self, offset: int) -> Place | None:
        """Return the place of the character at an offset of `text`, or of the tag before it.

        None before the first mark.
        """
        index = bisect_right(self._offsets, offset) - 1
        if index < 0:
            return None
        place = self._places[index]
        between = self.text[self._offsets[index] : offset]
        column = place.column if "\n" in between else place.column + len(between)
        return Place(place.path, place.line, column)
