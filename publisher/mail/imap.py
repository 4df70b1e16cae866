"""Reading unseen mail over IMAP (RFC 3501, RFC 9051), and marking it as seen."""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.errors import MailboxError, RelayError
from publisher.mail.imap_reader import Reader, TLSReader
from publisher.mail.inbound import Access
from publisher.mail.mailboxes import Arrived, Refused
from publisher.mail.oauth import TokenSource
from publisher.mail.sasl import WITH_TOKEN, Exchange, Login
from publisher.mail.tls import explained, is_local, unverified, verifying

#: How long a server may take for one answer, in seconds.
_TIMEOUT = 60.0
#: Messages that one search is about: a line of more than a megabyte is not read.
_SEARCHED = 10_000
#: A UID (RFC 3501 9, nz-number), and where a server says whose mail it sends.
_UID = re.compile(r"(?<!\S)[1-9][0-9]{0,9}(?!\S)")
_ITS_UID = re.compile(r"\bUID ([0-9]{1,10})\b")
#: Characters of a server's words that are shown.
_SHOWN = 300
#: What imaplib raises besides its own errors, for answers that are none.
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


def unseen(
    url: str, access: Access, limit: int, *, patience: float = _TIMEOUT
) -> Iterator[Arrived]:
    """Yield the unseen mails of a folder, the first `limit` bytes of each. Raises MailboxError.

    `patience` is how long the server may take for one answer, in seconds. What it refuses to give
    or to mark is passed over, and raised at the end.
    """
    account = _Account(url, access, patience)
    refused = Refused()
    with account.opened() as (box, messages):
        for wanted in _searches(messages):
            with account.explained():
                numbers = _uids(_answer(box.uid("SEARCH", *wanted)))
            for number in numbers:
                mail = None
                with account.explained(), refused.noted(imaplib.IMAP4.error, imaplib.IMAP4.abort):
                    mail = _fetched(box, number, limit)
                if mail is not None:
                    yield mail, partial(account.mark, box, number, refused)
    if refused.number:
        raise MailboxError(account.told(f"{refused.words()}: {_words(refused.first)}"))


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
    def opened(self) -> Iterator[tuple[imaplib.IMAP4, int]]:
        """Yield a connection with the folder selected, and how many messages that has."""
        with self.explained():
            box = self._connected()
        try:
            with self.explained():
                self._log_in(box)
                kind, said = box.select(_quoted(self._folder))
                words = _words(said[0]) if said else ""
            if kind != "OK":
                raise MailboxError(self.told(f'no folder "{self._folder}": {words}'))
            yield box, int(words) if _UID.fullmatch(words) else 0
        finally:
            with suppress(imaplib.IMAP4.error, OSError, *_FAULTS):
                box.logout()
            _close(box)

    def told(self, words: str) -> str:
        """Return one line on this server, without the secrets that it may have repeated."""
        shown = "".join(letter if letter.isprintable() else " " for letter in words)
        return f"{self._place}: {self._login.hidden(shown)[:_SHOWN]}"

    def mark(self, box: imaplib.IMAP4, number: str, refused: Refused) -> None:
        """Mark one mail as seen."""
        with self.explained(), refused.noted(imaplib.IMAP4.error, imaplib.IMAP4.abort):
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
            raise MailboxError(self.told(_words(said) or type(error).__name__)) from None
        except _FAULTS:
            raise MailboxError(self.told("the server's answer cannot be understood")) from None

    def _connected(self) -> imaplib.IMAP4:
        if self._url.scheme == "imaps":
            context = self._trust(local=_is_loopback(self._host))
            return TLSReader(self._host, self._port, ssl_context=context, timeout=self._patience)
        box = Reader(self._host, self._port, timeout=self._patience)
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
                raise MailboxError(self.told(words)) from None
            return


def _is_loopback(host: str) -> bool:
    """Return whether a host name is this machine's for certain."""
    return host == "localhost" or is_local((host,))


def _close(box: imaplib.IMAP4) -> None:
    with suppress(OSError):  # closed already
        box.shutdown()


def _searches(messages: int) -> Iterator[tuple[str, ...]]:
    """Yield what to search for: all, or some thousand messages at a time of a large folder."""
    if messages <= _SEARCHED:
        yield ("UNSEEN",)
        return
    for first in range(1, messages + 1, _SEARCHED):
        yield f"{first}:{min(first + _SEARCHED - 1, messages)}", "UNSEEN"


def _uids(answer: list[object]) -> list[str]:
    """Return the UIDs in an answer, each once; whatever else is there is none."""
    lines = (_words(line) for line in answer if isinstance(line, bytes))
    return list(dict.fromkeys(uid for line in lines for uid in _UID.findall(line)))


def _fetched(box: imaplib.IMAP4, number: str, limit: int) -> bytes | None:
    """Return a mail; None for one that is gone meanwhile."""
    # PEEK: the server marks nothing by itself.
    answer = _answer(box.uid("FETCH", number, f"(BODY.PEEK[]<0.{limit}>)"))
    for part, after in zip_longest(answer, answer[1:]):
        if isinstance(part, tuple):
            heads = (head for head in (part[0], after) if isinstance(head, bytes))
            uid = _ITS_UID.search(" ".join(map(_words, heads)))
            if uid is None or uid[1] == number:  # a server may tell of other mails meanwhile
                return bytes(part[1][:limit])
    return None


def _answer(answer: tuple[str, list[object]]) -> list[object]:
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(data[0] if data else kind)
    return data


def _words(said: object) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())


def _quoted(folder: str) -> str:
    """Return a folder's name as IMAP has it: quoted, in modified UTF-7 (RFC 3501 5.1.3)."""
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
