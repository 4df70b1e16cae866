"""Lines that belong to an entry of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.markdown.line_marks import BULLET, CHECKBOX, RULE, heading
from publisher.digest.source_text import Line

_QUOTE = re.compile(r"[ \t]*(?:>[ ]?)+|[ \t]*:[ \t]+")
#: What begins a line that opens something of its own.
_OPENING = frozenset("#>-*+_=━─═—•0123456789")


def entry_lines(lines: Sequence[Line], index: int, bullet: re.Match[str]) -> tuple[list[Line], int]:
    """Return the lines of the list entry that starts at `index`, and the index after it.

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
    """Return whether a line opens a block of its own."""
    if mark not in _OPENING:
        return False
    return mark == ">" or bool(BULLET.match(text) or heading(text) or RULE.match(text))


def content_of(line: Line) -> Line:
    """Return a line without its bullet or the mark of a quote."""
    text = line.text
    if bullet := BULLET.match(text):
        box = CHECKBOX.match(text, bullet.end())
        return line.after(box.end() if box else bullet.end())
    if quote := _QUOTE.match(text):
        return line.after(quote.end())
    stripped = text.lstrip(" \t\u3000")
    return line.after(len(text) - len(stripped)) if stripped != text else line


def entry_of(lines: Sequence[Line], index: int) -> tuple[list[Line], int]:
    """Return the lines of the entry at `index`, or the line there alone, and the index after."""
    bullet = BULLET.match(lines[index].text)
    if not bullet:
        return [lines[index]], index + 1
    inside, end = entry_lines(lines, index, bullet)
    while len(inside) > 1 and not inside[-1].text.strip():
        inside.pop()
    return inside, end
