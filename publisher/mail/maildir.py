"""The outbox: a Maildir. Handing a message over twice leaves one file."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import permissions
from publisher.errors import OutputError
from publisher.mail.transport import Outcome, Reply

if TYPE_CHECKING:
    from publisher.mail.smtp_session import MessageSource


class Maildir:
    """A Maildir at `root`, created when first needed.

    A message's file is named after its Message-ID, so after a crash it can be searched for, and
    written again without a second copy.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made = False

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Write one message to `new/`, on disk before this returns. Raises OutputError."""
        del sender, recipient  # both stand in the message
        file = _file_name(name)
        temporary = self._root / "tmp" / file
        try:
            if self.holds(name):
                return Reply(Outcome.accepted, "was in the outbox")
            if not self._made:
                for folder in ("tmp", "new", "cur"):
                    permissions.make_folder(self._root / folder)
                self._made = True
            temporary.unlink(missing_ok=True)  # of a run that was killed
            descriptor = permissions.open_file(temporary, os.O_WRONLY | os.O_EXCL)
            with open(descriptor, "wb") as target:  # noqa: PTH123  (a descriptor)
                target.write(message)
                target.flush()
                os.fsync(target.fileno())
            temporary.rename(self._root / "new" / file)
            _sync_folder(self._root / "new")
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise OutputError(
                f"{self._root}: cannot write to the outbox: {error.strerror}; "
                "no copy is lost, the next run goes on"
            ) from error
        return Reply(Outcome.accepted, "in the outbox")

    async def send_messages(self, source: MessageSource) -> None:
        """Write all messages of a source. Raises OutputError."""
        import asyncio  # noqa: PLC0415  (25 ms that a run with no mail to send need not wait)

        while await source.wait():
            message = source.next_message()
            if message is None:
                continue
            source.record_commit(message)
            whole = b"".join(message.pieces)
            source.record_reply(
                message, self.hand_over(message.sender, message.recipient, message.name, whole)
            )
            await asyncio.sleep(0)  # let the ledger be written

    def holds(self, name: str) -> bool:
        """Return whether a message is in the outbox; a mail program may have added `:2,flags`."""
        file = _file_name(name)
        if (self._root / "new" / file).exists():
            return True
        return any((self._root / "cur").glob(f"{file}*"))

    def close(self) -> None:
        """Do nothing: nothing is open between messages."""


def _file_name(name: str) -> str:
    # maildir(5) wants the time first, but only so that names are unique; a hash is, and stays.
    return hashlib.sha256(name.encode()).hexdigest()[:32] + ".publisher"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
