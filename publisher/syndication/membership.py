"""Part of the second step: which entries feeds have, and which archives are closed.

Pure: `feed_update` reads the rows, and writes what is decided here.

An entry's id and its date of publication are decided once, and kept.

A feed's newest document gets entries until it has `_ENTRIES` of them or `_BYTES`. Then the entries
that came first go into an archive, until half is left: that archive never changes again, so that
clients can keep it (RFC 5005 4). An entry is in one document only. Hence an edit of an archived
entry changes its pages and mails, but no feed: the newest document would have to repeat an entry
that readers may have dropped, and they would show it as new; RFC 5005 4.1 leaves that to the
publisher. A withdrawn entry, though, must not be available: an archive that had it is replaced by
one without it, at another address (`archives`).
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

#: The most entries of one document; one issue's papers stay together, however many.
_ENTRIES = 30
#: JSON Feed 1.1 calls 250 KB fine and 1 MB a burden.
_BYTES = 250_000
#: How far a time may be moved back when another entry has it.
LONG = timedelta(hours=1)
#: The content hash of entries that were recovered from out/.
UNKNOWN = b""
#: The feeds that every newsletter has.
DEFAULT_FEEDS = (
    FeedRow(name="issues", kind="issues", label=""),
    FeedRow(name="papers", kind="papers", label=""),
)
_DEFAULT_NAMES = tuple(row.name for row in DEFAULT_FEEDS)


class TimestampAllocator:
    """Makes times differ by at least a second: feed validators warn of equal ones."""

    def __init__(self, taken: AbstractSet[int]) -> None:
        """`taken` are the times, in seconds since 1970, that other entries have."""
        self._taken = set(taken)

    def allocate(self, wanted: datetime) -> datetime:
        """Return this time, or the last one before it that is not taken, and take it."""
        second = seconds(wanted)
        while second in self._taken:
            second -= 1
        self._taken.add(second)
        return moment(second)


@dataclass(frozen=True, slots=True)
class IssueUpdate:
    """An issue as it is recorded now, and the summary of its digest."""

    record: IssueRecord
    summary: Summary
    #: Whether it was withdrawn before.
    back: bool
    #: Whether its address has changed.
    moved: bool
    #: What was recorded of it, if its digest's bytes have changed.
    before: IssueRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFeeds:
    """The recorded rows of feeds."""

    #: All feeds by name.
    feeds: Mapping[str, FeedRow]
    #: The memberships of the issues at hand and their papers.
    places: Sequence[Membership]
    #: The entries of newest documents that may get new ones, by feed, in the order they came.
    opened: Mapping[str, Sequence[Membership]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChanges:
    """New feeds, entries that are added and removed, and archives that are closed."""

    #: New feeds.
    begun: Sequence[FeedRow]
    #: Feed and entry of those that are removed from newest documents.
    left: AbstractSet[tuple[str, str]]
    #: New entries in order; some of them go into an archive at once.
    entered: Sequence[Membership]
    #: Entries that move from newest documents into archives, by feed and the archive's number.
    closed: Mapping[str, Mapping[int, Sequence[str]]]


class Candidate(NamedTuple):
    """An entry, and a feed it belongs in if it has an entry of its own."""

    feed: FeedRow
    #: An issue's slug or a paper's key.
    entry: str
    weight: int


def candidates(update: IssueUpdate) -> list[Candidate]:
    """Return the feeds that an issue and its papers belong in; the last paper is the oldest."""
    return list(_candidates(update.record.slug, update.summary))


def _candidates(slug: str, summary: Summary) -> Iterator[Candidate]:
    of_issues, of_papers = DEFAULT_FEEDS
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
    """Return the changes of feeds, issue by issue: new entries, and archives of full documents.

    `entries` has the `candidates` of each issue, by slug, the oldest first; `owners` the slug of
    the issue whose text each paper has, by key. Entries that lost a tag or section are removed from
    that feed's newest document.
    """
    wanted = [
        [
            candidate
            for candidate in of_issue
            if not candidate.feed.of_papers or owners[candidate.entry] == slug
        ]
        for slug, of_issue in entries.items()
    ]
    # The first digest that has a topic names it.
    named = {
        candidate.feed.name: candidate.feed
        for of_issue in reversed(wanted)
        for candidate in of_issue
    }
    begun = {row.name: row for row in DEFAULT_FEEDS} | named
    read = entries.keys() | {key for key, slug in owners.items() if slug in entries}
    stay = {(candidate.feed.name, candidate.entry) for candidate in chain.from_iterable(wanted)}
    left = {
        (place.feed, place.entry)
        for place in recorded.places
        if not place.archive and place.feed not in _DEFAULT_NAMES and place.entry in read
    } - stay
    documents = _Documents(recorded, left)
    for of_issue in wanted:
        documents.add(of_issue)
    return FeedChanges(
        begun=[row for name, row in begun.items() if name not in recorded.feeds],
        left=left,
        entered=list(documents.new.values()),
        closed=documents.closed,
    )


class _Documents:
    """The newest documents of feeds while new entries are added."""

    def __init__(self, recorded: RecordedFeeds, left: AbstractSet[tuple[str, str]]) -> None:
        self._there = {(place.feed, place.entry) for place in recorded.places}
        self._opened = {
            name: [place for place in places if (name, place.entry) not in left]
            for name, places in recorded.opened.items()
        }
        #: The number of the last archive of each feed.
        self._last = {name: row.closed for name, row in recorded.feeds.items()}
        #: The new memberships, by feed and entry.
        self.new: dict[tuple[str, str], Membership] = {}
        #: The earlier entries that move into new archives, by feed and number.
        self.closed: dict[str, dict[int, list[str]]] = {}

    def add(self, wanted: Sequence[Candidate]) -> None:
        """Add the entries of one issue, and close archives of documents that are full then."""
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
            for part in _split_off(self._opened[name], count, first=first):
                self._close(name, part)

    def _close(self, name: str, part: Sequence[Membership]) -> None:
        number = self._last[name] = self._last.get(name, 0) + 1
        before = self.closed.setdefault(name, {})[number] = []
        for place in part:
            if (name, place.entry) in self.new:
                self.new[name, place.entry] = place._replace(archive=number)
            else:
                before.append(place.entry)


def _split_off(opened: list[Membership], came: int, *, first: bool) -> list[list[Membership]]:
    """Remove the oldest entries from a full newest document; return them in parts for archives.

    Entries of one issue stay together, so that readers miss none. The first time there are two
    archives or none: an archive links to one that exists (RFC 5005 4).
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
