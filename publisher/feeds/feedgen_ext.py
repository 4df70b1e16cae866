"""What Atom and RSS have in common: feedgen writes both, once for each form there is.

What it writes of two entries that have the same kinds of values differs by nothing but these. So
it writes one of each kind, once in a process, in which `%(title)s` stands for a title and so on;
`filled` puts values into their places. An entry takes 11 µs, and took 38 by feedgen each.

What feedgen 1.0 cannot say, or says wrongly, is an extension of it:

- Atom entry links lose rel and type (feedgen issue 135), so the extension writes them.
- RSS has authors by e-mail only: the extension writes dc:creator. It has one self link and no
  other: the extension writes atom:link.
- An entry's source has no link of its own: the extension writes it. What RFC 5005 has is unknown.
- Dates are moments, in RSS they pass through `setlocale`, which is the whole process's, and those
  nobody sets are the clock's: the extension writes every one.
- Nothing but the feed has a language: the extension writes xml:lang.
- Elements come in feedgen's order: the extension puts them in the one asked for.

feedgen hands over the elements of one entry, or of a feed before its entries are in. In Atom
they are in no namespace: feedgen writes `xmlns` as if it were an attribute.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from typing import TypeAlias

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.render.feed_catalog import media_type

#: What a feed or an entry says, by name, escaped for its place; what is empty is not there.
Values: TypeAlias = Mapping[str, str]

ATOM = "{http://www.w3.org/2005/Atom}"
_HISTORY = "http://purl.org/syndication/history/1.0"
ARCHIVE = f"{{{_HISTORY}}}archive"
COMPLETE = f"{{{_HISTORY}}}complete"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Private: where feedgen 1.0 keeps the clock's time.
_CLOCK = "_FeedGenerator__rss_lastBuildDate"
_log = logging.getLogger(__name__)
_END_TAG = re.compile(r"</(?=\w)")


# --- Values into their places -------------------------------------------------------------


def filled(write: Callable[[Values], str], values: Values) -> str:
    """Return what `write` makes of values; it is asked once for each set of their names."""
    return _form(write, tuple(name for name, value in values.items() if value)) % values


@lru_cache(512)  # what papers have differs by number of authors, too
def _form(write: Callable[[Values], str], names: tuple[str, ...]) -> str:
    return write({name: f"%({name})s" for name in names})


def text(value: str) -> str:
    """Return legal text as an element holds it."""
    # Few values have a mark: a look for each takes a third of the time of putting it otherwise.
    if "&" in value or "<" in value or ">" in value or "\r" in value:
        return escape(value, quote=False).replace("\r", "&#13;")
    return value


def attribute(value: str) -> str:
    """Return legal text as an attribute holds it."""
    return quoted(text(value))


def quoted(escaped: str) -> str:
    """Return what an element holds as an attribute holds it (XML 1.0 3.3.3)."""
    if '"' in escaped or "\n" in escaped or "\t" in escaped:
        return escaped.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return escaped


def plain(value: str) -> str:
    """Return legal text for an element that holds no HTML, so that none is taken for it.

    A word joiner, which nobody sees, keeps an end tag from being one. Marks are as the RSS
    Advisory Board's profile has them: readers that decode a title twice then show what it says.
    """
    if "&" in value or "<" in value:
        joined = _END_TAG.sub("<\u2060/", value)
        return text(joined).replace("&amp;", "&#x26;").replace("&lt;", "&#x3C;")
    return text(value)


def numbered(name: str, values: Sequence[str]) -> dict[str, str]:
    """Name several values of a kind; see `several`."""
    return {f"{name} {number}": value for number, value in enumerate(values)}


def several(name: str, values: Values) -> list[str]:
    """Return the values that `numbered` named."""
    return [value for each, value in values.items() if each.partition(" ")[0] == name]


# --- What both formats say ----------------------------------------------------------------


def of_feed(feed: Feed, kind: str) -> dict[str, str]:
    """Return what a feed says in both formats."""
    current = feed.current(kind) if feed.archive else ""
    return {
        "title": plain(feed.title),
        "rights": plain(feed.rights),
        "self": attribute(feed.url(kind)),
        "hub": attribute(feed.hub),
        "current": attribute(current),
        "prev-archive": attribute(feed.previous(kind) or ""),
        "next-archive": attribute(feed.next(kind) or ""),
        "complete": "true" if feed.complete else "",
        "archive": "true" if feed.archive else "",
    }


def of_entry(entry: Entry) -> dict[str, str]:
    """Return what an entry says in both formats."""
    return {
        "lang": attribute(entry.lang),
        "id": text(entry.id),
        "title": plain(entry.title),
        "title_lang": attribute(entry.title_lang) if entry.title_lang != entry.lang else "",
        "html": entry.xml,
    }


# --- feedgen, and what it cannot say ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeedExtension:
    """Adds to a feed; a format's own kind has `extend_atom` or `extend_rss`."""

    values: Values

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces used beside feedgen's own, by prefix."""
        return {"fh": _HISTORY} if {"complete", "archive"} & self.values.keys() else {}

    def links(self, parent: etree._Element, tag: str, kind: str) -> None:
        """Say where this document is, and where those before and after it (RFC 5005 4)."""
        for rel in ("self", "hub", "current", "prev-archive", "next-archive"):
            if rel in self.values:
                its_type = None if rel == "hub" else media_type(kind)
                link(parent, tag, self.values[rel], rel, its_type)

    def history(self, parent: etree._Element) -> None:
        """Say whether this is all there is, or an archive that never changes (RFC 5005 2, 4)."""
        if "complete" in self.values:
            etree.SubElement(parent, COMPLETE)
        if "archive" in self.values:
            etree.SubElement(parent, ARCHIVE)


