"""Reading unseen mail over IMAP (RFC 3501, RFC 9051), and marking it as seen."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from urllib.parse import SplitResult, unquote, urlsplit

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from publisher.errors import MailboxError, RelayError
from publisher.mail.imap_reader import BoundedClient
from publisher.mail.inbound import Access
from publisher.mail.mailboxes import ArrivedMail, ReadErrors
from publisher.mail.oauth import TokenSource
from publisher.mail.sasl import WITH_TOKEN, Exchange, Login
from publisher.mail.tls import explain_error, is_local, unverified_context, verifying_context

#: How long a server may take for one answer, in seconds.
_TIMEOUT = 60.0
#: Messages that one search is about: a line of more than a megabyte is not read.
_SEARCHED = 10_000
#: RFC 3501 9, nz-number.
_LARGEST_UID = 2**32 - 1
#: What IMAPClient puts before a server's words when it answers NO.
_FAILED = re.compile(r"\A\w+ failed: ")
#: Characters of a server's words that are shown.
_SHOWN = 300
#: What IMAPClient raises besides its own errors, for answers that are none.
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


def unseen(
    url: str, access: Access, limit: int, *, timeout: float = _TIMEOUT
) -> Iterator[ArrivedMail]:
    """Yield the unseen mails of a folder, the first `limit` bytes of each. Raises MailboxError.

    `timeout` is how long the server may take for one answer, in seconds. Mails that it refuses to
    send or to mark are skipped, and raised as one error at the end.
    """
    account = _Account(url, access, timeout)
    errors = ReadErrors()
    with account.open_folder() as (client, messages):
        for wanted in _searches(messages):
            with account.translate_errors():
                uids = _uids(client.search(wanted))
            for uid in uids:
                mail = None
                with (
                    account.translate_errors(),
                    errors.collect(IMAPClientError, IMAPClientAbortError),
                ):
                    mail = _fetch(client, uid, limit)
                if mail is not None:
                    yield mail, partial(account.mark, client, uid, errors)
    if errors.number:
        raise MailboxError(account.error_line(f"{errors.summary()}: {_server_words(errors.first)}"))


class _Account:
    """A folder on a server, and the login to it."""

    def __init__(self, url: str, access: Access, timeout: float) -> None:
        self._timeout = timeout
        self._url: SplitResult = urlsplit(url)
        self._tls, self._context = access.tls, verifying_context(access.ca_file)
        self._host = self._url.hostname or "localhost"
        self._port = self._url.port or (993 if self._url.scheme == "imaps" else 143)
        self._place = f"{self._url.scheme}://{self._host}:{self._port}"
        self._folder = unquote(self._url.path.removeprefix("/")) or "INBOX"
        self._login = Login(
            user=unquote(self._url.username or ""),
            password=unquote(self._url.password or ""),
            host=self._host,
            port=self._port,
        )
        self._token: TokenSource | None = None
        if access.token_command and not self._login.password:
            self._token = TokenSource(
                access.token_command, access.folder, user=self._login.user, host=self._host
            )
        if not (self._login.user and (self._login.password or self._token)):
            raise MailboxError(
                f"{self._place}: no user or no password; mail.bounces may hold both, "
                "imaps://USER:PASSWORD@HOST/FOLDER, and mail.token_command stands for a password"
            )

    @contextmanager
    def open_folder(self) -> Iterator[tuple[BoundedClient, int]]:
        """Yield a connection with the folder selected, and its number of messages."""
        with self.translate_errors():
            client = self._connect()
        try:
            with self.translate_errors():
                self._log_in(client)
                messages = self._select_folder(client)
            yield client, messages
        finally:
            with suppress(IMAPClientError, OSError, *_FAULTS):
                client.logout()
            _close(client)

    def error_line(self, words: str) -> str:
        """Return an error of one line about this server, with secrets masked."""
        shown = "".join(letter if letter.isprintable() else " " for letter in words)
        return f"{self._place}: {self._login.without_secrets(shown)[:_SHOWN]}"

    def mark(self, client: BoundedClient, uid: int, errors: ReadErrors) -> None:
        """Mark one mail as seen."""
        with self.translate_errors(), errors.collect(IMAPClientError, IMAPClientAbortError):
            client.add_flags(uid, [r"\Seen"], silent=True)

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Turn errors into MailboxError with one line, without secrets."""
        try:
            yield
        except MailboxError:
            raise
        except RelayError as error:  # there is no token
            raise MailboxError(f"{self._place}: {error}") from None
        except ssl.SSLError as error:
            words, advice = explain_error(error, setting="mail.bounces")
            raise MailboxError(f"{self._place}: {words}. {advice}") from None
        except (IMAPClientError, OSError) as error:
            raise MailboxError(self.error_line(_error_words(error))) from None
        except _FAULTS:
            raise MailboxError(
                self.error_line("the server's answer cannot be understood")
            ) from None

    def _connect(self) -> BoundedClient:
        connect = partial(BoundedClient, self._host, self._port, timeout=self._timeout)
        if self._url.scheme == "imaps":
            return connect(context=self._trust(local=_is_loopback(self._host)))
        client = connect()
        try:
            if self._tls != "off":
                local = is_local(client.socket().getpeername())
                if b"STARTTLS" in client.capabilities():
                    client.starttls(self._trust(local=local))
                elif self._tls == "required" or not local:
                    raise MailboxError(  # noqa: TRY301  (the connection is closed below)
                        f"{self._place}: the server offers no STARTTLS, and a password is not sent "
                        'in the clear. Use imaps://, or set mail.tls = "off".'
                    )
        except BaseException:
            _close(client)
            raise
        return client

    def _trust(self, *, local: bool) -> ssl.SSLContext:
        """Return the TLS context; it checks nothing on this machine if mail.tls permits that."""
        return unverified_context() if local and self._tls == "opportunistic" else self._context

    def _log_in(self, client: BoundedClient) -> None:
        """Log in with a token, by SASL PLAIN (RFC 4616), which takes all characters, or LOGIN."""
        offered = client.capabilities()
        if self._token:
            self._log_in_with(self._token, client, offered)
        elif b"AUTH=PLAIN" in offered:
            client.sasl_login("PLAIN", Exchange("PLAIN", self._login).answer)
        else:
            try:
                client.login(_quote(self._login.user), self._login.password)
            except UnicodeEncodeError:
                raise MailboxError(
                    f"{self._place}: the server takes no user or password beyond ASCII "
                    "(it offers no AUTH=PLAIN)"
                ) from None

    def _log_in_with(
        self, source: TokenSource, client: BoundedClient, offered: tuple[bytes, ...]
    ) -> None:
        """Log in with a token; if it is refused, once more with a new one."""
        mechanisms = [name for name in WITH_TOKEN if f"AUTH={name}".encode() in offered]
        if not mechanisms:
            raise MailboxError(
                f"{self._place}: the server takes no tokens (it offers neither XOAUTH2 nor "
                "OAUTHBEARER). Put a password in mail.bounces."
            )
        token = asyncio.run(source.get())
        while True:
            exchange = Exchange(mechanisms[0], replace(self._login, token=token))
            try:
                client.sasl_login(mechanisms[0], exchange.answer)
            except LoginError as error:
                if isinstance(error.__context__, IMAPClientAbortError):
                    raise
                if asyncio.run(source.renew(token)):
                    token = asyncio.run(source.get())
                    continue
                words = f"{_error_words(error)} {exchange.reason}".strip()
                words = replace(self._login, token=token).without_secrets(words)
                raise MailboxError(self.error_line(words)) from None
            return

    def _select_folder(self, client: BoundedClient) -> int:
        """Select the folder; return how many messages it has."""
        try:
            answer = client.select_folder(self._folder)
        except IMAPClientError as error:
            if not _FAILED.match(str(error)):
                raise
            words = f'no folder "{self._folder}": {_server_words(error)}'
            raise MailboxError(self.error_line(words)) from None
        return int(answer.get(b"EXISTS", 0))


