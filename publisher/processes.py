"""Processes that work for this one: started, listened to and ended in one way.

Each has a pipe to the one in charge. An exception in it is raised by `Child.receive`; when it is
killed, or has no memory left, that raises WorkerError. When the one in charge is killed, it ends.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Literal, NamedTuple

from publisher.errors import PublisherError

#: Said of a process that is gone.
DIED = "a worker process died, perhaps for want of memory; run again, what it did is kept"


class WorkerError(PublisherError, RuntimeError):
    """A process died (killed, or out of memory); what it did can be done again."""


class Child(NamedTuple):
    """A process that was started, with our end of the pipe to it."""

    process: BaseProcess
    pipe: Connection

    def send(self, message: object) -> None:
        """Send it something. Whether it has died is seen when something is received from it."""
        with suppress(ConnectionError):
            self.pipe.send(message)

    def receive(self) -> Any:  # noqa: ANN401  (whatever it sends)
        """Return what it sends next. Raises what it raised, and WorkerError when it died."""
        try:
            message = self.pipe.recv()
        except (EOFError, ConnectionError):
            raise WorkerError(DIED) from None
        if isinstance(message, Exception):
            raise message
        return message


def start_process(
    work: Callable[[Connection], None], method: Literal["fork", "forkserver", "spawn"] = "fork"
) -> Child:
    """Call `work` in a process of its own, with its end of the pipe.

    Forking takes 10 ms where the other methods take 200, and `work` need not be picklable; but what
    other threads hold stays locked in the child, so the process must have one thread.
    """
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    # What is spawned may have processes of its own, and a daemon may not.
    process = context.Process(  # type: ignore[attr-defined]  # every start method has one
        target=_run, args=(work, theirs), daemon=method != "spawn"
    )
    process.start()
    theirs.close()
    return Child(process, ours)


def ready_children(children: Iterable[Child], timeout: float | None = None) -> list[Child]:
    """Return the processes that have sent something or died; wait for one up to `timeout` seconds.

    Without a timeout at least one is returned.
    """
    by_pipe: dict[object, Child] = {child.pipe: child for child in children}
    pipes = [child.pipe for child in by_pipe.values()]
    return [by_pipe[pipe] for pipe in multiprocessing.connection.wait(pipes, timeout)]


def kill_children(children: Collection[Child]) -> None:
    """End processes at once, whatever they are at, and wait until they have gone."""
    # SIGKILL, since one that has just been forked still handles SIGTERM as this process does.
    for child in children:
        child.process.kill()
    join_children(children)


def join_children(children: Iterable[Child]) -> None:
    """Wait until processes have ended, and close the pipes to them."""
    for child in children:
        child.process.join()
        child.pipe.close()


def cores() -> int:
    """Return the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# --- In a process that was started ----------------------------------------------------------


def _run(work: Callable[[Connection], None], pipe: Connection) -> None:
    # These reach every process of the terminal; the one in charge ends the others.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    work(pipe)


def serve_requests(pipe: Connection, answer: Callable[[Any], None]) -> None:
    """Answer each request that comes by the pipe, until this process is ended.

    `answer` sends what it makes of a request by the pipe; what it raises is sent in its place.
    """
    # The handlers that `run` and `watch` set came along: with them SIGTERM would end nothing.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            request = pipe.recv()
        except EOFError:
            return
        try:
            answer(request)
        except MemoryError:
            os._exit(1)  # as though it were killed: another has what this one keeps to itself
        except Exception as error:  # noqa: BLE001  (raised again where it was asked for)
            pipe.send(error)


def _end_with_parent() -> None:
    """End this process when the one in charge is killed.

    It would wait for requests for ever, since it holds the other end of its own pipe too, and with
    that the newsletter's lock, which it was forked with.
    """
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
