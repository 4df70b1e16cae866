"""Renaming an issue in all tables, and finding issues that may have been renamed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, literal, select, update

from publisher.storage.issues import chunks
from publisher.storage.tables import appearance, former_slug, issue, paper, plan
from publisher.storage.tables.feeds import feed, feed_entry
from publisher.storage.tables.upgrade import former_paper, kept_issue

#: The columns that refer to an issue's slug, except those of feeds.
_REFERRING = (
    appearance.c.issue, plan.c.issue, paper.c.issue, former_slug.c.issue, former_paper.c.issue,
    kept_issue.c.issue,
)  # fmt: skip


def withdrawn_by_content(connection: Connection, contents: Collection[bytes]) -> dict[bytes, str]:
    """Return the slugs of withdrawn issues with these content hashes, by hash."""
    return {content: slug for content, slug, _ in _by_content(connection, contents, withdrawn=True)}


def published_by_content(
    connection: Connection, contents: Collection[bytes]
) -> list[tuple[bytes, str, str]]:
    """Return content hash, slug and digest file of published issues with these content hashes."""
    return _by_content(connection, contents, withdrawn=False)


def withdrawn_by_papers(connection: Connection, papers: Collection[str]) -> set[str]:
    """Return the slugs of withdrawn issues that have any of these papers, by key."""
    slugs: set[str] = set()
    if not papers or connection.execute(select(issue.c.slug).limit(1)).first() is None:
        return slugs  # in a first build, which has 15,000 papers to ask for
    for part in chunks(papers):
        rows = connection.execute(
            select(issue.c.slug)
            .join(appearance, appearance.c.issue == issue.c.slug)
            .where(appearance.c.paper.in_(part), issue.c.withdrawn.is_(True))
            .distinct()
        )
        slugs.update(rows.scalars())
    return slugs


def _by_content(
    connection: Connection, contents: Collection[bytes], *, withdrawn: bool
) -> list[tuple[bytes, str, str]]:
    issues: list[tuple[bytes, str, str]] = []
    for part in chunks(contents):
        rows = connection.execute(
            select(issue.c.content, issue.c.slug, issue.c.source)
            .where(issue.c.content.in_(part), issue.c.withdrawn.is_(withdrawn))
            .order_by(issue.c.published)
        )
        issues += [(row[0], row[1], row[2]) for row in rows]
    return issues


def known_uids(connection: Connection, wanted: Collection[str]) -> set[str]:
    """Return those of these ids (tag URIs) that issues have."""
    known: set[str] = set()
    for part in chunks(wanted):
        known.update(connection.execute(select(issue.c.uid).where(issue.c.uid.in_(part))).scalars())
    return known


def rename_issue(connection: Connection, old: str, new: str) -> None:
    """Give an issue another slug, in all tables."""
    columns = [column for column in issue.c if column.name != "slug"]
    kept = select(literal(new), *columns).where(issue.c.slug == old)
    connection.execute(insert(issue).from_select(["slug", *(c.name for c in columns)], kept))
    for column in _REFERRING:
        connection.execute(update(column.table).where(column == old).values({column.name: new}))
    connection.execute(update(plan).where(plan.c.name == old, plan.c.issue == new).values(name=new))
    connection.execute(
        update(feed_entry)
        .where(
            feed_entry.c.entry == old,
            feed_entry.c.feed.in_(select(feed.c.name).where(feed.c.kind.in_(("issues", "tag")))),
        )
        .values(entry=new)
    )
    connection.execute(delete(issue).where(issue.c.slug == old))
