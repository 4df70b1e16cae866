"""A published digest that another version of the program cannot read: its issue stays as it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.commands.status import Status, read_status
from publisher.digest import parser
from publisher.errors import NotFoundError
from publisher.model import Level
from publisher.pipeline.tick import Built
from publisher.plans.create import UNREADABLE
from publisher.storage import issues
from tests.support.newsletter_folder import NOW, Newsroom, paper
from tests.support.older_version import dates, entries, retitled, upgrade
from tests.support.renames import REFRESH, mails, read_newsroom
from tests.unit.pipeline.test_state_recovery_interrupted import lost_state
from tests.unit.plans.test_create import choose

LATER, MUCH_LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
SLIP = "There is a slip."
MENDED = paper("2408.00001", "First", "A text of some words.") + paper("2408.00002", "Second")
ONE = MENDED + SLIP
TWO = paper("2408.00003", "Third") + paper("2408.00004", "Fourth")
SAID = "seeds/001.txt:3:1: error: two papers in one item [empty]"
READ = parser.read


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader, who got two issues."""
    with read_newsroom(tmp_path) as found:
        found.drop("001.txt", ONE)
        found.drop("002.txt", TWO)
        found.tick()
        yield found


@pytest.fixture
def kept(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """Have the first digest be an error to the program, which has run since."""
    upgrade(monkeypatch, cannot_read=SLIP)
    room.tick(LATER)
    return room


def standing(room: Newsroom) -> Status:
    """Do what `publisher status` does."""
    return read_status(room.settings, room.database, MUCH_LATER)


def told(built: Built) -> list[tuple[str, str]]:
    """Return level and code of all that is told."""
    return [(each.level.value, each.code) for each in built.diagnostics]


# --- It stays, and is listed --------------------------------------------------------------


def test_all_stays_as_it_was(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """No byte under out/ is another, no mail goes out, and one warning says what and where."""
    before, sent = room.files(), mails(room)
    upgrade(monkeypatch, cannot_read=SLIP)
    ticked = room.tick(LATER)
    assert before == room.files()
    assert (sent, False) == (mails(room), ticked.built.failed)
    (remark,) = ticked.built.diagnostics
    assert "seeds/001.txt:3:1: warning: published before" in str(remark)
    assert "two papers in one item" in remark.message


def test_nothing_is_told_again(kept: Newsroom) -> None:
    """Later runs say nothing of it and do nothing for it."""
    built = kept.tick(MUCH_LATER).built
    assert ([], 0, 0) == (built.diagnostics, built.rendered.issues, built.rendered.written)


def test_status_lists_it(kept: Newsroom) -> None:
    """`status` says what, why and what to do; it is no reason to exit with 1."""
    found = standing(kept)
    line = next(line for line in found.lines(kept.settings) if line.startswith("issue 001"))
    assert "stays as it was published" in line
    assert f"can no longer be read: {SAID}; mend that, and the next run makes it anew" in line
    assert not found.needs_a_person
    assert [{"slug": "001", "words": SAID, "missing": []}] == found.as_dict()["kept"]


def test_check_says_what_is_wrong(kept: Newsroom) -> None:
    """`check` reports the error as one of any digest."""
    found = [each for each in kept.check() if each.level is Level.error]
    assert [SAID] == list(map(str, found))


def test_touching_it_changes_nothing(kept: Newsroom) -> None:
    """The same bytes written once more are what was published."""
    before = kept.files()
    kept.drop("001.txt", ONE, LATER)
    built = kept.tick(MUCH_LATER).built
    assert ([], before) == (built.diagnostics, kept.files())
    assert "published" == kept.state_of("001.txt")


def test_its_page_when_it_is_edited_badly(kept: Newsroom) -> None:
    """Other bytes that cannot be read either are an error of each run; the issue stays."""
    before = kept.files()
    kept.drop("001.txt", ONE.replace("words", "many words"), LATER)
    built = kept.tick(MUCH_LATER).built
    assert ([("error", "empty")], before) == (told(built), kept.files())
    assert kept.tick(MUCH_LATER).built.failed


def test_its_bytes_are_back_after_a_bad_edit(kept: Newsroom) -> None:
    """It is what was published then, and nobody need do anything."""
    kept.drop("001.txt", ONE.replace("words", "many words"), LATER)
    kept.tick(MUCH_LATER)
    kept.drop("001.txt", ONE, LATER)
    assert [] == kept.tick(MUCH_LATER).built.diagnostics
    assert "published" == kept.state_of("001.txt")


def test_its_digest_is_renamed(kept: Newsroom) -> None:
    """No page of it can be made anew, so it stays where it was, and `status` names the file."""
    before = kept.files()
    kept.take("001.txt")
    kept.drop("first.txt", ONE, LATER)
    ticked = kept.tick(MUCH_LATER)
    assert ([], {}) == (ticked.built.diagnostics, ticked.mailed.planned)
    assert before == kept.files()
    (stays,) = standing(kept).kept
    assert ("001", SAID.replace("001", "first")) == (stays.slug, stays.words)
    assert [] == kept.tick(MUCH_LATER).built.diagnostics
    kept.take("first.txt")
    kept.tick(MUCH_LATER)
    assert not (kept.out / "issues/001").exists()


def test_a_renamed_digest_is_mended(kept: Newsroom) -> None:
    """Its issue is where its name says then, as after any other renaming, and mailed to nobody."""
    before = dates(kept)
    kept.take("001.txt")
    kept.drop("first.txt", ONE, LATER)
    kept.tick(MUCH_LATER)
    kept.drop("first.txt", MENDED, LATER)
    assert {} == kept.tick(MUCH_LATER).mailed.planned
    assert {"issues/first", *before} - {"issues/001"} == {
        each["url"].removeprefix("https://news.example.org/").strip("/")
        for name in ("issues", "papers")
        for each in entries(kept, name).values()
    }
    assert before.keys() == dates(kept).keys()


def test_its_digest_is_copied(kept: Newsroom) -> None:
    """A copy beside it is an error like any digest that cannot be read."""
    kept.drop("copy.txt", ONE, LATER)
    assert [("error", "empty")] == told(kept.tick(MUCH_LATER).built)
    assert ("published", "failed") == (kept.state_of("001.txt"), kept.state_of("copy.txt"))


def test_another_version_reads_it_again(kept: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a version can read it, its pages are made anew, and nothing else happens."""
    before = dates(kept)
    upgrade(monkeypatch, retitled)
    ticked = kept.tick(MUCH_LATER)
    assert ([], {}) == (ticked.built.diagnostics, ticked.mailed.planned)
    assert "Anew: First" in kept.page("issues/001/index.html")
    assert (before, ()) == (dates(kept), tuple(standing(kept).kept))


def test_a_moment_of_weakness(kept: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be read for want of time or memory is read by the next run."""
    monkeypatch.setattr(parser, "read", READ)
    built = kept.tick(MUCH_LATER).built
    assert ([], ()) == (built.diagnostics, tuple(standing(kept).kept))
    assert 0 == kept.tick(MUCH_LATER).built.rendered.issues


# --- It is mended, or something else comes ------------------------------------------------


def test_mended(kept: Newsroom) -> None:
    """A digest that is put right is the issue that it was, and is mailed to nobody."""
    before = dates(kept).keys()
    kept.drop("001.txt", MENDED, LATER)
    ticked = kept.tick(MUCH_LATER)
    assert ([], {}) == (ticked.built.diagnostics, ticked.mailed.planned)
    assert ((), before) == (tuple(standing(kept).kept), dates(kept).keys())
    assert "slip" not in kept.page("issues/001/index.html")
    assert MUCH_LATER == kept.records()["001"].updated


def test_mended_with_fewer_papers(kept: Newsroom) -> None:
    """The page of a paper that is read in it no more leads to the issue."""
    kept.drop("001.txt", MENDED.replace("https://arxiv.org/abs/2408.00001", "https://a.example"))
    kept.tick(MUCH_LATER)
    found = REFRESH.search(kept.page("papers/2408.00001/index.html"))
    assert found
    assert "../../issues/001/index.html" == found[1]


def test_another_batch_in_its_file(kept: Newsroom) -> None:
    """What has few of its lines is a new issue, which is mailed; the old one is withdrawn."""
    kept.drop("001.txt", paper("2409.00001", "Another") + paper("2409.00002", "Batch"), LATER)
    ticked = kept.tick(MUCH_LATER)
    assert ["001"] == [*ticked.mailed.planned]
    assert MUCH_LATER == kept.records()["001"].published


def test_mended_with_other_papers(kept: Newsroom) -> None:
    """What has most of its lines is the issue that it was, whatever papers it has."""
    links = MENDED.replace("https://arxiv.org/abs/2408.", "https://arxiv.org/abs/2409.")
    kept.drop("001.txt", links, LATER)
    assert {} == kept.tick(MUCH_LATER).mailed.planned
    assert NOW > kept.records()["001"].published - timedelta(seconds=1)


def test_the_newest_issue(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home page leads to it as before, with the newest that can be read above it."""
    upgrade(monkeypatch, cannot_read="Third")
    room.tick(LATER)
    page = room.page("index.html")
    assert page.index("First") < page.index("issues/002/index.html")


def test_another_issue_comes(kept: Newsroom) -> None:
    """What is published after it stands with it in lists and feeds, whose entry is as it was."""
    names = [
        f"{folder}{name}" for folder in ("", "en/", "zh-Hans/") for name in ("issues", "papers")
    ]
    before = {name: entries(kept, name) for name in names}
    page = kept.page("issues/001/index.html")
    kept.drop("003.txt", paper("2408.00005", "Fifth"), LATER)
    ticked = kept.tick(MUCH_LATER)
    assert ([], ["003"]) == (ticked.built.diagnostics, [*ticked.mailed.planned])
    for name, its in before.items():
        assert its.items() <= entries(kept, name).items()
    assert "issues/001/" in kept.page("archive/1/index.html")
    assert page == kept.page("issues/001/index.html")


def test_feeds_in_all_formats(kept: Newsroom) -> None:
    """An entry that is repeated is the same in Atom and RSS, too."""
    before = [kept.page(f"feeds/papers.{kind}") for kind in ("atom", "rss")]
    kept.drop("003.txt", "---\ntags: [new]\n---\n" + TWO.replace("2408", "2409"), LATER)
    kept.tick(MUCH_LATER)
    after = [kept.page(f"feeds/papers.{kind}") for kind in ("atom", "rss")]
    for old, new, end in zip(before, after, ("entry", "item"), strict=True):
        texts = [each.partition(f"</{end}>")[0] for each in old.split(f"<{end}")[1:]]
        assert 4 == len(texts)
        assert all(text in new for text in texts)


def test_its_entry_is_archived(kept: Newsroom) -> None:
    """An entry that goes into an archive stands there as it was."""
    before = entries(kept)["papers/2408.00001"]
    for number in range(3, 6):
        many = (paper(f"2409.{number}{each:04}"[:10], f"P{number} {each}") for each in range(12))
        kept.drop(f"00{number}.txt", "".join(many), LATER)
    built = kept.tick(MUCH_LATER).built
    archives = (kept.out / "feeds/archive/papers").glob("*/feed.json")
    closed = [each for path in archives for each in json.loads(path.read_text())["items"]]
    assert [] == built.diagnostics
    assert before in closed


def test_it_is_taken_out(kept: Newsroom) -> None:
    """An issue whose digest is taken away is withdrawn like any other, and listed no more."""
    kept.take("001.txt")
    kept.tick(MUCH_LATER)
    assert not (kept.out / "issues/001").exists()
    assert (0, ["002"]) == (len(standing(kept).kept), [*kept.records()])
    assert {"papers/2408.00003", "papers/2408.00004"} == entries(kept).keys()


# --- What cannot be kept ------------------------------------------------------------------


def test_out_is_made_anew(kept: Newsroom) -> None:
    """What only stood under out/ cannot be made again: an error of every run, and in `status`."""
    shutil.rmtree(kept.out)
    assert [("error", "not-shown")] * 2 == told(kept.tick(MUCH_LATER).built)
    (remark,) = kept.tick(MUCH_LATER).built.diagnostics
    assert "issues/001/index.html (and 2 more) is not under out/" in remark.message
    assert "two papers in one item" in remark.message
    assert standing(kept).needs_a_person
    assert remark.message in list(standing(kept).lines(kept.settings))


def test_its_pages_are_put_back(kept: Newsroom) -> None:
    """A copy of the site that is put back is all it takes."""
    shutil.copytree(kept.out, kept.folder / "copy")
    shutil.rmtree(kept.out)
    kept.tick(MUCH_LATER)
    shutil.copytree(kept.folder / "copy", kept.out, dirs_exist_ok=True)
    assert [] == kept.tick(MUCH_LATER).built.diagnostics
    assert not standing(kept).needs_a_person


def test_feeds_are_lost(kept: Newsroom) -> None:
    """An entry that stands nowhere any more is told of by the build that leaves it out."""
    kept.lose("feeds")
    built = kept.tick(MUCH_LATER).built
    assert [("error", "not-shown")] == told(built)
    assert {"papers/2408.00003", "papers/2408.00004"} == entries(kept).keys()


def test_the_copy_is_lost(room: Newsroom) -> None:
    """An issue whose bytes are nowhere any more is one that cannot be read, from then on."""
    room.drop("001.txt", "Nothing.", LATER)
    room.tick(LATER)
    shutil.rmtree(room.folder / ".publisher/digests")
    with room.database.write() as connection:
        issues.mark_unrendered(connection, ["001"])
    built = room.tick(MUCH_LATER).built
    assert [("warning", "kept"), ("error", "empty")] == told(built)
    assert "neither the digest nor its copy is as it was published" in str(standing(room).kept[0])


# --- Mail ---------------------------------------------------------------------------------


def test_mail_that_is_still_to_be_made(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was published and not mailed before is mailed to nobody, which each run says."""
    room.drop("003.txt", paper("2408.00005", "Fifth") + SLIP, LATER)
    room.build(LATER)
    upgrade(monkeypatch, cannot_read=SLIP)
    ticked = room.tick(MUCH_LATER)
    said = SAID.replace("001", "003")
    assert ({}, UNREADABLE.format("003", said)) == (ticked.mailed.planned, ticked.mailed.trouble)
    assert ticked.mailed.needs_a_person
    room.reload()
    with pytest.raises(NotFoundError, match="its digest can no longer be read: seeds/003"):
        room.freeze("003", MUCH_LATER)


def test_mail_of_several(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """The week's mail is made without it, and says so."""
    choose(room, "weekly")
    room.drop("003.txt", paper("2408.00005", "Fifth") + SLIP, LATER)
    room.drop("004.txt", paper("2408.00006", "Sixth"), LATER)
    room.tick(LATER)
    upgrade(monkeypatch, cannot_read=SLIP)
    ticked = room.tick(NOW + timedelta(days=7))
    assert "the mail of several issues is made without 003" in ticked.mailed.trouble
    assert ["First, Second", "Sixth", "Third, Fourth"] == mails(room)


def test_the_state_is_lost_too(kept: Newsroom) -> None:
    """What stands under out/ tells what was published: that stays, and is mailed to nobody."""
    names = [f"{folder}{name}" for folder in ("", "en/") for name in ("issues", "papers")]
    before = {name: entries(kept, name) for name in names}
    pages = {path: data for path, data in kept.files().items() if "issues/001/" in path}
    with lost_state(kept):
        ticked = kept.tick(MUCH_LATER)
        assert ([("error", "empty")], {}) == (told(ticked.built), ticked.mailed.planned)
        assert before == {name: entries(kept, name) for name in names}
        assert pages.items() <= kept.files().items()
        assert "issues/001/" in kept.page("archive/1/index.html")
        assert [("001", SAID)] == [(each.slug, each.words) for each in standing(kept).kept]
        assert [] == kept.tick(MUCH_LATER).built.diagnostics
        kept.drop("001.txt", MENDED, LATER)
        assert {} == kept.tick(MUCH_LATER).mailed.planned
        assert before["issues"].keys() == entries(kept, "issues").keys()
        assert () == tuple(standing(kept).kept)
