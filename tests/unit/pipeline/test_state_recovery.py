"""Where the address of an issue leads when its digest has another name."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.plans import restore_hold
from tests.support.newsletter_folder import NOW, Newsroom, paper
from tests.support.renames import ONE, TWO, WEEK, have, read_newsroom, same_again, target, targets

THREE = paper("2408.00005", "Fifth") + paper("2408.00006", "Sixth")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader."""
    with read_newsroom(tmp_path) as found:
        yield found


# --- A page that leads on -----------------------------------------------------------------


def test_an_old_address_leads_to_the_page(room: Newsroom) -> None:
    """A browser is led on at once, a person by a link, and a search engine by the new address."""
    have(room, {"001.txt": ONE})
    have(room, {"the first.txt": ONE}, 1)
    page = room.page("issues/001/index.html")
    assert '<meta http-equiv="refresh" content="0; url=../../issues/the-first/index.html">' in page
    assert '<link rel="canonical" href="https://news.example.org/issues/the-first/">' in page
    assert '<a href="../../issues/the-first/index.html" lang="en">First and Second</a>' in page
    assert {"001": "the-first", "the-first": "the-first"} == targets(room, "001", "the-first")
    same_again(room)


def test_nothing_else_names_an_old_address(room: Newsroom) -> None:
    """Neither the sitemap nor a feed nor another page names it, once it leads on."""
    have(room, {"001.txt": ONE})
    have(room, {"the first.txt": ONE}, 1)
    naming = [
        path
        for path, data in room.files().items()
        if b"issues/001/" in data and not path.startswith("feeds/")
    ]
    assert [] == naming
    assert "issues/001/" not in room.page("feeds/issues.json")


def test_it_is_in_the_newsletters_words(room: Newsroom) -> None:
    """The page is in the interface's language."""
    settings = room.folder / "publisher.toml"
    settings.write_text(
        settings.read_text().replace("[web]", 'interface_language = "zh-Hans"\n[web]', 1)
    )
    have(room, {"001.txt": ONE})
    have(room, {"the first.txt": ONE}, 1)
    assert "<h1>本期已移至新地址</h1>" in room.page("issues/001/index.html")


def test_it_leads_on_below_another_base_url(room: Newsroom) -> None:
    """When the site moves, its old addresses lead to where issues are then."""
    have(room, {"001.txt": ONE})
    have(room, {"the first.txt": ONE}, 1)
    settings = room.folder / "publisher.toml"
    settings.write_text(settings.read_text().replace("https://news.", "https://papers."))
    room.build()
    canonical = '<link rel="canonical" href="https://papers.example.org/issues/the-first/">'
    assert canonical in room.page("issues/001/index.html")


def test_it_is_made_of_a_template(room: Newsroom) -> None:
    """A newsletter's own template makes it anew."""
    have(room, {"001.txt": ONE})
    have(room, {"the first.txt": ONE}, 1)
    (room.folder / "templates").mkdir()
    (room.folder / "templates" / "moved.html").write_text("{{ moved.href }}")
    room.build()
    assert "../../issues/the-first/index.html" == room.page("issues/001/index.html")


def test_one_that_is_lost_comes_back(room: Newsroom) -> None:
    """A page that leads on is made again when somebody has removed it."""
    have(room, {"001.txt": ONE})
    have(room, {"the first.txt": ONE}, 1)
    before = room.files()
    room.lose("issues/001")
    room.build()
    assert before == room.files()


# --- What becomes of it -------------------------------------------------------------------


def test_renamed_again(room: Newsroom) -> None:
    """Each address that an issue ever had leads straight to the last."""
    for week, name in enumerate(("a.txt", "b.txt", "c.txt", "d.txt")):
        have(room, {name: ONE}, week)
    assert dict.fromkeys("abcd", "d") == targets(room, *"abcd")
    same_again(room)


def test_renamed_back(room: Newsroom) -> None:
    """A page has its first address again, and the other leads there."""
    for week, name in enumerate(("a.txt", "b.txt", "a.txt", "b.txt", "a.txt")):
        have(room, {name: ONE}, week)
        now = name[0]
        assert target(room, "a" if week else now) == now
    assert dict.fromkeys("ab", "a") == targets(room, *"ab")
    same_again(room)


def test_a_new_issue_has_the_address(room: Newsroom) -> None:
    """A new issue has the address of its name; when it is withdrawn, that leads nowhere."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    have(room, {"a.txt": TWO, "b.txt": ONE}, 2)
    assert {"a": "a", "b": "b"} == targets(room, *"ab")
    assert "Third" in room.page("issues/a/index.html")
    same_again(room)
    have(room, {"b.txt": ONE}, 3)
    assert {"a": None, "b": "b"} == targets(room, *"ab")
    have(room, {"b.txt": ONE, "c.txt": TWO}, 4)
    assert {"a": "c", "b": "b", "c": "c"} == targets(room, *"abc")
    same_again(room)


def test_a_new_issue_mails_under_an_old_name(room: Newsroom) -> None:
    """A page that leads on is no trace of an issue that the state lost: no mail is held."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    have(room, {"a.txt": TWO, "b.txt": ONE}, 2)
    with room.database.read() as connection:
        assert restore_hold.copied_at(connection) is None


