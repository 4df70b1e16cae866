"""Bounds for what IMAPClient reads from a server: bytes, lines and time."""

from __future__ import annotations

import imaplib
import logging
import ssl
import time
from socket import socket
from typing import Any

from imapclient import IMAPClient

#: What one answer may have: the part of a mail that is asked for, and what a server adds.
_BYTES = 4_000_000
_LINES = 20_000
_LONGEST_LINE = 1_000_000
#: How much is taken from the connection at once.
_CHUNK = 65_536
#: How long a server may let us wait in all, in seconds: that is for 100,000 mails.
_WAITED = 3_600.0
_SLOW = "the server takes too long"

_log = logging.getLogger(__name__)
# It logs what it sends and receives, which may be secret.
logging.getLogger("imapclient").setLevel(logging.CRITICAL)


class Reader(imaplib.IMAP4):
    """An IMAP connection that ends when a server sends too much, or too slowly.

    The bounds are for one answer: `send` resets them. imaplib does everything by `read`,
    `readline` and `send`.
    """

    def __init__(self, host: str, port: int, *, timeout: float, **options: ssl.SSLContext) -> None:
        self._answer_timeout = timeout
        self._source: socket | None = None
        self._rest = b""
        self._waited = 0.0
        self._reset_bounds()
        super().__init__(host, port, timeout=timeout, **options)

    def send(self, data: Any) -> None:  # noqa: ANN401  (any buffer)
        """Send data, and reset the bounds for the next answer."""
        self._reset_bounds()
        super().send(data)

    def read(self, size: int) -> bytes:
        """Return so many bytes. Raises IMAP4.abort for too many, TimeoutError and OSError."""
        if size > self._bytes:
            raise self.abort(f"the server announces {size} bytes, which is too much")
        return self._take_bytes(size)

    def readline(self) -> bytes:
        """Return a line with its end; the rest if the connection ends. Raises what `read` does."""
        self._lines -= 1
        if self._lines < 0:
            raise self.abort("the server says too much")
        self._drop_plaintext()
        at = 0
        while not (end := self._rest.find(b"\n", at) + 1):
            at = len(self._rest)
            if at > _LONGEST_LINE:
                raise self.abort("the server sends a line that is too long")
            if not self._receive():
                end = at
                break
        return self._take_bytes(end)

    def _reset_bounds(self) -> None:
        self._until = time.monotonic() + self._answer_timeout
        self._bytes, self._lines = _BYTES, _LINES

    def _take_bytes(self, size: int) -> bytes:
        """Return the next bytes, fewer only when the connection ends."""
        self._drop_plaintext()
        while len(self._rest) < size and self._receive():
            pass
        data, self._rest = self._rest[:size], self._rest[size:]
        self._bytes -= len(data)
        if self._bytes < 0:
            raise self.abort("the server says too much")
        return data

    def _drop_plaintext(self) -> None:
        """Drop what came before STARTTLS: anybody may have injected it (RFC 3207 6)."""
        if self.sock is not self._source:
            self._source, self._rest = self.sock, b""

    def _receive(self) -> bool:
        """Wait for data; return False when the connection ended. Raises TimeoutError."""
        start = time.monotonic()
        left = self._until - start
        if left <= 0 or self._waited > _WAITED:
            raise TimeoutError(_SLOW)
        self.sock.settimeout(left)
        try:
            chunk = self.sock.recv(_CHUNK)
        except TimeoutError:
            raise TimeoutError(_SLOW) from None
        self._waited += time.monotonic() - start
        self._rest += chunk
        return bool(chunk)


class TLSReader(Reader, imaplib.IMAP4_SSL):
    """The same over TLS from the first byte."""


class BoundedClient(IMAPClient):  # type: ignore[misc]  # ships no types
    """IMAPClient over a bounded connection; with TLS from the first byte if it has a context."""

    def __init__(
        self, host: str, port: int, *, timeout: float, context: ssl.SSLContext | None = None
    ) -> None:
        self._answer_timeout = timeout
        self.is_bounded = False
        super().__init__(host, port, ssl=context is not None, ssl_context=context, timeout=timeout)
        if not self.is_bounded:
            _log.warning(
                "this version of IMAPClient has no _create_IMAP4: what an IMAP server says is "
                "bounded by time alone; install IMAPClient 4.1"
            )

    def _create_IMAP4(self) -> Reader:  # noqa: N802  (IMAPClient's own)
        """Return the connection that IMAPClient is to use."""
        self.is_bounded = True
        if self.ssl_context is None:
            return Reader(self.host, self.port, timeout=self._answer_timeout)
        return TLSReader(
            self.host, self.port, ssl_context=self.ssl_context, timeout=self._answer_timeout
        )
