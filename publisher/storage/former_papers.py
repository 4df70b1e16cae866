"""Papers that a newer program does not find where an older one did, in the caller's transaction.

Each has the slug of the issue it was published in. No paper has a page at a key that stands here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from publisher.storage.issues import chunks
from publisher.storage.tables.upgrade import former_paper


def add(connection: Connection, issues: Mapping[str, str]) -> None:
    """Record the issue that each paper was published in: slugs by key."""
    drop(connection, issues)
    values = [{"paper": key, "issue": slug} for key, slug in issues.items()]
    if values:
        connection.execute(insert(former_paper), values)


def drop(connection: Connection, keys: Collection[str]) -> None:
    """Delete these papers: they are published again, or must not be found."""
    for part in chunks(keys):
        connection.execute(delete(former_paper).where(former_paper.c.paper.in_(part)))


def by_issue(connection: Connection, slugs: Collection[str]) -> dict[str, list[str]]:
    """Return the keys that redirect to these issues, by slug; issues without any are left out."""
    keys_by_slug: dict[str, list[str]] = {}
    for part in chunks(slugs):
        for key, slug in connection.execute(
            select(former_paper.c.paper, former_paper.c.issue)
            .where(former_paper.c.issue.in_(part))
            .order_by(former_paper.c.paper)
        ):
            keys_by_slug.setdefault(slug, []).append(key)
    return keys_by_slug
