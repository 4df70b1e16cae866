"""Many digests at once: a process for each core, each with a worker of its own.

Not a ProcessPoolExecutor, since a digest that one process has parsed must come back to the same
process to be rendered: parsing it again costs more than everything this file does.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from math import ceil
from multiprocessing.connection import Connection
from typing import Generic, Protocol, TypeVar

from publisher.processes import (
    DIED,
    Child,
    WorkerError,
    cores,
    kill_children,
    ready_children,
    serve_requests,
    start_process,
)

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


class WorkerPool(Generic[_Worker]):
    """Runs a method of workers over many tasks, on every core when there are enough of them.

    `make` makes the worker of a process; it can be pickled. `worker` is this process's, where it
    has one already.
    """

    def __init__(self, make: Callable[[], _Worker], worker: _Worker | None = None) -> None:
        self._make = make
        self._worker = worker
        self._children: list[Child] = []
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
        """Start on all tasks; return an iterator of `work(worker, task)` for each, in any order.

        `work` is a method of the worker's class, or a function of a module; its tasks and results
        must be picklable. Tasks with the same `key` go to the same process, but for the last few.
        The processes work without waiting for results to be taken. `more` finds further tasks while
        they are at work on these.

        Tasks of a process that is killed are done again, one by one. If a second process is killed
        at a task, its result is `lost(task)`. Without `lost` this raises WorkerError, and so it
        does when more than 64 die. What a task raises is raised here.
        """
        if len(tasks) < _WORTH_PROCESSES and not self._children:
            tasks, more = [*tasks, *more()], tuple
        if cores() < 2 or (len(tasks) < _WORTH_PROCESSES and not self._children):  # noqa: PLR2004
            worker = self._worker = self._worker or self._make()
            return (work(worker, task) for task in chain(tasks, more()))
        if not self._children:
            # What each of them needs takes 50 ms and some MB: once, as long as they share it.
            import publisher.digest.parser  # noqa: PLC0415
            import publisher.render.site  # noqa: F401, PLC0415

            self._children = [_start_child(self._make) for _ in range(cores())]
        piles: list[list[_Task]] = [[] for _ in self._children]
        if not self._places:
            self._row = ceil(len(tasks) / len(piles) / _ROWS)
        self._distribute(tasks, key, piles)
        # The larger part at once: they are at work while the caller does something else.
        owed = [
            self._send_tasks(child, work, pile, ceil(len(pile) * _AT_ONCE))
            for child, pile in zip(self._children, piles, strict=True)
        ]
        self._distribute(more(), key, piles)
        for place, part in enumerate(owed):
            owed[place] = part or self._send_next(place, work, piles)
        return self._receive_results(work, piles, owed, lost)

    def _distribute(
        self, tasks: Iterable[_Task], key: Callable[[_Task], str], piles: list[list[_Task]]
    ) -> None:
        """Put each task on the pile of the process that had its key before."""
        for task in tasks:
            place = self._places.setdefault(key(task), len(self._places))
            piles[place // self._row % len(piles)].append(task)

    def _send_tasks(
        self,
        child: Child,
        work: _Work[_Worker, _Task, _Result],
        pile: list[_Task],
        count: int,
        chunk: int = _CHUNK,
    ) -> list[_Task]:
        """Hand over the first tasks of a pile, and return them: they are owed."""
        part, pile[:count] = pile[:count], []
        if part:
            child.send((work, part, chunk))
        return part

    def _send_next(
        self, place: int, work: _Work[_Worker, _Task, _Result], piles: list[list[_Task]]
    ) -> list[_Task]:
        """Hand over what is left to whoever is free, so that all end together."""
        pile = piles[place] or max(piles, key=len)
        count = max(_CHUNK, int(len(pile) * _NEXT))
        return self._send_tasks(self._children[place], work, pile, count)

    def _receive_results(
        self,
        work: _Work[_Worker, _Task, _Result],
        piles: list[list[_Task]],
        owed: list[list[_Task]],
        lost: Callable[[_Task], _Result] | None,
    ) -> Iterator[_Result]:
        #: The processes that tell of one task at a time, after one that died at some of theirs.
        careful: set[int] = set()
        while any(owed):
            for child in ready_children(self._children):
                place = self._children.index(child)
                try:
                    results: list[_Result] = child.receive()
                except WorkerError:  # no work raises it
                    self._replace(place)
                    results = []
                    if place in careful and owed[place]:
                        if lost is None:
                            raise
                        results = [lost(owed[place].pop(0))]
                    # What was killed by chance is done like any other, one by one; at what another
                    # process is killed too, is known then.
                    piles[place][:0] = owed[place][_CHUNK:]
                    owed[place] = self._send_tasks(
                        self._children[place], work, owed[place], _CHUNK, chunk=1
                    )
                    careful.add(place)
                else:
                    del owed[place][: len(results)]
                if not owed[place]:
                    careful.discard(place)
                    owed[place] = self._send_next(place, work, piles)
                yield from results

    def _replace(self, place: int) -> None:
        """Start a process in place of one that died. Raises WorkerError when too many did."""
        self._deaths += 1
        if self._deaths > _MOST_DEATHS:
            raise WorkerError(DIED)
        kill_children([self._children[place]])
        self._children[place] = _start_child(self._make)

    def end(self) -> None:
        """End the processes at once."""
        kill_children(self._children)
        self._children = []


def _start_child(make: Callable[[], Worker]) -> Child:
    # What other threads hold would stay locked in a fork: `watch` has some, `build` and `run` none.
    alone = threading.active_count() == 1
    return start_process(partial(_serve_tasks, make), "fork" if alone else "forkserver")


def _serve_tasks(make: Callable[[], Worker], pipe: Connection) -> None:
    """Do tasks until the process is ended."""
    # What is parsed is kept, and nothing here makes cycles (a process has the same 65 MB after
    # 200 digests as after 800): looking for some again and again takes about 5 % of the time.
    gc.disable()
    worker: Worker | None = None

    def answer(request: tuple[_Work[Worker, object, object], list[object], int]) -> None:
        nonlocal worker
        work, tasks, chunk = request
        worker = worker or make()
        for start in range(0, len(tasks), chunk):
            pipe.send([work(worker, task) for task in tasks[start : start + chunk]])
        if not pipe.poll():
            worker.get_ready(wanted=pipe.poll)  # while the one in charge thinks

    serve_requests(pipe, answer)


@contextmanager
def worker_pool(
    make: Callable[[], _Worker], worker: _Worker | None = None
) -> Iterator[WorkerPool[_Worker]]:
    """Yield a pool for one build, of workers as `WorkerPool` takes them."""
    pool = WorkerPool(make, worker)
    try:
        yield pool
    finally:
        pool.end()
