"""One SMTP conversation (RFC 5321), step by step, so that after any break it is known where."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.errors import RelayError
from publisher.mail.relay import Outcome, Reply

#: RFC 5321 4.5.3.2.6 gives a relay ten minutes after the final dot; most of the rest five.
_TIMEOUT = 600.0
_CONNECT_TIMEOUT = 30.0
_OK, _GO_AHEAD, _PERMANENT = 2, 354, 5
_ENHANCED_LIMIT = 300


class Smtp:
    """A relay at `smtp://` or `smtps://`; the connection is made at the first message."""

    def __init__(self, url: str, *, tls: str) -> None:
        self._url: SplitResult = urlsplit(url)
        self._tls = tls
        self._server: smtplib.SMTP | None = None

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Hand over one message. Raises RelayError when the relay cannot be used at all."""
        del name  # stands in the message
        server = self._server or self._connect()
        try:
            return self._envelope(server, sender, recipient) or self._body(server, message)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            return Reply(Outcome.deferred, f"the connection broke: {_words(error)}")

    def _envelope(self, server: smtplib.SMTP, sender: str, recipient: str) -> Reply | None:
        """Say from whom to whom; a Reply when the relay will not have it."""
        options = []
        if not (sender + recipient).isascii():
            if not server.has_extn("smtputf8"):
                return Reply(Outcome.rejected, "the relay cannot take this address (no SMTPUTF8)")
            options = ["SMTPUTF8"]
            server.command_encoding = "utf-8"
        for code, said in (server.mail(sender, options), server.rcpt(recipient)):
            if code // 100 != _OK:
                server.rset()
                return _refusal(code, said)
        return None

    def _body(self, server: smtplib.SMTP, message: bytes) -> Reply:
        code, said = server.docmd("DATA")
        if code != _GO_AHEAD:
            server.rset()
            return _refusal(code, said)
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
        host = self._url.hostname or "localhost"
        implicit = self._url.scheme == "smtps"
        port = self._url.port or (465 if implicit else 25)
        try:
            server = self._greeted(host, port, implicit=implicit)
        except (smtplib.SMTPException, OSError) as error:
            raise RelayError(f"{host}:{port}: cannot use this relay: {_words(error)}") from None
        if server.sock:
            server.sock.settimeout(_TIMEOUT)
        self._server = server
        return server

    def _greeted(self, host: str, port: int, *, implicit: bool) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if implicit:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=_CONNECT_TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(host, port, timeout=_CONNECT_TIMEOUT)
        try:
            server.ehlo()
            if not implicit and self._tls != "off":
                if server.has_extn("starttls"):
                    server.starttls(context=context)
                    server.ehlo()
                elif self._tls == "required":
                    raise RelayError(  # noqa: TRY301  (the connection is closed below)
                        f"{host}:{port}: the relay offers no STARTTLS; "
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
