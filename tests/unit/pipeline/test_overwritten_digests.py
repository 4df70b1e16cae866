"""Whether what is written over a digest is that issue, edited, or a new one under its name."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

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


def test_a_new_batch_written_over_the_old_one(room: Newsroom) -> None:
    """It is an issue of its own, with an id and a mail of its own; the old one is withdrawn."""
    tick_with(room, {"latest.txt": ONE}, NOW)
    ticked = tick_with(room, {"latest.txt": TWO}, NOW + WEEK)
    assert (["latest"], ["latest.1"]) == (
        [each.slug for each in ticked.built.registered.published],
        [each.slug for each in ticked.built.registered.withdrawn],
    )
    assert ({"latest.2": "latest"}, ["First, Second", "Third, Fourth"]) == (
        entries(room), mails(room)
    )  # fmt: skip
    assert "Third" in room.page("issues/latest/index.html")
    assert not (room.out / "papers" / "arxiv-2408.00001").exists()


def test_a_new_batch_may_repeat_a_paper(room: Newsroom) -> None:
    """One paper of five that was in the old batch too makes no edit of the new one."""
    five = "".join(paper(f"2408.0000{number}", f"Paper {number}") for number in range(1, 6))
    tick_with(room, {"latest.txt": five}, NOW)
    others = "".join(paper(f"2408.0001{number}", f"Paper 1{number}") for number in range(1, 5))
    tick_with(room, {"latest.txt": others + five[: five.index("## Paper 2")]}, NOW + WEEK)
    assert {"latest.2": "latest"} == entries(room)


@pytest.mark.parametrize("gone", ["now", "before"])
@pytest.mark.parametrize("name", ["latest.txt", "next.txt"])
def test_a_short_batch_may_repeat_a_paper(room: Newsroom, name: str, gone: str) -> None:
    """One of two papers that was in a batch that goes, or went, makes no edit of the new one."""
    tick_with(room, {"latest.txt": ONE, "other.txt": OTHER}, NOW)
    if gone == "before":
        tick_with(room, {"other.txt": OTHER}, NOW + timedelta(days=1))
    short = paper("2408.00005", "Fifth") + ONE[ONE.index("## Second") :]
    tick_with(room, {name: short, "other.txt": OTHER}, NOW + WEEK)
    assert ["Fifth, Second", "First, Second", "Other"] == mails(room)


@pytest.mark.parametrize("name", ["latest.txt", "next.txt"])
def test_one_paper_makes_no_batch(room: Newsroom, name: str) -> None:
    """Of items that are no papers the links count: one paper that both have is no more than one."""
    tick_with(room, {"latest.txt": OTHER + POSTS, "first.txt": ONE}, NOW)
    tick_with(room, {name: OTHER + posts("Delta Eta Zeta"), "first.txt": ONE}, NOW + WEEK)
    assert 3 == len(mails(room))


@pytest.mark.parametrize("words", [ONE, TWO], ids=["of the last issue", "of the next"])
def test_a_draft_written_over_one_that_is_moved_at_once(room: Newsroom, words: str) -> None:
    """The old batch is the issue it was, and mailed once; the draft is another, when it is one."""
    tick_with(room, {"latest.txt": ONE}, NOW)
    draft = f"---\ndraft: true\n---\n{words}"
    tick_with(room, {"latest.txt": draft, "week-1.txt": ONE}, NOW + WEEK)
    assert ({"latest": "week-1"}, ["First, Second"]) == (entries(room), mails(room))
    tick_with(room, {"latest.txt": TWO, "week-1.txt": ONE}, NOW + 2 * WEEK)
    assert ({"latest": "week-1", "latest.2": "latest"}, ["First, Second", "Third, Fourth"]) == (
        entries(room), mails(room)
    )  # fmt: skip


def test_an_issue_made_a_draft_again(room: Newsroom) -> None:
    """It is withdrawn as long as it is one, and is the issue it was after that."""
    tick_with(room, {"latest.txt": ONE}, NOW)
    tick_with(room, {"latest.txt": f"---\ndraft: true\n---\n{ONE}"}, NOW + WEEK)
    assert {} == entries(room)
    tick_with(room, {"latest.txt": ONE}, NOW + 2 * WEEK)
    assert ({"latest": "latest"}, ["First, Second"]) == (entries(room), mails(room))


def test_a_new_batch_under_the_name_of_one_that_was_moved(room: Newsroom) -> None:
    """Both in one tick: the moved one is what it was, and the new one is mailed."""
    tick_with(room, {"latest.txt": ONE}, NOW)
    tick_with(room, {"latest.txt": TWO, "week-1.txt": ONE}, NOW + WEEK)
    tick_with(room, {"latest.txt": OTHER, "week-1.txt": ONE, "week-2.txt": TWO}, NOW + 2 * WEEK)
    assert {"latest": "week-1", "latest.2": "week-2", "latest.3": "latest"} == entries(room)
    assert ["First, Second", "Other", "Third, Fourth"] == mails(room)


def test_a_new_batch_under_the_name_of_one_that_was_taken_out(room: Newsroom) -> None:
    """It does not bring back what had the name, but is mailed; what had it may still return."""
    tick_with(room, {"latest.txt": ONE, "other.txt": OTHER}, NOW)
    tick_with(room, {"other.txt": OTHER}, NOW + WEEK)
    tick_with(room, {"latest.txt": TWO, "other.txt": OTHER}, NOW + 2 * WEEK)
    assert {"latest.2": "latest", "other": "other"} == entries(room)
    tick_with(room, {"latest.txt": TWO, "other.txt": OTHER, "a.txt": ONE}, NOW + 3 * WEEK)
    assert {"latest": "a", "latest.2": "latest", "other": "other"} == entries(room)
    assert ["First, Second", "Other", "Third, Fourth"] == mails(room)


def test_a_batch_that_comes_back_where_another_was(room: Newsroom) -> None:
    """Written over by mistake and put back, edited: the issue it was, and no second mail."""
    tick_with(room, {"001.txt": ONE}, NOW)
    tick_with(room, {"001.txt": TWO}, NOW + WEEK)
    tick_with(room, {"001.txt": ONE.replace("works", "worked")}, NOW + 2 * WEEK)
    assert {"001": "001"} == entries(room)
    assert ["First, Second", "Third, Fourth"] == mails(room)


def test_two_batches_change_names(room: Newsroom) -> None:
    """Two digests that swap their names are the issues they were, at each other's address."""
    tick_with(room, {"a.txt": ONE, "b.txt": TWO}, NOW)
    tick_with(room, {"a.txt": TWO, "b.txt": ONE}, NOW + WEEK)
    assert {"a": "b", "b": "a"} == entries(room)
    assert "Third" in room.page("issues/a/index.html")
    assert ["First, Second", "Third, Fourth"] == mails(room)


