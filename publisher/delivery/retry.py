"""When a deferred message is tried again, and when it is given up (RFC 5321 4.5.4.1)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from publisher.model import DeliveryState
from publisher.storage.claims import Claimed, Result, Try

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
    """Return when a delivery is due again after that many attempts; None to give it up.

    `first` is the time of its first try, `chance` a number from 0 to 1 for the jitter. The last
    try is at `first + give_up_after`, however long the wait would have been.
    """
    last = first + give_up_after
    if now >= last:
        return None
    wait = min(FIRST_WAIT * 2.0 ** min(attempts - 1, _MOST_DOUBLINGS), LONGEST_WAIT)
    return min(now + wait * (1 + JITTER * (2 * chance - 1)), last)


def give_up_reason(first: datetime, now: datetime, words: str) -> str:
    """Return the words for a delivery that was given up, with the relay's last words."""
    hours = round((now - first).total_seconds() / 3600)
    tried = f"{hours // 24} days" if hours >= 2 * 24 else f"{hours} hours"
    return f"given up after {tried}: {words}"


class Retries:
    """Decides after a try whether a delivery is over, tried again or given up."""

    def __init__(
        self,
        *,
        give_up_after: timedelta,
        resends: bool,
        chance: random.Random,
        clock: Callable[[], datetime],
    ) -> None:
        """`give_up_after` is for how long a relay may defer a message.

        With `resends` an uncertain message is sent again; else it waits for a person.
        """
        again = (DeliveryState.deferred, *((DeliveryState.uncertain,) if resends else ()))
        self._again = again
        self._give_up_after = give_up_after
        self._chance = chance
        self._clock = clock

    def result(self, row: Claimed, tried: Try, *, probing: bool = False) -> Result:
        """Return the result of a try: its state, and for a deferred one when it is due.

        With `probing` the plan is held for a reason that is not the delivery's: it is never given
        up.
        """
        if tried.state not in self._again:
            return Result(row, tried.state, None, tried.words, tried)
        now = self._clock()
        first = now if probing else row.first or now
        due = next_try(
            first, row.attempts + 1, now,
            give_up_after=self._give_up_after, chance=self._chance.random(),
        )  # fmt: skip
        if due is None:
            words = give_up_reason(first, now, tried.words)
            return Result(row=row, state=DeliveryState.rejected, words=words, tried=tried)
        state = DeliveryState.deferred
        return Result(row=row, state=state, due=due, words=tried.words, tried=tried)
