"""Which newsletter a database belongs to: its folder has an id, and the database a mark with it.

Two newsletters on one database would withdraw each other's issues, and mail each other's readers.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from publisher import permissions
from publisher.errors import StateError
from publisher.storage import facts
from publisher.storage.database import Database

#: The file in a newsletter's state folder that holds its id.
_FILE = "owner"
_ID = re.compile(rb"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A newsletter: the id of its folder, and what a person recognises it by."""

    id: str
    path: str
    title: str
    base_url: str


def is_same(mine: Mark, mark: Mark) -> bool:
    """Return whether a newsletter is the one that a database is marked with.

    A folder keeps its id when it is moved, and when the newsletter gets another title or address.
    A copy of a folder has the same id: once nothing else is the same, it is another newsletter.
    For a folder without an id (`mine.id` is empty, as on a new machine) all else must be the same.
    """
    same = [getattr(mine, name) == getattr(mark, name) for name in ("path", "title", "base_url")]
    return mine.id == mark.id and any(same) if mine.id else all(same)


def claim(database: Database, state: Path, mine: Mark) -> None:
    """Check that a database belongs to this newsletter; mark one that has no mark.

    `state` is the folder that holds the newsletter's id; a folder without one gets `mine.id`.
    Raises StateError for a database of another newsletter.
    """
    file = state / _FILE
    with database.read() as connection:
        mark = _read_mark(connection, database)
    if mark is not None and mark == replace(mine, id=_id_in(file)):
        return
    # Of commands that come first at the same time, one makes the mark and the others find it.
    with database.write() as connection:
        mark = _read_mark(connection, database)
        here = replace(mine, id=_id_in(file))
        if mark is not None and not is_same(here, mark):
            raise StateError(_refusal(database, file, here, mark))
        if not here.id:
            here = replace(
                here, id=_store_id(file, mark.id if mark else mine.id, optional=bool(mark))
            )
        if mark is not None and here.id != mark.id:  # a command with another database was quicker
            raise StateError(_refusal(database, file, here, mark))
        if here != mark:
            facts.OWNER.put(connection, json.dumps(asdict(here)))


def release(connection: Connection) -> None:
    """Delete a database's mark: the next newsletter that claims it gets it."""
    facts.OWNER.put(connection, None)


def _read_mark(connection: Connection, database: Database) -> Mark | None:
    kept = facts.OWNER.get(connection)
    try:
        return None if kept is None else Mark(**json.loads(kept))
    except (ValueError, TypeError):
        raise StateError(
            f"{database}: the row `{facts.OWNER.key}` of the table `fact`, which says whose it is, "
            "cannot be read; delete that row, or restore a backup"
        ) from None


def _id_in(file: Path) -> str:
    """Return a folder's id; empty if there is none, or this user may not read it."""
    try:
        return _valid_id(file, file.read_bytes())
    except (FileNotFoundError, PermissionError):
        return ""
    except OSError as error:
        raise _unusable(file, f"cannot be read: {error.strerror}") from None


def _store_id(file: Path, new: str, *, optional: bool) -> str:
    """Store an id in a folder that has none; return the folder's id.

    With `optional`, a folder that this user may not write to is no error.
    """
    try:
        permissions.make_folder(file.parent)
        descriptor = permissions.open_file(file, os.O_RDWR)
        with open(descriptor, "r+b") as target:  # noqa: PTH123  (a descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # What a command made that was killed before it wrote is empty.
            if there := _valid_id(file, target.read()):
                return there
            target.write(f"{new}\n".encode())
            target.flush()
            os.fsync(descriptor)
    except OSError as error:
        if not optional:
            raise _unusable(file, f"cannot be written: {error.strerror}") from None
    return new


def _valid_id(file: Path, content: bytes) -> str:
    content = content.strip()
    if content and not _ID.fullmatch(content):
        raise StateError(
            f"{file}: is not the id of a newsletter; put back what was in it, or remove the file"
        )
    return content.decode()


def _unusable(file: Path, what: str) -> StateError:
    return StateError(f"{file}: {what}; check the folder's owner and rights")


def _refusal(database: Database, file: Path, here: Mark, mark: Mark) -> str:
    whose = f'{database}: belongs to the newsletter "{mark.title}" in {mark.path}'
    if here.id == mark.id:
        return (
            f"{whose}; {here.path} is a copy of it that has become another newsletter, so give it "
            "a database.url of its own; if it is the same newsletter, set newsletter.title back "
            "for one command"
        )
    return (
        f"{whose}; {here.path} is another newsletter, so give it a database.url of its own; if it "
        f"is the same newsletter, copy {mark.path}/{file.parent.name}/{file.name} to {file} "
        f"(it holds {mark.id})"
    )
