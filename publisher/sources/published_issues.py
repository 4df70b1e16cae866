"""Issues as they were published, whatever has become of their digests since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.model import Issue, IssueRecord
from publisher.sources.digest_reader import DigestReader
from publisher.sources.digest_store import DigestStore

if TYPE_CHECKING:
    from publisher.digest.parser import ParsedDigest


class PublishedIssues:
    """Reads published issues out of digests and their copies."""

    def __init__(self, reader: DigestReader, store: DigestStore) -> None:
        self._reader = reader
        self._store = store

    def published(self, record: IssueRecord) -> Issue | None:
        """Return an issue as it was published.

        A digest may be half-way through being written over, or have gone bad: what readers
        have seen stays, on pages, in feeds and in mails, until there is a good one again.
        None when neither a copy nor the digest itself is there, or can be read.
        """
        reading = self.reading(record)
        return reading.issue if reading else None

    def reading(self, record: IssueRecord) -> ParsedDigest | None:
        """Return what is read of the digest that was published; None when its bytes are gone."""
        reading = self._reader.cached(record.source, record.digest)
        if reading:
            return reading
        data = self.bytes_of(record)
        if data is None:
            return None
        return self._reader.parse(record.source, data, sha256=record.digest)

    def bytes_of(self, record: IssueRecord) -> bytes | None:
        """Return the bytes that an issue was published from; None when they are gone."""
        return self._store.bytes_of(record)
