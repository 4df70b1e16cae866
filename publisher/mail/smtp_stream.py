"""A connection to a relay: bytes out, replies (RFC 5321 4.2) in, and a deadline for them."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import sys
from collections.abc import Callable, Iterator
from typing import cast

#: Bytes of a reply. RFC 5321 4.5.3.1.5 has 512 for a line; providers' explanations are longer,
#: and an EHLO's many lines are still a tenth of this.
_LONGEST = 16_384
_SHOWN = 300
#: The length of a code, and the characters that may follow it.
_CODE = 3
_MARKS = (b" ", b"-", b"")
#: While more bytes than this wait to be written, `paused` is true. It is more than may follow the
#: end of a message in one write, so that end is not written while `paused` is true.
TAIL = 4096
#: Linux's struct tcp_info (linux/tcp.h): `tcpi_notsent_bytes` is there since 4.6.
_INFO_BYTES, _NOT_SENT_AT, _NUMBER = 256, 144, struct.Struct("=I")


class ProtocolError(Exception):
    """The relay sent something that is not SMTP."""


class ReplyParser:
    """Splits received bytes into replies."""

    __slots__ = ("_left", "_lines", "_size")

    def __init__(self) -> None:
        #: The beginning of a line, and the lines of a reply that is not complete.
        self._left = b""
        self._lines: list[bytes] = []
        self._size = 0

    def __bool__(self) -> bool:
        """Return whether an incomplete reply was received."""
        return bool(self._left or self._lines)

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield code and text of each reply that is complete with `data`; lines end with LF.

        Raises ProtocolError at the first invalid line, and for replies that are too long.
        """
        data = self._left + data
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            line = data[start : end - 1] if data[end - 1 : end] == b"\r" else data[start:end]
            start = end + 1
            code, mark = line[:3], line[3:4]
            numeric = len(code) == _CODE and code.isdigit()
            if not numeric or not b"200" <= code < b"600" or mark not in _MARKS:
                raise _error("no SMTP reply", line)
            more = mark == b"-"
            if self._lines or more:
                self._collect(line)
                if more:
                    continue
                line = line[:4] + b"\n".join(part[4:] for part in self._lines)
                self._lines, self._size = [], 0
            yield int(code), line[4:]
        self._left = data[start:]
        if len(self._left) + self._size > _LONGEST:
            raise _error(f"a reply of more than {_LONGEST} bytes", self._left)

    def _collect(self, line: bytes) -> None:
        self._size += len(line)
        if self._lines and self._lines[0][:3] != line[:3]:
            raise _error("a reply of several codes", line)
        if self._size > _LONGEST:
            raise _error(f"a reply of more than {_LONGEST} bytes", line)
        self._lines.append(line)


def _error(what: str, line: bytes) -> ProtocolError:
    """Return an error of at most `_SHOWN` characters that quotes a line."""
    return ProtocolError(f"{what}: {printable(line)}"[:_SHOWN].rstrip())


def printable(text: bytes) -> str:
    """Return the other side's bytes as one printable line of at most `_SHOWN` characters."""
    words = " ".join(text[:_LONGEST].decode("utf-8", "replace").split())
    words = words[:_SHOWN]
    if words.isprintable():
        return words
    return "".join(character if character.isprintable() else "?" for character in words)


def reply_text(code: int, text: bytes) -> str:
    """Return a reply's code and text as one printable line."""
    return f"{code} {printable(text)}"[:_SHOWN].rstrip()


def _unsent(transport: asyncio.Transport) -> int:
    """Return how many bytes the system has not sent on a connection; 0 where it is unknown."""
    connection = transport.get_extra_info("socket")
    if connection is None or not sys.platform.startswith("linux"):
        return 0
    try:
        info: bytes = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:
        return 0
    if len(info) < _NOT_SENT_AT + _NUMBER.size:
        return 0
    return int(_NUMBER.unpack_from(info, _NOT_SENT_AT)[0])


