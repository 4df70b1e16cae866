"""Reading mail that has arrived, from an IMAP folder, a Maildir or an mbox file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from publisher.mail.mailboxes import ArrivedMail, mails_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a mailbox on a server is opened: values of the settings in [mail]."""

    #: mail.tls.
    tls: str = "required"
    #: mail.ca_file.
    ca_file: Path | None = None
    #: mail.token_command, and the folder that it runs in.
    token_command: tuple[str, ...] = ()
    folder: Path = Path()


def mails_of(source: str, access: Access, *, limit: int) -> Iterator[ArrivedMail]:
    """Return the mails of a source, the first `limit` bytes of each. Raises MailboxError.

    A source is `imap://` or `imaps://`, of which unseen mails are returned, or the path of a
    Maildir or of an mbox file, of which all are.
    """
    if source.startswith(("imap://", "imaps://")):
        from publisher.mail.imap import unseen  # noqa: PLC0415  (35 ms, of which TLS is most)

        return unseen(source, access, limit)
    return mails_in(Path(source), limit=limit)
