"""Mail is read from a Maildir and from an mbox; nothing is deleted, and no lock is left behind."""

import mailbox
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.errors import MailboxError
from publisher.mail.inbound import Access, mails_of

MAIL = b"Subject: %d\n\nText.\n"


def read(path: Path, limit: int = 1000) -> list[tuple[bytes, Callable[[], None]]]:
    """Read a source to its end."""
    return list(mails_of(str(path), Access(), limit=limit))


def refused(path: Path) -> str:
    """Read what cannot be read, and give what is said of it."""
    with pytest.raises(MailboxError) as caught:
        read(path)
    return str(caught.value)


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """Return a Maildir with two new mails, one that was seen, and one that is being written."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box/cur/1.a:2,FS").write_bytes(MAIL % 1)
    (tmp_path / "box/new/2.b").write_bytes(MAIL % 2)
    (tmp_path / "box/new/3.c:2,F").write_bytes(MAIL % 3)
    (tmp_path / "box/tmp/4.d").write_bytes(MAIL % 4)
    return tmp_path / "box"


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    """Return an mbox with two mails."""
    path = tmp_path / "mbox"
    box = mailbox.mbox(path)
    for number in (1, 2):
        box.add(MAIL % number + b"\nFrom here on it goes on.\n")
    box.close()
    return path


def names(folder: Path) -> list[str]:
    """Return the files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_maildir(maildir: Path) -> None:
    """What is in new/ and in cur/ is read, seen by somebody or not."""
    assert [MAIL % number for number in (1, 2, 3)] == [mail for mail, _ in read(maildir)]


def test_maildir_marked(maildir: Path) -> None:
    """A mail in new/ is moved to cur/ as seen when it is marked; nothing is deleted."""
    for _, mark in read(maildir):
        mark()
    assert ["cur/1.a:2,FS", "cur/2.b:2,S", "cur/3.c:2,FS", "tmp/4.d"] == names(maildir)


def test_maildir_unmarked(maildir: Path) -> None:
    """Reading alone moves nothing."""
    before = names(maildir)
    read(maildir)
    assert before == names(maildir)


def test_maildir_moved_meanwhile(maildir: Path) -> None:
    """A mail that a mail program takes away is no trouble, before it is read or after."""
    mails = mails_of(str(maildir), Access(), limit=1000)
    next(mails)
    _, mark = next(mails)
    (maildir / "new/2.b").unlink()
    (maildir / "new/3.c:2,F").unlink()
    mark()
    assert [] == list(mails)


def test_maildir_limit(maildir: Path) -> None:
    """Of each mail the beginning is read."""
    assert [b"Subj"] * 3 == [mail for mail, _ in read(maildir, limit=4)]


def test_mbox(mbox: Path) -> None:
    """The mails of an mbox are read, the line before each left out, and the file is unchanged."""
    before = mbox.read_bytes()
    mails = read(mbox)
    for _, mark in mails:
        mark()
    expected = [MAIL % number + b"\n>From here on it goes on.\n" for number in (1, 2)]
    assert expected == [mail for mail, _ in mails]
    assert (before, ["mbox"]) == (mbox.read_bytes(), names(mbox.parent))


def test_empty_mbox(tmp_path: Path) -> None:
    """A mailbox without mail is an empty file."""
    (tmp_path / "mbox").touch()
    assert [] == read(tmp_path / "mbox")


def test_mbox_limit(mbox: Path) -> None:
    """Of each mail the beginning is read."""
    assert [b"Subj"] * 2 == [mail for mail, _ in read(mbox, limit=4)]


def test_mbox_is_locked(mbox: Path) -> None:
    """Who delivers to it while it is read waits."""
    mails = mails_of(str(mbox), Access(), limit=1000)
    next(mails)
    program = (
        f"import fcntl; fcntl.lockf(open({str(mbox)!r}, 'rb+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    )
    tried = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert b"BlockingIOError" in tried.stderr
    assert ["mbox", "mbox.lock"] == names(mbox.parent)
    mails.close()  # type: ignore[attr-defined]  # a generator's


def test_locked_mbox(mbox: Path) -> None:
    """An mbox that somebody delivers to is one line."""
    program = (
        f"import fcntl; box = open({str(mbox)!r}, 'rb+'); fcntl.lockf(box, fcntl.LOCK_EX);"
        "print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        said = refused(mbox)
        holder.communicate(b"\n")
    assert f"{mbox}: another program holds its lock; try again when it has finished" == said


def test_left_lock(mbox: Path) -> None:
    """A lock file that somebody holds is one line, too."""
    mbox.with_name("mbox.lock").touch()
    assert "another program holds its lock" in refused(mbox)


def test_nothing_there(tmp_path: Path) -> None:
    """A source that is not there is one line that says what it may be."""
    expected = f"{tmp_path}/box: is not there; name a Maildir, an mbox file, or imaps://…"
    assert expected == refused(tmp_path / "box")


def test_some_folder(tmp_path: Path) -> None:
    """A folder that is no Maildir is one line."""
    assert f"{tmp_path}: is no Maildir: it has no new/ and cur/" == refused(tmp_path)


def test_some_file(tmp_path: Path) -> None:
    """A file that is no mbox is one line."""
    (tmp_path / "file").write_bytes(b"Subject: a mail\n\n")
    assert "file: is no mbox: it does not begin with `From `" in refused(tmp_path / "file")


def test_odd_files(maildir: Path) -> None:
    """A folder, a pipe and a link to nowhere in a Maildir are no mails."""
    (maildir / "new/1.folder").mkdir()
    os.mkfifo(maildir / "new/1.pipe")
    (maildir / "new/1.link").symlink_to("nowhere")
    assert [MAIL % number for number in (1, 2, 3)] == [mail for mail, _ in read(maildir)]


def test_one_cannot_be_read(maildir: Path) -> None:
    """A file that cannot be read keeps no other from being read: it is one line at the end."""
    (maildir / "new/1.bad").symlink_to("/proc/self/mem")  # a file whose first byte is an error
    mails = mails_of(str(maildir), Access(), limit=1000)
    assert [MAIL % number for number in (1, 2, 3)] == [next(mails)[0] for _ in range(3)]
    with pytest.raises(MailboxError, match=r"1 mail could not be read .*: .*1.bad: cannot be read"):
        next(mails)


def test_a_pipe(tmp_path: Path) -> None:
    """A pipe is no source: whoever reads from it waits for its writer."""
    os.mkfifo(tmp_path / "pipe")
    assert "is neither a Maildir nor an mbox file" in refused(tmp_path / "pipe")
