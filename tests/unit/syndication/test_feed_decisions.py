"""What feeds have, decided from what is recorded, without a database."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from publisher.feeds.identity import Identity
from publisher.model import IssueRecord
from publisher.sources.scan import ReadResult
from publisher.sources.summary import Summary
from publisher.storage.feeds import FeedRow, Membership, PaperRow
from publisher.syndication.archive_changes import ArchiveChanges, archive_changes
from publisher.syndication.membership import (
    DEFAULT_FEEDS,
    FeedChanges,
    IssueUpdate,
    RecordedFeeds,
    candidates,
    feed_changes,
)
from publisher.syndication.paper_entries import PaperEntries, RecordedPapers, paper_entries
from tests.support.registration_cases import NOW, digest_of, known_of, paper_key

DAY = timedelta(days=1)
Digest = tuple[ReadResult, Summary]


def update(
    digest: Digest, *, before: Digest | None = None, back: bool = False, moved: bool = False
) -> IssueUpdate:
    """Return what feeds are told of an issue made of a digest."""
    record = known_of(digest).record
    old = known_of(before).record if before else None
    return IssueUpdate(record, digest[1], back=back, moved=moved, before=old)


# --- Feeds --------------------------------------------------------------------------------


def in_issues(number: int, archive: int | None = None, feed: str = "issues") -> Membership:
    """Return the place of an issue in a feed."""
    return Membership(feed=feed, entry=f"{number:03}", weight=1000, archive=archive)


def change(
    *updates: IssueUpdate,
    opened: Mapping[str, Collection[Membership]] | None = None,
    places: Collection[Membership] = (),
    feeds: Collection[FeedRow] = DEFAULT_FEEDS,
) -> FeedChanges:
    """Return what feeds with these newest documents do about issues."""
    recorded = RecordedFeeds(
        feeds={row.name: row for row in feeds},
        places=[*places],
        opened={name: [*its] for name, its in (opened or {}).items()},
    )
    wanted = {each.record.slug: candidates(each) for each in updates}
    owners = {key: each.record.slug for each in updates for key in each.summary.keys}
    return feed_changes(recorded, wanted, owners)


def test_an_issue_enters_its_feeds() -> None:
    """Itself, its papers from the last to the first, and the feeds of its tags, which begin."""
    found = change(update(digest_of("001", 1, 2, tags=("LLM",))))
    assert [
        ("issues", "001"),
        ("tags/llm", "001"),
        ("papers", paper_key(2)),
        ("papers", paper_key(1)),
    ] == [(place.feed, place.entry) for place in found.entered]
    assert [FeedRow(name="tags/llm", kind="tag", label="LLM")] == found.begun


def test_an_entry_enters_once() -> None:
    """What is in a feed already, in an archive too, does not enter it again."""
    places = [in_issues(1, archive=1)]
    assert [] == change(update(digest_of("001")), places=places).entered


def test_a_tag_that_goes_takes_the_entry_along() -> None:
    """What lost its tag leaves the newest document, and no archive."""
    places = [in_issues(1), in_issues(1, feed="tags/a"), in_issues(1, archive=1, feed="tags/b")]
    assert {("tags/a", "001")} == change(update(digest_of("001")), places=places).left


def test_a_full_document_closes_two_archives_first() -> None:
    """Thirty entries make a document; the next one closes two archives, and half is left."""
    opened = {"issues": [in_issues(number) for number in range(30)]}
    found = change(update(digest_of("030")), opened=opened)
    assert {1: 8, 2: 8} == {number: len(its) for number, its in found.closed["issues"].items()}
    assert [None] == [place.archive for place in found.entered]


def test_archives_count_on() -> None:
    """After the first two one is closed at a time, with the next number."""
    feeds = [FeedRow(name="issues", kind="issues", label="", closed=2), DEFAULT_FEEDS[1]]
    opened = {"issues": [in_issues(number) for number in range(30)]}
    found = change(update(digest_of("030")), opened=opened, feeds=feeds)
    assert {3: 16} == {number: len(its) for number, its in found.closed["issues"].items()}


def test_what_comes_at_once_may_be_closed_at_once() -> None:
    """On a first build entries go into archives without having been in a newest document."""
    found = change(*(update(digest_of(f"{number:03}")) for number in range(40)))
    assert {1, 2} == {place.archive for place in found.entered if place.archive}
    assert {1: [], 2: []} == found.closed["issues"]


# --- Papers -------------------------------------------------------------------------------


def row(number: int, issue: str, content: bytes = b"old") -> PaperRow:
    """Return what is recorded of a paper."""
    key, when = paper_key(number), NOW - 7 * DAY
    uid = f"tag:example.org,2026:papers/{key}"
    return PaperRow(key=key, uid=uid, issue=issue, published=when, updated=when, content=content)


def entries(
    updates: Collection[IssueUpdate],
    rows: Collection[PaperRow] = (),
    *,
    withdrawn: Collection[str] = (),
    holders: Mapping[str, Mapping[str, IssueRecord]] | None = None,
) -> PaperEntries:
    """Return what becomes of the entries of papers."""
    recorded = RecordedPapers(
        rows={each.key: each for each in rows}, holders=holders or {}, times=set()
    )
    left = {each.record.slug for each in updates} | {*withdrawn}
    identity = Identity("example.org", 2026)
    return paper_entries(recorded, [*updates], left, identity, NOW, lambda _: None)


def test_papers_are_a_second_apart() -> None:
    """The first has its issue's date, each other one the second before."""
    found = entries([update(digest_of("001", 1, 2))])
    day = NOW - 7 * DAY
    assert [day, day - timedelta(seconds=1)] == [each.published for each in found.fresh]


