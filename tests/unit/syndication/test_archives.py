"""Closed archives: at an address one document or none, and from the newest back each entry once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.pipeline import state_recovery
from publisher.render.feed_catalog import FORMATS
from publisher.site.output import Output
from publisher.storage import issues
from publisher.syndication import membership
from tests.support.feed_archives import Keepers, archives, walk, whole
from tests.support.newsletter_folder import NOW, Newsroom, fresh_database, newsroom, paper

LATER = NOW + timedelta(days=3)
#: Issues that make four archives, where a document has no more than six.
MANY, ENTRIES = 15, 6
_FOLDER = re.compile(r"feeds/archive/(.+)/feed\.json")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have archives of a few issues: the same happens as with thirty in each, sooner."""
    monkeypatch.setattr(membership, "_ENTRIES", ENTRIES)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with archives."""
    with newsroom(tmp_path) as found:
        for number in range(MANY):
            drop(found, number)
        found.build()
        assert folders(found) == {1, 2, 3, 4}
        yield found


@pytest.fixture
def keepers(room: Newsroom) -> Keepers:
    """Return readers who have fetched every archive, and ask for none again."""
    found = Keepers(room.out)
    found.look()
    return found


def drop(room: Newsroom, number: int, text: str = "It works.", at: datetime = NOW) -> None:
    """Drop a digest of one paper, with a tag, below a heading."""
    front = "---\ntags: [llm]\n---\n# Vision\n\n"
    its = paper(f"2400.{number:05}", f"Paper {number}", text)
    room.drop(f"{number:03}.txt", f"{front}{its}# Agents\n\nNone today.\n", at)


def folders(room: Newsroom, name: str = "issues") -> set[int | str]:
    """Return the folders of a feed's archives; those of a first edition as numbers."""
    found = (_FOLDER.fullmatch(path) for path in archives(room.out))
    its = (each[1].removeprefix(f"{name}/") for each in found if each)
    return {int(each) if each.isdigit() else each for each in its if "/" not in each}


def slugs_in(room: Newsroom, number: int) -> list[str]:
    """Return the issues in an archive of the first edition."""
    text = room.page(f"feeds/archive/issues/{number}/feed.json")
    return re.findall(r'/issues/(\d+)/", "title"', text)


def ids(room: Newsroom, name: str = "issues") -> list[str]:
    """Return the ends of the ids in a feed, from the newest document back; all formats agree."""
    return [each.rpartition("/")[2] for each in whole(room.out)[name]]


def site(room: Newsroom, **settings: str) -> None:
    """Set settings of the newsletter."""
    toml = room.folder / "publisher.toml"
    text = toml.read_text(encoding="utf-8")
    for key, value in settings.items():
        text = re.sub(rf"(?m)^{key} = .*$", f'{key} = "{value}"', text)
    toml.write_text(text, encoding="utf-8")


def everyone(without: int | None = None) -> list[str]:
    """Return the slugs of all issues, the newest first."""
    return [f"{number:03}" for number in range(MANY - 1, -1, -1) if number != without]


# --- What is told anew --------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_a_withdrawal_leaves_no_document_changed(
    room: Newsroom, keepers: Keepers, kind: str
) -> None:
    """What was at an address is there as it was, or gone; the rest is met from the newest back."""
    before = [path for path, _ in walk(room.out, "issues", kind)]
    room.take("003.txt")
    room.build(LATER)
    keepers.look()
    after = list(walk(room.out, "issues", kind))
    assert [each.rpartition("/")[2] for _, its in after for each in its] == everyone(without=3)
    assert not {path for path, _ in after[1:]} & set(before)
    assert not any((room.out / path).exists() for path in before[1:])
    assert not any((room.out / f"{path}.gz").exists() for path in before[1:])


def test_what_is_older_stays_where_it_is(room: Newsroom, keepers: Keepers) -> None:
    """Only the archive that an issue left, and those after it, have new addresses."""
    slug = slugs_in(room, 3)[0]
    room.take(f"{slug}.txt")
    room.build(LATER)
    keepers.look()
    assert folders(room) == {1, 2, "3-2", "4-2"}
    assert ids(room) == everyone(without=int(slug))


def test_the_first_two_have_new_addresses_together(room: Newsroom, keepers: Keepers) -> None:
    """The first archive names the second, so it is told anew when that is."""
    room.take(f"{slugs_in(room, 2)[0]}.txt")
    room.build(LATER)
    keepers.look()
    assert folders(room) == {"1-2", "2-2", "3-2", "4-2"}


def test_tags_and_sections_follow(room: Newsroom, keepers: Keepers) -> None:
    """A withdrawn issue is in no archive of any feed, nor is its paper."""
    room.take("003.txt")
    room.build(LATER)
    keepers.look()
    found = whole(room.out)
    for name in ("tags/llm", "sections/vision", "papers", "en/issues", "zh-Hans/papers"):
        assert len(found[name]) == MANY - 1
    assert not any(b"2400.00003" in data for data in archives(room.out).values())


