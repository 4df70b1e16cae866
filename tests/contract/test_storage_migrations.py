"""A database of an older program version is brought up to date, once, with all that is in it."""

import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from publisher.errors import StateError
from publisher.storage import archives, claims, issues
from publisher.storage.archives import ArchiveRow
from publisher.storage.database import Database
from publisher.storage.facts import Fact
from publisher.storage.plans import get_letter
from publisher.storage.tables import HEAD
from publisher.storage.tables.schema import metadata
from tests.support.newsletter_folder import NOW

MIGRATIONS = Path(issues.__file__).parent / "migrations"


@pytest.fixture
def database(empty: Database) -> Database:
    """Open a database that is up to date."""
    return empty


def version_of(database: Database) -> str | None:
    """Return the version a database says it has."""
    with database.read() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def set_version(database: Database, version: str) -> None:
    """Pretend that a database was written by another program version."""
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def fact(database: Database, name: str = "name") -> str | None:
    """Return what is kept under a name."""
    with database.read() as connection:
        return Fact(name, str, str).get(connection)


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
            (row,) = claims.claim(connection, 1, lease, NOW, 10)
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
        Fact("name", str, str).put(connection, "value")
    database.migrate()
    assert "value" == fact(database)


def test_newer_database_is_refused(database: Database) -> None:
    """A database written by a newer program is refused in one line that says what to do."""
    set_version(database, "9999")
    with pytest.raises(StateError, match=r"was written by a newer publisher \(version 9999\); "):
        database.migrate()
    assert "9999" == version_of(database)


def together(url: str, folder: Path) -> list[BaseException]:
    """Let four commands open a database at once; return what went wrong."""
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
