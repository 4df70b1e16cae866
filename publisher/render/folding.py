"""Texts fold until a mail fits: the longest first, as few as will do, counted and not tried out.

A mail is rendered once, with a mark where each text will stand: its frame. What it will weigh
is then a sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from markupsafe import Markup

# "Start and end of selected area": no text that is rendered has them (render/html.py, `allowed`).
_OPEN, _CLOSE = "\x86", "\x87"


class Form(IntEnum):
    """How much of a text a mail shows."""

    whole = 0
    #: Its first sentences, and a link to the rest.
    beginning = 1
    #: Nothing but its title.
    title = 2


class Body(Markup):
    """Finished HTML that a mail's frame only holds a place for."""

    #: What stands for it in a frame; empty once a template has changed it.
    place: str = ""

    @classmethod
    def of(cls, html: str, key: str) -> Self:
        """Make one, told apart from the others of its issue by `key`."""
        body = cls(html)
        body.place = place(key)
        return body


def place(key: str) -> str:
    """Give what holds the place of a text."""
    return f"{_OPEN}{key}{_CLOSE}"


def held(value: object) -> object:
    """Give what a template puts where a value is to stand: for a text, its mark."""
    return value.place or value if type(value) is Body else value


#: A text in its forms; each is at most as long as the one before.
Forms = Sequence[str]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A mail that fits."""

    #: In UTF-8.
    content: bytes
    #: How much it shows of each text that it holds.
    forms: Mapping[str, Form]


class Frame:
    """A rendered mail with marks instead of texts, given in one piece or several.

    It is kept in bytes, as a mail leaves: the characters of one that is partly Chinese take two
    bytes each in memory, and each time they are put together as long as encoding them.
    """

    def __init__(self, *rendered: str) -> None:
        self._parts: list[bytes] = []
        #: Which of the parts are places, and for which text.
        self._places: list[tuple[int, str]] = []
        for piece in rendered:
            first, *others = piece.split(_OPEN)
            self._parts.append(first.encode())
            for other in others:
                key, close, text = other.partition(_CLOSE)
                if close and key.isidentifier():
                    self._places.append((len(self._parts), key))
                    self._parts += (b"", text.encode())
                else:
                    self._parts.append((_OPEN + other).encode())
        #: How often each text stands in it: a template of one's own may repeat or omit some.
        self.counts: dict[str, int] = {}
        for _, key in self._places:
            self.counts[key] = self.counts.get(key, 0) + 1

    def filled(self, texts: Mapping[str, str]) -> bytes:
        """Put texts into their places; give it in UTF-8."""
        parts = self._parts.copy()
        for at, key in self._places:
            parts[at] = texts.get(key, "").encode()
        return b"".join(parts)

    def fit(self, texts: Mapping[str, Forms], limit: int, last: Form = Form.title) -> Fitted | None:
        """Fill in as much as fits into `limit` bytes; None when not even the `last` forms do.

        As few texts as possible change their form: those that save most, and of two that save
        the same the one further down.
        """
        sizes = {key: [size(form) for form in texts[key]] for key in self.counts if key in texts}
        shown = dict.fromkeys(sizes, Form.whole)
        excess = sum(map(len, self._parts)) - limit
        excess += sum(self.counts[key] * its[Form.whole] for key, its in sizes.items())
        for form in (Form.beginning, Form.title):
            if excess <= 0 or form > last:
                break
            savings = {
                key: self.counts[key] * (its[shown[key]] - its[form]) for key, its in sizes.items()
            }
            for key in most(savings, excess):
                excess -= savings[key]
                shown[key] = form
        if excess > 0:
            return None
        if Form.title in shown.values():
            _give_back(shown, sizes, self.counts, -excess)
        return Fitted(self.filled({key: texts[key][form] for key, form in shown.items()}), shown)


def _give_back(
    shown: dict[str, Form], sizes: Mapping[str, Sequence[int]], counts: Mapping[str, int], room: int
) -> None:
    """Unfold what fits into the room that the last text to go has left over."""
    costs = {
        key: counts[key] * (sizes[key][Form.whole] - sizes[key][Form.beginning])
        for key, form in shown.items()
        if form is Form.beginning
    }
    for key in sorted(costs, key=lambda key: costs[key]):
        if costs[key] <= room:
            shown[key] = Form.whole
            room -= costs[key]


def most(savings: Mapping[str, int], wanted: int) -> list[str]:
    """Choose the fewest that together save what is wanted: all that save anything, if need be."""
    chosen: list[str] = []
    order = {key: number for number, key in enumerate(savings)}
    for key in sorted(savings, key=lambda key: (savings[key], order[key]), reverse=True):
        if wanted <= 0 or savings[key] <= 0:
            break
        chosen.append(key)
        wanted -= savings[key]
    return chosen


def size(text: str) -> int:
    """Give how many bytes text is in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
