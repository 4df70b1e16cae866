"""What a mail that came back says, and of whom: a proof is a token, nothing else."""

import base64
from email import message_from_bytes
from email.header import Header

import pytest

from publisher.audience.tokens import Keys, Purpose
from publisher.delivery.bounces import LIMIT, Kind, read
from publisher.delivery.meaning import Meaning
from publisher.delivery.refusals import judge
from tests.returned import JOINED, KEYS, SAMPLES, copy, return_path, sample

#: What each sample says.
SAID = {
    "delayed": Kind.ignored,
    "exchange": Kind.hard,
    "exchange-policy": Kind.ours,
    "exim": Kind.hard,
    "exim-text": Kind.hard,
    "exim-timeout": Kind.soft,
    "expired": Kind.soft,
    "global": Kind.hard,
    "gmail": Kind.hard,
    "gmail-full": Kind.soft,
    "leave": Kind.leave,
    "netease": Kind.ours,
    "outlook-complaint": Kind.complaint,
    "postfix": Kind.hard,
    "qmail": Kind.hard,
    "qmail-quota": Kind.soft,
    "qq": Kind.ours,
    "vacation": Kind.ignored,
    "yahoo-complaint": Kind.complaint,
}
DEAD = (Meaning.gone, Meaning.no_domain)
OTHER = Keys((b"a secret that somebody else made up",))


def report(*recipients: str, kind: str = "delivery-status") -> bytes:
    """Give a report with these blocks, of subscriber 7's copy."""
    blocks = "\n\n".join(("Reporting-MTA: dns; mx.example.net", *recipients))
    return (
        f"To: {return_path()}\n"
        f"Content-Type: multipart/report; boundary=b; report-type={kind}\n\n"
        f"--b\nContent-Type: message/{kind}\n\n{blocks}\n\n--b--\n"
    ).encode()


def refusal(action: str, status: str, words: str = "") -> str:
    """Give the block of one recipient."""
    return f"Final-Recipient: rfc822; ann@example.net\nAction: {action}\nStatus: {status}" + (
        f"\nDiagnostic-Code: smtp; {words}" if words else ""
    )


def test_samples_are_all_of_them() -> None:
    """Every sample is looked at."""
    assert sorted(SAID) == SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_sample(name: str) -> None:
    """A mail as a provider writes it is understood, and whose copy it is about."""
    found = read(sample(name, epoch=5), KEYS)
    assert (SAID[name], 7, 5) == (found.kind, found.subscriber, found.epoch)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "vacation"])
def test_without_a_return_path(name: str) -> None:
    """Without VERP the link in what is returned says whose copy it is, and of which epoch."""
    found = read(sample(name, epoch=5, returns_to="papers@example.org"), KEYS)
    assert (SAID[name], 7, 5) == (found.kind, found.subscriber, found.epoch)


@pytest.mark.parametrize("name", SAMPLES)
def test_forged(name: str) -> None:
    """A mail with tokens that were not made here says nothing of anybody."""
    found = read(sample(name, keys=OTHER), KEYS)
    kind = Kind.ignored if SAID[name] is Kind.ignored else Kind.unknown
    assert (kind, None) == (found.kind, found.subscriber)


@pytest.mark.parametrize("name", SAMPLES)
def test_older_key(name: str) -> None:
    """A copy that was sent under an older key is known."""
    keys = Keys((b"a new secret of these tests", *KEYS.secrets))
    assert SAID[name] is read(sample(name), keys).kind


@pytest.mark.parametrize("name", SAMPLES)
def test_no_address_in_words(name: str) -> None:
    """What is kept of the other side's words holds no address, and is one short line."""
    words = read(sample(name), KEYS).words
    assert "@" not in words
    assert "\n" not in words
    assert len(words) <= 300


@pytest.mark.parametrize("length", range(298, 303))
def test_long_words(length: int) -> None:
    """What is too long is cut, and ends with a word."""
    found = read(report(refusal("failed", "5.1.1", "x" * length + " y" * 9)), KEYS)
    assert "x" * min(length, 300) == found.words[:length]
    assert found.words == found.words.strip()


