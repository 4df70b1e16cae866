"""JSON Feed 1.1."""

from __future__ import annotations

import json

from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed


def jsonfeed(feed: Feed, self_url: str) -> bytes:
    """Write a feed, found at `self_url`, as JSON Feed."""
    written = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": self_url,
        "description": feed.description,
        "authors": [{"name": feed.author}],
        "language": feed.lang,
    }
    written = {key: value for key, value in written.items() if value}
    written["items"] = [_item(entry) for entry in feed.entries]
    return (json.dumps(written, ensure_ascii=False, indent=1) + "\n").encode()


def _item(entry: Entry) -> dict[str, object]:
    item = {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.external_url,
        "title": entry.title,
        "content_html": entry.html,
        "summary": entry.summary,
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        # Inherited from the feed by the specification, but not by every reader.
        "authors": [{"name": entry.author}],
        "tags": entry.tags,
        "language": entry.lang,
    }
    return {key: value for key, value in item.items() if value or key == "content_html"}
