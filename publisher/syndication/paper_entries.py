"""Part of the second step: since when a paper has an entry, and which issue's words it has.

Pure, as `membership`: `feed_update` reads what is recorded, and writes what is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.feeds.identity import Identity
from publisher.model import IssueRecord
from publisher.sources.scan import Text
from publisher.sources.summary import PaperSummary, papers_said
from publisher.storage.feeds import PaperRow
from publisher.syndication.membership import LONG, UNKNOWN, IssueUpdate, TimestampAllocator

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPapers:
    """What is recorded of papers."""

    #: Those that issues at hand have, and those whose entries have their words, by key.
    rows: Mapping[str, PaperRow]
    #: The published issues that have those whose own issue has them no more, oldest first: by key
    #: and slug.
    holders: Mapping[str, Mapping[str, IssueRecord]]
    #: The times, in seconds since 1970, at which an entry of a paper changed; see `spans`.
    times: AbstractSet[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperEntries:
    """What papers' entries are from now on."""

    #: The slug of the issue whose words each paper at hand has, by key.
    owners: Mapping[str, str]
    fresh: Sequence[PaperRow]
    changed: Sequence[PaperRow]
    #: Those that have another issue's words than before, and those that have nobody's.
    moved: AbstractSet[str]
    lost: AbstractSet[str]


def homeless(rows: Mapping[str, PaperRow], keys: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Return the papers whose own issue has them no more, or is not at hand.

    `keys` has the papers of the issues at hand, by slug.
    """
    return [key for key, row in rows.items() if key not in keys.get(row.issue, ())]


def spans(
    updates: Sequence[IssueUpdate], rows: Mapping[str, PaperRow], now: datetime
) -> list[tuple[datetime, datetime]]:
    """Return between which times entries may get new ones: those taken there must be known."""
    found = [(now - LONG, now)] if rows else []
    fresh = [
        update.record.published
        for update in updates
        if any(paper.paper.key not in rows for paper in update.summary.papers)
    ]
    return [*found, (min(fresh) - LONG, max(fresh))] if fresh else found


def paper_entries(
    recorded: RecordedPapers,
    updates: Sequence[IssueUpdate],
    left: AbstractSet[str],
    identity: Identity,
    now: datetime,
    text: Text,
) -> PaperEntries:
    """Return what becomes of the entries of papers when issues are read, or withdrawn.

    A paper's words are those of the issue that had it first, as long as that has it. `updates` are
    in the order in which issues were published, `left` the slugs of all that were read or
    withdrawn. `text` gives an issue as it was published: one takes over what another lost.
    """
    entries = _Entries(recorded, updates, identity, now)
    for update in updates:
        for paper in update.summary.papers:
            entries.read(update, paper)
    lost = {
        key for key, row in entries.rows.items() if row.issue in left and entries.is_homeless(row)
    }
    for key in lost & recorded.holders.keys():
        slug, record = next(iter(recorded.holders[key].items()))
        contents = papers_said(issue) if (issue := text(record)) else {}
        entries.take_over(key, slug, contents.get(key, UNKNOWN))
    rows, before = entries.rows, recorded.rows
    # What was read back from out/ has nobody's words yet, and is in archives as it should be.
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

    def read(self, update: IssueUpdate, paper: PaperSummary) -> None:
        """Take up what an issue says of one of its papers."""
        key, slug = paper.paper.key, update.record.slug
        row = self.rows.get(key)
        if row is None:
            self.rows[key] = self._begin(update, paper)
        elif row.issue == slug and update.before is None:
            # Of the same bytes, a newer program alone reads something else.
            self.rows[key] = row._replace(content=paper.content)
        elif row.issue == slug or self._is_free(row):
            self.take_over(key, slug, paper.content)

    def take_over(self, key: str, slug: str, content: bytes) -> None:
        """Record an issue's words as a paper's: `updated` moves if these are known to differ."""
        row = self.rows[key]._replace(issue=slug)
        updated = row.updated
        if UNKNOWN not in (row.content, content) and row.content != content:
            updated = max(self._times.at(max(self._now, row.published)), updated)
        self.rows[key] = row._replace(content=content, updated=updated)

    def is_homeless(self, row: PaperRow) -> bool:
        """Return whether the issue whose words a paper has does not have it, or is not at hand."""
        return row.key not in self._keys.get(row.issue, ())

    def _is_free(self, row: PaperRow) -> bool:
        """Return whether no published issue has a paper under whose words it is."""
        return self.is_homeless(row) and row.issue not in self._holders.get(row.key, ())

    def _begin(self, update: IssueUpdate, paper: PaperSummary) -> PaperRow:
        when = self._times.at(update.record.published - (paper.number - 1) * _SECOND)
        return PaperRow(
            key=paper.paper.key,
            uid=self._identity.paper(paper.paper.key),
            issue=update.record.slug,
            published=when,
            updated=when,
            content=paper.content,
        )
