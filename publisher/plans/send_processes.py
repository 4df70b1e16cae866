"""Work of several processes that takes long, tells how far it is, and can be stopped.

Unlike those of a worker pool, none of them waits for requests: each finds its own work and ends
when it has no more.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.connection import Connection
from typing import Literal, TypeVar

from publisher.delivery.counts import Tally
from publisher.errors import PublisherError
from publisher.event_log import log_error
from publisher.processes import Child, WorkerError, join_children, ready_children, start_process

_LOG = logging.getLogger(__name__)
#: How long one that was told to stop may take, in seconds; its messages get less.
PATIENCE = 9.0
#: How often whether to stop is asked, in seconds.
_ROUND = 0.5

_News = TypeVar("_News")
#: Sends, tells how far it is, and asks whether to stop.
Work = Callable[[Callable[[_News], None], Callable[[], bool]], None]


def run_in_parallel(
    works: Iterable[Work[Tally]], tell: Callable[[Tally], None], stopping: Callable[[], bool]
) -> None:
    """Do each work in a process of its own, and tell their counts so far in all.

    Forks, so this process must have one thread, and no database open. `tell` is called, and
    `stopping` asked, at least twice a second; when that is true the processes get SIGTERM, and
    SIGKILL after `PATIENCE`. When all have ended, raises the first error of one of them, which is
    WorkerError for one that was killed.
    """
    tallies: dict[Child, Tally] = {}
    trouble: PublisherError | None = None
    children = [start_work(work, "fork") for work in works]
    working, deadline = set(children), 0.0
    while working:
        for child in ready_children(working, _ROUND):
            try:
                tally: Tally | None = child.receive()
            except PublisherError as error:
                tally, trouble = None, trouble or error
            if tally is None:
                working.discard(child)
            else:
                tallies[child] = tally
        tell(_total(tallies.values()))
        if stopping() and not deadline:
            deadline = time.monotonic() + PATIENCE
            for child in children:
                child.process.terminate()
        if deadline and time.monotonic() > deadline:
            for child in children:
                child.process.kill()
    join_children(children)
    if trouble:
        raise trouble


def start_work(work: Work[_News], method: Literal["fork", "spawn"]) -> Child:
    """Start a work in a process of its own, which sends what it tells, and None at its end.

    SIGTERM asks it to stop. To be spawned, which a process with threads may do, a work must be
    picklable.
    """
    return start_process(partial(_run_work, work), method)


def _total(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add_all(tally)
    return total


def _run_work(work: Work[_News], pipe: Connection) -> None:
    """Do the work, and say how it ended."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101  (this is a child)

    def stopping() -> bool:
        # Without the one in charge nobody could stop this one; what is in flight it ends.
        return stop.is_set() or not parent.is_alive()

    trouble: PublisherError | None = None
    try:
        work(pipe.send, stopping)
    except PublisherError as error:
        trouble = error
    except Exception as error:  # noqa: BLE001  (a traceback may quote a password, and is no line)
        log_error(_LOG, "process failed", error)
        kind = type(error).__name__
        trouble = WorkerError(f"internal error, please report it: {kind}: {error}")
    pipe.send(trouble)
