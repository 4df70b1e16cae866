"""A rate of messages, and how it is slowed when the other side asks for it.

Pure: time is an argument, in seconds since 1970, because allowances outlive the process. A rate is
kept by the generic cell rate algorithm (ITU-T I.371): one number, the time at which the allowance
is whole again. A flow that is slowed goes on at half its rate (multiplicative decrease), and comes
back over minutes (additive increase).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

#: A burst is what the rate allows in so many seconds, and at least one message. An event loop that
#: is blocked for less than that still reaches its rate.
BURST = 0.1
#: The slowest rate of a relay or domain: one message a minute.
SLOWEST = 1 / 60
#: So many seconds after it was slowed, a rate is whole again if all goes well. Providers count by
#: minutes (Gmail 4.7.28, Yahoo TSS04: try again within minutes to hours).
RECOVERY = 600.0
#: A rate is measured over at least half of so many seconds.
_MEASURED = 20.0


class Rate:
    """A rate limit, in messages a second."""

    __slots__ = ("changed", "free", "limit", "rate", "stale", "whole")

    def __init__(self, limit: float) -> None:
        #: Messages a second as set, and as they are now: less while it is slowed.
        self.limit = self.rate = limit
        #: The rate at which it returns to the limit: that of the time when it was first slowed.
        self.whole = limit
        #: When the allowance is whole again.
        self.free = 0.0
        #: When the rate was last changed.
        self.changed = 0.0
        #: How many messages that end were begun before it was slowed: they do not slow it again.
        self.stale = 0

    def earliest(self, now: float) -> float:
        """Return when a message may begin: in the past if it may begin now."""
        gap = 1 / self.rate
        ahead = max(gap, BURST)
        self.free = min(self.free, now + ahead)  # the clock may go back, and a rate come back
        return self.free - ahead + gap

    def count_start(self, now: float) -> None:
        """Count a message that begins."""
        self.free = max(self.free, now) + 1 / self.rate

    def count_end(self, now: float, *, taken: bool, too_fast: bool) -> bool:
        """Raise a slowed rate after an accepted message; return whether to call `slow`."""
        if self.stale:
            self.stale -= 1
        elif too_fast:
            return True
        elif taken and self.rate < self.limit:
            self.rate += self.whole * max(0.0, now - self.changed) / RECOVERY
            self.changed = now
            if self.rate >= self.whole:
                self.rate = self.whole = self.limit
        return False

    def slow(self, now: float, measured: float, under_way: int) -> None:
        """Halve the rate, after a pause of one message's time.

        `measured` is the rate it had, in messages a second; `under_way` counts the messages that
        were begun at that rate and must not slow it again.
        """
        before = max(min(self.rate, measured), SLOWEST)
        if self.rate == self.limit:
            self.whole = before
        self.rate = max(before / 2, SLOWEST)
        self.free = now + max(1 / self.rate, BURST)
        self.changed = now
        self.stale = under_way

    def saved_state(self) -> list[float]:
        """Return free, rate, whole and changed for `restore`; the rates are 0 unless slowed."""
        slowed = self.rate < self.limit
        return [self.free, self.rate if slowed else 0, self.whole if slowed else 0, self.changed]

    def restore(self, kept: Sequence[float]) -> None:
        """Continue from `saved_state`; a lower limit that was set since holds."""
        self.free, rate, whole, self.changed = kept
        if 0 < rate < self.limit:
            self.rate, self.whole = rate, min(whole, self.limit)


class Throughput:
    """How many messages went to each domain in the last seconds."""

    __slots__ = ("before", "began", "now", "since")

    def __init__(self) -> None:
        self.began = self.since = -math.inf
        self.before: dict[str, int] = {}
        self.now: dict[str, int] = {}

    def add(self, domain: str, now: float) -> None:
        """Count a message that begins."""
        if not 0 <= now - self.since < _MEASURED / 2:
            fresh = 0 <= now - self.since < _MEASURED
            self.before, self.began = (self.now, self.since) if fresh else ({}, now)
            self.now, self.since = {}, now
        self.now[domain] = self.now.get(domain, 0) + 1

    def rate(self, now: float, domain: str | None = None) -> float:
        """Return the rate in messages a second, to one domain or to all."""
        if domain is None:
            number = sum(self.before.values()) + sum(self.now.values())
        else:
            number = self.before.get(domain, 0) + self.now.get(domain, 0)
        return number / max(now - self.began, 1.0)
