"""Published issues whose digests the program can no longer read, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select, update

from publisher.storage.issues import chunks
from publisher.storage.tables import issue
from publisher.storage.tables.upgrade import kept_issue


def slugs(connection: Connection) -> set[str]:
    """Return the slugs of all unreadable issues, withdrawn ones too."""
    return set(connection.execute(select(kept_issue.c.issue)).scalars())


def reasons(connection: Connection) -> dict[str, str]:
    """Return why each unreadable published issue cannot be read, by slug."""
    rows = connection.execute(
        select(kept_issue.c.issue, kept_issue.c.words)
        .join(issue, issue.c.slug == kept_issue.c.issue)
        .where(issue.c.withdrawn.is_(False))
        .order_by(kept_issue.c.issue)
    )
    return {row[0]: row[1] for row in rows}


def digests(connection: Connection) -> dict[tuple[str, str], str]:
    """Return the slugs of unreadable published issues, by name and SHA-256 of their digests."""
    rows = connection.execute(
        select(issue.c.source, issue.c.digest, issue.c.slug).where(
            # Not a join, for which SQLite may look through all issues.
            issue.c.slug.in_(select(kept_issue.c.issue)),
            issue.c.withdrawn.is_(False),
        )
    )
    return {(row[0], row[1]): row[2] for row in rows}


def rename(connection: Connection, slug: str, source: str, words: str) -> None:
    """Record the new name of an unreadable issue's digest, and why it cannot be read."""
    connection.execute(update(issue).where(issue.c.slug == slug).values(source=source))
    put(connection, {slug: words})


def put(connection: Connection, rows: Mapping[str, str]) -> None:
    """Record why issues cannot be read, by slug, in place of earlier reasons."""
    drop(connection, rows)
    values = [{"issue": slug, "words": words} for slug, words in rows.items()]
    if values:
        connection.execute(insert(kept_issue), values)


def drop(connection: Connection, slugs: Collection[str]) -> bool:
    """Record that these issues can be read; return whether any of them was unreadable."""
    dropped = 0
    for part in chunks(slugs):
        statement = delete(kept_issue).where(kept_issue.c.issue.in_(part))
        dropped += connection.execute(statement).rowcount
    return dropped > 0
