"""What entries are known by: ids and dates stay, whatever becomes of digests and of the state."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.feed_subscriber import (
    LATER,
    MUCH_LATER,
    drop,
    ids,
    is_feed,
    items,
    publish,
    walk,
)
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter."""
    with newsroom(tmp_path) as found:
        yield found


def without_state(room: Newsroom, tmp_path: Path, now: datetime) -> dict[str, bytes]:
    """Return what out/ is after it was built on an empty state."""
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


def test_the_name_of_a_topic_is_read_back(room: Newsroom, tmp_path: Path) -> None:
    """On an empty state a tag and a section are called as the first digest wrote them."""
    for number, (tag, section) in enumerate([("agents", "Agents"), ("AGENTS", "AGENTS")]):
        one, other = paper(f"2408.0000{number}", "A"), paper(f"2408.0001{number}", "B")
        text = f"---\ntags: [{tag}]\n---\n# {section}\n\n{one}# Vision\n\n{other}"
        room.drop(f"00{number}.txt", text)
    room.build()
    first = [next(walk(room, name, "rss")) for name in ("tags/agents", "sections/agents")]
    assert ["Papers: agents", "Papers: Agents"] == [each.feed.title for each in first]
    assert room.files() == without_state(room, tmp_path, MUCH_LATER)


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
