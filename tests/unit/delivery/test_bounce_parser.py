"""What a mail that came back says, and of whom: a proof is a token, nothing else."""

from email import message_from_bytes
from email.header import Header

import pytest

from publisher.delivery.bounce_parser import LIMIT, parse
from publisher.delivery.refusal_reason import Meaning
from publisher.delivery.smtp_status import meaning_of_refusal
from publisher.storage.bounces import BounceKind
from publisher.subscribers.tokens import Keys, Purpose
from tests.support.bounces import JOINED, KEYS, SAMPLES, copy, refusal, report, return_path, sample

#: What each sample says.
SAID = {
    "delayed": BounceKind.ignored,
    "exchange": BounceKind.hard,
    "exchange-policy": BounceKind.ours,
    "exim": BounceKind.hard,
    "exim-text": BounceKind.hard,
    "exim-timeout": BounceKind.soft,
    "expired": BounceKind.soft,
    "global": BounceKind.hard,
    "gmail": BounceKind.hard,
    "gmail-full": BounceKind.soft,
    "leave": BounceKind.leave,
    "netease": BounceKind.ours,
    "outlook-complaint": BounceKind.complaint,
    "postfix": BounceKind.hard,
    "qmail": BounceKind.hard,
    "qmail-quota": BounceKind.soft,
    "qq": BounceKind.ours,
    "vacation": BounceKind.ignored,
    "yahoo-complaint": BounceKind.complaint,
}
DEAD = (Meaning.gone, Meaning.no_domain)
OTHER = Keys((b"a secret that somebody else made up",))


def test_samples_are_all_of_them() -> None:
    """Every sample is looked at."""
    assert sorted(SAID) == SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_sample(name: str) -> None:
    """A mail as a provider writes it is understood, and whose copy it is about."""
    found = parse(sample(name, epoch=5), KEYS)
    assert (SAID[name], 7, 5) == (found.kind, found.subscriber, found.epoch)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "vacation"])
def test_without_a_return_path(name: str) -> None:
    """Without VERP the link in what is returned says whose copy it is, and of which epoch."""
    found = parse(sample(name, epoch=5, returns_to="papers@example.org"), KEYS)
    assert (SAID[name], 7, 5) == (found.kind, found.subscriber, found.epoch)


@pytest.mark.parametrize("name", SAMPLES)
def test_forged(name: str) -> None:
    """A mail with tokens that were not made here says nothing of anybody."""
    found = parse(sample(name, keys=OTHER), KEYS)
    kind = BounceKind.ignored if SAID[name] is BounceKind.ignored else BounceKind.unknown
    assert (kind, None) == (found.kind, found.subscriber)


@pytest.mark.parametrize("name", SAMPLES)
def test_older_key(name: str) -> None:
    """A copy that was sent under an older key is known."""
    keys = Keys((b"a new secret of these tests", *KEYS.secrets))
    assert SAID[name] is parse(sample(name), keys).kind


@pytest.mark.parametrize("name", SAMPLES)
def test_no_address_in_words(name: str) -> None:
    """What is kept of the other side's words holds no address, and is one short line."""
    words = parse(sample(name), KEYS).words
    assert "@" not in words
    assert "\n" not in words
    assert len(words) <= 300


@pytest.mark.parametrize("length", range(298, 303))
def test_long_words(length: int) -> None:
    """What is too long is cut, and ends with a word."""
    found = parse(report(refusal("failed", "5.1.1", "x" * length + " y" * 9)), KEYS)
    assert "x" * min(length, 300) == found.words[:length]
    assert found.words == found.words.strip()


def test_words() -> None:
    """The other side's own words are kept."""
    found = parse(sample("postfix"), KEYS)
    assert found.words == (
        "550 5.1.1 <address> Recipient address rejected: User unknown in virtual mailbox table"
    )


def test_final_recipient_is_no_proof() -> None:
    """A report on an address, with a Message-ID that can be guessed, is nobody's."""
    sent = message_from_bytes(copy())
    mail = sample("postfix", returns_to="papers@example.org")
    mail = mail.replace(str(sent["List-Unsubscribe"]).split(",")[0].encode(), b"<https://x.org/>")
    mail = mail[: mail.index(b"Archived-At")].replace(b"unsubscribe", b"x")
    assert (BounceKind.unknown, None) == (
        parse(mail, KEYS).kind,
        parse(mail, KEYS).subscriber,
    )


@pytest.mark.parametrize(("page", "purpose"), [("confirm", "confirm"), ("manage", "leave")])
def test_links_of_other_mails(page: str, purpose: str) -> None:
    """The mail that asks somebody back has a link too, in its text."""
    link = f"https://news.example.org/{page}/{KEYS.link(Purpose(purpose), 7, 5)}"
    mail = sample("exim", returns_to="papers@example.org").replace(b"unsubscribe", b"x")
    mail = mail[: mail.index(b"MIME-Version: 1.0\nContent-Type: multipart/alternative")]
    found = parse(mail + b"Content-Type: text/plain\n\n" + link.encode() + b"\n", KEYS)
    assert (BounceKind.hard, 7, 5) == (found.kind, found.subscriber, found.epoch)


