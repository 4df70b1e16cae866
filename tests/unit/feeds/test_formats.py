from __future__ import annotations

import copy
import dataclasses
import locale
import re
from typing import Any

import feedparser
import pytest
from feedgen.feed import FeedGenerator
from lxml import etree

from publisher.feeds.atom import atom
from publisher.feeds.feed import Feed
from publisher.feeds.jsonfeed import jsonfeed
from publisher.feeds.rss import rss
from publisher.render.feed_catalog import topic_slug
from tests.support.feeds import (
    BARE,
    EMPTY,
    FEED,
    LANG,
    PAPER,
    RULES,
    SELF,
    as_json,
    assert_valid,
    names,
    nodes,
    texts,
)
from tests.w3c import w3c_events

FORMATS = [atom, rss, jsonfeed]


@pytest.fixture
def atom_root() -> etree._Element:
    """Return the root of the example feed in Atom."""
    return etree.fromstring(atom(FEED))


@pytest.fixture
def channel() -> etree._Element:
    """Return the channel of the example feed in RSS."""
    return etree.fromstring(rss(FEED))[0]


# --- Every format -------------------------------------------------------------------------


@pytest.mark.parametrize("write", FORMATS)
def test_the_same_feed_gives_the_same_bytes(write: Any) -> None:
    """No clock goes into a feed: written twice, it is the same to the byte."""
    assert write(FEED) == write(FEED)


@pytest.mark.parametrize("write", FORMATS)
def test_no_clock_is_in_the_bytes(write: Any) -> None:
    """Every date in a feed is an entry's."""
    dates = r"20\d\d-\d\d-\d\dT[\d:]+|\w{3}, \d\d \w{3} \d{4} [\d:]+"
    known = {
        *("2026-11-21T09:30:00", "2026-11-20T08:00:00", "2026-11-19T08:00:00"),
        *("Sat, 21 Nov 2026 09:30:00", "Fri, 20 Nov 2026 08:00:00", "Thu, 19 Nov 2026 08:00:00"),
    }
    assert known >= set(re.findall(dates, write(FEED).decode()))


