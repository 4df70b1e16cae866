"""Whose a database is: its newsletter's folder has an id, and the database a mark with that id.

Two newsletters on one database would withdraw the issues of one another, and mail its readers.
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
    """A newsletter: the id of its folder, and what a person knows it by."""

    id: str
    path: str
    title: str
    base_url: str


def owns(mine: Mark, mark: Mark) -> bool:
    """Return whether a newsletter is the one that a database is marked with.

    A folder keeps its id when it is moved, and when the newsletter gets another title or address.
    A copy of a folder has its id as well: once nothing else is the same, it is another newsletter.
    A folder without an id (`mine.id` is empty; a new machine, say) must be the same in all else.
    """
    same = [getattr(mine, name) == getattr(mark, name) for name in ("path", "title", "base_url")]
    return mine.id == mark.id and any(same) if mine.id else all(same)


def claim(database: Database, state: Path, mine: Mark) -> None:
    """Make sure that a database is this newsletter's; one without a mark becomes this one's.

    `state` is the folder that holds the newsletter's id; without one there it gets `mine.id`.
    Raises StateError for a database of another newsletter.
    """
    file = state / _FILE
    with database.read() as connection:
        mark = _marked(connection, database)
    if mark is not None and mark == replace(mine, id=_id_in(file)):
        return
    # Of commands that come first at the same time, one makes the mark and the others find it.
    with database.write() as connection:
        mark = _marked(connection, database)
        here = replace(mine, id=_id_in(file))
        if mark is not None and not owns(here, mark):
            raise StateError(_refusal(database, file, here, mark))
        if not here.id:
            here = replace(here, id=_kept(file, mark.id if mark else mine.id, optional=bool(mark)))
        if mark is not None and here.id != mark.id:  # a command with another database was quicker
            raise StateError(_refusal(database, file, here, mark))
        if here != mark:
            facts.OWNER.put(connection, json.dumps(asdict(here)))


def release(connection: Connection) -> None:
    """Take the mark off a database: it becomes the newsletter's that claims it next."""
    facts.OWNER.put(connection, None)


def _marked(connection: Connection, database: Database) -> Mark | None:
    kept = facts.OWNER.get(connection)
    try:
        return None if kept is None else Mark(**json.loads(kept))
    except (ValueError, TypeError):
        raise StateError(
            f"{database}: the row `{facts.OWNER.key}` of the table `fact`, which says whose it is, "
            "cannot be read; delete that row, or restore a backup"
        ) from None


def _id_in(file: Path) -> str:
    """Return a folder's id; empty where there is none, or none that this user may read."""
    try:
        return _checked(file, file.read_bytes())
    except (FileNotFoundError, PermissionError):
        return ""
    except OSError as error:
        raise _unusable(file, f"cannot be read: {error.strerror}") from None


def _kept(file: Path, new: str, *, optional: bool) -> str:
    """Store an id in a folder, and return the one that it has then.

    With `optional`, a folder that this user may not write to can do without.
    """
    try:
        permissions.make_folder(file.parent)
        descriptor = permissions.open_file(file, os.O_RDWR)
        with open(descriptor, "r+b") as target:  # noqa: PTH123  (a descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # What a command made that was killed before it wrote is empty.
            if there := _checked(file, target.read()):
                return there
            target.write(f"{new}\n".encode())
            target.flush()
            os.fsync(descriptor)
    except OSError as error:
        if not optional:
            raise _unusable(file, f"cannot be written: {error.strerror}") from None
    return new


def _checked(file: Path, content: bytes) -> str:
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
