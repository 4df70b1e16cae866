"""What a relay says to an envelope, without a message: all the steps of sending up to there."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import NamedTuple

from publisher.mail.smtp_connect import Extensions, Route, greet
from publisher.mail.smtp_dialogue import ConnectionLostError, Dialogue
from publisher.mail.smtp_stream import said

_OK = 2


class Answer(NamedTuple):
    """A reply to a command; code 0 for a relay that gave none."""

    code: int
    words: str

    @property
    def ok(self) -> bool:
        """Return whether it is a yes."""
        return self.code // 100 == _OK


class Probe(NamedTuple):
    """What a relay offers, and what it answers to an envelope."""

    offers: Extensions
    #: Like `TLSv1.3`; empty in the clear.
    tls: str
    #: Its certificate was checked, and ends then.
    verified: bool
    until: datetime | None
    #: How this machine logged in; empty where it did not.
    mechanism: str
    sender: Answer
    #: None after a sender that was refused.
    recipient: Answer | None


async def probe(route: Route, sender: str, recipient: str, size: int) -> Probe:
    """Return what a relay answers to the sender and the recipient of a message of so many bytes.

    Nothing is mailed. Raises RelayError for a relay that does not come so far.
    """
    line, offers = await greet(route)
    dialogue = Dialogue(line, route.timeouts.command)
    secured: ssl.SSLObject | None = line.transport.get_extra_info("ssl_object")
    certificate = secured.getpeercert() if secured else None
    ends = str((certificate or {}).get("notAfter", ""))
    to = None
    try:
        option = f" SIZE={size}" if "SIZE" in offers else ""
        answer = await _answer(dialogue, f"MAIL FROM:<{sender}>{option}")
        if answer.ok:
            to = await _answer(dialogue, f"RCPT TO:<{recipient}>")
        await _answer(dialogue, "QUIT")
    finally:
        line.cut("done")
        await line.closed()
    return Probe(
        offers,
        (secured.version() or "") if secured else "",
        bool(certificate),
        _moment(ends),
        route.memory.lesson.mechanism if route.memory.logged_in else "",
        answer,
        to,
    )


def _moment(text: str) -> datetime | None:
    """Return the time that a certificate names; None for none, or for no time."""
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except (ValueError, OverflowError):
        return None


async def _answer(dialogue: Dialogue, command: str) -> Answer:
    try:
        code, text = await dialogue.ask(command)
    except ConnectionLostError as error:
        return Answer(error.code, error.words)
    return Answer(code, said(code, text))
