"""Reading unseen mail over IMAP (RFC 3501, RFC 9051), and marking it as seen."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.errors import MailboxError, RelayError
from publisher.mail.arriving import Access
from publisher.mail.mailboxes import Arrived
from publisher.mail.sasl import WITH_TOKEN, Exchange, Login
from publisher.mail.tls import explained, is_local, unverified, verifying
from publisher.mail.token import TokenSource

#: How long a server may take for one answer, in seconds.
_TIMEOUT = 60.0


def unseen(url: str, access: Access, limit: int) -> Iterator[Arrived]:
    """Walk the unseen mails of a folder, the first `limit` bytes of each. Raises MailboxError."""
    account = _Account(url, access)
    with account.opened() as box:
        with account.explained():
            numbers = _words(_answer(box.uid("SEARCH", "UNSEEN"))[0] or "").split()
        for number in numbers:
            with account.explained():
                mail = _fetched(box, number, limit)
            if mail is not None:
                yield mail, partial(account.mark, box, number)


class _Account:
    """Where a folder is, and who reads it."""

    def __init__(self, url: str, access: Access) -> None:
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
    def opened(self) -> Iterator[imaplib.IMAP4]:
        """Give a connection with the folder selected, and end it afterwards."""
        with self.explained():
            box = self._connected()
        try:
            with self.explained():
                self._log_in(box)
                kind, said = box.select(_quoted(self._folder))
            if kind != "OK":
                words = self._login.hidden(_words(said[0]))
                raise MailboxError(f'{self._place}: no folder "{self._folder}": {words}')
            yield box
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                box.logout()
            _close(box)

    def mark(self, box: imaplib.IMAP4, number: str) -> None:
        """Mark one mail as seen."""
        with self.explained():
            _answer(box.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)"))

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
        except (imaplib.IMAP4.error, OSError) as error:
            said = getattr(error, "strerror", None) or (*error.args, "")[0]
            words = self._login.hidden(_words(said)) or type(error).__name__
            raise MailboxError(f"{self._place}: {words}") from None

    def _connected(self) -> imaplib.IMAP4:
        if self._url.scheme == "imaps":
            context = self._trust(local=_is_loopback(self._host))
            return imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=_TIMEOUT)
        box = imaplib.IMAP4(self._host, self._port, timeout=_TIMEOUT)
        try:
            if self._tls != "off":
                local = is_local(box.sock.getpeername())
                if "STARTTLS" in box.capabilities:
                    box.starttls(self._trust(local=local))
                elif self._tls == "required" or not local:
                    raise MailboxError(  # noqa: TRY301  (the connection is closed below)
                        f"{self._place}: the server offers no STARTTLS, and a password is not sent "
                        'in the clear. Use imaps://, or set mail.tls = "off".'
                    )
        except BaseException:
            _close(box)
            raise
        return box

    def _trust(self, *, local: bool) -> ssl.SSLContext:
        """Return what the certificate is checked with: nothing on this machine, if so set."""
        return unverified() if local and self._tls == "opportunistic" else self._context

    def _log_in(self, box: imaplib.IMAP4) -> None:
        """Log in with a token, by SASL PLAIN (RFC 4616), which takes any character, or by LOGIN."""
        if self._token:
            self._log_in_with(self._token, box)
        elif "AUTH=PLAIN" in box.capabilities:
            box.authenticate("PLAIN", Exchange("PLAIN", self._login).answer)
        else:
            try:
                box.login(_quoted_text(self._login.user), self._login.password)
            except UnicodeEncodeError:
                raise MailboxError(
                    f"{self._place}: the server takes no user or password beyond ASCII "
                    "(it offers no AUTH=PLAIN)"
                ) from None

    def _log_in_with(self, source: TokenSource, box: imaplib.IMAP4) -> None:
        """Log in with a token, and once more with another one if it is refused."""
        offered = [name for name in WITH_TOKEN if f"AUTH={name}" in box.capabilities]
        if not offered:
            raise MailboxError(
                f"{self._place}: the server takes no tokens (it offers neither XOAUTH2 nor "
                "OAUTHBEARER). Put a password in mail.bounces."
            )
        token = asyncio.run(source.get())
        while True:
            exchange = Exchange(offered[0], replace(self._login, token=token))
            try:
                box.authenticate(offered[0], exchange.answer)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                if asyncio.run(source.renewed(token)):
                    token = asyncio.run(source.get())
                    continue
                words = f"{_words(error.args[0])} {exchange.reason}".strip()
                words = replace(self._login, token=token).hidden(words)
                raise MailboxError(f"{self._place}: {words}") from None
            return


def _is_loopback(host: str) -> bool:
    """Return whether a host name is this machine's for certain."""
    return host == "localhost" or is_local((host,))


def _close(box: imaplib.IMAP4) -> None:
    with suppress(OSError):  # closed already
        box.shutdown()


def _fetched(box: imaplib.IMAP4, number: str, limit: int) -> bytes | None:
    """Give a mail; None for one that is gone meanwhile."""
    # PEEK: the server marks nothing by itself.
    answer = _answer(box.uid("FETCH", number, f"(BODY.PEEK[]<0.{limit}>)"))
    found = [part[1] for part in answer if isinstance(part, tuple)]
    return found[0] if found else None


def _answer(answer: tuple[str, list[object]]) -> list[object]:
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(data[0] if data else kind)
    return data


def _words(said: object) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())


def _quoted(folder: str) -> str:
    """Give a folder's name as it goes over the wire: quoted, in modified UTF-7 (RFC 3501 5.1.3)."""
    encoded, other = [], ""
    for letter in f"{folder}\0":  # the end closes what is open
        if " " <= letter <= "~" or letter == "\0":
            if other:
                coded = other.encode("utf-16-be")
                encoded.append(f"&{_base64(coded)}-")
                other = ""
            encoded.append("&-" if letter == "&" else letter)
        else:
            other += letter
    return _quoted_text("".join(encoded).removesuffix("\0"))


def _base64(data: bytes) -> str:
    return b64encode(data, altchars=b"+,").decode("ascii").rstrip("=")


def _quoted_text(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'
