"""Queries on digest files as they were when last read, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, select, true

from publisher.storage.bulk import execute_many
from publisher.storage.issues import chunks
from publisher.storage.tables import digest

#: A digest file's name, its size, and its time in ns since 1970. While they are the same, the file
#: is taken as unchanged.
Mark = tuple[str, int, int]
#: What a digest is that says what another says.
REPEAT = "repeat"
#: What it is when there is an issue of it.
PUBLISHED = "published"
#: What it is when an error keeps it from being published.
FAILED = "failed"
#: What it is when it is read again only when it changes; and what it is when it is read again
#: though it is as it was, for its time may have come.
SETTLED = (PUBLISHED, "draft")
UNSETTLED = ("waiting", FAILED, REPEAT)


class DigestRow(NamedTuple):
    """A digest file as it was when last read."""

    name: str
    size: int
    mtime_ns: int
    sha256: bytes
    slug: str | None
    #: One of `SETTLED` or `UNSETTLED`.
    state: str
    #: When it was first seen with this mark, in seconds since 1970; 0 if that is not known.
    seen: int

    @property
    def mark(self) -> Mark:
        """Return the mark by which a changed file is recognised."""
        return self.name, self.size, self.mtime_ns


def marks(connection: Connection) -> list[Mark]:
    """Return the marks of all digests."""
    rows = connection.execute(select(digest.c.name, digest.c.size, digest.c.mtime_ns))
    # Every build does this: the driver's own rows of 10,000 take 3 ms, SQLAlchemy's 6.
    return list(rows.cursor.fetchall()) if rows.cursor else []


def all_digests(connection: Connection) -> dict[str, DigestRow]:
    """Return all digests by name."""
    return _digests(connection, true())


def some_digests(connection: Connection, names: Collection[str]) -> dict[str, DigestRow]:
    """Return these digests, if they are recorded, and all that are `UNSETTLED`, by name."""
    digests = _digests(connection, digest.c.state.in_(UNSETTLED))
    for part in chunks(names):
        digests |= _digests(connection, digest.c.name.in_(part))
    return digests


def _digests(connection: Connection, where: ColumnElement[bool]) -> dict[str, DigestRow]:
    rows = connection.execute(
        select(digest.c.name, digest.c.size, digest.c.mtime_ns, digest.c.sha256, digest.c.slug,
               digest.c.state, digest.c.seen).where(where)
    )  # fmt: skip
    return {row[0]: DigestRow._make(row) for row in rows}


def owners(connection: Connection, slugs: Collection[str]) -> dict[str, str]:
    """Return the names of the `SETTLED` digests with these slugs, by slug."""
    names: dict[str, str] = {}
    for part in chunks(slugs):
        rows = connection.execute(
            select(digest.c.slug, digest.c.name)
            .where(digest.c.slug.in_(part), digest.c.state.in_(SETTLED))
        )  # fmt: skip
        names.update((row[0], row[1]) for row in rows)
    return names


def put_digests(connection: Connection, rows: Sequence[DigestRow]) -> None:
    """Add rows, in place of those of the same name."""
    drop_digests(connection, [row.name for row in rows])
    execute_many(connection, insert(digest), [row._asdict() for row in rows])


def drop_digests(connection: Connection, names: Collection[str]) -> None:
    """Delete digests by name."""
    for part in chunks(names):
        connection.execute(delete(digest).where(digest.c.name.in_(part)))
