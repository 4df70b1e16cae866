"""next_time holds in every zone, at every moment."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from publisher.due_times import goes_out, next_time

#: Whole hours, halves and quarters; big changes, small ones (Lord Howe: half an hour), and none;
#: one that skipped a whole day (Apia, 30 December 2011).
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca",
]  # fmt: skip
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(
    datetime(2011, 12, 1),  # noqa: DTZ001  (the strategy adds the zone)
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=zones | st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))
times = st.lists(st.builds(time, st.integers(0, 23), st.integers(0, 59)), min_size=1, max_size=4)


def all_times(moment: datetime, at: list[time], zone: ZoneInfo) -> list[datetime]:
    """Return every time there is within days of the moment, by trying each day."""
    day = moment.astimezone(UTC).date()
    days = [day + timedelta(days=number) for number in range(-3, 5)]
    return [datetime.combine(each, when, zone).astimezone(UTC) for each in days for when in at]


@given(moments, times, zones)
def test_first_of_all_times(moment: datetime, at: list[time], zone: ZoneInfo) -> None:
    """It is one of the times, not before the moment, and no other is sooner."""
    after = [each for each in all_times(moment, at, zone) if each >= moment.astimezone(UTC)]
    assert min(after) == next_time(moment, tuple(at), zone).astimezone(UTC)


@given(moments, times, zones)
def test_goes_out_within_two_days(moment: datetime, at: list[time], zone: ZoneInfo) -> None:
    """A digest goes out after it was dropped, and within two days at the latest."""
    dropped = moment.astimezone(UTC)
    assert dropped <= goes_out(dropped, tuple(at), zone) <= dropped + timedelta(days=2, hours=1)
