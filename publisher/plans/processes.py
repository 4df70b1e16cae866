"""Work of several processes that takes long, tells how far it is, and can be stopped.

Unlike those of a worker pool, none of them waits for tasks: each finds its own and ends when it
has no more.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterable
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Literal, TypeVar

from publisher.delivery.counts import Tally
from publisher.errors import PublisherError
from publisher.event_log import log_error
from publisher.sources.worker_pool import WorkerError

_LOG = logging.getLogger(__name__)
#: How long one that was told to stop may take, in seconds; its messages get less.
PATIENCE = 9.0
#: How often whether to stop is asked, in seconds.
_ROUND = 0.5
_DIED = "a process that sends died, perhaps for want of memory; run again, nothing is lost"

_News = TypeVar("_News")
#: Sends, tells how far it is, and asks whether to stop.
Work = Callable[[Callable[[_News], None], Callable[[], bool]], None]


def in_parallel(
    works: Iterable[Work[Tally]], tell: Callable[[Tally], None], stopping: Callable[[], bool]
) -> None:
    """Do each work in a process of its own, and tell what they did so far in all.

    Forks, so this process must have one thread, and no database open. When all have ended, raises
    what the first raised that had trouble, and WorkerError for one that was killed.
    """
    told: dict[Connection, Tally] = {}
    trouble: PublisherError | None = None
    hands = dict(start(work, "fork") for work in works)
    working, deadline = set(hands), 0.0
    while working:
        for pipe in wait(working, _ROUND):
            assert isinstance(pipe, Connection)  # noqa: S101  (`wait` takes sockets too)
            news = receive(pipe)
            if isinstance(news, Tally):
                told[pipe] = news
            else:
                working.discard(pipe)
                trouble = trouble or ending(news)
        tell(_sum(told.values()))
        if stopping() and not deadline:
            deadline = time.monotonic() + PATIENCE
            for process in hands.values():
                process.terminate()
        if deadline and time.monotonic() > deadline:
            for process in hands.values():
                process.kill()
    for process in hands.values():
        process.join()
    if trouble:
        raise trouble


def start(work: Work[_News], method: Literal["fork", "spawn"]) -> tuple[Connection, BaseProcess]:
    """Do a work in a process of its own; return what it tells, and the process.

    SIGTERM asks it to stop. To be spawned, which a process with threads may do, a work must be
    picklable.
    """
    get_context = multiprocessing.get_context
    context = get_context("fork") if method == "fork" else get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    # A daemon could have no processes of its own; `_serve` sees the end of this one.
    process = context.Process(target=_serve, args=(theirs, work), daemon=method == "fork")
    process.start()
    theirs.close()
    return ours, process


def receive(pipe: Connection) -> object:
    """Return what a process tells next: in the end None, or a PublisherError."""
    try:
        return pipe.recv()
    except (EOFError, ConnectionError):
        return WorkerError(_DIED)


def ending(news: object) -> PublisherError | None:
    """Return what kept a process from its end, given the last that it told."""
    return news if isinstance(news, PublisherError) else None


def _sum(tallies: Iterable[Tally]) -> Tally:
    found = Tally()
    for each in tallies:
        found.add_all(each)
    return found


def _serve(pipe: Connection, work: Work[_News]) -> None:
    """Do the work, and say how it ended."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    # These reach every process of the terminal; the one in charge stops the others.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
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
