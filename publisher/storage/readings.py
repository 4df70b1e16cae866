"""What was read in the digests of all issues, in the caller's transaction.

Thousands of rows change when a newer program reads them otherwise. No date is among them.
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
    """Return all issues that digests were read for, withdrawn ones too, the oldest first."""
    slugs = connection.execute(select(issue.c.slug).where(issue.c.digest != "")).scalars()
    known = known_issues(connection, [*slugs]).values()
    return sorted(known, key=lambda each: (each.record.published, each.record.slug))


def every_paper(connection: Connection) -> dict[str, dict[str, PaperId]]:
    """Return the papers recorded for these issues: by slug, and then by key."""
    found: dict[str, dict[str, PaperId]] = {}
    for row in connection.execute(
        select(appearance.c.issue, appearance.c.paper, appearance.c.scheme, appearance.c.value)
    ):
        found.setdefault(row[0], {})[row[1]] = PaperId(PaperScheme(row[2]), row[3])
    return found


def every_key(connection: Connection) -> set[str]:
    """Return the keys of all papers that ever stood in an issue, or in feeds."""
    found = connection.execute(select(paper.c.paper).union(select(appearance.c.paper)))
    return set(found.scalars())


_PUT_ISSUE = (
    update(issue)
    .where(issue.c.slug == bindparam("its_slug"))
    .values(
        headline=bindparam("its_headline"),
        items=bindparam("its_items"),
        tags=bindparam("its_tags"),
        content=bindparam("its_content"),
    )
)
_PUT_PAPER = (
    update(paper)
    .where(paper.c.paper == bindparam("its_key"))
    .values(issue=bindparam("its_issue"), content=bindparam("its_content"))
)


def put_issues(connection: Connection, rows: Sequence[tuple[IssueRecord, bytes]]) -> None:
    """Record what is read now in the digests of issues, with the hashes of their contents."""
    values = [
        {
            "its_slug": record.slug,
            "its_headline": record.headline,
            "its_items": record.items,
            "its_tags": "\n".join(record.tags),
            "its_content": content,
        }
        for record, content in rows
    ]
    execute_many(connection, _PUT_ISSUE, values)


def put_papers(connection: Connection, rows: Sequence[PaperRow]) -> None:
    """Record whose words papers have now, and the hashes of these."""
    values = [
        {"its_key": row.key, "its_issue": row.issue, "its_content": row.content} for row in rows
    ]
    execute_many(connection, _PUT_PAPER, values)
