"""Feeds as people find them: on their page, in the OPML, in every page's head."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from publisher.config import Newsletter
from publisher.feeds.documents import DocumentPlace, feed_files
from publisher.feeds.identity import Identity
from publisher.render.feed_catalog import FORMATS, Topic, all_feeds, media_type
from publisher.render.feeds_page import linked_feeds
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates

BASE = "https://news.example.org/"
NEWSLETTER = Newsletter(title="Papers & more", base_url=BASE)
TOPICS = (Topic("tag", "llm", "LLM"), Topic("section", "b_1", "视频 <b>"))


def renderer(newsletter: Newsletter) -> Renderer:
    """Return what makes its pages."""
    templates = Templates(interface_language=newsletter.interface_language)
    return Renderer(newsletter, ZoneInfo("UTC"), templates)


def feeds_page(newsletter: Newsletter = NEWSLETTER) -> html.HtmlElement:
    """Return the page about feeds."""
    return html.fromstring(renderer(newsletter).feeds_page(TOPICS))


def found(page: html.HtmlElement, query: str) -> list[Any]:
    """Return what an XPath finds."""
    hits = page.xpath(query)
    assert isinstance(hits, list)
    return hits


def addresses(newsletter: Newsletter) -> set[str]:
    """Return the address of every feed there is."""
    return {BASE + each.path(kind) for each in all_feeds(newsletter, TOPICS) for kind in FORMATS}


def test_every_address_is_there_to_copy() -> None:
    """Each feed in each format is linked, stands there in full, and has a button of its own."""
    page = feeds_page()
    shown = [each.text_content() for each in found(page, "//dd/code")]
    assert (len(shown), addresses(NEWSLETTER)) == (len(set(shown)), set(shown))
    assert shown == found(page, "//dt/a/@href")
    buttons = found(page, "//dd/button/@aria-label")
    assert (len(shown), len(shown)) == (len(buttons), len(set(buttons)))


def test_without_a_script_no_button_is_seen() -> None:
    """Buttons that would do nothing are hidden until the script is there."""
    page = feeds_page()
    assert len(found(page, "//button")) == len(found(page, "//button[@hidden]")) > 0


@pytest.mark.parametrize("own", ["en", "zh-Hans"])
def test_both_languages_say_what_a_feed_is(own: str) -> None:
    """The page says it in English and in Chinese, its own language first."""
    page = feeds_page(replace(NEWSLETTER, interface_language=own))
    both = ["What is a feed?", "什么是订阅源？"]
    expected = both if own == "en" else both[::-1]
    assert expected == [each.text for each in found(page, "//section[@lang]/h2")]
    assert own == found(page, "//section/@lang")[0] == found(page, "/html/@lang")[0]


@pytest.mark.parametrize("own", ["en", "zh-Hans"])
def test_own_language_first(own: str) -> None:
    """Every page's first feed is Atom, of issues, in the page's own language."""
    newsletter = replace(NEWSLETTER, interface_language=own)
    feeds = list(linked_feeds(newsletter))
    assert (f"{BASE}feeds/{own}/issues.atom", "Atom") == (feeds[0].url, feeds[0].format)
    assert {each.path("atom") for each in all_feeds(newsletter, ())} <= {
        each.url.removeprefix(BASE) for each in feeds
    }


def test_a_language_that_has_no_feed() -> None:
    """Where the newsletter is not in the page's language, the feed in all languages is first."""
    newsletter = replace(NEWSLETTER, languages=("ja", "zh-Hans"))
    assert f"{BASE}feeds/issues.atom" == next(linked_feeds(newsletter)).url


def test_one_language() -> None:
    """A newsletter in one language has six feeds, and names no language."""
    newsletter = replace(NEWSLETTER, languages=("en",))
    urls = [each.url.removeprefix(BASE) for each in linked_feeds(newsletter)]
    names = [f"feeds/{name}.{kind}" for name in ("issues", "papers") for kind in FORMATS]
    assert ("feeds/issues.atom", sorted(names)) == (urls[0], sorted(urls))
    page = feeds_page(newsletter)
    assert [] == found(page, "//h3")
    assert ["en"] == found(page, "//section/@lang")


def test_links_in_the_head_say_what_they_are() -> None:
    """A link to a feed has its media type, and a name that tells it from the others."""
    page = feeds_page()
    links = found(page, "//head/link[@rel='alternate']")
    assert {media_type(kind) for kind in FORMATS} == {each.get("type") for each in links}
    assert len(links) == len({each.get("title") for each in links})


def test_opml() -> None:
    """The list is OPML 2.0: a title, and no two feeds that share entries, which a reader loses.

    newsboat has an entry in one feed only, that which it read last: of feeds in each language and
    of topics beside the whole, most would be empty.
    """
    root = ET.fromstring(renderer(NEWSLETTER).opml())  # noqa: S314 (our own bytes)
    assert ("opml", "2.0", ["head", "body"]) == (
        root.tag,
        root.get("version"),
        [each.tag for each in root],
    )
    assert NEWSLETTER.title == root.findtext("head/title")
    outlines = root.findall("body/outline")
    urls = [f"{BASE}feeds/issues.atom", f"{BASE}feeds/papers.atom"]
    assert urls == [each.get("xmlUrl") for each in outlines]
    assert ["Papers & more", "Papers & more: papers"] == [each.get("text") for each in outlines]
    assert {("rss", BASE)} == {(each.get("type"), each.get("htmlUrl")) for each in outlines}


def test_opml_names_the_feeds_language() -> None:
    """What OPML says of a feed's language is what the feed says (OPML 2.0, subscription lists)."""
    newsletter = replace(NEWSLETTER, languages=("en", "zh-Hant"))
    feeds = tuple(each for each in all_feeds(newsletter, ()) if each.whole == "papers")
    place = DocumentPlace(feeds=feeds, archive=None, older=None, newer=None)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    files = dict(feed_files(newsletter, Identity("example.org", 2026), place, (), moment))
    said = ET.fromstring(files["feeds/papers.rss"]).findtext("channel/language")  # noqa: S314
    outlines = ET.fromstring(renderer(newsletter).opml()).iter("outline")  # noqa: S314
    assert {said} == {each.get("language") for each in outlines}
