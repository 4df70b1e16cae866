"""One run at a time: a lock the kernel lets go of when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import BusyError, StateError


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the newsletter's lock. Raises BusyError at once when another run has it."""
    path = folder / "lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StateError(
            f"{path}: cannot be written: {error.strerror}; check the folder's owner and rights"
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"{path}: another run is at work; this one leaves it to that") from None
        yield
    finally:
        os.close(descriptor)
