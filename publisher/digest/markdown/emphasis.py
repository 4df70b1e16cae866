"""`*emphasis*` and `**importance**`, paired as CommonMark 0.31 6.2 says, and in Chinese too.

CommonMark lets `**` close after punctuation only before a space or more punctuation, which
Chinese text has not: in `**“零样本”**测试` nothing closes. As in the cjk-friendly amendment,
a wide character beside the mark counts like punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from publisher.digest.language import WIDE
from publisher.model import Emphasis, Inline, Strong, Text

#: Hangul, too: a particle follows a word without a space (`**호밀(Rye)**을`).
_WIDE_CHARACTER = re.compile(f"[{WIDE}\\u1100-\\u11ff\\u3130-\\u318f\\uac00-\\ud7af]")
#: Deeper nesting is left as typed: rendering walks the tree recursively.
_DEEPEST = 12
#: `***` and longer runs pair as strong around emphasis; a run longer than this is decoration.
_LONGEST = 12


@dataclass(slots=True)
class Run:
    """A run of one mark, and whether it may open or close."""

    mark: str
    count: int
    opens: bool
    closes: bool
    original: int
    #: Its place among all nodes, which pairing does not change.
    place: int = 0

    @classmethod
    def at(cls, text: str, start: int, end: int) -> Run:
        """Make the run of marks at `text[start:end]` from what stands on either side."""
        count = end - start
        if count > _LONGEST:
            return cls(text[start], count, opens=False, closes=False, original=count)
        space_before, mark_before, loose_before = _kind(text[start - 1 : start])
        space_after, mark_after, loose_after = _kind(text[end : end + 1])
        opens = not space_after and (not mark_after or space_before or loose_before)
        closes = not space_before and (not mark_before or space_after or loose_after)
        if text[start] == "_":  # not inside words
            opens, closes = (
                opens and (not closes or loose_before),
                closes and (not opens or loose_after),
            )
        elif count == 1 and opens and closes and not (loose_before or loose_after):
            opens = closes = False  # 3*4*5 and a*b*c are products
        return cls(text[start], count, opens, closes, count)


@lru_cache(maxsize=1024)
def _kind(character: str) -> tuple[bool, bool, bool]:
    """Return whether a character (or an end of the text) is a space, punctuation, loose."""
    if not character or character.isspace():
        return True, False, False
    mark = unicodedata.category(character)[0] in "PS"
    return False, mark, mark or _WIDE_CHARACTER.match(character) is not None


def resolve(nodes: Sequence[Inline | Run]) -> tuple[Inline, ...]:
    """Pair the runs into Emphasis and Strong nodes; marks without a partner become text."""
    if Run not in map(type, nodes):
        return _merged(nodes)
    pairing = _Pairing()
    for place, node in enumerate(nodes):
        if isinstance(node, Run):
            node.place = place
            pairing.add_run(node)
        else:
            pairing.add(node, 0)
    return _merged(pairing.done)


class _Pairing:
    def __init__(self) -> None:
        self.done: list[Inline | Run] = []
        self.depths: list[int] = []  # beside `done`: how deep each node nests
        self.openers: list[int] = []  # indexes in `done` of runs that may still open
        # For each kind of closer the place before which no opener fits: without it, marks that
        # never pair would take quadratic time (CommonMark's `openers_bottom`).
        self.floors: dict[tuple[str, bool, int], int] = {}

    def add(self, node: Inline | Run, depth: int) -> None:
        self.done.append(node)
        self.depths.append(depth)

    def add_run(self, run: Run) -> None:
        if run.closes:
            self.close(run)
        if run.count:
            if run.opens:
                self.openers.append(len(self.done))
            self.add(run, 0)

    def close(self, closer: Run) -> None:
        """Let a closing run take partners from the nearest openers, innermost first."""
        done, depths, openers = self.done, self.depths, self.openers
        kind = (closer.mark, closer.opens, closer.original % 3)
        floor = self.floors.get(kind, 0)
        index = len(openers) - 1
        while closer.count and index >= 0:
            at = openers[index]
            opener = done[at]
            assert isinstance(opener, Run)  # noqa: S101  (what `openers` holds, told to mypy)
            if opener.place < floor:
                break
            if not _fit(opener, closer):
                index -= 1
                continue
            depth = 1 + max(depths[at + 1 :], default=0)
            if depth > _DEEPEST:
                # What is further out would be deeper still.
                del openers[: index + 1]
                return
            width = 2 if min(opener.count, closer.count) > 1 else 1
            inside = _merged(done[at + 1 :])
            opener.count -= width
            closer.count -= width
            del done[at + 1 :], depths[at + 1 :], openers[index + 1 :]
            if not opener.count:
                del done[at], depths[at], openers[index]
                index -= 1
            self.add(Strong(inside) if width > 1 else Emphasis(inside), depth)
        if closer.count:
            self.floors[kind] = closer.place


def _fit(opener: Run, closer: Run) -> bool:
    # CommonMark 6.2, rules 9 and 10: a run that could do both pairs only if the lengths allow.
    if opener.mark != closer.mark:
        return False
    both = opener.closes or closer.opens
    return (
        not both
        or (opener.original + closer.original) % 3 != 0
        or (opener.original % 3 == 0 and closer.original % 3 == 0)
    )


def _merged(nodes: Sequence[Inline | Run]) -> tuple[Inline, ...]:
    """Turn runs left over into text, and join neighbouring texts."""
    merged: list[Inline] = []
    texts: list[str] = []
    for node in nodes:
        if isinstance(node, Text):
            texts.append(node.value)
        elif isinstance(node, Run):
            texts.append(node.mark * node.count)
        else:
            if texts:
                _settle(texts, merged)
            merged.append(node)
    if texts:
        _settle(texts, merged)
    return tuple(merged)


def _settle(texts: list[str], merged: list[Inline]) -> None:
    value = "".join(texts)
    texts.clear()
    if value:
        merged.append(Text(value))
