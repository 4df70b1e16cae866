"""Feeds: which entries go out together, and under what name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.feeds.entry import Entry, legal
from publisher.render.feed_catalog import Archive, CatalogFeed
from publisher.render.urls import FAVICON


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One document of a feed, in no format yet: the newest, or a closed archive."""

    #: A tag URI, the same in every format and document.
    id: str
    listed: CatalogFeed
    base_url: str
    #: One line on what it is about; may be empty.
    description: str
    lang: str
    author: str
    #: The scheme of the entries' tags, a URI.
    topics: str
    #: The same feed in the newsletter's other languages.
    others: tuple[CatalogFeed, ...]
    #: Its date while it has no entry.
    empty_updated: datetime
    #: The newest first.
    entries: tuple[Entry, ...]
    #: Which archive this is; None for the newest document.
    archive: Archive | None
    #: The archive before it, if there is one.
    older: Archive | None
    #: The archive after it, if it is one that was there as soon as this.
    newer: Archive | None = None
    #: What others may do with it; may be empty.
    rights: str = ""
    #: The address of a picture, GIF, JPEG or PNG; empty when there is none.
    logo: str = ""
    #: Where changes are told at once (WebSub); empty when nowhere.
    hub: str = ""

    @property
    def title(self) -> str:
        """Return what it is called."""
        return legal(self.listed.title)

    @property
    def icon(self) -> str:
        """Return the address of the site's sign."""
        return self.base_url + FAVICON

    @property
    def updated(self) -> datetime:
        """Return the last time an entry changed; no clock is read, so bytes only change then."""
        return max((entry.updated for entry in self.entries), default=self.empty_updated)

    @property
    def published(self) -> datetime:
        """Return the time the newest entry appeared."""
        return max((entry.published for entry in self.entries), default=self.empty_updated)

    @property
    def complete(self) -> bool:
        """Return whether this document is all there is (RFC 5005 2)."""
        return self.archive is None and self.older is None

    def path(self, kind: str) -> str:
        """Return this document's file in a format, below base_url."""
        if self.archive is None:
            return self.listed.path(kind)
        return self.listed.archive_path(kind, self.archive)

    def url(self, kind: str) -> str:
        """Return this document's address in a format."""
        return self.base_url + self.path(kind)

    def current(self, kind: str) -> str:
        """Return the address of the newest document in a format."""
        return self.base_url + self.listed.path(kind)

    def previous(self, kind: str) -> str | None:
        """Return the address of the archive before this document, if there is one."""
        return self.base_url + self.listed.archive_path(kind, self.older) if self.older else None

    def next(self, kind: str) -> str | None:
        """Return the address of the archive after this one, if this may name it."""
        return self.base_url + self.listed.archive_path(kind, self.newer) if self.newer else None