def test_a_renamed_issue_is_told_of_where_it_is(room: Newsroom, keepers: Keepers) -> None:
    """Its entry leads to the new address; papers, whose entries say nothing of it, stay closed."""
    (room.folder / "seeds/003.txt").rename(room.folder / "seeds/renamed.txt")
    room.build(LATER)
    keepers.look()
    assert ids(room) == everyone()
    assert not any(b"/issues/003/" in data for data in archives(room.out).values())
    assert folders(room) == {"1-2", "2-2", "3-2", "4-2"}
    assert folders(room, "papers") == {1, 2, 3, 4}


def test_a_new_address_of_the_site_makes_new_editions(room: Newsroom, keepers: Keepers) -> None:
    """Served under the old address and the new one, a document is the same at both."""
    site(room, base_url="https://other.example.org/")
    room.build(LATER)
    keepers.look()
    assert ids(room) == everyone()
    assert not any(b"news.example.org" in data for data in archives(room.out).values())
    site(room, base_url="https://news.example.org/")
    room.build(LATER)
    keepers.look()
    assert folders(room) == {"1-3", "2-3", "3-3", "4-3"}


def test_twice_in_one_run_is_once(room: Newsroom, keepers: Keepers) -> None:
    """A withdrawal, a rename and a move of the site in one run make one new edition."""
    room.take("003.txt")
    (room.folder / "seeds/004.txt").rename(room.folder / "seeds/renamed.txt")
    site(room, base_url="https://other.example.org/")
    room.build(LATER)
    keepers.look()
    assert folders(room) == {"1-2", "2-2", "3-2", "4-2"}
    assert len(ids(room)) == MANY - 1


def test_what_comes_back_is_where_it_was(room: Newsroom, keepers: Keepers) -> None:
    """A withdrawn issue that returns is in its archive again, in a third edition."""
    text = (room.folder / "seeds/003.txt").read_text(encoding="utf-8")
    room.take("003.txt")
    room.build(LATER)
    keepers.look()
    room.drop("003.txt", text)
    room.build(LATER)
    keepers.look()
    assert ids(room) == everyone()
    assert folders(room) == {"1-3", "2-3", "3-3", "4-3"}


def test_what_comes_back_says_what_it_says_then(room: Newsroom, keepers: Keepers) -> None:
    """Words that were taken back are in no archive, though the issue was edited before."""
    drop(room, 3, "A slip.")
    room.build(LATER)
    room.take("003.txt")
    room.build(LATER)
    drop(room, 3, "The truth.")
    room.build(LATER)
    keepers.look()
    assert any(b"The truth." in data for data in archives(room.out).values())
    assert not any(b"A slip." in data for data in archives(room.out).values())


def test_an_edit_makes_no_edition(room: Newsroom, keepers: Keepers) -> None:
    """Nor does a new title of the newsletter: what is closed says what it said."""
    drop(room, 3, "It works after all.")
    site(room, title="Other papers")
    room.build(LATER)
    keepers.look()
    assert folders(room) == folders(room, "papers") == {1, 2, 3, 4}


def test_a_paper_that_an_edit_takes_out_makes_no_edition(tmp_path: Path) -> None:
    """What no issue has any more stays where it is closed, as all that is edited does."""
    with newsroom(tmp_path) as room:
        one, other = paper("2401.00001", "One"), paper("2401.00002", "Another")
        room.drop("000.txt", one + other)
        for number in range(1, MANY):
            drop(room, number)
        room.build()
        before = archives(room.out)
        room.drop("000.txt", other)
        room.build(LATER)
        assert archives(room.out) == before
        assert "2401.00001" in ids(room, "papers")


def test_a_withdrawn_issues_words_are_not_another_issues(tmp_path: Path) -> None:
    """A paper that goes on in another issue has that one's words in archives, too."""
    with newsroom(tmp_path) as room:
        shared = "2401.00001"
        own = paper("2401.00002", "The first's own")
        room.drop("000.txt", own + paper(shared, "Shared", "Said by the first."))
        room.drop("001.txt", paper(shared, "Shared", "Said by the second."))
        for number in range(2, MANY):
            drop(room, number)
        room.build()
        room.drop("000.txt", own)
        room.build(LATER)
        room.take("000.txt")
        room.build(LATER)
        assert not any(b"Said by the first." in data for data in archives(room.out).values())
        assert any(b"Said by the second." in data for data in archives(room.out).values())
        assert f"{shared}" in ids(room, "papers")


# --- What was lost ------------------------------------------------------------------------