def test_words() -> None:
    """The other side's own words are kept."""
    found = read(sample("postfix"), KEYS)
    assert found.words == (
        "550 5.1.1 <address> Recipient address rejected: User unknown in virtual mailbox table"
    )


def test_final_recipient_is_no_proof() -> None:
    """A report on an address, with a Message-ID that can be guessed, is nobody's."""
    sent = message_from_bytes(copy())
    mail = sample("postfix", returns_to="papers@example.org")
    mail = mail.replace(str(sent["List-Unsubscribe"]).split(",")[0].encode(), b"<https://x.org/>")
    mail = mail[: mail.index(b"Archived-At")].replace(b"unsubscribe", b"x")
    assert (Kind.unknown, None) == (read(mail, KEYS).kind, read(mail, KEYS).subscriber)


@pytest.mark.parametrize(("page", "purpose"), [("confirm", "confirm"), ("manage", "leave")])
def test_links_of_other_mails(page: str, purpose: str) -> None:
    """The mail that asks somebody back has a link too, in its text."""
    link = f"https://news.example.org/{page}/{KEYS.link(Purpose(purpose), 7, 5)}"
    mail = sample("exim", returns_to="papers@example.org").replace(b"unsubscribe", b"x")
    mail = mail[: mail.index(b"MIME-Version: 1.0\nContent-Type: multipart/alternative")]
    found = read(mail + b"Content-Type: text/plain\n\n" + link.encode() + b"\n", KEYS)
    assert (Kind.hard, 7, 5) == (found.kind, found.subscriber, found.epoch)


def test_return_path_before_links() -> None:
    """The address that a mail came to counts before what it returns."""
    mail = sample("postfix", subscriber=8, returns_to=return_path(7))
    assert 7 == read(mail, KEYS).subscriber


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "To"])
def test_return_path_anywhere(header: str) -> None:
    """Each mail server writes the address a mail came to elsewhere."""
    mail = report(refusal("failed", "5.1.1")).replace(b"To:", f"{header}:".encode())
    assert (Kind.hard, 7) == (read(mail, KEYS).kind, read(mail, KEYS).subscriber)


@pytest.mark.parametrize(
    "rewritten",
    [
        "SRS0=Hx7s=AB=bounces.example.org={local}@forwarder.example.net",
        "prvs=1234567890={local}@bounces.example.org",
        "<{local}@BOUNCES.example.org>",
    ],
)
def test_rewritten_return_path(rewritten: str) -> None:
    """A return path is known after SRS, BATV, and in capitals."""
    local = return_path().partition("@")[0].upper()
    mail = report(refusal("failed", "5.1.1"))
    mail = mail.replace(return_path().encode(), rewritten.format(local=local).encode())
    assert 7 == read(mail, KEYS).subscriber


