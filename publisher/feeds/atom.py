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
    add_entry,
    append_link,
    append_text,
    attribute_text,
    common_entry_values,
    common_feed_values,
    element_text,
    fill,
    new_generator,
    numbered,
    plain_text,
    quote,
    sort_children,
    values_of,
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
#: The values of the feed around an entry that is written alone.
_BARE = dict.fromkeys(("id", "title", "lang", "updated", "self", "url", "author", "icon"), "-")


def atom(feed: Feed) -> bytes:
    """Return a document in Atom (RFC 4287), in UTF-8."""
    entries = "".join(fill(_entry, _entry_values(entry, feed)) for entry in feed.entries)
    return fill(_feed, _feed_values(feed) | {"entries": entries}).encode()


# --- What it says -------------------------------------------------------------------------


def _feed_values(feed: Feed) -> dict[str, str]:
    return {
        **common_feed_values(feed, "atom"),
        "id": element_text(feed.id),
        "lang": attribute_text(feed.lang),
        "updated": feed.updated.isoformat(),
        "url": attribute_text(feed.base_url),
        "author": plain_text(feed.author),
        "icon": element_text(feed.icon),
        "logo": element_text(feed.logo),
        "subtitle": plain_text(feed.description),
        **{
            f"other {other.language}": attribute_text(feed.base_url + other.path("atom"))
            for other in feed.others
        },
    }


def _entry_values(entry: Entry, feed: Feed) -> dict[str, str]:
    values = {
        **common_entry_values(entry),
        "updated": entry.updated.isoformat(),
        "published": entry.published.isoformat(),
        "url": attribute_text(entry.url),
        "external_url": attribute_text(entry.external_url or ""),
        "summary": plain_text(entry.summary),
        **numbered("author", [plain_text(name) for name in entry.authors]),
        **numbered("subject", [attribute_text(subject) for subject in entry.subjects]),
    }
    if entry.tags:
        values["topics"] = attribute_text(feed.topics)
        values |= numbered("term", [attribute_text(topic_slug(tag)) for tag in entry.tags])
        values |= numbered("label", [quote(plain_text(tag)) for tag in entry.tags])
    if entry.source:
        values["source_id"] = element_text(entry.source.id)
        values["source_title"] = plain_text(entry.source.title)
        values["source_url"] = attribute_text(entry.source.url)
    return values


# --- How feedgen writes it ----------------------------------------------------------------


def _feed(values: Values) -> str:
    """Return a feed with `entries` as written before."""
    return _generate(values, ()).replace("</feed>", f"{values.get('entries', '')}</feed>")


def _entry(values: Values) -> str:
    """Return an entry as part of a feed."""
    written = _generate(_BARE, (values,))
    return written[written.index("  <entry") : written.index("</feed>")]


def _generate(feed: Values, entries: Sequence[Values]) -> str:
    """Return a document made by feedgen."""
    generator = new_generator(feed, _AtomFeed(feed))
    generator.id(feed["id"])
    generator.author(name=feed["author"])
    generator.subtitle(feed.get("subtitle"))
    generator.icon(feed["icon"])
    generator.logo(feed.get("logo"))
    for entry in entries:
        added = add_entry(generator, _AtomEntry(entry))
        for name in values_of("author", entry):
            added.author(name=name)
        added.summary(entry.get("summary"))
        for term, label in zip(values_of("term", entry), values_of("label", entry), strict=True):
            added.category(term=term, scheme=entry["topics"], label=label)
        for subject in values_of("subject", entry):
            added.category(term=subject)
    written: bytes = generator.atom_str(pretty=True)
    return written.decode()


class _AtomFeed(FeedExtension):
    def extend_atom(self, root: etree._Element) -> None:
        next(root.iter("updated")).text = self.values["updated"]
        self.add_links(root, "link", "atom")
        # More than one alternate of a type and language is an error (RFC 4287 4.1.1), and many
        # readers take the first for the site.
        append_link(root, "link", self.values["url"], "alternate", "text/html")
        for name, url in self.values.items():
            what, _, language = name.partition(" ")
            if what == "other":
                added = append_link(root, "link", url, "alternate", media_type("atom"))
                if language:
                    added.set("hreflang", language)
        self.add_history(root)
        sort_children(root, _FEED)


class _AtomEntry(EntryExtension):
    def extend_atom(self, root: etree._Element) -> None:
        values = self.values
        self.set_languages(root)
        next(root.iter("updated")).text = values["updated"]
        append_text(root, "published", values["published"])
        # More than one alternate of a type and language is an error (RFC 4287 4.1.2).
        append_link(root, "link", values["url"], "alternate", "text/html")
        if "external_url" in values:
            append_link(root, "link", values["external_url"], "related")
        if "source_id" in values:
            self._add_source(etree.SubElement(root, "source"))
        sort_children(root, _ENTRY)

    def _add_source(self, source: etree._Element) -> None:
        """Append the feed that an entry is from (RFC 4287 4.2.11), dated as the entry."""
        append_text(source, "id", self.values["source_id"])
        append_text(source, "title", self.values["source_title"])
        append_text(source, "updated", self.values["updated"])
        append_link(source, "link", self.values["source_url"], "self", media_type("atom"))
