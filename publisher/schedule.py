"""What is due, given the rules and the time. The clock is the caller's."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Any stretch this long holds every time of day, a change of the clocks included.
_LOOK_AHEAD_DAYS = 3


def is_due(dropped: datetime, now: datetime, at: tuple[time, ...], zone: ZoneInfo) -> bool:
    """Tell whether a digest dropped then goes out now.

    Without times of day it goes out at once; with them, from the first of them on or after the
    moment it was dropped. A file whose time lies in the future was dropped now.
    """
    if not at:
        return True
    return next_time(min(dropped, now), at, zone) <= now


def next_time(moment: datetime, at: tuple[time, ...], zone: ZoneInfo) -> datetime:
    """Give the first of the times of day, in the zone, on or after the moment.

    A time the clocks skip in spring is as long after midnight as ever, so 02:30 is 03:30 that
    day; one they repeat in autumn counts once, at its first occurrence (fold=0, PEP 495).
    """
    day = moment.astimezone(zone).date()
    # In UTC, since moments of one zone are compared by what its clocks show, repeated or not.
    start = moment.astimezone(UTC)
    found = (
        datetime.combine(day + timedelta(days=days), each, zone).astimezone(UTC)
        for days in range(-1, _LOOK_AHEAD_DAYS)
        for each in at
    )
    return min(each for each in found if each >= start).astimezone(moment.tzinfo)
