"""Spam filters: what they are asked, and SpamAssassin. rspamd is in rspamd.py."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

#: SpamAssassin in one process, since it takes a second to read its rules.
_PROGRAM = Path(__file__).with_name("spam.pl")
needs_spamassassin = pytest.mark.skipif(
    not os.environ.get("CI") and not shutil.which("spamassassin"), reason="needs spamassassin"
)


class Verdict(NamedTuple):
    """What a spam filter says of a mail."""

    #: The more points, the more it looks like spam.
    score: float
    #: The points of each rule that was hit.
    symbols: Mapping[str, float]


class SpamFilter(Protocol):
    """A spam filter that is running, without the network."""

    def judged(self, message: bytes) -> Verdict:
        """Return what it says of a mail as the receiver's server has it."""


class SpamAssassin:
    """A spam filter that is asked through a pipe."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def judged(self, message: bytes) -> Verdict:
        """Return the score of a mail, in tenths as SpamAssassin shows it, and its rules."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(b"%d\n%s" % (len(message), message))
        self._process.stdin.flush()
        score, *rules = self._process.stdout.readline().decode().split()
        symbols = (rule.partition("=") for rule in rules)
        return Verdict(round(float(score), 1), {name: float(points) for name, _, points in symbols})


@contextmanager
def spamassassin(home: Path) -> Iterator[SpamAssassin]:
    """Run SpamAssassin; what it learns goes into that folder."""
    command = [shutil.which("perl") or "perl", str(_PROGRAM), str(home)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        yield SpamAssassin(process)
        assert process.stdin
        process.stdin.close()
