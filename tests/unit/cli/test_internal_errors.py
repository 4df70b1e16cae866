"""Errors that the program did not expect: a line, and no password in it or in a traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

from publisher import cli

_WORDS = "smtp://ann:hunter2@host: {'password': 'hunter2'}"


def _raises(*_: object) -> None:
    raise RuntimeError(_WORDS)


@pytest.mark.parametrize("options", [(), ("--verbose",)], ids=["quietly", "verbosely"])
def test_a_command(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
) -> None:
    """A command that fails says so in a line, with a traceback only if --verbose asks for it."""
    monkeypatch.setattr(sys, "argv", ["publisher", "status", *options])
    monkeypatch.setattr(cli, "make_app", _raises)
    with pytest.raises(SystemExit) as left:
        cli.main()
    said = capsys.readouterr().err
    assert (1, bool(options)) == (left.value.code, "Traceback" in said)
    assert said.splitlines()[-1].endswith("RuntimeError: smtp://ann:***@host: {'password': '***'}")
    assert "hunter2" not in said


def test_a_process_that_sends() -> None:
    """A process that sends and fails is an error of the one that waits for it, and no traceback."""
    program = f"""
from publisher.plans.send_processes import run_in_parallel

def work(tell, stopping):
    raise RuntimeError({_WORDS!r})

try:
    run_in_parallel([work], lambda _: None, lambda: False)
except Exception as error:
    print(type(error).__name__, error)
"""
    # Of its own, since it forks and pytest has threads.
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True
    )
    assert "" == done.stderr
    assert done.stdout.startswith("WorkerError internal error, please report it: RuntimeError: ")
    assert "hunter2" not in done.stdout


def test_click_is_as_tested() -> None:
    """Typer's own copy of click still has what is raised for a wrong command line."""
    assert cli._UsageError.__name__ == "UsageError"
