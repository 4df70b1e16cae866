"""The log: one event a line, and nothing in it that nobody may read."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import InputError, SettingsError
from publisher.event_log import log_error, start_log

OWN = logging.getLogger("publisher")
LOG = logging.getLogger("publisher.tests")


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave the loggers as they were."""
    handlers, level = list(OWN.handlers), OWN.level
    yield
    OWN.handlers[:] = handlers
    OWN.setLevel(level)


def fails(words: str) -> Exception:
    """Return an error that no user can have caused."""
    try:
        int(words)
    except ValueError as error:
        return error
    raise AssertionError(words)


def test_text(tmp_path: Path) -> None:
    """An event is `name=value` pairs; what is no single word is quoted."""
    start_log(tmp_path / "log", "info", (), as_json=False)
    LOG.info("plan made", extra={"plan": "001", "readers": 3, "why": 'says "no"'})
    line = (tmp_path / "log").read_text()
    time, rest = line.split(" ", 1)
    assert time.startswith("time=20")
    assert (
        'level=info logger=publisher.tests event="plan made" plan=001 readers=3 '
        'why="says \\"no\\""\n'
    ) == rest


def test_json(tmp_path: Path) -> None:
    """An event is an object, with the same names and with numbers as numbers."""
    start_log(tmp_path / "log", "info", (), as_json=True)
    LOG.info("plan made", extra={"plan": "001", "readers": 3})
    found = json.loads((tmp_path / "log").read_text())
    assert ["time", "level", "logger", "event", "plan", "readers"] == list(found)
    assert ("info", "plan made", "001", 3) == tuple(
        found[name] for name in ("level", "event", "plan", "readers")
    )


def test_level(tmp_path: Path) -> None:
    """What is below the level is not logged."""
    start_log(tmp_path / "log", "warning", (), as_json=False)
    LOG.info("tick ended")
    LOG.warning("relay slowed")
    assert ['event="relay slowed"'] == [
        line.partition(".tests ")[2] for line in (tmp_path / "log").read_text().splitlines()
    ]


@pytest.mark.parametrize("as_json", [False, True])
def test_traceback(tmp_path: Path, *, as_json: bool) -> None:
    """An internal error is one line as well, with its traceback in it."""
    start_log(tmp_path / "log", "info", (), as_json=as_json)
    log_error(LOG, "tick failed", fails("a\nb"))
    (line,) = (tmp_path / "log").read_text().splitlines()
    assert "Traceback" in line
    assert "in fails" in line


def test_no_traceback(tmp_path: Path) -> None:
    """An error that a user can cause has none."""
    start_log(tmp_path / "log", "info", (), as_json=False)
    log_error(LOG, "tick failed", InputError("seeds: no such folder"))
    line = (tmp_path / "log").read_text()
    assert line.endswith('event="tick failed" why="seeds: no such folder"\n')


@pytest.mark.parametrize(
    "words",
    [
        "550 5.1.1 <ann@example.org>: unknown",
        "no room for ann@example.org, ann+x@example.org",
        "GET /subscribe?email=ann%40example.org",
        "('ann@example.org',)",
        "smtp://news:hunter2@example.org:25",
        "the relay said: hunter2 is wrong",
        "hunter%32",
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_private(tmp_path: Path, words: str, *, as_json: bool) -> None:
    """No address and no password is logged, be it in a field, in a message or in a traceback."""
    start_log(tmp_path / "log", "info", ["hunter2", "hunter%32"], as_json=as_json)
    LOG.info(words, extra={"why": words})
    log_error(LOG, "tick failed", fails(words))
    log = (tmp_path / "log").read_text()
    assert not [secret for secret in ("ann", "hunter2", "hunter%32") if secret in log], log


def test_file_that_cannot_be_written(tmp_path: Path) -> None:
    """A file that cannot be opened is told by the setting's name."""
    with pytest.raises(SettingsError, match=r"^log\.file: .*/none/log: cannot be written: "):
        start_log(tmp_path / "none" / "log", "info", (), as_json=False)


def test_full_disk(capsys: pytest.CaptureFixture[str]) -> None:
    """An event that cannot be written stops nothing, and prints nothing."""
    start_log(Path("/dev/full"), "info", (), as_json=False)
    LOG.info("tick ended")
    assert "" == capsys.readouterr().err


def test_private_file(tmp_path: Path) -> None:
    """No other user can read the log."""
    start_log(tmp_path / "log", "info", (), as_json=False)
    assert 0o600 == stat.S_IMODE((tmp_path / "log").stat().st_mode)


def test_moved_away(tmp_path: Path) -> None:
    """After a rotation a new file is begun."""
    start_log(tmp_path / "log", "info", (), as_json=False)
    LOG.info("tick ended")
    (tmp_path / "log").rename(tmp_path / "log.1")
    LOG.info("plan made")
    assert "plan made" in (tmp_path / "log").read_text()
