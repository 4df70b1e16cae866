"""Atom (RFC 4287)."""

from __future__ import annotations

from lxml import etree

from publisher.feeds.entry import Source
from publisher.feeds.feed import Feed
from publisher.feeds.syndication import (
    ARCHIVE,
    COMPLETE,
    EntryExtension,
    FeedExtension,
    add,
    arrange,
    link,
    plain,
    start,
    text,
    written_out,
)
from publisher.render.listing import media_type

_FEED = (
    *("id", "title", "updated", "link", COMPLETE, ARCHIVE),
    *("author", "generator", "icon", "logo", "rights", "subtitle"),
)
_ENTRY = (
    *("id", "title", "updated", "published", "link", "author", "category", "source"),
    *("summary", "content"),
)


def atom(feed: Feed) -> bytes:
    """Write a document as Atom."""
    generator = start(feed, _AtomFeed(feed))
    generator.id(feed.id)
    generator.updated(feed.updated)
    generator.author(name=plain(feed.author))
    generator.subtitle(plain(feed.description))
    generator.icon(feed.icon)
    generator.logo(feed.logo)
    for entry in feed.entries:
        added = add(generator, feed, entry, _AtomEntry)
        added.updated(entry.updated)
        added.published(entry.published)
        added.author(name=plain(entry.author))
        if entry.summary:
            added.summary(plain(entry.summary))
    return written_out(generator.atom_str(pretty=True))


class _AtomFeed(FeedExtension):
    def extend_atom(self, root: etree._Element) -> None:
        self.links(root, "link", "atom")
        # More than one alternate of a type and language is an error (RFC 4287 4.1.1), and many
        # readers take the first for the site.
        link(root, "link", self.feed.base_url, "alternate", "text/html")
        for other in self.feed.others:
            url = self.feed.base_url + other.path("atom")
            added = link(root, "link", url, "alternate", media_type("atom"))
            if other.language:
                added.set("hreflang", other.language)
        self.history(root)
        arrange(root, _FEED)


class _AtomEntry(EntryExtension):
    def extend_atom(self, root: etree._Element) -> None:
        self.languages(root)
        # More than one alternate of a type and language is an error (RFC 4287 4.1.2).
        link(root, "link", self.entry.url, "alternate", "text/html")
        if self.entry.external_url:
            link(root, "link", self.entry.external_url, "related")
        if self.entry.source:
            self._source(root, self.entry.source)
        arrange(root, _ENTRY)

    def _source(self, root: etree._Element, source: Source) -> None:
        """Name the feed an entry is from, as it was when the entry last changed."""
        element = etree.SubElement(root, "source")
        text(element, "id", source.id)
        text(element, "title", plain(source.title))
        text(element, "updated", self.entry.updated.isoformat())
        link(element, "link", source.url, "self", media_type("atom"))
