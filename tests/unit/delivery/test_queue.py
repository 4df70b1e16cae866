"""Which claimed delivery goes next: in order, and none that has to wait holds up the others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from publisher.config.relays import DomainPace, RelayPace
from publisher.delivery.queue import Queue, domain_of
from publisher.delivery.throttle import PaceSignal, Throttle
from publisher.storage.claims import Claimed

ONE, TWO = "one.example.org:25", "two.example.org:25"
AT = 1_000_000.0


def row(number: int, address: str = "") -> Claimed:
    """Return a claimed delivery."""
    address = address or f"u{number}@example.net"
    return Claimed(number, 1, number, address, epoch=0, attempts=0, first=None)


def queue(*rows: Claimed, domains: Mapping[str, DomainPace] | None = None) -> Queue:
    """Return a queue for two relays, of two messages at a time each."""
    relays = [RelayPace(url=f"smtp://{each}", connections=2) for each in (ONE, TWO)]
    found = Queue([ONE, TWO], Throttle(relays, domains or {}))
    found.add(rows)
    return found


def taken(found: Queue, relay: str, at: float = AT) -> list[int]:
    """Take all that may begin through a relay now."""
    numbers = []
    while found.choose(relay, at):
        numbers.append(found.pop(relay).id)
    return numbers


def test_in_order() -> None:
    """What was claimed first goes first, in turns through each relay."""
    found = queue(*map(row, range(6)))
    assert [[0, 2], [1, 3]] == [taken(found, ONE), taken(found, TWO)]


def test_a_full_relay_waits_for_an_end() -> None:
    """A relay with as many messages under way as it may have gets one when one ended."""
    found = queue(*map(row, range(6)))
    taken(found, ONE), taken(found, TWO)
    found.count_end(ONE, row(0), PaceSignal.taken, AT)
    assert [[4], []] == [taken(found, ONE), taken(found, TWO)]


def test_a_relay_waits_for_anothers_turn() -> None:
    """Where it is the turn of a relay without room, one that has room waits too."""
    found = queue(*map(row, range(6)))
    taken(found, ONE), taken(found, TWO)
    found.count_end(TWO, row(1), PaceSignal.taken, AT)
    assert [[], []] == [taken(found, ONE), taken(found, TWO)]
    found.count_end(ONE, row(0), PaceSignal.taken, AT)
    assert [[4], [5]] == [taken(found, ONE), taken(found, TWO)]


def test_put_back_is_next() -> None:
    """What was not begun after all goes before the others."""
    found = queue(*map(row, range(4)))
    found.choose(ONE, AT)
    found.put_back(ONE, found.pop(ONE), AT)
    assert 0 in taken(found, ONE) + taken(found, TWO)


def test_a_domain_that_waits_steps_aside() -> None:
    """One domain's turn is waited for, and everyone else goes on."""
    slow = {"slow.example": DomainPace(rate=1.0)}
    found = queue(
        row(0, "a@slow.example"), row(1, "b@SLOW.example"), row(2), row(3, "c@slow.example"),
        domains=slow,
    )  # fmt: skip
    assert [0, 2] == sorted(taken(found, ONE) + taken(found, TWO))
    assert (0, 2) == (len(found), found.delayed)


def test_a_domain_comes_back_in_order() -> None:
    """When its time has come, a domain's first goes first."""
    slow = {"slow.example": DomainPace(rate=1.0)}
    rows = [row(number, f"u{number}@slow.example") for number in range(3)]
    found = queue(*rows, domains=slow)
    first = taken(found, ONE) + taken(found, TWO)
    pause = found.seconds_to_wait(AT)
    assert pause is not None
    assert 0.9 < pause < 1.1
    assert [[0], [1]] == [first, taken(found, TWO, AT + 1.1) + taken(found, ONE, AT + 1.1)]


def test_giving_up_leaves_it_to_the_others() -> None:
    """What one was chosen for, another relay takes when it cannot be used."""
    found = queue(row(0), row(1))
    assert found.choose(ONE, AT)
    found.give_up(ONE, AT)
    assert [0, 1] == sorted(taken(found, TWO))
    assert [] == taken(found, ONE)


def test_nothing_is_lost() -> None:
    """All that is not taken is still there, wherever it waits."""
    slow = {"slow.example": DomainPace(rate=1.0)}
    found = queue(*(row(n, f"u{n}@slow.example") for n in range(3)), *map(row, range(3, 9)),
                  domains=slow)  # fmt: skip
    gone = taken(found, ONE)
    found.choose(TWO, AT)
    assert set(range(9)) - set(gone) == {each.id for each in found}


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("a@Example.ORG", "example.org"),
        ("ü@bücher.example", "xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_domain(address: str, domain: str) -> None:
    """A domain is one however it is written."""
    assert domain == domain_of(row(1, address))
