"""How much mail goes how fast through which relay, and to whom."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from urllib.parse import urlsplit

#: As many as other senders begin with; Postfix takes 50 from one address before it says 421.
CONNECTIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPace:
    """How fast mail goes to one recipient domain, through all relays together."""

    #: Messages a second.
    rate: float = math.inf
    #: Messages under way at a time; 0 for any number.
    connections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPace:
    """A relay, and how fast mail goes through it."""

    #: May hold a password.
    url: str = field(repr=False)
    #: Its share of the mail, beside the other relays' weights.
    weight: int = 1
    #: Messages a second.
    rate: float = math.inf
    #: Messages under way at a time; 0 for any number.
    connections: int = CONNECTIONS

    @property
    def name(self) -> str:
        """Give host and port, which are no secret."""
        return place(self.url)


def place(url: str) -> str:
    """Give the host and port of an `smtp://` or `smtps://` address."""
    parts = urlsplit(url)
    port = parts.port or (465 if parts.scheme == "smtps" else 25)
    return f"{parts.hostname or 'localhost'}:{port}"
