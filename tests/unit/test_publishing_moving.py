"""Where the address of an issue leads when its digest has another name."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin

import pytest

from publisher.audience import people
from publisher.publishing import keeping, ticking
from publisher.site.write import Output
from tests.newsroom import KEYS, NOW, Newsroom, fresh_database, newsroom, paper

WEEK = timedelta(days=7)
ONE = paper("2408.00001", "First") + paper("2408.00002", "Second")
TWO = paper("2408.00003", "Third") + paper("2408.00004", "Fourth")
THREE = paper("2408.00005", "Fifth") + paper("2408.00006", "Sixth")
OTHER = paper("2408.00009", "Other")
REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]*)">')


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader."""
    with newsroom(tmp_path, '[mail]\nfrom = "Digest <digest@example.org>"\n') as found:
        people.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        yield found


def have(room: Newsroom, files: dict[str, str], weeks: int = 0) -> None:
    """Have just these digests in the folder, and one that stays; tick."""
    folder, now = room.folder / "seeds", NOW + weeks * WEEK
    files = {**files, "other.txt": OTHER}
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        if not (folder / name).exists() or (folder / name).read_text() != text:
            room.drop(name, text, now)
    room.tick(now)


def target(room: Newsroom, slug: str) -> str | None:
    """Give the slug whose page is read by who opens this one's; None if there is no page."""
    path = room.out / "issues" / slug / "index.html"
    if not path.exists():
        assert not path.parent.exists()
        return None
    found = REFRESH.search(path.read_text(encoding="utf-8"))
    if not found:
        assert {"email.html", "email.txt", "index.html"} <= {p.name for p in path.parent.iterdir()}
        return slug
    assert ["index.html"] == [each.name for each in path.parent.iterdir()]
    address: str = urljoin(f"/issues/{slug}/", found[1])
    assert not REFRESH.search(room.page(address[1:]))
    return address.split("/")[2]


def targets(room: Newsroom, *slugs: str) -> dict[str, str | None]:
    """Give what the pages of these slugs lead to."""
    return {slug: target(room, slug) for slug in slugs}


def same_again(room: Newsroom) -> None:
    """See that a build finds nothing to do, and that one without out/ makes the same."""
    before = room.files()
    assert (0, 0) == (room.build().rendered.written, room.build().rendered.removed)
    shutil.rmtree(room.out)
    room.build()
    assert before == room.files()


@contextmanager
def lost_state(room: Newsroom) -> Iterator[None]:
    """Go on with a new state."""
    room.database.close()
    shutil.rmtree(room.folder / ".publisher")
    with fresh_database(room.folder) as database:
        room.database = database
        yield


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
        assert keeping.held(connection) is None


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


# --- Crashes, and lost states -------------------------------------------------------------


def test_killed_before_rendering(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was decided before a crash is written by the next run."""
    have(room, {"a.txt": ONE})
    with monkeypatch.context() as patch:
        patch.setattr(ticking, "render", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            have(room, {"b.txt": ONE}, 1)
    room.build()
    assert {"a": "b", "b": "b"} == targets(room, *"ab")
    same_again(room)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("names", [("a.txt", "b.txt", "c.txt"), ("a.txt", "b.txt", "a.txt")])
def test_killed_while_writing(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch, names: tuple[str, str, str]
) -> None:
    """Wherever a run dies, the next one leaves what one that lives does."""
    for week, name in enumerate(names[:2]):
        have(room, {name: ONE}, week)
    write, remove, left = Output.write, Output.remove, 0

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt

    def dying_write(self: Output, path: str, data: bytes) -> bool:
        count()
        return write(self, path, data)

    def dying_remove(self: Output, path: str) -> bool:
        count()
        return remove(self, path)

    died = 0
    while True:
        left = died
        with monkeypatch.context() as patch:
            patch.setattr(Output, "write", dying_write)
            patch.setattr(Output, "remove", dying_remove)
            try:
                have(room, {names[2]: ONE}, 2)
                break
            except KeyboardInterrupt:
                died += 1
    assert died > 3
    here = names[2][0]
    assert {name[0]: here for name in names} == targets(room, *(name[0] for name in names))
    same_again(room)


def test_known_again_from_out(room: Newsroom) -> None:
    """Without state, what leads on under out/ says which addresses an issue had."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    before = room.files()
    with lost_state(room):
        room.build()
        assert before == room.files()
        same_again(room)
        have(room, {"c.txt": ONE}, 2)
        assert dict.fromkeys("abc", "c") == targets(room, *"abc")
        have(room, {}, 3)
        assert dict.fromkeys("abc") == targets(room, *"abc")


def test_renamed_while_the_state_was_lost(room: Newsroom) -> None:
    """An issue that is known again under another name is led to from all it had."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    with lost_state(room):
        have(room, {"c.txt": ONE}, 2)
        assert dict.fromkeys("abc", "c") == targets(room, *"abc")
        same_again(room)


def test_gone_while_the_state_was_lost(room: Newsroom) -> None:
    """What does not come back after the state was lost is not led to."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    with lost_state(room):
        have(room, {}, 2)
        assert dict.fromkeys("ab") == targets(room, *"ab")


def test_an_old_name_is_used_while_the_state_was_lost(room: Newsroom) -> None:
    """A new issue has its page, whatever led on from there."""
    have(room, {"a.txt": ONE})
    have(room, {"b.txt": ONE}, 1)
    with lost_state(room):
        have(room, {"a.txt": TWO, "b.txt": ONE}, 2)
        assert {"a": "a", "b": "b"} == targets(room, *"ab")
        same_again(room)
