"""Part of the third step: documents of feeds become files."""

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
    from publisher.feeds.documents import Items, Place

#: Which archive a document is, the one before it and the one after it.
_Place = tuple[Archive | None, Archive | None, Archive | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a feed to write, in all its languages and formats."""

    feed: FeedRow
    #: Which archive; None for the newest document.
    archive: Archive | None
    #: The archives it names: the one before it, and the one after it.
    older: Archive | None
    newer: Archive | None
    #: The newest first, each with the issue whose words it has.
    entries: tuple[tuple[IssueRecord, Stamp], ...]
    identity: Identity

    @property
    def source(self) -> str:
        """Return the digest in its middle: who has read that has likely read all, and makes it."""
        return self.entries[len(self.entries) // 2][0].source if self.entries else ""


def documents(connection: Connection, identity: Identity) -> list[Document]:
    """Return the documents that are still to be written."""
    wanted: dict[str, set[int | None]] = {}
    for name in feeds.feeds(connection, unrendered=True):
        wanted.setdefault(name, set()).add(None)
    for each in archive_rows.archives(connection, rendered=False):
        wanted.setdefault(each.feed, set()).add(each.number)
    if not wanted:
        return []
    rows = feeds.feeds(connection)
    found = [
        (rows[name], place, stamps)
        for name, numbers in wanted.items()
        for place, stamps in _places(connection, rows[name], numbers)
    ]
    slugs = {stamp.issue for _, _, stamps in found for stamp in stamps}
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
        for row, (archive, older, newer), stamps in found
    ]


def _places(
    connection: Connection, row: FeedRow, numbers: Collection[int | None]
) -> Iterator[tuple[_Place, list[Stamp]]]:
    """Yield these documents of a feed: where each stands, and what it holds."""
    oldest = min(number or row.closed + 1 for number in numbers)
    there = archive_rows.editions(connection, row.name, oldest - 1)
    for number, stamps in feeds.stamps(connection, row, numbers).items():
        before = (number or row.closed + 1) - 1
        # The first two were closed together, so the first may name the second. Any other was
        # there before its next, and RFC 5005 4 wants no link to what is not.
        newer = there[2] if number == 1 else None
        yield (there[number] if number else None, there.get(before), newer), stamps


class DocumentWriter:
    """Makes the files of a feed's documents, for one newsletter."""

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
        """Write a document's files; say how many have new bytes. `faults` as below."""
        files = self.files(document, faults)
        return sum(self._output.write(path, data) for path, data in files)

    def files(self, document: Document, faults: list[Diagnostic]) -> Iterator[tuple[str, bytes]]:
        """Yield a document's files, each as its path under out/ and its bytes.

        An entry at which the program fails is left out, and told of in `faults`; the first files
        then come again, without it. Of an issue that cannot be read any more the entry stays as it
        stands under out/; where none does, that is told as well.
        """
        from publisher.feeds.documents import feed_files  # noqa: PLC0415  (lxml takes 40 ms)

        year = document.identity.year
        read = self._read(document)
        entries = [(read[record.slug, stamp.digest], stamp) for record, stamp in document.entries]
        there = cache(partial(_items_there, self._output.folder, document.feed.name))
        for record, stamp in document.entries:
            if read[record.slug, stamp.digest] is None and stamp.uid not in there(""):
                faults.append(_left_out(self._shown(record.source)))
        files = partial(
            feed_files, self._newsletter, document.identity, self._place(document),
            empty_updated=datetime(year, 1, 1, tzinfo=self._zone), there=there,
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

    def _place(self, document: Document) -> Place:
        """Return which feeds a document stands in, and what is before and after it."""
        from publisher.feeds.documents import Place  # noqa: PLC0415  (as above)

        row = document.feed
        topics: tuple[Topic, ...] = (row.topic,) if row.topic else ()
        return Place(
            feeds=tuple(
                its
                for its in all_feeds(self._newsletter, topics)
                if its.whole == row.name and not (document.archive and its.language)
            ),
            archive=document.archive,
            older=document.older,
            newer=document.newer,
        )

    def _read(self, document: Document) -> dict[tuple[str, str | None], Issue | None]:
        """Return the issues that a document's entries are of, by slug and digest.

        An issue has 15 papers, and a reader keeps no more than 1,000 issues: each is asked for
        once.
        """
        read: dict[tuple[str, str | None], Issue | None] = {}
        for record, stamp in document.entries:
            if (record.slug, stamp.digest) not in read:
                read[record.slug, stamp.digest] = self._issue(record, stamp)
        return read

    def _issue(self, record: IssueRecord, stamp: Stamp) -> Issue | None:
        """Return an issue as it was when its archive was closed, or else as it is."""
        closed = self._published(replace(record, digest=stamp.digest)) if stamp.digest else None
        return closed or self._published(record)


def _items_there(out: Path, name: str, language: str) -> Items:
    """Return the entries of a feed as they stand under out/, in a language or else in all, by id.

    What is about to be written over stands there still: newest documents come after archives.
    """
    paths = [
        out / archive_path(name, "json", each)
        for each in sorted(archives.editions_there(out, name))
    ]
    paths.append(out / f"feeds/{name}.json")
    if language:
        paths.append(out / f"feeds/{language}/{name}.json")
    found: dict[str, Mapping[str, object]] = {}
    for path in paths:
        with suppress(OSError, ValueError, LookupError, TypeError):
            found |= {item["id"]: item for item in json.loads(path.read_bytes())["items"]}
    return found


def _left_out(file: str) -> Diagnostic:
    return Diagnostic(
        file=file, line=0, column=0, level=Level.error, code="not-shown",
        message="published, and in feeds no more: it can no longer be read, and nothing under out/ "
        "has its entries",
    )  # fmt: skip


def finish(connection: Connection, written: list[Document]) -> None:
    """Say that these documents are written."""
    feeds.mark_feeds(connection, {each.feed.name for each in written}, rendered=True)
    archive_rows.mark_rendered(connection)


# --- Languages that went ------------------------------------------------------------------


def settle_languages(connection: Connection, newsletter: Newsletter, out: Path) -> None:
    """Have feeds in languages that are the newsletter's no more removed.

    Nobody writes them again: they would keep what is withdrawn, and lead to archives that are gone.
    """
    topics = feeds.topics(connection)
    there = {each.path(kind) for each in all_feeds(newsletter, topics) for kind in FORMATS}
    issues.drop_removals(connection, there.intersection(issues.removals(connection)))
    names = {each.whole for each in all_feeds(newsletter, topics)}
    # To many disks `feeds/en` is `feeds/EN`.
    kept = {each.lower() for each in feed_languages(newsletter) if (out / f"feeds/{each}").exists()}
    unwanted = {
        f"feeds/{language}/{name}.{kind}"
        for language in _languages_there(out)
        if language.lower() not in kept
        for name in names
        for kind in FORMATS
    }
    unwanted = {path for path in unwanted - there if (out / path).exists()}
    issues.add_removals(connection, unwanted)
    for path in unwanted:
        websub.drop(connection, path)


def _languages_there(out: Path) -> Iterator[str]:
    """Yield the languages in which there are feeds under out/, whoever's they were."""
    for path in (out / "feeds").glob("*/issues.json"):
        try:
            language = json.loads(path.read_bytes())["language"]
        except (OSError, ValueError, LookupError, TypeError):
            continue  # not ours
        if language == path.parent.name:
            yield language
