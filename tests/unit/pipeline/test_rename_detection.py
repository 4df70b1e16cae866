"""Which digests are copies, and which issue a digest is under another name."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.digest.filename import slug_of
from publisher.model import Level
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper
from tests.support.renames import (
    ONE,
    OTHER,
    POSTS,
    TWO,
    WEEK,
    entries,
    mails,
    posts,
    read_newsroom,
    tick_with,
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader."""
    with read_newsroom(tmp_path) as found:
        yield found


def test_a_copy_is_not_published(room: Newsroom) -> None:
    """A digest that says what another says is told once, and mailed to nobody."""
    tick_with(room, {"001.txt": ONE}, NOW)
    before = room.files()
    copy = "\ufeff" + ONE.replace("\n", "\r\n")
    for now in (NOW + WEEK, NOW + 2 * WEEK):
        ticked = tick_with(room, {"001.txt": ONE, "001 copy.txt": copy}, now)
        told = [(each.file, each.code) for each in ticked.built.diagnostics]
        assert ([("seeds/001 copy.txt", "repeat")] if now == NOW + WEEK else []) == told
    assert (before, ["First, Second"]) == (room.files(), mails(room))
    assert "repeat" == room.state_of("001 copy.txt")


def test_a_copy_that_came_along_is_not_published(room: Newsroom) -> None:
    """Of two new digests that say the same, the one with the shorter name is the issue."""
    tick_with(room, {"001 (1).txt": ONE, "001.txt": ONE, "1.txt": TWO}, NOW)
    assert {"001", "1"} == room.records().keys()


