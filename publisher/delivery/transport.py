"""Where mail goes: a relay, or the outbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from publisher.mail.personalize import Copies
from publisher.mail.smtp_session import MessageSource
from publisher.storage.plans import LetterRow

#: Returns what makes the copies of a letter.
CopiesOf = Callable[[LetterRow], Copies]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """A relay, or the outbox."""

    #: Host and port, or `outbox`.
    name: str
    #: How many connections there may be at a time.
    connections: int
    #: Hands over messages until there are no more or the other side ends it. Raises RelayError
    #: when it cannot be used.
    send_messages: Callable[[MessageSource], Awaitable[None]]
    #: Of the outbox: its path, and a function that returns whether it has a Message-ID.
    outbox: str = ""
    holds: Callable[[str], bool] | None = None