@pytest.mark.parametrize("write", FORMATS)
def test_the_locale_is_left_alone(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locale belongs to the whole process: no feed touches it, not for a moment."""

    def forbidden(*_: object) -> None:
        pytest.fail("setlocale was called")

    monkeypatch.setattr(locale, "setlocale", forbidden)
    assert write(FEED)


@pytest.mark.parametrize("write", [atom, rss])
def test_feedgen_writes_one_entry_of_a_kind(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs from an entry that was written by values alone is not asked of feedgen."""
    write(FEED)

    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("feedgen was asked")

    monkeypatch.setattr(FeedGenerator, "__init__", forbidden)
    other = dataclasses.replace(PAPER, title="Another", html="<p>Another</p>\n")
    written = write(dataclasses.replace(FEED, entries=(other, BARE))).decode()
    assert "Another" in written
    assert "VITA" not in written


@pytest.mark.parametrize("write", [atom, rss])
@pytest.mark.parametrize("feed", [FEED, EMPTY])
def test_feedparser_has_no_complaint(write: Any, feed: Feed) -> None:
    """A strict parse by feedparser finds nothing wrong, with entries or without."""
    read = feedparser.parse(write(feed))
    assert not read.bozo
    assert len(feed.entries) == len(read.entries)


@pytest.mark.parametrize("write", [atom, rss])
def test_feedparser_reads_every_field(write: Any) -> None:
    """What feedparser reads of an entry is what the entry says."""
    read = feedparser.parse(write(FEED)).entries[0]
    assert read.id == PAPER.id
    assert read.link == PAPER.url
    assert read.title_detail.language == "en"
    assert read.author == "Ana"
    assert read.published_parsed[:6] == (2026, 11, 20, 8, 0, 0)
    assert read.content[0].value == PAPER.html.strip()
    assert read.content[0].language == "zh-Hans"
    assert "摘要" in read.summary


FILED = dataclasses.replace(
    FEED,
    entries=(
        dataclasses.replace(PAPER, authors=("Rita <b>", "Song & Lu"), subjects=("cs.CL", '"<包>"')),
        dataclasses.replace(PAPER, id=BARE.id, url=BARE.url, updated=BARE.updated, tags=()),
    ),
)


def test_atom_has_each_author_and_subject() -> None:
    """Each author is an element; a subject is a category of no scheme of ours."""
    entry = nodes(etree.fromstring(atom(FILED)), "a:entry")[0]
    assert texts(entry, "a:author/a:name") == ["Rita <b>", "Song & Lu"]
    assert [dict(node.attrib) for node in nodes(entry, "a:category")][2:] == [
        {"term": "cs.CL"},
        {"term": '"<包>"'},
    ]


def test_rss_has_each_author_and_subject() -> None:
    """Each author is a dc:creator, as RSS's own author wants an e-mail address."""
    item = nodes(etree.fromstring(rss(FILED))[0], "item")[0]
    assert texts(item, "dc:creator") == ["Rita <b>", "Song & Lu"]
    assert texts(item, "category")[2:] == ["cs.CL", '"<包>"']
    assert [node.get("domain") for node in nodes(item, "category")[2:]] == [None, None]


def test_json_has_each_author_and_subject() -> None:
    """JSON Feed has a list of each."""
    item = as_json(FILED)["items"][0]
    assert item["authors"] == [{"name": "Rita <b>"}, {"name": "Song & Lu"}]
    assert item["tags"] == ["Machine Learning", "多模态", "cs.CL", '"<包>"']


@pytest.mark.parametrize("write", [atom, rss])
def test_authors_and_subjects_are_no_event(write: Any) -> None:
    """The W3C's validator has nothing to say of them, and feedparser reads them."""
    assert w3c_events(write(FILED)) == []
    read = feedparser.parse(write(FILED)).entries[0]
    assert [tag.term for tag in read.tags][2] == "cs.CL"
    assert len(read.authors) == 2


# --- Atom ---------------------------------------------------------------------------------


@pytest.mark.parametrize("feed", [FEED, EMPTY])
def test_atom_is_valid(feed: Feed) -> None:
    """Atom keeps the grammar of RFC 4287, with entries or without."""
    assert_valid(etree.fromstring(atom(feed)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: [node.getparent().remove(node) for node in list(root.iter("{*}author"))],
        lambda root: root.append(copy.deepcopy(root.find("{*}entry"))),
        lambda root: root.append(copy.deepcopy(root.findall("{*}link")[1])),
        lambda root: root.remove(root.find("{*}link")),
    ],
)
def test_the_rules_find_what_is_wrong(spoil: Any) -> None:
    """A feed without authors, with an entry or an alternate twice, or without itself, is not."""
    root = etree.fromstring(atom(FEED))
    spoil(root)
    assert not RULES.validate(root)


def test_an_atom_feed_has_its_elements_in_order(atom_root: etree._Element) -> None:
    """A reader that stops early has seen id, title, date and links."""
    assert names(atom_root) == [
        *("id", "title", "updated", "link", "complete", "author", "generator", "icon", "subtitle"),
        "entry",
    ]


def test_an_atom_entry_has_its_elements_in_order(atom_root: etree._Element) -> None:
    """An entry's content, its longest part, comes last."""
    assert names(nodes(atom_root, "a:entry")[0]) == [
        *("id", "title", "updated", "published", "link", "author"),
        *("category", "summary", "content"),
    ]


def test_an_atom_feed_is_dated_by_its_newest_entry(atom_root: etree._Element) -> None:
    """A feed changed when the last of its entries did."""
    assert texts(atom_root, "a:updated") == ["2026-11-21T09:30:00+00:00"]


def test_an_empty_atom_feed_has_the_date_given() -> None:
    """Atom wants a date even of a feed that has nothing to date."""
    root = etree.fromstring(atom(EMPTY))
    assert texts(root, "a:updated") == ["2026-01-01T00:00:00+00:00"]


def test_an_atom_feed_names_itself_and_its_page(atom_root: etree._Element) -> None:
    """A feed has one link to itself and one to the page people read instead."""
    assert [dict(node.attrib) for node in nodes(atom_root, "a:link")] == [
        {"href": f"{SELF}atom", "rel": "self", "type": "application/atom+xml"},
        {"href": FEED.base_url, "rel": "alternate", "type": "text/html"},
    ]


def test_an_atom_entry_has_one_alternate_link(atom_root: etree._Element) -> None:
    """An entry's page is its one alternate, the paper's is related."""
    assert [dict(node.attrib) for node in nodes(atom_root, "a:entry[1]/a:link")] == [
        {"href": PAPER.url, "rel": "alternate", "type": "text/html"},
        {"href": PAPER.external_url, "rel": "related"},
    ]


def test_an_atom_entry_about_no_other_page_has_no_related_link(atom_root: etree._Element) -> None:
    """Without a page elsewhere the alternate is the only link."""
    assert [node.get("rel") for node in nodes(atom_root, "a:entry[2]/a:link")] == ["alternate"]


def test_atom_names_its_generator(atom_root: etree._Element) -> None:
    """The generator is this program, without a version that would change every feed."""
    assert texts(atom_root, "a:generator") == ["publisher"]


def test_atom_says_each_language(atom_root: etree._Element) -> None:
    """Feed, entry, and a title in another language than its entry say theirs."""
    first, second = nodes(atom_root, "a:entry")
    elements = [atom_root, first, first[1], second, second[1]]
    assert [node.get(LANG) for node in elements] == ["zh-Hans", "zh-Hans", "en", "en", None]


def test_atom_content_is_html(atom_root: etree._Element) -> None:
    """Content is escaped HTML to the letter."""
    content = nodes(atom_root, "a:entry/a:content")[0]
    assert (content.get("type"), content.text) == ("html", PAPER.html)


def test_atom_title_and_summary_are_plain(atom_root: etree._Element) -> None:
    """Title and summary are plain text, in which < stands for itself."""
    entry = nodes(atom_root, "a:entry")[0]
    assert texts(entry, "a:title") == ["VITA: a < b & c"]
    assert texts(entry, "a:summary") == ["摘要 <b> & co"]
    assert [node.get("type") for node in nodes(entry, "a:summary")] == [None]


def test_atom_categories_are_for_machines_and_people(atom_root: etree._Element) -> None:
    """A category has an ASCII term in our scheme, and the tag itself as its label."""
    assert [dict(node.attrib) for node in nodes(atom_root, "a:entry/a:category")] == [
        {"term": "machine-learning", "scheme": FEED.topics, "label": "Machine Learning"},
        {"term": topic_slug("多模态"), "scheme": FEED.topics, "label": "多模态"},
    ]


def test_an_atom_feed_without_description_has_no_subtitle() -> None:
    """An empty description leaves no empty element."""
    assert nodes(etree.fromstring(atom(EMPTY)), "a:subtitle") == []


SHOWN = dataclasses.replace(
    FEED, rights="CC BY & <b>", logo="https://news.example.org/logo.png", entries=()
)


def test_atom_has_rights_and_a_logo() -> None:
    """What may be done with a feed, and its picture, stand in it; they are plain text."""
    root = etree.fromstring(atom(SHOWN))
    assert_valid(root)
    assert names(root)[-4:] == ["icon", "logo", "rights", "subtitle"]
    assert texts(root, "a:rights") == ["CC BY & <b>"]
    assert texts(root, "a:logo") == [SHOWN.logo]


def test_rss_has_rights_and_an_image() -> None:
    """An image has the channel's own title and link, as the profile wants it."""
    channel = etree.fromstring(rss(SHOWN))[0]
    assert texts(channel, "copyright") == ["CC BY & <b>"]
    image = nodes(channel, "image")[0]
    assert [(node.tag, node.text) for node in image] == [
        *(("url", SHOWN.logo), ("title", SHOWN.title), ("link", SHOWN.base_url)),
    ]


def test_json_has_the_logo_as_its_icon() -> None:
    """The large picture is the logo, the small one the site's icon."""
    read = as_json(SHOWN)
    assert (read["icon"], read["favicon"]) == (SHOWN.logo, SHOWN.icon)


@pytest.mark.parametrize("write", [atom, rss])
def test_rights_and_logo_are_no_event(write: Any) -> None:
    """The W3C's validator has nothing to say of them."""
    assert w3c_events(write(SHOWN)) == []


# --- RSS ----------------------------------------------------------------------------------


def test_an_rss_channel_has_its_elements_in_order(channel: etree._Element) -> None:
    """A channel says what it is before it lists its items."""
    assert names(channel) == [
        *("title", "link", "description", "link", "complete", "language"),
        *("lastBuildDate", "pubDate", "ttl", "generator", "item"),
    ]


def test_an_rss_item_has_its_elements_in_order(channel: etree._Element) -> None:
    """The plain description stands before content:encoded, which readers prefer when last."""
    assert names(nodes(channel, "item")[0]) == [
        *("title", "link", "description", "encoded", "guid", "creator", "category", "pubDate"),
    ]


def test_an_rss_channel_names_itself_and_its_page(channel: etree._Element) -> None:
    """The channel's link is the page, its atom:link the feed."""
    assert texts(channel, "link") == [FEED.base_url]
    assert [dict(node.attrib) for node in nodes(channel, "a:link")] == [
        {"href": f"{SELF}rss", "rel": "self", "type": "application/rss+xml"}
    ]


def test_an_rss_channel_is_dated_by_its_newest_entries(channel: etree._Element) -> None:
    """A channel was built at the last change of an entry, and published at the last new one."""
    assert texts(channel, "lastBuildDate") == ["Sat, 21 Nov 2026 09:30:00 +0000"]
    assert texts(channel, "pubDate") == ["Fri, 20 Nov 2026 08:00:00 +0000"]


def test_an_rss_guid_is_no_permalink(channel: etree._Element) -> None:
    """A tag URI leads nowhere, and a guid says so."""
    guid = nodes(channel, "item/guid")[0]
    assert (guid.text, guid.get("isPermaLink")) == (PAPER.id, "false")


def test_an_rss_item_leads_to_its_page(channel: etree._Element) -> None:
    """An item's link is our page."""
    assert texts(channel, "item/link") == [PAPER.url, BARE.url]


def test_an_rss_item_names_its_author_without_an_address(channel: etree._Element) -> None:
    """The author is in dc:creator, as RSS's own author wants an e-mail address."""
    assert texts(channel, "item/dc:creator") == ["Ana", "Ben"]
    assert nodes(channel, "item/author") == []


def test_an_rss_description_is_html(channel: etree._Element) -> None:
    """A plain summary is escaped, since every reader takes a description for HTML."""
    assert texts(channel, "item/description")[0] == "摘要 &lt;b&gt; &amp; co"


def test_an_rss_item_without_summary_is_described_by_its_title(channel: etree._Element) -> None:
    """Without a description, readers would cut one from the content."""
    assert texts(channel, "item/description")[1] == "Bare"


def test_rss_content_is_whole(channel: etree._Element) -> None:
    """content:encoded is the content to the letter."""
    assert texts(channel, "item/content:encoded")[0] == PAPER.html


def test_an_rss_item_has_its_tags(channel: etree._Element) -> None:
    """A category is the tag as people know it, in our scheme."""
    found = [(node.text, node.get("domain")) for node in nodes(channel, "item/category")]
    assert found == [("Machine Learning", FEED.topics), ("多模态", FEED.topics)]


def test_an_rss_channel_without_description_is_described_by_its_title() -> None:
    """RSS wants a description of every channel."""
    channel = etree.fromstring(rss(EMPTY))[0]
    assert texts(channel, "description") == ["Papers & more"]


# --- JSON Feed ----------------------------------------------------------------------------


def test_a_json_feed_says_what_it_is() -> None:
    """The feed's own keys are those of JSON Feed 1.1."""
    read = as_json(FEED)
    del read["items"]
    assert read == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Papers & more",
        "home_page_url": "https://news.example.org/",
        "feed_url": f"{SELF}json",
        "description": "One a day",
        "icon": "https://news.example.org/favicon.svg",
        "favicon": "https://news.example.org/favicon.svg",
        "authors": [{"name": "Ana"}],
        "language": "zh-Hans",
    }


def test_a_json_item_says_all_of_an_entry() -> None:
    """An item has each of an entry's values under its JSON Feed name."""
    assert as_json(FEED)["items"][0] == {
        "id": PAPER.id,
        "url": PAPER.url,
        "external_url": PAPER.external_url,
        "title": "VITA: a < b & c",
        "content_html": PAPER.html,
        "summary": "摘要 <b> & co",
        "date_published": "2026-11-20T08:00:00+00:00",
        "date_modified": "2026-11-21T09:30:00+00:00",
        "authors": [{"name": "Ana"}],
        "tags": ["Machine Learning", "多模态"],
        "language": "zh-Hans",
    }


def test_a_json_item_leaves_out_what_is_empty() -> None:
    """An item has no empty values but content, without which it would be none."""
    item = as_json(FEED)["items"][1]
    assert item["content_html"] == "<p>Bare</p>\n"
    assert {"external_url", "summary", "tags"}.isdisjoint(item)


def test_an_empty_json_feed_has_a_list_of_items() -> None:
    """A feed without entries still has its list, and no empty description."""
    read = as_json(EMPTY)
    assert read["items"] == []
    assert "description" not in read
