"""What every way out for mail has in common: it takes one message, and tells what came of it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

from publisher.errors import RelayError


class Outcome(Enum):
    """What is known after one try to hand over one message."""

    #: The other side has it.
    accepted = "accepted"
    #: The other side has it not, and may take it later.
    deferred = "deferred"
    #: The other side has it not, and will never take it.
    rejected = "rejected"
    #: The connection broke after the message was complete: nobody knows.
    uncertain = "uncertain"
    #: The conversation ended before this message's turn: nothing was tried.
    returned = "returned"


class Stage(Enum):
    """How far a conversation was when something was said, or was not."""

    connect = "connect"
    greeting = "greeting"
    tls = "tls"
    auth = "auth"
    #: Nothing was said: what the relay offers shows that it cannot take this one.
    local = "local"
    mail = "mail"
    rcpt = "rcpt"
    data = "data"
    #: The message itself, up to the answer to its end; for an outbox all there is.
    body = "body"


class Reply(NamedTuple):
    """The outcome of one try, and the other side's words."""

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
        """Return how to make it again in the process that started this one."""
        return type(self), (self.what, self.advice, self.reply)


class Relay(Protocol):
    """Somewhere to hand messages to."""

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Hand over one message; `name` is its Message-ID.

        Raises RelayError when the relay cannot be used at all and the message was not begun.
        """
        ...

    def close(self) -> None:
        """End the conversation politely."""
        ...
