"""Many digests at once: a process for each core, each with a worker of its own.

Not a ProcessPoolExecutor, since a digest that one process has parsed must come back to the same
process to be rendered: parsing it again costs more than everything this file does.
"""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from math import ceil
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Generic, Protocol, TypeVar

from publisher.errors import PublisherError

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


class Worker(Protocol):
    """What does a process's tasks."""

    def get_ready(self, wanted: Callable[[], bool]) -> None:
        """Do ahead what need not wait for a task, until one is wanted."""


_Worker = TypeVar("_Worker", bound=Worker)
_Work = Callable[[_Worker, _Task], _Result]

#: Below this many tasks, starting processes costs more than it saves.
_WORTH_PROCESSES = 64
#: Results sent back at a time, and the fewest tasks handed over.
_CHUNK = 8
#: Into how many rows of neighbours a process's tasks are parted: more would even out what
#: differs in weight, fewer leave an archive of feeds less often to who has not read all of it.
_ROWS = 8
#: The part of the tasks handed over at the start, and of those left whenever a process is free.
_AT_ONCE, _NEXT = 0.7, 0.25
#: Processes that die before all is given up: with no memory at all, none of them would live.
_MOST_DEATHS = 64
#: Said of a process that is gone.
DIED = "a worker process died, perhaps for want of memory; run again, what it did is kept"


class WorkerError(PublisherError, RuntimeError):
    """A process of the pool died (killed, or out of memory); what it did can be done again."""


