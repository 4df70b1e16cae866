"""HTML comments (`<!-- … -->`): words for whoever edits a digest, and for no reader."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.markdown.inline import LONGEST_TICKS
from publisher.digest.markdown.line_marks import Fences
from publisher.digest.source_text import Line, Report
from publisher.model import Level

OPEN = "<!--"
#: What is escaped or in code opens no comment.
_MARK = re.compile(rf"\\.|(`+)|{OPEN}")
_EDGE = re.compile(rf"{OPEN}|-->")
_SPACE = re.compile(r"\s*")


def hidden(lines: Sequence[Line], report: Report) -> list[Line]:
    """Leave out comments, and lines that hold nothing else; those that are kept have their number.

    A comment may span lines. One that is not closed before the next begins is text, with a
    remark: it would hide what stands between the two, if not the rest of the file.
    """
    kept: list[Line] = []
    fences = Fences(lines)
    index = 0
    while index < len(lines):
        end = fences.end(index)
        if end is not None:
            kept += lines[index : end + 1]
            index = end
        elif OPEN in lines[index].text:
            index = _take(lines, index, kept, report)
        else:
            kept.append(lines[index])
        index += 1
    return kept


def _take(lines: Sequence[Line], index: int, kept: list[Line], report: Report) -> int:
    """Keep what is no comment of the line at `index`, and of those its comments reach into.

    Gives the index of the last of them.
    """
    rest, at, changed = _Rest(lines[index]), 0, False
    while mark := _MARK.search(rest.text, at):
        at = mark.end()
        if mark[1]:
            at = _code_end(rest.text, at, len(mark[1]))
        elif mark[0] == OPEN:
            start = mark.start()
            # `<!-->` is a comment, too (CommonMark 6.6).
            end, last = _end(rest.text, start + 2), index
            while end is None and last + 1 < len(lines):
                last += 1
                end = _end(lines[last].text, 0)
            if not end:
                next_one = f" before the next opens in line {lines[last].number}"
                what = f"shown as text: no --> closes this comment{next_one if end == 0 else ''}"
                report(rest.number, rest.column_of(start), Level.warning, "open-comment", what)
                if end is None:  # none that follows is closed either
                    break
                continue
            changed = True
            if last == index:
                at = rest.take_out(start, end)
            else:
                rest.take_out(start, len(rest.text))
                _keep(rest.line(), kept)
                index, rest, at = last, _Rest(lines[last].after(end)), 0
    if changed:
        _keep(rest.line(), kept)
    else:
        kept.append(lines[index])
    return index


class _Rest:
    """A line while comments are taken out of it, in pieces: a line may have very many."""

    def __init__(self, line: Line) -> None:
        self.number, self.text, self._column = line
        #: What is kept of the text before `_at`, and how long that is.
        self._kept: list[str] = []
        self._size = self._at = 0
        self._blank = True

    def column_of(self, place: int) -> int:
        """Return the column that a place in the text has without the comments before it."""
        return self._column + self._size + place - self._at

    def take_out(self, start: int, end: int) -> int:
        """Take out a comment, and the white space that would be left over; give where to go on."""
        self._keep(self.text[self._at : start])
        self._at = end
        if self._blank:
            self._at = _SPACE.match(self.text, end).end()  # type: ignore[union-attr]  # matches ""
            self._column += self._at - start
        elif end == len(self.text) or self.text[end].isspace():
            last = self._kept.pop()
            self._size -= len(last)
            self._keep(last.rstrip())
        return self._at

    def _keep(self, part: str) -> None:
        if part:
            self._blank = self._blank and part.isspace()
            self._size += len(part)
            self._kept.append(part)

    def line(self) -> Line:
        """Return what is left."""
        return Line(self.number, "".join(self._kept) + self.text[self._at :], self._column)


def _code_end(text: str, position: int, ticks: int) -> int:
    """Return where the code ends that so many back-ticks before `position` open, if they do."""
    if ticks > LONGEST_TICKS:
        return position
    close = re.compile(rf"(?<!`)`{{{ticks}}}(?!`)").search(text, position)
    return close.end() if close else position


def _end(text: str, position: int) -> int | None:
    """Return where a comment ends in a line; 0 if another begins first, None if neither does."""
    edge = _EDGE.search(text, position)
    if not edge:
        return None
    return 0 if edge[0] == OPEN else edge.end()


def _keep(line: Line, kept: list[Line]) -> None:
    if line.text.strip():
        kept.append(line)