def test_lost_editions_come_back(room: Newsroom) -> None:
    """When out/ is lost, every edition is again where it was, with the bytes it had."""
    room.take("003.txt")
    room.build(LATER)
    before = archives(room.out)
    shutil.rmtree(room.out)
    room.build(LATER)
    assert archives(room.out) == before


@pytest.mark.parametrize("what", ["title", "copies"])
def test_what_cannot_come_back_as_it_was_stands_elsewhere(
    room: Newsroom, keepers: Keepers, what: str
) -> None:
    """Where the title is another, or the words are lost, a lost archive has a new address."""
    drop(room, 3, "Edited.")
    if what == "title":
        site(room, title="Other papers")
    else:
        room.build(LATER)
        shutil.rmtree(room.folder / ".publisher/digests")
    room.build(LATER)
    shutil.rmtree(room.out)
    room.build(LATER)
    keepers.look()
    assert folders(room) == {"1-2", "2-2", "3-2", "4-2"}
    assert ids(room) == everyone()


def test_one_lost_file_of_another_time_renews_its_archive(room: Newsroom, keepers: Keepers) -> None:
    """What is left of an archive is not written over by what it would be today."""
    site(room, description="Another one", title="Other papers")
    room.build(LATER)
    room.lose("feeds/archive/issues/4/feed.rss", "feeds/issues.json")
    room.build(LATER)
    keepers.look()
    assert folders(room) == {1, 2, 3, "4-2"}


def lose_state(room: Newsroom, tmp_path: Path) -> Iterator[None]:
    """Go on with a new state, and give it back in the end."""
    room.database.close()
    shutil.rmtree(tmp_path / ".publisher")
    with fresh_database(tmp_path) as database:
        room.database = database
        yield


def test_editions_are_read_back(room: Newsroom, keepers: Keepers, tmp_path: Path) -> None:
    """Without state, what stands under out/ says which editions there are; none is made."""
    room.take("003.txt")
    room.build(LATER)
    before = archives(room.out)
    for _ in lose_state(room, tmp_path):
        room.build(LATER)
        assert archives(room.out) == before
        room.take("002.txt")
        room.build(LATER)
        keepers.look()
        assert folders(room) == {"1-3", "2-3", "3-3", "4-3"}
        assert len(ids(room)) == MANY - 2


def test_a_site_that_moved_with_its_state_lost(
    room: Newsroom, keepers: Keepers, tmp_path: Path
) -> None:
    """Without state, a new `base_url` is known by where feeds under out/ lead."""
    site(room, base_url="https://other.example.org/")
    for _ in lose_state(room, tmp_path):
        room.build(LATER)
        keepers.look()
        assert folders(room) == {"1-2", "2-2", "3-2", "4-2"}
        assert ids(room) == everyone()


def test_half_a_build_and_no_state(room: Newsroom, keepers: Keepers, tmp_path: Path) -> None:
    """What a build left that did not come to its end is neither changed nor led to."""
    room.take("003.txt")
    # As a build leaves it that dies between the new editions and the newest documents.
    for number in ("2", "4"):
        Output(room.out).write(f"feeds/archive/issues/{number}-2/feed.json", b'{"items": []}')
    keepers.look()
    for _ in lose_state(room, tmp_path):
        room.build(LATER)
        keepers.look()
        assert folders(room) == {"1-2", "2-3", "3-2", "4-3"}
        assert ids(room) == everyone(without=3)


def test_a_page_that_is_to_go_is_no_loss(room: Newsroom) -> None:
    """A page whose removal a crash delayed does not say that an issue of its name was lost."""
    Output(room.out).write("issues/new/index.html", b"")
    with room.database.write() as connection:
        assert ["new"] == state_recovery.unknown_issues(
            connection, room.out, {"new", "001", "yet-to-come"}
        )
        issues.add_removals(connection, {"issues/new/index.html"})
        assert [] == state_recovery.unknown_issues(
            connection, room.out, {"new", "001", "yet-to-come"}
        )


def test_an_older_state_takes_no_address_twice(
    room: Newsroom, keepers: Keepers, tmp_path: Path
) -> None:
    """After a restore, archives that the state knows nothing of are not written over."""
    copy = tmp_path / "copy.db"
    room.database.close()
    shutil.copy(tmp_path / ".publisher/state.db", copy)
    for number in range(MANY, MANY + 9):
        drop(room, number)
    room.build(LATER)
    keepers.look()
    assert {5, 6} <= folders(room)
    room.database.close()
    shutil.copy(copy, tmp_path / ".publisher/state.db")
    for number in range(MANY, MANY + 9):
        drop(room, number, "Otherwise.", at=LATER)
    room.build(LATER)
    keepers.look()
    assert {"5-2", "6-2"} <= folders(room)
    assert len(ids(room)) == MANY + 9
