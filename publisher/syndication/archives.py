"""Part of the second step: which closed archives (RFC 5005 4) are written again, and where.

A closed archive at an address never changes: readers fetch it once, and caches may keep it for a
year. An archive that must change gets another edition, which has another address, and so do all
archives after it, since each links to the one before it. The old files are removed at the end of
the next rendering, when nothing links to them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from sqlalchemy import Connection

from publisher.render.feed_catalog import ARCHIVE, FORMATS, Archive, archive_path
from publisher.storage import archives, facts, feeds, issues
from publisher.storage.archives import ArchiveRow


def set_base_url(connection: Connection, base_url: str) -> bool:
    """Record the base_url that archives link to; return whether it has changed."""
    if facts.ARCHIVE_BASE_URL.get(connection) == base_url:
        return False
    facts.ARCHIVE_BASE_URL.put(connection, base_url)
    return True


def renew_archives(connection: Connection, wrong: Collection[tuple[str, int]]) -> None:
    """Start new editions of these archives, by feed and number, and of all after them."""
    for name, numbers in groupby(sorted(wrong), lambda pair: pair[0]):
        _, first = next(numbers)
        # The first links to the second.
        archives.start_editions(connection, name, first if first > 2 else 1)  # noqa: PLR2004
    feeds.mark_feeds(connection, {name for name, _ in wrong}, rendered=False)


def prepare_archives(
    connection: Connection,
    out: Path,
    *,
    base_url: str,
    made_with: str,
    has_copy: Callable[[str], bool],
    lost: bool,
) -> None:
    """Decide which archives are written, and at which addresses, just before rendering.

    `made_with` is the fingerprint of all that they are made with besides digests; `has_copy`
    returns whether there is a copy of a digest. With `lost`, archives that are missing under out/
    are written again: in the same edition if that is possible, else in another.
    """
    moved = set_base_url(connection, base_url)
    unwritten = archives.archives(connection, rendered=False)
    # An interrupted build may have written a part of these.
    again = [row for row in unwritten if row.made_with is not None]
    wrong: set[tuple[str, int]] = set()
    if moved or lost:
        written = archives.archives(connection, rendered=True)
        missing = [row for row in written if not _is_whole(out, row)] if lost else []
        for row in missing:
            archives.mark_unrendered(connection, row)
        again += missing
        if moved:
            wrong = {(row.feed, 1) for row in [*written, *unwritten]}
    if again:
        unlike = feeds.archives_with(connection, _lost_digests(connection, has_copy))
        wrong |= {
            (row.feed, row.number)
            for row in again
            if row.made_with != made_with or (row.feed, row.number) in unlike
        }
    renew_archives(connection, wrong)
    if wrong or unwritten:
        new = [
            row for row in archives.archives(connection, rendered=False) if row.made_with is None
        ]
        for name, rows in groupby(new, lambda row: row.feed):
            _choose_addresses(connection, out, name, list(rows))
        archives.set_made_with(connection, made_with)


def _is_whole(out: Path, row: ArchiveRow) -> bool:
    # A Path costs more than the call, and there are thousands.
    paths = (archive_path(row.feed, kind, row.archive) for kind in FORMATS)
    return all(os.path.isfile(f"{out}/{path}") for path in paths)  # noqa: PTH113


def _lost_digests(connection: Connection, has_copy: Callable[[str], bool]) -> set[str]:
    """Return the digests of frozen entries of which there is no copy any more."""
    return {digest for digest in feeds.all_frozen_digests(connection) if not has_copy(digest)}


def _choose_addresses(
    connection: Connection, out: Path, name: str, rows: Sequence[ArchiveRow]
) -> None:
    """Give archives editions whose files do not exist, and have existing files removed.

    Those may be of the edition before, of an interrupted build, or, after a restore, of an edition
    that the state does not know.
    """
    existing: dict[int, list[Archive]] = {}
    for archive in editions_in_output(out, name, {str(row.number) for row in rows}):
        existing.setdefault(archive.number, []).append(archive)
    unwanted: list[Archive] = []
    for row in rows:
        old = existing.get(row.number, [])
        unwanted += old
        if old and max(old) >= row.archive:
            archives.set_edition(connection, row, max(old).edition + 1)
    if unwanted:
        issues.add_removals(
            connection,
            {archive_path(name, kind, archive) for archive in unwanted for kind in FORMATS},
        )


def editions_in_output(
    out: Path, name: str, numbers: Collection[str] | None = None
) -> Iterator[Archive]:
    """Yield the archives of a feed that exist under out/, in all editions.

    With `numbers`, only those with one of them.
    """
    try:
        folders = os.listdir(f"{out}/{ARCHIVE}{name}")  # noqa: PTH208  (a Path for each is dear)
    except OSError:
        return
    if numbers is not None:  # before a look at each: a feed may have thousands
        folders = [folder for folder in folders if folder.partition("-")[0] in numbers]
    yield from filter(None, map(Archive.of, folders))
