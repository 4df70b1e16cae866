"""Reading mail that has arrived, wherever that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from publisher.mail.mailboxes import Arrived, filed


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a mailbox on a server is opened."""

    #: As mail.tls.
    tls: str = "required"
    #: As mail.ca_file.
    ca_file: Path | None = None
    #: As mail.token_command, and the folder that it runs in.
    token_command: tuple[str, ...] = ()
    folder: Path = Path()


def arrived(source: str, access: Access, *, limit: int) -> Iterator[Arrived]:
    """Return the mails of a source, the first `limit` bytes of each. Raises MailboxError.

    It is `imap://` or `imaps://`, of which the unseen are walked, or the path of a Maildir or of
    an mbox file, of which all are.
    """
    if source.startswith(("imap://", "imaps://")):
        from publisher.mail.imap import unseen  # noqa: PLC0415  (35 ms, of which TLS is most)

        return unseen(source, access, limit)
    return filed(Path(source), limit=limit)
