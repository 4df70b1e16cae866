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
from io import TextIOWrapper
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path

from publisher.cli import COMMANDS
from publisher.render.template_files import BUILT_IN
from publisher.render.templates import Templates

_FORKING = get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        *(f"publisher.cli.{module}" for module in COMMANDS),
        "publisher.digest.reading",
        "publisher.publishing.announcing",
        "publisher.publishing.mailing",
        "publisher.publishing.ticking",
        "publisher.render.desk",
        "publisher.render.pages",
        "pydantic.type_adapter",
        "sqlalchemy.dialects.sqlite",
        "feedgen.feed",
        __name__,
    ]
)
# 60 ms more of each command that publishes.
Templates().compile(*(path.name for path in BUILT_IN.iterdir() if path.is_file()))


class Forked:
    """A command at work: the leader of a session of its own, with nothing to read."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        out: int,
        err: int,
    ) -> None:
        """Start it; what it says goes to the files `out` and `err`."""
        begun, ready = Pipe(duplex=False)
        # As a Connection any file can be handed over.
        files = [Connection(os.dup(number), readable=False) for number in (out, err)]
        self._process = _FORKING.Process(
            target=_work, args=(words, folder, dict(environment), files, ready)
        )
        self._process.start()
        for each in (ready, *files):
            each.close()
        with begun:
            begun.recv_bytes()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Give its exit code, as subprocess does, or None while it is at work."""
        return self._process.exitcode

    def wait(self, patience: float) -> int:
        """Wait for its end, and give its exit code. Raises TimeoutExpired."""
        self._process.join(patience)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, patience)
        return code

    def living(self) -> list[int]:
        """Give the processes of its session that live, itself first."""
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


def _work(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    files: Sequence[Connection],
    ready: Connection,
) -> None:
    """Be the command."""
    from publisher.__main__ import main  # noqa: PLC0415  (only here, where nothing else is)

    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, (file, stream) in enumerate(zip(files, (sys.stdout, sys.stderr), strict=True), 1):
        os.dup2(file.fileno(), number)
        file.close()
        assert isinstance(stream, TextIOWrapper)
        stream.reconfigure(line_buffering=True)
    sys.argv = ["publisher", *words]
    ready.send_bytes(b"begun")
    ready.close()
    main()
