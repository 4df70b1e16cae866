"""Closes connections on which no request arrives, or no response is read.

uvicorn waits for both without end.

The parser is httptools (Node's, in C), not uvicorn's other, h11: it answers two to three times as
many polls a second.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Private attributes of a connection in uvicorn 0.32 to 0.54 that are used here.
_KEPT = frozenset(("cycle", "loop", "pipeline", "transport"))
#: How long a client may take for a request's head, in seconds; at most twice as long.
_TIMEOUT = 5.0
#: The largest size of an incomplete head, which the parser would keep whole, in bytes. A head and
#: a form's body that arrive together are no larger (asyncio reads 256 KiB).
_LONGEST_HEAD = 262_144
_BUSY = object()
#: At so many checks in a row a client may have read nothing of a response: half a minute. A phone
#: that gets 10 kB a second reads some before each.
_MOST_STALLS = 6
#: Bytes of a response that wait in the program's memory before the application is paused.
_WAITING = 16_384
#: Bytes that wait in the system's memory. By default it may take megabytes at a time, and then
#: nothing for minutes, though the client reads.
_WAITING_BELOW = 65_536
#: Requests that may be sent ahead (pipelining), which no client does: all of them are kept.
_MOST_AHEAD = 100


def is_as_tested() -> bool:
    """Return whether uvicorn's protocol still has the private attributes that are used here."""
    return set(HttpToolsProtocol.__init__.__code__.co_names) >= _KEPT


class RequestTimeoutProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, which closes connections of clients that stop half-way (slowloris)."""

    _timer: asyncio.TimerHandle | None = None
    #: The last request at the last check, if none was being processed then.
    _last_idle_cycle: object = _BUSY
    #: Bytes received since a request was last being processed.
    _received = 0
    #: How often the application was resumed; with the bytes that waited, as of the last check.
    _resumes = 0
    _unread = (0, 0)
    #: At how many checks in a row nothing had been read.
    _stalls = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Start the regular check."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(_WAITING)
        with suppress(AttributeError, OSError):  # not every system has it
            connection: socket.socket = transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _WAITING_BELOW)
        self._timer = self.loop.call_later(_TIMEOUT, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the regular check."""
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse data; close the connection at a head that is too long, or too many requests."""
        self._received = self._received + len(data) if self._is_idle() else 0
        if self._received > _LONGEST_HEAD:
            self.transport.close()
            return
        super().data_received(data)
        if len(self.pipeline) > _MOST_AHEAD:
            self.transport.abort()
        if not self._is_idle():
            self._received = 0

    def resume_writing(self) -> None:
        """Resume the application, and count that."""
        super().resume_writing()
        self._resumes += 1

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _check(self) -> None:
        if self._is_stalled():
            self.transport.abort()  # to close it would wait until all is read
            return
        if not self._is_idle():
            self._last_idle_cycle = _BUSY
        elif self._last_idle_cycle is self.cycle:  # who asked meanwhile has another
            self.transport.close()
            return
        else:
            self._last_idle_cycle = self.cycle
        self._timer = self.loop.call_later(_TIMEOUT, self._check)

    def _is_stalled(self) -> bool:
        """Return whether the client has read nothing of a waiting response for too long."""
        waiting = self.transport.get_write_buffer_size()
        unread = (self._resumes, waiting)
        self._stalls = self._stalls + 1 if waiting and unread == self._unread else 0
        self._unread = unread
        return self._stalls >= _MOST_STALLS