@pytest.mark.parametrize(
    "name",
    [
        "001 (Ann's conflicted copy 2026-11-21).txt",
        "001.sync-conflict-20261121-101010-ABCDEFG.txt",
        "001 - Copy (2).txt",
        "001-final.txt",
        "Copy of 001.txt",
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_copy_that_differs(room: Newsroom, name: str, *, at_once: bool) -> None:
    """Two edits of a digest at once leave a copy by its name, with its papers: it is no issue."""
    edited = ONE.replace("works", "worked") + paper("2408.00005", "Fifth")
    if not at_once:
        tick_with(room, {"001.txt": ONE}, NOW)
    for now in (NOW + WEEK, NOW + 2 * WEEK):
        ticked = tick_with(room, {"001.txt": ONE, name: edited}, now)
        told = [(each.file, each.code) for each in ticked.built.diagnostics]
        assert ([(f"seeds/{name}", "repeat")] if now == NOW + WEEK else []) == told
    assert ({"001": "001"}, ["First, Second"]) == (entries(room), mails(room))
    tick_with(room, {"001.txt": ONE, name: edited, "other.txt": OTHER}, NOW + 3 * WEEK)
    assert {"001": "001", "other": "other"} == entries(room)
    tick_with(room, {name: edited, "other.txt": OTHER}, NOW + 4 * WEEK)
    assert {"001": slug_of(name), "other": "other"} == entries(room)
    assert ["First, Second", "Other"] == mails(room)


@pytest.mark.parametrize("name", ["001-2.txt", "second.txt"])
def test_a_name_or_papers_alone_make_no_copy(room: Newsroom, name: str) -> None:
    """A digest with a name like another's, or with papers of another, is an issue."""
    tick_with(room, {"001.txt": ONE}, NOW)
    text = TWO if name == "001-2.txt" else ONE.replace("works", "worked")
    tick_with(room, {"001.txt": ONE, name: text}, NOW + WEEK)
    assert {"001", slug_of(name)} == entries(room).keys()


def test_check_names_copies(room: Newsroom) -> None:
    """`check` says which digests repeat others, or nearly; a draft may."""
    room.drop("001.txt", ONE)
    room.drop("001 copy.txt", ONE)
    room.drop("001 old.txt", ONE.replace("works", "worked"))
    room.drop("002.txt", f"---\ndraft: true\n---\n{ONE}")
    room.reload()
    found = [(each.file, each.code) for each in room.check() if each.code == "repeat"]
    assert [("seeds/001 copy.txt", "repeat"), ("seeds/001 old.txt", "repeat")] == sorted(found)


def test_a_name_that_is_not_utf8(room: Newsroom) -> None:
    """It is an error by each run and by `check`, and the others are published."""
    room.drop("other.txt", OTHER)
    (room.folder / "seeds" / os.fsdecode(b"caf\xe9.txt")).write_text(ONE)
    for found in (
        room.tick().built.diagnostics,
        room.tick().built.diagnostics,
        room.check(),
    ):
        told = [str(each) for each in found if each.level is Level.error]
        assert ["seeds/caf?.txt:0:0: error: its name is not UTF-8; rename it [unreadable]"] == told
    assert {"other": "other"} == entries(room)


def test_check_names_what_is_no_digest(room: Newsroom) -> None:
    """`check` says of a folder, a broken link and another kind of file that they are left alone."""
    seeds = room.folder / "seeds"
    (seeds / "later").mkdir()
    (seeds / "gone.txt").symlink_to("nowhere")
    for name in ("001.txt", "a.docx", ".hidden.docx"):
        room.drop(name, ONE)
    room.reload()
    found = [each.file for each in room.check() if each.code == "left-alone"]
    assert ["seeds/a.docx", "seeds/gone.txt", "seeds/later"] == found


def test_a_copy_takes_the_place_of_what_goes(room: Newsroom) -> None:
    """When what it repeats is taken out, a copy is that issue under another name."""
    tick_with(room, {"001.txt": ONE, "other.txt": OTHER}, NOW)
    tick_with(room, {"001.txt": ONE, "other.txt": OTHER, "001 copy.txt": ONE}, NOW + WEEK)
    tick_with(room, {"other.txt": OTHER, "001 copy.txt": ONE}, NOW + 2 * WEEK)
    assert {"001": "001-copy", "other": "other"} == entries(room)
    assert ["First, Second", "Other"] == mails(room)


def test_a_copy_takes_the_place_of_what_is_written_over(room: Newsroom) -> None:
    """A copy, once told, is that issue when another batch is written over the original."""
    tick_with(room, {"latest.txt": ONE}, NOW)
    tick_with(room, {"latest.txt": ONE, "week 1.txt": ONE}, NOW + WEEK)
    tick_with(room, {"latest.txt": TWO, "week 1.txt": ONE}, NOW + 2 * WEEK)
    assert {"latest": "week-1", "latest.2": "latest"} == entries(room)


def test_a_renamed_digest_that_is_edited(room: Newsroom) -> None:
    """Another name and another word in one step: the issue it was, mailed once."""
    tick_with(room, {"001.txt": ONE, "other.txt": OTHER}, NOW)
    edited = ONE.replace("works", "worked")
    tick_with(room, {"the first.txt": edited, "other.txt": OTHER}, NOW + WEEK)
    assert {"001": "the-first", "other": "other"} == entries(room)
    assert ["First, Second", "Other"] == mails(room)


@pytest.mark.parametrize("name", ["001.txt", "the first.txt"])
def test_a_digest_that_is_edited_while_it_is_taken_out(room: Newsroom, name: str) -> None:
    """Put back at some later tick, under whatever name, it is the issue it was, mailed once."""
    tick_with(room, {"001.txt": ONE, "other.txt": OTHER}, NOW)
    since = room.records()["001"].published
    tick_with(room, {"other.txt": OTHER}, NOW + WEEK)
    edited = ONE.replace("works", "worked") + paper("2408.00005", "Fifth")
    tick_with(room, {name: edited, "other.txt": OTHER}, NOW + 2 * WEEK)
    assert {"001", "other"} == entries(room).keys()
    assert since == room.records()[slug_of(name)].published
    assert ["First, Second", "Other"] == mails(room)


def test_a_digest_of_which_two_taken_out_have_most(room: Newsroom) -> None:
    """It is the one it has more papers of."""
    four = [paper(f"2408.0001{number}", f"Paper {number}") for number in range(5)]
    files = {"a.txt": "".join(four[:3]), "b.txt": "".join(four[1:]), "other.txt": OTHER}
    tick_with(room, files, NOW)
    tick_with(room, {"other.txt": OTHER}, NOW + WEEK)
    tick_with(room, {"c.txt": "".join(four), "other.txt": OTHER}, NOW + 2 * WEEK)
    assert {"b": "c", "other": "other"} == entries(room)


@pytest.mark.parametrize("ticks", [0, 1])
def test_two_digests_of_one_taken_out(room: Newsroom, ticks: int) -> None:
    """The one that has more of its papers is that; the other is new."""
    five = [paper(f"2408.0001{number}", f"Paper {number}") for number in range(5)]
    tick_with(room, {"a.txt": "".join(five[:4]), "other.txt": OTHER}, NOW)
    for number in range(ticks):
        tick_with(room, {"other.txt": OTHER}, NOW + number * timedelta(days=1))
    files = {"b.txt": "".join(five[:3]), "long.txt": "".join(five), "other.txt": OTHER}
    tick_with(room, files, NOW + WEEK)
    assert {"a": "long", "b": "b", "other": "other"} == entries(room)


def test_what_has_no_papers_is_known_by_its_links(room: Newsroom) -> None:
    """Renamed and edited at once it is the issue it was, and a copy by name is one."""
    tick_with(room, {"001.txt": POSTS, "other.txt": OTHER}, NOW)
    edited = posts("Alpha Beta Gamma Delta", text="What somebody said about it.")
    tick_with(room, {"first.txt": edited, "other.txt": OTHER}, NOW + WEEK)
    assert {"001": "first", "other": "other"} == entries(room)
    files = {"first.txt": edited, "first (1).txt": POSTS, "other.txt": OTHER}
    tick_with(room, files, NOW + 2 * WEEK)
    assert ({"001": "first", "other": "other"}, 2) == (entries(room), len(mails(room)))


def test_titles_alone_make_no_copy(room: Newsroom) -> None:
    """Next week's items may have the titles of this week's, beside it or in its place."""
    one, two, three = (posts("Tools Events", week=week) for week in (1, 2, 3))
    tick_with(room, {"week.txt": one, "other.txt": OTHER}, NOW)
    tick_with(room, {"week.txt": one, "week-2.txt": two, "other.txt": OTHER}, NOW + WEEK)
    tick_with(room, {"week.txt": one, "week-3.txt": three, "other.txt": OTHER}, NOW + 2 * WEEK)
    assert 4 == len(mails(room))


def test_a_copy_kept_of_what_is_then_edited(room: Newsroom) -> None:
    """Who copies a digest and edits it has edited the issue; the copy is none."""
    tick_with(room, {"001.txt": ONE}, NOW)
    edited = ONE.replace("works", "worked")
    tick_with(room, {"001.txt": edited, "001 old.txt": ONE}, NOW + WEEK)
    assert ({"001": "001"}, ["First, Second"]) == (entries(room), mails(room))
    assert NOW + WEEK == room.records()["001"].updated
    files = {"001.txt": edited, "001 old.txt": ONE, "other.txt": OTHER}
    tick_with(room, files, NOW + 2 * WEEK)
    assert {"001": "001", "other": "other"} == entries(room)


def test_a_copy_beside_a_lost_state(room: Newsroom, tmp_path: Path) -> None:
    """What is read back from out/ is known by its digest; a copy of that is none again."""
    tick_with(room, {"001.txt": ONE}, NOW)
    (tmp_path / "other").mkdir()
    with newsroom(tmp_path / "other") as other:
        room.out.rename(other.out)
        tick_with(other, {"001.txt": ONE, "001 copy.txt": ONE}, NOW + WEEK)
        assert {"001": "001"} == entries(other)
