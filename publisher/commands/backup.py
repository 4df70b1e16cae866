"""`backup` and `restore`: copies of the state, each marked as one (restore_hold.py)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import StatementError

from publisher import permissions
from publisher.errors import InputError, OutputError, PublisherError, StateError
from publisher.plans import restore_hold
from publisher.storage import issues, ownership, subscribers
from publisher.storage.backup import copy, is_empty
from publisher.storage.database import SUFFIXES, Database, UnusableStateError

_ONLY_MINE = 0o600
#: What Python raises for a value in a file that is none of ours.
_NO_VALUES = (ValueError, LookupError, TypeError, ArithmeticError)
_SHOWN = 300


def backup(database: Database, file: Path, now: datetime) -> None:
    """Write the state as it is at this moment to an SQLite file, whatever the database is.

    Whoever runs meanwhile is not disturbed. A file of that name is replaced in one step.
    """
    if database.is_in_file(file):
        raise OutputError(f"{file}: is the state itself; name another file")
    if not file.name:
        raise OutputError(f"{file}: is a folder; name a file in it")
    temporary = file.with_name(f".{file.name}.tmp-publisher")
    try:
        _remove(temporary)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _ONLY_MINE))
        with closing(Database.in_file(temporary)) as made:
            made.migrate()
            with database.read() as source, made.write() as target:
                copy(source, target)
                restore_hold.mark_copy(target, now)
            made.consolidate()
        temporary.replace(file)
    except OSError as error:
        raise OutputError(f"{file}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            _remove(temporary)


def restore(database: Database, file: Path, aside: Path, now: datetime) -> Path | None:
    """Bring a backup back. What was there is kept as `aside`; None if nothing was.

    Raises InputError for a file that is no backup. All of it comes back, or nothing changes. The
    state is then marked as nobody's.
    """
    with _opened(file, aside.parent) as copied:
        kept = _kept(database, aside, now)
        # In this order what goes wrong in between is said of the backup.
        with database.write() as target, copied.read() as source:
            copy(source, target)
            ownership.release(target)
    return kept


def _kept(database: Database, aside: Path, now: datetime) -> Path | None:
    try:
        database.migrate()
    except UnusableStateError:
        # What a restore is for. It is kept as it is.
        if not database.move_aside(aside):
            raise
        database.migrate()
        return aside
    with database.read() as connection:
        if is_empty(connection):
            return None
    backup(database, aside, now)
    return aside


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupContents:
    """What a backup holds."""

    #: When it was made.
    copied: datetime
    issues: int
    subscribers: int


def read_contents(file: Path, folder: Path) -> BackupContents:
    """Return what a restore would bring back. Raises InputError as `restore` does.

    A copy is made in `folder` and removed again.
    """
    with _opened(file, folder) as copied, copied.read() as connection:
        made = restore_hold.copied_at(connection)
        assert made is not None  # noqa: S101  (else it is no backup, and was refused)
        return BackupContents(
            copied=made,
            issues=issues.count(connection),
            subscribers=sum(subscribers.counts(connection).values()),
        )


def is_replaced(database: Database) -> bool:
    """Return whether a restore would take the place of something."""
    try:
        database.migrate()
    except UnusableStateError:
        return True
    with database.read() as connection:
        return not is_empty(connection)


@contextmanager
def _opened(file: Path, folder: Path) -> Iterator[Database]:
    """Open a copy of a backup, brought up to date: the backup itself stays as it is."""
    working = folder / ".restoring.tmp-publisher"
    try:
        permissions.make_folder(folder)
        _remove(working)  # of a restore that was killed: SQLite would take its -wal for this one's
        os.close(permissions.open_file(working, os.O_WRONLY | os.O_EXCL))
        shutil.copyfile(file, working)
        with closing(Database.in_file(working)) as copied:
            try:
                copied.check()
                copied.migrate()
                with copied.read() as connection:
                    marked = restore_hold.copied_at(connection)
                if marked is None:
                    raise InputError(f"{file}: is no backup; `publisher backup FILE` makes one")
                yield copied
            except StateError as error:
                own, this, why = str(error).partition(f"{working.absolute()}: ")
                if own or not this:  # said of the state that is to be replaced
                    raise
                why = _shown(why.removesuffix("; restore it from a backup"))
                raise InputError(f"{file}: cannot be restored: {why}") from None
            except (StatementError, *_NO_VALUES):
                raise InputError(
                    f"{file}: cannot be restored: it holds values that no state has"
                ) from None
    except OSError as error:
        if isinstance(error, PublisherError):
            raise
        raise InputError(
            f"{file}: cannot be read: {_shown(error.strerror or str(error))}"
        ) from None
    finally:
        with suppress(OSError):
            _remove(working)


def _remove(file: Path) -> None:
    """Remove an SQLite file with what SQLite may have made beside it."""
    for suffix in SUFFIXES:
        Path(f"{file}{suffix}").unlink(missing_ok=True)


def _shown(why: str) -> str:
    """Return words that may quote a file: one line that can be shown."""
    words = "".join(letter if letter.isprintable() else " " for letter in why)
    return " ".join(words.split())[:_SHOWN]
