"""The files of one document of a feed: each of its languages in each format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from urllib.parse import urljoin

from publisher.config import Newsletter
from publisher.feeds.atom import atom
from publisher.feeds.entry import Entry, Reading, Source, author, legal, line, whole
from publisher.feeds.feed import Feed
from publisher.feeds.identity import Identity, Stamp
from publisher.feeds.jsonfeed import jsonfeed
from publisher.feeds.rss import rss
from publisher.model import Issue
from publisher.render.feed_catalog import FORMATS, Archive, CatalogFeed, fixed_feeds

#: Items of JSON Feeds, by id.
Items: TypeAlias = Mapping[str, Mapping[str, object]]
#: How a document is written, by format.
WRITE: dict[str, Callable[[Feed], bytes]] = {"atom": atom, "rss": rss, "json": jsonfeed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which document of which feed."""

    #: `CatalogFeed.whole`: all of the feed's languages are meant.
    feeds: tuple[CatalogFeed, ...]
    #: Which archive; None for the newest document.
    archive: Archive | None
    #: The archives it names: the one before it, and the one after it.
    older: Archive | None
    newer: Archive | None


def feed_files(
    newsletter: Newsletter,
    identity: Identity,
    place: Place,
    entries: Sequence[tuple[Issue | None, Stamp]],
    empty_updated: datetime,
    there: Callable[[str], Items] = lambda _: {},
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a document, each as its path below base_url and its bytes.

    `entries` has the newest first, each with the issue whose words it has; where that is None, the
    entry is what `there` gives for the language, by id, and else left out. `empty_updated` dates
    a feed that has none.
    """
    for listed in place.feeds:
        reading = Reading(newsletter, listed.language, _source(listed, newsletter, identity))
        feed = Feed(
            id=identity.feed(listed.name),
            listed=listed,
            base_url=newsletter.base_url,
            description=line(newsletter.description),
            lang=listed.language or newsletter.languages[-1],
            author=author(newsletter),
            rights=line(newsletter.rights),
            logo=newsletter.logo and urljoin(newsletter.base_url, newsletter.logo),
            topics=identity.topics,
            others=tuple(other for other in place.feeds if other is not listed),
            empty_updated=whole(empty_updated),
            entries=tuple(_entries(reading, entries, there)),
            archive=place.archive,
            older=place.older,
            newer=place.newer,
            # What is closed stays as it is, whatever hub there is one day.
            hub="" if place.archive else newsletter.hub,
        )
        for kind in FORMATS:
            yield feed.path(kind), WRITE[kind](feed)


def _entries(
    reading: Reading,
    entries: Sequence[tuple[Issue | None, Stamp]],
    there: Callable[[str], Items],
) -> Iterator[Entry]:
    for issue, stamp in entries:
        if issue is not None:
            entry = reading.entry(issue, stamp)
        else:
            item = there(reading.language).get(stamp.uid)
            entry = reading.repeated(item, stamp) if item else None
        if entry is not None:
            yield entry


def _source(listed: CatalogFeed, newsletter: Newsletter, identity: Identity) -> Source | None:
    """Return the feed that entries of a view are from: the one of issues, or of papers."""
    issues, *_, papers = (its for its in fixed_feeds(newsletter) if not its.language)
    home = papers if listed.kind in ("papers", "section") else issues
    if listed.name == home.name:
        return None
    return Source(
        identity.feed(home.name), legal(home.title), newsletter.base_url + home.path("atom")
    )
