"""Opening a digest: a regular file of the digests' folder, and nothing that leads out of it.

Whoever may put files there need not be trusted with the rest of the disk: a link to `/etc/shadow`
must not become an issue.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader

#: A link is not followed here, and a FIFO is not waited for.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: What O_NOFOLLOW says of a link: POSIX, and FreeBSD.
_IS_LINK = (errno.ELOOP, errno.EMLINK)


def open_digest(folder: str, name: str) -> BufferedReader:
    """Open a digest to be read. Raises OSError, whose `strerror` says what is wrong with it.

    A symbolic link is followed if it leads to a regular file below the folder, which itself may be
    a link.
    """
    try:
        descriptor = os.open(f"{folder}/{name}", _FLAGS)
    except OSError as error:
        if error.errno not in _IS_LINK:
            raise
        descriptor = _open_target(folder, name)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file")
    return open(descriptor, "rb")  # noqa: PTH123


def leads_out(folder: str | os.PathLike[str], name: str) -> bool:
    """Return whether a symbolic link in the folder leads out of it."""
    return _is_outside(*_target(folder, name))


def _target(folder: str | os.PathLike[str], name: str) -> tuple[str, str]:
    """Return the folder's real path, and that of what a link in it leads to."""
    root = os.path.realpath(folder)
    return root, os.path.realpath(f"{root}/{name}")


def _is_outside(root: str, target: str) -> bool:
    return os.path.commonpath((root, target)) != root


def _open_target(folder: str, name: str) -> int:
    """Open what a link leads to: its path is walked, since a part of it may become a link."""
    root, target = _target(folder, name)
    if _is_outside(root, target):
        raise OSError(
            errno.EPERM,
            "it is a symbolic link that leads out of the folder; put the file itself there",
        )
    *folders, file = os.path.relpath(target, root).split("/")
    place = os.open(root, _FOLDER)
    try:
        for part in folders:
            inner = os.open(part, _FOLDER, dir_fd=place)
            os.close(place)
            place = inner
        return os.open(file, _FLAGS, dir_fd=place)
    finally:
        os.close(place)
