"""The state database keeps what it promises, wherever its URL leads.

Every test takes `url`: another database is one more parameter there.
"""

import re
import signal
import threading
from contextlib import closing, nullcontext
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection as PipeEnd
from pathlib import Path

import pytest

from publisher.errors import BusyError, StateError
from publisher.model import IssueRecord
from publisher.storage import issues
from publisher.storage.database import Database
from publisher.storage.facts import Fact
from publisher.storage.lock import Work
from tests.e2e.newsletter import until
from tests.support.newsletter_folder import NOW


@pytest.fixture
def database(empty: Database) -> Database:
    """Open a database that is up to date."""
    return empty


def fact(database: Database, name: str = "name") -> str | None:
    """Return what is kept under a name."""
    with database.read() as connection:
        return Fact(name, str, str).get(connection)


def record(slug: str) -> IssueRecord:
    """Return what is recorded of an issue."""
    return IssueRecord(
        slug=slug, headline="", source=f"{slug}.txt", published=NOW, updated=NOW, items=1
    )


# --- Transactions -------------------------------------------------------------------------


def test_write_commits(url: str, database: Database, tmp_path: Path) -> None:
    """What a write leaves is there for the next program that opens the database."""
    with database.write() as connection:
        Fact("name", str, str).put(connection, "value")
    with closing(Database(url, tmp_path)) as other:
        assert "value" == fact(other)


def test_a_dry_run_leaves_nothing(database: Database) -> None:
    """What it writes is seen in it, and by nobody after it."""
    with database.write(dry_run=True) as connection:
        Fact("name", str, str).put(connection, "value")
        assert "value" == Fact("name", str, str).get(connection)
    assert fact(database) is None


def test_write_rolls_back(database: Database) -> None:
    """A write that an error ends leaves nothing behind."""

    def fail() -> None:
        with database.write() as connection:
            Fact("name", str, str).put(connection, "value")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert fact(database) is None


def test_writers_wait_for_each_other(url: str, database: Database, tmp_path: Path) -> None:
    """Of two writers the second sees what the first left, however they overlap."""
    inside, second_began = threading.Event(), threading.Event()

    def count() -> None:
        with closing(Database(url, tmp_path)) as other:
            inside.wait()
            second_began.set()
            with other.write() as connection:
                seen = int(Fact("count", str, str).get(connection) or 0)
                Fact("count", str, str).put(connection, str(seen + 1))

    second = threading.Thread(target=count)
    second.start()
    with database.write() as connection:
        seen = int(Fact("count", str, str).get(connection) or 0)
        inside.set()
        second_began.wait()
        Fact("count", str, str).put(connection, str(seen + 1))
    second.join()
    assert "2" == fact(database, "count")


def test_reader_sees_one_state(url: str, database: Database, tmp_path: Path) -> None:
    """What is committed during a read is not seen by it, and does not wait for it."""
    with closing(Database(url, tmp_path)) as other, database.read() as reading:
        before = Fact("name", str, str).get(reading)
        with other.write() as connection:
            Fact("name", str, str).put(connection, "value")
        assert (None, None) == (before, Fact("name", str, str).get(reading))
    assert "value" == fact(database)


def test_one_run(url: str, database: Database, tmp_path: Path) -> None:
    """A database that several machines may reach lets one of them run at a time."""
    several = not url.startswith("sqlite")
    refused = pytest.raises(BusyError, match="another run is at work") if several else nullcontext()
    publishing = Work.publishing
    with (
        closing(Database(url, tmp_path)) as other,
        database.exclusive(publishing),
        refused,
        other.exclusive(publishing),
    ):
        pass


def test_delivery_and_publishing_at_once(url: str, database: Database, tmp_path: Path) -> None:
    """One machine may publish while another sends."""
    with (
        closing(Database(url, tmp_path)) as other,
        database.exclusive(Work.delivery),
        other.exclusive(Work.publishing),
    ):
        database.ping()
        other.ping()