class WorkerPool(Generic[_Worker]):
    """Runs a method of workers over many tasks, on every core when there are enough of them.

    `make` makes the worker of a process; it can be pickled. `worker` is this process's, where it
    has one already.
    """

    def __init__(self, make: Callable[[], _Worker], worker: _Worker | None = None) -> None:
        self._make = make
        self._worker = worker
        self._hands: list[tuple[BaseProcess, Connection]] = []
        #: The order in which keys were first seen: the process of a key follows from it.
        self._places: dict[str, int] = {}
        #: How many of the processes died.
        self._deaths = 0
        #: How many keys in a row have one process: what belongs together stands together.
        self._row = 1

    def map(
        self,
        work: _Work[_Worker, _Task, _Result],
        tasks: Sequence[_Task],
        key: Callable[[_Task], str],
        more: Callable[[], Iterable[_Task]] = tuple,
        lost: Callable[[_Task], _Result] | None = None,
    ) -> Iterator[_Result]:
        """Start on all tasks, and give `work(worker, task)` for each, in any order.

        `work` is a method of the worker's class, or a function of a module; its tasks and results
        can be pickled. Tasks with the same `key` go to the same process, but for the last few.
        With other processes at work, results come as they are asked for but nothing waits to be
        asked. `more` finds further tasks, while others are at work on these.

        Tasks of a process that is killed are done again, one by one; what a task comes to at which
        a second process is killed, `lost` tells. Without it, WorkerError is raised.
        """
        if len(tasks) < _WORTH_PROCESSES and not self._hands:
            tasks, more = [*tasks, *more()], tuple
        if cores() < 2 or (len(tasks) < _WORTH_PROCESSES and not self._hands):  # noqa: PLR2004
            worker = self._worker = self._worker or self._make()
            return (work(worker, task) for task in chain(tasks, more()))
        if not self._hands:
            # What each of them needs takes 50 ms and some MB: once, as long as they share it.
            import publisher.digest.parser  # noqa: PLC0415
            import publisher.render.site  # noqa: F401, PLC0415

            self._hands = [_hire(self._make) for _ in range(cores())]
        piles: list[list[_Task]] = [[] for _ in self._hands]
        if not self._places:
            self._row = ceil(len(tasks) / len(piles) / _ROWS)
        self._part(tasks, key, piles)
        # The larger part at once: they are at work while the caller does something else.
        owed = [
            self._send(hand, work, pile, ceil(len(pile) * _AT_ONCE))
            for hand, pile in enumerate(piles)
        ]
        self._part(more(), key, piles)
        for hand, part in enumerate(owed):
            owed[hand] = part or self._send_next(hand, work, piles)
        return self._results(work, piles, owed, lost)

    def _part(
        self, tasks: Iterable[_Task], key: Callable[[_Task], str], piles: list[list[_Task]]
    ) -> None:
        """Put each task on the pile of the process that had its key before."""
        for task in tasks:
            place = self._places.setdefault(key(task), len(self._places))
            piles[place // self._row % len(piles)].append(task)

    def _send(
        self,
        hand: int,
        work: _Work[_Worker, _Task, _Result],
        pile: list[_Task],
        count: int,
        chunk: int = _CHUNK,
    ) -> list[_Task]:
        """Hand over the first tasks of a pile, and return them: they are owed."""
        part, pile[:count] = pile[:count], []
        if part:
            # That a process died meanwhile is seen when its results are asked for.
            with suppress(ConnectionError):
                self._hands[hand][1].send((work, part, chunk))
        return part

    def _send_next(
        self, hand: int, work: _Work[_Worker, _Task, _Result], piles: list[list[_Task]]
    ) -> list[_Task]:
        """Hand over what is left to whoever is free, so that all end together."""
        pile = piles[hand] or max(piles, key=len)
        return self._send(hand, work, pile, max(_CHUNK, int(len(pile) * _NEXT)))

    def _results(
        self,
        work: _Work[_Worker, _Task, _Result],
        piles: list[list[_Task]],
        owed: list[list[_Task]],
        lost: Callable[[_Task], _Result] | None,
    ) -> Iterator[_Result]:
        #: The processes that tell of one task at a time, after one that died at some of theirs.
        careful: set[int] = set()
        while any(owed):
            pipes = {pipe: hand for hand, (_, pipe) in enumerate(self._hands)}
            for ready in multiprocessing.connection.wait(list(pipes)):
                assert isinstance(ready, Connection)  # noqa: S101  (`wait` takes sockets too)
                hand = pipes[ready]
                try:
                    results: list[_Result] | BaseException = ready.recv()
                except (EOFError, ConnectionError):
                    self._replace(hand)
                    results = []
                    if hand in careful and owed[hand]:
                        if lost is None:
                            raise WorkerError(DIED) from None
                        results = [lost(owed[hand].pop(0))]
                    # What was killed by chance is done like any other, one by one; at what another
                    # process is killed too, is known then.
                    piles[hand][:0] = owed[hand][_CHUNK:]
                    owed[hand] = self._send(hand, work, owed[hand], _CHUNK, chunk=1)
                    careful.add(hand)
                else:
                    if isinstance(results, BaseException):
                        raise results
                    del owed[hand][: len(results)]
                if not owed[hand]:
                    careful.discard(hand)
                    owed[hand] = self._send_next(hand, work, piles)
                yield from results

    def _replace(self, hand: int) -> None:
        """Start a process in place of one that died. Raises WorkerError when too many did."""
        self._deaths += 1
        if self._deaths > _MOST_DEATHS:
            raise WorkerError(DIED)
        process, pipe = self._hands[hand]
        pipe.close()
        process.kill()
        process.join()
        self._hands[hand] = _hire(self._make)

    def dismiss(self) -> None:
        """End the processes."""
        for process, pipe in self._hands:
            pipe.close()
            process.terminate()
        for process, _ in self._hands:
            process.join()
        self._hands = []


def _hire(make: Callable[[], Worker]) -> tuple[BaseProcess, Connection]:
    # Forking takes 10 ms where starting afresh takes 200, but what other threads hold would
    # stay locked in the child: `watch` has some, `build` and `run` have none.
    alone = threading.active_count() == 1
    context = multiprocessing.get_context("fork" if alone else "forkserver")
    ours, theirs = context.Pipe()
    process = context.Process(  # type: ignore[attr-defined]  # every start method has one
        target=_serve, args=(theirs, make), daemon=True
    )
    process.start()
    theirs.close()
    return process, ours


def _serve(pipe: Connection, make: Callable[[], Worker]) -> None:
    """Do tasks until the process is ended."""
    attend()
    # What is parsed is kept, and nothing here makes cycles (a process has the same 65 MB after
    # 200 digests as after 800): looking for some again and again takes about 5 % of the time.
    gc.disable()
    worker: Worker | None = None
    while True:
        try:
            work, tasks, chunk = pipe.recv()
        except EOFError:
            return
        try:
            worker = worker or make()
            for start in range(0, len(tasks), chunk):
                pipe.send([work(worker, task) for task in tasks[start : start + chunk]])
            if not pipe.poll():
                worker.get_ready(wanted=pipe.poll)  # while the one in charge thinks
        except MemoryError:
            os._exit(1)  # as though it were killed: another has what this one keeps to itself
        except Exception as error:  # noqa: BLE001  (raised again where it was asked for)
            pipe.send(error)


def attend() -> None:
    """Have this process, which was forked, end when the one in charge wants it to, or ends."""
    # The handlers that `run` and `watch` set came along: with them SIGTERM would end nothing.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # These reach every process of the terminal; the one in charge ends the others.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the one in charge is killed.

    It would wait for tasks for ever, since it holds the other end of its own pipe too, and with
    that the newsletter's lock, which it was forked with.
    """
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)


@contextmanager
def worker_pool(
    make: Callable[[], _Worker], worker: _Worker | None = None
) -> Iterator[WorkerPool[_Worker]]:
    """Yield a pool for one build, of workers as `WorkerPool` takes them."""
    pool = WorkerPool(make, worker)
    try:
        yield pool
    finally:
        pool.dismiss()


def cores() -> int:
    """Return the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
