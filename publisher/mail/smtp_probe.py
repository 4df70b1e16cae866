"""A probe of a relay: all steps of sending up to the envelope, without a message."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import NamedTuple

from publisher.mail.smtp_connect import Extensions, Route, open_connection
from publisher.mail.smtp_dialogue import ConnectionLostError, Dialogue
from publisher.mail.smtp_stream import reply_text

_OK = 2


class Answer(NamedTuple):
    """A reply to a command; its code is 0 if none came."""

    code: int
    words: str

    @property
    def ok(self) -> bool:
        """Return whether the reply is positive (2xx, RFC 5321 4.2.1)."""
        return self.code // 100 == _OK


class Probe(NamedTuple):
    """What a relay offers, and how it replies to an envelope."""

    offers: Extensions
    #: The protocol, like `TLSv1.3`; empty without TLS.
    tls: str
    #: Whether its certificate was checked, and when that expires.
    verified: bool
    until: datetime | None
    #: The SASL mechanism of the login; empty without one.
    mechanism: str
    sender: Answer
    #: None after a sender that was refused.
    recipient: Answer | None


async def probe(route: Route, sender: str, recipient: str, size: int) -> Probe:
    """Return a relay's replies to sender and recipient of a message of `size` bytes.

    Nothing is mailed. Raises RelayError if the connection or login fails.
    """
    stream, offers = await open_connection(route)
    dialogue = Dialogue(stream, route.timeouts.command)
    secured: ssl.SSLObject | None = stream.transport.get_extra_info("ssl_object")
    certificate = secured.getpeercert() if secured else None
    ends = str((certificate or {}).get("notAfter", ""))
    to = None
    try:
        option = f" SIZE={size}" if "SIZE" in offers else ""
        answer = await _ask(dialogue, f"MAIL FROM:<{sender}>{option}")
        if answer.ok:
            to = await _ask(dialogue, f"RCPT TO:<{recipient}>")
        await _ask(dialogue, "QUIT")
    finally:
        stream.abort("done")
        await stream.wait_closed()
    return Probe(
        offers,
        (secured.version() or "") if secured else "",
        bool(certificate),
        _certificate_time(ends),
        route.memory.lesson.mechanism if route.memory.logged_in else "",
        answer,
        to,
    )


def _certificate_time(text: str) -> datetime | None:
    """Return the parsed time of a certificate; None if it is missing or invalid."""
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except (ValueError, OverflowError):
        return None


async def _ask(dialogue: Dialogue, command: str) -> Answer:
    try:
        code, text = await dialogue.ask(command)
    except ConnectionLostError as error:
        return Answer(error.code, error.words)
    return Answer(code, reply_text(code, text))
