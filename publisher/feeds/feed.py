"""A feed document, independent of formats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.feeds.entry import Entry, xml_text
from publisher.render.feed_catalog import Archive, CatalogFeed
from publisher.render.urls import FAVICON


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One document of a feed: the newest, or a closed archive (RFC 5005 4)."""

    #: A tag URI, the same in every format and document.
    id: str
    listed: CatalogFeed
    base_url: str
    #: A description of one line; may be empty.
    description: str
    lang: str
    author: str
    #: The scheme of the entries' tags, a URI.
    topics: str
    #: The same feed in the newsletter's other languages.
    others: tuple[CatalogFeed, ...]
    #: Its date while it has no entries.
    empty_updated: datetime
    #: The newest first.
    entries: tuple[Entry, ...]
    #: Which archive this is; None for the newest document.
    archive: Archive | None
    #: The archive before it, if there is one.
    older: Archive | None
    #: The archive after it, if that was closed together with this.
    newer: Archive | None = None
    #: The licence; may be empty.
    rights: str = ""
    #: The address of a GIF, JPEG or PNG; empty for none.
    logo: str = ""
    #: The WebSub hub; empty for none.
    hub: str = ""

    @property
    def title(self) -> str:
        """Return its title, as text that is allowed in every format."""
        return xml_text(self.listed.title)

    @property
    def icon(self) -> str:
        """Return the address of the site's favicon."""
        return self.base_url + FAVICON

    @property
    def updated(self) -> datetime:
        """Return the last time an entry changed; without a clock, bytes change only then."""
        return max((entry.updated for entry in self.entries), default=self.empty_updated)

    @property
    def published(self) -> datetime:
        """Return the time the newest entry appeared."""
        return max((entry.published for entry in self.entries), default=self.empty_updated)

    @property
    def complete(self) -> bool:
        """Return whether this document has all entries (RFC 5005 2)."""
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
        """Return the address of the archive before this document; None for none."""
        return self.base_url + self.listed.archive_path(kind, self.older) if self.older else None

    def next(self, kind: str) -> str | None:
        """Return the address of the archive after this one; None if this may not link to it."""
        return self.base_url + self.listed.archive_path(kind, self.newer) if self.newer else None
