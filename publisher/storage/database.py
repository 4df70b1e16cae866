"""The state database: connections, transactions, migrations, and errors of one line."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from publisher import permissions
from publisher.errors import BusyError, StateError
from publisher.redaction import masked
from publisher.storage.database_url import absolute, unusable
from publisher.storage.lock import Work
from publisher.storage.tables import HEAD
from publisher.storage.tables.schema import metadata

#: How long a command waits for another writer, in seconds.
BUSY_TIMEOUT = 5.0
#: How long a sending process waits: planning an issue for a million readers takes 8 s.
SENDER_TIMEOUT = 20.0
#: How soon to try again where SQLite does not wait itself, in seconds.
_ASK_AGAIN = 0.01
#: How long a connection to PostgreSQL may take, in seconds.
_CONNECT_TIMEOUT = 10
#: The suffixes of an SQLite database's files.
SUFFIXES = ("", "-wal", "-shm", "-journal")
_MIGRATIONS = Path(__file__).parent / "migrations"
#: As Alembic itself writes it.
_VERSION_TABLE = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""


#: PostgreSQL's advisory locks: of a writer, and of work that only one process does at a time.
#: Newsletters that share a database have schemas, and so locks, of their own.
_WRITER = "hashtext('publisher: a writer'), hashtext(current_schema())"
_EXCLUSIVE = {
    Work.publishing: "hashtext('publisher: a run'), hashtext(current_schema())",
    Work.delivery: "hashtext('publisher: delivery'), hashtext(current_schema())",
}


class UnusableStateError(StateError):
    """The database is damaged, or of a newer program: trying again will not help."""


class Database:
    """The state database. `read` and `write` each yield a transaction on one connection.

    There is one writer at a time, on PostgreSQL too: what it reads before it writes stays true.
    """

    def __init__(self, url: str | URL, project: Path) -> None:
        self._url = absolute(url, project)
        self._engine = _engine(self._url)
        self._sqlite = self._url.get_backend_name() == "sqlite"
        self._write_lock = threading.Lock()

    @classmethod
    def in_file(cls, path: Path) -> Self:
        """Return the SQLite database in a file."""
        return cls(URL.create("sqlite", database=str(path.absolute())), path.parent)

    @contextmanager
    def write(
        self, timeout: float = BUSY_TIMEOUT, *, dry_run: bool = False
    ) -> Iterator[Connection]:
        """Yield a transaction that commits at the end, and rolls back on an exception.

        A dry run always rolls back. `timeout` is how many seconds to wait for another writer.
        Raises StateError after that.
        """
        with self._translate_errors(timeout), self._serialized(timeout):
            options = {"immediate": True, "timeout": timeout}
            connection = self._engine.connect().execution_options(**options)
            with connection, connection.begin() as transaction:
                yield connection
                if dry_run:
                    transaction.rollback()

    @contextmanager
    def _serialized(self, timeout: float) -> Iterator[None]:
        """Let only one thread of this process write to SQLite at a time.

        SQLite itself would make them sleep and try again, ever more rarely, while nobody writes.
        """
        if not self._sqlite:
            yield
            return
        if not self._write_lock.acquire(timeout=timeout):
            raise StateError(f"{self}: {_busy(timeout)}")
        try:
            yield
        finally:
            self._write_lock.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a transaction that sees one state of the database throughout."""
        with self._translate_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def exclusive(self, work: Work) -> Iterator[None]:
        """Hold the lock for some work on all machines. Raises BusyError if another process has it.

        An SQLite file is on one machine, where the lock of storage/lock.py is enough.
        """
        if self._sqlite:
            yield
            return
        with self._translate_errors(), self._engine.connect() as connection:
            # The lock goes when the connection does, however this process ends.
            connection.execution_options(isolation_level="AUTOCOMMIT", session=True)
            connection.detach()
            lock = _EXCLUSIVE[work]
            if not connection.execute(text(f"SELECT pg_try_advisory_lock({lock})")).scalar():
                raise BusyError(f"{self}: {work.refusal}")
            try:
                yield
            finally:
                # Before the connection goes, which a server may see only after the next run came.
                with suppress(DBAPIError):  # who lost the connection has lost the lock with it
                    connection.execute(text(f"SELECT pg_advisory_unlock({lock})"))

    def is_in_file(self, file: Path) -> bool:
        """Return whether this is an SQLite database in that file."""
        path = self._url.database
        return self._sqlite and path is not None and Path(path).resolve() == file.resolve()

    def move_aside(self, aside: Path) -> bool:
        """Rename an SQLite database's files to begin with `aside`; return False for PostgreSQL."""
        self.close()
        if not self._sqlite or not self._url.database:
            return False
        for suffix in SUFFIXES:
            part = Path(f"{self._url.database}{suffix}")
            if part.exists():
                part.rename(f"{aside}{suffix}")
        return True

    def ping(self) -> None:
        """Run a query. Raises StateError if the database does not answer."""
        with self.read() as connection:
            connection.execute(text("SELECT 1 FROM fact"))

    def check(self) -> None:
        """Check all of an SQLite file. Raises UnusableStateError if it is damaged."""
        with self.read() as connection:
            result = connection.execute(text("PRAGMA integrity_check")).scalar()
        if result != "ok":
            raise UnusableStateError(f"{self}: is damaged ({result})")

    def consolidate(self) -> None:
        """Write all of an SQLite database into its one file, without a WAL beside it."""
        with self._translate_errors(), self._engine.connect() as connection:
            # Leaving WAL takes its files away; what is left is whole without them.
            connection.connection.execute("PRAGMA journal_mode=DELETE")
            connection.detach()

    def close(self) -> None:
        """Close the connections; the next transaction opens new ones."""
        self._engine.dispose()

    def migrate(self) -> None:
        """Create or upgrade the tables. Raises UnusableStateError for those of a newer program."""
        with self._translate_errors():
            with self._engine.connect() as connection:
                version = _version(connection)
            if version is None:
                # As the migrations would make them (a test compares), without importing
                # Alembic: that takes longer than everything else a first build does.
                with self.write() as connection:
                    if _version(connection) is None:  # no other first run was quicker
                        _create(connection)
            elif version != HEAD:
                self._upgrade(version)

    def _upgrade(self, version: str) -> None:
        # 270 ms to import: only when there is something to do.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415
        from alembic.script import ScriptDirectory  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        known = {
            revision.revision for revision in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()
        }
        if version not in known:
            raise UnusableStateError(
                f"{self}: was written by a newer publisher (version {version}); "
                "update this one, or name another database.url"
            )
        with self._migrating() as connection:
            if _version(connection) == HEAD:  # another command was quicker
                return
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if self._sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                raise StateError(
                    f"{self}: bringing it up to date would lose data; nothing was done"
                )

    @contextmanager
    def _migrating(self) -> Iterator[Connection]:
        """Yield a transaction in which SQLite lets tables be replaced.

        It has no other way to change one. Foreign keys are off meanwhile, and checked afterwards
        (sqlite.org/lang_altertable.html, 7).
        """
        with self._translate_errors():
            connection = self._engine.connect().execution_options(immediate=True)
            with connection:
                if self._sqlite:
                    connection.connection.execute("PRAGMA foreign_keys=OFF")
                    connection.detach()  # for no one else
                with connection.begin():
                    yield connection

    @contextmanager
    def _translate_errors(self, timeout: float = BUSY_TIMEOUT) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            kind = UnusableStateError if _damaged(error) else StateError
            why = masked(_reason(error, timeout), *self._secrets())
            raise kind(f"{self}: {why}") from error

    def __str__(self) -> str:
        """Return the database's file or URL, without a password."""
        if self._sqlite:
            return str(self._url.database)
        return masked(self._url.render_as_string(hide_password=True), *self._secrets())

    def _secrets(self) -> list[str]:
        named = self._url.normalized_query
        others = [value for name in named if "passw" in name.lower() for value in named[name]]
        return [self._url.password or "", *others]


