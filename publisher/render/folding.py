"""Texts fold until a mail fits: the longest first, as few as will do, counted and not tried out.

A mail is rendered once, with a mark where each text will stand: its frame. What it will weigh
is then a sum.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from markupsafe import Markup

# "Start and end of selected area": no text that is rendered has them (render/html.py, `allowed`).
_OPEN, _CLOSE = "\x86", "\x87"
_HELD = re.compile(f"{_OPEN}(\\w+){_CLOSE}")


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

    content: str
    #: How much it shows of each text that it holds.
    forms: Mapping[str, Form]


def filled(rendered: str, texts: Mapping[str, str]) -> str:
    """Put texts into their places, and leave what has none among them as it is."""
    return _HELD.sub(lambda match: texts.get(match[1], match[0]), rendered)


class Frame:
    """A rendered mail with marks instead of texts."""

    def __init__(self, rendered: str) -> None:
        self._parts = _HELD.split(rendered)
        #: How often each text stands in it: a template of one's own may repeat or omit some.
        self.counts: dict[str, int] = {}
        for key in self._parts[1::2]:
            self.counts[key] = self.counts.get(key, 0) + 1

    def filled(self, texts: Mapping[str, str]) -> str:
        """Put texts into their places."""
        parts = self._parts.copy()
        parts[1::2] = [texts.get(key, "") for key in parts[1::2]]
        return "".join(parts)

    def fit(self, texts: Mapping[str, Forms], limit: int, last: Form = Form.title) -> Fitted | None:
        """Fill in as much as fits into `limit` bytes; None when not even the `last` forms do.

        As few texts as possible change their form: those that save most, and of two that save
        the same the one further down.
        """
        sizes = {key: [size(form) for form in texts[key]] for key in self.counts if key in texts}
        shown = dict.fromkeys(sizes, Form.whole)
        excess = size("".join(self._parts[::2])) - limit
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
