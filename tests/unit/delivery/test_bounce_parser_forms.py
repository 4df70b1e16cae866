"""What mailboxes receive that no standard describes: automatic replies, odd reports."""

import base64

import pytest

from publisher.delivery.bounce_parser import parse
from publisher.delivery.refusal_reason import Meaning
from publisher.delivery.smtp_status import meaning_of_refusal
from publisher.storage.bounces import BounceKind
from publisher.subscribers.tokens import Keys
from tests.support.bounces import KEYS, copy, refusal, report, return_path

DEAD = (Meaning.gone, Meaning.no_domain)
OTHER = Keys((b"a secret that somebody else made up",))


def written(headers: str, text: str, to: str | None = None) -> bytes:
    """Return a mail in plain text to a return path of ours."""
    return (
        f"To: {to or return_path()}\n{headers}\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    ).encode()


@pytest.mark.parametrize(
    "headers",
    [
        "Precedence: bulk",
        "Precedence: junk",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "Subject: Out of Office: #001",
        "Subject: Automatic reply: #001",
        "Subject: =?utf-8?B?6Ieq5Yqo5Zue5aSNOiMwMDE=?=",
        "Subject: =?utf-8?B?6Ieq5Yqo562U5aSNOiMwMDE=?=",
        "Subject: Abwesenheitsnotiz: #001",
        "Subject: =?utf-8?Q?R=C3=A9ponse_automatique_:_=23001?=",
        "Subject: [Auto-Reply] I am away",
    ],
)
def test_automatic_by_any_mark(headers: str) -> None:
    """An automatic reply asks for nothing, whatever marks it."""
    assert (
        BounceKind.ignored is parse(written(f"From: ann@example.net\n{headers}", "away"), KEYS).kind
    )


@pytest.mark.parametrize("headers", ["Subject: Re: Out of Office", "Subject: About auto-replies"])
def test_a_person_answers(headers: str) -> None:
    """What a person writes is for a person to read."""
    assert (
        BounceKind.unknown is parse(written(f"From: ann@example.net\n{headers}", "Hi"), KEYS).kind
    )


@pytest.mark.parametrize(
    "headers", ["Precedence: bulk", "Auto-Submitted: auto-replied", "Precedence: junk"]
)
def test_a_report_is_no_automatic_reply(headers: str) -> None:
    """A bounce that a program marks as automatic is a bounce."""
    assert (
        BounceKind.hard
        is parse(headers.encode() + b"\n" + report(refusal("failed", "5.1.1")), KEYS).kind
    )


def test_base64_status() -> None:
    """A status that is encoded, against the standard, is read; and so is the copy behind it."""
    status = (
        "Reporting-MTA: dns; x\n\n" + refusal("failed", "5.1.1", "550 5.1.1 no such user") + "\n"
    )
    parts = (("message/delivery-status", status.encode()), ("message/rfc822", copy()))
    mail = "To: papers@example.org\nContent-Type: multipart/report; boundary=b\n\n" + "".join(
        f"--b\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.encodebytes(content).decode()}\n"
        for kind, content in parts
    )
    found = parse(f"{mail}--b--\n".encode(), KEYS)
    assert (BounceKind.hard, 7, "550 5.1.1 no such user") == (
        found.kind,
        found.subscriber,
        found.words,
    )


@pytest.mark.parametrize(
    ("headers", "text", "kind"),
    [
        # GroupWise, Notes, Yahoo, DragonFly, OpenSMTPD, cPanel
        ("From: Mailer-Daemon@x.example\nSubject: Message status - undeliverable",
         "The message that you sent was undeliverable to the following:\n\tann (user not found)",
         BounceKind.hard),
        (("From: postmaster@x.example\nSubject: DELIVERY FAILURE: User ann not listed in Domino "
         "Directory"), ("Your message\n\nwas not delivered to:\n\n  ann\n\nbecause:\n"
         "\n  User ann (ann@example.net) not listed in Domino Directory"), BounceKind.hard),
        ("From: MAILER-DAEMON@yahoo.example\nSubject: Failure Notice", ("Sorry, we were unable to "
         "deliver your message to the following address.\n\n<ann@example.net>:\n554: delivery "
         "error: dd This user doesn't have a yahoo.example account (ann@example.net) [0]"),
         BounceKind.hard),
        ("From: MAILER-DAEMON <>\nSubject: Mail delivery failed", ("There was an error delivering "
         "your mail to <ann@x.example>.\n\nmx.x.example [192.0.2.1] did not like our RCPT TO:\n"
         "550 5.2.1 <ann@x.example>: Recipient address rejected: User unknown."), BounceKind.hard),
        (("From: Mailer Daemon <MAILER-DAEMON@x.example>\nSubject: Delivery status notification: "
         "error"), "An error has occurred\n\nann@x.example: Network error on destination MXs",
         BounceKind.soft),
        ("From: MAILER-DAEMON@x.example\nSubject: Warning: could not send message for past 4 hours",
         "It is delayed", BounceKind.ignored),
        ("From: Mailer-Daemon@x.example\nSubject: Mail delivery failed", ("  ann@example.net\n    "
         "The mail server could not deliver mail to ann@example.net.  The account or domain may "
         "not exist, they may be blacklisted, or missing the proper dns entries."),
         BounceKind.ours),
    ],
)  # fmt: skip
def test_in_words(headers: str, text: str, kind: BounceKind) -> None:
    """A bounce of no standard form is read by its words; what it calls possible is not certain."""
    assert kind is parse(written(headers, text), KEYS).kind


@pytest.mark.parametrize(
    ("remote", "dead"),
    [
        ("550 5.1.1 User unknown", True),
        ("550 5.7.1 blocked by our content filter", False),
        ("554 5.7.1 Client host rejected", False),
        ("550 Requested action not taken: mailbox unavailable", False),
    ],
)
def test_office_365_hands_on(remote: str, *, dead: bool) -> None:
    """What the other server said counts, not what Exchange Online takes it for."""
    words = (
        f"550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> {remote}"
    )
    assert dead is (meaning_of_refusal(words, "5.1.351") in DEAD)


def complaint(sender: str, subject: str, header: str = "") -> bytes:
    """Return a complaint of a loop older than RFC 5965."""
    return (
        f"From: {sender}\nTo: fbl@example.org\nSubject: {subject}\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
        f"{header}{copy().decode()}\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("mail", "kind"),
    [
        (complaint("staff@hotmail.example", "complaint about message from 192.0.2.7",
                   "X-HmXmrOriginalRecipient: ann@hotmail.example\n"), BounceKind.complaint),
        (complaint("fbl@provider.example", "Spam complaint 4711"), BounceKind.complaint),
        (complaint("abuse@163.example", "=?utf-8?B?5Z6D5Zy+6YKu5Lu25oqV6K+J?="),
         BounceKind.complaint),
        (complaint("ann@example.net", "Fwd: VITA"), BounceKind.unknown),
        (complaint("MAILER-DAEMON@x.example", "Spam report"), BounceKind.unknown),
    ],
)  # fmt: skip
def test_complaint_without_a_report(mail: bytes, kind: BounceKind) -> None:
    """A loop that returns our copy, and says so, complains; without our token it says nothing."""
    assert (kind, 7) == (parse(mail, KEYS).kind, parse(mail, KEYS).subscriber)
    assert BounceKind.unknown is parse(mail, OTHER).kind


@pytest.mark.parametrize("unit", ["user mailbox address sender not ", "x", "a@", "may ", "<"])
def test_words_without_end(unit: str) -> None:
    """A reason of 300,000 characters is judged by its beginning, in no time."""
    meaning_of_refusal(f"550 {unit * 300_000}"[:300_000])
    text = f"From: mailer-daemon@x.example\nTo: {return_path()}\n\n{unit * 300_000}"[:300_000]
    assert parse(text.encode(), KEYS).subscriber == 7
