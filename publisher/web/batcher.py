"""Work that comes from many visitors at once, done in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

_Wish = TypeVar("_Wish")
_Answer = TypeVar("_Answer")


class Batcher(Generic[_Wish, _Answer]):
    """Gathers what comes while `work` is busy, and hands it all to the next call.

    So a hundred visitors wait for two transactions and not for a hundred; one waits for its own.
    """

    def __init__(self, work: Callable[[Sequence[_Wish]], Sequence[_Answer]]) -> None:
        self._work = work
        self._waiting: list[tuple[_Wish, asyncio.Future[_Answer]]] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, wish: _Wish) -> _Answer:
        """Have one wish seen to, together with others. Raises what `work` does."""
        answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((wish, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._go())
        return await answer

    async def _go(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                answers = await run_in_threadpool(self._work, [wish for wish, _ in batch])
            except Exception as error:  # noqa: BLE001  (each visitor is told)
                for _, waiting in batch:
                    if not waiting.done():  # a visitor may have gone
                        waiting.set_exception(error)
            else:
                for (_, waiting), answer in zip(batch, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)
        self._task = None
