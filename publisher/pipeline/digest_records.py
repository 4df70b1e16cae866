"""What is recorded of digests: when they were first seen, what became of them, and their slugs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.sources.scan import ReadResult, ScanResult
from publisher.storage import digests
from publisher.storage.digests import FAILED, REPEAT, SETTLED, DigestRow
from publisher.storage.tables import seconds


def recorded_digests(
    connection: Connection, scanned: ScanResult, there: Collection[str]
) -> tuple[dict[str, DigestRow], dict[str, DigestRow]]:
    """Return what was recorded of digests that may be read again, and of those that are gone.

    Those named `there` are not gone, though they are not to be read.
    """
    new = {name for name, _, _ in scanned.new}
    before, gone = {}, {}
    rows = digests.some_digests(connection, new | {name for name, _, _ in scanned.missing})
    for name, row in rows.items():
        if name in new or row.mark not in scanned.missing:
            before[name] = row
        elif name not in there:  # what is being written over keeps what it had published
            gone[name] = row
    return before, gone


def with_records(
    reads: list[ReadResult], before: Mapping[str, DigestRow], now: datetime
) -> tuple[list[ReadResult], dict[str, DigestRow]]:
    """Return what was read with what is recorded of it; and what has another slug, by name.

    A digest's slug is another though its name is not when an older program made slugs otherwise:
    it is taken for renamed, once it can be published.
    """
    recorded: list[ReadResult] = []
    readdressed: dict[str, DigestRow] = {}
    for read in reads:
        row, seen, slug = before.get(read.stamp.name), 0, read.slug
        # What can be read at last, by a newer program for one, has come only now: not in time for
        # its mail if that was long ago.
        at_last = row and row.state == FAILED and read.summary
        if row and row.mark == read.stamp and not at_last:
            # An older program did not note it, and had made it wait.
            seen = row.seen or min(row.mtime_ns // 10**9, seconds(now))
        if row and row.slug and row.slug != slug:
            if read.summary:
                readdressed[row.name] = row
            else:
                slug = row.slug
        recorded.append(replace(read, slug=slug, seen=seen) if row else read)
    return recorded, readdressed


def unchanged_states(
    reads: list[ReadResult], before: Mapping[str, DigestRow], readdressed: Collection[str]
) -> dict[str, str]:
    """Return the states of files that were touched, or copied over themselves, by name."""
    rows = ((read, before.get(read.stamp.name)) for read in reads)
    return {
        row.name: row.state
        for read, row in rows
        if row and row.state in (*SETTLED, REPEAT) and row.sha256 == read.sha256
        if row.name not in readdressed
    }
