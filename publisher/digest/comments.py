"""HTML comments (`<!-- … -->`): words for whoever edits a digest, and for no reader."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.blocks import Fences
from publisher.digest.inline import LONGEST_TICKS
from publisher.digest.source import Line, Report
from publisher.model import Level

OPEN = "<!--"
#: What is escaped or in code opens no comment.
_MARK = re.compile(rf"\\.|(`+)|{OPEN}")
_EDGE = re.compile(rf"{OPEN}|-->")


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
    line, at, changed = lines[index], 0, False
    while mark := _MARK.search(line.text, at):
        at = mark.end()
        if mark[1]:
            at = _code_end(line.text, at, len(mark[1]))
        elif mark[0] == OPEN:
            start = mark.start()
            # `<!-->` is a comment, too (CommonMark 6.6).
            end, last = _end(line, start + 2), index
            while end is None and last + 1 < len(lines):
                last += 1
                end = _end(lines[last], 0)
            if not end:
                next_one = f" before the next opens in line {lines[last].number}"
                what = f"shown as text: no --> closes this comment{next_one if end == 0 else ''}"
                report(line.number, line.column + start, Level.warning, "open-comment", what)
                if end is None:  # none that follows is closed either
                    break
                continue
            changed = True
            if last == index:
                line, at = _joined(line, start, end)
            else:
                _keep(line._replace(text=line.text[:start].rstrip()), kept)
                index, line, at = last, lines[last].after(end), 0
    if changed:
        _keep(line, kept)
    else:
        kept.append(line)
    return index


def _code_end(text: str, position: int, ticks: int) -> int:
    """Give where the code ends that so many back-ticks before `position` open, if they do."""
    if ticks > LONGEST_TICKS:
        return position
    close = re.compile(rf"(?<!`)`{{{ticks}}}(?!`)").search(text, position)
    return close.end() if close else position


def _end(line: Line, position: int) -> int | None:
    """Give where a comment ends in a line; 0 where another begins first, None where neither is."""
    edge = _EDGE.search(line.text, position)
    if not edge:
        return None
    return 0 if edge[0] == OPEN else edge.end()


def _joined(line: Line, start: int, end: int) -> tuple[Line, int]:
    """Give a line without the comment between `start` and `end`, and where that stood."""
    before, after = line.text[:start], line.text[end:]
    if not before.strip():
        blank = len(after) - len(after.lstrip())
        return Line(line.number, before + after.lstrip(), line.column + end - start + blank), start
    if not after or after[0].isspace():
        before = before.rstrip()
    return line._replace(text=before + after), len(before)


def _keep(line: Line, kept: list[Line]) -> None:
    if line.text.strip():
        kept.append(line)