@dataclass(frozen=True, slots=True)
class EntryExtension:
    """Adds to an entry; a format's own kind has `extend_atom` or `extend_rss`."""

    values: Values

    def languages(self, root: etree._Element) -> None:
        """Say the language of the entry, and that of its title where it is another."""
        root.set(_LANG, self.values["lang"])
        title = root.find("title")
        if title is not None and "title_lang" in self.values:
            title.set(_LANG, self.values["title_lang"])


def start(values: Values, extension: FeedExtension) -> FeedGenerator:
    """Make feedgen's generator with what a feed is in both formats."""
    generator = FeedGenerator()
    # The clock's time, which feedgen would pass through `setlocale`: it has no switch for it.
    if hasattr(generator, _CLOCK):
        setattr(generator, _CLOCK, None)
    else:
        _warn_of_version()
    generator.register_extension("syndication", lambda: extension)
    generator.title(values["title"])
    generator.language(values["lang"])
    generator.rights(values.get("rights"))
    generator.generator("publisher")
    return generator


@cache
def _warn_of_version() -> None:
    _log.warning("this version of feedgen keeps its time elsewhere: RSS is made with setlocale")


def add(generator: FeedGenerator, extension: EntryExtension) -> FeedEntry:
    """Add an entry with what it is in both formats."""
    values = extension.values
    added = generator.add_entry(order="append")
    added.register_extension("syndication", lambda: extension)
    added.id(values["id"])
    added.title(values["title"])
    added.content(values["html"], type="html")
    return added


def link(
    parent: etree._Element, tag: str, url: str, rel: str, kind: str | None = None
) -> etree._Element:
    """Append a link (RFC 4287 4.2.7)."""
    element = etree.SubElement(parent, tag, href=url, rel=rel)
    if kind:
        element.set("type", kind)
    return element


def child(parent: etree._Element, tag: str, value: str) -> None:
    """Append an element that holds nothing but text."""
    etree.SubElement(parent, tag).text = value


def arrange(parent: etree._Element, order: Sequence[str]) -> None:
    """Put the children of an element in the order of their names."""
    parent[:] = sorted(parent, key=lambda each: order.index(str(each.tag)))
