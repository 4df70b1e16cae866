"""Former slugs of renamed issues, which redirect to their present slugs.

No issue has a page at a slug that is recorded here. A draft may have such a slug, without a page.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from publisher.storage.issues import chunks
from publisher.storage.tables import former_slug


def add(connection: Connection, old: str, new: str) -> None:
    """Record that the issue of the slug `new` had the slug `old` before."""
    if not known(connection, [old]):  # it had it as a draft only
        connection.execute(insert(former_slug).values(slug=old, issue=new))


def drop(connection: Connection, slugs: Collection[str]) -> None:
    """Delete these former slugs: issues are published under them again."""
    for part in chunks(slugs):
        connection.execute(delete(former_slug).where(former_slug.c.slug.in_(part)))


def known(connection: Connection, slugs: Collection[str]) -> set[str]:
    """Return those of these slugs that are recorded as former ones."""
    former: set[str] = set()
    for part in chunks(slugs):
        rows = connection.execute(select(former_slug.c.slug).where(former_slug.c.slug.in_(part)))
        former.update(rows.scalars())
    return former


def by_issue(connection: Connection, slugs: Collection[str]) -> dict[str, list[str]]:
    """Return the former slugs of these issues, by slug; issues without any are left out."""
    slugs_by_issue: dict[str, list[str]] = {}
    for part in chunks(slugs):
        for old, new in connection.execute(
            select(former_slug.c.slug, former_slug.c.issue)
            .where(former_slug.c.issue.in_(part))
            .order_by(former_slug.c.slug)
        ):
            slugs_by_issue.setdefault(new, []).append(old)
    return slugs_by_issue
