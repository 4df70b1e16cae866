"""When what was deferred is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest

from publisher.delivery.retry import give_up_reason, next_try

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
    assert said == give_up_reason(NOW, NOW + after, "450 busy")
