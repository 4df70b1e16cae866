"""The outbox is a Maildir with each message in it once."""

import mailbox
from pathlib import Path

import pytest

from publisher.errors import OutputError
from publisher.mail.maildir import Maildir
from publisher.mail.transport import Outcome, Reply

NAME = "<001.abc@example.org>"
MESSAGE = b"Message-ID: <001.abc@example.org>\r\n\r\nHello\r\n"
IN_OUTBOX = Reply(Outcome.accepted, "in the outbox")
WAS_IN_OUTBOX = Reply(Outcome.accepted, "was in the outbox")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder that is not there yet."""
    return tmp_path / "state" / "outbox"


def hand_over(root: Path, name: str = NAME) -> Reply:
    """Hand one message over, as a run of its own would."""
    return Maildir(root).hand_over("news@example.org", "ann@example.org", name, MESSAGE)


def names(root: Path) -> list[str]:
    """Return the files of all three folders."""
    return sorted(path.relative_to(root).as_posix() for path in root.glob("*/*"))


def test_mail_programs_can_read_it(root: Path) -> None:
    """What was handed over is a message in a Maildir as any mail program opens it."""
    assert hand_over(root) == IN_OUTBOX
    found = list(mailbox.Maildir(root, create=False))
    assert [NAME] == [message["Message-ID"] for message in found]


def test_bytes_are_as_they_were(root: Path) -> None:
    """The file holds the message, byte for byte."""
    hand_over(root)
    assert [MESSAGE] == [path.read_bytes() for path in (root / "new").iterdir()]


def test_twice_is_once(root: Path) -> None:
    """Handing a message over again, in a later run, leaves one."""
    assert [IN_OUTBOX, WAS_IN_OUTBOX] == [hand_over(root), hand_over(root)]
    assert 1 == len(names(root))


def test_read_message_is_not_delivered_again(root: Path) -> None:
    """A message somebody has read, which moves it to cur/ and adds flags, still counts."""
    hand_over(root)
    (path,) = (root / "new").iterdir()
    path.rename(root / "cur" / f"{path.name}:2,RS")
    assert (WAS_IN_OUTBOX, 1) == (hand_over(root), len(names(root)))


def test_holds(root: Path) -> None:
    """The outbox knows what it has, and what it has not."""
    hand_over(root)
    outbox = Maildir(root)
    assert [True, False] == [outbox.holds(NAME), outbox.holds("<002.abc@example.org>")]


def test_holds_before_the_first_message(root: Path) -> None:
    """An outbox that is not there yet holds nothing."""
    assert Maildir(root).holds(NAME) is False


def test_half_written_message_does_not_count(root: Path) -> None:
    """What a crash left in tmp/ is no message, and is written over."""
    hand_over(root)
    (path,) = (root / "new").iterdir()
    (root / "tmp" / path.name).write_bytes(MESSAGE[:9])
    path.unlink()
    assert Maildir(root).holds(NAME) is False
    hand_over(root)
    assert [f"new/{path.name}"] == names(root)


def test_failure_leaves_nothing(root: Path) -> None:
    """A message that cannot be put into new/ is told in one line, and tmp/ is left empty."""
    hand_over(root, "<other@example.org>")
    (path,) = (root / "new").iterdir()
    path.unlink()
    (root / "new").rmdir()
    (root / "new").write_bytes(b"")
    with pytest.raises(OutputError, match=r"cannot write to the outbox: .*; no copy is lost"):
        hand_over(root)
    assert [] == names(root)


def test_file_in_the_way(root: Path) -> None:
    """A file where the outbox belongs is told in one line that names it."""
    root.parent.mkdir()
    root.write_bytes(b"")
    with pytest.raises(OutputError, match=f"^{root}: cannot write to the outbox: "):
        hand_over(root)
