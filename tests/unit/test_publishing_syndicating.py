"""What readers of feeds see as digests come, change and go: each entry once, and no date moves."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.newsroom import NOW, Newsroom, newsroom, paper

LATER = NOW + timedelta(hours=5)
MUCH_LATER = NOW + timedelta(days=400)
LONG = "We show that it works. " * 500


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter."""
    with newsroom(tmp_path) as found:
        yield found


def drop(room: Newsroom, number: int, text: str = "", tags: str = "", count: int = 1) -> None:
    """Drop a digest of so many papers of its own."""
    front = f"---\ntags: [{tags}]\n---\n" if tags else ""
    papers = (
        paper(f"24{number // 10_000:02}.{number % 10_000:04}{place}", f"Paper {number}.{place}",
              text or "We show that it works.")
        for place in range(count)
    )  # fmt: skip
    room.drop(f"{number:05}.txt", front + "".join(papers))


def publish(room: Newsroom, first: int, last: int, **its: Any) -> None:
    """Publish digests, all in one run."""
    for number in range(first, last + 1):
        drop(room, number, **its)
    room.build(NOW + last * timedelta(hours=1))


def local(room: Newsroom, url: str) -> Path:
    """Give the file behind an address."""
    return room.out / url.removeprefix("https://news.example.org/")


def is_feed(path: str) -> bool:
    """Tell a feed's document from its compressed copy, and from pages."""
    return path.startswith("feeds/") and path.endswith((".atom", ".rss", ".json"))


def walk(room: Newsroom, name: str, kind: str) -> Iterator[Any]:
    """Walk the documents of a feed from the newest back, as a reader of RFC 5005 does."""
    url: str | None = f"https://news.example.org/feeds/{name}.{kind}"
    while url:
        read = feedparser.parse(local(room, url).read_bytes())
        assert not read.bozo
        yield read
        links = [link.href for link in read.feed.links if link.rel == "prev-archive"]
        url = links[0] if links else None


def ids(room: Newsroom, name: str, kind: str = "atom") -> list[list[str]]:
    """Give the ids of a feed's entries, document by document from the newest back."""
    if kind == "json":
        return [[item["id"] for item in page["items"]] for page in pages(room, name)]
    return [[entry.id for entry in read.entries] for read in walk(room, name, kind)]


def pages(room: Newsroom, name: str) -> Iterator[Any]:
    """Walk the pages of a JSON feed."""
    url: str | None = f"https://news.example.org/feeds/{name}.json"
    while url:
        read = json.loads(local(room, url).read_bytes())
        yield read
        url = read.get("next_url")


def items(room: Newsroom, name: str = "issues") -> dict[str, dict[str, str]]:
    """Give what is in a feed, all its pages, by the last part of its id."""
    return {
        item["id"].rpartition("/")[2]: item for page in pages(room, name) for item in page["items"]
    }


def archives(room: Newsroom) -> dict[str, bytes]:
    """Give the closed archives."""
    return {p: data for p, data in room.files().items() if p.startswith("feeds/archive/")}


def without_state(room: Newsroom, tmp_path: Path, now: datetime) -> dict[str, bytes]:
    """Give what out/ is after it was built on an empty state."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "out").mkdir()
    with newsroom(other) as found:
        for path, data in room.files().items():
            target = found.out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        for digest in (room.folder / "seeds").iterdir():
            found.drop(digest.name, digest.read_text(encoding="utf-8"))
        found.build(now)
        return found.files()


# --- Windows and archives -----------------------------------------------------------------


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Give a newsletter that has published a hundred issues, for tests that only read."""
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


# --- Dates --------------------------------------------------------------------------------


def test_an_edit_moves_one_date(room: Newsroom) -> None:
    """A significant edit moves `updated` of the issue and of the one paper, and nothing else."""
    drop(room, 0, count=3)
    drop(room, 1)
    room.build()
    before = items(room) | items(room, "papers")
    room.drop("00000.txt", (room.folder / "seeds/00000.txt").read_text().replace("0.1", "0.1 bis"))
    room.build(LATER)
    after = items(room) | items(room, "papers")
    moved = [key for key in before if before[key]["date_modified"] != after[key]["date_modified"]]
    assert moved == ["00000", "2400.00001"]
    assert all(before[key]["date_published"] == after[key]["date_published"] for key in before)
    assert after["00000"]["date_modified"] == LATER.isoformat()


