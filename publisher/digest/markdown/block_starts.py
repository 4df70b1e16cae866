"""What a line opens: a heading, a list entry, a quote, fenced code, a drawn rule, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from publisher.digest.markdown.headings import above_links
from publisher.digest.markdown.line_marks import BULLET, RULE, Fences, heading
from publisher.digest.markdown.tables import is_delimiter
from publisher.digest.source_text import Line

#: Lists and quotes inside one another.
DEEPEST = 40
#: A line that begins with none of these opens nothing.
MARKS = frozenset("#＃>-*+_=~`%•●▪‣◦∙·—–―0123456789" + "".join(map(chr, range(0x2500, 0x25A0))))
_FENCES = ("```", "~~~")
#: A bullet with nothing behind it.
_LONE = re.compile(r"()(?:[-*+•●▪‣◦∙·]|([0-9]{1,9})[.)、])[ \t\u3000]*+$")


class Opening(Enum):
    """What a line opens."""

    nothing = auto()
    fence = auto()
    rule = auto()
    quote = auto()
    heading = auto()
    entry = auto()


class Openings:
    """Tells what the lines of a text, or of a quote in it, open; to be asked in their order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._fences: Fences | None = None
        if any(fence in line.text for line in lines for fence in _FENCES):
            self._fences = Fences([line._replace(text=_fence_of(line.text)) for line in lines])

    def at(self, index: int, place: int, margin: int) -> Opening:
        """Return what the line at `index` opens at a place in it.

        `margin` is how many columns stand before the bullet of the entry around it; -1 where there
        is none.
        """
        text = self.lines[index].text
        mark = text[place : place + 1]
        if mark not in MARKS or ("|" in text and is_delimiter(text, place)):
            opening = Opening.nothing
        elif mark in "`~" and self.end_of_fence(index) is not None:
            opening = Opening.fence
        elif mark == ">":
            opening = Opening.quote
        elif RULE.match(text, place):
            opening = Opening.rule
        elif mark in "#＃":
            opening = Opening.heading if self.title(index, place) else Opening.nothing
        elif BULLET.match(text, place) or self._is_bullet(index, place, margin):
            opening = Opening.entry
        else:
            opening = Opening.nothing
        return opening

    def end_of_fence(self, index: int) -> int | None:
        """Return the line that closes the fenced block which the line at `index` opens, if any."""
        return self._fences.end(index) if self._fences else None

    def title(self, index: int, place: int) -> tuple[int, str] | None:
        """Return the level and the words of the heading in a line, if there is one.

        `#Title` is one above a line of links, and a tag elsewhere.
        """
        words = self.lines[index].text[place:]
        titled = heading(words)
        is_glued = not titled and words[1:2] not in "#＃" and index + 1 < len(self.lines)
        if is_glued and above_links(self.lines[index + 1].text):
            return 1, words.strip(" #＃")
        return titled

    def _is_bullet(self, index: int, place: int, margin: int) -> bool:
        """Return whether a bullet without words is one: after another, or with words below it."""
        text = self.lines[index].text
        if not _LONE.match(text, place):
            return False
        own = columns(text, place)
        below = self.lines[index + 1].text if index + 1 < len(self.lines) else ""
        words = below.lstrip()
        return own <= margin or (bool(words) and columns(below, len(below) - len(words)) > own)


def bullet_at(text: str, place: int) -> tuple[int | None, int] | None:
    """Return the number of the list entry that begins at a place, and where its words begin."""
    bullet = BULLET.match(text, place) or _LONE.match(text, place)
    return (int(bullet[2]) if bullet[2] else None, bullet.end()) if bullet else None


def interrupts(text: str, place: int) -> bool:
    """Return whether a list entry may begin right below a line of text (CommonMark 5.3).

    A paragraph that merely continues with "2024. " is no list, nor is one that does with "-".
    """
    bullet = BULLET.match(text, place)
    return bullet is not None and bullet[2] in (None, "1")


def columns(text: str, place: int) -> int:
    """Return the columns before a place in a line, in which tabs stop at every fourth."""
    return len(text[:place].expandtabs(4)) if place else 0


def _fence_of(text: str) -> str:
    """Return the fence in a line without what is before it; behind a bullet none has its end."""
    end = 0
    if any(fence in text for fence in _FENCES):
        for _ in range(DEEPEST):
            if not (bullet := BULLET.match(text, end)):
                break
            end = bullet.end()
    return f"{text[end:]} x" if end else text.lstrip()
