"""Which claimed delivery goes next, and through which relay. Pure: time is an argument.

Claimed deliveries wait in order. One whose domain has to wait is put aside, so that the others go
on; one that is assigned to a relay stays with it until a connection pops it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

from publisher.delivery.throttle import PaceSignal, Throttle
from publisher.mail.mime import with_ascii_domain
from publisher.storage.claims import Claimed

#: How many of the domains that have to wait are checked each time.
_LOOKED_AT = 32


class Queue:
    """The deliveries that are claimed and not begun. Times are seconds since 1970."""

    def __init__(self, relays: Iterable[str], pace: Throttle) -> None:
        self._pace = pace
        self._waiting: deque[Claimed] = deque()
        self._chosen: dict[str, deque[Claimed]] = {relay: deque() for relay in relays}
        #: Waiting for their domain's turn, by domain.
        self._aside: dict[str, deque[Claimed]] = {}

    def __len__(self) -> int:
        """Return how many deliveries wait, without those that wait for their domain."""
        return len(self._waiting) + sum(map(len, self._chosen.values()))

    def __iter__(self) -> Iterator[Claimed]:
        """Return an iterator over all deliveries, those that wait for their domain last."""
        return chain(self._waiting, *self._chosen.values(), *self._aside.values())

    @property
    def delayed(self) -> int:
        """Return how many deliveries wait for their domain."""
        return sum(map(len, self._aside.values()))

    def add(self, rows: Iterable[Claimed]) -> None:
        """Append deliveries."""
        self._waiting.extend(rows)

    def upcoming(self, number: int) -> Iterator[Claimed]:
        """Return an iterator over the next `number` deliveries."""
        return islice(self._waiting, number)

    def choose(self, relay: str, now: float) -> bool:
        """Assign a delivery to a relay that has none; return whether the relay has one.

        A delivery may be assigned to another relay instead: its pace decides.
        """
        mine = self._chosen[relay]
        if self._aside and not mine:
            for domain in tuple(islice(self._aside, _LOOKED_AT)):
                self._resume(domain, now)
        while not mine and self._waiting:
            row = self._waiting.popleft()
            domain = domain_of(row)
            chosen = None if domain in self._aside else self._pace.choose(domain, now)
            if chosen is not None:
                self._assign(chosen, domain, row, now)
            elif self._pace.is_open(now):
                self._aside.setdefault(domain, deque()).append(row)
            else:
                self._waiting.appendleft(row)  # no relay takes anything now
                break
        return bool(mine)

    def _resume(self, domain: str, now: float) -> None:
        rows = self._aside.pop(domain)
        while rows and (chosen := self._pace.choose(domain, now)) is not None:
            self._assign(chosen, domain, rows.popleft(), now)
        if rows:
            self._aside[domain] = rows  # after the others: they come to be looked at too

    def _assign(self, relay: str, domain: str, row: Claimed, now: float) -> None:
        self._pace.count_start(relay, domain, now)
        self._chosen[relay].append(row)

    def pop(self, relay: str) -> Claimed:
        """Return the next delivery of a relay. Call `count_end` for it once."""
        return self._chosen[relay].popleft()

    def count_end(self, relay: str, row: Claimed, signal: PaceSignal, now: float) -> bool:
        """Count a popped delivery as over; return whether its relay or domain is slowed by it."""
        return self._pace.count_end(relay, domain_of(row), signal, now)

    def put_back(self, relay: str, row: Claimed, now: float) -> None:
        """Put a popped delivery that was not sent back to the front."""
        self.count_end(relay, row, PaceSignal.unsent, now)
        self._waiting.appendleft(row)

    def give_up(self, relay: str, now: float, *, refuses_us: bool = False) -> None:
        """Take the deliveries of a relay that cannot be used back, and let it back off."""
        while self._chosen[relay]:
            self.put_back(relay, self._chosen[relay].pop(), now)
        self._pace.back_off(relay, now, refuses_us=refuses_us)

    def close(self, relay: str, now: float) -> None:
        """Take the deliveries of a relay back, and use it no more."""
        while self._chosen[relay]:
            self.put_back(relay, self._chosen[relay].pop(), now)
        self._pace.close(relay)

    def seconds_to_wait(self, now: float) -> float | None:
        """Return in how many seconds the next delivery may begin; None: when another has ended."""
        domains = (*self._aside, *map(domain_of, self.upcoming(1)))
        times = (self._pace.next_time(domain, now) for domain in domains)
        known = [time for time in times if time is not None]
        return max(min(known) - now, 0.001) if known else None


def domain_of(row: Claimed) -> str:
    """Return a recipient's domain in lower case, as A-labels (RFC 5890) if it is not ASCII."""
    address = row.address
    if not address.isascii():
        with suppress(UnicodeError):
            address = with_ascii_domain(address)
    return address.rpartition("@")[2].lower()
