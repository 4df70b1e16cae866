"""Which relay the next message may go through, and when: weights, rates, connections, health.

Messages go to the relays in turns by weight (start-time fair queueing). When it is the turn of a
relay that has no room now, the others wait: so each has its share of the mail, however slow it
is. They go on only when that relay may overflow, or cannot be used.

Pure: time is an argument, in seconds since 1970. Rates are in `rate.py`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from operator import attrgetter
from typing import Any

from publisher.config.relays import DomainPace, RelayPace
from publisher.delivery.outcome import Verdict
from publisher.delivery.rate import Rate, Throughput
from publisher.delivery.refusal_reason import Meaning
from publisher.delivery.smtp_status import Blame, meaning_of_refusal
from publisher.mail.transport import Outcome, Reply, Stage

#: The back-off of a relay that cannot be used, in seconds, doubling up to the second number. Short,
#: since a person may repair it at any time, and one try costs nothing.
LEFT_ALONE = (15.0, 300.0)
#: After so many seconds one more connection is tried to a relay that refused more.
_WIDER = 60.0
_TURN = attrgetter("turn")
#: How long the rate of a domain is saved after its last change: a day.
_FORGOTTEN = 86_400.0
#: Idle domains are only dropped if there are more domains than this.
_FEW = 1_000


_OF_THE_DOMAIN = (Meaning.provider, Meaning.pace)


class PaceSignal(Enum):
    """What the end of a message says about pace."""

    #: The relay took it.
    taken = "taken"
    #: The relay answered, and its reason was another.
    refused = "refused"
    #: The relay has too much from us.
    slow_relay = "slow relay"
    #: The recipient's domain has too much from this relay.
    slow_domain = "slow domain"
    #: There was no answer.
    nothing = "nothing"
    #: The message was not sent: its relay gets another one for it.
    unsent = "unsent"


def pace_signal(reply: Reply, verdict: Verdict) -> PaceSignal:
    """Return what a reply says about pace: only a temporary one that blames us is about that.

    Words of a provider that a relay hands on are about that domain. A limit of our account is not
    about pace: the plan is held.
    """
    if reply.outcome is Outcome.accepted:
        return PaceSignal.taken
    if verdict.blame is Blame.nobody:
        return PaceSignal.nothing
    meaning = meaning_of_refusal(reply.words)
    passes = reply.outcome is Outcome.deferred or meaning is Meaning.pace
    if verdict.blame is not Blame.sender or verdict.holds or not passes:
        return PaceSignal.refused
    named = reply.stage in (Stage.rcpt, Stage.data, Stage.body)
    return PaceSignal.slow_domain if meaning in _OF_THE_DOMAIN and named else PaceSignal.slow_relay


class _Domain:
    """A recipient domain that has a pace of its own."""

    __slots__ = ("connections", "flow", "under_way")

    def __init__(self, pace: DomainPace) -> None:
        self.flow = Rate(pace.rate)
        self.connections = pace.connections or math.inf
        self.under_way = 0


class _Relay:
    """The state of a relay."""

    def __init__(self, pace: RelayPace, step: int, per_connection: int) -> None:
        self.name = pace.name
        self.overflow = pace.overflow
        #: Its place among the relays, and how far a message moves it: whole numbers, which add up
        #: to the same in any order.
        self.turn, self.step = 0, step
        self.flow = Rate(pace.rate)
        #: Connections, as configured and as many as it takes now.
        self.most = self.connections = pace.connections or math.inf
        self.widened = 0.0
        self.per_connection = per_connection
        #: Connections that are being opened, and that were greeted and are in use.
        self.opening = self.open = 0
        #: Messages under way, and how many of them to whom.
        self.under_way = 0
        self.to: dict[str, int] = {}
        self.throughput = Throughput()
        #: Domains that have too much from this relay.
        self.slowed: dict[str, Rate] = {}
        self.failures = 0
        self.left_alone_until = 0.0
        self.closed = False

    def earliest(self, domain: str, now: float) -> float:
        """Return when a message to the domain may begin; infinity: not before one has ended."""
        if self.closed:
            return math.inf
        if self.under_way >= (1 if self.failures else self.connections * self.per_connection):
            return math.inf
        moment = self.flow.earliest(now)
        if self.failures:
            self.left_alone_until = min(self.left_alone_until, now + LEFT_ALONE[1])
            moment = max(moment, self.left_alone_until)
        if self.slowed and (flow := self.slowed.get(domain)):
            moment = max(moment, flow.earliest(now))
        return moment

    def count_end(self, domain: str, signal: PaceSignal, now: float) -> bool:
        left = self.to[domain] - 1
        if left:
            self.to[domain] = left
        else:
            del self.to[domain]
        self.under_way -= 1
        if signal is PaceSignal.unsent:
            self.turn -= self.step
        elif signal is not PaceSignal.nothing:
            self.failures = 0
        taken = signal is PaceSignal.taken
        is_slowed = False
        if self.flow.count_end(now, taken=taken, too_fast=signal is PaceSignal.slow_relay):
            self.flow.slow(now, self.throughput.rate(now), self.under_way)
            is_slowed = True
        if signal is PaceSignal.slow_domain or domain in self.slowed:
            flow = self.slowed.setdefault(domain, Rate(math.inf))
            if flow.count_end(now, taken=taken, too_fast=signal is PaceSignal.slow_domain):
                flow.slow(now, self.throughput.rate(now, domain), left)
                is_slowed = True
            elif flow.rate == math.inf:
                del self.slowed[domain]
        if self.connections < self.most and taken and now - self.widened >= _WIDER:
            self.connections += 1
            self.widened = now
        return is_slowed

    def try_connect(self, now: float) -> bool:
        """Count a connection as being opened; return False if there may be no more now."""
        # Until one is greeted nobody knows whether the relay can be used: one tries.
        allowed = self.connections if self.open and not self.failures else 1
        if self.open + self.opening >= allowed or (self.failures and now < self.left_alone_until):
            return False
        self.opening += 1
        return True

    def back_off(self, now: float, *, refuses_us: bool) -> None:
        alive = self.open + self.opening
        if alive and not self.failures and not refuses_us:
            self.connections, self.widened = min(alive, self.connections), now
        elif now >= self.left_alone_until:
            first, longest = LEFT_ALONE
            self.left_alone_until = now + min(first * 2.0**self.failures, longest)
            self.failures = min(self.failures + 1, 10)

    def saved_state(self, first: int, latest: float) -> dict[str, Any]:
        lately = latest - _FORGOTTEN
        return {
            "turn": self.turn - first,
            "flow": self.flow.saved_state(),
            "slowed": {k: v.saved_state() for k, v in self.slowed.items() if v.changed >= lately},
            "connections": 0 if self.connections == self.most else self.connections,
            "widened": self.widened,
            "failures": self.failures,
            "left_alone_until": self.left_alone_until,
        }

    def restore(self, kept: dict[str, Any], turn: int) -> None:
        self.turn = turn
        self.flow.restore(kept["flow"])
        for domain, flow in kept["slowed"].items():
            self.slowed[domain] = Rate(math.inf)
            self.slowed[domain].restore(flow)
        self.connections = min(kept["connections"] or self.most, self.most)
        self.widened = kept["widened"]
        self.failures, self.left_alone_until = kept["failures"], kept["left_alone_until"]


class Throttle:
    """The pace of all mail of one sender.

    Call `choose` for each message, then at once `count_start`, and later `count_end`. Call
    `try_connect` for each connection, then `count_connected` if it was greeted, and at its end
    `count_disconnected`. Domains are in lower case, as A-labels; `*` stands for each domain without
    a pace of its own.
    """

    def __init__(
        self,
        relays: Sequence[RelayPace],
        domains: Mapping[str, DomainPace],
        kept: str = "",
        *,
        per_connection: int = 1,
    ) -> None:
        """Start, or continue from `saved_state` in `kept`; unknown relays in it are ignored.

        `per_connection` is how many messages may be under way on one connection. If no relay could
        be used when it was saved, all are tried again: the cause may be repaired.
        """
        #: How far a message moves a relay of weight 1.
        self._unit = math.lcm(*(relay.weight for relay in relays))
        self._relays = {
            relay.name: _Relay(relay, self._unit // relay.weight, per_connection)
            for relay in relays
        }
        self._several = len(relays) > 1
        self._paces = domains
        self._domains: dict[str, _Domain] = {}
        self._many = _FEW
        self._latest = 0.0
        if kept:
            self._restore(json.loads(kept))

    def choose(self, domain: str, now: float) -> str | None:
        """Return the relay through which a message to the domain may begin now; None: not now."""
        if self._paces and (limited := self._domain_limit(domain)) and not _is_open(limited, now):
            return None
        relay = self._next(domain, now)
        return relay.name if relay else None

    def _in_turn(self) -> Iterable[_Relay]:
        relays = self._relays.values()
        return sorted(relays, key=_TURN) if self._several else relays

    def _next(self, domain: str, now: float) -> _Relay | None:
        for relay in self._in_turn():
            if relay.earliest(domain, now) <= now:
                return relay
            if not (relay.overflow or relay.failures or relay.closed):
                break
        return None

    def next_time(self, domain: str, now: float) -> float | None:
        """Return when `choose` may succeed; None: not before another message has ended."""
        moment = math.inf
        for relay in self._in_turn():
            moment = min(moment, relay.earliest(domain, now))
            if not (relay.overflow or relay.failures or relay.closed):
                break
        if self._paces and (limited := self._domain_limit(domain)):
            if limited.under_way >= limited.connections:
                return None
            moment = max(moment, limited.flow.earliest(now))
        return None if moment == math.inf else max(moment, now)

    def count_start(self, relay: str, domain: str, now: float) -> None:
        """Count a message as under way."""
        sending = self._relays[relay]
        sending.under_way += 1
        sending.to[domain] = sending.to.get(domain, 0) + 1
        sending.throughput.add(domain, now)
        sending.flow.count_start(now)
        if sending.slowed and (flow := sending.slowed.get(domain)):
            flow.count_start(now)
        if self._several:  # what they had no room for now, they do not get later
            for other in self._relays.values():
                other.turn = max(other.turn, sending.turn)
        sending.turn += sending.step
        self._latest = now
        if self._paces and (limited := self._domain_limit(domain)):
            limited.under_way += 1
            limited.flow.count_start(now)

    def count_end(self, relay: str, domain: str, signal: PaceSignal, now: float) -> bool:
        """Count a message as over, exactly once for each that was started.

        Return whether the relay, or the domain at this relay, is slowed by it.
        """
        is_slowed = self._relays[relay].count_end(domain, signal, now)
        if self._paces and (limited := self._domain_limit(domain)):
            limited.under_way -= 1
        return is_slowed

    def back_off(self, relay: str, now: float, *, refuses_us: bool = False) -> None:
        """Use a relay less or not at all for a while: no connection, no login, or an early 421.

        Call it after `count_disconnected`, and after `count_end` of its messages. If other
        connections to it are open or being opened, it has too many of them, and gets no more than
        these; after a minute one more is tried. `refuses_us` is for a relay that said that it
        takes nothing from us.
        """
        self._relays[relay].back_off(now, refuses_us=refuses_us)
        self._latest = now

    def close(self, relay: str) -> None:
        """Use a relay no more for the rest of this run."""
        self._relays[relay].closed = True

    def try_connect(self, relay: str, now: float) -> bool:
        """Count a connection as being opened; return False if there may be no more now.

        The first is opened alone, the others once it was greeted.
        """
        return self._relays[relay].try_connect(now)

    def count_connected(self, relay: str) -> None:
        """Count a connection as open: the relay greeted us, and the login succeeded."""
        self._relays[relay].opening -= 1
        self._relays[relay].open += 1

    def count_disconnected(self, relay: str, *, was_open: bool) -> None:
        """Count a connection as over, once for each that `try_connect` allowed."""
        if was_open:
            self._relays[relay].open -= 1
        else:
            self._relays[relay].opening -= 1

    def is_open(self, now: float) -> bool:
        """Return whether a message may begin now if its domain does not have to wait."""
        return self._next("", now) is not None

    def is_usable(self, now: float) -> bool:
        """Return whether any relay may be tried."""
        return any(
            not relay.closed and (not relay.failures or relay.left_alone_until <= now)
            for relay in self._relays.values()
        )

    def saved_state(self) -> str:
        """Return the state as JSON, for the next process: a restart causes no burst."""
        first = min(relay.turn for relay in self._relays.values())
        relays = {k: v.saved_state(first, self._latest) for k, v in self._relays.items()}
        domains = {k: v.flow.free for k, v in self._domains.items() if v.flow.free > self._latest}
        # Those who came back meanwhile are not left alone any more, whatever their number says.
        stuck = not self.is_usable(self._latest)
        return json.dumps(
            {"relays": relays, "unit": self._unit, "domains": domains, "stuck": stuck}
        )

    def _restore(self, kept: dict[str, Any]) -> None:
        unit = kept.get("unit", self._unit)  # of other weights, if they were changed
        for name, relay in self._relays.items():
            if name in kept["relays"]:
                saved = kept["relays"][name]
                relay.restore(saved, -(-saved["turn"] * self._unit // unit))
        if kept["stuck"] and all(relay.failures for relay in self._relays.values()):
            for relay in self._relays.values():
                relay.failures, relay.left_alone_until = 0, 0.0
        for name, free in kept["domains"].items():
            if limited := self._domain_limit(name):
                limited.flow.free = free

    def _domain_limit(self, domain: str) -> _Domain | None:
        """Return the state of a domain that has a pace; None for others."""
        state = self._domains.get(domain)
        if state is None and (pace := self._paces.get(domain) or self._paces.get("*")):
            if len(self._domains) >= self._many:
                self._drop_idle_domains()
            state = self._domains[domain] = _Domain(pace)
        return state

    def _drop_idle_domains(self) -> None:
        """Drop domains without messages under way or a used allowance, to bound the memory."""
        self._domains = {
            k: v for k, v in self._domains.items() if v.under_way or v.flow.free > self._latest
        }
        self._many = max(_FEW, 2 * len(self._domains))


def _is_open(limited: _Domain, now: float) -> bool:
    return limited.under_way < limited.connections and limited.flow.earliest(now) <= now
