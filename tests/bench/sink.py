"""A relay that is not the limit: fastsink.c, compiled with the machine's own compiler."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_SOURCE = Path(__file__).with_name("fastsink.c")
_COUNTED = re.compile(r"mesg=(\d+) bytes=(\d+) first=([\d.]+)")


@dataclass(slots=True)
class Counted:
    """What a sink got, known when it has ended."""

    messages: int = field(default=0, init=False)
    size_bytes: int = field(default=0, init=False)
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
    counted = Counted()
    with subprocess.Popen([program, str(port)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "ready\n":
                raise SystemExit(f"fastsink: cannot listen on port {port}")
            yield counted
        finally:
            process.terminate()
        found = _COUNTED.search(process.stdout.read())
    assert found is not None
    counted.messages, counted.size_bytes = int(found[1]), int(found[2])
    counted.first = float(found[3])