def test_marks_and_white_space_move_no_date(room: Newsroom) -> None:
    """What readers would not call a change is none."""
    room.drop("000.txt", paper("2408.00001", "A", "We show that it works."))
    room.build()
    before = items(room) | items(room, "papers")
    room.drop("000.txt", paper("2408.00001", "A", "We *show*   that it\nworks.") + "\n\n")
    room.build(LATER)
    after = items(room) | items(room, "papers")
    assert {key: its["date_modified"] for key, its in after.items()} == {
        key: its["date_modified"] for key, its in before.items()
    }


def test_no_two_entries_share_a_date(room: Newsroom) -> None:
    """Issues published, and edited, in one run are seconds apart, and so are papers."""
    for text in ("One.", "Two."):
        for number in range(8):
            drop(room, number, text, count=3)
        room.build(NOW if text == "One." else LATER)
    for name in ("issues", "papers"):
        for date in ("date_published", "date_modified"):
            dates = [item[date] for item in items(room, name).values()]
            assert len(set(dates)) == len(dates)
            assert max(dates) <= LATER.isoformat()


def test_a_new_order_moves_no_paper(room: Newsroom) -> None:
    """Papers keep their dates when the digest lists them otherwise, or a new one before them."""
    a, b, c = (paper(f"2408.0000{n}", f"Paper {n}") for n in range(3))
    room.drop("000.txt", a + b)
    room.build()
    before = items(room, "papers")
    room.drop("000.txt", c + b + a)
    room.build(LATER)
    after = items(room, "papers")
    assert {key: after[key]["date_published"] for key in before} == {
        key: its["date_published"] for key, its in before.items()
    }
    dates = [item["date_published"] for item in after.values()]
    assert len(set(dates)) == 3


# --- Ids ----------------------------------------------------------------------------------


def test_a_renamed_file_keeps_its_entry(room: Newsroom) -> None:
    """A file under another name is the issue it was, with its id and dates, at a new address."""
    room.drop("first.txt", paper("2408.00001", "A"))
    room.build()
    before = items(room)["first"]
    room.take("first.txt")
    room.drop("second.txt", paper("2408.00001", "A"))
    built = room.build(LATER)
    after = items(room)["first"]
    assert after == before | {"url": "https://news.example.org/issues/second/"}
    assert ["index.html"] == [each.name for each in (room.out / "issues" / "first").iterdir()]
    assert not built.registered.published
    assert not built.registered.withdrawn


def test_an_old_name_is_for_a_new_issue(room: Newsroom) -> None:
    """Who always drops `latest.txt`, and renames it later, has an entry for each."""
    for number in (1, 2, 3):
        now = NOW + number * timedelta(days=7)
        room.drop("latest.txt", paper(f"2408.0000{number}", "A"), now)
        room.build(now)
        room.take("latest.txt")
        room.drop(f"week-{number}.txt", paper(f"2408.0000{number}", "A"), now)
        room.build(now)
    urls = {each["url"].split("/")[-2] for each in items(room).values()}
    assert {"week-1", "week-2", "week-3"} == urls


def test_a_file_moved_out_and_in_keeps_its_entry(room: Newsroom) -> None:
    """A tick between taking a file out and putting it in elsewhere makes no new issue of it."""
    room.drop("first.txt", paper("2408.00001", "A"))
    room.drop("other.txt", paper("2408.00002", "B"))
    room.build()
    before = items(room)["first"]
    room.take("first.txt")
    room.build(LATER)
    assert "first" not in items(room)
    room.drop("second.txt", paper("2408.00001", "A"), LATER)
    built = room.build(LATER)
    after = items(room)["first"]
    assert after == before | {"url": "https://news.example.org/issues/second/"}
    assert not built.registered.published


def test_a_renamed_issue_is_found_from_its_archive(room: Newsroom) -> None:
    """An archive leads to where the issue is now, and the entry is still there once."""
    publish(room, 0, 31)
    before = ids(room, "issues")
    (room.folder / "seeds/00003.txt").rename(room.folder / "seeds/renamed.txt")
    room.build(MUCH_LATER)
    assert ids(room, "issues") == before
    assert items(room)["00003"]["url"] == "https://news.example.org/issues/renamed/"


def test_a_new_base_url_moves_no_id(room: Newsroom) -> None:
    """A site that moves keeps ids and dates, in archives too."""
    publish(room, 0, 31)
    before = ids(room, "issues")
    toml = room.folder / "publisher.toml"
    toml.write_text(toml.read_text().replace("https://news.", "http://other."))
    room.build(MUCH_LATER)
    files = {path: data for path, data in room.files().items() if is_feed(path)}
    for path, data in files.items():
        text = data.decode().replace("http://other.example.org/", "https://news.example.org/")
        (room.out / path).write_text(text)
    assert ids(room, "issues") == before
    assert not any(b"news.example.org" in data for p, data in files.items() if "feeds/" in p)


