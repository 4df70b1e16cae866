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
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from publisher.errors import BusyError, StateError
from publisher.model import IssueRecord
from publisher.storage import archives, claims, issues
from publisher.storage.archives import ArchiveRow
from publisher.storage.database import Database
from publisher.storage.lock import Work
from publisher.storage.plans import get_letter
from publisher.storage.schema import metadata
from publisher.storage.tables import HEAD
from tests.e2e.newsletter import until
from tests.newsroom import NOW

MIGRATIONS = Path(issues.__file__).parent / "migrations"


@pytest.fixture
def database(empty: Database) -> Database:
    """Open a database that is up to date."""
    return empty


def version_of(database: Database) -> str | None:
    """Give the version a database says it has."""
    with database.read() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def set_version(database: Database, version: str) -> None:
    """Pretend that a database was written by another program version."""
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def fact(database: Database, name: str = "name") -> str | None:
    """Give what is kept under a name."""
    with database.read() as connection:
        return issues.get_fact(connection, name)


def record(slug: str) -> IssueRecord:
    """Give what is recorded of an issue."""
    return IssueRecord(
        slug=slug, headline="", source=f"{slug}.txt", published=NOW, updated=NOW, items=1
    )


# --- Migrations ---------------------------------------------------------------------------


def migrate_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to one."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def test_head_is_the_newest_migration() -> None:
    """tables.HEAD names the newest of the migration files."""
    assert HEAD == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_migrations_make_the_tables(url: str, tmp_path: Path) -> None:
    """All migrations, one after the other, make exactly the tables the program works with."""
    with closing(Database(url, tmp_path)) as database:
        with database.write() as connection:
            migrate_to(connection, "head")
        with database.read() as connection:
            assert [] == compare_metadata(MigrationContext.configure(connection), metadata)


def test_new_database_is_as_migrated(database: Database) -> None:
    """A new database, made without migrations, has the same tables and the newest version."""
    with database.read() as connection:
        assert [] == compare_metadata(MigrationContext.configure(connection), metadata)
        names = inspect(connection).get_table_names()
    assert ({*metadata.tables, "alembic_version"}, HEAD) == (set(names), version_of(database))


#: A database of the first revision, with a mail on its way; the values are its rows.
FIRST = (
    "INSERT INTO issue VALUES ('001', '001.txt', 'VITA', 1, 1, 1, '', 'd', :blob, false, true)",
    "INSERT INTO subscriber VALUES (1, 'Ann@x.org', 'ann@x.org', 'Ann', 'en', 'confirmed', 1)",
    "INSERT INTO plan (issue, created, subject, text, html) VALUES ('001', 1, 's', 't', 'h')",
    "INSERT INTO delivery VALUES (1, 1, 1, 'deferred', 2, 7, 1, '450 later')",
)


def first_revision(database: Database) -> None:
    """Make a filled database as the program's first revision left it."""
    with database.write() as connection:
        migrate_to(connection, "0001")
        for statement in FIRST:
            values = {"blob": bytes(32)} if ":blob" in statement else {}
            connection.execute(text(statement), values)


def test_a_filled_database_is_brought_up_to_date(url: str, tmp_path: Path) -> None:
    """What a database of the first revision holds is all there in today's, and goes on."""
    with closing(Database(url, tmp_path)) as database:
        first_revision(database)
        database.migrate()
        with database.write() as connection:
            lease = claims.open_lease(connection, owner="me", boot="", until=NOW, outbox="")
            (row,) = claims.take(connection, 1, lease, NOW, 10)
            kept = get_letter(connection, row.letter)
            assert ("Ann@x.org", 2, "001", "s", "t", "h") == (
                row.address, row.attempts, kept.name, kept.subject, kept.text, kept.html
            )  # fmt: skip
            assert [] == compare_metadata(MigrationContext.configure(connection), metadata)
        with pytest.raises(StateError), database.write() as connection:
            # Tables still watch over one another.
            connection.execute(text("UPDATE delivery SET letter = 99"))


def test_archives_of_an_older_database_are_recorded(url: str, tmp_path: Path) -> None:
    """Each closed archive is there in its first edition; what was to be written still is."""
    with closing(Database(url, tmp_path)) as database:
        with database.write() as connection:
            migrate_to(connection, "0002")
            connection.execute(text("INSERT INTO feed VALUES ('issues', 'issues', '', 2, true)"))
            connection.execute(text("INSERT INTO feed VALUES ('papers', 'papers', '', 0, true)"))
            connection.execute(text("INSERT INTO feed_archive VALUES ('issues', 2)"))
        database.migrate()
        with database.read() as connection:
            written, due = (archives.archives(connection, rendered=its) for its in (True, False))
    assert [ArchiveRow("issues", 1, 1, "", rendered=True)] == written
    assert [ArchiveRow("issues", 2, 1, "", rendered=False)] == due


#: What a database of 0007 has of people who were suppressed.
OLD_BOUNCES: dict[str, list[tuple[object, ...]]] = {
    "INSERT INTO subscriber (id, address, address_key, name, language, status, since) "
    "VALUES (:a, :b, :c, '', '', 'confirmed', 1)": [
        (1, "ann", "ann"), (2, "bob", "bob"), (3, "cleo", "cleo")
    ],
    "INSERT INTO suppression (key, reason, since) VALUES (:a, :b, 9)": [
        ("ann", "bounced"), ("bob", "bounced"), ("cleo", "wrote")
    ],
    "INSERT INTO bounce (mail, subscriber, kind, at, words) VALUES (:a, :b, :c, :d, :e)": [
        ("m1", 1, "soft", 1, "full"), ("m2", 1, "hard", 9, "550 no such user"),
        ("m3", 1, "hard", 10, "later"), ("m4", 2, "complaint", 1, "abuse"),
        ("m5", 3, "hard", 9, "550 unknown"),
    ],
}  # fmt: skip


