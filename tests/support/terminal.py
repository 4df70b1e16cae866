"""A command at a terminal, where a person answers what it asks."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.e2e.newsletter import PATIENCE, environment

#: What a person types to end what a program reads.
END = "\x04"


def at_terminal(folder: Path, words: tuple[str, ...], answer: str) -> tuple[int, str]:
    """Run a command, type an answer; return the exit code and all that the terminal showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", *words],
        cwd=folder, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, answer.encode())
    shown = b""
    with suppress(OSError):  # the other side was closed
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    return process.wait(PATIENCE), shown.decode().replace("\r\n", "\n")
