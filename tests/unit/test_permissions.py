"""What holds addresses is its owner's, or a group's where the administrator says so."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import permissions


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Set each of these as the umask."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    """Return a file's rights."""
    return stat.S_IMODE(path.stat().st_mode)


def write(path: Path) -> None:
    """Make a file as the program does."""
    os.close(permissions.open_file(path, os.O_WRONLY | os.O_EXCL))


def laid_out(folder: Path, *, folders: int, files: int) -> None:
    """Make a state folder as an older program left it."""
    (folder / "outbox" / "new").mkdir(parents=True)
    for name in ("state.db", "outbox/new/mail"):
        (folder / name).write_text("ann@example.org", encoding="utf-8")
        (folder / name).chmod(files)
    for each in (folder / "outbox" / "new", folder / "outbox", folder):
        each.chmod(folders)


def modes(folder: Path) -> dict[str, int]:
    """Return the rights of a folder and of all in it."""
    return {
        path.relative_to(folder).as_posix(): mode(path) for path in (folder, *folder.rglob("*"))
    }


@pytest.mark.usefixtures("umask")
def test_new_ones_are_private(tmp_path: Path) -> None:
    """Whatever the umask, a new file and the folders it is in are its owner's alone."""
    permissions.make_folder(tmp_path / "state" / "outbox")
    write(tmp_path / "state" / "outbox" / "mail")
    assert {".": 0o700, "outbox": 0o700, "outbox/mail": 0o600} == modes(tmp_path / "state")


@pytest.mark.usefixtures("umask")
def test_new_ones_in_a_shared_folder(tmp_path: Path) -> None:
    """In a folder that is setgid and open to its group, new files and folders are so as well."""
    tmp_path.chmod(0o2770)
    permissions.make_folder(tmp_path / "outbox" / "new")
    write(tmp_path / "outbox" / "new" / "mail")
    assert {".": 0o2770, "outbox": 0o2770, "outbox/new": 0o2770, "outbox/new/mail": 0o660} == modes(
        tmp_path
    )


def test_new_ones_where_a_team_works(tmp_path: Path) -> None:
    """A setgid folder that the world can read is no reason to share what is made in it."""
    tmp_path.chmod(0o2775)
    permissions.make_folder(tmp_path / "state")
    write(tmp_path / "state" / "state.db")
    write(tmp_path / "other.db")
    assert [0o600, 0o600] == [mode(tmp_path / "state" / "state.db"), mode(tmp_path / "other.db")]
    assert 0 == mode(tmp_path / "state") & 0o077


def test_tightening(tmp_path: Path) -> None:
    """What an older program left for all to read is closed, and counted once."""
    laid_out(tmp_path / "state", folders=0o755, files=0o644)
    assert (5, 0) == (
        permissions.tighten(tmp_path / "state"),
        permissions.tighten(tmp_path / "state"),
    )
    assert {
        ".": 0o700, "state.db": 0o600,
        "outbox": 0o700, "outbox/new": 0o700, "outbox/new/mail": 0o600,
    } == modes(tmp_path / "state")  # fmt: skip


def test_tightening_in_a_private_folder(tmp_path: Path) -> None:
    """The files in a folder that is private already are closed as well."""
    laid_out(tmp_path / "state", folders=0o700, files=0o644)
    assert 1 == permissions.tighten(tmp_path / "state")
    assert 0o600 == mode(tmp_path / "state" / "state.db")


def test_tightening_what_is_shared(tmp_path: Path) -> None:
    """Where the folder is setgid and its group has all rights, the world alone loses its own."""
    laid_out(tmp_path / "state", folders=0o2775, files=0o664)
    assert 5 == permissions.tighten(tmp_path / "state")
    assert {
        ".": 0o2770, "state.db": 0o660,
        "outbox": 0o2770, "outbox/new": 0o2770, "outbox/new/mail": 0o660,
    } == modes(tmp_path / "state")  # fmt: skip


def test_tightening_follows_no_link(tmp_path: Path) -> None:
    """What a link in the folder leads to is somebody else's matter."""
    (tmp_path / "state").mkdir()
    (tmp_path / "elsewhere").mkdir(0o755)
    (tmp_path / "elsewhere").chmod(0o755)
    (tmp_path / "state" / "outbox").symlink_to(tmp_path / "elsewhere")
    permissions.tighten(tmp_path / "state")
    assert 0o755 == mode(tmp_path / "elsewhere")


@pytest.mark.parametrize(("folder", "expected"), [(0o755, 0o600), (0o2770, 0o660)])
def test_tightening_one_file(folder: int, expected: int, tmp_path: Path) -> None:
    """A file in a folder that is not ours is closed; the folder stays as it is."""
    path = tmp_path / "state.db"
    path.touch()
    path.chmod(0o664)
    tmp_path.chmod(folder)
    assert (True, False) == (permissions.tighten_file(path), permissions.tighten_file(path))
    assert (expected, folder) == (mode(path), mode(tmp_path))


def test_nothing_there(tmp_path: Path) -> None:
    """A newsletter without a state has nothing to close."""
    assert 0 == permissions.tighten(tmp_path / "state")
    assert not permissions.tighten_file(tmp_path / "state.db")
