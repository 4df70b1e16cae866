"""Processes that work for another one: what comes back from them, and how they end."""

from __future__ import annotations

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.processes import (
    Child,
    WorkerError,
    kill_children,
    ready_children,
    serve_requests,
    start_process,
)
from tests.e2e.newsletter import until

#: Commands that fork have one thread, pytest's workers have more, of which Python 3.12 warns.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def double(pipe: Connection) -> None:
    """Answer numbers until ended."""

    def answer(number: int) -> None:
        if number < 0:
            raise InputError(f"{number} is refused")
        if number == 0:
            raise MemoryError
        pipe.send(2 * number)

    serve_requests(pipe, answer)


def kill_itself(_: Connection) -> None:
    """Be killed before anything is sent."""
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(_: Connection) -> None:
    """Neither send nor end."""
    time.sleep(600)


def start_child(parent: Connection) -> None:
    """Tell the number of a process that this one started, and wait."""
    child = start_process(double)
    parent.send(child.process.pid)
    time.sleep(600)


def is_running(number: int) -> bool:
    """Return whether there is a process of that number, one that has ended aside."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text(encoding="ascii")
        return stat.rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_an_answer_comes_back() -> None:
    """What a process makes of a request is received."""
    child = start_process(double)
    child.send(21)
    assert 42 == child.receive()
    kill_children([child])


def test_an_exception_comes_back() -> None:
    """What answering a request raises is raised here, and the next request is answered."""
    child = start_process(double)
    child.send(-1)
    with pytest.raises(InputError, match="-1 is refused"):
        child.receive()
    child.send(1)
    assert 2 == child.receive()
    kill_children([child])


@pytest.mark.parametrize("request_of", [None, 0])
def test_a_process_that_dies_is_known(request_of: int | None) -> None:
    """One that is killed, or has no memory left, is a WorkerError, however much is sent to it."""
    child = start_process(kill_itself if request_of is None else double)
    child.send(request_of)
    with pytest.raises(WorkerError, match="worker process died"):
        child.receive()
    child.send(1)
    kill_children([child])


def test_who_has_sent_is_ready() -> None:
    """Of several processes those are named that have sent something; none after the timeout."""
    children = [start_process(sleep), start_process(double)]
    assert [] == ready_children(children, 0.01)
    children[1].send(1)
    assert [children[1]] == ready_children(children)
    kill_children(children)


def test_one_that_was_just_forked_is_ended() -> None:
    """A process that still handles SIGTERM as its parent does is not waited for."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        children: list[Child] = [start_process(sleep) for _ in range(3)]
        kill_children(children)
        assert [-signal.SIGKILL] * 3 == [child.process.exitcode for child in children]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux about a process")
def test_it_ends_with_the_one_in_charge() -> None:
    """A process does not wait for requests for ever after whoever started it was killed."""
    parent = start_process(start_child, "spawn")
    number = parent.receive()
    assert is_running(number)
    kill_children([parent])
    until(lambda: not is_running(number), "its end")
