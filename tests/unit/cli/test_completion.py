"""Completion in a shell: the shell asks by a variable, without words."""

import os
import subprocess
import sys

import pytest

#: What Bash sets when it asks, besides the line.
BASH = {"_PUBLISHER_COMPLETE": "complete_bash"}


def answer(line: str) -> list[str]:
    """Return what may stand in the place of a line's last word."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "publisher"],
        env={**os.environ, **BASH, **words}, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("publisher res", ["resume", "resend", "resolve", "restore"]),
        ("publisher subscribers ex", ["export"]),
        ("publisher check --exp", ["--explain"]),
        ("publisher deliveries --format ", ["text", "json", "csv"]),
    ],
)
def test_a_shell_completes(line: str, expected: list[str]) -> None:
    """Commands, the commands of a group, options and their values."""
    assert answer(line) == expected
