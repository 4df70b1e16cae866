"""A file of subscribers is imported, a day later, and who is on the list then."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from publisher.storage.database import Database
from publisher.subscribers import admin, csv_import
from publisher.subscribers.csv_import import Imported
from tests.support.newsletter_folder import KEYS, NOW

LATER = NOW + timedelta(days=1)
ANN = "ann@example.org"


def imported(database: Database, file: Path, content: str | bytes) -> Imported:
    """Import a file, a day later."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return csv_import.import_file(database, KEYS, file, now=LATER)


def everyone(database: Database) -> list[tuple[str, str, str, str]]:
    """Return address, name, language and status of everyone, in the order they joined."""
    rows = admin.list_subscribers(database)
    return [(row.address, row.name, row.language, row.status) for row in rows]
