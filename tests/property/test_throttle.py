"""Whatever happens: no rate and no number of connections is passed, and mail is never stuck."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from itertools import cycle

from hypothesis import assume, given
from hypothesis import strategies as st

from publisher.config.relays import DomainPace, RelayPace
from publisher.delivery.rate import BURST
from publisher.delivery.throttle import LEFT_ALONE, PaceSignal, Throttle

START = 1_800_000_000.0
DOMAINS = ("gmail.com", "qq.com", "example.org")
RATES = st.sampled_from([math.inf, 1 / 60, 0.5, 1.0, 7.0, 50.0, 200.0])
CONNECTIONS = st.sampled_from([0, 1, 2, 5])

relays = st.lists(
    st.tuples(RATES, CONNECTIONS, st.integers(1, 5), st.booleans()), min_size=1, max_size=3
).map(
    lambda found: [
        RelayPace(
            url=f"smtp://r{number}.example.org",
            rate=rate,
            connections=most,
            weight=weight,
            overflow=overflow,
        )
        for number, (rate, most, weight, overflow) in enumerate(found)
    ]
)
paces = st.dictionaries(
    st.sampled_from([*DOMAINS[:2], "*"]),
    st.builds(DomainPace, rate=RATES, connections=CONNECTIONS),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from(DOMAINS), st.integers(1, 20)),
        st.tuples(st.just("end"), st.sampled_from(PaceSignal), st.integers(0, 50)),
        st.tuples(st.just("wait"), st.just(""), st.floats(0.001, 100)),
        st.tuples(st.just("wait for it"), st.sampled_from(DOMAINS), st.just(0)),
        st.tuples(
            st.just("connect"), st.sampled_from(["greeted", "refused", "end"]), st.integers(0, 2)
        ),
        st.tuples(st.just("cannot connect"), st.just(""), st.integers(0, 2)),
        st.tuples(st.just("restart"), st.just(""), st.just(0)),
    ),
    max_size=60,
)  # fmt: skip


class Sending:
    """A sender that asks before each message, and remembers what it was told."""

    def __init__(self, relays: list[RelayPace], domains: dict[str, DomainPace]) -> None:
        self.relays, self.domains = relays, domains
        self.now = START
        self.pace = Throttle(relays, domains)
        self.under_way: list[tuple[str, str]] = []
        #: Connections, by relay.
        self.open: Counter[str] = Counter()
        #: Every message's relay, domain and time.
        self.begun: list[tuple[str, str, float]] = []

    def do(self, step: tuple[str, object, float]) -> None:
        """Do one of the steps above."""
        match step:
            case ("send", str(domain), number):
                for _ in range(int(number)):
                    self.send(domain)
            case ("end", PaceSignal() as sign, number) if self.under_way:
                relay, domain = self.under_way.pop(int(number) % len(self.under_way))
                self.pace.count_end(relay, domain, sign, self.now)
            case ("wait", _, seconds):
                self.now += seconds
            case ("wait for it", str(domain), _):
                self.now = self.pace.next_time(domain, self.now) or self.now
            case ("connect", str(what), number):
                self.connect(self.relays[int(number) % len(self.relays)].name, what)
            case ("cannot connect", _, number):
                self.pace.back_off(self.relays[int(number) % len(self.relays)].name, self.now)
            case ("restart", _, _):
                self.restart()
            case _:
                pass

    def send(self, domain: str) -> bool:
        """Begin a message if it may begin now."""
        relay = self.pace.choose(domain, self.now)
        if relay is None:
            return False
        self.pace.count_start(relay, domain, self.now)
        self.begun.append((relay, domain, self.now))
        self.under_way.append((relay, domain))
        return True

    def connect(self, relay: str, what: str) -> None:
        """Open a connection if one may be opened now; or end one that is open."""
        if what == "end":
            if self.open[relay]:
                self.open[relay] -= 1
                self.pace.count_disconnected(relay, was_open=True)
        elif self.pace.try_connect(relay, self.now):
            if what == "greeted":
                self.open[relay] += 1
                self.pace.count_connected(relay)
            else:
                self.pace.count_disconnected(relay, was_open=False)
                self.pace.back_off(relay, self.now)

    def restart(self) -> None:
        """End all that is under way, and go on from what is kept."""
        for relay, domain in self.under_way:
            self.pace.count_end(relay, domain, PaceSignal.nothing, self.now)
        self.under_way.clear()
        self.open.clear()
        self.pace = Throttle(self.relays, self.domains, self.pace.saved_state())

    def domain_pace(self, domain: str) -> DomainPace:
        """Return the pace a domain has."""
        return self.domains.get(domain) or self.domains.get("*") or DomainPace()


def hold(times: Sequence[float], rate: float) -> None:
    """Assert that in no window there are more than the rate gives, and its burst."""
    burst = max(1.0, rate * BURST)
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            assert last - first + 1 <= rate * (times[last] - start) + burst + 1e-3


@given(relays, paces, steps)
def test_no_rate_is_passed(
    relays: list[RelayPace],
    domains: dict[str, DomainPace],
    steps: list[tuple[str, object, float]],
) -> None:
    """In no window of time more begins than rate and burst allow, restarts or not."""
    sending = Sending(relays, domains)
    for step in steps:
        sending.do(step)
    for relay in relays:
        if relay.rate < math.inf:
            hold([at for name, _, at in sending.begun if name == relay.name], relay.rate)
    for domain in DOMAINS:
        rate = sending.domain_pace(domain).rate
        if rate < math.inf:
            hold([at for _, name, at in sending.begun if name == domain], rate)


@given(relays, paces, steps)
def test_no_more_is_under_way_than_there_are_connections(
    relays: list[RelayPace],
    domains: dict[str, DomainPace],
    steps: list[tuple[str, object, float]],
) -> None:
    """Neither to a relay nor to a domain more is under way than it has connections."""
    sending = Sending(relays, domains)
    for step in steps:
        sending.do(step)
        through = Counter(relay for relay, _ in sending.under_way)
        to = Counter(domain for _, domain in sending.under_way)
        for relay in relays:
            assert sending.open[relay.name] <= (relay.connections or math.inf)
            assert through[relay.name] <= (relay.connections or math.inf)
        for domain in DOMAINS:
            assert to[domain] <= (sending.domain_pace(domain).connections or math.inf)


def idle(
    relays: list[RelayPace],
    domains: dict[str, DomainPace],
    steps: list[tuple[str, object, float]],
) -> Sending:
    """Do the steps, and end what is under way then."""
    sending = Sending(relays, domains)
    for step in steps:
        sending.do(step)
    while sending.under_way:
        relay, to = sending.under_way.pop()
        sending.pace.count_end(relay, to, PaceSignal.nothing, sending.now)
    return sending


@given(relays, paces, steps, st.sampled_from(DOMAINS))
def test_never_stuck(
    relays: list[RelayPace],
    domains: dict[str, DomainPace],
    steps: list[tuple[str, object, float]],
    domain: str,
) -> None:
    """When nothing is under way there is a time, and at that time a message may begin."""
    sending = idle(relays, domains, steps)
    moment = sending.pace.next_time(domain, sending.now)
    assert moment is not None
    longest = max([60.0, LEFT_ALONE[1], 1 / min(sending.domain_pace(domain).rate, 60)])
    assert sending.now <= moment <= sending.now + longest + 1e-3
    sending.now = moment
    assert sending.send(domain)


@given(relays, paces, steps, st.floats(0, 700))
def test_a_restart_changes_nothing(
    relays: list[RelayPace],
    domains: dict[str, DomainPace],
    steps: list[tuple[str, object, float]],
    later: float,
) -> None:
    """What is kept and read again answers as before, and goes on so."""
    before = idle(relays, domains, steps)
    kept = before.pace.saved_state()
    # A process ends when no relay can be used; the next one tries all of them.
    assume(not json.loads(kept)["stuck"])
    before.now += later
    assume(before.pace.is_usable(before.now))
    after = Throttle(relays, domains, kept)
    for number in range(40):
        domain = DOMAINS[number % 3]
        now = before.now + number * 0.3
        chosen = before.pace.choose(domain, now)
        assert chosen == after.choose(domain, now)
        assert before.pace.next_time(domain, now) == after.next_time(domain, now)
        for pace in (before.pace, after):
            if chosen is not None:
                pace.count_start(chosen, domain, now)
                pace.count_end(chosen, domain, PaceSignal.taken, now)


@given(
    st.lists(st.integers(1, 20), min_size=1, max_size=5),
    st.integers(1, 300),
    st.integers(1, 7),
)
def test_weights(weights: list[int], number: int, at_a_time: int) -> None:
    """Relays get their shares of the mail to within one message each."""
    relays = [
        RelayPace(url=f"smtp://r{place}", weight=weight, connections=0)
        for place, weight in enumerate(weights)
    ]
    sending = Sending(relays, {})
    for count in range(number):
        assert sending.send(DOMAINS[count % 3])
        if len(sending.under_way) >= at_a_time:
            sending.do(("end", PaceSignal.taken, 0))
    found = Counter(relay for relay, _, _ in sending.begun)
    for relay in relays:
        share = number * relay.weight / sum(weights)
        assert abs(found[relay.name] - share) <= len(weights)


@given(
    st.lists(st.tuples(st.integers(1, 20), RATES, st.integers(1, 5)), min_size=1, max_size=4),
    st.integers(1, 5),
    st.lists(st.tuples(st.sampled_from(PaceSignal), st.integers(0, 50)), min_size=1),
)
def test_shares_hold_whatever_a_relays_speed(
    kinds: list[tuple[int, float, int]], rounds: int, ends: list[tuple[PaceSignal, int]]
) -> None:
    """After as many messages as all weights together, each relay had exactly its share.

    However few connections it has, however low its rate, and whichever message ends next; those
    that were not sent do not count.
    """
    relays = [
        RelayPace(url=f"smtp://r{place}", weight=weight, rate=rate, connections=most)
        for place, (weight, rate, most) in enumerate(kinds)
    ]
    sending = Sending(relays, {})
    counts: Counter[str] = Counter()
    end = cycle(ends)
    for number in range(rounds * sum(relay.weight for relay in relays)):
        while not sending.send(DOMAINS[number % 3]):
            if sending.under_way:
                sign, place = next(end)
                relay, domain = sending.under_way.pop(place % len(sending.under_way))
                slows = sign in (PaceSignal.slow_relay, PaceSignal.slow_domain, PaceSignal.unsent)
                sending.pace.count_end(
                    relay, domain, PaceSignal.taken if slows else sign, sending.now
                )
            else:
                sending.now = sending.pace.next_time(DOMAINS[number % 3], sending.now) or math.nan
        counts[sending.begun[-1][0]] += 1
    assert counts == {relay.name: rounds * relay.weight for relay in relays}
