"""Backups of the state, and what is known after one came back: not enough to mail anybody.

A copy does not know what was sent, and who left, after it was made. So it is marked as one when
it is made, and while the mark is there no mail goes out. When a person takes it off, whatever the
lost state may have sent is uncertain: held, issue by issue, for a person to settle.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from publisher import permissions
from publisher.errors import InputError, OutputError, PublisherError, StateError
from publisher.model import DeliveryState
from publisher.storage import deliveries, issues, ownership, subscribers
from publisher.storage.copying import copy, is_empty, newest
from publisher.storage.database import SUFFIXES, Database, UnusableStateError
from publisher.storage.tables import moment, seconds

#: The fact that says of which time a copy is; no mail goes out while it is there.
_COPIED = "copied-at"
#: The fact that names the issues that may have been mailed before a restore, a slug a line.
_DOUBTFUL = "mailed-before-restore"
#: The fact that names the mails of several issues of which the next may have been sent before.
_DOUBTFUL_SEVERAL = "several-mailed-before-restore"
#: The fact that says that the list was lost with the state, and which issues wait for it.
_LIST_LOST = "list-lost"
_ONLY_MINE = 0o600
#: What Python raises for a value in a file that is none of ours.
_NO_VALUES = (ValueError, LookupError, TypeError, ArithmeticError)
_SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What is held from now on for a person to settle."""

    copied: datetime
    #: Deliveries by issue.
    uncertain: dict[str, int]
    #: Issues that the copy has no mail of, though their digests are there.
    doubtful: tuple[str, ...]


def backup(database: Database, file: Path, now: datetime) -> None:
    """Write the state as it is at this moment to an SQLite file, whatever the database is.

    Whoever runs meanwhile is not disturbed. A file of that name is replaced in one step.
    """
    if database.holds(file):
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
                if held(target) is None:  # of a held state it is the older time that counts
                    issues.set_fact(target, _COPIED, str(seconds(now)))
            made.settle()
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
                    marked = held(connection)
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


# --- Mail after a restore -----------------------------------------------------------------


def held(connection: Connection) -> datetime | None:
    """Give the time a restored copy is of; None when mail may go out."""
    found = issues.get_fact(connection, _COPIED)
    return moment(int(found)) if found else None


def accept(database: Database, slugs: Collection[str], now: datetime) -> Accepted | None:
    """Let mail go out again; None when it was not held.

    What was planned and not accepted when the copy was made may have been sent since: it is
    uncertain now. So will be the mail of the issues `slugs`, whose digests are there, as far as
    the copy has none: when they are planned.
    """
    with database.write() as connection:
        copied = held(connection)
        if copied is None:
            return None
        deliveries.doubt_unfinished(connection, now)
        counted = deliveries.counts(connection)
        unknown = tuple(sorted(set(slugs) - counted.keys()))
        issues.set_fact(connection, _DOUBTFUL, "\n".join(unknown))
        issues.set_fact(connection, _DOUBTFUL_SEVERAL, "weekly monthly owed")
        issues.set_fact(connection, _COPIED, None)
    uncertain = {
        slug: states["uncertain"] for slug, states in counted.items() if "uncertain" in states
    }
    return Accepted(copied=copied, uncertain=uncertain, doubtful=unknown)


def hold(connection: Connection, slugs: Collection[str]) -> bool:
    """Let no mail go out if the state knows nothing of these issues, though they were published.

    That is so when a plain copy was put back, which has no mark. False when there is nothing new
    in that: of a restored copy it is known.
    """
    if not set(slugs) - doubtful(connection) or held(connection):
        return False
    issues.set_fact(connection, _COPIED, str(newest(connection)))
    return True


def doubt(connection: Connection, slugs: Collection[str]) -> None:
    """Hold the mail of these issues, when it is planned, for a person to settle."""
    if slugs:
        every = doubtful(connection).union(slugs)
        issues.set_fact(connection, _DOUBTFUL, "\n".join(sorted(every)))


def doubtful(connection: Connection) -> set[str]:
    """Give the slugs of issues that may have been mailed before a restore."""
    return set((issues.get_fact(connection, _DOUBTFUL) or "").splitlines())


def doubt_no_more(connection: Connection, slug: str) -> None:
    """Say that an issue's mail is planned: another issue may have its slug one day."""
    left = doubtful(connection)
    if slug in left:
        issues.set_fact(connection, _DOUBTFUL, "\n".join(sorted(left - {slug})) or None)


def doubt_several(connection: Connection, cadences: Collection[str]) -> DeliveryState:
    """Tell how mails of several issues begin: uncertain for the first of a kind after a restore."""
    doubted = (issues.get_fact(connection, _DOUBTFUL_SEVERAL) or "").split()
    kinds = {*cadences, "owed"}
    left = [kind for kind in doubted if kind not in kinds]
    issues.set_fact(connection, _DOUBTFUL_SEVERAL, " ".join(left) or None)
    return DeliveryState.uncertain if len(left) < len(doubted) else DeliveryState.pending


# --- A list that was lost with the state --------------------------------------------------


def lose_list(connection: Connection) -> None:
    """Note that the state was lost, and who is on the list with it."""
    issues.set_fact(connection, _LIST_LOST, "")


def waits_for_list(connection: Connection, slugs: Collection[str]) -> bool:
    """Let issues wait that would be for nobody because the list was lost; False if it was not."""
    if issues.get_fact(connection, _LIST_LOST) is None or subscribers.are_known(connection):
        return False
    issues.set_fact(connection, _LIST_LOST, "\n".join(slugs))
    return True


def waiting_for_list(connection: Connection) -> list[str]:
    """Return the slugs of issues that are not mailed because the list was lost."""
    slugs = (issues.get_fact(connection, _LIST_LOST) or "").splitlines()
    return [] if slugs and subscribers.are_known(connection) else slugs


def accept_lost_list(connection: Connection) -> bool:
    """Let issues be for nobody from now on; False when the list was not lost."""
    if issues.get_fact(connection, _LIST_LOST) is None:
        return False
    issues.set_fact(connection, _LIST_LOST, None)
    return True
