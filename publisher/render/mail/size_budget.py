"""Texts fold until a mail fits, all to a like share of it, counted and not tried out.

A mail is rendered once, with a mark where each text will stand: its frame. What it will weigh
is then a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Self

from markupsafe import Markup

# "Start and end of selected area": no rendered text has them (`without_forbidden` in html.py).
_OPEN, _CLOSE = "\x86", "\x87"


class Form(IntEnum):
    """How much of a text a mail shows."""

    whole = 0
    #: Its first sentences, as many as its share allows, and a link to the rest.
    beginning = 1
    #: Nothing but its title.
    title = 2


class Body(Markup):
    """Finished HTML that a mail's frame only holds a place for."""

    #: What stands for it in a frame; empty once a template has changed it.
    placeholder: str = ""

    @classmethod
    def of(cls, html: str, key: str) -> Self:
        """Return one; `key` distinguishes it from the others of its issue."""
        body = cls(html)
        body.placeholder = placeholder(key)
        return body


def placeholder(key: str) -> str:
    """Return the mark that a frame has in place of the text with this key."""
    return f"{_OPEN}{key}{_CLOSE}"


def placeholder_or_value(value: object) -> object:
    """Return a Body's placeholder, and any other value unchanged: for Jinja2's `finalize`."""
    return value.placeholder or value if type(value) is Body else value


class Sizes:
    """The bytes that a text may take, less to more: nothing, up to each of its cuts, all of it.

    They are counted only as far as they are asked for: of a book a mail shows a page.
    """

    def __init__(self, sizes: Iterable[int]) -> None:
        self._rest = iter(sizes)
        self._counted: list[int] = []

    def __iter__(self) -> Iterator[int]:
        """Yield them, also to several who ask."""
        at = 0
        while self.count_to(at):
            yield self._counted[at]
            at += 1

    def count_to(self, at: int) -> bool:
        """Count sizes up to index `at`; return whether there is one."""
        while at >= len(self._counted):
            more = next(self._rest, None)
            if more is None:
                return False
            self._counted.append(more)
        return True


class Frame:
    """A rendered mail with marks instead of texts.

    It is kept in bytes, as a mail leaves: the characters of one that is partly Chinese take two
    bytes each in memory, and each time they are put together as long as encoding them.
    """

    def __init__(self, rendered: str) -> None:
        first, *others = rendered.split(_OPEN)
        self._parts = [first.encode()]
        #: Which of the parts are places, and for which text.
        self._places: list[tuple[int, str]] = []
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
        #: Its bytes without any text.
        self.size = sum(map(len, self._parts))

    def filled(self, texts: Mapping[str, str]) -> bytes:
        """Return the mail in UTF-8 with the texts in their places."""
        parts = self._parts.copy()
        for at, key in self._places:
            parts[at] = texts.get(key, "").encode()
        return b"".join(parts)


def shares(
    sizes: Mapping[str, Iterable[int]],
    counts: Mapping[str, int],
    room: int,
    least: Mapping[str, int],
) -> dict[str, int] | None:
    """Return how much of each text fits into `room` bytes: which of its sizes. None if too little.

    Texts are keyed by their places, of which each has as many as `counts` says, and have at least
    the size `least`. All get an equal number of bytes; what a text does not need of its share goes
    to the others. So there is a number of bytes such that each text has the largest of its
    sizes within it, or its least, or one size more, which room was left for. Of two texts that
    would take the same, the upper one is first.
    """
    larger = {key: iter(text_sizes) for key, text_sizes in sizes.items()}
    chosen: dict[str, int] = {}
    shown: dict[str, int] = {}
    for key, rest in larger.items():
        first = list(islice(rest, least[key] + 1))
        chosen[key], shown[key] = len(first) - 1, first[-1]
        room -= counts.get(key, 0) * first[-1]
    if room < 0:
        return None
    steps = [
        (size, number, key)
        for number, (key, rest) in enumerate(larger.items())
        if (size := next(rest, None)) is not None
    ]
    heapify(steps)
    is_tight = False
    while steps:
        size, number, key = heappop(steps)
        cost = counts.get(key, 0) * (size - shown[key])
        if cost > room:
            is_tight = True
            continue
        room -= cost
        chosen[key] += 1
        shown[key] = size
        if not is_tight and (more := next(larger[key], None)) is not None:
            heappush(steps, (more, number, key))
    return chosen


def fair_shares(
    sizes: Mapping[str, Iterable[int]], counts: Mapping[str, int], room: int
) -> dict[str, int]:
    """Return the `shares` of `room` bytes, where a text gets nothing only if it must.

    If there is no room for the first cut of all, no text has more than that: as many as fit have
    it, the shortest first, and the others nothing.
    """
    chosen = shares(sizes, counts, room, dict.fromkeys(sizes, 1))
    if chosen is None:
        nothing = dict.fromkeys(sizes, 0)
        firsts = {key: list(islice(text_sizes, 2)) for key, text_sizes in sizes.items()}
        chosen = shares(firsts, counts, room, nothing) or nothing
    return chosen


def byte_size(text: str) -> int:
    """Return how many bytes text is in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
