"""However a stranger makes a mail, reading it takes a bounded time."""

import pytest

from publisher.delivery.bounce_parser import LIMIT, parse
from publisher.storage.bounces import BounceKind
from tests.support.bounces import KEYS, return_path, sample
from tests.support.time_bounds import within

#: Seconds of processor time. Reading the worst of these takes 0.7 s (2026-11).
MOST = 6.0
DAEMON = (
    f"From: MAILER-DAEMON@example.net\nTo: {return_path()}\nSubject: Undelivered Mail\n"
).encode()
STATUS = (
    DAEMON + b"Content-Type: multipart/report; boundary=B\n\n--B\n\nfailed\n\n"
    b"--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
)

PARTS = b"Content-Type: multipart/mixed; boundary=B\n\n"
COPY = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n"
TEXT = b"Content-Type: text/plain; charset="


def filled(start: bytes, piece: bytes, end: bytes = b"") -> bytes:
    """Return a mail of the largest size that is read, with one piece repeated."""
    room = LIMIT - len(start) - len(end)
    return start + (piece * (room // len(piece) + 1))[:room] + end


def nested(depth: int) -> bytes:
    """Return multiparts in each other, in headers of a mail."""
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (number, number)
        for number in range(depth)
    )


WORST = {
    "punycode": filled(DAEMON + TEXT + b"punycode\n\n", b"a"),
    "punycode in a header": filled(DAEMON + b"X: =?punycode?q?", b"a", b"?=\n\nfailed\n"),
    "utf-7": filled(DAEMON + TEXT + b"utf-7\n\n", b"+A\xff"),
    "blank lines": filled(DAEMON + b"\n", b"\n"),
    "short lines": filled(DAEMON + b"\n", b"a\n"),
    "long lines": filled(
        DAEMON + b"\ndid not reach the following recipient(s):\n", b"<" * 900 + b"\n"
    ),
    "one word of the table": filled(DAEMON + b"\n", b"exceed"),
    "paragraphs": filled(DAEMON + b"\n", b"user " * 200 + b"\n\n"),
    "parameters": filled(DAEMON + b"Content-Type: text/plain", b";"),
    "quotes in parameters": filled(DAEMON + b'Content-Type: text/plain; a="', b';"'),
    "parameters of parts": filled(
        DAEMON + PARTS, b"--B\nContent-Type: text/plain" + b";" * 3000 + b"\n\nx\n"
    ),
    "parts": filled(DAEMON + PARTS, b"--B\n\n\n"),
    "nested parts": filled(DAEMON + nested(40), b"--\n"),
    "deeply nested parts": filled(DAEMON + nested(5000), b"--\n"),
    "copies in copies": filled(DAEMON + COPY * 50, b"a b\n"),
    "addresses in From": filled(b"From: ", b"a@b,"),
    "brackets in From": filled(b"From: ", b"["),
    "recipients": filled(STATUS, b"Action: failed\nStatus: 5.1.1\n\n"),
    "blank lines of a report": filled(STATUS, b"\n"),
    "a long diagnosis": filled(STATUS + b"Action: failed\nDiagnostic-Code: ", b"a"),
    "long diagnoses": filled(
        STATUS, b"Action: failed\nDiagnostic-Code: x; " + b"user " * 700 + b"\n\n"
    ),
    "uuencode": filled(DAEMON + b"Content-Transfer-Encoding: uuencode\n\nbegin 644 x\n", b"!\n"),
}


@pytest.mark.parametrize("name", WORST)
def test_time(name: str) -> None:
    """A mail that is made to take long takes about a second at most."""
    with within(MOST):
        parse(WORST[name], KEYS)


@pytest.mark.parametrize("name", ["deeply nested parts", "parts", "recipients", "long diagnoses"])
def test_beyond_the_bounds(name: str) -> None:
    """A mail of more parts or words than are read is for a person to look at."""
    assert BounceKind.unknown is parse(WORST[name], KEYS).kind


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "nowhere", "", "\\0", "rot13"])
def test_charset_that_is_none(charset: str) -> None:
    """The ASCII in a text is read whatever it says it is encoded in."""
    mail = sample("qmail")
    encoded = f"Content-Type: text/plain; charset={charset}\n".encode() + mail
    assert b"\nContent-Type:" not in mail.partition(b"\n\n")[0]
    assert BounceKind.hard is parse(encoded, KEYS).kind
    assert parse(mail, KEYS) == parse(encoded, KEYS)


def test_a_long_copy() -> None:
    """What returns a long copy is understood: its beginning says why."""
    mail = sample("qmail")
    assert parse(mail, KEYS) == parse(mail + b"\nSome text of an issue.\n" * 20_000, KEYS)