def test_return_path_before_links() -> None:
    """The address that a mail came to counts before what it returns."""
    mail = sample("postfix", subscriber=8, returns_to=return_path(7))
    assert 7 == parse(mail, KEYS).subscriber


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "To"])
def test_return_path_anywhere(header: str) -> None:
    """Each mail server writes the address a mail came to elsewhere."""
    mail = report(refusal("failed", "5.1.1")).replace(b"To:", f"{header}:".encode())
    assert (BounceKind.hard, 7) == (
        parse(mail, KEYS).kind,
        parse(mail, KEYS).subscriber,
    )


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
    assert 7 == parse(mail, KEYS).subscriber


# --- Delivery status ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipients", "kind"),
    [
        ([refusal("failed", "5.1.1"), refusal("failed", "5.1.1")], BounceKind.hard),
        ([refusal("failed", "5.1.1"), refusal("failed", "5.2.2")], BounceKind.soft),
        ([refusal("failed", "5.1.1"), refusal("relayed", "2.1.9")], BounceKind.soft),
        ([refusal("failed", "5.1.1"), refusal("delayed", "4.4.1")], BounceKind.soft),
        ([refusal("relayed", "2.1.9")], BounceKind.ignored),
        ([refusal("delivered", "2.1.5")], BounceKind.ignored),
        ([refusal("expanded", "2.1.5")], BounceKind.ignored),
        ([refusal("delayed", "4.4.1")], BounceKind.ignored),
        ([refusal("FAILED (perhaps)", "5.1.1")], BounceKind.hard),
        ([refusal("error", "5.1.1")], BounceKind.hard),
        (["Final-Recipient: rfc822; ann@example.net\nStatus: 5.1.1"], BounceKind.hard),
        (["Final-Recipient: rfc822; ann@example.net\nStatus: 4.2.2"], BounceKind.soft),
        (["Final-Recipient: rfc822; ann@example.net\nStatus: 2.1.5"], BounceKind.ignored),
        ([], BounceKind.unknown),
    ],
)
def test_recipients(recipients: list[str], kind: BounceKind) -> None:
    """A copy is bounced hard when it failed for good wherever it was led on to."""
    assert kind is parse(report(*recipients), KEYS).kind


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
    assert meaning_of_refusal(words, status) in DEAD


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
    assert meaning_of_refusal(words, status) not in DEAD


def test_copy_is_no_reason() -> None:
    """What the copy is about says nothing of why it came back."""
    found = parse(sample("exim-text"), KEYS)
    assert (BounceKind.hard, 7) == (found.kind, found.subscriber)
    assert "Unrouteable address" in found.words


def test_qq_has_no_such_user() -> None:
    """A bounce without a standard form can be hard too."""
    assert BounceKind.hard is parse(sample("qq", qq="Mailbox not found"), KEYS).kind


def test_without_a_sender() -> None:
    """A bounce that says of nobody that it is from them is an automatic answer like any other."""
    mail = f"To: {return_path()}\nAuto-Submitted: auto-replied\n\nI am away.\n".encode()
    assert BounceKind.ignored is parse(mail, KEYS).kind


# --- Complaints, leaving, and the rest ----------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("abuse", BounceKind.complaint),
        ("Abuse", BounceKind.complaint),
        ("fraud", BounceKind.complaint),
        ("opt-out", BounceKind.complaint),
        ("opt-out-list", BounceKind.complaint),
        ("not-spam", BounceKind.ignored),
        ("auth-failure", BounceKind.ignored),
        ("virus", BounceKind.unknown),
        ("other", BounceKind.unknown),
        ("", BounceKind.unknown),
    ],
)
def test_feedback(kind: str, expected: BounceKind) -> None:
    """Who calls it spam complains; who takes that back does not."""
    mail = sample("yahoo-complaint").replace(b"Type: abuse", f"Type: {kind}".encode())
    assert expected is parse(mail, KEYS).kind


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
    found = parse(mail, KEYS)
    assert (BounceKind.leave, 7, JOINED) == (found.kind, found.subscriber, found.epoch)


@pytest.mark.parametrize("subject", ["unsubscribe", "unsubscribe ann@example.net", "leave"])
def test_leave_without_a_token(subject: str) -> None:
    """Who asks to leave without a proof is for a person to look at."""
    mail = f"From: ann@example.net\nTo: papers@example.org\nSubject: {subject}\n\n".encode()
    assert BounceKind.unknown is parse(mail, KEYS).kind


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
    assert BounceKind.ignored is parse(mail, KEYS).kind


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
    assert BounceKind.unknown is parse(mail, KEYS).kind


def test_long_mail() -> None:
    """Of a mail without end the beginning counts."""
    assert BounceKind.hard is parse(sample("postfix") + b"x" * (2 * LIMIT), KEYS).kind
