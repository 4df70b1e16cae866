"""A feed with two entries, texts that break feeds, and what feeds are held against."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft7Validator
from lxml import etree
from lxml.isoschematron import Schematron  # type: ignore[import-not-found]  # no stubs for it

from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.feeds.jsonfeed import jsonfeed
from publisher.render.feed_catalog import CatalogFeed

#: npm's jsonfeed-schema 0.5.0 (ISC licence).
JSON_FEED = Draft7Validator(
    json.loads((Path(__file__).parents[1] / "data/jsonfeed-1.1.json").read_bytes())
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
    authors=("Ana",),
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
    authors=("Ben",),
    tags=(),
)
FEED = Feed(
    id="tag:example.org,2026:feeds/papers",
    listed=CatalogFeed(
        name="papers", kind="papers", language="", title="Papers & more", topic=None
    ),
    base_url="https://news.example.org/",
    description="One a day",
    lang="zh-Hans",
    author="Ana",
    topics="tag:example.org,2026:topics",
    others=(),
    empty_updated=datetime(2026, 1, 1, tzinfo=UTC),
    entries=(PAPER, BARE),
    archive=None,
    older=None,
)
EMPTY = dataclasses.replace(FEED, entries=(), description="")
DATA = Path(__file__).parents[1] / "data"
GRAMMAR = etree.RelaxNG(etree.parse(DATA / "atom.rng"))
RULES = Schematron(etree.parse(DATA / "atom.sch"))

_BREAKING = (
    *("]]>", "<![CDATA[", "<b>", "</title>", "<!--", "<?xml?>", "&", "&amp;", "&#0;", "&#x1;"),
    *("\r\n", "\r", "\ufeff", "\ufffe", "\0", "\x85", '"', "'", "%s"),
)
# Any code point there is, lone surrogates too, mixed with what breaks careless writers.
nasty = st.lists(
    st.one_of(
        st.characters(),
        st.characters(codec=None, categories=["Cc", "Cs", "Cf", "Cn"]),
        st.sampled_from(_BREAKING),
    )
).map("".join)


def names(parent: etree._Element) -> list[str]:
    """Return the names of the children, each run of one name once."""
    found = [etree.QName(child).localname for child in parent]
    return [name for at, name in enumerate(found) if at == 0 or found[at - 1] != name]


def nodes(parent: etree._Element, path: str) -> list[etree._Element]:
    """Return the elements at a path."""
    return parent.findall(path, NS)


def texts(parent: etree._Element, path: str) -> list[str | None]:
    """Return the texts of the elements at a path."""
    return [node.text for node in nodes(parent, path)]


def as_json(feed: Feed) -> dict[str, Any]:
    """Return a JSON feed as read back."""
    read: dict[str, Any] = json.loads(jsonfeed(feed))
    return read


def assert_valid(root: etree._Element) -> None:
    """See that a feed is what RFC 4287 wants, by its grammar and its Schematron rules."""
    GRAMMAR.assertValid(root)
    RULES.assertValid(root)
