"""Backups of the state, and what is known after one came back: not enough to mail anybody.

A copy does not know what was sent, and who left, after it was made. So it is marked as one when
it is made, and while the mark is there no mail goes out. When a person takes it off, whatever the
lost state may have sent is uncertain: held, issue by issue, for a person to settle.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from publisher.errors import InputError, OutputError, PublisherError, StateError
from publisher.storage import deliveries, issues
from publisher.storage.copying import copy, is_empty
from publisher.storage.database import Database
from publisher.storage.tables import moment, seconds

#: The fact that says of which time a copy is; no mail goes out while it is there.
_COPIED = "copied-at"
#: The fact that says when a person let a restored copy mail again.
_ACCEPTED = "accepted-at"
_ONLY_MINE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What is held from now on for a person to settle."""

    copied: datetime
    #: Deliveries by issue.
    uncertain: dict[str, int]


def backup(database: Database, file: Path, now: datetime) -> None:
    """Write the state as it is at this moment to an SQLite file, whatever the database is.

    Whoever runs meanwhile is not disturbed. A file of that name is replaced in one step.
    """
    temporary = file.with_name(f".{file.name}.tmp-publisher")
    try:
        temporary.unlink(missing_ok=True)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _ONLY_MINE))
        with closing(Database(f"sqlite:///{temporary.absolute()}", file.parent)) as made:
            made.migrate()
            with database.read() as source, made.write() as target:
                copy(source, target)
                issues.set_fact(target, _COPIED, str(seconds(now)))
            made.settle()
        temporary.replace(file)
    except OSError as error:
        raise OutputError(f"{file}: cannot be written: {error.strerror}") from None
    finally:
        for left in (temporary, Path(f"{temporary}-wal"), Path(f"{temporary}-shm")):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def restore(database: Database, file: Path, aside: Path, now: datetime) -> Path | None:
    """Bring a backup back. What was there is kept as a backup, `aside`; None if nothing was.

    Raises InputError for a file that is no backup. All of it comes back, or nothing changes.
    """
    with _opened(file, aside.parent) as copied:
        with database.read() as connection:
            kept = None if is_empty(connection) else aside
        if kept:
            backup(database, kept, now)
        with copied.read() as source, database.write() as target:
            copy(source, target)
    return kept


@contextmanager
def _opened(file: Path, folder: Path) -> Iterator[Database]:
    """Open a copy of a backup, brought up to date: the backup itself stays as it is."""
    working = folder / ".restoring.tmp-publisher"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.close(os.open(working, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, _ONLY_MINE))
        shutil.copyfile(file, working)
        with closing(Database(f"sqlite:///{working.absolute()}", folder)) as copied:
            try:
                copied.check()
                copied.migrate()
                with copied.read() as connection:
                    marked = held(connection)
            except StateError as error:
                why = str(error).removeprefix(f"{working.absolute()}: ")
                raise InputError(f"{file}: cannot be restored: {why}") from None
            if marked is None:
                raise InputError(f"{file}: is no backup; `publisher backup FILE` makes one")
            yield copied
    except OSError as error:
        if isinstance(error, PublisherError):
            raise
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    finally:
        for left in (working, Path(f"{working}-wal"), Path(f"{working}-shm")):
            with suppress(OSError):
                left.unlink(missing_ok=True)


# --- Mail after a restore -----------------------------------------------------------------


def held(connection: Connection) -> datetime | None:
    """Give the time a restored copy is of; None when mail may go out."""
    found = issues.get_fact(connection, _COPIED)
    return moment(int(found)) if found else None


def accept(database: Database, now: datetime) -> Accepted | None:
    """Let mail go out again; None when it was not held.

    What was planned and not accepted when the copy was made may have been sent since: it is
    uncertain now. So will be the mail of issues whose digests were there before this moment.
    """
    with database.write() as connection:
        copied = held(connection)
        if copied is None:
            return None
        deliveries.doubt_unfinished(connection, now)
        issues.set_fact(connection, _COPIED, None)
        issues.set_fact(connection, _ACCEPTED, str(seconds(now)))
        counted = deliveries.counts(connection)
    uncertain = {
        slug: states["uncertain"] for slug, states in counted.items() if "uncertain" in states
    }
    return Accepted(copied=copied, uncertain=uncertain)


def doubtful(connection: Connection) -> set[str]:
    """Give the slugs of issues that the lost state may have mailed: their digests are that old."""
    accepted = issues.get_fact(connection, _ACCEPTED)
    if accepted is None:
        return set()
    until = (int(accepted) + 1) * 10**9
    return {
        row.slug for row in issues.digests(connection).values() if row.slug and row.mtime_ns < until
    }
