"""Part of the second step: feeds are brought up to date with issues, in three parts.

What is recorded is read; `paper_entries` and `membership` decide, and see no database; what they
decided is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection

from publisher.feeds.identity import Identity
from publisher.sources.scan import Text
from publisher.storage import feeds, issues
from publisher.syndication import archives
from publisher.syndication.archive_changes import ArchiveChanges, archive_changes
from publisher.syndication.membership import (
    STANDING,
    Candidate,
    FeedChanges,
    IssueUpdate,
    RecordedFeeds,
    candidates,
    feed_changes,
)
from publisher.syndication.paper_entries import (
    RecordedPapers,
    homeless,
    paper_entries,
    spans,
)


def syndicate(
    connection: Connection,
    updates: Sequence[IssueUpdate],
    withdrawn: AbstractSet[str],
    identity: Identity,
    now: datetime,
    text: Text,
) -> None:
    """Bring feeds up to date with issues that are new or were read again, and those that go.

    It comes after the records and the papers of these issues were put into the database.
    """
    updates = sorted(updates, key=lambda update: (update.record.published, update.record.slug))
    left = {update.record.slug for update in updates} | withdrawn
    wanted = {update.record.slug: candidates(update) for update in updates}
    papers = _recorded_papers(connection, updates, left, now)
    recorded = _recorded_feeds(connection, left, papers.rows, wanted)

    entries = paper_entries(papers, updates, left, identity, now, text)
    archived = archive_changes(recorded.places, updates, withdrawn, papers.rows, entries)
    changes = feed_changes(recorded, wanted, entries.owners)

    feeds.put_papers(connection, entries.fresh, entries.changed)
    _write_archives(connection, archived)
    _write_feeds(connection, changes, recorded)


# --- What is recorded ---------------------------------------------------------------------


def _recorded_papers(
    connection: Connection, updates: Sequence[IssueUpdate], left: AbstractSet[str], now: datetime
) -> RecordedPapers:
    keys = {update.record.slug: update.summary.keys for update in updates}
    rows = feeds.papers_with_words_of(connection, left)
    rows |= feeds.papers(connection, {key for its in keys.values() for key in its} - rows.keys())
    appearances = issues.appearances(connection, homeless(rows, keys))
    return RecordedPapers(
        rows=rows,
        holders={
            paper.key: {record.slug: record for record in records}
            for paper, records in appearances.items()
        },
        times={
            second
            for span in spans(updates, rows, now)
            for second in feeds.updates_between(connection, *span)
        },
    )


def _recorded_feeds(
    connection: Connection,
    slugs: AbstractSet[str],
    papers: Collection[str],
    entries: Mapping[str, Sequence[Candidate]],
) -> RecordedFeeds:
    names = {each.feed.name for its in entries.values() for each in its}
    return RecordedFeeds(
        feeds=feeds.feeds(connection),
        places=[
            *feeds.memberships(connection, of_papers=False, entries=slugs),
            # What was never recorded stands nowhere yet: on a first build that is all.
            *feeds.memberships(connection, of_papers=True, entries=papers),
        ],
        opened=feeds.open_entries(connection, names),
    )


# --- What is written ----------------------------------------------------------------------


def _write_archives(connection: Connection, changes: ArchiveChanges) -> None:
    feeds.freeze_entries(connection, changes.frozen_issues, of_papers=False)
    feeds.freeze_entries(connection, changes.frozen_papers, of_papers=True)
    feeds.thaw_entries(connection, changes.thawed_issues, of_papers=False)
    feeds.thaw_entries(connection, changes.thawed_papers, of_papers=True)
    archives.renew(connection, changes.renewed)


def _write_feeds(connection: Connection, changes: FeedChanges, recorded: RecordedFeeds) -> None:
    feeds.add_feeds(connection, changes.begun)
    for name, entry in sorted(changes.left):
        feeds.remove_entries(connection, name, [entry])
    feeds.add_entries(connection, changes.entered)
    for name, closed in changes.closed.items():
        feeds.close_archives(connection, name, closed)
    touched = (place.feed for place in recorded.places if not place.archive)
    entered = (place.feed for place in changes.entered)
    feeds.mark_feeds(connection, set(chain(touched, entered)), rendered=False)


def begin(connection: Connection) -> None:
    """Have the feeds that every newsletter has: one can subscribe before the first issue."""
    known = feeds.feeds(connection)
    feeds.add_feeds(connection, [row for row in STANDING if row.name not in known])
