"""Where a relay is, how to talk to it, and what earlier conversations taught."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.config.relays import PORTS, place
from publisher.mail.oauth import TokenSource
from publisher.mail.sasl import Login

#: Names that a machine has for itself only.
_PRIVATE = re.compile(
    r"(^|\.)(localhost|localdomain|local|internal|intranet|lan|home|home\.arpa|invalid)$"
)
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
#: What RFC 5321 4.1.3 wants of a machine without a name; many relays refuse it.
ADDRESS_LITERAL = "[127.0.0.1]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long each step may take, in seconds: RFC 5321 4.5.3.2, but for `connect` and `quit`."""

    connect: float = 30
    #: The greeting, EHLO, MAIL, RCPT and all else.
    command: float = 300
    data: float = 120
    #: Until a message has left, once its bytes no longer go at once.
    block: float = 180
    #: Until the answer to its end.
    end: float = 600
    #: The relay has all it was given: its goodbye is waited for out of politeness only.
    quit: float = 5


def is_public_name(name: str) -> bool:
    """Return whether a host name has a dot and is not known on this machine or network only."""
    return bool(_HOST_NAME.fullmatch(name.lower())) and not _PRIVATE.search(name.lower())


def hello_name(own: str, sender_domain: str) -> str:
    """Return the name to greet relays with (RFC 5321 4.1.1.1).

    It is the machine's own name where that is public, else the sender's domain.
    """
    if is_public_name(own):
        return own
    return sender_domain or ADDRESS_LITERAL


class Lesson(NamedTuple):
    """What is known of a relay, and worth keeping over restarts."""

    #: The SASL mechanism that logged in last.
    mechanism: str = ""
    #: Whether BDAT works, where it is offered; None when it was never tried.
    chunking: bool | None = None


class Memory:
    """What conversations with a relay have taught; all connections of a process share it."""

    def __init__(
        self, lesson: Lesson | None = None, tell: Callable[[Lesson], None] = lambda _: None
    ) -> None:
        """Begin with what was known before; `tell` is told each time that something is learned."""
        self.lesson = lesson or Lesson()
        self._tell = tell
        #: The mechanisms that the relay refused, its code and words: none is tried twice.
        self.refused: dict[str, tuple[int, str]] = {}
        #: A login succeeded in this process.
        self.logged_in = False
        #: The conversation that tries whether BDAT works.
        self.probe: object | None = None
        self._turn: asyncio.Event | None = None

    def learn(self, *, mechanism: str = "", chunking: bool | None = None) -> None:
        """Keep something for the next conversations, and for the next run."""
        lesson = Lesson(
            mechanism or self.lesson.mechanism,
            self.lesson.chunking if chunking is None else chunking,
        )
        if lesson != self.lesson:
            self.lesson = lesson
            self._tell(lesson)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until no other connection is at its first login."""
        while self._turn is not None:
            await self._turn.wait()
        turn = self._turn = asyncio.Event()
        try:
            yield
        finally:
            self._turn = None
            turn.set()

    def chunks(self, conversation: object) -> bool:
        """Return whether a conversation may use BDAT: until it has worked, only one tries it."""
        if self.lesson.chunking is None and self.probe is None:
            self.probe = conversation
        return self.lesson.chunking or self.probe is conversation


@dataclass(frozen=True, kw_only=True)
class Route:
    """Where a relay is, and how to talk to it."""

    #: smtp://, smtps:// or lmtp://, with user and password where it wants them.
    url: str = field(repr=False)
    #: As mail.tls: "required", "opportunistic" or "off"; smtps:// is TLS whatever this says.
    tls: str = "required"
    timeouts: Timeouts = Timeouts()
    #: What vouches for its certificate; None for whom this machine trusts.
    context: ssl.SSLContext | None = None
    #: The name in its certificate; empty for the host in the URL.
    tls_name: str = ""
    #: What this machine is called in EHLO.
    hello: str = field(default_factory=lambda: hello_name(socket.gethostname(), ""))
    #: The only SASL mechanism to be tried; empty for each that it offers.
    auth: str = ""
    #: Prints tokens, for a user without a password.
    token: TokenSource | None = None
    memory: Memory = field(default_factory=Memory)

    @cached_property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def scheme(self) -> str:
        """Return the protocol: smtp, smtps or lmtp."""
        return self._parts.scheme

    @property
    def place(self) -> str:
        """Return host and port, or the socket's path, which may be shown."""
        return place(self.url)

    @property
    def host(self) -> str:
        """Return the host."""
        return self._parts.hostname or "localhost"

    @property
    def port(self) -> int:
        """Return the port."""
        return self._parts.port or PORTS[self.scheme]

    @property
    def socket(self) -> str:
        """Return the path of a socket in the file system; empty for a host."""
        return "" if self._parts.hostname else unquote(self._parts.path)

    @property
    def login(self) -> Login | None:
        """Return who logs in; None where nobody does."""
        if not self._parts.username:
            return None
        return Login(
            user=unquote(self._parts.username),
            password=unquote(self._parts.password or ""),
            host=self.host,
            port=self.port,
        )
