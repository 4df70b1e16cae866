"""The worker pool: many tasks on every core."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.processes import WorkerError, cores
from publisher.sources.worker_pool import worker_pool
from tests.e2e.newsletter import until

#: Tasks of which the first takes long.
LINGERED = 200


class Hand:
    """Does tasks, and marks in a folder what it did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get_ready(self, wanted: Callable[[], bool]) -> None:
        """Have nothing to do ahead."""


@pytest.fixture
def make(tmp_path: Path) -> Callable[[], Hand]:
    """Return what makes a worker for an empty folder."""
    return partial(Hand, tmp_path)


def double(_: Hand, task: int) -> int:
    """Do a task."""
    return 2 * task


def refuse(_: Hand, task: int) -> int:
    """Fail at a task."""
    raise InputError(f"task {task} is refused")


def die(_: Hand, task: int) -> int:
    """Be killed at one of the tasks."""
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def die_always(_: Hand, task: int) -> int:
    """Be killed at each task."""
    os.kill(os.getpid(), signal.SIGKILL)
    return task


def die_once(hand: Hand, task: int) -> int:
    """Be killed at one of the tasks, the first time."""
    done = hand.folder / f"done-{task}"
    if task in (3, 70) and not done.exists():
        done.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def starve(_: Hand, task: int) -> int:
    """Have no memory for one of the tasks."""
    if task == 3:
        raise MemoryError
    return task


def is_lost(task: int) -> int:
    """Return what a task comes to at which a process was killed."""
    return -task


def linger(hand: Hand, task: int) -> tuple[int, int]:
    """Take longer over the first task than the others over all theirs, and one of its process."""
    done = hand.folder / "done"
    with done.open("ab", buffering=0) as file:
        file.write(b".")
    if task == 0:
        theirs = LINGERED - LINGERED // cores()
        until(lambda: done.stat().st_size > 1 + theirs, "the others")
    return task, os.getpid()


def process(_: Hand, task: int) -> tuple[int, int]:
    """Return the task, and the process it is done in."""
    return task, os.getpid()


@pytest.mark.parametrize("count", [0, 1, 63, 64, 500])
def test_every_task_is_done_once(make: Callable[[], Hand], count: int) -> None:
    """Each of few or many tasks gives one result."""
    expected = [2 * task for task in range(count)]
    with worker_pool(make) as pool:
        assert expected == sorted(pool.map(double, range(count), str))


def test_tasks_of_one_key_go_to_one_process(make: Callable[[], Hand]) -> None:
    """Whatever was kept for a key is at hand for its next task, but for the last few."""
    with worker_pool(make) as pool:
        first = dict(pool.map(process, range(200), str))
        again = dict(pool.map(process, range(200), str))
    early = range(100)
    assert [first[task] for task in early] == [again[task] for task in early]


@pytest.mark.parametrize("count", [0, 3, 200])
def test_what_is_found_meanwhile_is_done_too(make: Callable[[], Hand], count: int) -> None:
    """Tasks that are found once work has begun are done like the others, were there any or not."""
    expected = [2 * task for task in range(count + 200)]
    with worker_pool(make) as pool:
        for _ in range(2):  # first without processes at hand, then with them
            found = pool.map(double, range(count), str, lambda: range(count, count + 200))
            assert expected == sorted(found)


def test_whoever_is_free_takes_what_is_left(make: Callable[[], Hand]) -> None:
    """A process whose tasks take long does not keep the others waiting."""
    with worker_pool(make) as pool:
        done = dict(pool.map(linger, range(LINGERED), str))
    slow = done[0]
    expected = len(done) // cores()
    assert sum(1 for worker in done.values() if worker == slow) < expected


def test_an_error_reaches_the_caller(make: Callable[[], Hand]) -> None:
    """What a task raises in another process is raised here."""
    with pytest.raises(InputError, match="is refused"), worker_pool(make) as pool:
        list(pool.map(refuse, range(100), str))


def test_a_process_that_dies_is_an_error_of_one_line(make: Callable[[], Hand]) -> None:
    """A killed worker does not leave the build waiting."""
    with pytest.raises(WorkerError, match="worker process died"), worker_pool(make) as pool:
        list(pool.map(die, range(100), str))


@pytest.mark.parametrize("work", [die, starve])
@pytest.mark.parametrize("count", [100, 1_000])
def test_the_task_at_which_processes_die_is_known(
    make: Callable[[], Hand], work: Callable[[Hand, int], int], count: int
) -> None:
    """It is the only one that fails, whatever its neighbours in the same process were."""
    with worker_pool(make) as pool:
        found = sorted(pool.map(work, range(count), str, lost=is_lost))
    assert [-3, *(task for task in range(count) if task != 3)] == found


def test_processes_that_are_killed_by_chance_lose_nothing(make: Callable[[], Hand]) -> None:
    """What they were at is done again."""
    with worker_pool(make) as pool:
        assert list(range(200)) == sorted(pool.map(die_once, range(200), str, lost=is_lost))


def test_a_process_that_is_killed_while_it_waits_loses_nothing(make: Callable[[], Hand]) -> None:
    """Another takes its place when there are tasks."""
    with worker_pool(make) as pool:
        list(pool.map(double, range(100), str))
        for worker, _ in pool._children:
            os.kill(worker.pid or 0, signal.SIGKILL)
            worker.join()
        expected = [2 * task for task in range(100)]
        assert expected == sorted(pool.map(double, range(100), str, lost=is_lost))


def test_processes_that_all_die_end_the_build(make: Callable[[], Hand]) -> None:
    """With no memory at all, nothing is tried for ever."""
    with pytest.raises(WorkerError, match="worker process died"), worker_pool(make) as pool:
        list(pool.map(die_always, range(1_000), str, lost=is_lost))


def test_processes_end_even_when_sigterm_is_handled(make: Callable[[], Hand]) -> None:
    """`run` handles SIGTERM; its workers, which inherit that, end all the same."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with worker_pool(make) as pool:
            list(pool.map(double, range(100), str))
            workers = [worker for worker, _ in pool._children]
            for worker in workers:  # which wait for tasks
                worker.terminate()
                worker.join()
        assert [-signal.SIGTERM] * len(workers) == [worker.exitcode for worker in workers]
    finally:
        signal.signal(signal.SIGTERM, before)
