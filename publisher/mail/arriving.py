"""Reading mail that has arrived, wherever that is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from publisher.mail.mailboxes import Arrived, filed


def arrived(source: str, *, tls: str, limit: int) -> Iterator[Arrived]:
    """Walk the mails of a source, the first `limit` bytes of each. Raises MailboxError.

    It is `imap://` or `imaps://`, of which the unseen are walked, or the path of a Maildir or of
    an mbox file, of which all are.
    """
    if source.startswith(("imap://", "imaps://")):
        from publisher.mail.imap import unseen  # noqa: PLC0415  (35 ms, of which TLS is most)

        return unseen(source, tls=tls, limit=limit)
    return filed(Path(source), limit=limit)
