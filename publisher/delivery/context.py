"""What it takes to send, and what one try makes of a delivery."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from publisher.delivery import retry
from publisher.delivery.counts import Tally
from publisher.delivery.throttle import Throttle
from publisher.mail.personalize import Copies
from publisher.mail.smtp_session import Work
from publisher.model import DeliveryState
from publisher.storage.claims import Claimed, Result, Try
from publisher.storage.database import Database
from publisher.storage.plans import LetterRow
from publisher.subscribers.tokens import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """A way out for mail: a relay, or the outbox."""

    #: Host and port, or `outbox`.
    name: str
    #: How many conversations there may be at a time.
    connections: int
    #: Hands over what there is, until there is nothing more or the other side ends it. Raises
    #: RelayError when it cannot be used.
    converse: Callable[[Work], Awaitable[None]]
    #: Of the outbox: which one it is, and what tells whether a message of that Message-ID is there.
    outbox: str = ""
    holds: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What it takes to send."""

    database: Database
    ways: Sequence[Transport]
    #: Whether, how fast and through which of the ways.
    pace: Throttle
    #: Makes a letter's copies.
    copies: Callable[[LetterRow], Copies]
    #: What the tokens in links and return paths are made with.
    keys: Keys
    #: Where mail that cannot be delivered goes back to; empty for the sender.
    bounce_domain: str
    #: Where the journals of those who send are.
    journals: Path
    #: Which run of this machine's kernel it is; empty where that is not known.
    boot: str
    #: For how long a relay may defer a message before it counts as refused.
    give_up_after: timedelta
    #: For the jitter of retries, and a journal's name.
    chance: random.Random
    clock: Callable[[], datetime]
    #: The time as seconds since 1970, for what is finer than a clock's.
    seconds: Callable[[], float]
    #: Asked twice a second: True ends the sending early, with what is in flight.
    stopping: Callable[[], bool]
    #: Whether a message is sent again of which nobody knows; else it waits for a person.
    resends: bool
    #: Told about twice a second how far it is.
    tell: Callable[[Tally], None]

    def result(self, row: Claimed, tried: Try, *, probing: bool = False) -> Result:
        """Return what a try makes of a delivery: one that is deferred is tried again or given up.

        With `probing` its plan is held, for a reason that is not its own: it is not given up.
        """
        again = (DeliveryState.deferred, *((DeliveryState.uncertain,) if self.resends else ()))
        if tried.state not in again:
            return Result(row, tried.state, None, tried.words, tried)
        now = self.clock()
        first = now if probing else row.first or now
        due = retry.next_try(
            first, row.attempts + 1, now,
            give_up_after=self.give_up_after, chance=self.chance.random(),
        )  # fmt: skip
        if due is None:
            words = retry.given_up(first, now, tried.words)
            return Result(row=row, state=DeliveryState.rejected, words=words, tried=tried)
        state = DeliveryState.deferred
        return Result(row=row, state=state, due=due, words=tried.words, tried=tried)
