"""A feed with two entries, and what holds feeds against their specifications."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html.entities import name2codepoint
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from lxml import etree, html
from lxml.isoschematron import Schematron  # type: ignore[import-not-found]  # no stubs for it

from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.feeds.jsonfeed import jsonfeed
from publisher.render.listing import Listed

#: npm's jsonfeed-schema 0.5.0 (ISC licence).
JSON_FEED = Draft7Validator(
    json.loads((Path(__file__).parent / "unit/data/jsonfeed-1.1.json").read_bytes())
)
NS = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SELF = "https://news.example.org/feeds/papers."

PAPER = Entry(
    id="tag:example.org,2026:papers/2408.05211",
    url="https://news.example.org/papers/2408.05211/",
    external_url="https://arxiv.org/abs/2408.05211",
    title="VITA: a < b & c",
    title_lang="en",
    lang="zh-Hans",
    published=datetime(2026, 11, 20, 8, 0, 0, tzinfo=UTC),
    updated=datetime(2026, 11, 21, 9, 30, 0, tzinfo=UTC),
    html='<p lang="zh-Hans">摘要 &lt;b&gt; ]]&gt;</p>\n',
    summary="摘要 <b> & co",
    author="Ana",
    tags=("Machine Learning", "多模态"),
)
BARE = Entry(
    id="tag:example.org,2026:papers/cs/0112017",
    url="https://news.example.org/papers/cs/0112017/",
    external_url=None,
    title="Bare",
    title_lang="en",
    lang="en",
    published=datetime(2026, 11, 19, 8, 0, 0, tzinfo=UTC),
    updated=datetime(2026, 11, 19, 8, 0, 0, tzinfo=UTC),
    html="",
    summary="",
    author="Ben",
    tags=(),
)
FEED = Feed(
    id="tag:example.org,2026:feeds/papers",
    listed=Listed(name="papers", kind="papers", language="", title="Papers & more", topic=None),
    base_url="https://news.example.org/",
    description="One a day",
    lang="zh-Hans",
    author="Ana",
    topics="tag:example.org,2026:topics",
    others=(),
    empty_updated=datetime(2026, 1, 1, tzinfo=UTC),
    entries=(PAPER, BARE),
    archive=None,
    older=0,
)
EMPTY = dataclasses.replace(FEED, entries=(), description="")
DATA = Path(__file__).parent / "unit" / "data"
GRAMMAR = etree.RelaxNG(etree.parse(DATA / "atom.rng"))
RULES = Schematron(etree.parse(DATA / "atom.sch"))


def names(parent: etree._Element) -> list[str]:
    """Give the names of the children, each run of one name once."""
    found = [etree.QName(child).localname for child in parent]
    return [name for at, name in enumerate(found) if at == 0 or found[at - 1] != name]


def nodes(parent: etree._Element, path: str) -> list[etree._Element]:
    """Give the elements at a path."""
    return parent.findall(path, NS)


def texts(parent: etree._Element, path: str) -> list[str | None]:
    """Give the texts of the elements at a path."""
    return [node.text for node in nodes(parent, path)]


def as_json(feed: Feed) -> dict[str, Any]:
    """Give a JSON feed as read back."""
    read: dict[str, Any] = json.loads(jsonfeed(feed))
    return read


def assert_valid(root: etree._Element) -> None:
    """See that a feed is what RFC 4287 wants, by its grammar and its Schematron rules."""
    GRAMMAR.assertValid(root)
    RULES.assertValid(root)


# --- The W3C's validator ------------------------------------------------------------------
#
# What github.com/w3c/feedvalidator (its channel.py, content.py, feed.py, item.py, link.py and
# validators.py) says of feeds like ours, by the names of its events.

_HISTORY = "{http://purl.org/syndication/history/1.0}"
_ATOM = "{http://www.w3.org/2005/Atom}"
_PLAIN = ("title", "subtitle", "summary", "name", "category", "description", "generator")
_HTML = ("content", "encoded", "description")
_HTML_TAGS = re.compile(
    r"</(a|b|code|em|h[1-6]|i|li|p|pre|script|strong|style|sub|sup|title)>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(#?\w+)")
_URI = re.compile(r"[a-zA-Z][0-9a-zA-Z+\-.]*:(//)?[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#]+")
_TAG_URI = re.compile(
    r"tag:[a-z0-9.\-]+,\d{4}(-\d{2}(-\d{2})?)?:[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#]*"
)
_BAD = re.compile("[\x80-\x9f\ufffd]")
_PAGED = ("current", "first", "last", "next", "next-archive", "prev-archive", "previous")
_ELEMENTS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p",
             "pre", "strong", "ul", "div"}  # fmt: skip
_ATTRIBUTES = {"href", "lang", "start"}


def w3c_events(written: bytes) -> list[str]:
    """Give what the W3C's validator would say of a feed."""
    return list(_events(written))