@pytest.mark.parametrize(
    "edited",
    [
        ONE.replace("2408.0000", "2409.0000"),
        ONE.replace("First", "Erster").replace("Second", "Zweiter"),
        paper("2408.00009", "Other") + ONE,
        ONE[ONE.index("## Second") :],
        f"---\ntitle: Another title\n---\n{ONE}",
    ],
    ids=["numbers", "titles", "a paper more", "a paper less", "title"],
)
def test_an_edit_is_no_new_issue(room: Newsroom, edited: str) -> None:
    """A digest that still has most of its papers or of its titles is the issue it was."""
    tick_with(room, {"001.txt": ONE}, NOW)
    tick_with(room, {"001.txt": edited}, NOW + WEEK)
    assert ({"001": "001"}, ["First, Second"]) == (entries(room), mails(room))


def test_a_new_batch_that_waits(tmp_path: Path) -> None:
    """What was written over is gone at once, and the new batch comes when it is due."""
    at = '[schedule]\nat = ["09:00"]\n'
    with newsroom(tmp_path, at) as room:
        nine = NOW.replace(hour=9)
        room.drop("latest.txt", ONE, NOW)
        room.drop("other.txt", OTHER, NOW)
        room.tick(nine)
        room.drop("latest.txt", TWO, nine + timedelta(hours=1))
        room.tick(nine + timedelta(hours=2))
        assert not (room.out / "issues" / "latest").exists()
        assert {"other": "other"} == entries(room)
        room.tick(nine + timedelta(days=1))
        assert {"latest.2": "latest", "other": "other"} == entries(room)
        assert (room.out / "issues" / "latest" / "index.html").exists()