def _is_loopback(host: str) -> bool:
    """Return whether a host name is certainly this machine's."""
    return host == "localhost" or is_local((host,))


def _close(client: BoundedClient) -> None:
    with suppress(OSError):  # closed already
        client.shutdown()


def _searches(messages: int) -> Iterator[str]:
    """Yield searches for unseen messages, of at most `_SEARCHED` messages each."""
    if messages <= _SEARCHED:
        yield "UNSEEN"
        return
    for first in range(1, messages + 1, _SEARCHED):
        yield f"{first}:{min(first + _SEARCHED - 1, messages)} UNSEEN"


def _uids(numbers: Iterable[int]) -> list[int]:
    """Return the valid UIDs among the numbers, each once."""
    return list(dict.fromkeys(number for number in numbers if 0 < number <= _LARGEST_UID))


def _fetch(client: BoundedClient, uid: int, limit: int) -> bytes | None:
    """Return the first `limit` bytes of a mail; None if it was deleted meanwhile."""
    # PEEK: the server marks nothing by itself.
    answer = client.fetch(uid, [f"BODY.PEEK[]<0.{limit}>"])
    for name, value in answer.get(uid, {}).items():
        if name.startswith(b"BODY[]") and isinstance(value, bytes):
            return value[:limit]
    return None


def _error_words(error: Exception) -> str:
    """Return the words of a server, or of the system, in an error."""
    if isinstance(error, LoginError):  # made of the text of the one before it, which has bytes
        error = error.__context__ if isinstance(error.__context__, IMAPClientError) else error
    words = getattr(error, "strerror", None) or (*error.args, "")[0]
    return _server_words(words) or type(error).__name__


def _server_words(answer: object) -> str:
    """Return a server's words without IMAPClient's prefix, in one line."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return " ".join(_FAILED.sub("", text, count=1).split())


def _quote(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'
