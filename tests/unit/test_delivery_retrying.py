"""When what was deferred is tried again, when it is given up, and when a relay is believed."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from publisher.delivery.refusing import Judge
from publisher.delivery.retrying import given_up, next_try

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
DAYS = timedelta(days=5)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (7, 320), (8, 360), (9, 360), (2000, 360)],
)
def test_waits_double(attempts: int, minutes: int) -> None:
    """Five minutes, doubling, up to six hours."""
    due = next_try(NOW, attempts, NOW, give_up_after=DAYS, chance=0.5)
    assert NOW + timedelta(minutes=minutes) == due


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 225), (1.0, 375)])
def test_waits_differ(chance: float, seconds: int) -> None:
    """A wait is up to a quarter longer or shorter."""
    due = next_try(NOW, 1, NOW, give_up_after=DAYS, chance=chance)
    assert NOW + timedelta(seconds=seconds) == due


def test_the_last_try_is_when_the_time_is_up() -> None:
    """What is due after the time is up is due when it is, and then no more."""
    late = NOW + DAYS - timedelta(hours=1)
    assert NOW + DAYS == next_try(NOW, 25, late, give_up_after=DAYS, chance=0.5)
    assert next_try(NOW, 26, NOW + DAYS, give_up_after=DAYS, chance=0.5) is None


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (timedelta(days=5), "given up after 5 days: 450 busy"),
        (timedelta(hours=30), "given up after 30 hours: 450 busy"),
    ],
)
def test_giving_up_says_so(after: timedelta, said: str) -> None:
    """The words say for how long it was tried, and what the relay said."""
    assert said == given_up(NOW, NOW + after, "450 busy")


def test_twenty_in_a_row_stop() -> None:
    """A relay that refuses the first twenty refuses everyone, and none is believed."""
    judge: Judge[int] = Judge()
    for number in range(20):
        assert not judge.stops
        judge.refused(number, f"{number}.example.org", blames_recipient=True)
    assert judge.stops
    assert list(range(20)) == judge.held


def test_a_refusal_is_believed_once_another_message_is_taken() -> None:
    """What stands alone among messages that are taken is believed at the next."""
    judge: Judge[int] = Judge()
    assert [] == judge.taken()
    judge.refused(1, "example.org", blames_recipient=True)
    assert [1] == judge.taken()
    assert [] == judge.held


def test_after_more_refusals_more_have_to_be_taken() -> None:
    """Ten refusals are believed after three messages, four for one."""
    judge: Judge[int] = Judge()
    for number in range(10):
        judge.refused(number, f"{number}.example.org", blames_recipient=True)
    assert [[], [], list(range(10))] == [judge.taken() for _ in range(3)]


def test_what_is_left_is_believed_at_the_end() -> None:
    """The last of a list may be refused."""
    judge: Judge[int] = Judge()
    judge.refused(1, "example.org", blames_recipient=True)
    assert [1] == judge.ends()
    assert [] == judge.ends()


@pytest.mark.parametrize(("blames_recipient", "most"), [(False, 20), (True, 96)])
def test_readers_of_one_domain_may_all_be_gone(*, blames_recipient: bool, most: int) -> None:
    """It takes more unknown readers at one domain in a row than refusals of anything else."""
    judge: Judge[int] = Judge()
    number = 0
    while not judge.stops:
        number += 1
        judge.refused(number, "closed.example.org", blames_recipient=blames_recipient)
    assert most == number


def test_nineteen_of_twenty_stop() -> None:
    """A relay that takes one message in twenty is stopped within a hundred."""
    chance = random.Random(5)  # noqa: S311  (the same run each time)
    judge: Judge[int] = Judge()
    number = 0
    while not judge.stops:
        number += 1
        if chance.random() < 0.05:
            judge.taken()
        else:
            judge.refused(number, f"{number}.example.org", blames_recipient=True)
    assert number < 100


def test_a_list_half_dead_goes_on() -> None:
    """Where every second address is dead sending goes on, and every refusal is believed."""
    chance = random.Random(5)  # noqa: S311  (the same run each time)
    judge: Judge[int] = Judge()
    refused, believed = [], []
    for number in range(20_000):
        if chance.random() < 0.5:
            refused.append(number)
            judge.refused(number, f"{number}.example.org", blames_recipient=True)
        else:
            believed += judge.taken()
        assert not judge.stops
    assert refused == believed + judge.ends()
