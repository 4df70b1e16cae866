"""Which issue a digest is when files are copied, renamed and written over."""

import json
import mailbox
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest

from publisher.audience import people
from publisher.digest.names import slug_of
from publisher.model import Level
from publisher.publishing.checking import check
from publisher.publishing.ticking import Ticked
from tests.newsroom import KEYS, NOW, Newsroom, newsroom, paper

WEEK = timedelta(days=7)
ONE = paper("2408.00001", "First") + paper("2408.00002", "Second")
TWO = paper("2408.00003", "Third") + paper("2408.00004", "Fourth")
OTHER = paper("2408.00009", "Other")


def posts(titles: str, *, week: int = 1, text: str = "What somebody wrote about it.") -> str:
    """Give items that are no papers, with addresses of that week."""
    return "".join(
        f"## {title}\n[read](https://{title.lower()}.example.org/{week})\n\n{text}\n\n"
        for title in titles.split()
    )


POSTS = posts("Alpha Beta Gamma")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader."""
    with newsroom(tmp_path, '[mail]\nfrom = "Digest <digest@example.org>"\n') as found:
        people.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        yield found


def mails(room: Newsroom) -> list[str]:
    """Give what the subjects of the reader's mails say."""
    folder = room.folder / ".publisher" / "outbox"
    found = list(mailbox.Maildir(folder, create=False)) if folder.exists() else []
    subjects = (str(make_header(decode_header(mail["Subject"]))) for mail in found)
    return sorted(each.rpartition(": ")[2] for each in subjects)


def entries(room: Newsroom) -> dict[str, str]:
    """Give the address of every issue's entry, by id."""
    items = json.loads(room.page("feeds/issues.json"))["items"]
    return {each["id"].partition(":issues/")[2]: each["url"].split("/")[-2] for each in items}


def tick_with(room: Newsroom, files: dict[str, str], now: datetime) -> Ticked:
    """Have just these digests in the folder, and tick."""
    for path in (room.folder / "seeds").iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        path = room.folder / "seeds" / name
        if not path.exists() or path.read_bytes() != text.encode():
            room.drop(name, text, now)
    return room.tick(now)


# --- Copies -------------------------------------------------------------------------------


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
    found = [(each.file, each.code) for each in check(room.bench, None) if each.code == "repeat"]
    assert [("seeds/001 copy.txt", "repeat"), ("seeds/001 old.txt", "repeat")] == sorted(found)


def test_a_name_that_is_not_utf8(room: Newsroom) -> None:
    """It is an error by each run and by `check`, and the others are published."""
    room.drop("other.txt", OTHER)
    (room.folder / "seeds" / os.fsdecode(b"caf\xe9.txt")).write_text(ONE)
    for found in (
        room.tick().built.diagnostics,
        room.tick().built.diagnostics,
        check(room.bench, None),
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
    found = [each.file for each in check(room.bench, None) if each.code == "left-alone"]
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


# --- Names used again ---------------------------------------------------------------------


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
