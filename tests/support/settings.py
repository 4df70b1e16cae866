"""Settings from a text and an environment, and the error where they are refused."""

from __future__ import annotations

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
    """Return the error, less the folder; it is one line."""
    with pytest.raises(SettingsError) as caught:
        loaded(folder, toml, environ)
    said = str(caught.value).replace(f"{folder}/", "")
    assert "\n" not in said
    return said


def value_of(settings: Settings, name: str) -> object:
    """Return the setting of that name, `section.attribute`."""
    section, attribute = name.split(".")
    return getattr(getattr(settings, section), attribute)