class SmtpStream(asyncio.BufferedProtocol):
    """One connection. Its user sets the callbacks for a reply and for the end.

    Buffered, since asyncio.Protocol allocates 256 KB to read a reply of 100 bytes.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._answers = ReplyParser()
        # A view, since asyncio's TLS slices it to read on, and a slice of bytes is a copy.
        self._read = memoryview(bytearray(_LONGEST))
        self._transport: asyncio.Transport | None = None
        self._deadline = 0.0
        self._timeout = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._lost = self._loop.create_future()
        #: How many bytes had not left this machine when the other side reset the connection: it
        #: never gets them.
        self.unsent = 0
        #: Whether more than TAIL bytes wait to be written.
        self.paused = False
        #: Why the connection ended; empty while it is usable.
        self.end_reason = ""
        #: What a callback raised, which ended the connection.
        self.error: BaseException | None = None
        self.on_reply: Callable[[int, bytes], None] = self._reject_reply
        self.on_end: Callable[[], None] = lambda: None
        self.on_flushed: Callable[[], None] = lambda: None

    # --- For its user ---------------------------------------------------------------------

    @property
    def transport(self) -> asyncio.Transport:
        """Return the connection itself."""
        assert self._transport is not None  # noqa: S101  (create_connection has returned)
        return self._transport

    @property
    def has_partial_reply(self) -> bool:
        """Return whether a part of a reply was received."""
        return bool(self._answers)

    def write(self, data: bytes) -> None:
        """Write data; what cannot be sent at once is buffered."""
        self.transport.write(data)

    def set_deadline(self, seconds: float) -> None:
        """Abort the connection after so many seconds, unless this is called again before."""
        self._timeout = seconds
        self._deadline = self._loop.time() + seconds
        # One timer a connection, not one a reply: it looks again when it was extended. A shorter
        # wait than the one before must not be found out about late.
        if self._timer is None or self._timer.when() > self._deadline:
            self.stop_timer()
            self._timer = self._loop.call_at(self._deadline, self._check_deadline)

    def stop_timer(self) -> None:
        """Remove the deadline."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def abort(self, why: str) -> None:
        """Close the connection at once; `why` becomes `end_reason`."""
        if self._transport is not None:
            self._transport.abort()
        self._finish(why)

    async def start_tls(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Continue over TLS. On an error, close the connection and raise OSError (or SSLError)."""
        bare = self.transport
        try:
            secured = await self._loop.start_tls(
                bare, self, context, server_hostname=host, ssl_handshake_timeout=seconds
            )
        except BaseException:
            bare.abort()
            raise
        if secured is None:
            raise ConnectionError("the relay hung up")
        self.connection_made(secured)

    async def wait_closed(self) -> None:
        """Wait until the connection is closed, after `abort`."""
        if self._transport is not None:
            await asyncio.shield(self._lost)

    # --- For asyncio ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start; after STARTTLS again, with the transport over TLS."""
        # A stream's, whatever class the event loop makes it of.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=TAIL, low=TAIL)

    def connection_lost(self, exc: Exception | None) -> None:
        """Record why the connection ended."""
        if not self._lost.done():
            self._lost.set_result(None)
        if isinstance(exc, ConnectionResetError):
            self.unsent = _unsent(self.transport)
        reason = f"the connection broke: {exc or type(exc).__name__}"
        self._finish(reason if exc else "the relay hung up")

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return the buffer to read into."""
        del sizehint
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Pass each complete reply to `on_reply`."""
        try:
            for code, text in self._answers.feed(bytes(self._read[:nbytes])):
                self.on_reply(code, text)
                if self.end_reason:
                    return
        except ProtocolError as error:
            self.abort(str(error))
        except Exception as error:  # noqa: BLE001  (asyncio would only log it)
            self._fail(error)

    def pause_writing(self) -> None:
        """Record that the relay reads more slowly than we write."""
        self.paused = True

    def resume_writing(self) -> None:
        """Record that the relay has caught up, and call `on_flushed`."""
        self.paused = False
        try:
            self.on_flushed()
        except Exception as error:  # noqa: BLE001  (asyncio would only log it)
            self._fail(error)

    # --- Inside ---------------------------------------------------------------------------

    def _reject_reply(self, code: int, text: bytes) -> None:
        self.abort(f"said what it was not asked: {reply_text(code, text)}")

    def _check_deadline(self) -> None:
        self._timer = None
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._check_deadline)
        else:
            self.abort(f"no reply in {self._timeout:g} seconds")

    def _fail(self, error: Exception) -> None:
        self.error = error
        self.abort(f"stopped: {type(error).__name__}")

    def _finish(self, why: str) -> None:
        if not self.end_reason:
            self.end_reason = why
            self.stop_timer()
            self.on_end()
