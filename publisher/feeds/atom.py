"""Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.feeds.feedgen_ext import (
    ARCHIVE,
    COMPLETE,
    EntryExtension,
    FeedExtension,
    Values,
    add,
    arrange,
    attribute,
    child,
    filled,
    link,
    numbered,
    of_entry,
    of_feed,
    plain,
    quoted,
    several,
    start,
    text,
)
from publisher.render.feed_catalog import media_type, topic_slug

_FEED = (
    *("id", "title", "updated", "link", COMPLETE, ARCHIVE),
    *("author", "generator", "icon", "logo", "rights", "subtitle"),
)
_ENTRY = (
    *("id", "title", "updated", "published", "link", "author", "category", "source"),
    *("summary", "content"),
)
#: The feed around an entry that is written alone.
_BARE = dict.fromkeys(("id", "title", "lang", "updated", "self", "url", "author", "icon"), "-")


def atom(feed: Feed) -> bytes:
    """Write a document as Atom."""
    entries = "".join(filled(_entry, _of_entry(entry, feed)) for entry in feed.entries)
    return filled(_feed, _of_feed(feed) | {"entries": entries}).encode()


# --- What it says -------------------------------------------------------------------------


def _of_feed(feed: Feed) -> dict[str, str]:
    return {
        **of_feed(feed, "atom"),
        "id": text(feed.id),
        "lang": attribute(feed.lang),
        "updated": feed.updated.isoformat(),
        "url": attribute(feed.base_url),
        "author": plain(feed.author),
        "icon": text(feed.icon),
        "logo": text(feed.logo),
        "subtitle": plain(feed.description),
        **{
            f"other {other.language}": attribute(feed.base_url + other.path("atom"))
            for other in feed.others
        },
    }


def _of_entry(entry: Entry, feed: Feed) -> dict[str, str]:
    values = {
        **of_entry(entry),
        "updated": entry.updated.isoformat(),
        "published": entry.published.isoformat(),
        "url": attribute(entry.url),
        "external_url": attribute(entry.external_url or ""),
        "summary": plain(entry.summary),
        **numbered("author", [plain(name) for name in entry.authors]),
        **numbered("subject", [attribute(subject) for subject in entry.subjects]),
    }
    if entry.tags:
        values["topics"] = attribute(feed.topics)
        values |= numbered("term", [attribute(topic_slug(tag)) for tag in entry.tags])
        values |= numbered("label", [quoted(plain(tag)) for tag in entry.tags])
    if entry.source:
        values["source_id"] = text(entry.source.id)
        values["source_title"] = plain(entry.source.title)
        values["source_url"] = attribute(entry.source.url)
    return values


# --- How feedgen writes it ----------------------------------------------------------------


def _feed(values: Values) -> str:
    """Write a feed around what its entries are written as."""
    return _written(values, ()).replace("</feed>", f"{values.get('entries', '')}</feed>")


def _entry(values: Values) -> str:
    """Write an entry as it stands in a feed."""
    written = _written(_BARE, (values,))
    return written[written.index("  <entry") : written.index("</feed>")]


def _written(feed: Values, entries: Sequence[Values]) -> str:
    """Have feedgen write a document."""
    generator = start(feed, _AtomFeed(feed))
    generator.id(feed["id"])
    generator.author(name=feed["author"])
    generator.subtitle(feed.get("subtitle"))
    generator.icon(feed["icon"])
    generator.logo(feed.get("logo"))
    for entry in entries:
        added = add(generator, _AtomEntry(entry))
        for name in several("author", entry):
            added.author(name=name)
        added.summary(entry.get("summary"))
        for term, label in zip(several("term", entry), several("label", entry), strict=True):
            added.category(term=term, scheme=entry["topics"], label=label)
        for subject in several("subject", entry):
            added.category(term=subject)
    written: bytes = generator.atom_str(pretty=True)
    return written.decode()


class _AtomFeed(FeedExtension):
    def extend_atom(self, root: etree._Element) -> None:
        next(root.iter("updated")).text = self.values["updated"]
        self.links(root, "link", "atom")
        # More than one alternate of a type and language is an error (RFC 4287 4.1.1), and many
        # readers take the first for the site.
        link(root, "link", self.values["url"], "alternate", "text/html")
        for name, url in self.values.items():
            what, _, language = name.partition(" ")
            if what == "other":
                added = link(root, "link", url, "alternate", media_type("atom"))
                if language:
                    added.set("hreflang", language)
        self.history(root)
        arrange(root, _FEED)


class _AtomEntry(EntryExtension):
    def extend_atom(self, root: etree._Element) -> None:
        values = self.values
        self.languages(root)
        next(root.iter("updated")).text = values["updated"]
        child(root, "published", values["published"])
        # More than one alternate of a type and language is an error (RFC 4287 4.1.2).
        link(root, "link", values["url"], "alternate", "text/html")
        if "external_url" in values:
            link(root, "link", values["external_url"], "related")
        if "source_id" in values:
            self._source(etree.SubElement(root, "source"))
        arrange(root, _ENTRY)

    def _source(self, source: etree._Element) -> None:
        """Name the feed an entry is from, as it was when the entry last changed."""
        child(source, "id", self.values["source_id"])
        child(source, "title", self.values["source_title"])
        child(source, "updated", self.values["updated"])
        link(source, "link", self.values["source_url"], "self", media_type("atom"))
