"""Issues that stay as they were published, since the program cannot read their digests any more.

Nothing is made of them: what stands under out/ is left there, and feeds repeat their entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from publisher.model import Diagnostic, Level
from publisher.render.addresses import issue_path
from publisher.storage import issues
from publisher.storage import kept_issues as storage


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
    """Return all of them, by slug."""
    words = storage.words(connection)
    if not words:
        return []
    papers = issues.papers_of(connection, words)
    return [
        KeptIssue(
            slug,
            its,
            [
                path
                for folder in (
                    issue_path(slug),
                    *(f"papers/{key}/" for key in sorted(papers[slug])),
                )
                if not (out / (path := f"{folder}index.html")).is_file()
            ],
        )
        for slug, its in words.items()
    ]
