"""The log of what happens: one event a line, without addresses and passwords.

Modules log by the standard library, to a logger of their own name. What an event is about stands
in `extra`; its names must not be those of a LogRecord's attributes.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from publisher import permissions
from publisher.errors import PublisherError, SettingsError
from publisher.redaction import masked

LEVELS = ("debug", "info", "warning", "error")
#: Also percent-encoded, as in links; what stands around an address is no part of it.
_ADDRESS = re.compile(r"""[^\s<>()\[\]{}"'`,;:=/&?]+(?:@|%40)[^\s<>()\[\]{}"'`,;:=/&?]+""")
_APPENDING = os.O_WRONLY | os.O_APPEND
_OWN_LOGGER = logging.getLogger("publisher")
#: What each record has, besides what an event is about.
_COMMON = {*vars(logging.makeLogRecord({})), "message", "asctime"}
#: A value that needs no quotation marks.
_PLAIN = re.compile(r"""[^\s"'=\\]+""")


def start_log(file: Path, level: str, secrets: Iterable[str], *, as_json: bool) -> None:
    """Append events of a level and above to a file, which only this user may read.

    None of the secrets is shown. Raises SettingsError if the file cannot be opened.
    """
    try:
        os.close(permissions.open_file(file, _APPENDING))
    except OSError as error:
        raise SettingsError(
            f"log.file: {file}: cannot be written: {error.strerror}; name another file"
        ) from None
    handler = _Lines(file)
    handler.setFormatter(_Json(*secrets) if as_json else _Pairs(*secrets))
    _OWN_LOGGER.addHandler(handler)
    _OWN_LOGGER.setLevel(level.upper())


def log_error(logger: logging.Logger, event: str, error: Exception, **about: object) -> None:
    """Log an error; with its traceback unless it is one that a user can cause."""
    trace = None if isinstance(error, PublisherError) else error
    logger.error(event, extra={"why": str(error), **about}, exc_info=trace)


class _Lines(logging.Handler):
    """Appends lines to a file.

    It is opened for each, since there are few: processes share it, and a new one is made when it
    was moved away.
    """

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        """Append an event. A full disk stops no mail."""
        line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
        with suppress(OSError):
            descriptor = permissions.open_file(self._file, _APPENDING)
            try:
                os.write(descriptor, line)  # at once: others write between lines
            finally:
                os.close(descriptor)


class _Pairs(logging.Formatter):
    """Writes `time=… level=… event=… name=value …`."""

    def __init__(self, *secrets: str) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return an event as one line."""
        pairs = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        pairs |= {name: value for name, value in vars(record).items() if name not in _COMMON}
        if record.exc_info:
            pairs["traceback"] = self.formatException(record.exc_info)
        return self._line({name: self._cleaned(value) for name, value in pairs.items()})

    def _cleaned(self, value: object) -> object:
        if isinstance(value, int | float | None):
            return value
        return _ADDRESS.sub("<address>", masked(str(value), *self._secrets))

    def _line(self, pairs: dict[str, object]) -> str:
        return " ".join(f"{name}={_quoted(str(value))}" for name, value in pairs.items())


class _Json(_Pairs):
    """Writes an object a line, with the same names."""

    def _line(self, pairs: dict[str, object]) -> str:
        return json.dumps(pairs, ensure_ascii=False)


def _quoted(text: str) -> str:
    """Return a value as it is if it is one word, else as a string of JSON."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
