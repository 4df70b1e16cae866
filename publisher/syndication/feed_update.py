"""Part of the second step: feeds are updated after issues have changed.

Rows are read; `paper_entries`, `archive_changes` and `membership` decide, without a database; the
changes are written.
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
    DEFAULT_FEEDS,
    Candidate,
    FeedChanges,
    IssueUpdate,
    RecordedFeeds,
    candidates,
    feed_changes,
)
from publisher.syndication.paper_entries import (
    RecordedPapers,
    paper_entries,
    time_spans,
    without_issue,
)


def update_feeds(
    connection: Connection,
    updates: Sequence[IssueUpdate],
    withdrawn: AbstractSet[str],
    identity: Identity,
    now: datetime,
    text: Text,
) -> None:
    """Update feeds for issues that are new or were read again, and those that are withdrawn.

    Call it after the rows of these issues and their papers were written. `text` returns an issue
    as it was published.
    """
    updates = sorted(updates, key=lambda update: (update.record.published, update.record.slug))
    touched = {update.record.slug for update in updates} | withdrawn
    wanted = {update.record.slug: candidates(update) for update in updates}
    papers = _recorded_papers(connection, updates, touched, now)
    recorded = _recorded_feeds(connection, touched, papers.rows, wanted)

    entries = paper_entries(papers, updates, touched, identity, now, text)
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
    rows |= feeds.papers(
        connection, {key for paper_keys in keys.values() for key in paper_keys} - rows.keys()
    )
    appearances = issues.appearances(connection, without_issue(rows, keys))
    return RecordedPapers(
        rows=rows,
        holders={
            paper.key: {record.slug: record for record in records}
            for paper, records in appearances.items()
        },
        times={
            second
            for span in time_spans(updates, rows, now)
            for second in feeds.updates_between(connection, *span)
        },
    )


def _recorded_feeds(
    connection: Connection,
    slugs: AbstractSet[str],
    papers: Collection[str],
    entries: Mapping[str, Sequence[Candidate]],
) -> RecordedFeeds:
    names = {candidate.feed.name for of_issue in entries.values() for candidate in of_issue}
    return RecordedFeeds(
        feeds=feeds.feeds(connection),
        places=[
            *feeds.memberships(connection, of_papers=False, entries=slugs),
            # Papers that were never recorded are in no feed yet: at a first build that is all.
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
    archives.renew_archives(connection, changes.renewed)


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


def ensure_default_feeds(connection: Connection) -> None:
    """Add the feeds that every newsletter has, so that people can subscribe before an issue."""
    known = feeds.feeds(connection)
    feeds.add_feeds(connection, [row for row in DEFAULT_FEEDS if row.name not in known])
