"""What `check` leaves behind."""

from __future__ import annotations

from pathlib import Path

from tests.support.newsletter_folder import newsroom, paper


def test_no_copy_is_kept(tmp_path: Path) -> None:
    """A digest that is checked and not published has no copy."""
    with newsroom(tmp_path) as room:
        room.drop("001.txt", paper("2408.00001", "First"))
        assert [] == list(room.check())
        assert not (room.folder / ".publisher" / "digests").exists()
