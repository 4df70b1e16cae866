"""The documents of one feed, and the views of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import feedparser
import pytest
from lxml import etree

from publisher.feeds.atom import atom
from publisher.feeds.entry import Source
from publisher.feeds.feed import Feed
from publisher.feeds.rss import rss
from publisher.render.feed_catalog import Archive, CatalogFeed
from tests.support.feeds import FEED, PAPER, as_json, assert_valid, nodes, texts
from tests.w3c import w3c_events

# --- Documents of one feed (RFC 5005) -----------------------------------------------------

NEWEST = dataclasses.replace(FEED, older=Archive(2))
ARCHIVE = dataclasses.replace(FEED, archive=Archive(2), older=Archive(1))
FIRST = dataclasses.replace(FEED, archive=Archive(1), newer=Archive(2))
HISTORY = "{http://purl.org/syndication/history/1.0}"
BASE = "https://news.example.org/feeds/"


def relations(feed: Feed, kind: str) -> dict[str, str]:
    """Return where a document's links lead, by relation."""
    root = etree.fromstring({"atom": atom, "rss": rss}[kind](feed))
    parent = root if kind == "atom" else root[0]
    return {node.get("rel", ""): node.get("href", "") for node in nodes(parent, "a:link")}


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_the_newest_document_leads_to_the_newest_archive(kind: str) -> None:
    """What is older than the newest document is found from there."""
    found = relations(NEWEST, kind)
    assert found["prev-archive"] == f"{BASE}archive/papers/2/feed.{kind}"
    assert "current" not in found


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_an_archive_leads_back_and_to_the_newest(kind: str) -> None:
    """An archive names itself, the one before it, and where the newest entries are."""
    found = relations(ARCHIVE, kind)
    assert found["self"] == f"{BASE}archive/papers/2/feed.{kind}"
    assert found["prev-archive"] == f"{BASE}archive/papers/1/feed.{kind}"
    assert "next-archive" not in found
    assert found["current"] == f"{BASE}papers.{kind}"


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_the_first_archive_leads_to_the_second(kind: str) -> None:
    """The two were closed together, so what it names is there."""
    found = relations(FIRST, kind)
    assert found["next-archive"] == f"{BASE}archive/papers/2/feed.{kind}"
    assert "prev-archive" not in found


@pytest.mark.parametrize("write", [atom, rss])
@pytest.mark.parametrize(
    ("feed", "marks"), [(FEED, ["complete"]), (NEWEST, []), (ARCHIVE, ["archive"])]
)
def test_a_document_says_what_it_is(write: Any, feed: Feed, marks: list[str]) -> None:
    """Alone a document is complete, an archive says so, and one with archives is neither."""
    found = etree.fromstring(write(feed)).iter(f"{HISTORY}*")
    assert [etree.QName(node).localname for node in found] == marks


def test_json_pages_lead_back() -> None:
    """In JSON the archives are further pages, all of them the one feed."""
    pages = [as_json(NEWEST), as_json(ARCHIVE), as_json(FIRST)]
    assert [page.get("next_url") for page in pages] == [
        *(f"{BASE}archive/papers/2/feed.json", f"{BASE}archive/papers/1/feed.json", None),
    ]
    assert {page["feed_url"] for page in pages} == {f"{BASE}papers.json"}


@pytest.mark.parametrize("feed", [NEWEST, ARCHIVE, FIRST])
def test_archives_are_valid(feed: Feed) -> None:
    """Each document is valid by the grammar of RFC 4287, and feedparser has no complaint."""
    assert_valid(etree.fromstring(atom(feed)))
    assert [w3c_events(write(feed)) for write in (atom, rss)] == [[], []]
    assert not any(feedparser.parse(write(feed)).bozo for write in (atom, rss))


# --- Views --------------------------------------------------------------------------------

HOME = Source("tag:example.org,2026:feeds/papers", "Papers & more", f"{BASE}papers.atom")
CHINESE = CatalogFeed(
    name="zh-Hans/papers", kind="papers", language="zh-Hans", title="中文", topic=None
)
VIEW = dataclasses.replace(
    FEED,
    id="tag:example.org,2026:feeds/zh-Hans/papers",
    listed=CHINESE,
    others=(FEED.listed,),
    entries=(dataclasses.replace(PAPER, source=HOME),),
)


def test_an_entry_of_a_view_names_its_source() -> None:
    """Who sees an entry in two feeds can tell where it is from, and when that was."""
    root = etree.fromstring(atom(VIEW))
    assert_valid(root)
    (source,) = nodes(root, "a:entry/a:source")
    assert [texts(source, f"a:{name}")[0] for name in ("id", "title", "updated")] == [
        *(HOME.id, HOME.title, "2026-11-21T09:30:00+00:00"),
    ]
    assert nodes(source, "a:link")[0].get("href") == HOME.url


def test_a_feed_names_its_other_languages() -> None:
    """The site is the first alternate; the feed in other languages follows, told by language."""
    there = dataclasses.replace(FEED, others=(CHINESE,))
    for feed, hreflang in ((VIEW, None), (there, "zh-Hans")):
        found = nodes(etree.fromstring(atom(feed)), "a:link[@rel='alternate']")
        assert [node.get("type") for node in found] == ["text/html", "application/atom+xml"]
        assert found[1].get("hreflang") == hreflang


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_tag_like_titles_are_no_html(kind: str) -> None:
    """Marks in a title are written so that no reader and no validator takes them for HTML."""
    odd = dataclasses.replace(PAPER, title="a<b </b> &lt; R&D &copy", tags=("<i>&amp;</i>",))
    written = {"atom": atom, "rss": rss}[kind](dataclasses.replace(FEED, entries=(odd,)))
    assert w3c_events(written) == []
    title = next(etree.fromstring(written).iter("{*}entry", "item")).findtext("{*}title") or ""
    assert title.replace("\u2060", "") == odd.title


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_a_hub_is_named(kind: str) -> None:
    """Where changes are told at once stands in the feed (WebSub 4)."""
    assert relations(dataclasses.replace(FEED, hub="https://hub.test/"), kind)["hub"] == (
        "https://hub.test/"
    )
    assert "hub" not in relations(FEED, kind)


def test_a_hub_is_named_in_json() -> None:
    """JSON Feed has hubs of its own."""
    found = as_json(dataclasses.replace(FEED, hub="https://hub.test/"))
    assert found["hubs"] == [{"type": "WebSub", "url": "https://hub.test/"}]
