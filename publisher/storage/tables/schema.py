"""What all tables share: metadata, the names of indexes and keys, and how text sorts."""

from __future__ import annotations

from sqlalchemy import MetaData, String
from sqlalchemy.types import TypeEngine

#: As migrations name them.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)


def sorted_text(kind: type[String], length: int | None = None) -> TypeEngine[str]:
    """Return a type of text that sorts as in Python and SQLite, whatever the server's language."""
    return kind(length).with_variant(kind(length, collation="C"), "postgresql")
