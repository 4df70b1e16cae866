"""Files and folders that hold addresses, secrets or tokens: other users cannot read them.

A file is 0600 and a folder 0700 from the moment it exists, whatever the umask. One exception is
made by the administrator: a folder with the setgid bit whose group has all rights (2770) is shared
with that group, and so is what is made in it (0660, 2770).
"""

# A first build makes 15,000 files, and a Path costs more than the call it is made for.
# ruff: noqa: PTH101, PTH102, PTH112, PTH116, PTH120

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_FILE, _FOLDER = 0o600, 0o700
_SHARED_FILE, _SHARED_FOLDER = 0o660, 0o2770
_SHARING = stat.S_ISGID | stat.S_IRWXG


def forbidden(folder: Path | str) -> int:
    """Return the mode bits that no file in this folder may have: the world's, often the group's."""
    return _forbidden(os.stat(folder).st_mode)


def make_folder(folder: Path | str) -> None:
    """Make a private folder, and the ones it is in; what exists stays as it is. Raises OSError."""
    if os.path.isdir(folder):
        return
    parent = os.path.dirname(folder)
    if parent:
        make_folder(parent)
    try:
        os.mkdir(folder, _FOLDER)
    except FileExistsError:
        if not os.path.isdir(folder):  # else another process was quicker
            raise
        return
    if _shares(parent):
        os.chmod(folder, _SHARED_FOLDER)


def open_file(path: Path | str, flags: int) -> int:
    """Open a file, made private if it is new, and return its descriptor. Raises OSError."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, _FILE)
    if _shares(os.path.dirname(path)):
        with suppress(PermissionError):  # another member of the group has made it
            os.fchmod(descriptor, _SHARED_FILE)
    return descriptor


def tighten(folder: Path) -> int:
    """Take the rights of others on a folder and all in it; return how many of these had any.

    A folder in it that nobody else can enter is not searched: it may hold 100,000 mails. What
    belongs to another user is left to that user's next command.
    """
    try:
        return _tighten(folder, folder.stat(), everything=True)
    except OSError:  # it is not there, or not for this user
        return 0


def tighten_file(path: Path) -> bool:
    """Take the rights of others on a file whose folder is not ours; return whether it had any."""
    try:
        return _take(path, path.stat(), forbidden(path.parent))
    except OSError:
        return False


def _tighten(folder: Path | str, status: os.stat_result, *, everything: bool) -> int:
    bits = _forbidden(status.st_mode)
    changed = 0
    if everything or status.st_mode & bits:
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):  # it is gone already
                    if entry.is_symlink():
                        continue
                    inner = entry.stat()
                    if entry.is_dir():
                        changed += _tighten(entry.path, inner, everything=False)
                    else:
                        changed += _take(entry.path, inner, bits)
    # The folder comes last: if this is interrupted, the next command searches it again.
    return changed + _take(folder, status, bits)


def _take(path: Path | str, status: os.stat_result, bits: int) -> bool:
    if not status.st_mode & bits or os.geteuid() not in (0, status.st_uid):
        return False
    os.chmod(path, stat.S_IMODE(status.st_mode) & ~bits)
    # Some file systems (Windows drives under WSL) ignore it, and would be reported every time.
    return not os.stat(path).st_mode & bits


def _forbidden(folder_mode: int) -> int:
    shared = folder_mode & _SHARING == _SHARING
    return stat.S_IRWXO if shared else stat.S_IRWXO | stat.S_IRWXG


def _shares(folder: Path | str) -> bool:
    """Return whether what is made in a folder is its group's as well.

    A folder that the world can read is no folder of ours, but one that a team works in.
    """
    mode = os.stat(folder or ".").st_mode
    return mode & _SHARING == _SHARING and not mode & stat.S_IRWXO