def test_next_run(url: str, database: Database, tmp_path: Path) -> None:
    """Where a run is over the next may begin at once."""
    with closing(Database(url, tmp_path)) as other:
        for _ in range(20):  # a server that was only hung up on sees it in time nine times of ten
            for each in (database, other):
                with each.exclusive(Work.publishing):
                    pass


def test_run_that_died(url: str, database: Database, tmp_path: Path) -> None:
    """A run that was killed keeps nobody out."""
    forking = get_context("forkserver")
    begun, ready = forking.Pipe(duplex=False)
    run = forking.Process(target=_run_until_killed, args=(url, tmp_path, ready))
    run.start()
    with begun:
        begun.recv_bytes()
    run.kill()
    run.join()
    until(partial(_may_run, database), "the server to see that the run is gone")


def _run_until_killed(url: str, folder: Path, ready: PipeEnd) -> None:
    with closing(Database(url, folder)) as database, database.exclusive(Work.publishing):
        ready.send_bytes(b"ready")
        signal.pause()


def _may_run(database: Database) -> bool:
    try:
        with database.exclusive(Work.publishing):
            return True
    except BusyError:
        return False


def test_order_is_that_of_code_points(database: Database) -> None:
    """Issues of one moment stand in Python's order of slugs, whatever the server's language."""
    slugs = ["Z", "a", "B", "_", "é", "9", "中"]
    records = [record(slug) for slug in slugs]
    with database.write() as connection:
        issues.put_issues(connection, [(each, bytes(32)) for each in records])
    with database.read() as connection:
        newest_first = [each.slug for each in issues.newest(connection)]
        from_it = issues.count_from(connection, issues.place_of(records[1]))
    ranks = sorted(slugs, reverse=True)
    assert (ranks, ranks.index("a") + 1) == (newest_first, from_it)


# --- Trouble ------------------------------------------------------------------------------


def test_damaged_file(tmp_path: Path) -> None:
    """A file that is no database is one line that names it and says what to do."""
    (tmp_path / "state.db").write_bytes(b"no database at all " * 99)
    database = Database("sqlite:///state.db", tmp_path)
    with closing(database), pytest.raises(StateError) as caught:
        database.migrate()
    expected = "is no SQLite database (or a damaged one); restore it from a backup"
    assert f"{tmp_path}/state.db: {expected}" == str(caught.value)


def test_folder_in_the_way(tmp_path: Path) -> None:
    """A folder where the file belongs is one line."""
    (tmp_path / "state.db").mkdir()
    database = Database("sqlite:///state.db", tmp_path)
    with closing(database), pytest.raises(StateError, match="check the folder's owner and rights"):
        database.migrate()


def test_file_in_the_way(tmp_path: Path) -> None:
    """A file where the folder belongs is one line."""
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(StateError, match="state: cannot make the folder for the state: "):
        Database("sqlite:///state/state.db", tmp_path)


def test_busy_database(database: Database, url: str, tmp_path: Path) -> None:
    """A writer that waits too long for another gives up with one line."""
    late = pytest.raises(StateError, match="another program holds the state database")
    with closing(Database(url, tmp_path)) as other, database.write(), late, other.write(0.01):
        pass


def test_no_driver(tmp_path: Path) -> None:
    """A database whose driver is not installed is one line."""
    with pytest.raises(StateError, match=r"^database\.url: no driver for it is installed"):
        Database("oracle://host/name", tmp_path)


def test_server_that_is_not_there(tmp_path: Path) -> None:
    """A PostgreSQL server that cannot be reached is one line, without the password."""
    database = Database(f"postgresql://ann:hunter2@/name?host={tmp_path}", tmp_path)
    with closing(database), pytest.raises(StateError) as caught:
        database.migrate()
    line = str(caught.value)
    assert re.match(r"postgresql\+psycopg://ann:\*\*\*@/name\?host=\S+: connection ", line)
    assert not re.search("hunter2|\n", line)


def test_password_is_not_told(tmp_path: Path) -> None:
    """No error names the password in database.url."""
    try:
        name = str(Database("postgresql://ann:hunter2@host/name", tmp_path))
    except StateError as error:
        name = str(error)
    assert re.search("hunter2", name) is None
