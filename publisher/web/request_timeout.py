"""A connection over which nothing is asked, or nothing of an answer is read, is closed.

uvicorn waits for both for ever.

The parser is httptools' (Node's own, in C), not uvicorn's other, h11: polls are answered two to
three times as often a second.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Private: what uvicorn 0.32 to 0.54 keep of a connection, and is used here.
_KEPT = frozenset(("cycle", "loop", "pipeline", "transport"))
#: How long a client may take for a request's head, in seconds; at most twice as long.
_PATIENCE = 5.0
#: Bytes of a head that is never complete, which the parser would all keep. What comes at once, a
#: form's body with its head, is no more (asyncio reads 256 KiB).
_LONGEST_HEAD = 262_144
_BUSY = object()
#: A client may leave an answer unread from one look to the next so often: for half a minute. A
#: phone that gets 10 kB a second takes some each time.
_MOST_STALLS = 6
#: Bytes of an answer that wait in the program's memory before the rest is asked for.
_WAITING = 16_384
#: Bytes that wait in the system's. As it is set, it may take megabytes at a time, and then nothing
#: for minutes, though the client reads.
_WAITING_BELOW = 65_536
#: Requests that may be sent ahead (pipelining), which nobody does: they are all kept.
_MOST_AHEAD = 100


def is_as_tested() -> bool:
    """Return whether uvicorn's protocol still keeps what is used here."""
    return set(HttpToolsProtocol.__init__.__code__.co_names) >= _KEPT


class RequestTimeoutProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, but for clients who begin and do not go on (slowloris)."""

    _look: asyncio.TimerHandle | None = None
    #: The last request when last looked at, if nothing was under way then.
    _rested_after: object = _BUSY
    #: Bytes that came since a request was last under way.
    _heard = 0
    #: How often more of an answer was asked for, and what else waited when last looked at.
    _drained = 0
    _unread = (0, 0)
    #: How often none of that was read from one look to the next.
    _stalls = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to look at it."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(_WAITING)
        with suppress(AttributeError, OSError):  # not every system has it
            its: socket.socket = transport.get_extra_info("socket")
            its.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _WAITING_BELOW)
        self._look = self.loop.call_later(_PATIENCE, self._look_at_it)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        super().connection_lost(exc)
        if self._look is not None:
            self._look.cancel()

    def data_received(self, data: bytes) -> None:
        """Listen, but not without an end."""
        self._heard = self._heard + len(data) if self._is_idle() else 0
        if self._heard > _LONGEST_HEAD:
            self.transport.close()
            return
        super().data_received(data)
        if len(self.pipeline) > _MOST_AHEAD:
            self.transport.abort()
        if not self._is_idle():
            self._heard = 0

    def resume_writing(self) -> None:
        """Ask for more of the answer."""
        super().resume_writing()
        self._drained += 1

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _look_at_it(self) -> None:
        if self._is_stalled():
            self.transport.abort()  # to close it would wait until all is read
            return
        if not self._is_idle():
            self._rested_after = _BUSY
        elif self._rested_after is self.cycle:  # who asked meanwhile has another
            self.transport.close()
            return
        else:
            self._rested_after = self.cycle
        self._look = self.loop.call_later(_PATIENCE, self._look_at_it)

    def _is_stalled(self) -> bool:
        """Return whether a client has read nothing of what waits for them for too long."""
        waiting = self.transport.get_write_buffer_size()
        unread = (self._drained, waiting)
        self._stalls = self._stalls + 1 if waiting and unread == self._unread else 0
        self._unread = unread
        return self._stalls >= _MOST_STALLS
