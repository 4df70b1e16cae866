"""Secrets among the settings: from files, and in no error."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from publisher.config import Settings, load
from publisher.errors import SettingsError


def loaded(folder: Path, toml: str = "", environ: Mapping[str, str] | None = None) -> Settings:
    """Load settings from that text and environment."""
    (folder / "publisher.toml").write_text(toml, encoding="utf-8")
    return load(folder, environ or {})


def refused(folder: Path, toml: str = "", environ: Mapping[str, str] | None = None) -> str:
    """Return the error."""
    with pytest.raises(SettingsError) as caught:
        loaded(folder, toml, environ)
    return str(caught.value)


def test_secret_from_a_file(tmp_path: Path) -> None:
    """A secret may stand in a file of its own, with a line end after it."""
    (tmp_path / "relay").write_text("smtp://user:secret@host\n", encoding="utf-8")
    settings = loaded(tmp_path, environ={"PUBLISHER_MAIL_RELAY_FILE": str(tmp_path / "relay")})
    assert "smtp://user:secret@host" == settings.mail.relay


def test_variable_before_file(tmp_path: Path) -> None:
    """Where both are set, the variable stands and the file is not even read."""
    environ = {"PUBLISHER_MAIL_RELAY": "maildir:box", "PUBLISHER_MAIL_RELAY_FILE": "/none"}
    assert "maildir:box" == loaded(tmp_path, environ=environ).mail.relay


def test_only_secrets_come_from_files(tmp_path: Path) -> None:
    """Other settings have no such variable."""
    settings = loaded(tmp_path, environ={"PUBLISHER_NEWSLETTER_TITLE_FILE": "/none"})
    assert "A newsletter" == settings.newsletter.title


def test_missing_secret_file(tmp_path: Path) -> None:
    """A secret's file that cannot be read is told by the variable that names it."""
    said = refused(tmp_path, environ={"PUBLISHER_MAIL_RELAY_FILE": f"{tmp_path}/none"})
    assert said.startswith("PUBLISHER_MAIL_RELAY_FILE: cannot read the file it names: ")


@pytest.mark.parametrize(
    "toml",
    [
        'relay = "smtp://u:hunter2@host:x"',
        'relay = "hunter2"',
        'bounces = "imaps://u:hunter2@host:x"',
        'bounces = "pop3://u:hunter2@host"',
    ],
)
def test_secrets_are_not_repeated(tmp_path: Path, toml: str) -> None:
    """An error about a secret does not print it."""
    assert "hunter2" not in refused(tmp_path, f"[mail]\n{toml}\n")


def test_a_secret_in_the_place_of_a_file(tmp_path: Path) -> None:
    """An error about a file does not print its name, which may be the secret itself."""
    said = refused(tmp_path, environ={"PUBLISHER_WEB_SECRET_FILE": "hunter2"})
    assert said == (
        "PUBLISHER_WEB_SECRET_FILE: cannot read the file it names: No such file or directory"
    )


def test_settings_can_be_printed(tmp_path: Path) -> None:
    """What the settings look like in a log or a debugger shows no secret."""
    toml = (
        '[mail]\nrelay = "smtp://u:hunter2@h"\nbounces = "imaps://u:hunter2@h"\n'
        f'[database]\nurl = "postgresql://u:hunter2@h/d"\n[web]\nsecret = "{"hunter2" * 9}"\n'
    )
    assert "hunter2" not in repr(loaded(tmp_path, toml))
