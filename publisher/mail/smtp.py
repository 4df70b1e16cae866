"""One SMTP conversation (RFC 5321), step by step, so that after any break it is known where."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.errors import RelayError
from publisher.mail.message import on_the_wire
from publisher.mail.relay import Outcome, Reply

#: RFC 5321 4.5.3.2.6 gives a relay ten minutes after the final dot; most of the rest five.
_TIMEOUT = 600.0
_CONNECT_TIMEOUT = 30.0
_OK, _GO_AHEAD, _TEMPORARY, _PERMANENT = 2, 354, 4, 5
_ENHANCED_LIMIT = 300


class Smtp:
    """A relay at `smtp://` or `smtps://`; the connection is made at the first message."""

    def __init__(self, url: str, *, tls: str) -> None:
        self._url: SplitResult = urlsplit(url)
        self._implicit = self._url.scheme == "smtps"
        self._host = self._url.hostname or "localhost"
        self._port = self._url.port or (465 if self._implicit else 25)
        self._place = f"{self._host}:{self._port}"
        self._tls = tls
        self._server: smtplib.SMTP | None = None

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Hand over one message. Raises RelayError when the relay cannot be used at all."""
        del name  # stands in the message
        server = self._server or self._connect()
        try:
            return self._envelope(server, sender, recipient) or self._body(server, message)
        except RelayError:
            self._drop()
            raise
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            return Reply(Outcome.deferred, f"the connection broke: {_words(error)}")

    def _envelope(self, server: smtplib.SMTP, sender: str, recipient: str) -> Reply | None:
        """Say from whom to whom; a Reply when the relay will not have it.

        Raises RelayError when it will not have the sender: that says nothing of the recipient,
        and would be the same for the next.
        """
        recipient = on_the_wire(recipient)
        options = []
        if not (sender + recipient).isascii():
            if not server.has_extn("smtputf8"):
                return Reply(Outcome.rejected, "the relay cannot take this address (no SMTPUTF8)")
            options = ["SMTPUTF8"]
            server.command_encoding = "utf-8"
        code, said = server.mail(sender, options)
        if code // 100 != _OK:
            raise RelayError(f"{self._place}: takes no mail from {sender}: {_said(code, said)}")
        code, said = server.rcpt(recipient)
        return None if code // 100 == _OK else self._refused(server, code, said)

    def _body(self, server: smtplib.SMTP, message: bytes) -> Reply:
        code, said = server.docmd("DATA")
        if code != _GO_AHEAD:
            return self._refused(server, code, said)
        # RFC 5321 4.5.2: a line that begins with a dot gets another. Base64 has none.
        stuffed = message.replace(b"\r\n.", b"\r\n..")
        # Before the final dot leaves nothing was committed: a break here is only a delay.
        server.send(stuffed.removesuffix(b"\r\n") + b"\r\n")
        try:
            server.send(b".\r\n")
            code, said = server.getreply()
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            return Reply(Outcome.uncertain, f"no answer to the whole message: {_words(error)}")
        if code // 100 == _OK:
            return Reply(Outcome.accepted, _said(code, said))
        if code // 100 not in (_TEMPORARY, _PERMANENT):
            self._drop()
            return Reply(Outcome.uncertain, f"no SMTP answer to the message: {_said(code, said)}")
        return _refusal(code, said)

    def _refused(self, server: smtplib.SMTP, code: int, said: bytes) -> Reply:
        """Give a refusal; it counts even when the relay hangs up right after it."""
        try:
            server.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()
        return _refusal(code, said)

    def holds(self, name: str) -> bool | None:
        """Give None: nobody can ask a relay what it has."""
        del name
        return None

    def close(self) -> None:
        """Say goodbye."""
        if self._server:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._drop()

    def _connect(self) -> smtplib.SMTP:
        try:
            server = self._greeted()
        except (smtplib.SMTPException, OSError) as error:
            raise RelayError(f"{self._place}: cannot use this relay: {_words(error)}") from None
        if server.sock:
            server.sock.settimeout(_TIMEOUT)
        self._server = server
        return server

    def _greeted(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._implicit:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=_CONNECT_TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=_CONNECT_TIMEOUT)
        try:
            server.ehlo()
            if not self._implicit and self._tls != "off":
                if server.has_extn("starttls"):
                    server.starttls(context=context)
                    server.ehlo()
                elif self._tls == "required":
                    raise RelayError(  # noqa: TRY301  (the connection is closed below)
                        f"{self._place}: the relay offers no STARTTLS; "
                        'mail.tls = "opportunistic" or "off" goes on without'
                    )
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _drop(self) -> None:
        if self._server:
            self._server.close()
        self._server = None


def _refusal(code: int, said: bytes) -> Reply:
    """Tell a refusal for good (5xx) from one for now (4xx, and anything unexpected)."""
    outcome = Outcome.rejected if code // 100 == _PERMANENT else Outcome.deferred
    return Reply(outcome, _said(code, said))


def _said(code: int, said: bytes) -> str:
    words = " ".join(said.decode("utf-8", "replace").split())
    return f"{code} {words}"[:_ENHANCED_LIMIT]


def _words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return _said(error.smtp_code, said if isinstance(said, bytes) else said.encode())
    return " ".join(str(error).split()) or type(error).__name__
