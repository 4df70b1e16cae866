"""A backup that comes back mails nobody by itself, and nobody twice."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.newsletter import ANN, BOB, READERS, Newsletter, later


@pytest.fixture
def restored(read_newsletter: Newsletter) -> Newsletter:
    """Return a newsletter that lost what came after a backup: issue 001, mailed to everyone."""
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
    assert ["publisher: mail: no mail goes out: the state is a restored copy"] == [
        line.partition(",")[0] for line in ran.lines
    ]
    assert (restored.root / "out" / "issues" / "001" / "index.html").exists()
    assert "no mail goes out" in restored.run("status", code=1).out
    assert 2 * len(READERS) == len(restored.mails())


def test_nobody_is_mailed_twice(restored: Newsletter) -> None:
    """Once accepted, what may have been mailed waits for a person; what is new is mailed."""
    said = restored.run("accept-restore").out
    assert "001 may have been mailed after the backup: its mail will be held, too" in said
    (restored.root / "seeds" / "001_bb.txt").touch()  # put right, say, before the next run
    ran = restored.tick(later(hours=3), code=1)
    assert [f"publisher: mail: {len(READERS)} deliveries are uncertain"] == [
        line.rpartition(": nobody knows")[0] for line in ran.lines
    ]
    assert 2 * len(READERS) == len(restored.mails())
    restored.run("resolve", "001", "--uncertain", "accept")
    restored.digest("002_cc.txt", 3)
    restored.tick(later(hours=5))
    assert 3 * len(READERS) == len(restored.mails())


def test_the_list_is_taken_over(read_newsletter: Newsletter) -> None:
    """Who joined, left and was suppressed after the backup is known from what was kept."""
    read_newsletter.run("backup", "b.db")
    read_newsletter.run("subscribers", "add", "new@example.org")
    read_newsletter.run("subscribers", "remove", BOB)
    read_newsletter.run("suppress", ANN)
    expected = read_newsletter.run("subscribers", "list").out
    said = read_newsletter.run("restore", "b.db").out
    kept = said.splitlines()[0].removeprefix("kept what was there as ")
    env = {"PUBLISHER_DATABASE_URL": f"sqlite:///{kept}"}
    exported = read_newsletter.run("subscribers", "export", env=env).out
    (read_newsletter.root / "since.csv").write_text(exported, encoding="utf-8")
    assert expected != read_newsletter.run("subscribers", "list").out
    read_newsletter.run("subscribers", "import", "since.csv")
    assert expected == read_newsletter.run("subscribers", "list").out


def test_accepting_is_short(restored: Newsletter) -> None:
    """However many issues may have been mailed, what is said of it fits a screen."""
    for number in range(2, 102):
        restored.digest(f"{number:03}_aa.txt", number + 1)
    said = restored.run("accept-restore").out
    assert "89 more may have been mailed after it: their mail will be held, too" in said
    assert len(said.splitlines()) < 20


def test_a_backup_is_only_what_was_made_as_one(restored: Newsletter) -> None:
    """What is no database is named as what it is, and nothing is restored from it."""
    said = restored.complaint("restore", "publisher.toml")
    assert said == (
        "publisher: publisher.toml: cannot be restored: is no SQLite database (or a damaged one)"
    )


def test_accepting_what_is_not_held(read_newsletter: Newsletter) -> None:
    """It says that nothing is held, and changes nothing."""
    assert "nothing is held" in read_newsletter.run("accept-restore").out
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick(later())
    assert len(READERS) == len(read_newsletter.mails())


# --- Without a backup of the program's ----------------------------------------------------


def lose(newsletter: Newsletter, *, all_of_it: bool) -> None:
    """Mail an issue, and lose what the state knows of it: put a plain copy back, or remove it."""
    newsletter.digest("000_aa.txt", 1)
    newsletter.tick(later())
    state, copy = newsletter.root / ".publisher" / "state.db", newsletter.root / "copy.db"
    shutil.copy(state, copy)
    newsletter.digest("001_bb.txt", 2)
    newsletter.tick(later(hours=1))
    state.unlink()
    if not all_of_it:
        shutil.copy(copy, state)


def test_a_plain_copy_is_noticed(read_newsletter: Newsletter) -> None:
    """A copy that was put back mails nobody once out/ has an issue that it never published."""
    lose(read_newsletter, all_of_it=False)
    ran = read_newsletter.tick(later(hours=2), code=1)
    assert "out/ has 001, of which the state knows nothing: an older copy was put back" in ran.err
    assert "no mail goes out: the state is a restored copy" in ran.err
    assert "no mail goes out" in read_newsletter.run("status", code=1).out
    assert "was ever planned" in read_newsletter.complaint("deliveries", "001")


def test_a_plain_copy_is_accepted(read_newsletter: Newsletter) -> None:
    """Once accepted, what may have been mailed waits for a person, and it is not noticed again."""
    lose(read_newsletter, all_of_it=False)
    read_newsletter.build(later(hours=2))
    said = read_newsletter.run("accept-restore").out
    assert "001 may have been mailed after the backup" in said
    ran = read_newsletter.tick(later(hours=3), code=1)
    assert [f"{len(READERS)} deliveries are uncertain"] == [
        line.partition("mail: ")[2].partition(":")[0] for line in ran.lines
    ]
    read_newsletter.run("resolve", "001", "--uncertain", "accept")
    read_newsletter.digest("002_cc.txt", 3)
    read_newsletter.tick(later(hours=5))
    assert 3 * len(READERS) == len(read_newsletter.mails())


def test_a_copy_that_misses_nothing(read_newsletter: Newsletter) -> None:
    """A copy that knows all that is published is not held: there is nothing to see."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick(later())
    state = read_newsletter.root / ".publisher" / "state.db"
    shutil.copy(shutil.copy(state, read_newsletter.root / "copy.db"), state)
    read_newsletter.digest("001_bb.txt", 2)
    read_newsletter.tick(later(hours=1))
    assert 2 * len(READERS) == len(read_newsletter.mails())


