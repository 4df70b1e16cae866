"""What all relays and outboxes have in common: the outcome of one message, and its protocol."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from publisher.errors import RelayError


class Outcome(Enum):
    """The result of one try to hand over one message."""

    #: The other side has it.
    accepted = "accepted"
    #: The other side does not have it, and may take it later.
    deferred = "deferred"
    #: The other side does not have it, and will never take it.
    rejected = "rejected"
    #: The connection broke after the message was complete: the other side may have it.
    uncertain = "uncertain"
    #: The connection ended before this message's turn: nothing was tried.
    returned = "returned"


class Stage(Enum):
    """How far a connection was when a reply came, or it ended."""

    connect = "connect"
    greeting = "greeting"
    tls = "tls"
    auth = "auth"
    #: Nothing was sent: the address is invalid, or the relay's extensions cannot take the message.
    local = "local"
    mail = "mail"
    rcpt = "rcpt"
    data = "data"
    #: The message itself, up to the reply to its end; for an outbox the only stage.
    body = "body"


class Reply(NamedTuple):
    """The outcome of one try, and the words of the other side."""

    outcome: Outcome
    words: str
    #: The reply code (RFC 5321 4.2); 0 when there was none.
    code: int = 0
    stage: Stage = Stage.body


class RelayRefusedError(RelayError):
    """The relay cannot be used at all, and no message was begun; `reply` says at which stage."""

    def __init__(self, what: str, advice: str, reply: Reply) -> None:
        super().__init__(f"mail.relay: {what}. {advice}")
        self.what = what
        #: What to do about it.
        self.advice = advice
        self.reply = reply

    def __reduce__(self) -> tuple[type[RelayRefusedError], tuple[str, str, Reply]]:
        """Return how to create it again in the process that started this one."""
        return type(self), (self.what, self.advice, self.reply)


class Relay(Protocol):
    """A place that takes messages one at a time."""

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Hand over one message; `name` is its Message-ID.

        Raises RelayError when the relay cannot be used at all and the message was not begun.
        """
        ...

    def close(self) -> None:
        """End the connection, if there is one."""
        ...
