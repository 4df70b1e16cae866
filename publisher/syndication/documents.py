"""Part of the third step: feed documents are written."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from publisher.config import Newsletter
from publisher.errors import PublisherError
from publisher.feeds.identity import Identity, Stamp
from publisher.model import Diagnostic, Issue, IssueRecord, Level
from publisher.render.feed_catalog import (
    FORMATS,
    Archive,
    Topic,
    all_feeds,
    archive_path,
    feed_languages,
)
from publisher.site.output import Output
from publisher.sources.contents import fault
from publisher.sources.scan import Text
from publisher.storage import archives as archive_rows
from publisher.storage import feeds, issues, websub
from publisher.storage.feeds import FeedRow
from publisher.syndication import archives

if TYPE_CHECKING:
    from publisher.feeds.documents import DocumentPlace, Items

#: Which archive a document is, the one before it and the one after it.
_Place = tuple[Archive | None, Archive | None, Archive | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a feed to write, in all its languages and formats."""

    feed: FeedRow
    #: Which archive; None for the newest document.
    archive: Archive | None
    #: The archives that it links to: the one before it, and the one after it.
    older: Archive | None
    newer: Archive | None
    #: The newest first, each with the issue whose text it has.
    entries: tuple[tuple[IssueRecord, Stamp], ...]
    identity: Identity

    @property
    def source(self) -> str:
        """Return the digest of its middle entry: the process that read it makes the document."""
        return self.entries[len(self.entries) // 2][0].source if self.entries else ""


def documents(connection: Connection, identity: Identity) -> list[Document]:
    """Return the documents to write."""
    wanted: dict[str, set[int | None]] = {}
    for name in feeds.feeds(connection, unrendered=True):
        wanted.setdefault(name, set()).add(None)
    for row in archive_rows.archives(connection, rendered=False):
        wanted.setdefault(row.feed, set()).add(row.number)
    if not wanted:
        return []
    rows = feeds.feeds(connection)
    places = [
        (rows[name], place, stamps)
        for name, numbers in wanted.items()
        for place, stamps in _places(connection, rows[name], numbers)
    ]
    slugs = {stamp.issue for _, _, stamps in places for stamp in stamps}
    known = issues.known_issues(connection, slugs)
    return [
        Document(
            feed=row,
            archive=archive,
            older=older,
            newer=newer,
            entries=tuple((known[stamp.issue].record, stamp) for stamp in stamps),
            identity=identity,
        )
        for row, (archive, older, newer), stamps in places
    ]


def _places(
    connection: Connection, row: FeedRow, numbers: Collection[int | None]
) -> Iterator[tuple[_Place, list[Stamp]]]:
    """Yield these documents of a feed: the archives at its place, and its entries."""
    oldest = min(number or row.closed + 1 for number in numbers)
    editions = archive_rows.editions(connection, row.name, oldest - 1)
    for number, stamps in feeds.stamps(connection, row, numbers).items():
        before = (number or row.closed + 1) - 1
        # The first two were closed together, so the first may link to the second. Any other was
        # closed before its next, and RFC 5005 4 wants no link to a document that does not exist.
        newer = editions[2] if number == 1 else None
        yield (editions[number] if number else None, editions.get(before), newer), stamps


class DocumentWriter:
    """Writes the files of feed documents of one newsletter."""

    def __init__(
        self,
        *,
        newsletter: Newsletter,
        zone: ZoneInfo,
        shown: Callable[[str], str],
        published: Text,
        output: Output,
    ) -> None:
        self._newsletter = newsletter
        self._zone = zone
        #: Returns a digest's path the way the user would type it.
        self._shown = shown
        self._published = published
        self._output = output

    def write(self, document: Document, faults: list[Diagnostic]) -> int:
        """Write a document's files; return how many have changed. `faults` as in `files`."""
        files = self.files(document, faults)
        return sum(self._output.write(path, data) for path, data in files)

    def files(self, document: Document, faults: list[Diagnostic]) -> Iterator[tuple[str, bytes]]:
        """Yield a document's files, each as its path under out/ and its bytes.

        An entry that raises an error is left out, and reported in `faults`; the first files are
        then yielded again, without it. If an issue cannot be read any more, its entry stays as it
        is under out/; if there is none, that is reported as well.
        """
        from publisher.feeds.documents import feed_files  # noqa: PLC0415  (lxml takes 40 ms)

        year = document.identity.year
        issues_read = self._issues(document)
        entries = [
            (issues_read[record.slug, stamp.digest], stamp) for record, stamp in document.entries
        ]
        items_there = cache(partial(_items_in_output, self._output.folder, document.feed.name))
        for record, stamp in document.entries:
            if issues_read[record.slug, stamp.digest] is None and stamp.uid not in items_there(""):
                faults.append(_missing_entries(self._shown(record.source)))
        files = partial(
            feed_files, self._newsletter, document.identity, self._place(document),
            empty_updated=datetime(year, 1, 1, tzinfo=self._zone), items_there=items_there,
        )  # fmt: skip
        try:
            yield from files(entries)
        except PublisherError:
            raise
        except Exception:  # noqa: BLE001  (whatever one digest does, feeds have the others)
            good = []
            for entry, (record, _) in zip(entries, document.entries, strict=True):
                try:
                    deque(files([entry]), maxlen=0)
                except Exception as error:  # noqa: BLE001  (as above)
                    faults.append(fault(self._shown(record.source), error))
                else:
                    good.append(entry)
            yield from files(good)

    def _place(self, document: Document) -> DocumentPlace:
        """Return the feed of a document in its languages, and the archives beside it."""
        from publisher.feeds.documents import DocumentPlace  # noqa: PLC0415  (as above)

        row = document.feed
        topics: tuple[Topic, ...] = (row.topic,) if row.topic else ()
        return DocumentPlace(
            feeds=tuple(
                listed
                for listed in all_feeds(self._newsletter, topics)
                if listed.whole == row.name and not (document.archive and listed.language)
            ),
            archive=document.archive,
            older=document.older,
            newer=document.newer,
        )

    def _issues(self, document: Document) -> dict[tuple[str, str | None], Issue | None]:
        """Return the issues of a document's entries, by slug and digest; None for unreadable ones.

        Each is read once: an issue has about 15 papers, and the cache at most 1,000 issues.
        """
        read: dict[tuple[str, str | None], Issue | None] = {}
        for record, stamp in document.entries:
            if (record.slug, stamp.digest) not in read:
                read[record.slug, stamp.digest] = self._issue(record, stamp)
        return read

    def _issue(self, record: IssueRecord, stamp: Stamp) -> Issue | None:
        """Return an issue as it was when its archive was closed, else as it is now, else None."""
        closed = self._published(replace(record, digest=stamp.digest)) if stamp.digest else None
        return closed or self._published(record)


def _items_in_output(out: Path, name: str, language: str) -> Items:
    """Return the items of a feed's files under out/, by id; of a language if its file exists.

    Files that are about to be replaced still exist: newest documents are written after archives.
    """
    paths = [
        out / archive_path(name, "json", archive)
        for archive in sorted(archives.editions_in_output(out, name))
    ]
    paths.append(out / f"feeds/{name}.json")
    if language:
        paths.append(out / f"feeds/{language}/{name}.json")
    items: dict[str, Mapping[str, object]] = {}
    for path in paths:
        with suppress(OSError, ValueError, LookupError, TypeError):
            items |= {item["id"]: item for item in json.loads(path.read_bytes())["items"]}
    return items


def _missing_entries(file: str) -> Diagnostic:
    return Diagnostic(
        file=file, line=0, column=0, level=Level.error, code="not-shown",
        message="published, and in feeds no more: it can no longer be read, and nothing under out/ "
        "has its entries",
    )  # fmt: skip


def mark_written(connection: Connection, written: list[Document]) -> None:
    """Mark these documents, and all archives, as written."""
    feeds.mark_feeds(connection, {document.feed.name for document in written}, rendered=True)
    archive_rows.mark_rendered(connection)


# --- Former languages ---------------------------------------------------------------------


def remove_former_languages(connection: Connection, newsletter: Newsletter, out: Path) -> None:
    """Have feeds removed whose languages the newsletter no longer has.

    They would keep withdrawn issues, and link to removed archives.
    """
    topics = feeds.topics(connection)
    current = {listed.path(kind) for listed in all_feeds(newsletter, topics) for kind in FORMATS}
    issues.drop_removals(connection, current.intersection(issues.removals(connection)))
    names = {listed.whole for listed in all_feeds(newsletter, topics)}
    # To many disks `feeds/en` is `feeds/EN`.
    kept = {
        language.lower()
        for language in feed_languages(newsletter)
        if (out / f"feeds/{language}").exists()
    }
    unwanted = {
        f"feeds/{language}/{name}.{kind}"
        for language in _languages_in_output(out)
        if language.lower() not in kept
        for name in names
        for kind in FORMATS
    }
    unwanted = {path for path in unwanted - current if (out / path).exists()}
    issues.add_removals(connection, unwanted)
    for path in unwanted:
        websub.drop(connection, path)


def _languages_in_output(out: Path) -> Iterator[str]:
    """Yield the languages of feeds that exist under out/."""
    for path in (out / "feeds").glob("*/issues.json"):
        try:
            language = json.loads(path.read_bytes())["language"]
        except (OSError, ValueError, LookupError, TypeError):
            continue  # not ours
        if language == path.parent.name:
            yield language
