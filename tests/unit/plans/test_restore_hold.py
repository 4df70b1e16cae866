"""What somebody names as a backup is one, or it is one line and nothing changes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from publisher.commands import backup
from publisher.errors import InputError
from publisher.storage.database import Database
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, fresh_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open a database with one reader."""
    with fresh_database(tmp_path) as found:
        admin.add(found, KEYS, "ann@example.org", name="", language="", now=NOW)
        yield found


@pytest.fixture
def file(tmp_path: Path, database: Database) -> Path:
    """Make a backup."""
    backup.backup(database, tmp_path / "backup.db", NOW)
    return tmp_path / "backup.db"


def refused(database: Database, file: Path) -> str:
    """Restore what is no backup, and return what is said of it."""
    with pytest.raises(InputError) as caught:
        backup.restore(database, file, file.with_name("aside.db"), NOW)
    assert ["ann@example.org"] == [row.address for row in admin.list_subscribers(database)]
    words = str(caught.value)
    assert words.startswith(f"{file}: ")
    assert words.isprintable()
    assert len(words) < 600
    return words


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fact SET value = 'abc' WHERE name = 'copied-at'",
        "UPDATE fact SET value = '99999999999999999999' WHERE name = 'copied-at'",
        "UPDATE fact SET value = '-99999999999999' WHERE name = 'copied-at'",
        "UPDATE alembic_version SET version_num = 'a\n' || hex(zeroblob(5000))",
        "DROP TABLE subscriber",
        "INSERT INTO digest VALUES ('a', 1, 1, 'abc', 'a', 'a', 0)",
    ],
)
def test_changed(database: Database, file: Path, statement: str) -> None:
    """A backup that somebody has changed."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)
    assert "cannot be restored" in refused(database, file)


@pytest.mark.parametrize("content", [b"", b"email\nann@example.org\n" * 500, bytes(100_000)])
def test_no_backup(database: Database, file: Path, content: bytes) -> None:
    """Another file."""
    file.write_bytes(content)
    refused(database, file)


@pytest.mark.parametrize("size", [100, 5_000, 100_000])
def test_cut_off(database: Database, file: Path, size: int) -> None:
    """A backup that is not whole."""
    file.write_bytes(file.read_bytes()[:size])
    refused(database, file)


def test_a_pipe(database: Database, file: Path) -> None:
    """A pipe is not waited for."""
    file.unlink()
    os.mkfifo(file)
    assert "named pipe" in refused(database, file)
