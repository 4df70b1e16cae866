"""Queries on closed archives of feeds. Every function works in the caller's transaction.

An archive's address is its number and its edition; what stands there once never changes.
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
    #: None while nothing can be at its address yet; empty where it is not known.
    made_with: str | None
    rendered: bool

    @property
    def archive(self) -> Archive:
        """Return which it is."""
        return Archive(self.number, self.edition)


def close(connection: Connection, name: str, numbers: Collection[int]) -> None:
    """Begin archives of a feed, each in its first edition and still to be written."""
    _insert(
        connection, [ArchiveRow(name, each, 1, None, rendered=False) for each in sorted(numbers)]
    )


def put(connection: Connection, name: str, archives: Sequence[Archive]) -> None:
    """Take up archives of a feed that are there already."""
    _insert(
        connection,
        [ArchiveRow(name, each.number, each.edition, "", rendered=True) for each in archives],
    )


def _insert(connection: Connection, rows: Sequence[ArchiveRow]) -> None:
    execute_many(connection, insert(feed_archive), [row._asdict() for row in rows])


def editions(connection: Connection, name: str, first: int) -> dict[int, Archive]:
    """Return the archives of a feed from this number on, by number."""
    found = connection.execute(
        select(feed_archive.c.number, feed_archive.c.edition).where(
            feed_archive.c.feed == name, feed_archive.c.number >= first
        )
    )
    return {number: Archive(number, edition) for number, edition in found}


def archives(connection: Connection, *, rendered: bool) -> list[ArchiveRow]:
    """Return the archives that are written, or those that are still to be."""
    rows = connection.execute(
        select(feed_archive)
        .where(feed_archive.c.rendered.is_(rendered))
        .order_by(feed_archive.c.feed, feed_archive.c.number)
    )
    return [ArchiveRow._make(row) for row in rows]


def renew(connection: Connection, name: str, first: int) -> None:
    """Have archives of a feed, from this number on, told in their next editions.

    One that nothing can be at yet needs no other address.
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


def readdress(connection: Connection, row: ArchiveRow, edition: int) -> None:
    """Give an archive another edition."""
    connection.execute(
        update(feed_archive)
        .where(feed_archive.c.feed == row.feed, feed_archive.c.number == row.number)
        .values(edition=edition)
    )


def lose(connection: Connection, row: ArchiveRow) -> None:
    """Say that an archive is to be written once more."""
    connection.execute(
        update(feed_archive)
        .where(feed_archive.c.feed == row.feed, feed_archive.c.number == row.number)
        .values(rendered=False)
    )


def begin(connection: Connection, made_with: str) -> None:
    """Say what those are made with that nothing was at yet."""
    connection.execute(
        update(feed_archive)
        .where(feed_archive.c.rendered.is_(False), feed_archive.c.made_with.is_(None))
        .values(made_with=made_with)
    )


def mark_rendered(connection: Connection) -> None:
    """Say that no archive is left to be written."""
    connection.execute(
        update(feed_archive).where(feed_archive.c.rendered.is_(False)).values(rendered=True)
    )
