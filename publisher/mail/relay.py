"""What every way out for mail has in common: it takes one message, and tells what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome of one try, and the other side's words."""

    outcome: Outcome
    words: str


class Relay(Protocol):
    """Somewhere to hand messages to."""

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Hand over one message; `name` is its Message-ID.

        Raises RelayError when the relay cannot be used at all and the message was not begun.
        """
        ...

    def holds(self, name: str) -> bool | None:
        """Tell whether a message of an earlier try arrived; None when there is no way to know."""
        ...

    def close(self) -> None:
        """End the conversation politely."""
        ...
