"""What has to be written, or removed, because of a change to issues."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import Connection

from publisher.model import IssueRecord
from publisher.render.urls import issue_path
from publisher.storage import facts, former_papers, issues, redirects

#: Issues on one page of the archive.
ARCHIVE_PAGE = 50
_ISSUE_FILES = ("index.html", "email.html", "email.txt")


def paper_page(key: str) -> str:
    """Return the path of a paper's page, relative to out/."""
    return f"papers/{key}/index.html"


def files_of(slug: str) -> list[str]:
    """Return the paths of an issue's own page and mails, relative to out/."""
    return [issue_path(slug) + name for name in _ISSUE_FILES]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerAddresses:
    """What leads to issues from where they, and papers of theirs, were before."""

    #: The slugs that issues had before, by their own.
    slugs: Mapping[str, Collection[str]]
    #: The keys of papers that lead to issues, by the issue's slug.
    papers: Mapping[str, Collection[str]]
    #: The slugs at hand at which a page leads to another issue.
    leading: AbstractSet[str]

    def without(self, slugs: AbstractSet[str], papers: AbstractSet[str]) -> FormerAddresses:
        """Return the same after issues took these slugs, and these papers lead nowhere else."""
        return FormerAddresses(
            slugs={slug: {*former} - slugs for slug, former in self.slugs.items()},
            papers={slug: {*former} - papers for slug, former in self.papers.items()},
            leading=self.leading - slugs,
        )

    def own_files(self, slugs: Collection[str]) -> set[str]:
        """Return the files at these slugs, relative to out/, without pages that redirect."""
        pages = {files_of(slug)[0] for slug in self.leading & set(slugs)}
        return {path for slug in slugs for path in files_of(slug)} - pages

    def all_files(self, slugs: Collection[str]) -> set[str]:
        """Return the files of issues and the pages that redirect to them, relative to out/."""
        former = {old for slug in slugs for old in self.slugs.get(slug, ())}
        keys = {key for slug in slugs for key in self.papers.get(slug, ())}
        leading = {files_of(old)[0] for old in former} | set(map(paper_page, keys))
        return self.own_files(slugs) | leading


def former_addresses(connection: Connection, slugs: Collection[str]) -> FormerAddresses:
    """Return what leads to the issues of these slugs, and which slugs lead to others."""
    return FormerAddresses(
        slugs=redirects.by_issue(connection, slugs),
        papers=former_papers.by_issue(connection, slugs),
        leading=redirects.known(connection, slugs),
    )


def neighbours_of(connection: Connection, records: Collection[IssueRecord]) -> set[str]:
    """Return the slugs of the issues directly before and after these."""
    pairs = neighbour_pairs(connection, records).values()
    return {neighbour.slug for pair in pairs for neighbour in pair if neighbour}


def neighbour_pairs(
    connection: Connection, records: Collection[IssueRecord]
) -> dict[str, tuple[IssueRecord | None, IssueRecord | None]]:
    """Return the next newer and the next older issue of each of these, by slug."""
    if len(records) <= ARCHIVE_PAGE:
        return {record.slug: issues.neighbours(connection, record) for record in records}
    # One query instead of two for each of many.
    everything = {record.slug: record for record in [*issues.newest(connection), *records]}
    live = sorted(everything.values(), key=lambda r: (r.published, r.slug), reverse=True)
    wanted = {record.slug for record in records}
    return {
        record.slug: (live[i - 1] if i else None, live[i + 1] if i + 1 < len(live) else None)
        for i, record in enumerate(live)
        if record.slug in wanted
    }


def mark_site(connection: Connection, oldest: IssueRecord | None) -> None:
    """Mark the archive pages from this issue on to be written; all of them for None."""
    place = issues.place_of(oldest) if oldest else (0, "")
    before = facts.SITE_DIRTY_FROM.get(connection)
    if before is None or place < before:
        facts.SITE_DIRTY_FROM.put(connection, place)


def oldest_page(connection: Connection, dirty: issues.Place, total: int) -> int:
    """Return the number of the oldest archive page to be written; pages count from 1, the oldest.

    `dirty` is the fact SITE_DIRTY_FROM, `total` the number of published issues. It counts issues
    from the newest, since the newest page changes nearly always.
    """
    older = total - issues.count_from(connection, dirty)
    # From the one before it: if this is the first of a page, that page's link to the next is new.
    return max(0, older - 1) // ARCHIVE_PAGE + 1
