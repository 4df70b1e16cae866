"""Which new digests become issues now, with a date and an id of their own for good."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, count

from sqlalchemy import Connection

from publisher.feeds.identity import Identity
from publisher.model import IssueRecord
from publisher.sources.scan import ReadResult, Summary
from publisher.storage import issues
from publisher.storage.rename import uids

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a digest that is new becomes an issue."""

    now: datetime
    #: Returns when a digest that was dropped at a time goes out.
    goes_out: Callable[[datetime], datetime]
    #: Whether it waits for that moment.
    waits: bool
    #: How long after that moment a digest without a date may come and still be mailed.
    max_lateness: timedelta
    #: How many new issues may go out at once; None for all.
    at_most: int | None


def admitted(
    connection: Connection,
    fresh: Sequence[tuple[ReadResult, Summary]],
    rules: Rules,
    waiting: dict[str, str],
    overdue: dict[str, datetime],
    used: set[datetime],
) -> list[tuple[IssueRecord, bytes]]:
    """Choose which new digests become issues now, and give each its date for good.

    Of the others `waiting` says by name why. Of those that came too late to be mailed `overdue`
    says by slug when they were due. No date is one of `used`.
    """
    ready: list[tuple[ReadResult, Summary]] = []
    for each, said in fresh:
        if said.date and said.date > rules.now:
            waiting[each.found.name] = f"its date is {said.date.isoformat()}"
        elif rules.waits and _goes_out(each, rules) > rules.now:
            waiting[each.found.name] = "it goes out at the next of schedule.at"
        else:
            ready.append((each, said))
    ready.sort(key=lambda pair: (pair[1].date or rules.now, _natural(pair[1].slug)))
    for each, _ in ready[rules.at_most :] if rules.at_most is not None else ():
        waiting[each.found.name] = "schedule.max_issues_per_tick go out before it"
    ready = ready[: rules.at_most]
    for each, said in ready:
        # By when it was seen, not published: what the program made wait had come in time.
        if not said.date and _first_seen(each, rules) - _goes_out(each, rules) > rules.max_lateness:
            overdue[said.slug] = _goes_out(each, rules)
    times = _times(connection, [said for _, said in ready], rules.now, used)
    return [
        (
            IssueRecord(
                slug=said.slug,
                headline=said.headline,
                source=each.found.name,
                published=published,
                updated=published,
                items=said.items,
                tags=said.tags,
                digest=each.sha256.hex(),
            ),
            said.content,
        )
        for (each, said), published in zip(ready, times, strict=True)
    ]


def _first_seen(each: ReadResult, rules: Rules) -> datetime:
    return datetime.fromtimestamp(each.seen, rules.now.tzinfo) if each.seen else rules.now


def _goes_out(each: ReadResult, rules: Rules) -> datetime:
    """Return when a digest goes out; one whose time lies in the future was dropped when seen."""
    dropped = datetime.fromtimestamp(each.found.mtime_ns // 10**9, rules.now.tzinfo)
    # The clock may have gone back since.
    return rules.goes_out(min(dropped, _first_seen(each, rules), rules.now))


def _times(
    connection: Connection, admitted: Sequence[Summary], now: datetime, used: set[datetime]
) -> list[datetime]:
    """Return each new issue a publication time of its own, none of those used already.

    A digest's own date is taken. Those without one end at `now`, after all that is out already,
    as many seconds apart as they have items: an issue's papers are dated a second apart, and a
    feed validator warns of equal dates.
    """
    undated = [said for said in admitted if said.date is None]
    newest = issues.newest(connection, 1)
    earliest = now - timedelta(seconds=sum(max(1, said.items) for said in undated[1:]))
    apart = True
    if newest and newest[0].published <= now and earliest <= newest[0].published:
        earliest = newest[0].published + _SECOND
        apart = False
    gaps = [timedelta(seconds=max(1, said.items)) if apart else _SECOND for said in undated]
    waits = accumulate(gaps[1:], initial=timedelta())
    wanted = [said.date or earliest + next(waits) for said in admitted]
    used = used | issues.taken(connection, wanted)
    times = []
    for first in wanted:
        time = first
        while time in used:
            time += _SECOND
            if time not in used:
                used |= issues.taken(connection, [time])
        used.add(time)
        times.append(time)
    return times


def identified(
    connection: Connection, rows: Sequence[tuple[IssueRecord, bytes]], identity: Identity
) -> list[tuple[IssueRecord, bytes]]:
    """Return each its id for good: made of its slug, unless that was an issue's renamed since."""
    bare = {identity.issue(record.slug) for record, _ in rows if not record.uid}
    taken = uids(connection, bare)

    def free(slug: str) -> str:
        uid, numbers = identity.issue(slug), count(2)
        while uid in taken:
            uid = identity.issue(f"{slug}.{next(numbers)}")  # no slug has a full stop
            taken.update(uids(connection, {uid}))
        return uid

    return [
        (replace(record, uid=record.uid or free(record.slug)), content) for record, content in rows
    ]


def _natural(slug: str) -> list[tuple[int, str]]:
    """Return a sort key by which `9` comes before `10`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", slug)]
