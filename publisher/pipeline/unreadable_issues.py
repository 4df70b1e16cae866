"""Issues that stay as they were published, since the program cannot read their digests any more.

Nothing is made of them: what stands under out/ is left there, and feeds repeat their entries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from publisher.model import Diagnostic, Level
from publisher.render.urls import issue_path
from publisher.sources.scan import ReadResult
from publisher.storage import digests, issues
from publisher.storage import kept_issues as storage
from publisher.storage.digests import DigestRow


@dataclass(frozen=True, slots=True)
class KeptIssue:
    """An issue that stays as it was."""

    slug: str
    #: Why its digest cannot be read, in the words of `check`.
    words: str
    #: The pages, below out/, that are not there and cannot be made.
    missing: Sequence[str]

    def __str__(self) -> str:
        """Return a line about it: what, why, what to do."""
        if not self.missing:
            return (
                f"issue {self.slug} stays as it was published, since its digest can no longer be "
                f"read: {self.words}; mend that, and the next run makes it anew"
            )
        return (
            f"issue {self.slug} was published and cannot be shown: {self._named} is not under "
            f"out/, and its digest can no longer be read: {self.words}; mend that, or put a copy "
            "of the site back"
        )

    @property
    def _named(self) -> str:
        more = len(self.missing) - 1
        return self.missing[0] + (f" (and {more} more)" if more else "")

    def remark(self, file: str) -> Diagnostic:
        """Return the error that a build tells of one that cannot be shown."""
        return Diagnostic(
            file=file, line=0, column=0, level=Level.error, code="not-shown", message=str(self)
        )


def kept_issues(connection: Connection, out: Path) -> list[KeptIssue]:
    """Return all issues that stay as they were, by slug, with the pages that out/ lacks."""
    words = storage.reasons(connection)
    if not words:
        return []
    papers = issues.papers_of(connection, words)
    return [
        KeptIssue(
            slug,
            message,
            [
                path
                for folder in (
                    issue_path(slug),
                    *(f"papers/{key}/" for key in sorted(papers[slug])),
                )
                if not (out / (path := f"{folder}index.html")).is_file()
            ],
        )
        for slug, message in words.items()
    ]


# --- Their digests ------------------------------------------------------------------------


def staying_digests(
    reads: Sequence[ReadResult], gone: Mapping[str, DigestRow], kept: Mapping[tuple[str, str], str]
) -> dict[str, str]:
    """Return the slugs of kept issues whose digests are there and cannot be read, by digest name.

    `kept` has the slugs of all that are kept, by the names and hashes of their digests. A digest
    has been renamed if the one of that name is `gone`.
    """
    unread = {read.stamp.name: read.sha256.hex() for read in reads if read.summary is None}
    slugs = {name: kept[name, sha256] for name, sha256 in unread.items() if (name, sha256) in kept}
    for (source, digest), slug in kept.items():
        if source in gone and source not in unread:
            names = (
                name for name, sha256 in unread.items() if sha256 == digest and name not in slugs
            )
            slugs |= dict.fromkeys(sorted(names)[:1], slug)
    return slugs


def first_error(read: ReadResult) -> str:
    """Return the first error of a digest, as `check` prints it; empty if there is none."""
    errors = (str(remark) for remark in read.diagnostics if remark.level is Level.error)
    return next(errors, "")


def follow_renames(
    connection: Connection,
    reads: Sequence[ReadResult],
    stay: Mapping[str, str],
    gone: dict[str, DigestRow],
) -> list[ReadResult]:
    """Return the digests with the slugs of their kept issues; record names that have changed.

    `stay` has the slugs of kept issues by the names of digests. `gone` loses their former names.
    """
    former = {slug: source for (source, _), slug in storage.digests(connection).items()}
    followed: list[ReadResult] = []
    for read in reads:
        name, slug = read.stamp.name, stay.get(read.stamp.name)
        if slug and (source := former[slug]) != name:
            storage.rename(connection, slug, name, first_error(read))
            digests.drop_digests(connection, [source])
            gone.pop(source, None)
        followed.append(replace(read, slug=slug) if slug else read)
    return followed
