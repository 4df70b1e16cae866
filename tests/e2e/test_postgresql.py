"""A newsletter whose state is in PostgreSQL is like any other, and several machines share it."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest

from publisher.storage.database import Database
from publisher.storage.lock import Work
from tests.e2e.newsletter import READERS, Newsletter, later
from tests.support.postgresql import Server, needs_postgresql

pytestmark = needs_postgresql


@pytest.fixture
def url(postgresql: Server) -> str:
    """Return an empty database."""
    return postgresql.empty()


def said(mail: EmailMessage) -> str:
    """Return all of a mail but its token, which says when its reader was imported."""
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return re.sub(
        r"(?<=unsubscribe%20)[\w-]{64}", "TOKEN", "\n".join([*map(str, mail.items()), *parts])
    )


def test_like_any_other(newsletter: Newsletter, url: str, tmp_path: Path) -> None:
    """Subscribers, pages, feeds, mail and status are the same as with SQLite."""
    twin = Newsletter(shutil.copytree(newsletter.root, tmp_path / "twin"))
    newsletter.set("database", url="sqlite:///.publisher/state.db")
    twin.set("database", url=url)
    told = []
    for each in (newsletter, twin):
        each.set("web", secret="a secret of the tests and of no newsletter")
        each.subscribe(*READERS)
        each.digest("000_aa.txt", 1)
        each.digest("001_bb.txt", "# \0 Nul\n[零](https://arxiv.org/abs/2411.00002)\n\n文\0字。\n")
        each.tick(later())
        told.append((each.run("status").out, each.tree(), sorted(map(said, each.mails()))))
    assert told[0] == told[1]
    assert not (twin.root / ".publisher" / "state.db").exists()
    assert 2 * len(READERS) == len(twin.mails())


def test_second_tick_has_nothing_to_do(newsletter: Newsletter, url: str) -> None:
    """Nobody gets an issue again."""
    newsletter.set("database", url=url)
    newsletter.subscribe(*READERS)
    newsletter.digest("000_aa.txt", 1)
    newsletter.tick(later())
    newsletter.tick(later(hours=1))
    assert len(READERS) == len(newsletter.mails())


def test_run_on_another_machine(newsletter: Newsletter, url: str, tmp_path: Path) -> None:
    """While a run is at work on one machine, another machine's leaves with exit code 75."""
    newsletter.set("database", url=url)
    with closing(Database(url, tmp_path)) as elsewhere, elsewhere.exclusive(Work.publishing):
        assert "another run is at work" in newsletter.complaint("run", code=75)
    newsletter.tick(later())
