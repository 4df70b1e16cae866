"""The files of one feed document: one for each language and format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from urllib.parse import urljoin

from publisher.config import Newsletter
from publisher.feeds.atom import atom
from publisher.feeds.entry import (
    Entry,
    EntryBuilder,
    Source,
    author_name,
    one_line,
    utc_seconds,
    xml_text,
)
from publisher.feeds.feed import Feed
from publisher.feeds.identity import Identity, Stamp
from publisher.feeds.jsonfeed import jsonfeed
from publisher.feeds.rss import rss
from publisher.model import Issue
from publisher.render.feed_catalog import FORMATS, Archive, CatalogFeed, fixed_feeds

#: Items of JSON Feeds, by id.
Items: TypeAlias = Mapping[str, Mapping[str, object]]
#: The writer of each format.
WRITE: dict[str, Callable[[Feed], bytes]] = {"atom": atom, "rss": rss, "json": jsonfeed}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPlace:
    """Which document of a feed, and the archives beside it."""

    #: The feed in each of its languages.
    feeds: tuple[CatalogFeed, ...]
    #: Which archive; None for the newest document.
    archive: Archive | None
    #: The archives that it links to: the one before it, and the one after it (RFC 5005 4).
    older: Archive | None
    newer: Archive | None


def feed_files(
    newsletter: Newsletter,
    identity: Identity,
    place: DocumentPlace,
    entries: Sequence[tuple[Issue | None, Stamp]],
    empty_updated: datetime,
    items_there: Callable[[str], Items] = lambda _: {},
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a document, each as its path below base_url and its bytes.

    `entries` has the newest first, each with the issue whose text it has. Where that is None, the
    entry is made from `items_there`, which returns the items of a language by id, or left out.
    `empty_updated` is the date of a feed without entries.
    """
    for listed in place.feeds:
        builder = EntryBuilder(newsletter, listed.language, _source(listed, newsletter, identity))
        feed = Feed(
            id=identity.feed(listed.name),
            listed=listed,
            base_url=newsletter.base_url,
            description=one_line(newsletter.description),
            lang=listed.language or newsletter.languages[-1],
            author=author_name(newsletter),
            rights=one_line(newsletter.rights),
            logo=newsletter.logo and urljoin(newsletter.base_url, newsletter.logo),
            topics=identity.topics,
            others=tuple(other for other in place.feeds if other is not listed),
            empty_updated=utc_seconds(empty_updated),
            entries=tuple(_entries(builder, entries, items_there)),
            archive=place.archive,
            older=place.older,
            newer=place.newer,
            # A closed archive never changes, whatever hub is set later.
            hub="" if place.archive else newsletter.hub,
        )
        for kind in FORMATS:
            yield feed.path(kind), WRITE[kind](feed)


def _entries(
    builder: EntryBuilder,
    entries: Sequence[tuple[Issue | None, Stamp]],
    items_there: Callable[[str], Items],
) -> Iterator[Entry]:
    for issue, stamp in entries:
        if issue is not None:
            entry = builder.entry(issue, stamp)
        else:
            item = items_there(builder.language).get(stamp.uid)
            entry = builder.entry_from_item(item, stamp) if item else None
        if entry is not None:
            yield entry


def _source(listed: CatalogFeed, newsletter: Newsletter, identity: Identity) -> Source | None:
    """Return the source of entries in a topic feed: the feed of issues or papers; else None."""
    issues, *_, papers = (feed for feed in fixed_feeds(newsletter) if not feed.language)
    home = papers if listed.kind in ("papers", "section") else issues
    if listed.name == home.name:
        return None
    return Source(
        identity.feed(home.name), xml_text(home.title), newsletter.base_url + home.path("atom")
    )
