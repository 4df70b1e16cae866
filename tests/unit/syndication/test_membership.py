"""What readers of feeds see as digests come, change and go: each entry once, in its place."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.feed_subscriber import (
    LATER,
    MUCH_LATER,
    archives,
    drop,
    ids,
    is_feed,
    items,
    local,
    publish,
    walk,
)
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper

LONG = "We show that it works. " * 500


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter."""
    with newsroom(tmp_path) as found:
        yield found


# --- Windows and archives -----------------------------------------------------------------


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Yield a newsletter that has published a hundred issues, for tests that only read."""
    with newsroom(tmp_path_factory.mktemp("hundred")) as found:
        for number in range(100):
            drop(found, number, tags="llm")
        found.build()
        yield found


@pytest.mark.parametrize("name", ["issues", "papers", "tags/llm"])
@pytest.mark.parametrize("kind", ["atom", "rss", "json"])
def test_every_entry_is_there_once(hundred: Newsroom, name: str, kind: str) -> None:
    """From the newest document back, each entry is met once, the newest first, in any language."""
    found = [ids(hundred, f"{language}{name}", kind) for language in ("", "en/", "zh-Hans/")]
    assert found[0] == found[1] == found[2]
    assert all(1 <= len(its) <= 30 for its in found[0])
    flat = [each for its in found[0] for each in its]
    assert len(flat) == len(set(flat)) == 100
    assert flat[0].endswith(("issues/00099", "papers/2400.00990"))


def test_light_entries_go_by_number(room: Newsroom) -> None:
    """Thirty entries make a document; the next one closes an archive behind it."""
    for number in range(30):
        drop(room, number)
    room.build()
    assert not archives(room)
    drop(room, 30)
    room.build(LATER)
    assert [len(its) for its in ids(room, "issues")] == [15, 8, 8]


def test_heavy_entries_go_by_weight(room: Newsroom) -> None:
    """No document is much above 250 KB, if it has more than one entry."""
    for number in range(60):
        drop(room, number, LONG)
    room.build()
    sizes = {p: len(d) for p, d in room.files().items() if p.startswith("feeds/")}
    assert max(sizes.values()) < 300_000
    assert len(ids(room, "issues")) > 3


def test_an_entry_that_is_too_large_stands_alone(room: Newsroom) -> None:
    """An issue of a megabyte is whole in a document of its own, and no neighbour suffers."""
    publish(room, 0, 1)
    publish(room, 2, 2, text="It works, and so on. " * 50_000)
    publish(room, 3, 3)
    assert [[each[-1] for each in its] for its in ids(room, "issues")] == [
        *(["3"], ["2"], ["1"], ["0"]),
    ]


def test_the_first_archives_come_in_twos(room: Newsroom) -> None:
    """A large issue at the very beginning waits for another: no archive stands alone."""
    publish(room, 0, 0, text="It works, and so on. " * 50_000)
    publish(room, 1, 1)
    assert not archives(room)
    publish(room, 2, 2)
    assert [[each[-1] for each in its] for its in ids(room, "issues")] == [["2"], ["1"], ["0"]]


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_no_archive_leads_into_the_void(room: Newsroom, kind: str) -> None:
    """Every address that a document names is there, and each archive names one beside it."""
    for last in (30, 60, 90):
        publish(room, last - 30, last)
        read = list(walk(room, "issues", kind))
        for each in read:
            links = {link.rel: link.href for link in each.feed.links}
            archived = {"prev-archive", "next-archive"} & links.keys()
            assert archived
            assert all(
                local(room, links[rel]).is_file() for rel in {"current", *archived} & links.keys()
            )


def test_an_issues_papers_stay_together(room: Newsroom) -> None:
    """Who looks once after each issue misses no paper, though one has more than thirty."""
    publish(room, 0, 2, count=10)
    drop(room, 3)
    room.drop("00003.txt", "".join(paper(f"2409.{n:05}", f"New {n}") for n in range(40)))
    room.build(LATER)
    newest = ids(room, "papers")[0]
    assert newest == [f"tag:example.org,2026:papers/2409.{n:05}" for n in range(40)]


def test_closed_archives_never_change(room: Newsroom) -> None:
    """What was closed keeps its bytes, however many issues come and whatever changes since."""
    publish(room, 0, 40)
    before = archives(room)
    assert before
    publish(room, 41, 80)
    drop(room, 3, "Something else entirely.")
    room.build(MUCH_LATER)
    (room.folder / "templates").mkdir()
    (room.folder / "templates" / "issue.html").write_text("{{ issue.title.text }}")
    room.build(MUCH_LATER)
    assert {path: archives(room)[path] for path in before} == before


def test_archives_are_made_again_as_they_were(room: Newsroom) -> None:
    """When out/ is lost, archives come back with the words they were closed with."""
    publish(room, 0, 40, count=2)
    before = archives(room)
    for text in ("Something else entirely.", "And again."):
        drop(room, 3, text, count=2)
        room.build(MUCH_LATER)
    shutil.rmtree(room.out)
    room.build(MUCH_LATER)
    assert archives(room) == before
    assert "And again." in room.page("issues/00003/index.html")


def test_without_copies_archives_have_the_newest_words(room: Newsroom) -> None:
    """When the copies of digests are lost too, an archive still has all its entries."""
    publish(room, 0, 40)
    before = ids(room, "issues")
    drop(room, 3, "Something else entirely.")
    room.build(MUCH_LATER)
    shutil.rmtree(room.out)
    shutil.rmtree(room.folder / ".publisher" / "digests")
    room.build(MUCH_LATER)
    assert ids(room, "issues") == before
    assert "Something else" in items(room)["00003"]["content_html"]


def test_one_by_one_is_as_all_at_once(room: Newsroom, tmp_path: Path) -> None:
    """What is in which archive does not depend on how often somebody built."""
    publish(room, 0, 27, count=2)
    for number in range(28, 33):
        publish(room, number, number, count=2)
    other = tmp_path / "other"
    other.mkdir()
    with newsroom(other) as found:
        publish(found, 0, 32, count=2)
        for name in ("issues", "papers"):
            assert ids(found, name) == ids(room, name)


def test_an_archive_costs_the_same_to_extend(room: Newsroom) -> None:
    """One more issue writes as many files after 400 issues as after 50."""
    touched = []
    for count in (50, 400):
        for number in range(count):
            drop(room, number)
        room.build()
        room.build()
        before = {path: (room.out / path).stat().st_mtime_ns for path in room.files()}
        drop(room, count)
        room.build(NOW + count * timedelta(hours=1))
        after = {path: (room.out / path).stat().st_mtime_ns for path in room.files()}
        touched.append(len([p for p, t in after.items() if is_feed(p) and before.get(p) != t]))
        room.take(f"{count:05}.txt")
    assert touched[0] == touched[1] == 18


def test_a_withdrawn_issue_leaves_its_archive(room: Newsroom) -> None:
    """What is taken back is in no feed any more, and the others stay where they are."""
    publish(room, 0, 40)
    before = ids(room, "issues")
    room.take("00003.txt")
    room.build(MUCH_LATER)
    gone = "tag:example.org,2026:issues/00003"
    assert ids(room, "issues") == [[each for each in its if each != gone] for its in before]
    assert not any(b"issues/00003/" in data for p, data in room.files().items() if "feeds" in p)
    drop(room, 3)
    room.build(MUCH_LATER)
    assert ids(room, "issues") == before


def test_a_lost_archive_is_made_again(room: Newsroom) -> None:
    """An archive that somebody removed comes back with the bytes it had."""
    publish(room, 0, 31)
    before = room.files()
    room.lose("feeds/archive/issues/1/feed.rss", "feeds/issues.json")
    room.build(MUCH_LATER)
    assert room.files() == before


# --- Topics -------------------------------------------------------------------------------


def test_each_tag_and_section_has_a_feed(room: Newsroom) -> None:
    """A tag's feed has its issues, a section's its papers, under the ids they have elsewhere."""
    text = "# Vision\n\n" + paper("2408.00001", "A") + "# Agents\n\n" + paper("2408.00002", "B")
    room.drop("000.txt", f"---\ntags: [LLM]\n---\n{text}")
    room.drop("001.txt", paper("2408.00003", "C"))
    room.build()
    assert list(items(room, "tags/llm")) == ["000"]
    assert list(items(room, "sections/vision")) == ["2408.00001"]
    assert list(items(room, "sections/agents")) == ["2408.00002"]


def test_a_tag_that_goes_takes_the_entry_along(room: Newsroom) -> None:
    """An edit that takes a tag away takes the issue out of the tag's feed, which stays."""
    drop(room, 0, tags="llm, vision")
    drop(room, 1, tags="llm")
    room.build()
    drop(room, 0, tags="vision")
    room.build(LATER)
    assert list(items(room, "tags/llm")) == ["00001"]
    assert list(items(room, "tags/vision")) == ["00000"]


