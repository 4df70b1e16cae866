"""When a message that a relay would not take yet is tried again, and when no more. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

#: RFC 5321 4.5.4.1 wants half an hour or more between tries after the first few; the first come
#: sooner, since greylisting passes in five minutes (RFC 6647 4).
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
#: A wait is so much longer or shorter, so that what was refused together does not come together.
JITTER = 0.25
#: 5 minutes doubled more often is over the longest wait by far, and over what a float holds.
_MOST_DOUBLINGS = 20


def next_try(
    first: datetime, attempts: int, now: datetime, *, give_up_after: timedelta, chance: float
) -> datetime | None:
    """Return when a delivery is due again after that many attempts; None when it is given up.

    `first` is when it was first begun, `chance` a number from 0 to 1. The last try is made when
    the time is up, however long the wait would have been.
    """
    last = first + give_up_after
    if now >= last:
        return None
    wait = min(FIRST_WAIT * 2.0 ** min(attempts - 1, _MOST_DOUBLINGS), LONGEST_WAIT)
    return min(now + wait * (1 + JITTER * (2 * chance - 1)), last)


def given_up(first: datetime, now: datetime, words: str) -> str:
    """Say that a delivery was given up, and what the relay said last."""
    hours = round((now - first).total_seconds() / 3600)
    tried = f"{hours // 24} days" if hours >= 2 * 24 else f"{hours} hours"
    return f"given up after {tried}: {words}"
