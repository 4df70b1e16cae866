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
from publisher.mail.mailboxes import Arrived, Refused
from publisher.mail.oauth import TokenSource
from publisher.mail.sasl import WITH_TOKEN, Exchange, Login
from publisher.mail.tls import explained, is_local, unverified, verifying

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
    url: str, access: Access, limit: int, *, patience: float = _TIMEOUT
) -> Iterator[Arrived]:
    """Yield the unseen mails of a folder, the first `limit` bytes of each. Raises MailboxError.

    `patience` is how long the server may take for one answer, in seconds. What it refuses to give
    or to mark is passed over, and raised at the end.
    """
    account = _Account(url, access, patience)
    refused = Refused()
    with account.opened() as (client, messages):
        for wanted in _searches(messages):
            with account.explained():
                uids = _uids(client.search(wanted))
            for uid in uids:
                mail = None
                with account.explained(), refused.noted(IMAPClientError, IMAPClientAbortError):
                    mail = _fetched(client, uid, limit)
                if mail is not None:
                    yield mail, partial(account.mark, client, uid, refused)
    if refused.number:
        raise MailboxError(account.told(f"{refused.words()}: {_answered(refused.first)}"))


class _Account:
    """Where a folder is, and who reads it."""

    def __init__(self, url: str, access: Access, patience: float) -> None:
        self._patience = patience
        self._url: SplitResult = urlsplit(url)
        self._tls, self._context = access.tls, verifying(access.ca_file)
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
    def opened(self) -> Iterator[tuple[BoundedClient, int]]:
        """Yield a connection with the folder selected, and how many messages that has."""
        with self.explained():
            client = self._connected()
        try:
            with self.explained():
                self._log_in(client)
                messages = self._selected(client)
            yield client, messages
        finally:
            with suppress(IMAPClientError, OSError, *_FAULTS):
                client.logout()
            _close(client)

    def told(self, words: str) -> str:
        """Return one line on this server, without the secrets that it may have repeated."""
        shown = "".join(letter if letter.isprintable() else " " for letter in words)
        return f"{self._place}: {self._login.hidden(shown)[:_SHOWN]}"

    def mark(self, client: BoundedClient, uid: int, refused: Refused) -> None:
        """Mark one mail as seen."""
        with self.explained(), refused.noted(IMAPClientError, IMAPClientAbortError):
            client.add_flags(uid, [r"\Seen"], silent=True)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Make one line of what can go wrong; no secret is in it."""
        try:
            yield
        except MailboxError:
            raise
        except RelayError as error:  # there is no token
            raise MailboxError(f"{self._place}: {error}") from None
        except ssl.SSLError as error:
            words, advice = explained(error, setting="mail.bounces")
            raise MailboxError(f"{self._place}: {words}. {advice}") from None
        except (IMAPClientError, OSError) as error:
            raise MailboxError(self.told(_told_by(error))) from None
        except _FAULTS:
            raise MailboxError(self.told("the server's answer cannot be understood")) from None

    def _connected(self) -> BoundedClient:
        connect = partial(BoundedClient, self._host, self._port, timeout=self._patience)
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
        """Return what the certificate is checked with: nothing on this machine, if so set."""
        return unverified() if local and self._tls == "opportunistic" else self._context

    def _log_in(self, client: BoundedClient) -> None:
        """Log in with a token, by SASL PLAIN (RFC 4616), which takes any character, or by LOGIN."""
        offered = client.capabilities()
        if self._token:
            self._log_in_with(self._token, client, offered)
        elif b"AUTH=PLAIN" in offered:
            client.sasl_login("PLAIN", Exchange("PLAIN", self._login).answer)
        else:
            try:
                client.login(_quoted(self._login.user), self._login.password)
            except UnicodeEncodeError:
                raise MailboxError(
                    f"{self._place}: the server takes no user or password beyond ASCII "
                    "(it offers no AUTH=PLAIN)"
                ) from None

    def _log_in_with(
        self, source: TokenSource, client: BoundedClient, offered: tuple[bytes, ...]
    ) -> None:
        """Log in with a token, and once more with another one if it is refused."""
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
                if asyncio.run(source.renewed(token)):
                    token = asyncio.run(source.get())
                    continue
                words = f"{_told_by(error)} {exchange.reason}".strip()
                words = replace(self._login, token=token).hidden(words)
                raise MailboxError(self.told(words)) from None
            return

    def _selected(self, client: BoundedClient) -> int:
        """Select the folder; return how many messages it has."""
        try:
            answer = client.select_folder(self._folder)
        except IMAPClientError as error:
            if not _FAILED.match(str(error)):
                raise
            words = f'no folder "{self._folder}": {_answered(error)}'
            raise MailboxError(self.told(words)) from None
        return int(answer.get(b"EXISTS", 0))


def _is_loopback(host: str) -> bool:
    """Return whether a host name is this machine's for certain."""
    return host == "localhost" or is_local((host,))


def _close(client: BoundedClient) -> None:
    with suppress(OSError):  # closed already
        client.shutdown()


def _searches(messages: int) -> Iterator[str]:
    """Yield what to search for: all, or some thousand messages at a time of a large folder."""
    if messages <= _SEARCHED:
        yield "UNSEEN"
        return
    for first in range(1, messages + 1, _SEARCHED):
        yield f"{first}:{min(first + _SEARCHED - 1, messages)} UNSEEN"


def _uids(numbers: Iterable[int]) -> list[int]:
    """Return the UIDs among the numbers, each once."""
    return list(dict.fromkeys(number for number in numbers if 0 < number <= _LARGEST_UID))


def _fetched(client: BoundedClient, uid: int, limit: int) -> bytes | None:
    """Return a mail; None for one that is gone meanwhile."""
    # PEEK: the server marks nothing by itself.
    answer = client.fetch(uid, [f"BODY.PEEK[]<0.{limit}>"])
    for name, value in answer.get(uid, {}).items():
        if name.startswith(b"BODY[]") and isinstance(value, bytes):
            return value[:limit]
    return None


def _told_by(error: Exception) -> str:
    """Return what a server, or the system, said in an error."""
    if isinstance(error, LoginError):  # made of the text of the one before it, which has bytes
        error = error.__context__ if isinstance(error.__context__, IMAPClientError) else error
    said = getattr(error, "strerror", None) or (*error.args, "")[0]
    return _answered(said) or type(error).__name__


def _answered(said: object) -> str:
    """Return a server's words alone, in one line."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(_FAILED.sub("", text, count=1).split())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'
