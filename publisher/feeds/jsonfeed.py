"""JSON Feed 1.1."""

from __future__ import annotations

import json

from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed

_dump = json.JSONEncoder(ensure_ascii=False).encode


def jsonfeed(feed: Feed) -> bytes:
    """Return a document in JSON Feed 1.1, in UTF-8; archives are the next pages of the newest."""
    written: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.base_url,
        # It identifies the feed, so all its pages have the first one's.
        "feed_url": feed.current("json"),
        "next_url": feed.previous("json"),
        "description": feed.description,
        "icon": feed.logo or feed.icon,
        "favicon": feed.icon,
        "authors": [{"name": feed.author}],
        "language": feed.lang,
        "hubs": [{"type": "WebSub", "url": feed.hub}] if feed.hub else None,
    }
    head = _dump({key: value for key, value in written.items() if value})
    # An item a line; json's own indentation is ten times as slow as json without.
    items = ",\n".join(_dump(_item(entry)) for entry in feed.entries)
    return f'{head[:-1]}, "items": [\n{items}\n]}}\n'.encode()


def _item(entry: Entry) -> dict[str, object]:
    item: dict[str, object] = {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.external_url,
        "title": entry.title,
        "content_html": entry.html,
        "summary": entry.summary,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        # Inherited from the feed by the specification, but not by every reader.
        "authors": [{"name": name} for name in entry.authors],
        "tags": (*entry.tags, *entry.subjects),
        "language": entry.lang,
    }
    return {key: value for key, value in item.items() if value or key == "content_html"}
