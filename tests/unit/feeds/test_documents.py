"""The files of one document of a feed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from publisher.config import Newsletter
from publisher.feeds.documents import DocumentPlace, feed_files
from publisher.feeds.identity import Identity, Stamp
from publisher.model import Heading, Issue, Item, Paragraph, Text
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.feed_catalog import Archive, Topic, all_feeds

NEWSLETTER = Newsletter(title="Papers", base_url="https://news.example.org/p/")
IDENTITY = Identity("example.org", 2026)
NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
EMPTY = datetime(2026, 1, 1, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
TOPICS = (Topic("tag", "llm", "LLM"), Topic("section", "agents", "Agents"))


def issue(number: int) -> Issue:
    """Return an issue of one paper."""
    item = Item(
        number=1,
        title=Heading(f"Paper {number}", "en"),
        translation=Heading(f"论文 {number}", "zh-Hans"),
        section=None,
        paper=PaperId(PaperScheme.arxiv, f"{number:04}.00001"),
        links=(),
        body=(Paragraph((Text("摘要。"),), "zh-Hans"),),
        line=1,
    )
    slug = f"{number:03}"
    return Issue(
        slug=slug,
        source=f"{slug}.txt",
        title=None,
        date=None,
        draft=False,
        tags=(),
        intro=(),
        items=(item,),
    )


def written(
    name: str,
    numbers: Sequence[int] = (2, 1),
    newsletter: Newsletter = NEWSLETTER,
    archive: Archive | None = None,
) -> dict[str, bytes]:
    """Write a feed, in all its languages, that holds these issues or their papers."""
    feeds = tuple(its for its in all_feeds(newsletter, TOPICS) if its.whole == name)
    entries = []
    for number in numbers:
        made = issue(number)
        paper = made.items[0].paper
        when = NOON - (9 - number) * timedelta(days=1)
        if feeds[0].kind in ("papers", "section") and paper:
            stamp = Stamp(IDENTITY.paper(paper.key), when, when, made.slug, paper.key)
        else:
            stamp = Stamp(IDENTITY.issue(made.slug), when, when, made.slug, None)
        entries.append((made, stamp))
    place = DocumentPlace(feeds=feeds, archive=archive, older=None, newer=None)
    return dict(feed_files(newsletter, IDENTITY, place, entries, EMPTY))


def items(files: dict[str, bytes], path: str) -> list[dict[str, Any]]:
    """Return the items of a JSON feed."""
    found: list[dict[str, Any]] = json.loads(files[path])["items"]
    return found


@pytest.mark.parametrize("name", ["issues", "papers", "tags/llm", "sections/agents"])
def test_a_feed_has_nine_files(name: str) -> None:
    """A feed comes in three formats, in both languages together and in each."""
    assert set(written(name)) == {
        f"feeds/{language}{name}.{kind}"
        for language in ("", "en/", "zh-Hans/")
        for kind in ("atom", "rss", "json")
    }


def test_in_one_language_it_has_three() -> None:
    """A newsletter in one language has no feeds by language."""
    alone = dataclasses.replace(NEWSLETTER, languages=("en",))
    assert len(written("issues", newsletter=alone)) == 3


def test_every_format_knows_its_own_address() -> None:
    """Each file says where below base_url it is found."""
    for path, body in written("issues").items():
        assert f"https://news.example.org/p/{path}" in body.decode()


def test_entries_come_as_they_are_given() -> None:
    """A feed has an entry for each, in the order given."""
    found = items(written("issues"), "feeds/issues.json")
    assert [each["id"] for each in found] == [IDENTITY.issue("002"), IDENTITY.issue("001")]


def test_feeds_share_the_ids_of_entries() -> None:
    """An entry has one id, in all formats and languages, and under a topic."""
    ids = set()
    for name in ("issues", "tags/llm"):
        for path, body in written(name, [1]).items():
            if path.endswith(".json"):
                ids.add(json.loads(body)["items"][0]["id"])
            else:
                root = etree.fromstring(body)
                ids.update(node.text for node in root.findall(f"{ATOM}entry/{ATOM}id"))
                ids.update(node.text for node in root.iter("guid"))
    assert ids == {IDENTITY.issue("001")}


def test_feeds_are_told_apart_by_id_and_title() -> None:
    """Each feed has a name of its own."""
    files = written("issues") | written("papers") | written("tags/llm")
    roots = [etree.fromstring(body) for path, body in files.items() if path.endswith("atom")]
    found = {tuple(root.findtext(f"{ATOM}{its}") for its in ("id", "title")) for root in roots}
    assert ("tag:example.org,2026:feeds/issues", "Papers") in found
    assert ("tag:example.org,2026:feeds/zh-Hans/tags/llm", "Papers: LLM (简体中文)") in found
    assert len(found) == len({title for _, title in found}) == 9


@pytest.mark.parametrize(
    ("name", "home"), [("tags/llm", "feeds/issues"), ("sections/agents", "feeds/papers")]
)
def test_entries_of_a_view_are_from_the_whole(name: str, home: str) -> None:
    """What stands under a tag is from the issues, what stands under a section from the papers."""
    for path, body in written(name).items():
        if path.endswith(".atom"):
            root = etree.fromstring(body)
            assert root.findtext(f"{ATOM}entry/{ATOM}source/{ATOM}id") == IDENTITY.feed(home[6:])


def test_entries_at_home_name_no_source() -> None:
    """In the feed it is from, an entry has no other source."""
    assert b"<source" not in written("issues")["feeds/issues.atom"]


def test_a_newsletter_without_issues_has_feeds() -> None:
    """Readers can subscribe before the first issue."""
    files = written("issues", [])
    root = etree.fromstring(files["feeds/issues.atom"])
    assert root.findtext(f"{ATOM}updated") == "2026-01-01T00:00:00+00:00"
    assert items(files, "feeds/issues.json") == []


def test_a_title_of_illegal_characters_costs_no_feed() -> None:
    """A newsletter whose name comes to nothing goes by its address."""
    newsletter = dataclasses.replace(NEWSLETTER, title="\x01", author="\ufeff")
    root = etree.fromstring(written("issues", newsletter=newsletter)["feeds/issues.atom"])
    assert root.findtext(f"{ATOM}title") == NEWSLETTER.base_url
    assert root.findtext(f"{ATOM}author/{ATOM}name") == NEWSLETTER.base_url


@pytest.mark.parametrize(
    ("logo", "address"),
    [
        ("", None),
        ("logo.png", "https://news.example.org/p/logo.png"),
        ("https://x.test/a.gif", "https://x.test/a.gif"),
    ],
)
def test_a_logo_stands_below_base_url_or_elsewhere(logo: str, address: str | None) -> None:
    """A picture of the newsletter's own is named as it is in templates/assets."""
    newsletter = dataclasses.replace(NEWSLETTER, logo=logo)
    files = written("issues", newsletter=newsletter)
    root = etree.fromstring(files["feeds/issues.atom"])
    assert root.findtext(f"{ATOM}logo") == address
    assert etree.fromstring(files["feeds/issues.rss"]).findtext("channel/image/url") == address


def test_the_same_issues_give_the_same_bytes() -> None:
    """No file changes unless an issue does."""
    assert written("issues") == written("issues")
