"""When a relay is believed, and when nothing more goes through it."""

import random
from collections.abc import Callable

import pytest

from publisher.delivery.circuit_breaker import CircuitBreaker


def test_twenty_refusals_in_a_row_open_it() -> None:
    """A relay that refuses the first twenty refuses everyone, and none is believed."""
    breaker: CircuitBreaker[int] = CircuitBreaker()
    for number in range(20):
        assert not breaker.is_open
        breaker.count_refused(number, f"{number}.example.org", "550 no", blames_recipient=True)
    assert breaker.is_open
    assert list(range(20)) == breaker.kept


def test_a_refusal_is_believed_once_another_message_is_taken() -> None:
    """What stands alone among messages that are taken is believed at the next."""
    breaker: CircuitBreaker[int] = CircuitBreaker()
    assert [] == breaker.count_accepted()
    breaker.count_refused(1, "example.org", "550 no", blames_recipient=True)
    assert [1] == breaker.count_accepted()
    assert [] == breaker.kept


def test_after_more_refusals_more_have_to_be_taken() -> None:
    """Ten refusals are believed after three messages, four for one."""
    breaker: CircuitBreaker[int] = CircuitBreaker()
    for number in range(10):
        breaker.count_refused(number, f"{number}.example.org", "550 no", blames_recipient=True)
    assert [[], [], list(range(10))] == [breaker.count_accepted() for _ in range(3)]


def test_what_is_left_is_believed_at_the_end() -> None:
    """The last of a list may be refused."""
    breaker: CircuitBreaker[int] = CircuitBreaker()
    breaker.count_refused(1, "example.org", "550 no", blames_recipient=True)
    assert [1] == breaker.finish()
    assert [] == breaker.finish()


@pytest.mark.parametrize(("blames_recipient", "most"), [(False, 20), (True, 96)])
def test_readers_of_one_domain_may_all_be_gone(*, blames_recipient: bool, most: int) -> None:
    """It takes more unknown readers at one domain in a row than refusals of anything else."""
    breaker: CircuitBreaker[int] = CircuitBreaker()
    number = 0
    while not breaker.is_open:
        number += 1
        breaker.count_refused(
            number, "closed.example.org", "550 no", blames_recipient=blames_recipient
        )
    assert most == number


def test_nineteen_of_twenty_open_it() -> None:
    """A relay that takes one message in twenty is stopped within a hundred."""
    chance = random.Random(5)  # noqa: S311  (the same run each time)
    breaker: CircuitBreaker[int] = CircuitBreaker()
    number = 0
    while not breaker.is_open:
        number += 1
        if chance.random() < 0.05:
            breaker.count_accepted()
        else:
            breaker.count_refused(number, f"{number}.example.org", "550 no", blames_recipient=True)
    assert number < 100


def test_a_list_half_dead_goes_on() -> None:
    """Where every second address is dead sending goes on, and every refusal is believed."""
    chance = random.Random(5)  # noqa: S311  (the same run each time)
    breaker: CircuitBreaker[int] = CircuitBreaker()
    refused, believed = [], []
    for number in range(20_000):
        if chance.random() < 0.5:
            refused.append(number)
            breaker.count_refused(number, f"{number}.example.org", "550 no", blames_recipient=True)
        else:
            believed += breaker.count_accepted()
        assert not breaker.is_open
    assert refused == believed + breaker.finish()


@pytest.mark.parametrize(
    ("count", "most"),
    [
        (CircuitBreaker.count_refusal_of_us, 5),
        (CircuitBreaker.count_unwilling, 5),
        (CircuitBreaker.count_unanswered, 3),
        (CircuitBreaker.count_broken, 3),
        (CircuitBreaker.count_deferred, 50),
    ],
)
def test_in_a_row(count: Callable[[CircuitBreaker[int], str], None], most: int) -> None:
    """What is about us, or leaves us in doubt, opens it sooner than what is about a reader."""
    breaker: CircuitBreaker[int] = CircuitBreaker()
    number = 0
    while not breaker.is_open:
        number += 1
        count(breaker, "421 words")
    assert (most, "421 words") == (number, breaker.words)


def test_a_refusal_of_us_is_over_when_a_message_is_taken() -> None:
    """Whether the relay refuses us is what it said last."""
    breaker: CircuitBreaker[int] = CircuitBreaker()
    breaker.count_refusal_of_us("553 relaying disallowed")
    before = breaker.refusals_of_us
    breaker.count_accepted()
    assert (1, 0) == (before, breaker.refusals_of_us)
