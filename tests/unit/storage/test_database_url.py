"""An address of a database that cannot be used is one line, without its password."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import StateError
from publisher.storage.database import Database

HOST = "postgresql://user:secret@127.0.0.1:1"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:secret@127.0.0.1:abc/name",
        "postgresql://user:pass@secret:1@127.0.0.1/name",
        "postgresql://user:secret@[::1/name",
        "postgresql://user:secret@a..b/name",
        f"postgresql://user:secret@{'x' * 64}.org/name",
        "postgresql://user:secret@127.0.0.1:99999/name",
        "postgresql://user:secret@127.0.0.1:-1/name",
        f"{HOST}/%00",
        f"{HOST}/name?connect_timeout=abc",
        f"{HOST}/name?sslmode=no-such-mode",
        f"{HOST}/name?no_such_option=1",
        f"{HOST}/name?host=a..b",
        f"{HOST}/{'x' * 5000}",
        "sqlite:///state.db?timeout=abc",
        "sqlite:///state.db?check_same_thread=maybe",
        "sqlite:///a\0b",
        "sqlite:///a\0b/state.db",
        f"sqlite:///{'x' * 300}/state.db",
        f"sqlite:///{'x' * 300}",
        "sqlite:////dev/null/state.db",
        "sqlite:////dev/null",
        "sqlite:///.",
    ],
)
def test_unusable_address(tmp_path: Path, url: str) -> None:
    """It is refused when it is used, as the state's fault and not as the program's."""
    with pytest.raises(StateError) as caught:
        Database(url, tmp_path).migrate()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
