"""A digest's bytes, and never more of them than `digests.max_bytes`."""

from __future__ import annotations

import errno
import logging
import os
import stat
from pathlib import Path
from typing import IO

from publisher.config import Settings
from publisher.event_log import log_error
from publisher.model import Diagnostic, Level
from publisher.sources.digest_file import open_digest

_LOG = logging.getLogger(__name__)


def shown_path(settings: Settings, name: str) -> str:
    """Return a digest's path as the user would type it."""
    # As text: two Paths take 12 us, and each digest that is read has one.
    return f"{settings.digests.dir}/{name}".removeprefix(f"{settings.project}/")


def read_digest(folder: str, name: str, most: int) -> tuple[bytes, os.stat_result]:
    """Return the bytes of a digest in the folder, and its state before they were read.

    Raises OSError, with a `strerror` for people: EFBIG for more than `most` bytes, and what
    `open_digest` raises.
    """
    with open_digest(folder, name) as source:
        return _read_bounded(source, most)


def read_file(path: str | Path, most: int) -> tuple[bytes, os.stat_result]:
    """Return the bytes and state, as `read_digest`, of a file that a person named, wherever it is.

    Raises OSError: EFBIG for more than `most` bytes, EINVAL for what is no regular file, since a
    FIFO has no end and a device may have none.
    """
    with open(path, "rb", opener=_open_nonblocking) as source:
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return _read_bounded(source, most)


def _read_bounded(source: IO[bytes], most: int) -> tuple[bytes, os.stat_result]:
    state = os.fstat(source.fileno())
    # It may grow meanwhile, and some files under /proc have more than they say.
    data = source.read(most + 1) if state.st_size <= most else b""
    if state.st_size > most or len(data) > most:
        size = max(state.st_size, len(data))
        what = f"{size} bytes; digests.max_bytes allows {most}; part it, or raise that"
        raise OSError(errno.EFBIG, what)
    return data, state


def _open_nonblocking(path: str, flags: int) -> int:
    """Open a file; a FIFO without a writer would keep whoever opens it waiting."""
    return os.open(path, flags | os.O_NONBLOCK)


def refusal(file: str, error: OSError) -> Diagnostic:
    """Return the error about a digest whose bytes cannot be read."""
    large = error.errno == errno.EFBIG
    return Diagnostic(
        file=file, line=0, column=0, level=Level.error,
        code="too-large" if large else "unreadable",
        message=f"{'too large' if large else 'cannot be read'}: {error.strerror}",
    )  # fmt: skip


def fault(file: str, error: Exception) -> Diagnostic:
    """Return the error about a digest at which the program itself failed, or ran out of memory.

    The traceback is in the log.
    """
    log_error(_LOG, "digest failed", error, file=file)
    match error:
        case MemoryError():
            what = "takes more memory than there is; make it smaller, or lower digests.max_bytes"
        case TimeoutError():
            what = f"{error}; make it smaller, or take out what repeats"
        case _:
            name, text = type(error).__name__, " ".join(str(error).split())[:200]
            what = f"the program failed at it; please report this, with the file ({name}: {text})"
    return Diagnostic(file=file, line=0, column=0, level=Level.error, code="internal", message=what)
