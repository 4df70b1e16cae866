"""Two newsletters whose settings name one database: the second is refused, and harms nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.newsletter import ANN, Newsletter, later


@pytest.fixture
def other(mailed: Newsletter, tmp_path: Path) -> Newsletter:
    """Return another newsletter, by mistake with the database of `mailed`."""
    mailed.run("init", str(tmp_path / "other"))
    found = Newsletter(tmp_path / "other")
    found.set("newsletter", title="Others", base_url="https://other.example.org/")
    found.set("database", url=f"sqlite:///{mailed.root}/.publisher/state.db")
    found.digest("900_zz.txt", 9)
    return found


@pytest.mark.parametrize(
    "words",
    [
        ("run",), ("build",), ("status",), ("serve",), ("backup", "c.db"),
        ("restore", "b.db"), ("subscribers", "list"), ("bounces", "odd.mbox"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_is_refused(
    words: tuple[str, ...], mailed: Newsletter, other: Newsletter
) -> None:
    """It says whose the database is and what to do, and the first newsletter is as it was."""
    mailed.run("backup", str(other.root / "b.db"))
    before, tree = mailed.status(), mailed.tree()
    said = other.complaint(*words)
    assert f'state.db: belongs to the newsletter "My paper digest" in {mailed.root}' in said
    assert f"{other.root} is another newsletter, so give it a database.url of its own" in said
    mailed.tick(later(hours=1))
    assert (before, tree) == (mailed.status(), mailed.tree())


def test_with_a_database_of_its_own(other: Newsletter) -> None:
    """Doing what the line says is enough."""
    other.complaint("run")
    other.set("database", url="sqlite:///.publisher/state.db")
    other.run("subscribers", "add", ANN)
    other.tick()
    assert {(ANN, "900-zz"): 1} == other.mailed()


def test_restored_into_another_folder(mailed: Newsletter, other: Newsletter) -> None:
    """A backup that is restored becomes the state of the newsletter that restores it."""
    mailed.run("backup", str(other.root / "b.db"))
    other.set("database", url="sqlite:///.publisher/state.db")
    other.run("restore", "b.db")
    other.run("accept-restore")
    other.status()
    mailed.status()
