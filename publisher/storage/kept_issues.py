"""Published issues whose digests the program can no longer read, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select, update

from publisher.storage.issues import chunks
from publisher.storage.tables import issue
from publisher.storage.tables.upgrade import kept_issue


def slugs(connection: Connection) -> set[str]:
    """Return their slugs, those of withdrawn ones too."""
    return set(connection.execute(select(kept_issue.c.issue)).scalars())


def words(connection: Connection) -> dict[str, str]:
    """Return why each of them cannot be read, by slug; of withdrawn ones nothing."""
    found = connection.execute(
        select(kept_issue.c.issue, kept_issue.c.words)
        .join(issue, issue.c.slug == kept_issue.c.issue)
        .where(issue.c.withdrawn.is_(False))
        .order_by(kept_issue.c.issue)
    )
    return {row[0]: row[1] for row in found}


def digests(connection: Connection) -> dict[tuple[str, str], str]:
    """Return their slugs, by the names of their digests and these' SHA-256 in hex."""
    found = connection.execute(
        select(issue.c.source, issue.c.digest, issue.c.slug).where(
            # Not a join, for which SQLite may look through all issues.
            issue.c.slug.in_(select(kept_issue.c.issue)),
            issue.c.withdrawn.is_(False),
        )
    )
    return {(row[0], row[1]): row[2] for row in found}


def rename(connection: Connection, slug: str, source: str, words: str) -> None:
    """Record that the digest of one of them has another name, and why it cannot be read."""
    connection.execute(update(issue).where(issue.c.slug == slug).values(source=source))
    put(connection, {slug: words})


def put(connection: Connection, rows: Mapping[str, str]) -> None:
    """Record by slug why issues cannot be read, in place of what was recorded."""
    drop(connection, rows)
    values = [{"issue": slug, "words": its} for slug, its in rows.items()]
    if values:
        connection.execute(insert(kept_issue), values)


def drop(connection: Connection, slugs: Collection[str]) -> bool:
    """Record that these issues can be read; return whether one of them could not."""
    dropped = 0
    for part in chunks(slugs):
        statement = delete(kept_issue).where(kept_issue.c.issue.in_(part))
        dropped += connection.execute(statement).rowcount
    return dropped > 0
