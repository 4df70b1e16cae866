"""What each try does to the breaker of its relay, and what is said of a plan at the end."""

from __future__ import annotations

from publisher.delivery.outcome import Blame, Verdict
from publisher.delivery.relay_breakers import Breakers
from publisher.model import DeliveryState
from publisher.storage.claims import Claimed, Try

ACCEPTED = Verdict(DeliveryState.accepted)
PUT_OFF = Verdict(DeliveryState.deferred, Blame.sender)
GREYLISTED = Verdict(DeliveryState.deferred, Blame.recipient)


def count(breakers: Breakers, verdict: Verdict, times: int = 1) -> None:
    """Count so many tries through the relay `a` that came to this."""
    row = Claimed(1, 1, 1, "ann@example.org", 0, 0, None)
    for _ in range(times):
        tried = Try("a", verdict.state, 450, "450 cannot find your hostname")
        breakers.count(row, tried, verdict, broke=False)


def test_a_relay_that_puts_off_everyone_is_given_up() -> None:
    """It is not slowed down to a message a minute while others wait for the lock."""
    breakers = Breakers("ab")
    count(breakers, PUT_OFF, 4)
    before = breakers.is_open("a")
    count(breakers, PUT_OFF)
    assert (False, True, False) == (before, breakers.is_open("a"), breakers.is_open("b"))


def test_a_relay_that_takes_some_is_slowed_down() -> None:
    """Pace, not the breaker, is for a relay that takes mail, though not as fast."""
    breakers = Breakers("a")
    count(breakers, ACCEPTED)
    count(breakers, PUT_OFF, 10)
    assert (False, "") == (breakers.is_open("a"), breakers.complaint())


def test_greylisting_is_nobodys_fault() -> None:
    """A relay that wants to be asked twice is asked of many, and nothing is said against us."""
    breakers = Breakers("a")
    count(breakers, GREYLISTED, 40)
    assert (False, "") == (breakers.is_open("a"), breakers.complaint())


def test_what_is_said_of_us() -> None:
    """Of a send that nothing came of, the relay's last words are told."""
    breakers = Breakers("a")
    count(breakers, PUT_OFF)
    assert "a: 450 cannot find your hostname" == breakers.complaint()
