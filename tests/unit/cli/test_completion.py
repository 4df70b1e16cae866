"""Completion in a shell: the shell asks by a variable, without words."""

import os
import subprocess
import sys
from pathlib import Path

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


def test_an_install_that_cannot_write(tmp_path: Path) -> None:
    """It says in one line which file it could not write, and what to do instead."""
    home = tmp_path / "home"
    home.write_text("no folder")
    done = subprocess.run(
        # By a shell that stays, since it is looked for among the processes above.
        ["bash", "-c", f"{sys.executable} -m publisher --install-completion; exit $?"],
        env={**os.environ, "HOME": str(home)},
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"publisher: --install-completion: {home}")
    assert done.stderr.endswith("`publisher --show-completion` prints what to add by hand\n")
    assert len(done.stderr.splitlines()) == 1
