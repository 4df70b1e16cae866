"""Bounds on what code computes, whatever the machine and what else it does."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: What the fixed work takes on a machine like the one that bounds were set on, in seconds.
_USUAL = 0.02
_TEXT = "A *word* of [two](https://example.org/1), and 3.14 more.\n" * 200
_MARKS = re.compile(r"\[(?P<words>[^\[\]]*)\]\([^()\s]*\)|\*(?P<strong>[^*]+)\*|\d+")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """See that a block computes for no longer than a usual machine would in so many seconds.

    Fixed work is timed before and after it: a slow machine, or one with much else to do, is slow
    with both.
    """
    before = _fixed()
    start = time.process_time()
    yield
    taken = time.process_time() - start
    assert taken * _USUAL / max(before, _fixed()) < seconds


def _fixed() -> float:
    """Return how long the fixed work takes, in seconds."""
    start = time.process_time()
    count = 0
    for _ in range(10):
        count += sum(len(match[0]) for match in _MARKS.finditer(_TEXT))
        count += sum(map(len, _MARKS.sub(r"\g<words>", _TEXT).split()))
    assert count
    return time.process_time() - start
