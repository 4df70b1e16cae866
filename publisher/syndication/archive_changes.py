"""Part of the second step: what closed archives keep, and what they must tell otherwise.

Pure, as `membership`: `feed_update` reads what is recorded, and writes what is decided here.
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
    """What archives keep, and what they must tell otherwise."""

    #: What stays in archives as it was there, by slug or key: the digest it was made of, a date.
    frozen_issues: Mapping[str, tuple[str, datetime]]
    frozen_papers: Mapping[str, tuple[str, datetime]]
    #: What is in archives as it is elsewhere.
    thawed_issues: AbstractSet[str]
    thawed_papers: AbstractSet[str]
    #: The archives, by feed and number, that are told anew.
    renewed: AbstractSet[tuple[str, int]]


def archive_changes(
    places: Sequence[Membership],
    updates: Sequence[IssueUpdate],
    withdrawn: AbstractSet[str],
    before: Mapping[str, PaperRow],
    entries: PaperEntries,
) -> ArchiveChanges:
    """Return what archives keep of what was edited, and what they must tell otherwise, or no more.

    `places` are those that the issues and papers at hand have in feeds, `before` what was recorded
    of the papers. What was withdrawn and comes back is told as it is then, whatever it said before.
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
    # A paper's entry says nothing of where its issue stands.
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
