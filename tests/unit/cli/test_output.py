"""What commands print of a tick."""

from __future__ import annotations

import pytest

from publisher.cli.output import tell_attention
from publisher.plans.attention import Attention
from publisher.plans.run import Mailed

HELD = Mailed(attention=Attention(held={"005": "relay:25: 554 no"}))


def printed(capsys: pytest.CaptureFixture[str], told: set[str] | None) -> int:
    """Return how often the mail that is held is named."""
    tell_attention(HELD, told)
    return capsys.readouterr().err.count("mail of 005 is held")


def test_each_run_names_what_needs_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    """A run by cron says it each time."""
    assert [1, 1] == [printed(capsys, None), printed(capsys, None)]


def test_a_daemon_names_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A tick each minute does not say it each minute."""
    told: set[str] = set()
    assert [1, 0, 0] == [printed(capsys, told) for _ in range(3)]
