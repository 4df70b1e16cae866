"""The relay: what it says when asked to take mail, without giving it any."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from publisher.doctor.finding import Finding, advice, ok, problem
from publisher.errors import RelayError
from publisher.mail.sendmail import Sendmail, program_of
from publisher.mail.smtp_endpoint import Route, is_public_name
from publisher.mail.smtp_probe import Answer, Probe, probe
from publisher.mail.transport import RelayRefusedError

_SOON = timedelta(days=14)
#: Extensions that make sending faster, or possible for addresses in other scripts.
_NOTED = ("PIPELINING", "CHUNKING", "SMTPUTF8")
_NOT_THIS_SENDER = (
    "Set mail.from, and mail.bounce_domain if it is set, to what this account may send as, or have "
    "the relay permit this sender."
)
_NOT_THIS_RECIPIENT = (
    "If this is about relaying: log in to the relay, or have it permit this machine. If there is "
    "no such mailbox: make it, since readers answer to it."
)
_LOG_IN = "Put a user name and a password in mail.relay: smtp://USER:PASSWORD@HOST:PORT."
#: What to do about an answer that has these words; the first counts.
_SAYINGS = (
    (re.compile(r"\b(helo|ehlo)\b"), "Set mail.hello to a host name of yours with a dot."),
    (re.compile(r"\bauthentication (is )?required\b|\blog ?in first\b"), _LOG_IN),
    (re.compile(r"\b(sender address|send(er)? as|not owned|not verified)\b"), _NOT_THIS_SENDER),
    (re.compile(r"\brelay(ing)?\b"), "Log in to the relay, or have it permit this machine."),
)
_TEMPORARY = 4
_LOG_IN_FIRST, _TOO_LARGE = (530, 538), (452, 552)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the relay is asked to take."""

    #: Where mail that cannot be delivered goes back to.
    sender: str
    #: The newsletter's own address.
    recipient: str
    #: Bytes of the largest mail to be expected.
    size: int


def examine_relay(route: Route, envelope: Envelope, now: datetime) -> Iterator[Finding]:
    """Take the steps that sending takes, up to the message, and say what is wrong with them.

    These are the greeting, TLS, the login, MAIL FROM and RCPT TO (RFC 5321 4.1.1); no DATA follows.
    """
    try:
        answers = asyncio.run(probe(route, envelope.sender, envelope.recipient, envelope.size))
    except RelayRefusedError as error:
        yield problem("relay", error.what, error.advice)
        yield from judge_hello(route.hello)
        return
    except RelayError as error:  # there is no token
        yield problem("relay", str(error), "Put mail.token_command right.")
        yield from judge_hello(route.hello)
        return
    yield from judge_answers(answers, route, envelope, now)


def examine_program(url: str) -> Finding:
    """Return whether the program that mail is handed to can be run."""
    program = program_of(url)
    try:
        Sendmail(program).check()
    except RelayRefusedError as error:
        return problem("relay", error.what, error.advice)
    return ok("relay", f"mail is handed to {program}; what it does with it, its own log tells")


def judge_answers(
    answers: Probe, route: Route, envelope: Envelope, now: datetime
) -> Iterator[Finding]:
    """Yield what a relay's answers mean for sending."""
    yield _judge_channel(answers, route)
    if answers.until and answers.until - now < _SOON:
        what = f"the certificate of {route.place} ends on {answers.until:%Y-%m-%d}"
        yield advice("relay", what, "Have it renewed: with mail.tls as it is, sending then stops.")
    if answers.mechanism:
        yield ok("relay", f"{route.place} accepts the login in mail.relay ({answers.mechanism})")
    yield from judge_hello(route.hello)
    yield from _judge_offers(answers, route.place, envelope)
    yield from _judge_envelope(answers, route.place, envelope)


def judge_hello(hello: str) -> Iterator[Finding]:
    """Yield whether relays may refuse the name that they are greeted with."""
    if not is_public_name(hello):
        what = f"relays are greeted as {hello} (EHLO), which some refuse"
        yield advice("relay", what, "Set mail.hello to a host name of yours with a dot.")


def _judge_channel(answers: Probe, route: Route) -> Finding:
    if answers.tls and answers.verified:
        return ok("relay", f"{route.place} answers, over {answers.tls} with a good certificate")
    if answers.tls:
        what = f"{route.place} answers, over {answers.tls}; its certificate is not checked"
        if _is_local(route):
            return ok("relay", f"{what} on this machine")
        do = 'Set mail.tls = "required", and mail.ca_file if it has no public certificate.'
        return advice("relay", what, do)
    if _is_local(route):
        return ok("relay", f"{route.place} answers, in the clear on this machine")
    what = f"mail to {route.place} goes in the clear"
    do = 'Set mail.tls = "required", or use smtps://.'
    if route.login:
        return problem("relay", f"{what}, and so does the password", do)
    return advice("relay", what, do)


def _is_local(route: Route) -> bool:
    with suppress(ValueError):
        return ip_address(route.host).is_loopback
    return bool(route.socket) or route.host == "localhost"


def _judge_offers(answers: Probe, place: str, envelope: Envelope) -> Iterator[Finding]:
    if 0 < answers.offers.largest < envelope.size:  # RFC 1870 3: 0 is no fixed limit
        what = f"{place} takes {answers.offers.largest:,} bytes at most; a mail here can have"
        yield problem("relay", f"{what} {envelope.size:,}", "Ask whoever runs it to allow more.")
    offered = [name for name in _NOTED if name in answers.offers]
    without = "" if "SMTPUTF8" in offered else "; addresses like 用户@example.cn need SMTPUTF8"
    yield ok("relay", f"it offers {', '.join(offered) or 'no extension of use here'}{without}")


def _judge_envelope(answers: Probe, place: str, envelope: Envelope) -> Iterator[Finding]:
    if not answers.sender.ok:
        what = f"{place} refuses mail from {envelope.sender}: {answers.sender.words}"
        yield problem("relay", what, _advice(answers.sender) or _NOT_THIS_SENDER)
    elif answers.recipient and not answers.recipient.ok:
        what = f"{place} refuses mail to {envelope.recipient}: {answers.recipient.words}"
        do = _advice(answers.recipient)
        if not do and answers.recipient.code // 100 == _TEMPORARY:
            yield advice("relay", what, "Run the doctor again in some minutes.")
        else:
            yield problem("relay", what, do or _NOT_THIS_RECIPIENT)
    else:
        yield ok("relay", f"{place} takes mail from {envelope.sender} to {envelope.recipient}")


def _advice(answer: Answer) -> str:
    """Return what to do about an answer that says what it is about.

    Postfix says what it has against the name or the sender when it is told the recipient, and
    refuses to relay with 454.
    """
    if not answer.code:
        return "Run the doctor again; if it happens each time, ask whoever runs the relay."
    words = answer.words.lower()
    if answer.code in _TOO_LARGE and "size" in words:
        return "Ask whoever runs the relay to allow larger messages."
    if answer.code in _LOG_IN_FIRST:
        return _LOG_IN
    return next((do for about, do in _SAYINGS if about.search(words)), "")
