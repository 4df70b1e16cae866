"""Part of the second step: which entries feeds have, since when, and what is closed.

Pure: `feed_update` reads what is recorded, and writes what is decided here.

What readers know an entry by is decided once, and kept: its id, the date it came out, and the
date it last changed in a way that matters.

A feed's newest document takes entries until it has `_ENTRIES` or weighs `_BYTES`. Then the oldest
that came go into an archive, until half is left: that archive never changes again, so that it can
be kept by whoever fetched it (RFC 5005 4). An entry is in one document only. Hence an edit of
what is archived changes its pages and mails, but no feed: to show it, the newest document would
have to repeat an entry that readers may have let go, and who would get it as new; RFC 5005 4.1
leaves that to the publisher. Nothing that somebody took back, though, is to be had from us: an
archive that had it is told without it, as another document at another address (`archives`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from publisher.model import IssueRecord
from publisher.render.feed_catalog import topic_slug
from publisher.render.titles import one_line
from publisher.sources.summary import Summary
from publisher.storage.feeds import FeedRow, Membership
from publisher.storage.tables import moment, seconds

#: What one document holds at most; one issue's papers stay together whatever they are.
_ENTRIES = 30
#: JSON Feed 1.1 calls 250 KB fine and 1 MB a burden.
_BYTES = 250_000
#: How far back a time may be that something else has already.
LONG = timedelta(hours=1)
#: The content of what was read back from out/.
UNKNOWN = b""
#: The feeds that every newsletter has.
STANDING = (
    FeedRow(name="issues", kind="issues", label=""),
    FeedRow(name="papers", kind="papers", label=""),
)
_STANDING_NAMES = tuple(row.name for row in STANDING)


class TimestampAllocator:
    """Keeps times apart by a second at least: a feed validator warns of equal ones."""

    def __init__(self, taken: AbstractSet[int]) -> None:
        """Begin with the times, in seconds since 1970, that something has already."""
        self._taken = set(taken)

    def at(self, wanted: datetime) -> datetime:
        """Return this time, or the last before it that nothing has yet."""
        second = seconds(wanted)
        while second in self._taken:
            second -= 1
        self._taken.add(second)
        return moment(second)


@dataclass(frozen=True, slots=True)
class IssueUpdate:
    """An issue as it is recorded now, and what its digest says."""

    record: IssueRecord
    summary: Summary
    #: Whether it is back from being withdrawn.
    back: bool
    #: Whether it stands at another address.
    moved: bool
    #: What was recorded of it, if its digest has other bytes than before.
    before: IssueRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFeeds:
    """What is recorded of feeds."""

    #: The feeds there are, by name.
    feeds: Mapping[str, FeedRow]
    #: The places that the issues and papers at hand have.
    places: Sequence[Membership]
    #: What the newest documents hold that something may enter, by feed, in the order it came.
    opened: Mapping[str, Sequence[Membership]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChanges:
    """What feeds take in, let go and close."""

    #: Feeds that begin.
    begun: Sequence[FeedRow]
    #: What newest documents let go: feed and entry.
    left: AbstractSet[tuple[str, str]]
    #: What is new in feeds, in the order it comes; some of it goes into an archive at once.
    entered: Sequence[Membership]
    #: What was in newest documents and goes into archives: entries by feed and archive's number.
    closed: Mapping[str, Mapping[int, Sequence[str]]]


class Candidate(NamedTuple):
    """An entry, and a feed it belongs in if it has an entry of its own."""

    feed: FeedRow
    #: An issue's slug or a paper's key.
    entry: str
    weight: int


def candidates(update: IssueUpdate) -> list[Candidate]:
    """Return the feeds an issue and its papers belong in; papers last first, as their dates are."""
    return list(_candidates(update.record.slug, update.summary))


def _candidates(slug: str, summary: Summary) -> Iterator[Candidate]:
    of_issues, of_papers = STANDING
    yield Candidate(of_issues, slug, summary.weight)
    for label in filter(None, map(one_line, summary.tags)):
        yield Candidate(_topic("tag", label), slug, summary.weight)
    for paper in reversed(summary.papers):
        yield Candidate(of_papers, paper.paper.key, paper.weight)
        if paper.section:
            yield Candidate(_topic("section", paper.section), paper.paper.key, paper.weight)


def _topic(kind: str, label: str) -> FeedRow:
    return FeedRow(name=f"{kind}s/{topic_slug(label)}", kind=kind, label=label)


def feed_changes(
    recorded: RecordedFeeds,
    entries: Mapping[str, Sequence[Candidate]],
    owners: Mapping[str, str],
) -> FeedChanges:
    """Return how what is new enters its feeds, issue by issue, and what is closed as full.

    `entries` has the `candidates` of each issue, by slug, the oldest first; `owners` the slug of
    the issue whose words each paper has, by key. What lost its tag or section goes out of that
    feed's newest document.
    """
    wanted = [
        [each for each in its if not each.feed.of_papers or owners[each.entry] == slug]
        for slug, its in entries.items()
    ]
    # The first digest that has a topic names it.
    named = {each.feed.name: each.feed for its in reversed(wanted) for each in its}
    begun = {row.name: row for row in STANDING} | named
    read = entries.keys() | {key for key, slug in owners.items() if slug in entries}
    stay = {(each.feed.name, each.entry) for each in chain.from_iterable(wanted)}
    left = {
        (place.feed, place.entry)
        for place in recorded.places
        if not place.archive and place.feed not in _STANDING_NAMES and place.entry in read
    } - stay
    documents = _Documents(recorded, left)
    for its in wanted:
        documents.enter(its)
    return FeedChanges(
        begun=[row for name, row in begun.items() if name not in recorded.feeds],
        left=left,
        entered=list(documents.new.values()),
        closed=documents.closed,
    )


class _Documents:
    """The newest documents of feeds while what is new enters them."""

    def __init__(self, recorded: RecordedFeeds, left: AbstractSet[tuple[str, str]]) -> None:
        self._there = {(place.feed, place.entry) for place in recorded.places}
        self._opened = {
            name: [place for place in places if (name, place.entry) not in left]
            for name, places in recorded.opened.items()
        }
        #: The number of the last archive of each feed.
        self._last = {name: row.closed for name, row in recorded.feeds.items()}
        #: The place of what is new, by feed and entry.
        self.new: dict[tuple[str, str], Membership] = {}
        #: The entries that were there before and are in new archives, by feed and number.
        self.closed: dict[str, dict[int, list[str]]] = {}

    def enter(self, wanted: Sequence[Candidate]) -> None:
        """Let in what comes with one issue, and close what is full then."""
        came: Counter[str] = Counter()
        for row, entry, weight in wanted:
            if (row.name, entry) not in self._there:
                place = Membership(feed=row.name, entry=entry, weight=weight)
                self._there.add((row.name, entry))
                self.new[row.name, entry] = place
                self._opened.setdefault(row.name, []).append(place)
                came[row.name] += 1
        for name, count in came.items():
            first = self._last.get(name, 0) == 0
            for part in _full(self._opened[name], count, first=first):
                self._close(name, part)

    def _close(self, name: str, part: Sequence[Membership]) -> None:
        number = self._last[name] = self._last.get(name, 0) + 1
        before = self.closed.setdefault(name, {})[number] = []
        for place in part:
            if (name, place.entry) in self.new:
                self.new[name, place.entry] = place._replace(archive=number)
            else:
                before.append(place.entry)


def _full(opened: list[Membership], came: int, *, first: bool) -> list[list[Membership]]:
    """Take what is too much out of a newest document, as archives.

    What came together stays together, lest readers miss some of it. The first time there are two
    archives or none: an archive names one beside it, which is there already (RFC 5005 4).
    """
    weight = sum(map(attrgetter("weight"), opened))
    if len(opened) <= _ENTRIES and weight <= _BYTES:
        return []
    old: list[Membership] = []
    while len(opened) - len(old) > came and (
        2 * (len(opened) - len(old)) > _ENTRIES or 2 * weight > _BYTES or (first and len(old) == 1)
    ):
        old.append(opened[len(old)])
        weight -= old[-1].weight
    if first and len(old) == 1:
        return []
    del opened[: len(old)]
    parts: list[list[Membership]] = []
    heavy = 0
    for place in old:
        heavy += place.weight
        if not parts or len(parts[-1]) == _ENTRIES or heavy > _BYTES:
            parts.append([])
            heavy = place.weight
        parts[-1].append(place)
    if first and len(parts) == 1:
        middle = len(old) // 2
        return [old[:middle], old[middle:]]
    return parts
