"""What a notation's reader writes: lines of plain Markdown, and what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from publisher.digest.html.grids import escaped
from publisher.digest.source_text import Line, Report, named
from publisher.model import Level

#: What would make a line of running text a heading, a list, a quote, a rule or a table's row.
_OPENS = re.compile(r"[ \t]*(?:[#>|=+*_~-]|`{3}|•|[0-9]{1,9}[.)、])")
_ADDRESS = re.compile(r"[ \t]*<?https?://\S+[ \t]*$")
_DEEPEST = 6


class UnreadableError(Exception):
    """Why a notation cannot be read, and where (from 1)."""

    def __init__(self, reason: str, line: int, column: int = 1) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column


@dataclass(slots=True)
class Page:
    """Gathers the lines of a digest in Markdown; each has the number of the line it came from."""

    lines: list[Line] = field(default_factory=list)
    #: The numbers of lines that are not taken over, by what they are.
    left_out: dict[str, list[int]] = field(default_factory=dict)
    _parted: bool = False

    def part(self) -> None:
        """Begin a new paragraph with the next line."""
        self._parted = True

    def add(self, number: int, text: str, column: int = 1) -> None:
        """Append one line; of blank lines only the first."""
        if not text.strip():
            self._parted = True
            return
        if self._parted and self.lines and self.lines[-1].text:
            self.lines.append(Line(number, ""))
        self._parted = False
        self.lines.append(Line(number, text, column))

    def keep(self, line: Line) -> None:
        """Append a line as it is, each of several blank ones, too."""
        if line.text.strip():
            self.add(*line)
        else:
            self.lines.append(line)

    def block(self, number: int, text: str) -> None:
        """Append a line that stands by itself."""
        self.part()
        self.add(number, text)
        self.part()

    def heading(self, number: int, level: int, words: str) -> None:
        """Append a heading; `level` is from 1, and of deeper ones than Markdown has the last."""
        self.block(number, f"{'#' * min(level, _DEEPEST)} {' '.join(words.split())}")

    def field(self, number: int, label: str, value: str) -> None:
        """Append a labelled line; the first line of a value that has more."""
        self.add(number, f"**{label}**: {value}")

    def fenced(self, number: int, kind: str, inside: Sequence[Line]) -> None:
        """Append lines that are shown to the letter."""
        longest = max(
            map(len, re.findall("`+", "\n".join(line.text for line in inside))), default=0
        )
        fence = "`" * max(longest + 1, 3)
        self.part()
        self.add(number, fence + kind)
        for line in inside:
            self.lines.append(line)
        self.lines.append(Line(inside[-1].number if inside else number, fence))
        self.part()

    def table(self, first: int, rows: Sequence[tuple[int, list[str]]], *, named: bool) -> None:
        """Append a table, each row with its line's number; without names for its columns if not."""
        columns = max((len(cells) for _, cells in rows), default=0)
        if not columns:
            return
        self.part()
        for place, (number, cells) in enumerate(rows if named else [(first, []), *rows]):
            filled = cells + [""] * (columns - len(cells))
            self.add(number, f"| {' | '.join(map(escaped, filled))} |")
            if not place:
                self.add(number, "|" + "---|" * columns)
        self.part()

    def leave_out(self, what: str, numbers: Iterable[int]) -> None:
        """Note lines that are not taken over."""
        self.left_out.setdefault(what, []).extend(numbers)

    def tell(self, report: Report) -> None:
        """Report what was left out, each kind once."""
        for what, numbers in self.left_out.items():
            if numbers:
                message = f"left out ({named(numbers)}): {what}"
                report(min(numbers), 1, Level.info, "left-out", message)


def flowing(lines: Iterable[Line]) -> list[Line]:
    """Return the lines of one paragraph such that Markdown sees nothing else in them.

    A line that would open a block, or is an address alone, joins the line above it.
    """
    joined: list[Line] = []
    for line in lines:
        text = line.text.strip()
        opens = _OPENS.match(text)
        if joined and (opens or _ADDRESS.match(text)):
            last = joined[-1]
            joined[-1] = last._replace(text=f"{last.text} {text}")
        elif opens and text[0] in "#>":
            joined.append(Line(line.number, "\\" + text, line.column))
        else:
            margin = len(line.text) - len(line.text.lstrip())
            joined.append(Line(line.number, text, line.column + margin))
    return joined
