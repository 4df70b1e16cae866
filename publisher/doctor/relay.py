"""The relay: what it says when asked to take mail, without giving it any."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.doctor.finding import Finding, advice, ok, problem
from publisher.mail.greeting import without_secrets

#: Seconds for each step.
_PATIENCE = 10.0
_SOON = timedelta(days=14)
#: Extensions that make sending faster, or possible for addresses in other scripts.
_NOTED = ("PIPELINING", "CHUNKING", "SMTPUTF8")
_LONGEST_WORDS = 300
_IMPLICIT_PORT, _PORT = 465, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a relay said, step by step; what failed holds the reason, or is empty."""

    host: str
    place: str
    no_connection: str = ""
    #: The extensions it offers, in upper case, with their parameters; after STARTTLS if that was.
    offers: Mapping[str, str] = field(default_factory=dict)
    no_tls: str = ""
    #: Like `TLSv1.3`; empty in the clear.
    tls: str = ""
    #: When its certificate ends.
    until: datetime | None = None
    #: Whether mail.relay names a user, and why it may not log in.
    user: bool = False
    no_login: str = ""

    @property
    def local(self) -> bool:
        """Tell whether the relay runs on this machine."""
        with suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"


# --- Talking ------------------------------------------------------------------------------


def talk(
    relay: str, *, tls: str, context: ssl.SSLContext, patience: float = _PATIENCE
) -> Conversation:
    """Take the steps that sending takes, up to MAIL. Never raises for what a relay does."""
    url = urlsplit(relay)
    implicit = url.scheme == "smtps"
    host = url.hostname or "localhost"
    port = url.port or (_IMPLICIT_PORT if implicit else _PORT)
    found = Conversation(host=host, place=f"{host}:{port}", user=bool(url.username))
    try:
        server = (
            smtplib.SMTP_SSL(host, port, timeout=patience, context=context)
            if implicit
            else smtplib.SMTP(host, port, timeout=patience)
        )
    except ssl.SSLError as error:
        return replace(found, no_tls=_words(error, url))
    except (smtplib.SMTPException, OSError) as error:
        return replace(found, no_connection=_words(error, url))
    try:
        found = _greeted(server, found)
        if not implicit and tls != "off" and "STARTTLS" in found.offers:
            found = _secured(server, found, context, url)
        if found.no_tls or (tls == "required" and not isinstance(server.sock, ssl.SSLSocket)):
            return found  # sending would stop here, with no password said
        return _logged_in(server, _with_tls(server, found), url)
    except (smtplib.SMTPException, OSError) as error:
        return replace(found, no_connection=_words(error, url))
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _greeted(server: smtplib.SMTP, found: Conversation) -> Conversation:
    code, said = server.ehlo()
    if code // 100 != 2:  # noqa: PLR2004  (RFC 5321 4.2.1: 2 is a yes)
        raise smtplib.SMTPResponseException(code, said)
    offers = {name.upper(): value for name, value in server.esmtp_features.items()}
    return replace(found, offers=offers)


def _secured(
    server: smtplib.SMTP, found: Conversation, context: ssl.SSLContext, url: SplitResult
) -> Conversation:
    try:
        server.starttls(context=context)
    except (smtplib.SMTPException, OSError) as error:
        return replace(found, no_tls=_words(error, url))
    return _greeted(server, found)


def _with_tls(server: smtplib.SMTP, found: Conversation) -> Conversation:
    if not isinstance(server.sock, ssl.SSLSocket):
        return found
    certificate = server.sock.getpeercert() or {}
    ends = certificate.get("notAfter")
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC) if ends else None
    return replace(found, tls=server.sock.version() or "", until=until)


def _logged_in(server: smtplib.SMTP, found: Conversation, url: SplitResult) -> Conversation:
    if not found.user:
        return found
    try:
        server.login(unquote(url.username or ""), unquote(url.password or ""))
    except (smtplib.SMTPException, OSError) as error:
        return replace(found, no_login=_words(error, url))
    return found


def _words(error: Exception, url: SplitResult) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        text = f"{error.smtp_code} {text}"
    else:
        text = str(error) or type(error).__name__
    return without_secrets(" ".join(text.split()), url)[:_LONGEST_WORDS]


# --- Judging ------------------------------------------------------------------------------


def judge(found: Conversation, *, tls: str, message_size: int, now: datetime) -> Iterator[Finding]:
    """Say what a conversation means for sending mail of up to that many bytes."""
    if found.no_connection:
        what = f"{found.place} cannot be used: {found.no_connection}"
        do = "Look at mail.relay, and whether a firewall keeps this machine from that port."
        yield problem("relay", what, do)
        return
    broken = _judge_tls(found, tls)
    if broken:
        yield broken
        return
    yield _judge_channel(found)
    if found.until and found.until - now < _SOON:
        what = f"the certificate of {found.place} ends on {found.until:%Y-%m-%d}"
        yield advice("relay", what, "Have it renewed: with mail.tls as it is, sending then stops.")
    if found.no_login:
        what = f"{found.place} does not let us in: {found.no_login}"
        yield problem("relay", what, "Put user and password in mail.relay right.")
    elif found.user:
        yield ok("relay", f"{found.place} takes the user and password in mail.relay")
    yield from _judge_offers(found, message_size)


def _judge_tls(found: Conversation, tls: str) -> Finding | None:
    """Give what keeps mail from being sent at all."""
    if found.no_tls:
        what = f"{found.place} cannot be talked to in secret: {found.no_tls}"
        do = "mail.relay has to name the host as its certificate does, and that has to be valid."
        return problem("relay", what, do)
    if tls == "required" and not found.tls:
        what = f"{found.place} offers no STARTTLS"
        do = 'Use smtps:// if it has that, or set mail.tls = "opportunistic" on a network of yours.'
        return problem("relay", what, do)
    return None


def _judge_channel(found: Conversation) -> Finding:
    if found.tls:
        return ok("relay", f"{found.place} answers, over {found.tls} with a good certificate")
    if found.local:
        return ok("relay", f"{found.place} answers, in the clear on this machine")
    what = f"mail to {found.place} goes in the clear"
    do = 'Set mail.tls = "required", or use smtps://.'
    if found.user:
        return problem("relay", f"{what}, and so does the password", do)
    return advice("relay", what, do)


def _judge_offers(found: Conversation, message_size: int) -> Iterator[Finding]:
    limit = found.offers.get("SIZE", "").strip()
    # RFC 1870 3: no number, or 0, is no fixed limit.
    if limit.isdecimal() and 0 < int(limit) < message_size:
        what = f"{found.place} takes {int(limit):,} bytes at most; a mail here can have"
        yield problem("relay", f"{what} {message_size:,}", "Ask whoever runs it to allow more.")
    offered = [name for name in _NOTED if name in found.offers]
    without = "" if "SMTPUTF8" in offered else "; addresses like 用户@example.cn need SMTPUTF8"
    yield ok("relay", f"it offers {', '.join(offered) or 'no extension of use here'}{without}")
