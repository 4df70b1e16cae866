"""Which section an item is in: the heading over it, and those over that one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.digest.fields import titles
from publisher.digest.fields.draft_item import Grouping
from publisher.digest.source_text import Line
from publisher.model import Link, links_in, plain

#: What marks a heading in a text without any notation.
_BLOCKS = "▎▍▌▋▊▉█┃■□▪▫◆◇●○►▶ "
#: `==== cs.CL ====`.
_DRAWN = re.compile(r"(?P<mark>[=~─━═—–-])(?P=mark)+[ ]*(?P<words>\S.{0,200}?)[ ]*(?P=mark){2,}")


def name_of(text: str) -> str:
    """Return the words of a heading, without what is drawn before and behind them."""
    nodes = titles.inlines(titles.without_fragments(text))
    # A word may stand in the address that it leads to: `[cs.CL](https://arxiv.org/list/cs.CL)`.
    words = titles.title_of(nodes) or plain([link for link in links_in(nodes) if not _is_url(link)])
    drawn = _DRAWN.fullmatch(words)
    return (drawn["words"] if drawn else words).lstrip(_BLOCKS) or words


def _is_url(link: Link) -> bool:
    return plain(link.children).startswith(("http", "www."))


class Sections:
    """The section at a place of a digest, while its lines are sorted from the first to the last."""

    def __init__(self) -> None:
        self.current: Grouping | None = None
        #: A heading of this level or above ends the section.
        self.reach = 0
        #: Text between items that no section has taken yet.
        self.pending: list[Line] = []
        #: Headings over nothing but deeper ones, with their depths, the outermost first.
        self.outer: list[tuple[int, Grouping]] = []

    def close(self, level: int) -> None:
        """End the section at a heading of a level; 0 is none."""
        if level and level <= self.reach:
            self.current, self.reach = None, 0

    def hold(self, depth: int, heading: Grouping) -> None:
        """Remember a heading that other headings may stand under."""
        self.leave(depth)
        self.outer.append((depth, heading))

    def leave(self, depth: int) -> None:
        """Forget the headings that one of this depth does not stand under."""
        while self.outer and self.outer[-1][0] >= depth:
            self.outer.pop()

    def open(
        self, heading: Line, text: Sequence[Line], *, depth: int, reach: int
    ) -> tuple[Grouping, ...]:
        """Begin a section at a heading, with the text that no section has; return those over it.

        A page that the heading leads to is shown above its text.
        """
        self.leave(depth)
        above = tuple(grouping for _, grouping in self.outer)
        links = [
            heading._replace(text=f"<{link.url}>")
            for link in links_in(titles.inlines(titles.without_fragments(heading.text)))
        ]
        lines = [*self.pending, *links, *text]
        self.current = Grouping(heading.number, name_of(heading.text), lines, above)
        self.pending, self.reach = [], reach
        return above
