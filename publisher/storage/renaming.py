"""An issue under another slug, in every table that knows it."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, literal, select, update

from publisher.storage.tables import appearance, feed, feed_entry, issue, paper, plan


def rename_issue(connection: Connection, old: str, new: str) -> None:
    """Give an issue another slug, everywhere it is known."""
    columns = [column for column in issue.c if column.name != "slug"]
    kept = select(literal(new), *columns).where(issue.c.slug == old)
    connection.execute(insert(issue).from_select(["slug", *(c.name for c in columns)], kept))
    for column in (appearance.c.issue, plan.c.issue, paper.c.issue):
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
