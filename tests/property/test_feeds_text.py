from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from html import escape, unescape

import feedparser
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.digest.parser import read as read_digest
from publisher.feeds.atom import atom
from publisher.feeds.entry import Entry
from publisher.feeds.entry_html import issue_html
from publisher.feeds.feed import Feed
from publisher.feeds.jsonfeed import jsonfeed
from publisher.feeds.rss import rss
from publisher.render.mail.variants import in_language
from tests.support.digest_shapes import digests
from tests.support.feeds import EMPTY, JSON_FEED, assert_valid, nasty
from tests.w3c import w3c_events
from tests.w3c.values import html_events

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
DC = "{http://purl.org/dc/elements/1.1/}creator"

DATE = datetime(2026, 11, 20, 8, 0, 0, tzinfo=UTC)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Return an entry whose texts hold anything."""
    return Entry(
        id="tag:example.org,2026:issues/000",
        url="https://news.example.org/issues/000/",
        external_url="https://arxiv.org/abs/2408.05211",
        title=draw(nasty),
        title_lang="en",
        lang="zh-Hans",
        published=DATE,
        updated=DATE,
        html=escape(draw(nasty)),
        summary=draw(nasty),
        authors=("Ana", *draw(st.lists(nasty, max_size=3))),
        tags=tuple(draw(st.lists(nasty, max_size=3))),
        subjects=tuple(draw(st.lists(nasty, max_size=3))),
    )


def feed(entry: Entry) -> Feed:
    """Return a feed of one entry."""
    return replace(EMPTY, entries=(entry,))


def left(text: str) -> str:
    """Return what must be left of a text, judged one character at a time (XML 1.0 2.2)."""
    kept = [
        letter
        for letter in text.replace("\r\n", "\n").replace("\r", "\n")
        if letter in "\t\n"
        or (
            unicodedata.category(letter) not in ("Cc", "Cs")
            and letter not in ("\ufeff", "\ufffd")
            and not (0xFDD0 <= ord(letter) <= 0xFDEF or ord(letter) & 0xFFFE == 0xFFFE)
        )
    ]
    return "".join(kept)


def shown(read: str | None) -> str:
    """Return what is seen of plain text: not the joiner that keeps an end tag from being one."""
    return re.sub(r"<\u2060(?=/\w)", "<", read or "")


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
        authors=("Ana",),
        tags=(),
    )
    assert (left(text) or "<p>A title</p>\n") == entry.html
    assert " ".join(left(text).split()) == entry.summary


@given(entries())
def test_atom_says_what_the_entry_says(entry: Entry) -> None:
    """Whatever an entry's texts hold, Atom parses and gives them back."""
    written = atom(feed(entry))
    read = etree.fromstring(written).find(f"{ATOM}entry")
    assert read is not None
    assert entry.title == shown(read.findtext(f"{ATOM}title"))
    assert entry.summary == shown(read.findtext(f"{ATOM}summary"))
    assert entry.html == read.findtext(f"{ATOM}content")
    names = read.findall(f"{ATOM}author/{ATOM}name")
    assert entry.authors == tuple(shown(node.text) for node in names)
    filed = read.findall(f"{ATOM}category")
    topics = [node for node in filed if "scheme" in node.attrib]
    assert entry.tags == tuple(shown(node.get("label")) for node in topics)
    assert all(node.get("term", "").isascii() for node in topics)
    assert entry.subjects == tuple(node.get("term") for node in filed if node not in topics)
    assert not feedparser.parse(written).bozo
    assert_valid(etree.fromstring(written))
    assert w3c_events(written) == []


@given(entries())
def test_rss_says_what_the_entry_says(entry: Entry) -> None:
    """Whatever an entry's texts hold, RSS parses and gives them back."""
    written = rss(feed(entry))
    read = etree.fromstring(written).find("channel/item")
    assert read is not None
    assert entry.title == shown(read.findtext("title"))
    assert (entry.summary or entry.title) == unescape(read.findtext("description") or "")
    assert entry.html == read.findtext(CONTENT)
    assert entry.authors == tuple(node.text for node in read.findall(DC))
    filed = tuple(shown(node.text) for node in read.findall("category"))
    assert (*entry.tags, *entry.subjects) == filed
    assert not feedparser.parse(written).bozo
    assert w3c_events(written) == []


@given(entries())
def test_json_feed_says_what_the_entry_says(entry: Entry) -> None:
    """Whatever an entry's texts hold, JSON Feed parses and gives them back."""
    whole = json.loads(jsonfeed(feed(entry)))
    JSON_FEED.validate(whole)
    read = whole["items"][0]
    assert entry.title == read["title"]
    assert entry.html == read["content_html"]
    assert entry.summary == read.get("summary", "")
    assert [{"name": name} for name in entry.authors] == read["authors"]
    assert (*entry.tags, *entry.subjects) == tuple(read.get("tags", ()))


@settings(max_examples=50, deadline=None)
@given(digests())
def test_the_html_of_every_digest_is_strict(digest: str) -> None:
    """However a digest is written, what feeds hold of it parses without one error, and is safe."""
    issue = read_digest(digest.encode(), "1.txt", languages=("en", "zh-Hans"), zone=UTC).issue
    if issue:
        for language in ("", "en", "zh-Hans"):
            assert list(html_events(issue_html(in_language(issue, language)))) == []