# --- Delivery status ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipients", "kind"),
    [
        ([refusal("failed", "5.1.1"), refusal("failed", "5.1.1")], Kind.hard),
        ([refusal("failed", "5.1.1"), refusal("failed", "5.2.2")], Kind.soft),
        ([refusal("failed", "5.1.1"), refusal("relayed", "2.1.9")], Kind.soft),
        ([refusal("failed", "5.1.1"), refusal("delayed", "4.4.1")], Kind.soft),
        ([refusal("relayed", "2.1.9")], Kind.ignored),
        ([refusal("delivered", "2.1.5")], Kind.ignored),
        ([refusal("expanded", "2.1.5")], Kind.ignored),
        ([refusal("delayed", "4.4.1")], Kind.ignored),
        ([refusal("FAILED (perhaps)", "5.1.1")], Kind.hard),
        ([refusal("error", "5.1.1")], Kind.hard),
        (["Final-Recipient: rfc822; ann@example.net\nStatus: 5.1.1"], Kind.hard),
        (["Final-Recipient: rfc822; ann@example.net\nStatus: 4.2.2"], Kind.soft),
        (["Final-Recipient: rfc822; ann@example.net\nStatus: 2.1.5"], Kind.ignored),
        ([], Kind.unknown),
    ],
)
def test_recipients(recipients: list[str], kind: Kind) -> None:
    """A copy is bounced hard when it failed for good wherever it was led on to."""
    assert kind is read(report(*recipients), KEYS).kind


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.1.1", ""),
        ("5.1.2", "550 5.1.2 Host unknown"),
        ("5.1.10", "556 5.1.10 Domain has null MX"),
        ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled."),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
        ("5.4.4", "X-Postfix; Host or domain name not found. type=A: Host not found"),
        ("5.0.0", "550 User not found: ann 163.com"),
        ("5.0.0", "550-5.1.1 The email account that you tried to reach does not exist."),
        ("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."),
        ("", "550 Mailbox not found. http://service.mail.qq.com/"),
        ("", "550 No such user at 10.5.7.1"),
    ],
)
def test_hard(status: str, words: str) -> None:
    """What says that there is no such mailbox, or no such domain, is hard."""
    assert judge(words, status) in DEAD


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.0.0", ""),
        ("5.0.0", "550 Requested action not taken: mailbox unavailable"),
        ("5.1.2", ""),
        ("5.4.4", ""),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied"),
        ("5.1.1", "553 Relaying disallowed"),
        ("4.4.3", "Host or domain name not found. type=A: Host not found, try again"),
        ("4.2.2", "452 4.2.2 The recipient's inbox is out of storage space"),
        ("5.2.2", "552 5.2.2 Mailbox full"),
        ("5.0.0", "550 Ip frequency limited"),
        ("5.0.0", "550 Domain frequency limited. http://service.mail.qq.com/"),
        ("5.0.0", "550 Mailbox unavailable or access denied"),
        ("5.0.0", "550 Mail content denied"),
        ("5.0.0", "554 DT:SPM 163 mx35"),
        ("5.0.0", "550 MI:CEL 163 mx4"),
        ("5.0.0", "550 JunkMail rejected - mail.example.org is in an RBL"),
        ("5.0.0", "552 Requested mail action aborted: exceeded storage allocation"),
        ("5.0.0", "554 Transaction failed"),
        ("5.0.0", "451 4.7.1 Greylisting in action, please come back later"),
        ("5.1.1", "550 5.7.1 Service unavailable; blocked using zen.spamhaus.org"),
        ("5.1.1", "450 4.1.1 Recipient address rejected: unverified address"),
        ("5.1.8", "550 5.1.8 Sender address rejected: Domain not found"),
        ("5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
        ("5.4.7", "delivery time expired"),
        ("5.6.0", "550 5.6.0 Lone CR or LF"),
        ("5.7.515", "550 5.7.515 Access denied, sending domain doesn't meet the level required"),
        ("5.7.1", "550 5.7.1 Relaying denied"),
        ("4.4.1", "connect to mx.example.net[192.0.2.25]:25: Connection timed out"),
    ],
)
def test_soft(status: str, words: str) -> None:
    """A full mailbox, policy, content, the network: all that may pass is soft, 550 or not."""
    assert judge(words, status) not in DEAD


def test_copy_is_no_reason() -> None:
    """What the copy is about says nothing of why it came back."""
    found = read(sample("exim-text"), KEYS)
    assert (Kind.hard, 7) == (found.kind, found.subscriber)
    assert "Unrouteable address" in found.words


def test_qq_has_no_such_user() -> None:
    """A bounce without a standard form can be hard too."""
    assert Kind.hard is read(sample("qq", qq="Mailbox not found"), KEYS).kind


def test_without_a_sender() -> None:
    """A bounce that says of nobody that it is from them is an automatic answer like any other."""
    mail = f"To: {return_path()}\nAuto-Submitted: auto-replied\n\nI am away.\n".encode()
    assert Kind.ignored is read(mail, KEYS).kind


