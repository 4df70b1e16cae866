"""Run a command and say what it took: time, processor time and memory.

Linux only: it reads /proc and pins processors.
"""

import contextlib
import os
import resource
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SAMPLE_SECONDS = 0.02
#: Python keeps what it has compiled, as it does for who runs the program: where the environment
#: forbids it, a run with nothing to do spends a tenth of its time on compiling our sources.
_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
}


class CommandError(Exception):
    """A measured command failed."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run of a command took, or the medians of several."""

    wall: float
    user: float
    system: float
    #: Of all its processes together, what they share counted once.
    peak_bytes: int
    #: Of the largest of them, with all that it shares.
    largest_bytes: int


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is in a folder."""

    files: int
    size_bytes: int


def pin(count: int) -> tuple[int, ...]:
    """Keep this thread, and so every command it starts, on the same few processors."""
    chosen = tuple(sorted(os.sched_getaffinity(0))[:count])
    os.sched_setaffinity(0, chosen)
    return chosen


def run(command: Sequence[str | Path], *, log: Path, cwd: Path | None = None) -> Cost:
    """Run a command to its end; its output goes to the file `log`."""
    os.sync()  # what earlier runs left to be written is not this one's to pay for
    with log.open("wb") as output:
        started = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=cwd, env=_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        with _PeakMemory(child.pid) as memory:
            try:
                _, status, usage = os.wait4(child.pid, 0)
            except BaseException:
                child.kill()
                child.wait()
                raise
            wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise CommandError(_failure(command, child.returncode, log))
    return Cost(
        wall=wall,
        user=usage.ru_utime,
        system=usage.ru_stime,
        peak_bytes=max(memory.peak_bytes, _own_peak(usage)),
        largest_bytes=max(memory.largest_bytes, _own_peak(usage)),
    )


def median(costs: Iterable[Cost]) -> Cost:
    """Take the median of each figure."""
    costs = list(costs)
    return Cost(
        wall=statistics.median(cost.wall for cost in costs),
        user=statistics.median(cost.user for cost in costs),
        system=statistics.median(cost.system for cost in costs),
        peak_bytes=round(statistics.median(cost.peak_bytes for cost in costs)),
        largest_bytes=round(statistics.median(cost.largest_bytes for cost in costs)),
    )


def measure_folder(folder: Path) -> Size:
    """Count the files below a folder and their bytes."""
    sizes = [
        (Path(parent) / name).stat().st_size
        for parent, _, names in os.walk(folder)
        for name in names
    ]
    return Size(files=len(sizes), size_bytes=sum(sizes))


class _PeakMemory:
    """Samples the memory of a process and all its descendants until told to stop.

    The proportional set size counts a page that forked workers share once, where
    adding up their resident sets would count it for each.
    """

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self.largest_bytes = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        leave_pinned_processors()
        while not self._done.wait(SAMPLE_SECONDS):
            sizes = [_set_sizes(pid) for pid in _tree(self._pid)]
            self.peak_bytes = max(self.peak_bytes, sum(each for each, _ in sizes))
            self.largest_bytes = max(self.largest_bytes, *(each for _, each in sizes))


def leave_pinned_processors(process: int = 0) -> tuple[int, ...]:
    """Move a process (0: this thread) off the measured processors, if there are others.

    Gives those it is on now.
    """
    others = set(range(os.cpu_count() or 1)) - os.sched_getaffinity(process)
    with contextlib.suppress(OSError):  # a container may allow no others
        os.sched_setaffinity(process, others)
    return tuple(sorted(os.sched_getaffinity(process)))


def _tree(pid: int) -> list[int]:
    """List a process and its descendants; children hang on the thread that forked them."""
    pids = [pid]
    with contextlib.suppress(OSError):  # it, or one of its threads, may just have ended
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text("ascii").split():
                pids.extend(_tree(int(child)))
    return pids


def _set_sizes(pid: int) -> tuple[int, int]:
    """Return the bytes of a process's proportional and resident set."""
    found = {}
    with contextlib.suppress(OSError):  # it may just have ended
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            name, *rest = line.split()
            if name in ("Pss:", "Rss:"):
                found[name] = int(rest[0]) * 1024
    return found.get("Pss:", 0), found.get("Rss:", 0)


def _own_peak(usage: resource.struct_rusage) -> int:
    """Return the kernel's peak for the largest process, which catches what falls between samples.

    A child starts with its parent's peak on its account, so a figure no higher
    than this process's own says nothing about the child.
    """
    inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage.ru_maxrss * 1024 if usage.ru_maxrss > inherited else 0


def _failure(command: Sequence[str | Path], code: int, log: Path) -> str:
    last = log.read_text("utf-8", errors="replace").strip().splitlines()[-5:]
    words = " ".join(str(word) for word in command)
    return "\n    ".join([f"{words}: exit code {code}", *last])
