"""RSS 2.0, as the RSS Advisory Board's best practices profile has it."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from html import escape

from lxml import etree

from publisher.feeds.feed import Feed
from publisher.feeds.syndication import (
    ARCHIVE,
    ATOM,
    COMPLETE,
    EntryExtension,
    FeedExtension,
    add,
    arrange,
    plain,
    start,
    text,
    written_out,
)

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_DC = "{http://purl.org/dc/elements/1.1/}"

_CHANNEL = (
    *("title", "link", "description", f"{ATOM}link", COMPLETE, ARCHIVE),
    *("language", "copyright", "lastBuildDate", "pubDate", "ttl", "image", "generator"),
)
# Readers that know no content:encoded show the last of it and description: hence the order.
_ITEM = (
    *("title", "link", "description", f"{_CONTENT}encoded", "guid"),
    *(f"{_DC}creator", "category", "pubDate"),
)

#: Minutes a reader may wait before it asks again.
_TTL = 60


def rss(feed: Feed) -> bytes:
    """Write a document as RSS."""
    generator = start(feed, _RssFeed(feed))
    generator.link(href=feed.base_url)
    generator.description(plain(feed.description or feed.title))
    generator.docs("")
    generator.ttl(_TTL)
    for entry in feed.entries:
        added = add(generator, feed, entry, _RssEntry)
        added.link(href=entry.url)
        # Unlike a title, a description is HTML to every reader.
        added.description(plain(escape(entry.summary or entry.title, quote=False)))
    return written_out(generator.rss_str(pretty=True))


class _RssFeed(FeedExtension):
    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC.strip("{}")} | super().extend_ns()

    def extend_rss(self, root: etree._Element) -> None:
        channel = root[0]
        self.links(channel, f"{ATOM}link", "rss")
        self.history(channel)
        text(channel, "lastBuildDate", _date(self.feed.updated))
        text(channel, "pubDate", _date(self.feed.published))
        if self.feed.logo:
            self._image(etree.SubElement(channel, "image"))
        arrange(channel, _CHANNEL)

    def _image(self, image: etree._Element) -> None:
        """Show a picture: its title and link are the channel's."""
        text(image, "url", self.feed.logo)
        text(image, "title", plain(self.feed.title))
        text(image, "link", self.feed.base_url)


class _RssEntry(EntryExtension):
    def extend_rss(self, root: etree._Element) -> None:
        self.languages(root)
        text(root, f"{_DC}creator", self.entry.author)
        text(root, "pubDate", _date(self.entry.published))
        arrange(root, _ITEM)


def _date(moment: datetime) -> str:
    """Give a date as RFC 2822 wants it, in English whatever the locale."""
    return format_datetime(moment)
