"""What all tables share: the names of their indexes and keys, and how their text sorts."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.types import TypeEngine

#: As migrations name them.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def sorted_text(kind: type[String], length: int | None = None) -> TypeEngine[str]:
    """Give a type of text that sorts as in Python and SQLite, whatever the server's language."""
    return kind(length).with_variant(kind(length, collation="C"), "postgresql")