def test_a_new_issue_that_an_older_state_does_not_know(room: Newsroom) -> None:
    """Where an address led on when a copy of the state was made, a later issue is seen there."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    state, copy = room.folder / ".publisher" / "state.db", room.folder / "copy.db"
    room.database.close()
    shutil.copy(state, copy)
    have(room, {"a.txt": TWO, "b.txt": ONE}, 2)
    room.database.close()
    shutil.copy(copy, state)
    assert ["a"] == room.tick(NOW + 3 * WEEK).built.unknown


def test_a_waiting_issue_leaves_the_address(room: Newsroom) -> None:
    """An address leads on until the new issue of that name is published."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    later = f"---\ndate: 2027-01-01\n---\n{TWO}"
    have(room, {"a.txt": later, "b.txt": ONE}, 2)
    assert {"a": "b", "b": "b"} == targets(room, *"ab")
    have(room, {"a.txt": later, "b.txt": ONE}, 10)
    assert {"a": "a", "b": "b"} == targets(room, *"ab")


def test_written_over_by_one_that_waits(room: Newsroom) -> None:
    """Of an issue that is under another name now, the address leads on until the next is there."""
    later = f"---\ndate: 2027-01-01\n---\n{TWO}"
    have(room, {"latest.txt": ONE})
    have(room, {"latest.txt": later, "a.txt": ONE}, 1)
    assert {"a": "a", "latest": "a"} == targets(room, "a", "latest")
    same_again(room)
    have(room, {"latest.txt": later, "a.txt": ONE}, 10)
    assert {"a": "a", "latest": "latest"} == targets(room, "a", "latest")


@pytest.mark.parametrize("how", ["gone", "draft"])
def test_withdrawn(room: Newsroom, how: str) -> None:
    """Nothing leads to what is withdrawn; when it is back, its old addresses lead there again."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    have(room, {"c.txt": ONE}, 2)
    have(room, {"c.txt": f"---\ndraft: true\n---\n{ONE}"} if how == "draft" else {}, 3)
    assert dict.fromkeys("abc") == targets(room, *"abc")
    same_again(room)
    have(room, {"c.txt": ONE}, 4)
    assert dict.fromkeys("abc", "c") == targets(room, *"abc")
    same_again(room)


def test_renamed_and_withdrawn_at_once(room: Newsroom) -> None:
    """A digest that is a draft under its new name leaves nothing at its old address."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    have(room, {"c.txt": f"---\ndraft: true\n---\n{ONE}"}, 2)
    assert dict.fromkeys("abc") == targets(room, *"abc")
    have(room, {"a.txt": ONE}, 3)
    assert dict.fromkeys("abc", "a") == targets(room, *"abc")
    same_again(room)


def test_a_draft_takes_no_address(room: Newsroom) -> None:
    """An address leads on where a digest has its name only as a draft, and had another before."""
    draft = f"---\ndraft: true\n---\n{TWO}"
    have(room, {"a.txt": ONE, "c.txt": TWO})
    have(room, {"b.txt": ONE, "c.txt": TWO}, 1)
    have(room, {"b.txt": ONE, "a.txt": draft}, 2)
    assert {"a": "b", "b": "b", "c": None} == targets(room, *"abc")
    same_again(room)
    have(room, {"b.txt": ONE, "d.txt": TWO}, 3)
    assert {"a": "b", "b": "b", "c": "d", "d": "d"} == targets(room, *"abcd")
    same_again(room)


def test_taken_out_and_put_in_elsewhere(room: Newsroom) -> None:
    """It leads on also where ticks come between taking a digest out and putting it in."""
    have(room, {"a.txt": ONE})
    have(room, {}, 1)
    have(room, {"b.txt": ONE.replace("works", "worked")}, 2)
    assert {"a": "b", "b": "b"} == targets(room, *"ab")
    same_again(room)


def test_written_over(room: Newsroom) -> None:
    """Where a new batch was written over an issue, that is there; older addresses follow theirs."""
    have(room, {"a.txt": ONE})
    have(room, {"latest.txt": ONE}, 1)
    have(room, {"latest.txt": TWO}, 2)
    assert {"a": None, "latest": "latest"} == targets(room, "a", "latest")
    have(room, {"latest.txt": TWO, "b.txt": ONE}, 3)
    assert {"a": "b", "b": "b", "latest": "latest"} == targets(room, "a", "b", "latest")
    assert {"issues/a", "issues/b", "issues/latest", "issues/other"} == {
        path.relative_to(room.out).as_posix() for path in (room.out / "issues").iterdir()
    }
    same_again(room)


def test_moved_up_by_one(room: Newsroom) -> None:
    """When each has the name that the next had, only what nobody has leads on."""
    have(room, {"1.txt": ONE, "2.txt": TWO, "3.txt": THREE})
    have(room, {"2.txt": ONE, "3.txt": TWO, "4.txt": THREE}, 1)
    assert {"1": "2", "2": "2", "3": "3", "4": "4"} == targets(room, *"1234")
    assert "First" in room.page("issues/2/index.html")
    same_again(room)


def test_names_changed_for_each_other(room: Newsroom) -> None:
    """Each address has the issue that has its name, and what led to either follows it."""
    have(room, {"x.txt": ONE, "b.txt": TWO})
    have(room, {"a.txt": ONE, "b.txt": TWO}, 1)
    have(room, {"a.txt": TWO, "b.txt": ONE}, 2)
    assert {"a": "a", "b": "b", "x": "b"} == targets(room, *"abx")
    same_again(room)