def test_what_bounces_suppressed_gets_its_evidence(url: str, tmp_path: Path) -> None:
    """A suppression that a bounce led to has that bounce's words, one of a file has none."""
    with closing(Database(url, tmp_path)) as database:
        with database.write() as connection:
            migrate_to(connection, "0007")
            for statement, rows in OLD_BOUNCES.items():
                for row in rows:
                    connection.execute(text(statement), dict(zip("abcde", row, strict=False)))
        database.migrate()
        with database.read() as connection:
            found = connection.execute(text("SELECT key, evidence FROM suppression ORDER BY key"))
            assert [("ann", "550 no such user"), ("bob", ""), ("cleo", "")] == [*map(tuple, found)]


def test_two_runs_find_an_old_database(url: str, tmp_path: Path) -> None:
    """Two commands that both find an older database bring it up to date once, and neither fails."""
    with closing(Database(url, tmp_path)) as database:
        first_revision(database)
    assert [] == together(url, tmp_path)
    with closing(Database(url, tmp_path)) as database, database.read() as connection:
        assert 1 == connection.execute(text("SELECT count(*) FROM letter")).scalar()


def test_migrating_twice_changes_nothing(database: Database) -> None:
    """A database that is up to date keeps what it holds."""
    with database.write() as connection:
        issues.set_fact(connection, "name", "value")
    database.migrate()
    assert "value" == fact(database)


def test_newer_database_is_refused(database: Database) -> None:
    """A database written by a newer program is refused in one line that says what to do."""
    set_version(database, "9999")
    with pytest.raises(StateError, match=r"was written by a newer publisher \(version 9999\); "):
        database.migrate()
    assert "9999" == version_of(database)


def together(url: str, folder: Path) -> list[BaseException]:
    """Let four commands open a database at once; give what went wrong."""
    at_once = threading.Barrier(4)
    trouble: list[BaseException] = []

    def first_run() -> None:
        with closing(Database(url, folder)) as database:
            at_once.wait()
            try:
                database.migrate()
            except Exception as error:  # noqa: BLE001  (whatever it is)
                trouble.append(error)

    runs = [threading.Thread(target=first_run) for _ in range(at_once.parties)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    return trouble


def test_two_first_runs(url: str, tmp_path: Path) -> None:
    """Two commands that both find no database make one, and neither fails."""
    assert [] == together(url, tmp_path)


# --- Transactions -------------------------------------------------------------------------


def test_write_commits(url: str, database: Database, tmp_path: Path) -> None:
    """What a write leaves is there for the next program that opens the database."""
    with database.write() as connection:
        issues.set_fact(connection, "name", "value")
    with closing(Database(url, tmp_path)) as other:
        assert "value" == fact(other)


def test_write_rolls_back(database: Database) -> None:
    """A write that an error ends leaves nothing behind."""

    def fail() -> None:
        with database.write() as connection:
            issues.set_fact(connection, "name", "value")
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
                seen = int(issues.get_fact(connection, "count") or 0)
                issues.set_fact(connection, "count", str(seen + 1))

    second = threading.Thread(target=count)
    second.start()
    with database.write() as connection:
        seen = int(issues.get_fact(connection, "count") or 0)
        inside.set()
        second_began.wait()
        issues.set_fact(connection, "count", str(seen + 1))
    second.join()
    assert "2" == fact(database, "count")


def test_reader_sees_one_state(url: str, database: Database, tmp_path: Path) -> None:
    """What is committed during a read is not seen by it, and does not wait for it."""
    with closing(Database(url, tmp_path)) as other, database.read() as reading:
        before = issues.get_fact(reading, "name")
        with other.write() as connection:
            issues.set_fact(connection, "name", "value")
        assert (None, None) == (before, issues.get_fact(reading, "name"))
    assert "value" == fact(database)


def test_one_run(url: str, database: Database, tmp_path: Path) -> None:
    """A database that several machines may reach lets one of them run at a time."""
    several = not url.startswith("sqlite")
    refused = pytest.raises(BusyError, match="another run is at work") if several else nullcontext()
    publishing = Work.publishing
    with (
        closing(Database(url, tmp_path)) as other,
        database.only_one(publishing),
        refused,
        other.only_one(publishing),
    ):
        pass


def test_delivery_and_publishing_at_once(url: str, database: Database, tmp_path: Path) -> None:
    """One machine may publish while another sends."""
    with (
        closing(Database(url, tmp_path)) as other,
        database.only_one(Work.delivery),
        other.only_one(Work.publishing),
    ):
        database.ping()
        other.ping()


def test_next_run(url: str, database: Database, tmp_path: Path) -> None:
    """Where a run is over the next may begin at once."""
    with closing(Database(url, tmp_path)) as other:
        for _ in range(20):  # a server that was only hung up on sees it in time nine times of ten
            for each in (database, other):
                with each.only_one(Work.publishing):
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
    with closing(Database(url, folder)) as database, database.only_one(Work.publishing):
        ready.send_bytes(b"ready")
        signal.pause()


def _may_run(database: Database) -> bool:
    try:
        with database.only_one(Work.publishing):
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
