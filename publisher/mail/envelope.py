"""A message to one recipient, with the addresses of its envelope (RFC 5321 2.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from publisher.mail.mime import with_ascii_domain
from publisher.mail.transport import Outcome, Reply, Stage


class Message(NamedTuple):
    """One copy, ready to be sent."""

    #: The envelope's sender: where bounces go.
    sender: str
    recipient: str
    #: Its Message-ID.
    name: str
    #: The size of all pieces, in bytes.
    size: int
    #: All of it (RFC 5322), with CRLF, to be written one after the other.
    pieces: Sequence[bytes]
    #: Whether a line may begin with a dot (RFC 5321 4.5.2); in base64 none does.
    needs_stuffing: bool


def envelope_addresses(message: Message) -> tuple[str, str] | Reply:
    """Return sender and recipient with domains in ASCII; a Reply that rejects an invalid one."""
    try:
        sender, recipient = with_ascii_domain(message.sender), with_ascii_domain(message.recipient)
    except UnicodeError:
        return local_refusal("5.1.3 this is no address")
    # A line end in an address would be a command of whoever made it.
    if not (sender.isprintable() and recipient.isprintable()):
        return local_refusal("5.1.3 this is no address")
    return sender, recipient


def local_refusal(words: str) -> Reply:
    """Return a rejection without asking the relay; `words` begin with a status (RFC 3463)."""
    return Reply(Outcome.rejected, words, stage=Stage.local)
