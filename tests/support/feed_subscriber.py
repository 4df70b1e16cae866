"""A newsletter that publishes digest after digest, and what readers find in its feeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser

from tests.support.newsletter_folder import NOW, Newsroom, paper

LATER = NOW + timedelta(hours=5)
MUCH_LATER = NOW + timedelta(days=400)


def drop(room: Newsroom, number: int, text: str = "", tags: str = "", count: int = 1) -> None:
    """Drop a digest of so many papers of its own."""
    front = f"---\ntags: [{tags}]\n---\n" if tags else ""
    papers = (
        paper(f"24{number // 10_000:02}.{number % 10_000:04}{place}", f"Paper {number}.{place}",
              text or "We show that it works.")
        for place in range(count)
    )  # fmt: skip
    room.drop(f"{number:05}.txt", front + "".join(papers))


def publish(room: Newsroom, first: int, last: int, **its: Any) -> None:
    """Publish digests, all in one run."""
    for number in range(first, last + 1):
        drop(room, number, **its)
    room.build(NOW + last * timedelta(hours=1))


def local(room: Newsroom, url: str) -> Path:
    """Return the file behind an address."""
    return room.out / url.removeprefix("https://news.example.org/")


def is_feed(path: str) -> bool:
    """Return a feed's document from its compressed copy, and from pages."""
    return path.startswith("feeds/") and path.endswith((".atom", ".rss", ".json"))


def walk(room: Newsroom, name: str, kind: str) -> Iterator[Any]:
    """Yield the documents of a feed from the newest back, as a reader of RFC 5005 does."""
    url: str | None = f"https://news.example.org/feeds/{name}.{kind}"
    while url:
        read = feedparser.parse(local(room, url).read_bytes())
        assert not read.bozo
        yield read
        links = [link.href for link in read.feed.links if link.rel == "prev-archive"]
        url = links[0] if links else None


def ids(room: Newsroom, name: str, kind: str = "atom") -> list[list[str]]:
    """Return the ids of a feed's entries, document by document from the newest back."""
    if kind == "json":
        return [[item["id"] for item in page["items"]] for page in pages(room, name)]
    return [[entry.id for entry in read.entries] for read in walk(room, name, kind)]


def pages(room: Newsroom, name: str) -> Iterator[Any]:
    """Yield the pages of a JSON feed."""
    url: str | None = f"https://news.example.org/feeds/{name}.json"
    while url:
        read = json.loads(local(room, url).read_bytes())
        yield read
        url = read.get("next_url")


def items(room: Newsroom, name: str = "issues") -> dict[str, dict[str, str]]:
    """Return what is in a feed, all its pages, by the last part of its id."""
    return {
        item["id"].rpartition("/")[2]: item for page in pages(room, name) for item in page["items"]
    }


def archives(room: Newsroom) -> dict[str, bytes]:
    """Return the closed archives."""
    return {p: data for p, data in room.files().items() if p.startswith("feeds/archive/")}
