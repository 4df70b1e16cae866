"""What is due, given the rules and the time. The clock is the caller's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Any stretch this long holds every time of day, a change of the clocks included.
_LOOK_AHEAD_DAYS = 3
#: When mails of a week or a month go out if no time of day is set.
_MORNING = time(8)


def goes_out(dropped: datetime, at: tuple[time, ...], zone: ZoneInfo) -> datetime:
    """Return when a digest dropped then goes out.

    Without times of day it goes out at once; with them, at the first of them on or after the moment
    it was dropped.
    """
    return next_time(dropped, at, zone) if at else dropped


def next_time(moment: datetime, at: tuple[time, ...], zone: ZoneInfo) -> datetime:
    """Return the first of the times of day, in the zone, on or after the moment.

    A time the clocks skip in spring is as long after midnight as ever, so 02:30 is 03:30 that
    day; one they repeat in autumn counts once, at its first occurrence (fold=0, PEP 495).
    """
    day = moment.astimezone(zone).date()
    # In UTC, since moments of one zone are compared by what its clocks show, repeated or not.
    start = moment.astimezone(UTC)
    times = (
        datetime.combine(day + timedelta(days=days), hour, zone).astimezone(UTC)
        for days in range(-1, _LOOK_AHEAD_DAYS)
        for hour in at
    )
    return min(due for due in times if due >= start).astimezone(moment.tzinfo)


def quiet_until(now: datetime, hours: tuple[time, time] | None, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours that now lies in are over; None outside them.

    They begin with the first time of day and end with the second, which may be the next day's.
    """
    if hours is None:
        return None
    begin, end = hours
    over = next_time(now, (end,), zone)
    again = next_time(now + timedelta(microseconds=1), (begin,), zone)
    # In UTC, as above.
    return over if now.astimezone(UTC) < over.astimezone(UTC) < again.astimezone(UTC) else None


def last_week(now: datetime, at: tuple[time, ...], zone: ZoneInfo) -> datetime:
    """Return the last Monday's first time of day, in the zone, on or before now."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return _last(now, (monday - timedelta(days=7), monday), at, zone)


def last_month(now: datetime, at: tuple[time, ...], zone: ZoneInfo) -> datetime:
    """Return the first time of day on the first of a month, in the zone, last on or before now."""
    first = now.astimezone(zone).date().replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    return _last(now, (before, first), at, zone)


def _last(now: datetime, days: tuple[date, date], at: tuple[time, ...], zone: ZoneInfo) -> datetime:
    when = at[0] if at else _MORNING
    moments = [datetime.combine(day, when, zone).astimezone(UTC) for day in days]
    return max(moment for moment in moments if moment <= now.astimezone(UTC)).astimezone(zone)
