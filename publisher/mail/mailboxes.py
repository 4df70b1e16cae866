"""Reading mail that has arrived in a Maildir or an mbox file.

Nothing is deleted. A mail is marked as read when the caller calls its second value, not before.
"""

from __future__ import annotations

import errno
import mailbox
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from publisher.errors import MailboxError

#: A mail, cut to the limit, and a function that marks it as read.
ArrivedMail = tuple[bytes, Callable[[], None]]
_SEEN = "S"


class ReadErrors:
    """Errors of mails that could not be read or marked; the other mails are read all the same."""

    def __init__(self) -> None:
        self.number = 0
        #: The first error's words.
        self.first: object = ""

    def summary(self) -> str:
        """Return how many there are, in words."""
        return f"{self.number} mail{'s' * (self.number > 1)} could not be read or marked as read"

    @contextmanager
    def collect(
        self, kind: type[Exception], beyond: tuple[type[Exception], ...] | type[Exception] = ()
    ) -> Iterator[None]:
        """Suppress and count an error of this kind, but not of those `beyond`."""
        try:
            yield
        except kind as error:
            if isinstance(error, beyond):
                raise
            self.number += 1
            self.first = self.first or (*error.args, "")[0]


def mails_in(path: Path, *, limit: int) -> Iterator[ArrivedMail]:
    """Return the mails of a Maildir or an mbox file, seen or not. Raises MailboxError.

    Seen ones count, since a person may have looked at them with a mail program.
    """
    with _translate_errors(path):
        is_folder = path.is_dir()
        is_other = path.exists() and not (is_folder or path.is_file())
    if is_other:  # whoever reads from a pipe waits for its writer
        raise MailboxError(f"{path}: is neither a Maildir nor an mbox file")
    return _maildir(path, limit) if is_folder else _mbox(path, limit)


def _maildir(root: Path, limit: int) -> Iterator[ArrivedMail]:
    new, cur = root / "new", root / "cur"
    if not (new.is_dir() and cur.is_dir()):
        raise MailboxError(f"{root}: is no Maildir: it has no new/ and cur/")
    with _translate_errors(root):
        # cur/ first: what is moved there meanwhile is read already.
        files = [*sorted(cur.iterdir()), *sorted(new.iterdir())]
    errors = ReadErrors()
    for file in files:
        mail = None
        with errors.collect(MailboxError), _translate_errors(file):
            # A folder or a pipe is no mail, and what a mail program moved is read the next time.
            if file.is_file() and not file.name.startswith("."):
                with suppress(FileNotFoundError), file.open("rb") as source:
                    mail = source.read(limit)
        if mail is not None:
            yield (
                mail,
                partial(_mark_seen, file, cur, errors) if file.parent == new else _mark_nothing,
            )
    if errors.number:
        raise MailboxError(f"{errors.summary()}: {errors.first}")


def _mark_nothing() -> None:
    """Do nothing: mails in cur/ and in an mbox are not marked."""


def _mark_seen(file: Path, cur: Path, errors: ReadErrors) -> None:
    name, _, flags = file.name.partition(":2,")
    with (
        errors.collect(MailboxError),
        _translate_errors(file),
        suppress(FileNotFoundError),
    ):  # moved by a mail program
        file.rename(cur / f"{name}:2,{''.join(sorted({*flags, _SEEN}))}")


def _mbox(path: Path, limit: int) -> Iterator[ArrivedMail]:
    """Yield the mails of an mbox file, which is locked meanwhile and stays unchanged.

    The lock is the kernel's and a file beside it, as mail servers use them.
    """
    with _translate_errors(path):
        with path.open("rb") as source:
            first = source.read(5)
        if first not in (b"From ", b""):
            raise MailboxError(f"{path}: is no mbox: it does not begin with `From `")
        box = mailbox.mbox(path, create=False)
    try:
        with _translate_errors(path):
            box.lock()
            keys = box.keys()
        for key in keys:
            with _translate_errors(path), box.get_file(key) as file:
                mail = file.read(limit)
            yield mail, _mark_nothing
    finally:
        with suppress(OSError):
            box.unlock()
        box.close()


@contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
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
