"""From a relay's address to where it takes mail: connection, greeting, TLS, and login."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.mail.line import Line, said, shown
from publisher.mail.relay import Outcome, RelayRefusedError, Reply, Stage

_IMPLICIT_PORT, _PORT = 465, 25
_READY, _OK, _LOGGED_IN, _ASKS = 220, 250, 235, 334
_UNKNOWN = (500, 502)
_PERMANENT = 5
#: RFC 6152 to RFC 3030 are in capitals everywhere, but need not be (RFC 5321 4.1.1.1).
_STARTTLS = "STARTTLS"


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


@cache
def own_name() -> str:
    """Give what this machine is called in EHLO (RFC 5321 4.1.1.1), asked of DNS at most once."""
    name = socket.getfqdn()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a relay is, and how it is to be talked to."""

    #: smtp:// or smtps://, with user and password where it wants them.
    url: str = field(repr=False)
    #: As mail.tls: "required", "opportunistic" or "off"; smtps:// is TLS whatever this says.
    tls: str = "required"
    timeouts: Timeouts = Timeouts()
    #: What vouches for its certificate; None for whom this machine trusts.
    context: ssl.SSLContext | None = None
    hello: str = field(default_factory=own_name)

    @property
    def place(self) -> str:
        """Give host and port, which may be shown."""
        url = urlsplit(self.url)
        return f"{_host(url)}:{_port(url)}"


@dataclass(frozen=True, slots=True)
class Offers:
    """The extensions a relay offers (RFC 5321 4.1.1.1), in upper case, with their parameters."""

    keywords: Mapping[str, str]

    @classmethod
    def parsed(cls, text: bytes) -> Offers:
        """Read the reply to EHLO, whose first line is the relay's name."""
        found = {}
        for line in text.decode("ascii", "replace").split("\n")[1:]:
            name, _, parameters = line.strip().partition(" ")
            # Some write `AUTH=PLAIN` after a draft of RFC 2554; the right line stands beside it.
            found[name.upper()] = parameters.strip().upper()
        return cls(found)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    @property
    def largest(self) -> int:
        """Give the most bytes a message may have (RFC 1870 4); 0 for any, or who knows."""
        limit = self.keywords.get("SIZE", "")
        return int(limit) if limit.isdecimal() else 0


async def greet(line: Line, route: Route) -> Offers:
    """Say hello on a new line, under TLS and logged in as the route wants it.

    Raises RelayRefusedError when the relay cannot be used so; the line is cut then.
    """
    greeter = _Greeter(line, route)
    try:
        return await greeter.greet()
    except RelayRefusedError:
        raise
    except OSError as error:
        words = shown(str(error).encode()) or type(error).__name__
        raise greeter.refusal(words) from None
    finally:
        greeter.let_go()


