"""The rows that an import could not use, beside the file they came from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from publisher.errors import OutputError
from publisher.subscribers.csv_safe import write_row

REASON = "reason"
#: How the name of a file of rejects ends.
REJECTS = ".rejects.csv"
_ONLY_MINE = 0o600


class Rejects:
    """A CSV file that is made when the first row comes, and is in its place when all have.

    The reason comes first and the row after it, so that whatever cells the row has stand where
    they stood, guarded as in an export. To put a row right and import this file is enough: no
    format has a `reason`.
    """

    def __init__(
        self, beside: Path, header: Sequence[str], delimiter: str, *, keep: bool = True
    ) -> None:
        """`keep` is False for a dry run, which counts them and writes nothing."""
        self.path = beside.with_name(f"{beside.name}{REJECTS}")
        self._temporary = self.path.with_name(f".{self.path.name}.tmp-publisher")
        self._delimiter = delimiter
        # Of a file of rejects that is imported itself, what was wrong before is no news.
        self._old = [place for place, name in enumerate(header) if name.strip().lower() == REASON]
        self._header = header
        self._file: IO[str] | None = None
        self._keep = keep
        self.number = 0

    def __enter__(self) -> Self:
        return self

    def add(self, cells: Sequence[str], reason: str) -> None:
        """Keep a row. Raises OutputError."""
        self.number += 1
        if not self._keep:
            return
        try:
            if self._file is None:
                self._file = self._begun()
                self._write(self._header, REASON)
            self._write(cells, reason)
        except OSError as error:
            raise self._explained(error) from None

    def __exit__(
        self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        try:
            if self._file is None:
                if kind is None and self._keep:
                    self.path.unlink(missing_ok=True)  # of an earlier import: it is put right
                return
            with self._file as file:
                file.flush()
                os.fsync(file.fileno())
            self._temporary.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                self._temporary.unlink()
            raise self._explained(error) from None

    def _begun(self) -> IO[str]:
        self._temporary.unlink(missing_ok=True)
        number = os.open(self._temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _ONLY_MINE)
        return os.fdopen(number, "w", encoding="utf-8", newline="")

    def _write(self, cells: Sequence[str], reason: str) -> None:
        assert self._file is not None  # noqa: S101  (add has opened it)
        kept = [cell for place, cell in enumerate(cells) if place not in self._old]
        write_row(self._file, [reason, *kept], self._delimiter)

    def _explained(self, error: OSError) -> OutputError:
        return OutputError(f"{self.path}: cannot be written: {error.strerror}")
