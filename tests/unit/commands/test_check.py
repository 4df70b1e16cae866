"""What `check` leaves behind, and what it says of each digest."""

from __future__ import annotations

from pathlib import Path

from publisher import factories
from publisher.commands.check import explain_files
from tests.support.newsletter_folder import newsroom, paper


def test_no_copy_is_kept(tmp_path: Path) -> None:
    """A digest that is checked and not published has no copy."""
    with newsroom(tmp_path) as room:
        room.drop("001.txt", paper("2408.00001", "First"))
        assert [] == list(room.check())
        assert not (room.folder / ".publisher" / "digests").exists()


def test_a_digest_that_is_too_large_is_one_of_those_explained(tmp_path: Path) -> None:
    """`--explain` says so of it, and goes on with the next."""
    with newsroom(tmp_path) as room:
        room.drop("001.txt", "x" * (room.settings.digests.max_bytes + 1))
        room.drop("002.txt", paper("2408.00001", "First"))
        reader = factories.digest_reader(room.settings)
        found = dict(explain_files(room.settings, reader, None))
    codes = [diagnostic.code for diagnostic in found["seeds/001.txt"].diagnostics]
    assert (["too-large"], True) == (codes, bool(found["seeds/002.txt"].explanation))
