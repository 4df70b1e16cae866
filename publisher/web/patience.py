"""A connection over which nothing is asked is closed: uvicorn waits for a request's head for ever.

The parser is httptools' (Node's own, in C), not uvicorn's other, h11: polls are answered two to
three times as often a second.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: How long a visitor may take for a request's head, in seconds; at most twice as long.
_PATIENCE = 5.0
#: Bytes of a head that is never complete, which the parser would all keep. What comes at once, a
#: form's body with its head, is no more (asyncio reads 256 KiB).
_LONGEST_HEAD = 262_144
_BUSY = object()


class Impatient(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, but for visitors who begin and do not go on (slowloris)."""

    _look: asyncio.TimerHandle | None = None
    #: The last request when last looked at, if nothing was under way then.
    _rested_after: object = _BUSY
    #: Bytes that came since a request was last under way.
    _heard = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to look at it."""
        super().connection_made(transport)
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
        if not self._is_idle():
            self._heard = 0

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _look_at_it(self) -> None:
        if not self._is_idle():
            self._rested_after = _BUSY
        elif self._rested_after is self.cycle:  # who asked meanwhile has another
            self.transport.close()
            return
        else:
            self._rested_after = self.cycle
        self._look = self.loop.call_later(_PATIENCE, self._look_at_it)
