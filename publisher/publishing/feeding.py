"""Part of the third step: documents of feeds become files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from publisher.feeds.identity import Identity, Stamp
from publisher.model import Issue, IssueRecord
from publisher.publishing.workbench import Workbench
from publisher.render.listing import FORMATS, Topic, archive_path, listing
from publisher.storage import feeds, issues
from publisher.storage.feeds import FeedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a feed to write, in all its languages and formats."""

    feed: FeedRow
    #: Which archive, 1 being the oldest; None for the newest document.
    archive: int | None
    #: The newest first, each with the issue whose words it has.
    entries: tuple[tuple[IssueRecord, Stamp], ...]
    identity: Identity

    @property
    def source(self) -> str:
        """Give the digest in its middle: who has read that has likely read all, and makes it."""
        return self.entries[len(self.entries) // 2][0].source if self.entries else ""


def documents(connection: Connection, identity: Identity) -> list[Document]:
    """Give the documents that are still to be written."""
    wanted: dict[str, set[int | None]] = {}
    for name in feeds.feeds(connection, unrendered=True):
        wanted.setdefault(name, set()).add(None)
    for name, number in feeds.unrendered_archives(connection):
        wanted.setdefault(name, set()).add(number)
    if not wanted:
        return []
    rows = feeds.feeds(connection)
    found = [
        (rows[name], archive, stamps)
        for name, archives in wanted.items()
        for archive, stamps in feeds.stamps(connection, rows[name], archives).items()
    ]
    slugs = {stamp.issue for _, _, stamps in found for stamp in stamps}
    known = issues.known_issues(connection, slugs)
    return [
        Document(
            feed=row,
            archive=archive,
            entries=tuple((known[stamp.issue].record, stamp) for stamp in stamps),
            identity=identity,
        )
        for row, archive, stamps in found
    ]


def _issue(bench: Workbench, record: IssueRecord, stamp: Stamp) -> Issue | None:
    """Give an issue as it was when its archive was closed, or else as it is."""
    closed = bench.published(replace(record, digest=stamp.digest)) if stamp.digest else None
    return closed or bench.published(record)


def write_document(bench: Workbench, document: Document) -> int:
    """Write a document's files; say how many have new bytes."""
    return sum(bench.output.write(path, data) for path, data in document_files(bench, document))


def document_files(bench: Workbench, document: Document) -> Iterator[tuple[str, bytes]]:
    """Walk a document's files, each as its path under out/ and its bytes."""
    from publisher.feeds.files import Place, feed_files  # noqa: PLC0415  (lxml takes 40 ms)

    newsletter = bench.settings.newsletter
    row, year = document.feed, document.identity.year
    topics: tuple[Topic, ...] = (row.topic,) if row.topic else ()
    place = Place(
        feeds=tuple(
            its
            for its in listing(newsletter, topics)
            if its.whole == row.name and not (document.archive and its.language)
        ),
        archive=document.archive,
        older=row.closed if document.archive is None else document.archive - 1,
    )
    # An issue has 15 papers, and a bench keeps no more than 1,000 issues: each is asked for once.
    read: dict[tuple[str, str | None], Issue | None] = {}
    for record, stamp in document.entries:
        if (record.slug, stamp.digest) not in read:
            read[record.slug, stamp.digest] = _issue(bench, record, stamp)
    entries = [
        (issue, stamp)
        for record, stamp in document.entries
        if (issue := read[record.slug, stamp.digest]) is not None
    ]
    empty = datetime(year, 1, 1, tzinfo=bench.settings.schedule.timezone)
    return feed_files(newsletter, document.identity, place, entries, empty)


def finish(connection: Connection, written: list[Document]) -> None:
    """Say that these documents are written."""
    feeds.mark_feeds(connection, {each.feed.name for each in written}, rendered=True)
    feeds.mark_archives_rendered(connection)


def archives(connection: Connection) -> Iterator[tuple[str, int]]:
    """Walk every closed archive, by feed and number."""
    for row in feeds.feeds(connection).values():
        for number in range(1, row.closed + 1):
            yield row.name, number


def missing(connection: Connection, out: Path) -> Iterator[tuple[str, int]]:
    """Walk the archives that are not under out/ as they should be."""
    for name, number in archives(connection):
        paths = (out / archive_path(name, kind, number) for kind in FORMATS)
        if not all(path.is_file() for path in paths):
            yield name, number
