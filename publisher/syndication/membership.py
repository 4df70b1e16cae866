"""Part of the second step: which entries feeds have, since when, and what is closed.

What readers know an entry by is decided here, once, and kept: its id, the date it came out, and
the date it last changed in a way that matters.

A feed's newest document takes entries until it has `_ENTRIES` or weighs `_BYTES`. Then the oldest
that came go into an archive, until half is left: that archive never changes again, so that it can
be kept by whoever fetched it (RFC 5005 4). An entry is in one document only. Hence an edit of
what is archived changes its pages and mails, but no feed: to show it, the newest document would
have to repeat an entry that readers may have let go, and who would get it as new; RFC 5005 4.1
leaves that to the publisher. Nothing that somebody took back, though, is to be had from us: an
archive that had it is told without it, as another document at another address (`archiving`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from sqlalchemy import Connection

from publisher.feeds.identity import Identity
from publisher.model import IssueRecord
from publisher.render.feed_catalog import topic_slug
from publisher.render.titles import line
from publisher.sources.scan import Summary, Text, papers_said
from publisher.storage import feeds, issues
from publisher.storage.feeds import FeedRow, Membership, PaperRow
from publisher.storage.tables import moment, seconds
from publisher.syndication import archives

#: What one document holds at most; one issue's papers stay together whatever they are.
_ENTRIES = 30
#: JSON Feed 1.1 calls 250 KB fine and 1 MB a burden.
_BYTES = 250_000
_SECOND = timedelta(seconds=1)
#: How far back a time may be that something else has already.
LONG = timedelta(hours=1)
#: The content of what was read back from out/.
UNKNOWN = b""


class TimestampAllocator:
    """Keeps times apart by a second at least: a feed validator warns of equal ones."""

    def __init__(self, taken: set[int]) -> None:
        """Begin with the times, in seconds since 1970, that something has already."""
        self._taken = taken

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
    said: Summary
    #: Whether it is back from being withdrawn.
    back: bool
    #: Whether it stands at another address.
    moved: bool
    #: What was recorded of it, if its digest has other bytes than before.
    before: IssueRecord | None


def syndicate(
    connection: Connection,
    told: Sequence[IssueUpdate],
    withdrawn: AbstractSet[str],
    identity: Identity,
    now: datetime,
    text: Text,
) -> None:
    """Bring feeds up to date with issues that are new or were read again, and those that go.

    It comes after the records and the papers of these issues were put into the database.
    """
    told = sorted(told, key=lambda each: (each.record.published, each.record.slug))
    left = {each.record.slug for each in told} | withdrawn
    papers = _papers(connection, told, left, identity, now, text)
    places = [
        *feeds.memberships(connection, of_papers=False, entries=left),
        # What was never recorded stands nowhere yet: on a first build that is all.
        *feeds.memberships(connection, of_papers=True, entries=papers.before),
    ]
    frozen = _freeze(connection, told, papers, {each.entry for each in places if each.archive})
    uneven = _told_anew(connection, told, withdrawn, papers, frozen)
    archives.renew(
        connection,
        {(each.feed, each.archive) for each in places if each.archive and each.entry in uneven},
    )
    feeds.mark_feeds(connection, {each.feed for each in places if not each.archive}, rendered=False)
    _enter(connection, told, papers.read, places)


def _freeze(
    connection: Connection, told: Sequence[IssueUpdate], papers: _Papers, closed: AbstractSet[str]
) -> AbstractSet[str]:
    """Have what was edited stay in archives as it is there; return the papers among that."""
    before = {each.record.slug: each.before for each in told if each.before and not each.back}
    issues_closed = {
        slug: (its.digest, its.updated) for slug, its in before.items() if slug in closed
    }
    papers_closed = {
        key: (before[row.issue].digest, row.updated)
        for key, row in papers.before.items()
        if key in closed and row.issue in before
    }
    feeds.freeze(connection, issues_closed, of_papers=False)
    feeds.freeze(connection, papers_closed, of_papers=True)
    return papers_closed.keys()


def _told_anew(
    connection: Connection,
    told: Sequence[IssueUpdate],
    withdrawn: AbstractSet[str],
    papers: _Papers,
    frozen: AbstractSet[str],
) -> AbstractSet[str]:
    """Return the issues and papers that archives, too, must tell otherwise, or no more.

    What was withdrawn and comes back is told as it is then, whatever it said before.
    """
    back = {each.record.slug for each in told if each.back}
    issues_again = withdrawn | back
    papers_again = papers.moved | (papers.lost - frozen)
    papers_again |= {key for key, slug in papers.read.items() if slug in back}
    feeds.thaw(connection, issues_again, of_papers=False)
    feeds.thaw(connection, papers_again, of_papers=True)
    # A paper's entry says nothing of where its issue stands.
    moved = {each.record.slug for each in told if each.moved}
    return issues_again | moved | papers_again


# --- Papers -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Papers:
    #: Whose words each paper has that these issues concern.
    read: Mapping[str, str]
    #: Those that have another issue's words than before, and those that have nobody's.
    moved: AbstractSet[str]
    lost: AbstractSet[str]
    #: What was recorded of them.
    before: Mapping[str, PaperRow]


def _papers(
    connection: Connection,
    told: Sequence[IssueUpdate],
    left: AbstractSet[str],
    identity: Identity,
    now: datetime,
    text: Text,
) -> _Papers:
    """Record the papers that are new or have changed, and whose words they have.

    A paper's words are those of the issue that had it first, as long as that has it.
    """
    has = {each.record.slug: each.said.keys for each in told}
    rows = feeds.papers_with_words_of(connection, left)
    rows |= feeds.papers(connection, {key for keys in has.values() for key in keys} - rows.keys())
    before = dict(rows)
    elsewhere = [key for key, row in rows.items() if key not in has.get(row.issue, ())]
    appear = {
        paper.key: {record.slug: record for record in records}
        for paper, records in issues.appearances(connection, elsewhere).items()
    }
    apart = _times(connection, told, rows, now)
    for each in told:
        slug = each.record.slug
        for its in each.said.papers:
            key = its.paper.key
            row = rows.get(key)
            if row is None:
                when = apart.at(each.record.published - (its.number - 1) * _SECOND)
                rows[key] = PaperRow(
                    key=key,
                    uid=identity.paper(key),
                    issue=slug,
                    published=when,
                    updated=when,
                    content=its.content,
                )
            elif row.issue == slug and each.before is None:
                # Of the same bytes, a newer program alone reads something else.
                rows[key] = row._replace(content=its.content)
            elif row.issue == slug or (
                key not in has.get(row.issue, ()) and row.issue not in appear.get(key, ())
            ):
                rows[key] = _saying(row._replace(issue=slug), its.content, apart, now)
    lost = {
        key for key, row in rows.items() if row.issue in left and key not in has.get(row.issue, ())
    }
    for key in lost & appear.keys():
        slug, record = next(iter(appear[key].items()))
        said = papers_said(issue) if (issue := text(record)) else {}
        rows[key] = _saying(rows[key]._replace(issue=slug), said.get(key, UNKNOWN), apart, now)
    feeds.put_papers(
        connection,
        [row for key, row in rows.items() if key not in before],
        [row for key, row in rows.items() if key in before and row != before[key]],
    )
    # What was read back from out/ has nobody's words yet, and is in archives as it should be.
    moved = {key for key, row in before.items() if row.issue and rows[key].issue != row.issue}
    return _Papers({key: row.issue for key, row in rows.items()}, moved, lost - moved, before)


def _saying(row: PaperRow, content: bytes, apart: TimestampAllocator, now: datetime) -> PaperRow:
    """Return a paper with these words: `updated` moves if it is known that they are others."""
    if UNKNOWN in (row.content, content) or row.content == content:
        return row._replace(content=content)
    updated = max(apart.at(max(now, row.published)), row.updated)
    return row._replace(content=content, updated=updated)


def _times(
    connection: Connection,
    told: Sequence[IssueUpdate],
    known: Mapping[str, PaperRow],
    now: datetime,
) -> TimestampAllocator:
    taken = feeds.updates_between(connection, now - LONG, now) if known else set()
    fresh = [
        each.record.published
        for each in told
        if any(its.paper.key not in known for its in each.said.papers)
    ]
    if fresh:
        taken |= feeds.updates_between(connection, min(fresh) - LONG, max(fresh))
    return TimestampAllocator(taken)


# --- Feeds --------------------------------------------------------------------------------


def _enter(
    connection: Connection,
    told: Sequence[IssueUpdate],
    owners: Mapping[str, str],
    places: Sequence[Membership],
) -> None:
    """Let what is new into its feeds, issue by issue, and close what is full."""
    wanted = [list(_wanted(each, owners)) for each in told]
    begin(connection)
    # The first digest that has a topic names it.
    rows = {row.name: row for its in reversed(wanted) for row, _ in its}
    known = feeds.feeds(connection)
    feeds.add_feeds(connection, [row for name, row in rows.items() if name not in known])
    _leave(connection, told, owners, wanted, places)
    there = {(each.feed, each.entry) for each in places}
    opened = feeds.open_entries(connection, {row.name for its in wanted for row, _ in its})
    old = {(each.feed, each.entry) for its in opened.values() for each in its}
    new: dict[tuple[str, str], Membership] = {}
    archives: dict[str, dict[int, list[str]]] = {}
    for its in wanted:
        came: dict[str, int] = {}
        for row, (entry, weight) in its:
            if (row.name, entry) not in there:
                place = Membership(feed=row.name, entry=entry, weight=weight)
                there.add((row.name, entry))
                new[row.name, entry] = place
                opened[row.name].append(place)
                came[row.name] = came.get(row.name, 0) + 1
        for name, count in came.items():
            number = known[name].closed if name in known else 0
            number = next(reversed(archives.get(name, {})), number)  # the last that was closed
            for part in _full(opened[name], count, first=number == 0):
                number += 1
                for each in part:
                    if (name, each.entry) in new:
                        new[name, each.entry] = each._replace(archive=number)
                archives.setdefault(name, {})[number] = [
                    each.entry for each in part if (name, each.entry) in old
                ]
    feeds.enter(connection, list(new.values()))
    for name, closed in archives.items():
        feeds.close(connection, name, closed)
    feeds.mark_feeds(connection, {name for name, _ in new}, rendered=False)


def begin(connection: Connection) -> None:
    """Have the feeds that every newsletter has: one can subscribe before the first issue."""
    known = feeds.feeds(connection)
    feeds.add_feeds(connection, [row for row in _standing() if row.name not in known])


def _standing() -> tuple[FeedRow, FeedRow]:
    return (
        FeedRow(name="issues", kind="issues", label=""),
        FeedRow(name="papers", kind="papers", label=""),
    )


def _wanted(
    each: IssueUpdate, owners: Mapping[str, str]
) -> Iterator[tuple[FeedRow, tuple[str, int]]]:
    """Yield the feeds an issue and its papers belong in, and each entry with its weight.

    Papers come last first, as their dates do.
    """
    of_issues, of_papers = _standing()
    slug = each.record.slug
    yield of_issues, (slug, each.said.weight)
    for label in filter(None, map(line, each.said.tags)):
        yield _topic("tag", label), (slug, each.said.weight)
    for its in reversed(each.said.papers):
        if owners[its.paper.key] == slug:
            yield of_papers, (its.paper.key, its.weight)
            if its.section:
                yield _topic("section", its.section), (its.paper.key, its.weight)


def _topic(kind: str, label: str) -> FeedRow:
    return FeedRow(name=f"{kind}s/{topic_slug(label)}", kind=kind, label=label)


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
    for each in old:
        heavy += each.weight
        if not parts or len(parts[-1]) == _ENTRIES or heavy > _BYTES:
            parts.append([])
            heavy = each.weight
        parts[-1].append(each)
    if first and len(parts) == 1:
        middle = len(old) // 2
        return [old[:middle], old[middle:]]
    return parts


def _leave(
    connection: Connection,
    told: Sequence[IssueUpdate],
    owners: Mapping[str, str],
    wanted: Sequence[Sequence[tuple[FeedRow, tuple[str, int]]]],
    places: Sequence[Membership],
) -> None:
    """Take what lost its tag or section out of that feed's newest document."""
    if not places:
        return
    read = {each.record.slug for each in told}
    read |= {key for key, slug in owners.items() if slug in read}
    stay = {(row.name, entry) for its in wanted for row, (entry, _) in its}
    for each in places:
        topical = each.feed not in ("issues", "papers")
        if topical and each.entry in read and (each.feed, each.entry) not in stay:
            feeds.leave(connection, each.feed, [each.entry])
