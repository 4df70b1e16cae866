"""Updates of all issues and papers when a newer program reads digests differently.

In the caller's transaction. Thousands of rows change; no date is among the values.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select, update

from publisher.model import IssueRecord
from publisher.paper_id import PaperId, PaperScheme
from publisher.storage.bulk import execute_many
from publisher.storage.feeds import PaperRow
from publisher.storage.issues import Known, known_issues
from publisher.storage.tables import appearance, issue, paper


def every_issue(connection: Connection) -> list[Known]:
    """Return all issues that have a digest, withdrawn ones too, the oldest first."""
    slugs = connection.execute(select(issue.c.slug).where(issue.c.digest != "")).scalars()
    known = known_issues(connection, [*slugs]).values()
    return sorted(known, key=lambda row: (row.record.published, row.record.slug))


def every_paper(connection: Connection) -> dict[str, dict[str, PaperId]]:
    """Return the papers of all issues: by slug, and then by key."""
    by_slug: dict[str, dict[str, PaperId]] = {}
    for row in connection.execute(
        select(appearance.c.issue, appearance.c.paper, appearance.c.scheme, appearance.c.value)
    ):
        by_slug.setdefault(row[0], {})[row[1]] = PaperId(PaperScheme(row[2]), row[3])
    return by_slug


def every_key(connection: Connection) -> set[str]:
    """Return the keys of all papers that are recorded for issues or feeds."""
    keys = connection.execute(select(paper.c.paper).union(select(appearance.c.paper)))
    return set(keys.scalars())


_PUT_ISSUE = (
    update(issue)
    .where(issue.c.slug == bindparam("known_slug"))
    .values(
        headline=bindparam("new_headline"),
        items=bindparam("new_items"),
        tags=bindparam("new_tags"),
        content=bindparam("new_content"),
    )
)
_PUT_PAPER = (
    update(paper)
    .where(paper.c.paper == bindparam("known_key"))
    .values(issue=bindparam("new_issue"), content=bindparam("new_content"))
)


def put_issues(connection: Connection, rows: Sequence[tuple[IssueRecord, bytes]]) -> None:
    """Update headline, items, tags and content hash of issues."""
    values = [
        {
            "known_slug": record.slug,
            "new_headline": record.headline,
            "new_items": record.items,
            "new_tags": "\n".join(record.tags),
            "new_content": content,
        }
        for record, content in rows
    ]
    execute_many(connection, _PUT_ISSUE, values)


def put_papers(connection: Connection, rows: Sequence[PaperRow]) -> None:
    """Update the issue whose text each paper has, and its content hash."""
    values = [
        {"known_key": row.key, "new_issue": row.issue, "new_content": row.content} for row in rows
    ]
    execute_many(connection, _PUT_PAPER, values)