# --- Complaints, leaving, and the rest ----------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("abuse", Kind.complaint),
        ("Abuse", Kind.complaint),
        ("fraud", Kind.complaint),
        ("opt-out", Kind.complaint),
        ("opt-out-list", Kind.complaint),
        ("not-spam", Kind.ignored),
        ("auth-failure", Kind.ignored),
        ("virus", Kind.unknown),
        ("other", Kind.unknown),
        ("", Kind.unknown),
    ],
)
def test_feedback(kind: str, expected: Kind) -> None:
    """Who calls it spam complains; who takes that back does not."""
    mail = sample("yahoo-complaint").replace(b"Type: abuse", f"Type: {kind}".encode())
    assert expected is read(mail, KEYS).kind


@pytest.mark.parametrize(
    "subject",
    ["unsubscribe {}", "Unsubscribe {}", "Re: unsubscribe {}", "unsubscribe%20{}",
     "退订 unsubscribe {}"],
)  # fmt: skip
def test_leave(subject: str) -> None:
    """The token in a subject unsubscribes, however a mail program writes it."""
    token = str(message_from_bytes(sample("leave"))["Subject"]).split()[1]
    written = Header(subject.format(token)).encode()
    mail = f"From: someone@else.example\nSubject: {written}\n\n".encode()
    found = read(mail, KEYS)
    assert (Kind.leave, 7, JOINED) == (found.kind, found.subscriber, found.epoch)


@pytest.mark.parametrize("subject", ["unsubscribe", "unsubscribe ann@example.net", "leave"])
def test_leave_without_a_token(subject: str) -> None:
    """Who asks to leave without a proof is for a person to look at."""
    mail = f"From: ann@example.net\nTo: papers@example.org\nSubject: {subject}\n\n".encode()
    assert Kind.unknown is read(mail, KEYS).kind


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated (out of office)",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        (
            "Content-Type: multipart/report; boundary=b\n\n--b\n"
            "Content-Type: message/disposition-notification\n\nDisposition: x; displayed\n\n--b--"
        ),
    ],
)
def test_automatic(headers: str) -> None:
    """What a program answers, or a receipt, asks for nothing."""
    mail = f"From: ann@example.net\nTo: {return_path()}\n{headers}\n\nI am away.\n".encode()
    assert Kind.ignored is read(mail, KEYS).kind


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\0",
        f"From: ann@example.net\nTo: {return_path()}\n\nHello? It says 550.\n".encode(),
        f"From: mailer-daemon@example.net\nTo: {return_path()}\nAuto-Submitted: auto-replied\n"
        "\nIt came back.\n".encode(),
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; "
        b"boundary=a\n\n" * 3000,
    ],
)  # fmt: skip
def test_unknown(mail: bytes) -> None:
    """What says nothing that a program understands is for a person to look at."""
    assert Kind.unknown is read(mail, KEYS).kind


def test_long_mail() -> None:
    """Of a mail without end the beginning counts."""
    assert Kind.hard is read(sample("postfix") + b"x" * (2 * LIMIT), KEYS).kind


# --- Forms that no standard has -----------------------------------------------------------


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
    assert Kind.ignored is read(written(f"From: ann@example.net\n{headers}", "away"), KEYS).kind


@pytest.mark.parametrize("headers", ["Subject: Re: Out of Office", "Subject: About auto-replies"])
def test_a_person_answers(headers: str) -> None:
    """What a person writes is for a person to read."""
    assert Kind.unknown is read(written(f"From: ann@example.net\n{headers}", "Hi"), KEYS).kind


