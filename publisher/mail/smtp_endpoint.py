"""A relay's address, its settings, and what earlier connections showed about it."""

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

from publisher.config.relays import PORTS, relay_name
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
    #: Until a message is written, once its bytes no longer go at once.
    block: float = 180
    #: Until the reply to its end.
    end: float = 600
    #: Until the reply to QUIT, which changes nothing.
    quit: float = 5


def is_public_name(name: str) -> bool:
    """Return whether a host name has a dot and is not of this machine or network only."""
    return bool(_HOST_NAME.fullmatch(name.lower())) and not _PRIVATE.search(name.lower())


def hello_name(own: str, sender_domain: str) -> str:
    """Return the name to greet relays with (RFC 5321 4.1.1.1).

    It is the machine's own name where that is public, else the sender's domain.
    """
    if is_public_name(own):
        return own
    return sender_domain or ADDRESS_LITERAL


class Lesson(NamedTuple):
    """What is known about a relay and stored over restarts."""

    #: The SASL mechanism that logged in last.
    mechanism: str = ""
    #: Whether BDAT works, where it is offered; None when it was never tried.
    chunking: bool | None = None


class Memory:
    """What is known about a relay; all connections of a process share it."""

    def __init__(
        self, lesson: Lesson | None = None, tell: Callable[[Lesson], None] = lambda _: None
    ) -> None:
        """Start with an earlier lesson; `tell` is called each time that the lesson changes."""
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
        """Update the lesson for the next connections, and for the next run."""
        lesson = Lesson(
            mechanism or self.lesson.mechanism,
            self.lesson.chunking if chunking is None else chunking,
        )
        if lesson != self.lesson:
            self.lesson = lesson
            self._tell(lesson)

    @asynccontextmanager
    async def first_login(self) -> AsyncIterator[None]:
        """Wait until no other connection is at its first login, and hold others up meanwhile."""
        while self._turn is not None:
            await self._turn.wait()
        turn = self._turn = asyncio.Event()
        try:
            yield
        finally:
            self._turn = None
            turn.set()

    def may_use_bdat(self, conversation: object) -> bool:
        """Return whether a session may use BDAT (RFC 3030): until it has worked, only one may."""
        if self.lesson.chunking is None and self.probe is None:
            self.probe = conversation
        return self.lesson.chunking or self.probe is conversation


@dataclass(frozen=True, kw_only=True)
class Route:
    """A relay's URL, and how to connect to it."""

    #: smtp://, smtps:// or lmtp://, with user and password if it needs them.
    url: str = field(repr=False)
    #: mail.tls: "required", "opportunistic" or "off"; smtps:// always uses TLS.
    tls: str = "required"
    timeouts: Timeouts = Timeouts()
    #: Checks its certificate; None to trust this machine's certificates.
    context: ssl.SSLContext | None = None
    #: The name in its certificate; empty for the host in the URL.
    tls_name: str = ""
    #: This machine's name in EHLO.
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
        """Return host and port, or the socket's path, without secrets."""
        return relay_name(self.url)

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
        """Return user and password of the URL; None without a user."""
        if not self._parts.username:
            return None
        return Login(
            user=unquote(self._parts.username),
            password=unquote(self._parts.password or ""),
            host=self.host,
            port=self.port,
        )
