"""A whole state, from one database into another: what a backup and a restore are made of."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, text

from publisher.storage.facts import OWNER
from publisher.storage.tables import delivery, fact, issue, subscriber
from publisher.storage.tables.schema import metadata

_ROWS = 1_000


def copy(source: Connection, target: Connection) -> None:
    """Put all that `source` holds in place of what `target` does."""
    for table in reversed(metadata.sorted_tables):
        target.execute(delete(table))
    for table in metadata.sorted_tables:
        found = source.execute(select(table).execution_options(yield_per=_ROWS))
        for part in found.mappings().partitions(_ROWS):
            target.execute(insert(table), [dict(row) for row in part])
    if target.dialect.name == "postgresql":
        _count_on(target)


def _count_on(target: Connection) -> None:
    """Let PostgreSQL number new rows after those that came with their numbers."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = target.execute(select(func.max(column))).scalar()
            target.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :next, false)"),
                {"table": table.name, "column": column.name, "next": (last or 0) + 1},
            )


def newest(connection: Connection) -> int:
    """Return when the last of what is recorded happened, in seconds since 1970; 0 for nothing."""
    times = (issue.c.updated, delivery.c.changed, subscriber.c.since)
    return max(connection.execute(select(func.max(each))).scalar() or 0 for each in times)


def is_empty(connection: Connection) -> bool:
    """Return whether nothing is recorded but whose the database is."""
    rows = (
        select(table).where(fact.c.name != OWNER.key) if table is fact else select(table)
        for table in metadata.sorted_tables
    )
    return not any(connection.execute(row.limit(1)).first() for row in rows)
