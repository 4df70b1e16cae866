"""Part of the second step: which closed archives are told anew, and at which addresses.

A closed archive at an address never changes: whoever has fetched it asks for it no more, and a
cache is told to keep it for a year. What must be told otherwise gets another edition, which is
another address, and so do all archives after it, since each names the one before it. What stood
at the old addresses is removed at the end of the next rendering, when nothing leads there.
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


def lead_to(connection: Connection, base_url: str) -> bool:
    """Have archives lead to this site from now on; return whether they led elsewhere."""
    if facts.ARCHIVE_BASE_URL.get(connection) == base_url:
        return False
    facts.ARCHIVE_BASE_URL.put(connection, base_url)
    return True


def renew(connection: Connection, wrong: Collection[tuple[str, int]]) -> None:
    """Have these archives, by feed and number, told anew, and with them all that come after."""
    for name, numbers in groupby(sorted(wrong), lambda each: each[0]):
        _, first = next(numbers)
        # The first names the second.
        archives.start_editions(connection, name, first if first > 2 else 1)  # noqa: PLR2004
    feeds.mark_feeds(connection, {name for name, _ in wrong}, rendered=False)


def notice(
    connection: Connection,
    out: Path,
    *,
    base_url: str,
    made_with: str,
    has_copy: Callable[[str], bool],
    lost: bool,
) -> None:
    """Settle what is written, and where: the last word on archives before they are rendered.

    `made_with` is the fingerprint of all that they are made with besides digests; `has_copy` tells
    whether there is a copy of a digest. With `lost`, those that are not under out/ any more are
    made again: as they were if that can be, else in another edition.
    """
    moved = lead_to(connection, base_url)
    unwritten = archives.archives(connection, rendered=False)
    # What a build that did not come to its end may have written in part.
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
        unlike = feeds.archives_with(connection, _copies_lost(connection, has_copy))
        wrong |= {
            (row.feed, row.number)
            for row in again
            if row.made_with != made_with or (row.feed, row.number) in unlike
        }
    renew(connection, wrong)
    if wrong or unwritten:
        new = [
            row for row in archives.archives(connection, rendered=False) if row.made_with is None
        ]
        for name, rows in groupby(new, lambda row: row.feed):
            _settle(connection, out, name, list(rows))
        archives.set_made_with(connection, made_with)


def _is_whole(out: Path, row: ArchiveRow) -> bool:
    # A Path costs more than the call, and there are thousands.
    paths = (archive_path(row.feed, kind, row.archive) for kind in FORMATS)
    return all(os.path.isfile(f"{out}/{path}") for path in paths)  # noqa: PTH113


def _copies_lost(connection: Connection, has_copy: Callable[[str], bool]) -> set[str]:
    """Return the digests whose words only archives have, and no copy any more."""
    return {digest for digest in feeds.all_frozen_digests(connection) if not has_copy(digest)}


def _settle(connection: Connection, out: Path, name: str, rows: Sequence[ArchiveRow]) -> None:
    """Let no archive take an address at which something stands, and have that removed.

    It may be the edition before; what a build wrote that did not come to its end; or, after a
    restore, what the state knows nothing of.
    """
    there: dict[int, list[Archive]] = {}
    for found in editions_there(out, name, {str(row.number) for row in rows}):
        there.setdefault(found.number, []).append(found)
    unwanted: list[Archive] = []
    for row in rows:
        old = there.get(row.number, [])
        unwanted += old
        if old and max(old) >= row.archive:
            archives.set_edition(connection, row, max(old).edition + 1)
    if unwanted:
        issues.add_removals(
            connection, {archive_path(name, kind, each) for each in unwanted for kind in FORMATS}
        )


def editions_there(
    out: Path, name: str, numbers: Collection[str] | None = None
) -> Iterator[Archive]:
    """Yield the archives of a feed that stand under out/, in all their editions.

    With `numbers`, only those that have one of them.
    """
    try:
        folders = os.listdir(f"{out}/{ARCHIVE}{name}")  # noqa: PTH208  (a Path for each is dear)
    except OSError:
        return
    if numbers is not None:  # before a look at each: a feed may have thousands
        folders = [each for each in folders if each.partition("-")[0] in numbers]
    yield from filter(None, map(Archive.of, folders))
