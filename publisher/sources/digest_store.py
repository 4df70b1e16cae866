"""Copies of the digests that were published: what readers have seen outlives its file."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from publisher import permissions
from publisher.errors import OutputError
from publisher.model import IssueRecord
from publisher.sources.contents import read_digest

#: Where copies of digests are kept, below the newsletter's folder.
_COPIES = ".publisher/digests"


class DigestStore:
    """The copies, beside the folder of digests that they were made of."""

    def __init__(self, project: Path, digests: Path, max_bytes: int) -> None:
        # Paths as text, here and below: making a Path costs more than the call it is for.
        self._copies = str(project / _COPIES)
        self._digests = str(digests)
        self._max_bytes = max_bytes

    def keep(self, data: bytes, sha256: str) -> None:
        """Keep a copy of a digest under its SHA-256 in hexadecimal. Raises OutputError."""
        copy = f"{self._copies}/{sha256}"
        temporary = f"{self._copies}/.{sha256}-{os.getpid()}"
        try:
            if os.path.exists(copy):  # noqa: PTH110
                return
            permissions.make_folder(self._copies)
            descriptor = permissions.open_file(temporary, os.O_WRONLY | os.O_TRUNC)
            with open(descriptor, "wb") as target:  # noqa: PTH123
                target.write(data)
            os.rename(temporary, copy)  # noqa: PTH104
        except OSError as error:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise OutputError(
                f"{copy}: cannot be written: {error.strerror}; put that right and run again, "
                "nothing was lost"
            ) from error

    def has(self, sha256: str) -> bool:
        """Return whether there is a copy of a digest with this SHA-256, in hexadecimal."""
        return os.path.exists(f"{self._copies}/{sha256}")  # noqa: PTH110

    def forget(self, sha256: str) -> None:
        """Remove the copy with this SHA-256, in hexadecimal, which a newer one has replaced."""
        with suppress(OSError):
            os.unlink(f"{self._copies}/{sha256}")  # noqa: PTH108

    def bytes_of(self, record: IssueRecord) -> bytes | None:
        """Return the bytes that were published, from the copy or the digest, if one has them."""
        for folder, name in ((self._copies, record.digest), (self._digests, record.source)):
            try:
                data, _ = read_digest(folder, name, self._max_bytes)
            except OSError:
                continue
            if hashlib.sha256(data).hexdigest() == record.digest:
                return data
        return None
