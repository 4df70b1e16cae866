"""Copying the whole state from one database into another, for backup, restore and migration."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, text

from publisher.storage.facts import OWNER
from publisher.storage.tables import delivery, fact, issue, subscriber
from publisher.storage.tables.schema import metadata

_ROWS = 1_000


def copy(source: Connection, target: Connection) -> None:
    """Replace all rows of `target` by those of `source`. Both have this program's tables."""
    for table in reversed(metadata.sorted_tables):
        target.execute(delete(table))
    for table in metadata.sorted_tables:
        rows = source.execute(select(table).execution_options(yield_per=_ROWS))
        for part in rows.mappings().partitions(_ROWS):
            target.execute(insert(table), [dict(row) for row in part])
    if target.dialect.name == "postgresql":
        _advance_sequences(target)


def _advance_sequences(target: Connection) -> None:
    """Set PostgreSQL's sequences to follow the copied ids."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            last = target.execute(select(func.max(column))).scalar()
            target.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :next, false)"),
                {"table": table.name, "column": column.name, "next": (last or 0) + 1},
            )


def last_change(connection: Connection) -> int:
    """Return the time of the last recorded change, in seconds since 1970; 0 for none."""
    times = (issue.c.updated, delivery.c.changed, subscriber.c.since)
    return max(connection.execute(select(func.max(column))).scalar() or 0 for column in times)


def is_empty(connection: Connection) -> bool:
    """Return whether no table has a row, except for the mark of the owner."""
    rows = (
        select(table).where(fact.c.name != OWNER.key) if table is fact else select(table)
        for table in metadata.sorted_tables
    )
    return not any(connection.execute(row.limit(1)).first() for row in rows)
