"""Many rows through one statement, at the driver's speed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Update


def execute_many(
    connection: Connection,
    statement: Insert | Update | Delete,
    rows: Sequence[Mapping[str, Any]],
) -> int:
    """Execute a statement for each row, in the caller's transaction; return how many it changed.

    SQLAlchemy processes every value of every row: 8 of the 12 µs that recording an outcome took.
    Here values are passed as they are, so column types that convert them (times, enums) do not
    work. All rows have the same keys, two or more.
    """
    if not rows:
        return 0
    text, names = _compiled(statement, connection.dialect, tuple(rows[0]))
    given: list[Any] = list(rows)
    if names is not None:
        given = list(map(itemgetter(*names), rows))
    return connection.exec_driver_sql(text, given).rowcount


@lru_cache(maxsize=32)
def _compiled(
    statement: Insert | Update | Delete, dialect: Dialect, keys: tuple[str, ...]
) -> tuple[str, list[str] | None]:
    """Return a statement's text, and the order of its values if they have one."""
    compiled = statement.compile(dialect=dialect, column_keys=keys)
    return str(compiled), compiled.positiontup
