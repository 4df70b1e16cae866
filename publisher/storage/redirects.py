"""Slugs that issues had before they were renamed, each with the one its issue has now.

No issue has a page at a slug that stands here. A draft may have one: it takes no address.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from publisher.storage.issues import chunks
from publisher.storage.tables import former_slug


def keep(connection: Connection, old: str, new: str) -> None:
    """Note that the issue of the slug `new` had the slug `old` last."""
    if not known(connection, [old]):  # it had it as a draft only
        connection.execute(insert(former_slug).values(slug=old, issue=new))


def drop(connection: Connection, slugs: Collection[str]) -> None:
    """Forget that these were slugs of others: they are addresses of issues again."""
    for part in chunks(slugs):
        connection.execute(delete(former_slug).where(former_slug.c.slug.in_(part)))


def known(connection: Connection, slugs: Collection[str]) -> set[str]:
    """Return those of these that issues had, and none was published at since."""
    found: set[str] = set()
    for part in chunks(slugs):
        rows = connection.execute(select(former_slug.c.slug).where(former_slug.c.slug.in_(part)))
        found.update(rows.scalars())
    return found


def of_issues(connection: Connection, slugs: Collection[str]) -> dict[str, list[str]]:
    """Return the slugs that issues of these slugs had before; those that had none are left out."""
    found: dict[str, list[str]] = {}
    for part in chunks(slugs):
        for old, new in connection.execute(
            select(former_slug.c.slug, former_slug.c.issue)
            .where(former_slug.c.issue.in_(part))
            .order_by(former_slug.c.slug)
        ):
            found.setdefault(new, []).append(old)
    return found
