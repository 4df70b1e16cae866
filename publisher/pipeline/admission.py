"""Which new digests become issues now, with a date and an id of their own for good.

Pure: `register` reads what is recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from itertools import accumulate, count

from publisher.feeds.identity import Identity
from publisher.local_time import local_time
from publisher.model import IssueRecord
from publisher.sources.scan import ReadResult
from publisher.sources.summary import Summary

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a digest that is new becomes an issue."""

    now: datetime
    #: What times are shown in.
    zone: tzinfo
    #: Returns when a digest that was dropped at a time goes out.
    goes_out: Callable[[datetime], datetime]
    #: Whether it waits for that moment.
    waits: bool
    #: How long after that moment a digest without a date may come and still be mailed.
    max_lateness: timedelta
    #: How many new issues may go out at once; None for all.
    at_most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What issues have already, and no new one can have."""

    #: When the newest published issue was published.
    newest: datetime | None
    #: When issues were published or changed, from `earliest_time` on.
    times: AbstractSet[datetime]
    uids: AbstractSet[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Which new digests become issues."""

    #: The record of each new issue, with its content hash; it has no id yet.
    rows: Sequence[tuple[IssueRecord, bytes]]
    #: Why others wait, by the digest's name.
    waiting: dict[str, str]
    #: When the mail of those was due that came too late to be mailed, by slug.
    overdue: dict[str, datetime]


def admit_digests(
    fresh: Sequence[tuple[ReadResult, Summary]],
    rules: Rules,
    taken: Taken,
    used: AbstractSet[datetime],
) -> Admission:
    """Choose which new digests become issues now, and give each a date that never changes.

    No date is one of `used`, which are the times at which issues change in this tick.
    """
    waiting = _waiting(fresh, rules)
    ready = [pair for pair in fresh if pair[0].stamp.name not in waiting]
    ready.sort(key=lambda pair: (pair[1].date or rules.now, _natural_order(pair[1].slug)))
    if rules.at_most is not None:
        for read, _ in ready[rules.at_most :]:
            waiting[read.stamp.name] = "schedule.max_issues_per_tick go out before it"
    ready = ready[: rules.at_most]
    times = _publication_times([summary for _, summary in ready], rules.now, taken, used)
    return Admission(
        rows=[
            (_new_record(read, summary, published), summary.content)
            for (read, summary), published in zip(ready, times, strict=True)
        ],
        waiting=waiting,
        # By when it was seen, not published: what the program made wait had come in time.
        overdue={
            summary.slug: _release_time(read, rules)
            for read, summary in ready
            if not summary.date
            and _first_seen(read, rules) - _release_time(read, rules) > rules.max_lateness
        },
    )


def _waiting(fresh: Iterable[tuple[ReadResult, Summary]], rules: Rules) -> dict[str, str]:
    """Return which digests wait for a moment to come, by name, and why."""
    waiting: dict[str, str] = {}
    for read, summary in fresh:
        if summary.date and summary.date > rules.now:
            waiting[read.stamp.name] = f"its date is {local_time(summary.date, rules.zone)}"
        elif rules.waits and _release_time(read, rules) > rules.now:
            waiting[read.stamp.name] = "it goes out at the next of schedule.at"
    return waiting


def _new_record(read: ReadResult, summary: Summary, published: datetime) -> IssueRecord:
    return IssueRecord(
        slug=summary.slug,
        headline=summary.headline,
        source=read.stamp.name,
        published=published,
        updated=published,
        items=summary.items,
        tags=summary.tags,
        digest=read.sha256.hex(),
    )


def _first_seen(read: ReadResult, rules: Rules) -> datetime:
    return datetime.fromtimestamp(read.seen, rules.now.tzinfo) if read.seen else rules.now


def _release_time(read: ReadResult, rules: Rules) -> datetime:
    """Return when a digest goes out; one whose time lies in the future was dropped when seen."""
    dropped = datetime.fromtimestamp(read.stamp.mtime_ns // 10**9, rules.now.tzinfo)
    # The clock may have gone back since.
    return rules.goes_out(min(dropped, _first_seen(read, rules), rules.now))


def earliest_time(fresh: Iterable[Summary], now: datetime) -> datetime:
    """Return the earliest date that one of these new issues may get."""
    dates, items = [now], 0
    for summary in fresh:
        if summary.date:
            dates.append(summary.date)
        else:
            items += max(1, summary.items)
    return min(*dates, now - timedelta(seconds=items))


def _publication_times(
    admitted: Sequence[Summary], now: datetime, taken: Taken, used: AbstractSet[datetime]
) -> list[datetime]:
    """Return each new issue a publication time of its own, none of those used already.

    A digest's own date is taken. Those without one end at `now`, after all that is out already,
    as many seconds apart as they have items: an issue's papers are dated a second apart, and a
    feed validator warns of equal dates.
    """
    undated = [summary for summary in admitted if summary.date is None]
    newest = taken.newest
    earliest = now - timedelta(seconds=sum(max(1, summary.items) for summary in undated[1:]))
    is_apart = True
    if newest and earliest <= newest <= now:
        earliest = newest + _SECOND
        is_apart = False
    gaps = [
        timedelta(seconds=max(1, summary.items)) if is_apart else _SECOND for summary in undated
    ]
    waits = accumulate(gaps[1:], initial=timedelta())
    unfree = {*taken.times, *used}
    times = []
    for summary in admitted:
        time = summary.date or earliest + next(waits)
        while time in unfree:
            time += _SECOND
        unfree.add(time)
        times.append(time)
    return times


def assign_uids(
    rows: Iterable[tuple[IssueRecord, bytes]], identity: Identity, taken: AbstractSet[str]
) -> list[tuple[IssueRecord, bytes]]:
    """Return the records with a uid each, the first possible one of its slug that is not `taken`.

    A record that has a uid keeps it.
    """
    return [
        (
            replace(
                record,
                uid=record.uid
                or next(uid for uid in possible_uids(identity, record.slug) if uid not in taken),
            ),
            content,
        )
        for record, content in rows
    ]


def possible_uids(identity: Identity, slug: str) -> Iterator[str]:
    """Yield the tag URIs (RFC 4151) that an issue of a slug may have, the best first; endless."""
    yield identity.issue(slug)
    for number in count(2):
        yield identity.issue(f"{slug}.{number}")  # no slug has a full stop


def _natural_order(slug: str) -> list[tuple[int, str]]:
    """Return a sort key by which `9` comes before `10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", slug)]
