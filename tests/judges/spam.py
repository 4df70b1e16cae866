"""SpamAssassin, at work in one process: to read its rules takes it a second."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Its own program is a process a mail.
_PROGRAM = Path(__file__).with_name("spam.pl")
needs_spamassassin = pytest.mark.skipif(
    not os.environ.get("CI") and not shutil.which("spamassassin"), reason="needs spamassassin"
)


class SpamAssassin:
    """A spam filter, asked without the network."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def asked(self, message: bytes) -> tuple[float, str]:
        """Give the score of a mail, in tenths as it shows them, and what it is made of."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"%d\n%s" % (len(message), message))
        self._process.stdin.flush()
        score, _, reasons = self._process.stdout.readline().decode().partition(" ")
        return round(float(score), 1), reasons


@contextmanager
def spamassassin(home: Path) -> Iterator[SpamAssassin]:
    """Run it; what it learns goes into that folder."""
    command = [shutil.which("perl") or "perl", str(_PROGRAM), str(home)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield SpamAssassin(process)
        assert process.stdin
        process.stdin.close()
