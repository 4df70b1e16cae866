"""Rows of closed feed archives (RFC 5005). Every function works in the caller's transaction.

An archive's address is made of its number and edition; a document at an address never changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from publisher.render.feed_catalog import Archive
from publisher.storage.bulk import execute_many
from publisher.storage.tables.feeds import feed_archive


class ArchiveRow(NamedTuple):
    """A closed archive as it is recorded."""

    feed: str
    number: int
    edition: int
    #: A hash of what it was made with; None while nothing can be at its address yet, empty where it
    #: is not known.
    made_with: str | None
    rendered: bool

    @property
    def archive(self) -> Archive:
        """Return its number and edition."""
        return Archive(self.number, self.edition)


def create(connection: Connection, name: str, numbers: Collection[int]) -> None:
    """Add archives of a feed, each in its first edition and still to be written."""
    _insert(
        connection,
        [ArchiveRow(name, number, 1, None, rendered=False) for number in sorted(numbers)],
    )


def add_existing(connection: Connection, name: str, archives: Sequence[Archive]) -> None:
    """Add archives of a feed that are already written."""
    _insert(
        connection,
        [
            ArchiveRow(name, archive.number, archive.edition, "", rendered=True)
            for archive in archives
        ],
    )


def _insert(connection: Connection, rows: Sequence[ArchiveRow]) -> None:
    execute_many(connection, insert(feed_archive), [row._asdict() for row in rows])


def editions(connection: Connection, name: str, first: int) -> dict[int, Archive]:
    """Return the archives of a feed from this number on, by number."""
    rows = connection.execute(
        select(feed_archive.c.number, feed_archive.c.edition).where(
            feed_archive.c.feed == name, feed_archive.c.number >= first
        )
    )
    return {number: Archive(number, edition) for number, edition in rows}


def archives(connection: Connection, *, rendered: bool) -> list[ArchiveRow]:
    """Return the archives that are written, or those still to be written, by feed and number."""
    rows = connection.execute(
        select(feed_archive)
        .where(feed_archive.c.rendered.is_(rendered))
        .order_by(feed_archive.c.feed, feed_archive.c.number)
    )
    return [ArchiveRow._make(row) for row in rows]


def start_editions(connection: Connection, name: str, first: int) -> None:
    """Start the next editions of a feed's archives from this number on, still to be written.

    An archive that nothing can be at yet keeps its edition.
    """
    connection.execute(
        update(feed_archive)
        .where(
            feed_archive.c.feed == name,
            feed_archive.c.number >= first,
            feed_archive.c.made_with.is_not(None),
        )
        .values(edition=feed_archive.c.edition + 1, made_with=None, rendered=False)
    )


def set_edition(connection: Connection, row: ArchiveRow, edition: int) -> None:
    """Set the edition of an archive."""
    connection.execute(
        update(feed_archive)
        .where(feed_archive.c.feed == row.feed, feed_archive.c.number == row.number)
        .values(edition=edition)
    )


def mark_unrendered(connection: Connection, row: ArchiveRow) -> None:
    """Mark an archive to be written again."""
    connection.execute(
        update(feed_archive)
        .where(feed_archive.c.feed == row.feed, feed_archive.c.number == row.number)
        .values(rendered=False)
    )


def set_made_with(connection: Connection, made_with: str) -> None:
    """Record what archives are made with that nothing was at yet."""
    connection.execute(
        update(feed_archive)
        .where(feed_archive.c.rendered.is_(False), feed_archive.c.made_with.is_(None))
        .values(made_with=made_with)
    )


def mark_rendered(connection: Connection) -> None:
    """Mark all archives as written."""
    connection.execute(
        update(feed_archive).where(feed_archive.c.rendered.is_(False)).values(rendered=True)
    )
