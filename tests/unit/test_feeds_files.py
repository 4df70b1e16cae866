from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from publisher.config import Newsletter
from publisher.feeds import Identity, feed_files
from publisher.feeds.entry import Entry
from publisher.feeds.feed import apart, window
from publisher.model import (
    Heading,
    Issue,
    IssueRecord,
    Item,
    PaperId,
    PaperScheme,
    Paragraph,
    Text,
)

NEWSLETTER = Newsletter(title="Papers", base_url="https://news.example.org/p/")
IDENTITY = Identity("example.org", 2026)
NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
EMPTY = datetime(2026, 1, 1, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"

Published = tuple[Issue, IssueRecord, frozenset[PaperId]]


def entry(key: str, published: datetime = NOON, updated: datetime | None = None) -> Entry:
    """Give an entry with nothing in it."""
    return Entry(
        id=f"tag:example.org,2026:{key}",
        url=f"https://news.example.org/{key}/",
        external_url=None,
        title=key,
        title_lang="en",
        lang="en",
        published=published,
        updated=updated or published,
        html="",
        summary="",
        author="Ana",
        tags=(),
    )


def heavy(key: str, size: int) -> Entry:
    """Give an entry of so many bytes."""
    return dataclasses.replace(entry(key), html="x" * size)


def issue(number: int, published: datetime, papers: int = 3, text: str = "摘要。") -> Published:
    """Give an issue of papers nobody has seen before."""
    items = tuple(
        Item(
            number=place,
            title=Heading(f"Paper {number}.{place}", "en"),
            translation=Heading(f"论文 {number}.{place}", "zh-Hans"),
            section=None,
            paper=PaperId(PaperScheme.arxiv, f"{number:04}.{place:05}"),
            links=(),
            body=(Paragraph((Text(text),), "zh-Hans"),),
            line=1,
        )
        for place in range(1, papers + 1)
    )
    slug = f"{number:03}"
    made = Issue(
        slug=slug,
        source=f"{slug}.txt",
        title=None,
        date=None,
        draft=False,
        tags=(),
        intro=(),
        items=items,
    )
    record = IssueRecord(
        slug=slug,
        headline=slug,
        source=made.source,
        published=published,
        updated=published,
        items=papers,
    )
    return made, record, frozenset(item.paper for item in items if item.paper)


def files(*published: Published) -> dict[str, bytes]:
    """Write the feeds of these issues, newest first."""
    return feed_files(NEWSLETTER, IDENTITY, published, EMPTY)


def items(path: str, *published: Published) -> list[dict[str, Any]]:
    """Give the items of a JSON feed of these issues."""
    found: list[dict[str, Any]] = json.loads(files(*published)[path])["items"]
    return found


# --- Which entries go out -----------------------------------------------------------------


def test_a_window_takes_all_that_is_light() -> None:
    """Entries that are light together all go out."""
    entries = (heavy("a", 125_000), heavy("b", 125_000))
    assert entries == window(entries, 9)


def test_a_window_ends_before_the_entry_that_makes_it_heavy() -> None:
    """Older entries stay out from the first that passes 250 KB, however light they are."""
    entries = (heavy("a", 200_000), heavy("b", 50_001), heavy("c", 1))
    assert entries[:1] == window(entries, 9)


def test_a_window_measures_bytes() -> None:
    """A Chinese letter weighs three."""
    entries = [dataclasses.replace(entry(key), html="中" * 45_000) for key in "ab"]
    assert window(entries, 9) == (entries[0],)


def test_a_window_has_one_entry_at_least() -> None:
    """The newest entry goes out whatever its weight."""
    assert window([heavy("a", 300_000)], 9) == (heavy("a", 300_000),)


def test_a_window_has_no_more_than_its_number() -> None:
    """Light as they may be, entries are limited in number."""
    assert len(window([entry(str(number)) for number in range(9)], 4)) == 4


def test_a_window_reads_no_further_than_it_has_to() -> None:
    """Entries that stay out are not even made, so that a long archive costs nothing."""
    left = iter([entry(str(number)) for number in range(9)])
    window(left, 4)
    assert len(list(left)) == 4


# --- When they are dated ------------------------------------------------------------------


def test_dates_that_are_apart_stay() -> None:
    """Entries with dates of their own are left as they are."""
    entries = [entry("a"), entry("b", NOON - SECOND), entry("c", NOON - timedelta(days=1))]
    assert entries == list(apart(entries))


def test_dates_that_meet_are_a_second_apart() -> None:
    """Of entries that came out at once, the first stays and each further one is a second older."""
    dates = [each.published for each in apart([entry("a"), entry("b"), entry("c")])]
    assert dates == [NOON, NOON - SECOND, NOON - 2 * SECOND]


def test_an_entry_never_edited_has_one_date() -> None:
    """An entry that moves back for its neighbour's sake still counts as never edited."""
    assert all(each.published == each.updated for each in apart([entry("a"), entry("b")]))


def test_edits_at_once_are_a_second_apart() -> None:
    """Entries edited in one run keep the dates they came out at."""
    edited = NOON + timedelta(hours=1)
    entries = [entry("a", NOON, edited), entry("b", NOON - timedelta(days=1), edited)]
    assert [(NOON, edited), (NOON - timedelta(days=1), edited - SECOND)] == [
        (each.published, each.updated) for each in apart(entries)
    ]


# --- The files ----------------------------------------------------------------------------


def test_there_are_two_feeds_in_three_formats() -> None:
    """Issues and papers each come as Atom, RSS and JSON."""
    assert set(files(issue(1, NOON))) == {
        *("feeds/issues.atom", "feeds/issues.rss", "feeds/issues.json"),
        *("feeds/papers.atom", "feeds/papers.rss", "feeds/papers.json"),
    }


def test_every_format_knows_its_own_address() -> None:
    """Each file says where below base_url it is found."""
    for path, body in files(issue(1, NOON)).items():
        assert f"https://news.example.org/p/{path}" in body.decode()


def test_issues_come_newest_first() -> None:
    """The issues feed has an entry an issue, in the order given."""
    found = items("feeds/issues.json", issue(2, NOON), issue(1, NOON - timedelta(days=1)))
    assert [each["id"] for each in found] == [IDENTITY.issue("002"), IDENTITY.issue("001")]


def test_papers_come_in_the_order_of_their_issues() -> None:
    """The papers feed has an entry a paper, newest issue first, each in its order."""
    found = items("feeds/papers.json", issue(2, NOON, 2), issue(1, NOON - timedelta(days=1), 2))
    assert [each["title"] for each in found] == [
        *("Paper 2.1", "Paper 2.2", "Paper 1.1", "Paper 1.2"),
    ]


@pytest.mark.parametrize("name", ["issues", "papers"])
def test_no_two_entries_share_an_id_or_a_date(name: str) -> None:
    """Even issues published in one second keep their entries apart and in order."""
    found = items(f"feeds/{name}.json", *(issue(number, NOON, 9) for number in (3, 2, 1)))
    dates = [each["date_modified"] for each in found]
    assert sorted(set(dates), reverse=True) == dates
    assert len({each["id"] for each in found}) == len(found)


def test_nothing_lies_in_the_future() -> None:
    """No entry is dated later than its issue."""
    found = items("feeds/papers.json", issue(2, NOON), issue(1, NOON))
    assert NOON.isoformat() == max(each["date_published"] for each in found)


def test_a_new_issue_moves_no_date() -> None:
    """What readers have already seen keeps its dates when an issue comes out."""
    old = issue(1, NOON)
    before = items("feeds/papers.json", old)
    assert before == items("feeds/papers.json", issue(2, NOON + timedelta(days=1)), old)[3:]


def test_at_most_30_issues_go_out() -> None:
    """The issues feed ends after 30 entries."""
    published = [issue(number, NOON - number * timedelta(days=1), 1) for number in range(40)]
    assert len(items("feeds/issues.json", *published)) == 30


def test_at_most_100_papers_go_out() -> None:
    """The papers feed ends after 100 entries."""
    published = [issue(number, NOON - number * timedelta(days=1), 15) for number in range(8)]
    assert len(items("feeds/papers.json", *published)) == 100


def test_papers_of_the_size_of_the_seeds_all_fit() -> None:
    """Sixty papers of 1.5 KB each, as four digests have, go out together."""
    published = [
        issue(number, NOON - number * timedelta(days=1), 15, "摘要" * 250) for number in range(4)
    ]
    assert len(items("feeds/papers.json", *published)) == 60


def test_feeds_are_told_apart_by_id_and_title() -> None:
    """The two feeds have names of their own."""
    found = [
        tuple(root.findtext(f"{ATOM}{name}") for name in ("id", "title"))
        for root in (
            etree.fromstring(files()[path]) for path in ("feeds/issues.atom", "feeds/papers.atom")
        )
    ]
    assert found == [
        ("tag:example.org,2026:feeds/issues", "Papers"),
        ("tag:example.org,2026:feeds/papers", "Papers: papers"),
    ]


def test_a_newsletter_without_issues_has_feeds() -> None:
    """Readers can subscribe before the first issue."""
    root = etree.fromstring(files()["feeds/issues.atom"])
    assert root.findtext(f"{ATOM}updated") == "2026-01-01T00:00:00+00:00"
    assert json.loads(files()["feeds/papers.json"])["items"] == []


def test_a_title_of_illegal_characters_costs_no_feed() -> None:
    """A newsletter whose name comes to nothing goes by its address."""
    newsletter = dataclasses.replace(NEWSLETTER, title="\ufeff", author="\ufeff")
    body = feed_files(newsletter, IDENTITY, [issue(1, NOON)], EMPTY)["feeds/issues.atom"]
    root = etree.fromstring(body)
    assert root.findtext(f"{ATOM}title") == NEWSLETTER.base_url
    assert root.findtext(f"{ATOM}author/{ATOM}name") == NEWSLETTER.base_url


def test_the_same_issues_give_the_same_bytes() -> None:
    """No file changes unless an issue does."""
    assert files(issue(1, NOON)) == files(issue(1, NOON))
