"""Settings come from environment variables, and secrets from files that those name."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from tests.support.settings import loaded, refused, value_of


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("newsletter.title", "Papers", "Papers"),
        ("newsletter.languages", "en,zh-Hans", ("en", "zh-Hans")),
        ("newsletter.id_year", "2026", 2026),
        ("digests.settle", "5s", timedelta(seconds=5)),
        ("schedule.at", "", ()),
        ("schedule.at", "08:00, 18:00", (time(8), time(18))),
        ("mail.reply_to", "", ""),
    ],
)
def test_environment_overrides(tmp_path: Path, name: str, value: str, expected: object) -> None:
    """A variable stands for its setting, whatever the file says."""
    toml = (
        '[newsletter]\ntitle = "x"\nlanguages = ["fr"]\nid_year = 1\n[schedule]\nat = ["01:00"]\n'
    )
    variable = "PUBLISHER_" + name.replace(".", "_").upper()
    assert expected == value_of(loaded(tmp_path, toml, {variable: value}), name)


def test_from_has_its_own_variable(tmp_path: Path) -> None:
    """`mail.from` is PUBLISHER_MAIL_FROM."""
    settings = loaded(tmp_path, environ={"PUBLISHER_MAIL_FROM": "a@example.org"})
    assert "a@example.org" == settings.mail.sender


def test_bad_variable(tmp_path: Path) -> None:
    """A mistake in a variable names the variable, not the file."""
    said = refused(tmp_path, environ={"PUBLISHER_NEWSLETTER_TITLE": ""})
    assert "PUBLISHER_NEWSLETTER_TITLE wants some text" == said


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """What is not UTF-8 in the environment is no text; a folder may be named by any bytes."""
    said = refused(tmp_path, environ={"PUBLISHER_NEWSLETTER_TITLE": "Papers \udcff"})
    assert "PUBLISHER_NEWSLETTER_TITLE wants text in UTF-8" == said
    settings = loaded(tmp_path, environ={"PUBLISHER_OUTPUT_DIR": "out\udcff"})
    assert tmp_path / "out\udcff" == settings.output.dir
