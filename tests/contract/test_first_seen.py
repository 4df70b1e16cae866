"""What the state of an older program becomes that did not note when it saw a digest."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from publisher.storage import issues
from publisher.storage.database import Database

#: Of digests and issues; the first two have slugs that are not ASCII.
OLD: dict[str, list[tuple[object, ...]]] = {
    "INSERT INTO digest (name, size, mtime_ns, sha256, slug, state) "
    "VALUES (:a, 1, 7, :b, :c, 'published')": [
        ("００１_4b.txt", b"0" * 32, "００１"), ("٠٠٢_4b.txt", b"1" * 32, "٠٠٢"),
        ("003_4b.txt", b"2" * 32, "003"), ("bad.txt", b"3" * 32, None),
    ],
    "INSERT INTO issue (slug, source, headline, published, updated, items, tags, digest, content, "
    "withdrawn, rendered) VALUES (:a, '', '', :b, 9, 1, '', '', :c, false, true)": [
        ("００１", 5, b"0" * 32), ("003", 6, b"2" * 32),
    ],
}  # fmt: skip


def migrate_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to one."""
    config = Config()
    config.set_main_option("script_location", str(Path(issues.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def test_older_state(url: str, tmp_path: Path) -> None:
    """Mail was due when it was published, and what has no ASCII slug is read again."""
    with closing(Database(url, tmp_path)) as database:
        with database.write() as connection:
            migrate_to(connection, "0008")
            for statement, rows in OLD.items():
                for row in rows:
                    connection.execute(text(statement), dict(zip("abc", row, strict=True)))
        database.migrate()
        with database.read() as connection:
            known = connection.execute(text("SELECT name, mtime_ns, seen FROM digest"))
            assert {
                ("００１_4b.txt", -1, 0), ("٠٠٢_4b.txt", -1, 0), ("003_4b.txt", 7, 0),
                ("bad.txt", 7, 0),
            } == set(map(tuple, known))  # fmt: skip
            due = connection.execute(text("SELECT slug, due FROM issue"))
            assert {("００１", 5), ("003", 6)} == set(map(tuple, due))
