"""Part of the second step: which entries of closed archives stay, and which archives change.

Pure, like `membership`: `feed_update` reads the rows, and writes what is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from publisher.storage.feeds import Membership, PaperRow
from publisher.syndication.membership import IssueUpdate
from publisher.syndication.paper_entries import PaperEntries


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveChanges:
    """Entries of archives to freeze and to thaw, and archives to renew."""

    #: Entries that keep their content in archives, by slug or key: their digest and date.
    frozen_issues: Mapping[str, tuple[str, datetime]]
    frozen_papers: Mapping[str, tuple[str, datetime]]
    #: Entries that have the same content in archives as elsewhere.
    thawed_issues: AbstractSet[str]
    thawed_papers: AbstractSet[str]
    #: The archives, by feed and number, that need a new edition.
    renewed: AbstractSet[tuple[str, int]]


def archive_changes(
    places: Sequence[Membership],
    updates: Sequence[IssueUpdate],
    withdrawn: AbstractSet[str],
    before: Mapping[str, PaperRow],
    entries: PaperEntries,
) -> ArchiveChanges:
    """Return the changes of archives after issues were edited, withdrawn or brought back.

    `places` are the memberships of these issues and their papers in feeds, `before` the recorded
    rows of the papers. An issue that comes back has its new content in archives too.
    """
    closed = {place.entry for place in places if place.archive}
    edited = {
        update.record.slug: update.before for update in updates if update.before and not update.back
    }
    frozen_papers = {
        key: (edited[row.issue].digest, row.updated)
        for key, row in before.items()
        if key in closed and row.issue in edited
    }
    back = {update.record.slug for update in updates if update.back}
    thawed_issues = withdrawn | back
    thawed_papers = entries.moved | (entries.lost - frozen_papers.keys())
    thawed_papers |= {key for key, slug in entries.owners.items() if slug in back}
    # A paper's entry does not contain its issue's address.
    moved = {update.record.slug for update in updates if update.moved}
    wrong = thawed_issues | moved | thawed_papers
    return ArchiveChanges(
        frozen_issues={
            slug: (record.digest, record.updated)
            for slug, record in edited.items()
            if slug in closed
        },
        frozen_papers=frozen_papers,
        thawed_issues=thawed_issues,
        thawed_papers=thawed_papers,
        renewed={
            (place.feed, place.archive)
            for place in places
            if place.archive and place.entry in wrong
        },
    )