def _events(written: bytes) -> Iterator[str]:
    root = etree.fromstring(written)
    of_rss = root.tag == "rss"
    feed = root[0] if of_rss else root
    lines = written.decode().split("\n")
    for node in root.iter():
        name = etree.QName(node).localname
        value = node.get("label", "") if name == "category" and not of_rss else node.text or ""
        if _BAD.search(value):
            yield f"BadCharacters in {name}"
        if name in _HTML and not (name == "description" and node.getparent() is feed):
            yield from _html_events(value)
        elif name in _PLAIN:
            hexed = "&#x" in lines[(node.sourceline or 1) - 1]  # type: ignore[operator]
            yield from _plain_events(value, hexed=hexed, of_rss=of_rss)
        if name == "content" and not value:
            yield "NotBlank"
        if name in ("id", "guid") and not _TAG_URI.fullmatch(value):
            yield f"InvalidTAG: {value}"
        if name == "link" and not _URI.fullmatch(node.get("href") or value):
            yield f"InvalidLink: {node.get('href') or value}"
    yield from _link_events(feed)
    entries = feed.findall("item") if of_rss else feed.findall(f"{_ATOM}entry")
    for name, event in (("updated", "DuplicateUpdated"), ("id", "DuplicateEntries")):
        values = Counter(entry.findtext(f"{_ATOM}{name}") for entry in entries)
        yield from (event for value, count in values.items() if value and count > 1)


def _plain_events(value: str, *, hexed: bool, of_rss: bool) -> Iterator[str]:
    if _HTML_TAGS.search(value):
        yield f"ContainsHTML: {value}"
    elif not hexed:
        for its in _ENTITY.findall(value):
            if its in name2codepoint or its == "apos" or not its.isalpha():
                yield f"ContainsHTML: &{its}"
        if of_rss and re.search(r"&#[x0-9]|<[/a-zA-Z]", value):
            yield f"CharacterData: {value}"


def _html_events(value: str) -> Iterator[str]:
    for node in html.fragment_fromstring(value or "-", create_parent="div").iter():
        if node.tag not in _ELEMENTS:
            yield f"SecurityRisk: {node.tag}"
        yield from (f"SecurityRiskAttr: {its}" for its in node.attrib if its not in _ATTRIBUTES)
        if node.get("href") and not re.match(r"\w+:", node.get("href", "")):
            yield f"ContainsRelRef: {node.get('href')}"


def _link_events(feed: etree._Element) -> Iterator[str]:
    links = feed.findall(f"{_ATOM}link")
    found = Counter((link.get("type"), link.get("rel"), link.get("hreflang")) for link in links)
    yield from (f"DuplicateAtomLink: {its}" for its, count in found.items() if count > 1)
    relations = {link.get("rel", "alternate") for link in links}
    if "self" not in relations:
        yield "MissingSelf"
    if feed.find(f"{_HISTORY}complete") is not None:
        yield from (f"FeedRelInCompleteFeed: {its}" for its in relations.intersection(_PAGED))
    if feed.find(f"{_HISTORY}archive") is not None:
        if not relations & {"prev-archive", "next-archive"}:
            yield "ArchiveIncomplete"
        if "current" not in relations:
            yield "MissingCurrentInArchive"
