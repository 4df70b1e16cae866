"""Connecting to a relay up to the first MAIL: greeting, EHLO, STARTTLS, and login."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from publisher.errors import RelayError
from publisher.mail.sasl import WITH_PASSWORD, WITH_TOKEN, Exchange, Login, from_base64, to_base64
from publisher.mail.smtp_dialogue import ConnectionLostError, Dialogue
from publisher.mail.smtp_endpoint import Memory, Route, Timeouts
from publisher.mail.smtp_stream import SmtpStream, printable, reply_text
from publisher.mail.tls import explain_error, is_local, unverified_context, verifying_context
from publisher.mail.transport import Outcome, RelayRefusedError, Reply, Stage

__all__ = ["Extensions", "Memory", "Route", "Timeouts", "open_connection"]

_READY, _OK, _LOGGED_IN, _ASKS = 220, 250, 235, 334
_UNKNOWN = (500, 502)
_PERMANENT = 5
#: Digits of a SIZE (RFC 1870 4); a number with more is no limit that a message could reach.
_SIZE_DIGITS = 20
#: RFC 6152 to RFC 3030 are in capitals everywhere, but need not be (RFC 5321 4.1.1.1).
_STARTTLS = "STARTTLS"
#: What failed at a step, and what to do about it.
_FAILURES = {
    "connect": (
        "cannot connect to {place}: {words}",
        "Check the host and the port, and that no firewall blocks them.",
    ),
    "greeting": (
        "{place} refuses the connection: {words}",
        "Ask whoever runs the relay to permit this machine's address.",
    ),
    "hello": (
        "{place} refuses EHLO {hello}: {words}",
        "If it does so each time, set mail.hello to another host name of yours with a dot.",
    ),
    "tls": (
        "no TLS with {place}: {words}",
        'Set mail.tls = "off" to go on without.',
    ),
    "auth": ("cannot log in to {place}: {words}", "Check the user name and password."),
}


@dataclass(frozen=True, slots=True)
class Extensions:
    """A relay's extensions (RFC 5321 4.1.1.1), in upper case, with their parameters."""

    keywords: Mapping[str, str]

    @classmethod
    def parse(cls, text: bytes) -> Extensions:
        """Parse the reply to EHLO, whose first line is the relay's name."""
        keywords: dict[str, str] = {}
        for line in text.decode("ascii", "replace").split("\n")[1:]:
            name, _, parameters = line.strip().upper().partition(" ")
            if name.startswith("AUTH="):  # as a draft of RFC 2554 had it
                name, parameters = "AUTH", f"{name.removeprefix('AUTH=')} {parameters}"
            if name == "AUTH":
                parameters = f"{keywords.get(name, '')} {parameters}"
            keywords[name] = parameters.strip()
        return cls(keywords)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    @property
    def largest(self) -> int:
        """Return the largest size of a message in bytes (RFC 1870 4); 0 if unlimited or unknown."""
        limit = self.keywords.get("SIZE", "")
        return int(limit) if limit.isdecimal() and len(limit) <= _SIZE_DIGITS else 0


class _LoginClosed(Exception):  # noqa: N818  (the end of a connection, not of the login)
    """The relay refused a login and closed the connection; another mechanism is left to try."""


async def open_connection(route: Route) -> tuple[SmtpStream, Extensions]:
    """Return a new connection, with TLS and login as the route says, and the relay's extensions.

    Raises RelayRefusedError when the relay cannot be used; nothing is left open then. If a relay
    closes the connection at a login, the next mechanism is tried on a new one.
    """
    while True:
        stream = SmtpStream()
        connector = _Connector(stream, route)
        try:
            return stream, await connector.run()
        except _LoginClosed:
            continue
        finally:
            if not connector.is_ready:
                stream.abort("stopped")
                await stream.wait_closed()


