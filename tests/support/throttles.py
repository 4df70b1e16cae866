"""Relays, and messages that go through them at some pace."""

from __future__ import annotations

from publisher.config.relays import RelayPace
from publisher.delivery.throttle import PaceSignal, Throttle

NOW = 1_800_000_000.0
A = RelayPace(url="smtp://a", connections=0)
B = RelayPace(url="smtp://b", connections=0)


def send(
    pace: Throttle, now: float, sign: PaceSignal = PaceSignal.taken, domain: str = "x.org"
) -> str | None:
    """Send one message, which ends at once; return the relay it went through."""
    relay = pace.choose(domain, now)
    if relay is not None:
        pace.count_start(relay, domain, now)
        pace.count_end(relay, domain, sign, now)
    return relay


def rate(pace: Throttle, start: float, seconds: float, domain: str = "x.org") -> float:
    """Return how many messages a second go through, all of them taken; at most a hundred."""
    sent = sum(
        send(pace, start + step / 100, domain=domain) is not None
        for step in range(round(seconds * 100))
    )
    return sent / seconds


def begun(pace: Throttle, number: int, now: float = NOW) -> list[str]:
    """Begin so many messages that do not end, or as many as may begin; return their relays."""
    relays: list[str] = []
    while len(relays) < number and (relay := pace.choose("x.org", now)) is not None:
        pace.count_start(relay, "x.org", now)
        relays.append(relay)
    return relays