def test_a_tag_that_comes_later_brings_the_entry(room: Newsroom) -> None:
    """An issue that gets a tag is in its feed from then on, under the dates it had."""
    drop(room, 0)
    room.build()
    drop(room, 0, tags="llm")
    room.build(LATER)
    assert items(room, "tags/llm")["00000"]["date_published"] == NOW.isoformat()


# --- Papers in several issues -------------------------------------------------------------


def test_a_paper_is_one_entry(room: Newsroom) -> None:
    """A paper that stands in a later issue too has the words of the first, and its dates."""
    room.drop("000.txt", paper("2408.00001", "A", "The first says so."))
    room.build()
    before = items(room, "papers")
    room.drop("001.txt", paper("2408.00001", "A", "The second says so."))
    room.build(LATER)
    assert items(room, "papers") == before


def test_a_paper_outlives_its_first_issue(room: Newsroom) -> None:
    """When the first issue is withdrawn, the paper goes on with the words of the other."""
    room.drop("000.txt", paper("2408.00001", "A", "The first says so."))
    room.drop("001.txt", paper("2408.00001", "A", "The second says so."))
    room.build()
    before = items(room, "papers")["2408.00001"]
    room.take("000.txt")
    room.build(LATER)
    after = items(room, "papers")["2408.00001"]
    assert "The second" in after["content_html"]
    assert (after["id"], after["date_published"]) == (before["id"], before["date_published"])


def test_a_paper_taken_out_of_its_issue_is_gone(room: Newsroom) -> None:
    """A paper that no issue has any more is in no feed, and is itself again when it returns."""
    both = paper("2408.00001", "A") + paper("2408.00002", "B")
    room.drop("000.txt", both)
    room.build()
    before = items(room, "papers")
    room.drop("000.txt", paper("2408.00002", "B"))
    room.build(LATER)
    assert list(items(room, "papers")) == ["2408.00002"]
    room.drop("000.txt", both)
    room.build(MUCH_LATER)
    assert items(room, "papers")["2408.00001"] == before["2408.00001"]
