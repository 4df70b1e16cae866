"""A database is of one newsletter, whatever the database is: two never work on the same one."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from publisher.app import App
from publisher.commands import backup
from publisher.errors import StateError
from publisher.storage import facts
from publisher.storage.database import Database
from publisher.storage.ownership import Mark, claim
from tests.support.newsletter_folder import NOW
from tests.support.postgresql import Server, needs_postgresql

IDS = ("a" * 32, "b" * 32)

#: Opens the state of a newsletter in a folder of this name, made if it is not there.
Open = Callable[..., None]


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Open:
    """Return what a command does first: it opens the state, here one database for all."""
    where = url.replace("sqlite:///", f"sqlite:///{tmp_path}/")

    def open_state(name: str, *, title: str = "", host: str = "", url: str = where) -> None:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "publisher.toml").write_text(
            f'[newsletter]\ntitle = "{title or name}"\n'
            f'base_url = "https://{host or name}.example.org/"\n[database]\nurl = "{url}"\n',
            encoding="utf-8",
        )
        with App(folder).database():
            pass

    return open_state


def id_of(folder: Path) -> str:
    """Return the id of a folder."""
    return (folder / ".publisher" / "owner").read_text(encoding="utf-8").strip()


def test_two_newsletters(opened: Open, tmp_path: Path) -> None:
    """The second newsletter on a database is refused, with what to do, and the first goes on."""
    opened("one")
    for _ in range(2):
        with pytest.raises(StateError) as refused:
            opened("two")
        said = str(refused.value)
        assert f'belongs to the newsletter "one" in {tmp_path / "one"}; ' in said
        assert f"{tmp_path / 'two'} is another newsletter" in said
        assert "a database.url of its own" in said
        assert "\n" not in said
    opened("one")


def test_with_databases_of_their_own(opened: Open, tmp_path: Path) -> None:
    """Each of two newsletters has an id of its own."""
    opened("one")
    opened("two", url="sqlite:///.publisher/state.db")
    assert id_of(tmp_path / "one") != id_of(tmp_path / "two")


def test_the_id_is_private(opened: Open, tmp_path: Path) -> None:
    """The file that holds it is as all others in its folder."""
    before = os.umask(0)
    try:
        opened("one")
    finally:
        os.umask(before)
    assert 0o600 == stat.S_IMODE((tmp_path / "one" / ".publisher" / "owner").stat().st_mode)


def test_moved_renamed_and_rehosted(opened: Open, tmp_path: Path) -> None:
    """A folder that is moved, and gets another title and address one by one, is still the one."""
    opened("one")
    (tmp_path / "one").rename(tmp_path / "moved")
    opened("moved", title="one", host="one")
    opened("moved", title="Renamed", host="one")
    opened("moved", title="Renamed", host="rehosted")
    with pytest.raises(StateError, match='belongs to the newsletter "Renamed"'):
        opened("one")


def test_a_copy(opened: Open, tmp_path: Path) -> None:
    """A folder that was copied, and made another newsletter, is refused for what it is."""
    opened("one")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    with pytest.raises(StateError, match="is a copy of it that has become another newsletter"):
        opened("two")
    opened("one")


def test_an_empty_state_folder(opened: Open, tmp_path: Path) -> None:
    """On a new machine, or in a container, the folder gets the id if all is as it was."""
    opened("one")
    before = id_of(tmp_path / "one")
    shutil.rmtree(tmp_path / "one" / ".publisher")
    with pytest.raises(StateError, match="is another newsletter"):
        opened("one", title="Renamed")
    opened("one")
    assert before == id_of(tmp_path / "one")


def test_the_id_put_back(opened: Open, tmp_path: Path) -> None:
    """A folder elsewhere that lost its id is the newsletter again with the id that is named."""
    opened("one")
    with pytest.raises(StateError) as refused:
        opened("two", title="one", host="one")
    named = str(refused.value).rpartition("it holds ")[2].rstrip(")")
    file = tmp_path / "two" / ".publisher" / "owner"
    file.parent.mkdir(exist_ok=True)
    file.write_text(named + "\n", encoding="utf-8")
    opened("two", title="one", host="one")


@pytest.mark.parametrize("content", [b"no id", b"\xff", b"A" * 32])
def test_what_is_no_id(content: bytes, opened: Open, tmp_path: Path) -> None:
    """A file that holds something else is named."""
    opened("one")
    (tmp_path / "one" / ".publisher" / "owner").write_bytes(content)
    with pytest.raises(StateError, match=r"owner: is not the id of a newsletter; put back"):
        opened("one")


def test_killed_before_the_id_was_written(opened: Open, tmp_path: Path) -> None:
    """An empty file, as a command leaves it that is killed then, gets the id."""
    (tmp_path / "one" / ".publisher").mkdir(parents=True)
    (tmp_path / "one" / ".publisher" / "owner").touch()
    opened("one")
    assert 32 == len(id_of(tmp_path / "one"))


def test_a_mark_that_cannot_be_read(empty: Database, tmp_path: Path) -> None:
    """It is named, with what to do."""
    with empty.write() as connection:
        facts.OWNER.put(connection, '{"id": 1}')
    mine = Mark(id=IDS[0], path="/srv/news", title="Papers", base_url="https://example.org/")
    with pytest.raises(StateError, match="which says whose it is, cannot be read; delete that row"):
        claim(empty, tmp_path, mine)


def test_first_commands_at_the_same_time(url: str, tmp_path: Path) -> None:
    """One id wins, and none of them is refused."""
    (tmp_path / "news").mkdir()
    together, state = Barrier(8), tmp_path / "news" / ".publisher"
    mine = Mark(id="", path="/srv/news", title="Papers", base_url="https://example.org/")

    def first(number: int) -> None:
        with closing(Database(url, tmp_path)) as database:
            database.migrate()
            together.wait()
            claim(database, state, replace(mine, id=f"{number:032x}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(first, range(8)))
    with closing(Database(url, tmp_path)) as database, database.read() as connection:
        assert id_of(tmp_path / "news") in str(facts.OWNER.get(connection))


def test_first_commands_of_two_newsletters(url: str, tmp_path: Path) -> None:
    """Of two newsletters that come at the same time, one is refused."""
    together = Barrier(2)

    def first(name: str) -> bool:
        mine = Mark(id=name * 32, path=name, title=name, base_url=name)
        with closing(Database(url, tmp_path)) as database:
            database.migrate()
            together.wait()
            try:
                claim(database, tmp_path / name, mine)
            except StateError:
                return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert [False, True] == sorted(pool.map(first, ["a", "b"]))


def test_after_a_restore(empty: Database, tmp_path: Path) -> None:
    """What comes back from another folder's backup is the newsletter's that restores it."""
    theirs, ours = (Mark(id=number, path=number, title=number, base_url=number) for number in IDS)
    with closing(Database("sqlite:///theirs.db", tmp_path)) as database:
        database.migrate()
        claim(database, tmp_path / "theirs", theirs)
        backup.backup(database, tmp_path / "b.db", NOW)
    claim(empty, tmp_path / "ours", ours)
    assert backup.restore(empty, tmp_path / "b.db", tmp_path / "aside.db", NOW) is None
    claim(empty, tmp_path / "ours", ours)
    with pytest.raises(StateError, match="belongs to"):
        claim(empty, tmp_path / "theirs", theirs)


@pytest.mark.parametrize("url", [pytest.param("", marks=needs_postgresql)])
def test_schemas_of_their_own(postgresql: Server, opened: Open) -> None:
    """Newsletters with schemas of their own share a PostgreSQL database."""
    opened("one", url=postgresql.empty())
    opened("two", url=postgresql.empty())
