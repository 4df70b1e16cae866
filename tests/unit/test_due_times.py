"""What is due when, over every change of the clocks."""

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from publisher.due_times import goes_out, last_month, last_week, next_time, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
EIGHT = (time(8),)


def utc(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "at", "zone", "expected"),
    [
        # On the minute, just after it, and over midnight.
        ("2026-11-20 00:00", EIGHT, SHANGHAI, "2026-11-20 00:00"),
        ("2026-11-20 00:00:01", EIGHT, SHANGHAI, "2026-11-21 00:00"),
        ("2026-11-20 16:30", EIGHT, SHANGHAI, "2026-11-21 00:00"),
        ("2026-11-20 23:59", (time(0),), ZoneInfo("UTC"), "2026-11-21 00:00"),
        ("2026-12-31 22:30", (time(0),), BERLIN, "2026-12-31 23:00"),
        # The next of several.
        ("2026-11-20 09:00", (time(8), time(18)), BERLIN, "2026-11-20 17:00"),
        ("2026-11-20 18:00", (time(8), time(18)), BERLIN, "2026-11-21 07:00"),
        # A zone three quarters of an hour off.
        ("2026-11-20 02:14", EIGHT, KATHMANDU, "2026-11-20 02:15"),
        ("2026-11-20 02:16", EIGHT, KATHMANDU, "2026-11-21 02:15"),
        # Spring, 29 March 2026, 02:00 becomes 03:00: the hour before and after, and the gap.
        ("2026-03-28 12:00", EIGHT, BERLIN, "2026-03-29 06:00"),
        ("2026-03-28 12:00", (time(1, 30),), BERLIN, "2026-03-29 00:30"),
        ("2026-03-28 12:00", (time(2, 30),), BERLIN, "2026-03-29 01:30"),
        ("2026-03-29 01:31", (time(2, 30),), BERLIN, "2026-03-30 00:30"),
        # Autumn, 25 October 2026, 03:00 becomes 02:00: the hour comes twice and counts once.
        ("2026-10-24 12:00", (time(2, 30),), BERLIN, "2026-10-25 00:30"),
        ("2026-10-25 00:31", (time(2, 30),), BERLIN, "2026-10-26 01:30"),
        ("2026-10-24 12:00", EIGHT, BERLIN, "2026-10-25 07:00"),
    ],
)
def test_next_time(moment: str, at: tuple[time, ...], zone: ZoneInfo, expected: str) -> None:
    """The next time is the first of the times of day that is not over."""
    assert utc(expected) == next_time(utc(moment), at, zone)


def test_zone_of_the_answer() -> None:
    """The answer is in the zone of the moment asked for."""
    zone = timezone(timedelta(hours=-5))
    found = next_time(utc("2026-11-20 12:00").astimezone(zone), EIGHT, SHANGHAI)
    assert ("2026-11-20T19:00:00-05:00", zone) == (found.isoformat(), found.tzinfo)


def test_moment_within_the_repeated_hour() -> None:
    """A moment in the second run of the repeated hour is after the first run's times."""
    moment = datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN, fold=1)
    found = next_time(moment, (time(2, 30),), BERLIN)
    assert utc("2026-10-26 01:30") == found.astimezone(UTC)


NOW = utc("2026-11-20 08:00")


@pytest.mark.parametrize(
    ("dropped", "at", "expected"),
    [
        ("2026-11-20 07:59", (), "2026-11-20 07:59"),
        ("2026-11-20 07:59", (time(8),), "2026-11-20 08:00"),
        ("2026-11-20 08:00", (time(8),), "2026-11-20 08:00"),
        ("2026-11-20 08:01", (time(8),), "2026-11-21 08:00"),
        ("2026-11-20 08:01", (time(8), time(17)), "2026-11-20 17:00"),
    ],
)
def test_goes_out(dropped: str, at: tuple[time, ...], expected: str) -> None:
    """A digest goes out at once, or at the first of the times on or after it was dropped."""
    assert utc(expected) == goes_out(utc(dropped), at, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("now", "week", "month"),
    [
        ("2026-11-23T07:59", "2026-11-16", "2026-11-01"),
        ("2026-11-23T08:00", "2026-11-23", "2026-11-01"),
        ("2026-11-29T23:00", "2026-11-23", "2026-11-01"),
        ("2026-12-01T07:59", "2026-11-30", "2026-11-01"),
        ("2027-01-01T08:00", "2026-12-28", "2027-01-01"),
    ],
)
def test_weeks_and_months(now: str, week: str, month: str) -> None:
    """A week's mail is due on Monday, a month's on the first, at the first time of day."""
    moment = datetime.fromisoformat(now).replace(tzinfo=SHANGHAI)
    at = (time(8), time(20))
    assert [f"{week}T08:00:00+08:00", f"{month}T08:00:00+08:00"] == [
        last_week(moment.astimezone(UTC), at, SHANGHAI).isoformat(),
        last_month(moment.astimezone(UTC), at, SHANGHAI).isoformat(),
    ]


def test_a_week_without_times_begins_in_the_morning() -> None:
    """Without a time of day a week's mail goes out at eight."""
    moment = datetime(2026, 11, 23, 7, 59, tzinfo=UTC)
    assert 16 == last_week(moment, (), ZoneInfo("UTC")).day
    assert 23 == last_week(moment + timedelta(minutes=1), (), ZoneInfo("UTC")).day


# --- Quiet hours --------------------------------------------------------------------------

NIGHT = (time(22), time(7))
NOON = (time(12), time(13, 30))


@pytest.mark.parametrize(
    ("now", "hours", "expected"),
    [
        ("2026-11-21T21:59:59", NIGHT, None),
        ("2026-11-21T22:00", NIGHT, "2026-11-22T07:00"),
        ("2026-11-22T00:00", NIGHT, "2026-11-22T07:00"),
        ("2026-11-22T06:59:59", NIGHT, "2026-11-22T07:00"),
        ("2026-11-22T07:00", NIGHT, None),
        ("2026-11-22T11:59", NOON, None),
        ("2026-11-22T12:00", NOON, "2026-11-22T13:30"),
        ("2026-11-22T13:30", NOON, None),
        ("2026-11-22T12:00", None, None),
    ],
)
def test_quiet_hours(now: str, hours: tuple[time, time] | None, expected: str | None) -> None:
    """They begin with the first time of day and end with the second, past midnight if need be."""
    over = quiet_until(datetime.fromisoformat(now).replace(tzinfo=SHANGHAI), hours, SHANGHAI)
    assert over == (datetime.fromisoformat(expected).replace(tzinfo=SHANGHAI) if expected else None)


def test_quiet_hours_of_another_zone() -> None:
    """What the clock shows in the newsletter's zone counts, not what it shows elsewhere."""
    now = datetime(2026, 11, 21, 15, tzinfo=UTC)
    assert quiet_until(now, NIGHT, SHANGHAI) == now + timedelta(hours=8)
    assert quiet_until(now, NIGHT, ZoneInfo("UTC")) is None


def test_quiet_hours_end_once_when_the_clocks_go_back() -> None:
    """An hour that comes twice is quiet the first time only."""
    hours = (time(1), time(2, 30))
    first = datetime(2026, 10, 25, 2, 15, tzinfo=BERLIN)
    assert quiet_until(first, hours, BERLIN) == datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert quiet_until(first.replace(fold=1), hours, BERLIN) is None
