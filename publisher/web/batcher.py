"""Requests of many clients, processed in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")


class Batcher(Generic[_Request, _Answer]):
    """Collects requests while `work` is busy, and passes all of them to the next call.

    So a hundred clients wait for two transactions and not for a hundred; one waits for its own.
    `work` runs in a thread, and returns an answer for each request, in order.
    """

    def __init__(self, work: Callable[[Sequence[_Request]], Sequence[_Answer]]) -> None:
        self._work = work
        self._waiting: list[tuple[_Request, asyncio.Future[_Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    async def submit(self, request: _Request) -> _Answer:
        """Return the answer to a request, processed with others. Raises what `work` raises."""
        answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                answers = await run_in_threadpool(self._work, [request for request, _ in batch])
            except Exception as error:  # noqa: BLE001  (each client is told)
                for _, waiting in batch:
                    if not waiting.done():  # a client may have gone
                        waiting.set_exception(error)
            else:
                for (_, waiting), answer in zip(batch, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)
        self._task = None
