"""A way out for mail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from publisher.mail.personalize import Copies
from publisher.mail.smtp_session import Work
from publisher.storage.plans import LetterRow

#: Makes a letter's copies.
CopiesOf = Callable[[LetterRow], Copies]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """A way out for mail: a relay, or the outbox."""

    #: Host and port, or `outbox`.
    name: str
    #: How many conversations there may be at a time.
    connections: int
    #: Hands over what there is, until there is nothing more or the other side ends it. Raises
    #: RelayError when it cannot be used.
    converse: Callable[[Work], Awaitable[None]]
    #: Of the outbox: which one it is, and what tells whether a message of that Message-ID is there.
    outbox: str = ""
    holds: Callable[[str], bool] | None = None