def test_a_paper_has_the_words_of_its_first_issue() -> None:
    """As long as that has it, another one changes nothing."""
    found = entries(
        [update(digest_of("002", 1))],
        [row(1, "001")],
        holders={paper_key(1): {"001": known_of(digest_of("001", 1)).record}},
    )
    assert ([], "001") == (found.changed, found.owners[paper_key(1)])


def test_other_words_are_an_update() -> None:
    """An edit of its issue moves the date at which a paper's entry changed."""
    digest = digest_of("001", 1)
    found = entries([update(digest, before=digest_of("001", 1, 2))], [row(1, "001")])
    assert [NOW] == [each.updated for each in found.changed]


def test_the_same_bytes_are_no_update() -> None:
    """What a newer program alone reads moves no date."""
    found = entries([update(digest_of("001", 1))], [row(1, "001")])
    assert [NOW - 7 * DAY] == [each.updated for each in found.changed]


def test_a_paper_goes_to_who_has_it_still() -> None:
    """When its issue leaves, another published one's words are its own."""
    record = known_of(digest_of("002", 1)).record
    found = entries([], [row(1, "001")], withdrawn=["001"], holders={paper_key(1): {"002": record}})
    assert ("002", {paper_key(1)}) == (found.owners[paper_key(1)], found.moved)


def test_a_paper_that_no_issue_has_is_lost() -> None:
    """It has nobody's words from then on."""
    assert {paper_key(1)} == entries([], [row(1, "001")], withdrawn=["001"]).lost


# --- Archives -----------------------------------------------------------------------------


def archived(each: IssueUpdate | None = None, *, withdrawn: Collection[str] = ()) -> ArchiveChanges:
    """Return what archive 3, which has issue 001, does about an issue."""
    updates = [each] if each else []
    none = PaperEntries(owners={}, fresh=[], changed=[], moved=set(), lost=set())
    return archive_changes([in_issues(1, archive=3)], updates, {*withdrawn}, {}, none)


def test_an_archive_keeps_what_was_edited_since() -> None:
    """It is made of the digest that it was made of, and is not told anew."""
    old = digest_of("001", 1)
    found = archived(update(digest_of("001", 1, words="new"), before=old))
    assert {"001": (old[0].sha256.hex(), NOW - 7 * DAY)} == found.frozen_issues
    assert set() == found.renewed


def test_an_archive_is_told_without_what_was_withdrawn() -> None:
    """Nothing that somebody took back is to be had."""
    assert {("issues", 3)} == archived(withdrawn=["001"]).renewed


def test_an_archive_tells_another_address() -> None:
    """An entry of an issue that moved links to where it stands."""
    assert {("issues", 3)} == archived(update(digest_of("001", 1), moved=True)).renewed


def test_what_comes_back_is_told_as_it_is() -> None:
    """Whatever an archive said before, it says what the issue says then."""
    found = archived(update(digest_of("001", 1), before=digest_of("001", 2), back=True))
    assert ({}, {"001"}) == (found.frozen_issues, found.thawed_issues)
