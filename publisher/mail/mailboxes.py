"""Reading mail that has arrived in a Maildir or an mbox file.

Nothing is deleted. A mail is marked as read when its reader says so, not before.
"""

from __future__ import annotations

import errno
import mailbox
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from publisher.errors import MailboxError

#: A mail as far as it was read, and what marks it as read.
Arrived = tuple[bytes, Callable[[], None]]
_SEEN = "S"


class Refused:
    """Mails that could not be read or marked: the others are read all the same."""

    def __init__(self) -> None:
        self.number = 0
        #: Why, of the first.
        self.first: object = ""

    def words(self) -> str:
        """Return how many there are."""
        return f"{self.number} mail{'s' * (self.number > 1)} could not be read or marked as read"

    @contextmanager
    def noted(
        self, kind: type[Exception], beyond: tuple[type[Exception], ...] | type[Exception] = ()
    ) -> Iterator[None]:
        """Note an error of this kind and go on; not of those `beyond`."""
        try:
            yield
        except kind as error:
            if isinstance(error, beyond):
                raise
            self.number += 1
            self.first = self.first or (*error.args, "")[0]


def filed(path: Path, *, limit: int) -> Iterator[Arrived]:
    """Return the mails of a Maildir or an mbox file, read or not. Raises MailboxError.

    Whoever looked at them with a mail program has not read them.
    """
    with _explained(path):
        is_folder = path.is_dir()
        is_other = path.exists() and not (is_folder or path.is_file())
    if is_other:  # whoever reads from a pipe waits for its writer
        raise MailboxError(f"{path}: is neither a Maildir nor an mbox file")
    return _maildir(path, limit) if is_folder else _mbox(path, limit)


def _maildir(root: Path, limit: int) -> Iterator[Arrived]:
    new, cur = root / "new", root / "cur"
    if not (new.is_dir() and cur.is_dir()):
        raise MailboxError(f"{root}: is no Maildir: it has no new/ and cur/")
    with _explained(root):
        # cur/ first: what is moved there meanwhile is read already.
        files = [*sorted(cur.iterdir()), *sorted(new.iterdir())]
    refused = Refused()
    for file in files:
        mail = None
        with refused.noted(MailboxError), _explained(file):
            # A folder or a pipe is no mail, and what a mail program moved is read the next time.
            if file.is_file() and not file.name.startswith("."):
                with suppress(FileNotFoundError), file.open("rb") as source:
                    mail = source.read(limit)
        if mail is not None:
            yield mail, partial(_move, file, cur, refused) if file.parent == new else _leave
    if refused.number:
        raise MailboxError(f"{refused.words()}: {refused.first}")


def _leave() -> None:
    """Nothing marks what stands in cur/, or in an mbox."""


def _move(file: Path, cur: Path, refused: Refused) -> None:
    name, _, flags = file.name.partition(":2,")
    with (
        refused.noted(MailboxError),
        _explained(file),
        suppress(FileNotFoundError),
    ):  # moved by a mail program
        file.rename(cur / f"{name}:2,{''.join(sorted({*flags, _SEEN}))}")


def _mbox(path: Path, limit: int) -> Iterator[Arrived]:
    """Yield an mbox under its lock: who delivers to it waits, or is waited for.

    The lock is the kernel's and a file's beside it, as mail servers have it; the mbox is unchanged.
    """
    with _explained(path):
        with path.open("rb") as source:
            first = source.read(5)
        if first not in (b"From ", b""):
            raise MailboxError(f"{path}: is no mbox: it does not begin with `From `")
        box = mailbox.mbox(path, create=False)
    try:
        with _explained(path):
            box.lock()
            keys = box.keys()
        for key in keys:
            with _explained(path), box.get_file(key) as file:
                mail = file.read(limit)
            yield mail, _leave
    finally:
        with suppress(OSError):
            box.unlock()
        box.close()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except mailbox.ExternalClashError:
        raise MailboxError(
            f"{path}: another program holds its lock; try again when it has finished"
        ) from None
    except mailbox.Error as error:
        raise MailboxError(f"{path}: cannot be read: {error}") from None
    except OSError as error:
        if isinstance(error, MailboxError):
            raise
        why = {
            errno.ENOENT: "is not there; name a Maildir, an mbox file, or imaps://…",
            errno.EACCES: "cannot be read or moved: permission denied",
        }.get(error.errno or 0, f"cannot be read: {error.strerror or error}")
        raise MailboxError(f"{path}: {why}") from None
