"""A relay that is not the limit: fastsink.c, compiled with the machine's own compiler.

It runs beside the measured processors if there are others, as a relay runs on another machine.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import measure

_SOURCE = Path(__file__).with_name("fastsink.c")
_COUNTED = re.compile(r"mesg=(\d+) bytes=\d+ first=([\d.]+)")


@dataclass(slots=True)
class Counted:
    """What a sink got, known when it has ended."""

    #: Where it ran.
    processors: tuple[int, ...]
    messages: int = field(default=0, init=False)
    #: When the first connection came, as time.monotonic() has it.
    first: float = field(default=0.0, init=False)


def compiled(folder: Path) -> Path | None:
    """Compile it into a folder; None without a compiler."""
    if shutil.which("cc") is None:
        return None
    program = folder / "fastsink"
    subprocess.run(["cc", "-O2", "-o", str(program), str(_SOURCE)], check=True)
    return program


@contextmanager
def sink(program: Path, port: int) -> Iterator[Counted]:
    """Run it on a port of 127.0.0.1; it fills in what it counted at the end."""
    with subprocess.Popen([program, str(port)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        counted = Counted(measure.leave_pinned_processors(process.pid))
        try:
            if process.stdout.readline() != "ready\n":
                raise SystemExit(f"fastsink: cannot listen on port {port}")
            yield counted
        finally:
            process.terminate()
        found = _COUNTED.search(process.stdout.read())
    assert found is not None
    counted.messages, counted.first = int(found[1]), float(found[2])
