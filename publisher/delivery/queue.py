"""Which claimed delivery goes next, and through which relay. Pure: time is an argument.

What was claimed waits in order. A delivery whose domain has to wait steps aside, so that the
others go on; one that is chosen for a relay stays with it until a connection takes it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

from publisher.delivery.throttle import Sign, Throttle
from publisher.mail.mime import on_the_wire
from publisher.storage.claims import Claimed

#: So many of the domains that have to wait are looked at each time.
_LOOKED_AT = 32


class Queue:
    """Deliveries that are claimed and not begun. Times are seconds since 1970."""

    def __init__(self, relays: Iterable[str], pace: Throttle) -> None:
        self._pace = pace
        self._waiting: deque[Claimed] = deque()
        self._chosen: dict[str, deque[Claimed]] = {each: deque() for each in relays}
        #: Waiting for their domain's turn, by domain.
        self._aside: dict[str, deque[Claimed]] = {}

    def __len__(self) -> int:
        """Return how many there are, without those that stepped aside."""
        return len(self._waiting) + sum(map(len, self._chosen.values()))

    def __iter__(self) -> Iterator[Claimed]:
        """Return all of them."""
        return chain(self._waiting, *self._chosen.values(), *self._aside.values())

    @property
    def aside(self) -> int:
        """Return how many wait for their domain's turn."""
        return sum(map(len, self._aside.values()))

    def add(self, rows: Iterable[Claimed]) -> None:
        """Put more at the end."""
        self._waiting.extend(rows)

    def upcoming(self, number: int) -> Iterator[Claimed]:
        """Return the first that wait."""
        return islice(self._waiting, number)

    def choose(self, relay: str, now: float) -> bool:
        """Make sure that one is chosen for a relay; False when none can begin through it now."""
        mine = self._chosen[relay]
        if self._aside and not mine:
            for domain in tuple(islice(self._aside, _LOOKED_AT)):
                self._resume(domain, now)
        while not mine and self._waiting:
            row = self._waiting.popleft()
            domain = domain_of(row)
            chosen = None if domain in self._aside else self._pace.choose(domain, now)
            if chosen is not None:
                self._begin(chosen, domain, row, now)
            elif self._pace.is_open(now):
                self._aside.setdefault(domain, deque()).append(row)
            else:
                self._waiting.appendleft(row)  # no relay takes anything now
                break
        return bool(mine)

    def _resume(self, domain: str, now: float) -> None:
        rows = self._aside.pop(domain)
        while rows and (chosen := self._pace.choose(domain, now)) is not None:
            self._begin(chosen, domain, rows.popleft(), now)
        if rows:
            self._aside[domain] = rows  # after the others: they come to be looked at too

    def _begin(self, relay: str, domain: str, row: Claimed, now: float) -> None:
        self._pace.begun(relay, domain, now)
        self._chosen[relay].append(row)

    def take(self, relay: str) -> Claimed:
        """Return the next that was chosen for a relay; its pace counts it until `ended`."""
        return self._chosen[relay].popleft()

    def ended(self, relay: str, row: Claimed, sign: Sign, now: float) -> bool:
        """End one that was taken. Return whether its relay, or its domain, is slowed by that."""
        return self._pace.ended(relay, domain_of(row), sign, now)

    def put_back(self, relay: str, row: Claimed, now: float) -> None:
        """Let one that was taken, and not begun after all, be the next."""
        self.ended(relay, row, Sign.unsent, now)
        self._waiting.appendleft(row)

    def give_up(self, relay: str, now: float, *, refuses_us: bool = False) -> None:
        """Let the other relays have what one was chosen for: it cannot be used."""
        while self._chosen[relay]:
            self.put_back(relay, self._chosen[relay].pop(), now)
        self._pace.unusable(relay, now, refuses_us=refuses_us)

    def close(self, relay: str, now: float) -> None:
        """Let the other relays have what one was chosen for: nothing more goes through it."""
        while self._chosen[relay]:
            self.put_back(relay, self._chosen[relay].pop(), now)
        self._pace.close(relay)

    def pause(self, now: float) -> float | None:
        """Return in how many seconds a delivery that waits may begin; None: after another ended."""
        domains = (*self._aside, *map(domain_of, self.upcoming(1)))
        times = (self._pace.next_time(domain, now) for domain in domains)
        known = [time for time in times if time is not None]
        return max(min(known) - now, 0.001) if known else None


def domain_of(row: Claimed) -> str:
    """Return a recipient's domain in lower case, as A-labels if it has some."""
    address = row.address
    if not address.isascii():
        with suppress(UnicodeError):
            address = on_the_wire(address)
    return address.rpartition("@")[2].lower()
