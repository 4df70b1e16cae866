"""Feeds: which entries go out together, and under what name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from publisher.feeds.entry import SECOND, Entry

#: Bytes of content in one feed. JSON Feed 1.1 calls 250 KB fine and 1 MB a burden.
CONTENT_BYTES = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed, in no format yet."""

    #: A tag URI, the same in every format.
    id: str
    title: str
    #: One line on what it is about; may be empty.
    description: str
    lang: str
    author: str
    #: The page that people read instead.
    home_url: str
    #: The scheme of the entries' tags, a URI.
    topics: str
    #: Its date while it has no entry.
    empty_updated: datetime
    #: The newest first.
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> datetime:
        """Give the last time an entry changed; no clock is read, so bytes only change then."""
        return max((entry.updated for entry in self.entries), default=self.empty_updated)

    @property
    def published(self) -> datetime:
        """Give the time the newest entry appeared."""
        return max((entry.published for entry in self.entries), default=self.empty_updated)


def window(entries: Iterable[Entry], most: int) -> tuple[Entry, ...]:
    """Take the newest entries as far as a feed is still light: one at least, `most` at most."""
    taken: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry.html.encode())
        if taken and (size > CONTENT_BYTES or len(taken) == most):
            break
        taken.append(entry)
    return tuple(taken)


def apart(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Keep the dates of entries, newest first, apart by a second at least.

    Issues that came out or were edited in one run share a date, and readers that sort by date
    would shuffle their entries. Dates only ever move back, and only where they met.
    """
    last: datetime | None = None
    taken: set[datetime] = set()
    for entry in entries:
        last = entry.published if last is None else min(entry.published, last - SECOND)
        updated = last if entry.updated <= entry.published else entry.updated
        # It stops at `last` at the latest: all that came before are younger.
        while updated in taken:
            updated -= SECOND
        taken.add(updated)
        if (last, updated) == (entry.published, entry.updated):
            yield entry
        else:
            yield dataclasses.replace(entry, published=last, updated=updated)
