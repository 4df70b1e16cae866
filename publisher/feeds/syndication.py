"""What feedgen 1.0 cannot say, or says wrongly, as an extension of it.

- Atom entry links lose rel and type (feedgen issue 135), so the extension writes them.
- RSS has authors by e-mail only: the extension writes dc:creator. It has one self link and no
  other: the extension writes atom:link.
- An entry's source has no link of its own: the extension writes it. What RFC 5005 has is unknown.
- Dates in RSS pass through `setlocale`, which is the whole process's, so the extension writes
  them. Those nobody sets are the clock's, so every one is set.
- Nothing but the feed has a language: the extension writes xml:lang.
- Elements come in feedgen's order: the extension puts them in the one asked for.

feedgen hands over the elements of one entry, or of a feed before its entries are in. In Atom
they are in no namespace: feedgen writes `xmlns` as if it were an attribute.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.render.listing import media_type, topic_slug

_END_TAG = re.compile(r"</(?=\w)")
_AND, _LESS = "\ufdd0", "\ufdd1"
ATOM = "{http://www.w3.org/2005/Atom}"
_HISTORY = "http://purl.org/syndication/history/1.0"
ARCHIVE = f"{{{_HISTORY}}}archive"
COMPLETE = f"{{{_HISTORY}}}complete"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class FeedExtension:
    """Adds to a feed; a format's own kind has `extend_atom` or `extend_rss`."""

    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        """Give the namespaces used beside feedgen's own, by prefix."""
        return {"fh": _HISTORY} if self.feed.complete or self.feed.archive else {}

    def links(self, parent: etree._Element, tag: str, kind: str) -> None:
        """Say where this document is, and where those before and after it (RFC 5005 4)."""
        feed = self.feed
        link(parent, tag, feed.url(kind), "self", media_type(kind))
        if feed.hub:
            link(parent, tag, feed.hub, "hub")
        if feed.archive:
            link(parent, tag, feed.current(kind), "current", media_type(kind))
        for rel, url in (("prev-archive", feed.previous(kind)), ("next-archive", feed.next(kind))):
            if url:
                link(parent, tag, url, rel, media_type(kind))

    def history(self, parent: etree._Element) -> None:
        """Say whether this is all there is, or an archive that never changes (RFC 5005 2, 4)."""
        if self.feed.complete:
            etree.SubElement(parent, COMPLETE)
        if self.feed.archive:
            etree.SubElement(parent, ARCHIVE)


@dataclass(frozen=True, slots=True)
class EntryExtension:
    """Adds to an entry; a format's own kind has `extend_atom` or `extend_rss`."""

    entry: Entry

    def languages(self, root: etree._Element) -> None:
        """Say the language of the entry, and that of its title where it is another."""
        root.set(_LANG, self.entry.lang)
        title = root.find("title")
        if title is not None and self.entry.title_lang != self.entry.lang:
            title.set(_LANG, self.entry.title_lang)


def start(feed: Feed, extension: FeedExtension) -> FeedGenerator:
    """Make feedgen's generator with what a feed is in every format."""
    generator = FeedGenerator()
    # The clock's time, which feedgen would pass through `setlocale`: it has no switch for it.
    generator._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001
    generator.register_extension("syndication", lambda: extension)
    generator.title(plain(feed.title))
    generator.language(feed.lang)
    generator.rights(plain(feed.rights))
    generator.generator("publisher")
    return generator


def add(
    generator: FeedGenerator, feed: Feed, entry: Entry, extension: type[EntryExtension]
) -> FeedEntry:
    """Add what an entry is in every format, below those there are."""
    added = generator.add_entry(order="append")
    added.register_extension("syndication", partial(extension, entry))
    added.id(entry.id)
    added.title(plain(entry.title))
    added.content(entry.html, type="html")
    for tag in entry.tags:
        added.category(term=topic_slug(tag), scheme=feed.topics, label=plain(tag))
    return added


def link(
    parent: etree._Element, tag: str, url: str, rel: str, kind: str | None = None
) -> etree._Element:
    """Append a link (RFC 4287 4.2.7)."""
    element = etree.SubElement(parent, tag, href=url, rel=rel)
    if kind:
        element.set("type", kind)
    return element


def plain(written: str) -> str:
    """Give text for an element that holds no HTML, so that none is taken for it.

    A word joiner, which nobody sees, keeps an end tag from being one. `written_out` writes the
    marks that stand for others: noncharacters, which no legal text has.
    """
    if "<" in written:
        written = _END_TAG.sub("<\u2060/", written).replace("<", _LESS)
    return written.replace("&", _AND)


def written_out(document: bytes) -> bytes:
    """Write marks in plain text as the RSS Advisory Board's profile has it: as `&#x3C;`.

    Readers that decode a title twice then show what it says.
    """
    return document.replace(_AND.encode(), b"&#x26;").replace(_LESS.encode(), b"&#x3C;")


def text(parent: etree._Element, tag: str, value: str) -> None:
    """Append an element that holds nothing but text."""
    etree.SubElement(parent, tag).text = value


def arrange(parent: etree._Element, order: Sequence[str]) -> None:
    """Put the children of an element in the order of their names."""
    parent[:] = sorted(parent, key=lambda child: order.index(str(child.tag)))
