"""What storage promises of closed archives, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from publisher.render.feed_catalog import Archive
from publisher.storage import archives, feeds
from publisher.storage.archives import ArchiveRow
from publisher.storage.database import Database
from publisher.storage.feeds import FeedRow


@pytest.fixture
def connection(empty: Database) -> Iterator[Connection]:
    """Yield a transaction in which a feed has three closed archives, written."""
    with empty.write() as found:
        rows = (FeedRow(name=name, kind=name, label="") for name in ("issues", "papers"))
        feeds.add_feeds(found, rows)
        archives.create(found, "issues", [1, 2, 3])
        archives.set_made_with(found, "abc")
        archives.mark_rendered(found)
        yield found


def test_an_archive_begins_in_its_first_edition(connection: Connection) -> None:
    """What is closed is to be written, and nothing is at its address yet."""
    archives.create(connection, "papers", [2, 1])
    assert [
        ArchiveRow("papers", number, 1, None, rendered=False) for number in (1, 2)
    ] == archives.archives(connection, rendered=False)


def test_renewing_is_for_those_from_a_number_on(connection: Connection) -> None:
    """They are to be written in the next edition; who asks twice before gets one."""
    for _ in range(2):
        archives.start_editions(connection, "issues", 2)
    assert {1: Archive(1), 2: Archive(2, 2), 3: Archive(3, 2)} == archives.editions(
        connection, "issues", 1
    )
    assert [ArchiveRow("issues", 1, 1, "abc", rendered=True)] == archives.archives(
        connection, rendered=True
    )


def test_once_begun_it_is_renewed_again(connection: Connection) -> None:
    """When writing may have begun, an address is taken, though it did not come to its end."""
    for _ in range(2):
        archives.start_editions(connection, "issues", 3)
        archives.set_made_with(connection, "def")
    assert [ArchiveRow("issues", 3, 3, "def", rendered=False)] == archives.archives(
        connection, rendered=False
    )


def test_what_is_taken_up_is_written(connection: Connection) -> None:
    """Archives read back from out/ stand where they stand; what they are made with is unknown."""
    archives.add_existing(connection, "papers", [Archive(1), Archive(2, 7)])
    there = archives.archives(connection, rendered=True)
    assert ArchiveRow("papers", 2, 7, "", rendered=True) in there
    assert {2: Archive(2, 7)} == archives.editions(connection, "papers", 2)


def test_a_lost_archive_keeps_its_address(connection: Connection) -> None:
    """It is to be written again, as long as nobody gives it another edition."""
    row = archives.archives(connection, rendered=True)[1]
    archives.mark_unrendered(connection, row)
    assert [row._replace(rendered=False)] == archives.archives(connection, rendered=False)
    archives.set_edition(connection, row, 5)
    assert Archive(2, 5) == archives.editions(connection, "issues", 2)[2]
