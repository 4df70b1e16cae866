from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from html import unescape

import feedparser
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from publisher.feeds.atom import atom
from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.feeds.jsonfeed import jsonfeed
from publisher.feeds.rss import rss
from publisher.render.listing import Listed

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
DC = "{http://purl.org/dc/elements/1.1/}creator"

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

DATE = datetime(2026, 11, 20, 8, 0, 0, tzinfo=UTC)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Give an entry whose texts hold anything."""
    return Entry(
        id="tag:example.org,2026:issues/000",
        url="https://news.example.org/issues/000/",
        external_url="https://arxiv.org/abs/2408.05211",
        title=draw(nasty),
        title_lang="en",
        lang="zh-Hans",
        published=DATE,
        updated=DATE,
        html=draw(nasty),
        summary=draw(nasty),
        author=draw(nasty) or "Ana",
        tags=tuple(draw(st.lists(nasty, max_size=3))),
    )


def feed(entry: Entry) -> Feed:
    """Give a feed of one entry."""
    return Feed(
        id="tag:example.org,2026:feeds/issues",
        listed=Listed(name="issues", kind="issues", language="", title="Papers", topic=None),
        base_url="https://news.example.org/",
        description="",
        lang="zh-Hans",
        author="Ana",
        topics="tag:example.org,2026:topics",
        others=(),
        empty_updated=DATE,
        entries=(entry,),
        archive=None,
        older=0,
    )


def left(text: str) -> str:
    """Give what must be left of a text, judged one character at a time (XML 1.0 2.2)."""
    kept = [
        letter
        for letter in text.replace("\r\n", "\n").replace("\r", "\n")
        if letter in "\t\n"
        or (
            unicodedata.category(letter) not in ("Cc", "Cs")
            and letter not in ("\ufeff", "\ufffe", "\uffff")
        )
    ]
    return "".join(kept)


@given(nasty)
def test_content_loses_nothing_but_what_is_illegal(text: str) -> None:
    """Every legal character of a content comes through, and no other."""
    entry = Entry(
        id="tag:example.org,2026:issues/000",
        url="https://news.example.org/issues/000/",
        external_url=None,
        title="A title",
        title_lang="en",
        lang="en",
        published=DATE,
        updated=DATE,
        html=text,
        summary=text,
        author="Ana",
        tags=(),
    )
    assert left(text) == entry.html
    assert " ".join(left(text).split()) == entry.summary


@given(entries())
def test_atom_says_what_the_entry_says(entry: Entry) -> None:
    """Whatever an entry's texts hold, Atom parses and gives them back."""
    written = atom(feed(entry))
    read = etree.fromstring(written).find(f"{ATOM}entry")
    assert read is not None
    assert entry.title == read.findtext(f"{ATOM}title")
    assert entry.summary == (read.findtext(f"{ATOM}summary") or "")
    assert entry.html == read.findtext(f"{ATOM}content")
    assert entry.tags == tuple(node.get("label") for node in read.findall(f"{ATOM}category"))
    assert all(node.get("term", "").isascii() for node in read.findall(f"{ATOM}category"))
    assert not feedparser.parse(written).bozo


@given(entries())
def test_rss_says_what_the_entry_says(entry: Entry) -> None:
    """Whatever an entry's texts hold, RSS parses and gives them back."""
    written = rss(feed(entry))
    read = etree.fromstring(written).find("channel/item")
    assert read is not None
    assert entry.title == read.findtext("title")
    assert (entry.summary or entry.title) == unescape(read.findtext("description") or "")
    assert entry.html == read.findtext(CONTENT)
    assert entry.author == read.findtext(DC)
    assert entry.tags == tuple(node.text for node in read.findall("category"))
    assert not feedparser.parse(written).bozo


@given(entries())
def test_json_feed_says_what_the_entry_says(entry: Entry) -> None:
    """Whatever an entry's texts hold, JSON Feed parses and gives them back."""
    read = json.loads(jsonfeed(feed(entry)))["items"][0]
    assert entry.title == read["title"]
    assert entry.html == read["content_html"]
    assert entry.summary == read.get("summary", "")
    assert entry.tags == tuple(read.get("tags", ()))
