"""`publisher` in a process of its own that is forked from one which has imported it.

Importing takes 0.2 s of CPU, nine tenths of what most commands take, and the tests run some
hundreds. How an interpreter of its own does is what tests/docs/test_readme.py and
tests/e2e/test_wheel.py show.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from publisher.cli import COMMANDS
from publisher.render.templating.environment import Templates
from publisher.render.templating.loader import BUILT_IN

_BEGUN, _HALTED = b"begun", b"halted"
_FORKING = get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        *(f"publisher.cli.{module}" for module in COMMANDS),
        "publisher.digest.parser",
        "publisher.syndication.websub",
        "publisher.plans.run",
        "publisher.pipeline.tick",
        "publisher.render.subscription_pages",
        "publisher.render.site",
        "pydantic.type_adapter",
        "sqlalchemy.dialects.sqlite",
        "feedgen.feed",
        __name__,
    ]
)
# 60 ms more of each command that publishes.
Templates().compile(*(path.name for path in BUILT_IN.iterdir() if path.is_file()))


@dataclass(frozen=True, slots=True)
class Halt:
    """Where each process of a command stands still, until it is killed.

    That is before it opens a new file below a folder, when it has opened so many there.
    """

    folder: Path
    files: int = 0


class Forked:
    """A command at work: the leader of a session of its own, with nothing to read."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        out: int,
        err: int,
        halt: Halt | None = None,
    ) -> None:
        """Start it; what it says goes to the files `out` and `err`."""
        self._news, news = Pipe(duplex=False)
        # As a Connection any file can be handed over.
        files = [Connection(os.dup(number), readable=False) for number in (out, err)]
        self._process = _FORKING.Process(
            target=_work, args=(words, folder, dict(environment), files, news, halt)
        )
        self._process.start()
        for each in (news, *files):
            each.close()
        assert self._news.recv_bytes() == _BEGUN
        assert self._process.pid is not None
        self.pid = self._process.pid

    def halted(self, patience: float) -> None:
        """Wait until one of its processes stands still at its Halt. Raises EOFError at its end."""
        assert self._news.poll(patience), "it neither came to its halt nor to its end"
        assert self._news.recv_bytes() == _HALTED

    def poll(self) -> int | None:
        """Return its exit code, as subprocess does, or None while it is at work."""
        return self._process.exitcode

    def wait(self, patience: float) -> int:
        """Wait for its end, and give its exit code. Raises TimeoutExpired."""
        self._process.join(patience)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, patience)
        return code

    def queued(self) -> float:
        """Return for how long its threads, while ready, had no processor, in seconds."""
        tasks = (Path(f"/proc/{process}/task") for process in self.living())
        return sum(queued(thread) for task in tasks for thread in task.glob("*"))

    def living(self) -> list[int]:
        """Return the processes of its session that live, itself first."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, _, session, *_ = stat.read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            if int(session) == self.pid and state != "Z":
                found.append(int(stat.parent.name))
        return sorted(found)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def queued(thread: Path) -> float:
    """Return for how long a thread, while ready, had no processor, in seconds."""
    try:
        # Documentation/scheduler/sched-stats.rst: on the processor, waiting for it, and how often.
        return int((thread / "schedstat").read_text().split()[1]) / 1e9
    except OSError:  # it has ended
        return 0.0


def _work(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    files: Sequence[Connection],
    news: Connection,
    halt: Halt | None,
) -> None:
    """Be the command."""
    from publisher.__main__ import main  # noqa: PLC0415  (only here, where nothing else is)

    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, (name, file) in enumerate(zip(("stdout", "stderr"), files, strict=True), 1):
        os.dup2(file.fileno(), number)
        file.close()
        # Made anew: the stream of the process this one is forked from may know a file of another
        # kind, and would seek in a pipe.
        errors = "strict" if name == "stdout" else "backslashreplace"
        stream = open(number, "w", buffering=1, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
    sys.argv = ["publisher", *words]
    news.send_bytes(_BEGUN)
    if halt:
        sys.addaudithook(_Halting(halt, news))
    else:
        news.close()
    main()


class _Halting:
    """Stands still at a Halt: what processes that are forked inherit."""

    def __init__(self, halt: Halt, news: Connection) -> None:
        self._folder = f"{halt.folder}/"
        self._files = halt.files
        self._news = news

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not arguments[2] & os.O_CREAT:
            return
        if not str(arguments[0]).startswith(self._folder):
            return
        if self._files:
            self._files -= 1
            return
        self._news.send_bytes(_HALTED)
        while True:
            signal.pause()
