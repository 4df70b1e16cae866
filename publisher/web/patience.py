"""A connection over which nothing is asked is closed: uvicorn waits for the headers for ever."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: How long a visitor may take for a request's headers, in seconds; at most twice as long.
_PATIENCE = 5.0


class Impatient(H11Protocol):
    """HTTP as uvicorn speaks it, but for visitors who begin and do not go on (slowloris)."""

    _look: asyncio.TimerHandle | None = None
    #: Whether nothing was under way when last looked at.
    _idle = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to look at it."""
        super().connection_made(transport)
        self._look = self.loop.call_later(_PATIENCE, self._look_at_it)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        super().connection_lost(exc)
        if self._look is not None:
            self._look.cancel()

    def _look_at_it(self) -> None:
        answered = self.cycle is None or self.cycle.response_complete
        idle = answered and self.conn.their_state is h11.IDLE
        if idle and self._idle:
            self.transport.close()
            return
        self._idle = idle
        self._look = self.loop.call_later(_PATIENCE, self._look_at_it)
