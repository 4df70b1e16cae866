"""An issue under another slug, in every table that knows it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, literal, select, update

from publisher.storage.issues import chunks
from publisher.storage.tables import appearance, former_slug, issue, paper, plan
from publisher.storage.tables.feeds import feed, feed_entry
from publisher.storage.tables.upgrade import former_paper, kept_issue

#: Where the slug of an issue stands, beside its own row and feeds.
_REFERRING = (
    appearance.c.issue, plan.c.issue, paper.c.issue, former_slug.c.issue, former_paper.c.issue,
    kept_issue.c.issue,
)  # fmt: skip


def withdrawn_saying(connection: Connection, contents: Collection[bytes]) -> dict[bytes, str]:
    """Return the slugs of withdrawn issues with these contents, by content."""
    return {content: slug for content, slug, _ in _saying(connection, contents, withdrawn=True)}


def saying(connection: Connection, contents: Collection[bytes]) -> list[tuple[bytes, str, str]]:
    """Return the published issues with these contents: content, slug and digest file of each."""
    return _saying(connection, contents, withdrawn=False)


def withdrawn_with(connection: Connection, papers: Collection[str]) -> set[str]:
    """Return the slugs of withdrawn issues that any of these papers stands in."""
    found: set[str] = set()
    if not papers or connection.execute(select(issue.c.slug).limit(1)).first() is None:
        return found  # in a first build, which has 15,000 papers to ask for
    for part in chunks(papers):
        rows = connection.execute(
            select(issue.c.slug)
            .join(appearance, appearance.c.issue == issue.c.slug)
            .where(appearance.c.paper.in_(part), issue.c.withdrawn.is_(True))
            .distinct()
        )
        found.update(rows.scalars())
    return found


def _saying(
    connection: Connection, contents: Collection[bytes], *, withdrawn: bool
) -> list[tuple[bytes, str, str]]:
    found: list[tuple[bytes, str, str]] = []
    for part in chunks(contents):
        rows = connection.execute(
            select(issue.c.content, issue.c.slug, issue.c.source)
            .where(issue.c.content.in_(part), issue.c.withdrawn.is_(withdrawn))
            .order_by(issue.c.published)
        )
        found += [(row[0], row[1], row[2]) for row in rows]
    return found


def uids(connection: Connection, wanted: Collection[str]) -> set[str]:
    """Return those of these ids that issues have."""
    found: set[str] = set()
    for part in chunks(wanted):
        found.update(connection.execute(select(issue.c.uid).where(issue.c.uid.in_(part))).scalars())
    return found


def rename_issue(connection: Connection, old: str, new: str) -> None:
    """Give an issue another slug, everywhere it is known."""
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
