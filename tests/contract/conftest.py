"""Each kind of database in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from publisher.storage.database import Database
from tests.support.postgresql import Server, needs_postgresql


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgresql)])
def url(request: pytest.FixtureRequest) -> str:
    """Return where each kind of database is, empty."""
    if request.param == "sqlite":
        return "sqlite:///state/state.db"
    found: Server = request.getfixturevalue("postgresql")
    return found.empty()


@pytest.fixture
def empty(url: str, tmp_path: Path) -> Iterator[Database]:
    """Yield each kind of database, brought up to date."""
    with closing(Database(url, tmp_path)) as found:
        found.migrate()
        yield found