class _Connector:
    """The steps before the first MAIL, one command at a time."""

    def __init__(self, stream: SmtpStream, route: Route) -> None:
        self._stream = stream
        self._route = route
        self._login = route.login
        self._step = "connect"
        self._dialogue = Dialogue(stream, route.timeouts.command)
        #: How often it tried to log in over this connection.
        self._attempts = 0
        #: The relay is on this machine.
        self._local = False
        self.is_ready = False

    async def run(self) -> Extensions:
        try:
            return await self._run()
        except ConnectionLostError as error:
            raise self.refusal(error.words, error.code) from None
        except RelayError:
            raise
        # A name that IDNA or TLS cannot encode is a ValueError.
        except (OSError, ValueError) as error:
            raise self._failure(error) from None
        finally:
            self._dialogue.detach()

    async def _run(self) -> Extensions:
        await self._connect()
        if self._route.scheme == "smtps":
            self._step = "tls"
            await self._encrypt()
        self._step = "greeting"
        self._expect(_READY, *await self._dialogue.next_reply())
        offers = await self._hello()
        if self._route.scheme != "smtps" and not self._route.socket and self._route.tls != "off":
            offers = await self._secure(offers)
        if self._login:
            self._step = "auth"
            await self._log_in(offers)
        self._dialogue.check()
        self.is_ready = True
        return offers

    async def _connect(self) -> None:
        loop, timeout = asyncio.get_running_loop(), self._route.timeouts.connect
        try:
            async with asyncio.timeout(timeout):
                if self._route.socket:
                    await loop.create_unix_connection(lambda: self._stream, self._route.socket)
                else:
                    await loop.create_connection(
                        lambda: self._stream,
                        self._route.host,
                        self._route.port,
                        # RFC 8305: a name whose first address is out of reach has others.
                        happy_eyeballs_delay=0.25,
                    )
        except TimeoutError:
            raise self.refusal(f"no connection in {timeout:g} seconds") from None
        self._local = is_local(self._stream.transport.get_extra_info("peername"))

    async def _hello(self) -> Extensions:
        self._step = "hello"
        lmtp = self._route.scheme == "lmtp"
        code, text = await self._dialogue.ask(f"{'LHLO' if lmtp else 'EHLO'} {self._route.hello}")
        if code in _UNKNOWN and not lmtp:  # RFC 5321 3.2: a relay of before 1995 knows HELO
            code, text = await self._dialogue.ask(f"HELO {self._route.hello}")
            text = b""
        self._expect(_OK, code, text)
        return Extensions.parse(text)

    # --- TLS ------------------------------------------------------------------------------

    async def _secure(self, offers: Extensions) -> Extensions:
        self._step = "tls"
        if _STARTTLS not in offers:
            if self._route.tls == "required":
                raise self.refusal(
                    "the relay offers no STARTTLS",
                    advice='Set mail.tls = "opportunistic" or "off" to go on without.',
                )
            if self._login and not self._local:  # else whoever takes STARTTLS out of the way has it
                raise self.refusal(
                    "the relay offers no STARTTLS, and a password is not sent in the clear",
                    advice='mail.tls = "off" sends it.',
                )
            return offers
        self._expect(_READY, *await self._dialogue.ask(_STARTTLS))
        # RFC 3207 6: what came before TLS counts for nothing. Whoever put it there would else be
        # heard as if the relay had said it under TLS (CVE-2011-0411).
        if not self._dialogue.is_drained:
            raise self.refusal("something was said between STARTTLS and TLS")
        self._stream.stop_timer()
        await self._encrypt()
        return await self._hello()

    async def _encrypt(self) -> None:
        await self._stream.start_tls(
            self._context(),
            self._route.tls_name or self._route.host,
            self._route.timeouts.command,
        )

    def _context(self) -> ssl.SSLContext:
        """Return the TLS context.

        Opportunistic TLS checks no certificate (RFC 7435), but a password is only sent to a relay
        with a valid certificate, or on this machine.
        """
        if self._route.tls == "opportunistic" and (self._local or not self._login):
            return unverified_context()
        return self._route.context or verifying_context()

    # --- Login ----------------------------------------------------------------------------

    async def _log_in(self, offers: Extensions) -> None:
        """Log in by the first mechanism that works (RFC 4954).

        Until one has worked in this process only one connection tries at a time, so that a wrong
        password is tried once by each mechanism: many relays lock an account after a few tries.
        """
        memory = self._route.memory
        if not memory.logged_in:
            async with memory.first_login():
                if not memory.logged_in:
                    await self._try_each(offers)
                    return
        await self._try_each(offers)

    async def _try_each(self, offers: Extensions) -> None:
        memory = self._route.memory
        mechanisms = self._mechanisms(offers)
        while mechanisms:
            mechanism = mechanisms.pop(0)
            tried, answer, words = await self._try(mechanism)
            if answer[0] == _LOGGED_IN:
                memory.logged_in = True
                memory.learn(mechanism=mechanism)
                if self._route.token:
                    self._route.token.confirm()
                return
            if answer[0] and answer[0] // 100 != _PERMANENT:
                raise self.refusal(words, answer[0], tried)
            if memory.logged_in and mechanism == memory.lesson.mechanism:
                # It has worked with the same password: the relay means this connection.
                raise self.refusal(words, answer[0], tried)
            memory.refused[mechanism] = (answer[0], words)
            if self._stream.end_reason and mechanisms:
                raise _LoginClosed
        raise self._refused_all()

    def _refused_all(self) -> RelayRefusedError:
        refused = self._route.memory.refused
        codes, words = zip(*refused.values(), strict=True)
        if len(set(words)) > 1:
            words = tuple(f"{name}: {words}" for name, (_, words) in refused.items())
        advice = "Check the user name and mail.token_command." if self._has_token else ""
        return self.refusal("; ".join(dict.fromkeys(words)), max(codes), advice=advice)

    def _mechanisms(self, offers: Extensions) -> list[str]:
        """Return the mechanisms to try, the one that worked last first."""
        offered = offers.keywords.get("AUTH", "").split()
        known = WITH_TOKEN if self._has_token else WITH_PASSWORD
        wanted = (self._route.auth,) if self._route.auth else known
        usable = [mechanism for mechanism in wanted if mechanism in offered]
        if not usable:
            raise self.refusal(
                f"the relay offers {', '.join(offered) or 'no login'}, not {' or '.join(wanted)}",
                advice=self._other_login(offered),
            )
        last, refused = self._route.memory.lesson.mechanism, self._route.memory.refused
        left = [mechanism for mechanism in usable if mechanism not in refused]
        return sorted(left, key=lambda mechanism: mechanism != last)

    def _other_login(self, offered: list[str]) -> str:
        if self._route.auth:
            return "Leave mail.auth empty to use what the relay offers."
        if not self._has_token and set(offered) & set(WITH_TOKEN):
            return "Set mail.token_command, and leave out the password in the URL."
        if not offered:
            return (
                "Use the relay's port for submission (587, or smtps:// for 465), or leave out the "
                "user name if it wants none."
            )
        return "Ask whoever runs the relay for another way to log in."

    @property
    def _has_token(self) -> bool:
        return bool(self._route.token and self._login and not self._login.password)

    async def _try(self, mechanism: str) -> tuple[Login, tuple[int, bytes], str]:
        """Try a mechanism, again with a new token; return the last login, reply and words."""
        assert self._login is not None  # noqa: S101  (there is somebody to log in)
        source = self._route.token if mechanism in WITH_TOKEN else None
        while True:
            login = self._login
            if source:
                login = Login(
                    user=login.user, token=await source.get(), host=login.host, port=login.port
                )
            answer, words = await self._exchange(mechanism, login)
            refused = not answer[0] or answer[0] // 100 == _PERMANENT
            if not (source and refused and await source.renew(login.token)):
                return login, answer, words
            if self._stream.end_reason:
                raise _LoginClosed

    async def _exchange(self, mechanism: str, login: Login) -> tuple[tuple[int, bytes], str]:
        """Run a mechanism's exchange; return the last reply, of code 0 if the connection ended."""
        self._attempts += 1
        exchange = Exchange(mechanism, login)
        initial = to_base64(exchange.start())
        try:
            answer = await self._dialogue.ask(f"AUTH {mechanism} {initial}".rstrip())
            response: bytes | None = b""
            # RFC 4954 4: `*` takes the login back; what asks for more after it is no server.
            while answer[0] == _ASKS and response is not None:
                response = exchange.answer(from_base64(answer[1]))
                answer = await self._dialogue.ask("*" if response is None else to_base64(response))
        except ConnectionLostError as error:
            self._stream.abort(error.words)
            if self._attempts > 1 and not error.code:  # it hung up on what was tried before
                raise _LoginClosed from None
            return (error.code, b""), error.words
        words = reply_text(*answer)
        if exchange.reason:
            words = f"{words} ({printable(exchange.reason.encode())})"
        return answer, login.without_secrets(words)

    # --- What went wrong ------------------------------------------------------------------

    def _expect(self, wanted: int, code: int, text: bytes) -> None:
        if code != wanted:
            raise self.refusal(reply_text(code, text), code)

    def _failure(self, error: OSError | ValueError) -> RelayRefusedError:
        """Return the refusal for an error of the operating system, of OpenSSL or of a host name."""
        if self._step == "tls":
            words, advice = explain_error(error)
            return self.refusal(printable(words.encode()), advice=advice)
        advice = "Check the path of the socket." if self._route.socket else ""
        return self.refusal(printable(_error_words(error).encode()), advice=advice)

    def refusal(
        self, words: str, code: int = 0, login: Login | None = None, *, advice: str = ""
    ) -> RelayRefusedError:
        """Abort the connection; return the error for the present step."""
        self._stream.abort(words)
        forever = code // 100 == _PERMANENT
        outcome = Outcome.rejected if forever else Outcome.deferred
        for secret in filter(None, (self._login, login)):
            words = secret.without_secrets(words)
        what, usual = _FAILURES[self._step]
        route = self._route
        sentence = what.format(place=route.place, hello=route.hello, words=words).rstrip(".")
        stage = Stage["greeting" if self._step == "hello" else self._step]
        reply = Reply(outcome, words, code, stage)
        return RelayRefusedError(sentence, advice or usual, reply)


def _error_words(error: OSError | ValueError) -> str:
    """Return the words of an operating system's error without the address."""
    if not isinstance(error, OSError):
        return str(error)
    # asyncio gives one for all addresses of a host, with the number of each in its text.
    numbers = (
        {error.errno} if error.errno else set(map(int, re.findall(r"Errno (\d+)", str(error))))
    )
    if len(numbers) == 1 and (number := numbers.pop()) > 0:
        return os.strerror(number)
    return error.strerror or str(error) or type(error).__name__
