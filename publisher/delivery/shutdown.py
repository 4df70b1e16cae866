"""When nothing more may begin: how long what is under way may take to come to its end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Collection, Sequence
from contextlib import suppress

from publisher.storage.database import SENDER_TIMEOUT

#: How long a message whose end has left may take, and what has not come so far: a relay that
#: is there answers in this time, and what it is not asked for is in no doubt. In seconds.
_UNANSWERED, _UNBEGUN = 7.0, 1.0
#: How long all of it may take, with the ledger; but that is waited for a moment at least. Whoever
#: is told to stop has ten seconds, and `plans/processes.py` gives its processes nine.
_IN_ALL, _AT_LEAST = 7.5, 0.5


class Stop:
    """What tells all who send to come to their end. On one event loop."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        self._until = math.inf

    def tell(self) -> None:
        """Let nothing more begin."""
        if not self._told.is_set():
            self._until = asyncio.get_running_loop().time() + _IN_ALL
            self._told.set()

    @property
    def patience(self) -> float:
        """Return for how many seconds to wait for another who writes to the ledger."""
        left = self._until - asyncio.get_running_loop().time()
        return min(max(left, _AT_LEAST), SENDER_TIMEOUT)

    async def wait(self, lanes: Sequence[Awaitable[None]], unanswered: Collection[str]) -> None:
        """Wait for all connections; once we are told to stop, no longer than they may take.

        `unanswered` are the messages whose end has left. Raises what a connection raises.
        """
        every = asyncio.gather(*lanes)
        told = asyncio.create_task(self._told.wait())
        await asyncio.wait((every, told), return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        clock = asyncio.get_running_loop().time
        end = clock() + _UNANSWERED
        while not every.done() and clock() < end:
            await asyncio.wait((every,), timeout=_UNBEGUN)
            if not unanswered:
                break
        with suppress(TimeoutError):
            await asyncio.wait_for(every, 0)
