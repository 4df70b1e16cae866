"""File locks on one machine, which the kernel releases when their process dies.

Publishing and delivery have a lock each: neither waits for the other.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from publisher import permissions
from publisher.errors import BusyError, StateError


class Work(Enum):
    """Work that only one process does at a time. The value is the name of the lock file."""

    #: Reading digests, writing out/ and planning mail.
    publishing = "lock"
    #: Sending planned mail.
    delivery = "delivery.lock"

    @property
    def refusal(self) -> str:
        """Return the error for a command that finds the lock taken."""
        what = "at work" if self is Work.publishing else "sending mail"
        return f"another run is {what}; this one leaves it to that"


@contextmanager
def exclusive(folder: Path, work: Work) -> Iterator[None]:
    """Hold a lock of the newsletter. Raises BusyError at once when another process has it.

    Raises StateError when the lock file cannot be opened.
    """
    path = folder / work.value
    try:
        permissions.make_folder(folder)
        descriptor = permissions.open_file(path, os.O_RDWR)
    except OSError as error:
        raise StateError(
            f"{path}: cannot be written: {error.strerror}; check the folder's owner and rights"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{path}: {work.refusal}") from None
        yield
    finally:
        os.close(descriptor)