def test_a_lost_state_is_read_back(room: Newsroom, tmp_path: Path) -> None:
    """On an empty state, with out/ as it was, a build changes no byte of any feed."""
    publish(room, 0, 33, count=2, tags="多模态, llm")
    drop(room, 33, "Edited since.", tags="llm, 多模态", count=2)
    room.build(LATER + timedelta(days=3))
    after = without_state(room, tmp_path, MUCH_LATER)
    its, ours = (
        {p: d for p, d in f.items() if p.startswith("feeds/")} for f in (after, room.files())
    )
    assert its == ours


def test_an_edit_that_one_feed_shows_is_read_back(room: Newsroom, tmp_path: Path) -> None:
    """What is closed in one feed, open in another and edited keeps its newest date."""
    publish(room, 0, 0, tags="seldom")
    publish(room, 1, 33)
    drop(room, 0, "Edited since.", tags="seldom")
    room.build(LATER + timedelta(days=3))
    edited = items(room, "tags/seldom")["00000"]["date_modified"]
    assert edited > items(room)["00000"]["date_modified"]
    after = without_state(room, tmp_path, MUCH_LATER)
    its, ours = (
        {p: d for p, d in f.items() if p.startswith("feeds/")} for f in (after, room.files())
    )
    assert its == ours


def test_what_has_no_digest_any_more_is_not_read_back(room: Newsroom, tmp_path: Path) -> None:
    """An issue whose digest went together with the state is in no feed."""
    publish(room, 0, 33)
    room.take("00003.txt")
    room.take("00033.txt")
    after = without_state(room, tmp_path, MUCH_LATER)
    found = b"".join(data for path, data in after.items() if path.startswith("feeds/"))
    assert b"issues/00003/" not in found
    assert b"papers/2400.00033/" not in found
    assert b"issues/00004/" in found
    assert "issues/00003/index.html" not in after
    assert "papers/2400.00033/index.html" not in after


def test_what_got_another_name_meanwhile_is_read_back(room: Newsroom, tmp_path: Path) -> None:
    """Without state, a digest under another name is known by its papers, in archives too."""
    publish(room, 0, 33, count=2)
    before = items(room)
    for number in (3, 33):
        digest = room.folder / "seeds" / f"{number:05}.txt"
        digest.rename(digest.with_name(f"other-{number}.txt"))
    after = without_state(room, tmp_path, MUCH_LATER)
    for path in ("feeds/issues.json", "feeds/archive/issues/1-2/feed.json"):
        for item in json.loads(after[path])["items"]:
            slug = item["id"].rpartition("/")[2]
            was = before[slug]
            assert item["date_published"] == was["date_published"]
            moved = slug in ("00003", "00033")
            assert (item["url"] == was["url"]) is not moved
            assert item["url"].removeprefix("https://news.example.org/") + "index.html" in after
    assert b'url=../../issues/other-3/index.html"' in after["issues/00003/index.html"]
    assert "issues/00003/email.html" not in after


def test_pages_stay_while_a_digest_is_bad(room: Newsroom, tmp_path: Path) -> None:
    """Without state, what a digest with an error had published is not taken for withdrawn."""
    publish(room, 0, 2)
    (room.folder / "seeds" / "00001.txt").write_bytes(b"\0")
    after = without_state(room, tmp_path, MUCH_LATER)
    assert {"issues/00001/index.html", "papers/2400.00010/index.html"} <= after.keys()


def test_issues_of_the_same_papers_are_not_confused(room: Newsroom, tmp_path: Path) -> None:
    """Where two issues could be the one, neither is taken for it."""
    for number in (1, 2):
        room.drop(f"{number}.txt", paper("2400.00001", f"A {number}"))
    room.build()
    for number in (1, 2):
        digest = room.folder / "seeds" / f"{number}.txt"
        digest.rename(digest.with_name(f"other-{number}.txt"))
    after = without_state(room, tmp_path, MUCH_LATER)
    found = {
        item["id"].rpartition("/")[2] for item in json.loads(after["feeds/issues.json"])["items"]
    }
    assert found == {"other-1", "other-2"}


def test_a_damaged_feed_is_passed_over(room: Newsroom, tmp_path: Path) -> None:
    """What cannot be read back is published as new; nothing stops."""
    publish(room, 0, 1)
    (room.out / "feeds/issues.json").write_text('{"items": [{"id": 1}, 2]}')
    after = without_state(room, tmp_path, MUCH_LATER)
    dates = [item["date_published"] for item in json.loads(after["feeds/issues.json"])["items"]]
    assert dates[0] == MUCH_LATER.isoformat()


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
