"""A message on its way to one reader, and the addresses on its envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from publisher.mail.mime import on_the_wire
from publisher.mail.transport import Outcome, Reply, Stage


class Message(NamedTuple):
    """One copy, ready to go."""

    #: Of the envelope.
    sender: str
    recipient: str
    #: Its Message-ID.
    name: str
    #: Bytes of its pieces.
    size: int
    #: The whole of it (RFC 5322), with CRLF, to be written one after the other.
    pieces: Sequence[bytes]
    #: Whether a line may begin with a dot (RFC 5321 4.5.2); in base64 none does.
    needs_stuffing: bool


def addresses(message: Message) -> tuple[str, str] | Reply:
    """Return sender and recipient as relays take them; a Reply for what is no address."""
    try:
        sender, recipient = on_the_wire(message.sender), on_the_wire(message.recipient)
    except UnicodeError:
        return unfit("5.1.3 this is no address")
    # A line end in an address would be a command of whoever made it.
    if not (sender.isprintable() and recipient.isprintable()):
        return unfit("5.1.3 this is no address")
    return sender, recipient


def unfit(words: str) -> Reply:
    """Refuse in the relay's place; the status (RFC 3463) is what it would have said."""
    return Reply(Outcome.rejected, words, stage=Stage.local)
