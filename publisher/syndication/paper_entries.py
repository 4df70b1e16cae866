"""Part of the second step: the dates of papers' entries, and which issue's text they have.

Pure, like `membership`: `feed_update` reads the rows, and writes what is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.feeds.identity import Identity
from publisher.model import IssueRecord
from publisher.sources.scan import Text
from publisher.sources.summary import PaperSummary, paper_contents
from publisher.storage.feeds import PaperRow
from publisher.syndication.membership import LONG, UNKNOWN, IssueUpdate, TimestampAllocator

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPapers:
    """The recorded rows of papers."""

    #: The papers of the issues at hand, and those whose entries have the text of one, by key.
    rows: Mapping[str, PaperRow]
    #: The published issues that have papers whose own issue no longer has them, oldest first: by
    #: key and slug.
    holders: Mapping[str, Mapping[str, IssueRecord]]
    #: The times, in seconds since 1970, when entries of papers changed, within `time_spans`.
    times: AbstractSet[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperEntries:
    """The new rows of papers."""

    #: The slug of the issue whose text each paper at hand has, by key.
    owners: Mapping[str, str]
    fresh: Sequence[PaperRow]
    changed: Sequence[PaperRow]
    #: Papers that have another issue's text than before, and those that no issue has any more.
    moved: AbstractSet[str]
    lost: AbstractSet[str]


def without_issue(rows: Mapping[str, PaperRow], keys: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Return the papers whose own issue no longer has them, or is not at hand.

    `keys` has the papers of the issues at hand, by slug.
    """
    return [key for key, row in rows.items() if key not in keys.get(row.issue, ())]


def time_spans(
    updates: Sequence[IssueUpdate], rows: Mapping[str, PaperRow], now: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the spans in which entries may get new times, so that taken times can be read."""
    recent = [(now - LONG, now)] if rows else []
    fresh = [
        update.record.published
        for update in updates
        if any(paper.paper.key not in rows for paper in update.summary.papers)
    ]
    return [*recent, (min(fresh) - LONG, max(fresh))] if fresh else recent


def paper_entries(
    recorded: RecordedPapers,
    updates: Sequence[IssueUpdate],
    left: AbstractSet[str],
    identity: Identity,
    now: datetime,
    text: Text,
) -> PaperEntries:
    """Return the entries of papers after issues were read or withdrawn.

    A paper has the text of the issue that had it first, as long as that has it. `updates` are in
    the order in which issues were published, `left` are the slugs of all that were read or
    withdrawn. `text` returns an issue as it was published: another issue takes over a paper that
    was lost.
    """
    entries = _Entries(recorded, updates, identity, now)
    for update in updates:
        for paper in update.summary.papers:
            entries.record(update, paper)
    lost = {
        key
        for key, row in entries.rows.items()
        if row.issue in left and entries.is_without_issue(row)
    }
    for key in lost & recorded.holders.keys():
        slug, record = next(iter(recorded.holders[key].items()))
        contents = paper_contents(issue) if (issue := text(record)) else {}
        entries.take_over(key, slug, contents.get(key, UNKNOWN))
    rows, before = entries.rows, recorded.rows
    # Papers that were recovered from out/ have no issue yet, and are right in archives.
    moved = {key for key, row in before.items() if row.issue and rows[key].issue != row.issue}
    return PaperEntries(
        owners={key: row.issue for key, row in rows.items()},
        fresh=[row for key, row in rows.items() if key not in before],
        changed=[row for key, row in rows.items() if key in before and row != before[key]],
        moved=moved,
        lost=lost - moved,
    )


class _Entries:
    """The entries of papers while issues are read one after another."""

    def __init__(
        self,
        recorded: RecordedPapers,
        updates: Sequence[IssueUpdate],
        identity: Identity,
        now: datetime,
    ) -> None:
        self.rows = dict(recorded.rows)
        self._keys = {update.record.slug: update.summary.keys for update in updates}
        self._holders = recorded.holders
        self._times = TimestampAllocator(recorded.times)
        self._identity = identity
        self._now = now

    def record(self, update: IssueUpdate, paper: PaperSummary) -> None:
        """Record an issue's text of one of its papers, if it is the one that counts."""
        key, slug = paper.paper.key, update.record.slug
        row = self.rows.get(key)
        if row is None:
            self.rows[key] = self._new_row(update, paper)
        elif row.issue == slug and update.before is None:
            # Of the same bytes, a newer program alone reads something else.
            self.rows[key] = row._replace(content=paper.content)
        elif row.issue == slug or self._is_free(row):
            self.take_over(key, slug, paper.content)

    def take_over(self, key: str, slug: str, content: bytes) -> None:
        """Record an issue's text as a paper's; `updated` changes if the text is known to differ."""
        row = self.rows[key]._replace(issue=slug)
        updated = row.updated
        if UNKNOWN not in (row.content, content) and row.content != content:
            updated = max(self._times.allocate(max(self._now, row.published)), updated)
        self.rows[key] = row._replace(content=content, updated=updated)

    def is_without_issue(self, row: PaperRow) -> bool:
        """Return whether a paper's own issue no longer has it, or is not at hand."""
        return row.key not in self._keys.get(row.issue, ())

    def _is_free(self, row: PaperRow) -> bool:
        """Return whether a paper's own issue is unpublished or no longer has it."""
        return self.is_without_issue(row) and row.issue not in self._holders.get(row.key, ())

    def _new_row(self, update: IssueUpdate, paper: PaperSummary) -> PaperRow:
        when = self._times.allocate(update.record.published - (paper.number - 1) * _SECOND)
        return PaperRow(
            key=paper.paper.key,
            uid=self._identity.paper(paper.paper.key),
            issue=update.record.slug,
            published=when,
            updated=when,
            content=paper.content,
        )