@pytest.mark.parametrize(
    "headers", ["Precedence: bulk", "Auto-Submitted: auto-replied", "Precedence: junk"]
)
def test_a_report_is_no_automatic_reply(headers: str) -> None:
    """A bounce that a program marks as automatic is a bounce."""
    assert (
        Kind.hard is read(headers.encode() + b"\n" + report(refusal("failed", "5.1.1")), KEYS).kind
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
    found = read(f"{mail}--b--\n".encode(), KEYS)
    assert (Kind.hard, 7, "550 5.1.1 no such user") == (found.kind, found.subscriber, found.words)


@pytest.mark.parametrize(
    ("headers", "text", "kind"),
    [
        # GroupWise, Notes, Yahoo, DragonFly, OpenSMTPD, cPanel
        ("From: Mailer-Daemon@x.example\nSubject: Message status - undeliverable",
         "The message that you sent was undeliverable to the following:\n\tann (user not found)",
         Kind.hard),
        (("From: postmaster@x.example\nSubject: DELIVERY FAILURE: User ann not listed in Domino "
         "Directory"), ("Your message\n\nwas not delivered to:\n\n  ann\n\nbecause:\n"
         "\n  User ann (ann@example.net) not listed in Domino Directory"), Kind.hard),
        ("From: MAILER-DAEMON@yahoo.example\nSubject: Failure Notice", ("Sorry, we were unable to "
         "deliver your message to the following address.\n\n<ann@example.net>:\n554: delivery "
         "error: dd This user doesn't have a yahoo.example account (ann@example.net) [0]"),
         Kind.hard),
        ("From: MAILER-DAEMON <>\nSubject: Mail delivery failed", ("There was an error delivering "
         "your mail to <ann@x.example>.\n\nmx.x.example [192.0.2.1] did not like our RCPT TO:\n"
         "550 5.2.1 <ann@x.example>: Recipient address rejected: User unknown."), Kind.hard),
        (("From: Mailer Daemon <MAILER-DAEMON@x.example>\nSubject: Delivery status notification: "
         "error"), "An error has occurred\n\nann@x.example: Network error on destination MXs",
         Kind.soft),
        ("From: MAILER-DAEMON@x.example\nSubject: Warning: could not send message for past 4 hours",
         "It is delayed", Kind.ignored),
        ("From: Mailer-Daemon@x.example\nSubject: Mail delivery failed", ("  ann@example.net\n    "
         "The mail server could not deliver mail to ann@example.net.  The account or domain may "
         "not exist, they may be blacklisted, or missing the proper dns entries."), Kind.ours),
    ],
)  # fmt: skip
def test_in_words(headers: str, text: str, kind: Kind) -> None:
    """A bounce of no standard form is read by its words; what it calls possible is not certain."""
    assert kind is read(written(headers, text), KEYS).kind


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
    assert dead is (judge(words, "5.1.351") in DEAD)


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
                   "X-HmXmrOriginalRecipient: ann@hotmail.example\n"), Kind.complaint),
        (complaint("fbl@provider.example", "Spam complaint 4711"), Kind.complaint),
        (complaint("abuse@163.example", "=?utf-8?B?5Z6D5Zy+6YKu5Lu25oqV6K+J?="), Kind.complaint),
        (complaint("ann@example.net", "Fwd: VITA"), Kind.unknown),
        (complaint("MAILER-DAEMON@x.example", "Spam report"), Kind.unknown),
    ],
)  # fmt: skip
def test_complaint_without_a_report(mail: bytes, kind: Kind) -> None:
    """A loop that returns our copy, and says so, complains; without our token it says nothing."""
    assert (kind, 7) == (read(mail, KEYS).kind, read(mail, KEYS).subscriber)
    assert Kind.unknown is read(mail, OTHER).kind


@pytest.mark.parametrize("unit", ["user mailbox address sender not ", "x", "a@", "may ", "<"])
def test_words_without_end(unit: str) -> None:
    """A reason of 300,000 characters is judged by its beginning, in no time."""
    judge(f"550 {unit * 300_000}"[:300_000])
    text = f"From: mailer-daemon@x.example\nTo: {return_path()}\n\n{unit * 300_000}"[:300_000]
    assert read(text.encode(), KEYS).subscriber == 7