class _Greeter:
    """The steps before the first MAIL, one question at a time."""

    def __init__(self, line: Line, route: Route) -> None:
        self._line = line
        self._route = route
        self._url = urlsplit(route.url)
        self._implicit = self._url.scheme == "smtps"
        self._stage = Stage.connect
        self._replies: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        line.hear = lambda code, text: self._replies.put_nowait((code, text))
        line.ended = lambda: self._replies.put_nowait(None)

    def let_go(self) -> None:
        """Leave the line to the next."""
        self._line.ended = lambda: None
        self._line.relax()

    async def greet(self) -> Offers:
        await self._connect()
        self._stage = Stage.greeting
        self._wants(_READY, *await self._heard(self._route.timeouts.command))
        offers = await self._hello()
        if not self._implicit and self._route.tls != "off":
            offers = await self._secure(offers)
        if self._url.username:
            await self._log_in(offers)
        self._nothing_unasked()
        return offers

    async def _connect(self) -> None:
        context = self._context() if self._implicit else None
        patience = self._route.timeouts.connect
        try:
            async with asyncio.timeout(patience):
                await asyncio.get_running_loop().create_connection(
                    lambda: self._line,
                    _host(self._url),
                    _port(self._url),
                    ssl=context,
                    # RFC 8305: a name whose first address is out of reach has others.
                    happy_eyeballs_delay=0.25,
                )
        except TimeoutError:
            raise self.refusal(f"no connection in {patience:g} seconds") from None
        except ssl.SSLError:
            self._stage = Stage.tls
            raise

    async def _hello(self) -> Offers:
        code, text = await self._ask(f"EHLO {self._route.hello}")
        if code in _UNKNOWN:  # RFC 5321 3.2: a relay of before 1995 knows HELO
            code, text = await self._ask(f"HELO {self._route.hello}")
            text = b""
        self._wants(_OK, code, text)
        return Offers.parsed(text)

    async def _secure(self, offers: Offers) -> Offers:
        self._stage = Stage.tls
        if _STARTTLS not in offers:
            if self._route.tls == "required":
                raise self.refusal(
                    "the relay offers no STARTTLS; "
                    'mail.tls = "opportunistic" or "off" goes on without'
                )
            if self._url.username:  # else whoever takes STARTTLS out of the way gets it
                raise self.refusal(
                    "the relay offers no STARTTLS, and a password is not said in the clear; "
                    'mail.tls = "off" says it'
                )
            return offers
        self._wants(_READY, *await self._ask(_STARTTLS))
        # RFC 3207 6: what came before TLS counts for nothing. Whoever put it there would else be
        # heard as if the relay had said it under TLS (CVE-2011-0411).
        if self._line.mid_reply or not self._replies.empty():
            raise self.refusal("something was said between STARTTLS and TLS")
        self._line.relax()
        await self._line.secure(self._context(), _host(self._url), self._route.timeouts.command)
        return await self._hello()

    async def _log_in(self, offers: Offers) -> None:
        self._stage = Stage.auth
        user = unquote(self._url.username or "").encode()
        password = unquote(self._url.password or "").encode()
        ways = offers.keywords.get("AUTH", "").split()
        if "PLAIN" in ways:  # RFC 4616
            answer = await self._ask("AUTH PLAIN " + _base64(b"\0%s\0%s" % (user, password)))
        elif "LOGIN" in ways:
            self._wants(_ASKS, *await self._ask("AUTH LOGIN"))
            self._wants(_ASKS, *await self._ask(_base64(user)))
            answer = await self._ask(_base64(password))
        else:
            raise self.refusal("the relay offers neither AUTH PLAIN nor AUTH LOGIN")
        self._wants(_LOGGED_IN, *answer)

    async def _ask(self, command: str) -> tuple[int, bytes]:
        self._nothing_unasked()
        self._line.say(f"{command}\r\n".encode())
        return await self._heard(self._route.timeouts.command)

    async def _heard(self, patience: float) -> tuple[int, bytes]:
        self._line.expect(patience)
        reply = await self._replies.get()
        if reply is None:
            raise self.refusal(self._line.over)
        return reply

    def _nothing_unasked(self) -> None:
        """Hear what came before anything was asked: a 421, or what would answer the wrong thing."""
        if not self._replies.empty():
            reply = self._replies.get_nowait()
            raise self.refusal(said(*reply), reply[0]) if reply else self.refusal(self._line.over)

    def _wants(self, wanted: int, code: int, text: bytes) -> None:
        if code != wanted:
            raise self.refusal(said(code, text), code)

    def refusal(self, words: str, code: int = 0) -> RelayRefusedError:
        """Say at which stage the relay showed to be of no use, and cut the line."""
        self._line.cut(words)
        forever = code // 100 == _PERMANENT
        outcome = Outcome.rejected if forever else Outcome.deferred
        words = without_secrets(words, self._url)
        return RelayRefusedError(self._route.place, Reply(outcome, words, code, self._stage))

    def _context(self) -> ssl.SSLContext:
        return self._route.context or _trusted()


def without_secrets(text: str, url: SplitResult) -> str:
    """Take out the password, also as AUTH encodes it: some relays repeat what they refuse."""
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if not password:
        return text
    for plain in (f"\0{user}\0{password}", password):
        text = text.replace(_base64(plain.encode()), "…")
    return text.replace(password, "…")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _host(url: SplitResult) -> str:
    return url.hostname or "localhost"


def _port(url: SplitResult) -> int:
    return url.port or (_IMPLICIT_PORT if url.scheme == "smtps" else _PORT)
