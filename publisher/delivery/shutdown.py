"""The deadline of a shutdown: how long messages under way may take to end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Collection, Sequence
from contextlib import suppress

from publisher.storage.database import SENDER_TIMEOUT

#: How long to wait for replies to messages whose end was written, and for all other messages, in
#: seconds: a working relay replies in this time, and the other messages are not uncertain.
_UNANSWERED, _UNBEGUN = 7.0, 1.0
#: How long a shutdown may take with the ledger, and how long to wait for that at least. A process
#: has ten seconds after a signal, and `plans/send_processes.py` gives its children nine.
_IN_ALL, _AT_LEAST = 7.5, 0.5


class Stop:
    """A shutdown of all connections of one event loop."""

    def __init__(self) -> None:
        self._started = asyncio.Event()
        self._until = math.inf

    def start(self) -> None:
        """Start the shutdown and its deadline; the second call does nothing."""
        if not self._started.is_set():
            self._until = asyncio.get_running_loop().time() + _IN_ALL
            self._started.set()

    @property
    def write_timeout(self) -> float:
        """Return for how many seconds to wait for another writer of the ledger."""
        left = self._until - asyncio.get_running_loop().time()
        return min(max(left, _AT_LEAST), SENDER_TIMEOUT)

    async def wait(self, lanes: Sequence[Awaitable[None]], unanswered: Collection[str]) -> None:
        """Wait for all connections; after `start`, only until the deadline, then cancel them.

        `unanswered` are the messages whose final bytes are written and whose reply is pending.
        Raises what a connection raises.
        """
        every = asyncio.gather(*lanes)
        told = asyncio.create_task(self._started.wait())
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
