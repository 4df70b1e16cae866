"""A line to a relay: bytes out, replies (RFC 5321 4.2) in, and how long to wait for one."""

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
#: Digits of a code, and what stands after them.
_CODE = 3
_MARKS = (b" ", b"-", b"")
#: While more than this waits to be written, `paused` is true. It is more than whatever follows
#: the end of a message in one write, so the end of a message has not left while it is.
TAIL = 4096
#: Linux's struct tcp_info (linux/tcp.h): `tcpi_notsent_bytes` is there since 4.6.
_INFO_BYTES, _NOT_SENT_AT, _NUMBER = 256, 144, struct.Struct("=I")


class ProtocolError(Exception):
    """What came is no SMTP."""


class ReplyParser:
    """Cuts what comes in, in whatever pieces, into replies."""

    __slots__ = ("_left", "_said", "_size")

    def __init__(self) -> None:
        #: A line's beginning, and the lines of a reply whose last is still to come.
        self._left = b""
        self._said: list[bytes] = []
        self._size = 0

    def __bool__(self) -> bool:
        """Return whether a reply has begun that is not complete."""
        return bool(self._left or self._said)

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield each reply that is complete now: its code, and its lines' text.

        Raises Garbled at the first thing that is none.
        """
        data = self._left + data
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            line = data[start : end - 1] if data[end - 1 : end] == b"\r" else data[start:end]
            start = end + 1
            code, mark = line[:3], line[3:4]
            numeric = len(code) == _CODE and code.isdigit()
            if not numeric or not b"200" <= code < b"600" or mark not in _MARKS:
                raise ProtocolError(f"no SMTP reply: {shown(line)}")
            more = mark == b"-"
            if self._said or more:
                self._collect(line)
                if more:
                    continue
                line = line[:4] + b"\n".join(each[4:] for each in self._said)
                self._said, self._size = [], 0
            yield int(code), line[4:]
        self._left = data[start:]
        if len(self._left) + self._size > _LONGEST:
            raise ProtocolError(f"a reply of more than {_LONGEST} bytes: {shown(self._left)}")

    def _collect(self, line: bytes) -> None:
        self._size += len(line)
        if self._said and self._said[0][:3] != line[:3]:
            raise ProtocolError(f"a reply of several codes: {shown(line)}")
        if self._size > _LONGEST:
            raise ProtocolError(f"a reply of more than {_LONGEST} bytes: {shown(line)}")
        self._said.append(line)


def shown(text: bytes) -> str:
    """Return the other side's bytes as one short line that can be kept and shown."""
    words = " ".join(text[:_LONGEST].decode("utf-8", "replace").split())
    words = words[:_SHOWN]
    if words.isprintable():
        return words
    return "".join(each if each.isprintable() else "?" for each in words)


def said(code: int, text: bytes) -> str:
    """Return a reply as it is kept: its code and its words."""
    return f"{code} {shown(text)}"[:_SHOWN].rstrip()


def _unsent(transport: asyncio.Transport) -> int:
    """Return how many bytes the system has not sent on a connection; 0 where it does not say."""
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
    """One connection. Whoever uses it says what to do with each reply, and when it is over.

    Buffered, since asyncio.Protocol allocates 256 KB to read a reply of 100 bytes.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._answers = ReplyParser()
        # A view, since asyncio's TLS slices it to read on, and a slice of bytes is a copy.
        self._read = memoryview(bytearray(_LONGEST))
        self._transport: asyncio.Transport | None = None
        self._deadline = 0.0
        self._patience = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._gone = self._loop.create_future()
        #: So many bytes had not left this machine when the other side reset the connection: it
        #: has not got them, and never will.
        self.unsent = 0
        #: More is waiting to be written than TAIL.
        self.paused = False
        #: Why the connection is of no more use; empty while it is.
        self.over = ""
        #: What a callback raised, which ended the conversation.
        self.error: BaseException | None = None
        self.hear: Callable[[int, bytes], None] = self._unasked
        self.ended: Callable[[], None] = lambda: None
        self.flushed: Callable[[], None] = lambda: None

    # --- For whoever talks ----------------------------------------------------------------

    @property
    def transport(self) -> asyncio.Transport:
        """Return the connection itself."""
        assert self._transport is not None  # noqa: S101  (create_connection has returned)
        return self._transport

    @property
    def mid_reply(self) -> bool:
        """Return whether a part of a reply has come."""
        return bool(self._answers)

    def say(self, data: bytes) -> None:
        """Write; what cannot go at once is kept."""
        self.transport.write(data)

    def expect(self, seconds: float) -> None:
        """End the line if this is not called again in time: bytes alone extend nothing."""
        self._patience = seconds
        self._deadline = self._loop.time() + seconds
        # One timer a connection, not one a reply: it looks again when it was extended. A shorter
        # wait than the one before must not be found out about late.
        if self._timer is None or self._timer.when() > self._deadline:
            self.relax()
            self._timer = self._loop.call_at(self._deadline, self._look)

    def relax(self) -> None:
        """Expect nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def cut(self, why: str) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()
        self._finish(why)

    async def secure(self, context: ssl.SSLContext, host: str, patience: float) -> None:
        """Go on under TLS. Raises OSError (of which SSLError is one), and leaves nothing open."""
        bare = self.transport
        try:
            secured = await self._loop.start_tls(
                bare, self, context, server_hostname=host, ssl_handshake_timeout=patience
            )
        except BaseException:
            bare.abort()
            raise
        if secured is None:
            raise ConnectionError("the relay hung up")
        self.connection_made(secured)

    async def closed(self) -> None:
        """Wait until the connection is gone, after `cut`."""
        if self._transport is not None:
            await asyncio.shield(self._gone)

    # --- For asyncio ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; after STARTTLS once more, with what goes over TLS."""
        # A stream's, whatever class the event loop makes it of.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=TAIL, low=TAIL)

    def connection_lost(self, exc: Exception | None) -> None:
        """End, for whatever reason."""
        if not self._gone.done():
            self._gone.set_result(None)
        if isinstance(exc, ConnectionResetError):
            self.unsent = _unsent(self.transport)
        reason = f"the connection broke: {exc or type(exc).__name__}"
        self._finish(reason if exc else "the relay hung up")

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read to."""
        del sizehint
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on each reply that is complete."""
        try:
            for code, text in self._answers.feed(bytes(self._read[:nbytes])):
                self.hear(code, text)
                if self.over:
                    return
        except ProtocolError as error:
            self.cut(str(error))
        except Exception as error:  # noqa: BLE001  (asyncio would only log it)
            self._fail(error)

    def pause_writing(self) -> None:
        """Note that the relay reads more slowly than was written."""
        self.paused = True

    def resume_writing(self) -> None:
        """Note that it has caught up."""
        self.paused = False
        try:
            self.flushed()
        except Exception as error:  # noqa: BLE001  (asyncio would only log it)
            self._fail(error)

    # --- Inside ---------------------------------------------------------------------------

    def _unasked(self, code: int, text: bytes) -> None:
        self.cut(f"said what it was not asked: {said(code, text)}")

    def _look(self) -> None:
        self._timer = None
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
        else:
            self.cut(f"no reply in {self._patience:g} seconds")

    def _fail(self, error: Exception) -> None:
        self.error = error
        self.cut(f"stopped: {type(error).__name__}")

    def _finish(self, why: str) -> None:
        if not self.over:
            self.over = why
            self.relax()
            self.ended()
