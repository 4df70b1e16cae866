"""Atom (RFC 4287)."""

from __future__ import annotations

from lxml import etree

from publisher.feeds.feed import Feed
from publisher.feeds.syndication import EntryExtension, FeedExtension, add, arrange, link, start

_FEED = ("id", "title", "updated", "link", "author", "generator", "subtitle")
_ENTRY = ("id", "title", "updated", "published", "link", "author", "category", "summary", "content")


def atom(feed: Feed, self_url: str) -> bytes:
    """Write a feed, found at `self_url`, as Atom."""
    generator = start(feed, _AtomFeed(feed, self_url))
    generator.id(feed.id)
    generator.updated(feed.updated)
    generator.author(name=feed.author)
    generator.subtitle(feed.description)
    for entry in feed.entries:
        added = add(generator, feed, entry, _AtomEntry)
        added.updated(entry.updated)
        added.published(entry.published)
        added.author(name=entry.author)
        if entry.summary:
            added.summary(entry.summary)
    written: bytes = generator.atom_str(pretty=True)
    return written


class _AtomFeed(FeedExtension):
    def extend_atom(self, root: etree._Element) -> None:
        link(root, "link", self.self_url, "self", "application/atom+xml")
        link(root, "link", self.feed.home_url, "alternate", "text/html")
        arrange(root, _FEED)


class _AtomEntry(EntryExtension):
    def extend_atom(self, root: etree._Element) -> None:
        self.languages(root)
        # More than one alternate of a type and language is an error (RFC 4287 4.1.2).
        link(root, "link", self.entry.url, "alternate", "text/html")
        if self.entry.external_url:
            link(root, "link", self.entry.external_url, "related")
        arrange(root, _ENTRY)
