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

from publisher.digest.language import WIDE
from publisher.model import Emphasis, Inline, Strong, Text

_WIDE_CHARACTER = re.compile(f"[{WIDE}]")
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
    original: int = 0

    @classmethod
    def at(cls, text: str, start: int, end: int) -> Run:
        """Make the run of marks at `text[start:end]` from what stands on either side."""
        before, after = text[start - 1 : start] or " ", text[end : end + 1] or " "
        left = not after.isspace() and (
            not _punctuation(after) or before.isspace() or _loose(before)
        )
        right = not before.isspace() and (
            not _punctuation(before) or after.isspace() or _loose(after)
        )
        mark = text[start]
        if mark == "_":
            opens, closes = (
                left and (not right or _loose(before)),
                right and (not left or _loose(after)),
            )
        else:
            opens, closes = left, right
        count = end - start
        usable = count <= _LONGEST
        return cls(mark, count, opens and usable, closes and usable, count)


def _punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _loose(character: str) -> bool:
    return _punctuation(character) or _WIDE_CHARACTER.match(character) is not None


def resolve(nodes: Sequence[Inline | Run]) -> tuple[Inline, ...]:
    """Pair the runs into Emphasis and Strong nodes; marks without a partner become text."""
    if not any(isinstance(node, Run) for node in nodes):
        return _merged(nodes)
    done: list[Inline | Run] = []
    depths: list[int] = []  # beside `done`: how deep each node nests
    openers: list[int] = []  # indexes in `done` of runs that may still open
    for node in nodes:
        if not isinstance(node, Run):
            done.append(node)
            depths.append(0)
            continue
        if node.closes:
            _close(node, done, depths, openers)
        if node.count:
            if node.opens:
                openers.append(len(done))
            done.append(node)
            depths.append(0)
    return _merged(done)


def _close(closer: Run, done: list[Inline | Run], depths: list[int], openers: list[int]) -> None:
    """Let a closing run take partners from the nearest openers, innermost first."""
    index = len(openers) - 1
    while closer.count and index >= 0:
        place = openers[index]
        opener = done[place]
        if not isinstance(opener, Run) or not _fit(opener, closer):
            index -= 1
            continue
        width = 2 if min(opener.count, closer.count) > 1 else 1
        depth = 1 + max(depths[place + 1 :], default=0)
        if depth > _DEEPEST:
            return
        inside = _merged(done[place + 1 :])
        wrapped: Inline = Strong(inside) if width > 1 else Emphasis(inside)
        opener.count -= width
        closer.count -= width
        del done[place + 1 :], depths[place + 1 :], openers[index + 1 :]
        if not opener.count:
            del done[place], depths[place], openers[index]
            index -= 1
        done.append(wrapped)
        depths.append(depth)


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
    for node in nodes:
        value = node.mark * node.count if isinstance(node, Run) else None
        if isinstance(node, Text):
            value = node.value
        if value is None:
            assert not isinstance(node, Run)  # noqa: S101  (tells mypy what the line above did)
            merged.append(node)
        elif merged and isinstance(merged[-1], Text):
            merged[-1] = Text(merged[-1].value + value)
        elif value:
            merged.append(Text(value))
    return tuple(merged)