def test_a_lost_state_mails_nothing_twice(read_newsletter: Newsletter) -> None:
    """What is read back from out/ may have been mailed: that waits for a person; the rest goes."""
    lose(read_newsletter, all_of_it=True)
    read_newsletter.subscribe(*READERS)
    read_newsletter.digest("002_cc.txt", 3)
    ran = read_newsletter.tick(later(hours=2), code=1)
    assert "publisher: the state was lost: 2 issues known again from out/feeds/" in ran.err
    assert f"{2 * len(READERS)} deliveries are uncertain" in ran.err
    assert 3 * len(READERS) == len(read_newsletter.mails())


def test_a_lost_list_is_said(read_newsletter: Newsletter) -> None:
    """An issue is not planned for nobody because the state was lost: it waits for the list."""
    lose(read_newsletter, all_of_it=True)
    read_newsletter.digest("002_cc.txt", 3)
    ran = read_newsletter.tick(later(hours=2), code=1)
    assert "not mailed to anybody: 000, 001, 002" in ran.err
    assert "who is on the list with it" in read_newsletter.run("status", code=1).out
    read_newsletter.subscribe(*READERS)
    read_newsletter.tick(later(hours=3), code=1)  # what may have been mailed is uncertain
    assert "002" in {issue for _, issue in read_newsletter.mailed()}


def test_a_lost_list_that_is_given_up(read_newsletter: Newsletter) -> None:
    """Whoever has no list to bring back says so once."""
    lose(read_newsletter, all_of_it=True)
    read_newsletter.tick(later(hours=2), code=1)
    assert "the list starts empty" in read_newsletter.run("accept-restore").out
    read_newsletter.tick(later(hours=3))
    read_newsletter.run("status")
