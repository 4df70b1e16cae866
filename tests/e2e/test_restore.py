"""A backup that comes back mails nobody by itself, and nobody twice."""

from __future__ import annotations

import pytest

from tests.e2e.newsletter import READERS, Newsletter, later


@pytest.fixture
def restored(read_newsletter: Newsletter) -> Newsletter:
    """Give a newsletter that lost what came after a backup: issue 001, mailed to everyone."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick(later())
    read_newsletter.run("backup", "b.db")
    read_newsletter.digest("001_bb.txt", 2)
    read_newsletter.tick(later(hours=1))
    assert 2 * len(READERS) == len(read_newsletter.mails())
    read_newsletter.run("restore", "b.db")
    return read_newsletter


def test_held_until_accepted(restored: Newsletter) -> None:
    """What is new is published, and mailed to nobody, and run and status say why."""
    ran = restored.tick(later(hours=2), code=1)
    assert "no mail goes out: the state is a restored copy" in ran.err
    assert (restored.root / "out" / "issues" / "001" / "index.html").exists()
    assert "no mail goes out" in restored.run("status", code=1).out
    assert 2 * len(READERS) == len(restored.mails())


def test_nobody_is_mailed_twice(restored: Newsletter) -> None:
    """Once accepted, what may have been mailed waits for a person; what is new is mailed."""
    said = restored.run("accept-restore").out
    assert "001 may have been mailed since: its mail will be held the same way" in said
    (restored.root / "seeds" / "001_bb.txt").touch()  # put right, say, before the next run
    ran = restored.tick(later(hours=3), code=1)
    assert f"{len(READERS)} deliveries are uncertain" in ran.err
    assert 2 * len(READERS) == len(restored.mails())
    restored.run("resolve", "001", "--uncertain", "accept")
    restored.digest("002_cc.txt", 3)
    restored.tick(later(hours=5))
    assert 3 * len(READERS) == len(restored.mails())


def test_accepting_what_is_not_held(read_newsletter: Newsletter) -> None:
    """It says that nothing is held, and changes nothing."""
    assert "nothing is held" in read_newsletter.run("accept-restore").out
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick(later())
    assert len(READERS) == len(read_newsletter.mails())