def _engine(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    options: dict[str, Any] = {"timeout": BUSY_TIMEOUT} if sqlite else {}
    if url.get_backend_name() == "postgresql":
        options = {"connect_timeout": _CONNECT_TIMEOUT, "application_name": "publisher"}
    try:
        engine = create_engine(url, connect_args=options, hide_parameters=True)
    except (NoSuchModuleError, ImportError) as error:
        how = ""
        if url.get_backend_name() == "postgresql":
            how = "; pip install 'publisher[postgresql]' brings it"
        raise StateError(f"database.url: no driver for it is installed ({error}){how}") from None
    except (ArgumentError, ValueError, TypeError):  # an option in the URL has no such value
        raise unusable() from None
    if sqlite:
        if url.database:
            event.listen(engine, "do_connect", _make_sqlite_file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _make_sqlite_file(
    _dialect: object, _record: object, arguments: Sequence[str], _options: object
) -> None:
    """Create the file, if there is none: SQLite would make it readable for all.

    The files that it adds (-wal, -shm, -journal) get the mode of this one.
    """
    # SQLite's own error says better what is wrong with a file that cannot be made.
    with suppress(OSError):
        os.close(permissions.open_file(arguments[0], os.O_RDWR | os.O_EXCL))


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  (any DB-API's)
    # The driver's own BEGIN comes too late (only before the first write): ours is _begin_sqlite.
    connection.isolation_level = None
    _use_wal(connection)
    connection.execute("PRAGMA foreign_keys=ON")
    # WAL with FULL loses no committed transaction on power loss: the ledger relies on that.
    connection.execute("PRAGMA synchronous=FULL")


def _use_wal(connection: Any) -> None:  # noqa: ANN401
    # Of two that turn a new database to WAL, SQLite refuses one at once, whatever the timeout.
    give_up = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(_ASK_AGAIN)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    milliseconds = round(options.get("timeout", BUSY_TIMEOUT) * 1000)
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {milliseconds}")
    # A writer takes the lock at once: one that began by reading could not wait for it later.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("immediate", False) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("session", False):
        return
    if not options.get("immediate", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return
    # As SQLite's BEGIN IMMEDIATE. A statement of READ COMMITTED sees all that was committed
    # before it, and the lock comes first: what the last writer left is seen.
    milliseconds = round(options.get("timeout", BUSY_TIMEOUT) * 1000)
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}")
    # The ledger relies on a commit that a crash does not take back, whatever the server's default.
    connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER})")


def _create(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(text(_VERSION_TABLE))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def _damaged(error: DBAPIError) -> bool:
    words = str(error.orig)
    return "not a database" in words or "malformed" in words


def _busy(timeout: float) -> str:
    return (
        f"another program holds the state database for more than {timeout:.2g} s; "
        "try again when it has finished"
    )


def _reason(error: DBAPIError, timeout: float) -> str:
    words = " ".join(str(error.orig).split())
    if "database is locked" in words or "due to lock timeout" in words:
        return _busy(timeout)
    if "disk is full" in words:
        return "the disk is full; make room and run again, nothing was lost"
    if "readonly" in words or "unable to open" in words:
        return "cannot be written; check the folder's owner and rights"
    if "disk I/O error" in words:
        return "the disk gives an error, or has no room left; see to that and run again"
    if _damaged(error):
        return "is no SQLite database (or a damaged one); restore it from a backup"
    return words
