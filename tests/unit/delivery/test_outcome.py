"""What a relay's reply means for a delivery, and whom it blames."""

import pytest

from publisher.delivery.outcome import Blame, Verdict, verdict
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.model import DeliveryState

DEAD = Verdict(DeliveryState.rejected, Blame.recipient, dead=True)
SOFT = Verdict(DeliveryState.rejected, Blame.recipient)
BUSY = Verdict(DeliveryState.deferred, Blame.recipient)
CONTENT = Verdict(DeliveryState.rejected, Blame.message)
US = Verdict(DeliveryState.deferred, Blame.sender)
HELD = Verdict(DeliveryState.deferred, Blame.sender, holds=True)
USELESS = Verdict(DeliveryState.pending, Blame.sender)
BROKEN = Verdict(DeliveryState.deferred)


def reply(stage: str, words: str) -> Reply:
    """Return a refusal; its code is what its words begin with."""
    code = int(words[:3]) if words[:3].isdigit() else 0
    outcome = Outcome.rejected if words.startswith("5") else Outcome.deferred
    return Reply(outcome, words, code, Stage(stage))


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.accepted, DeliveryState.accepted),
        (Outcome.uncertain, DeliveryState.uncertain),
        (Outcome.returned, DeliveryState.pending),
    ],
)
def test_no_refusal(outcome: Outcome, state: DeliveryState) -> None:
    """What is no refusal blames nobody."""
    assert Verdict(state) == verdict(Reply(outcome, "250 2.0.0 ok", 250))


@pytest.mark.parametrize(
    ("stage", "words", "expected"),
    [
        # RFC 5321 4.2.3
        ("rcpt", "550 no such user", DEAD),
        ("rcpt", "551 user not local", CONTENT),
        ("rcpt", "553 mailbox name not allowed", CONTENT),
        ("rcpt", "550 requested action not taken: mailbox unavailable", CONTENT),
        ("rcpt", "550", US),
        ("rcpt", "553 sorry", US),
        ("rcpt", "450 mailbox unavailable", BUSY),
        ("rcpt", "451 local error", BUSY),
        ("rcpt", "452 not enough storage", US),
        ("rcpt", "421 closing", US),
        ("body", "421 closing", US),
        ("body", "451 local error", US),
        ("body", "452 not enough storage", US),
        ("body", "554 transaction failed", CONTENT),
        ("body", "550 refused", CONTENT),
        ("body", "552 exceeded storage allocation", SOFT),
        # RFC 5321 4.5.3.1.10
        ("rcpt", "552 too many recipients", US),
        ("rcpt", "452 4.5.3 too many recipients", US),
        # RFC 3463
        ("rcpt", "550 5.1.1 no such user", DEAD),
        # Code and status contradict each other: what may pass makes no address dead.
        ("rcpt", "550 4.1.1 no such user", BUSY),
        ("rcpt", "550 5.1.2 no such host", CONTENT),
        ("rcpt", "550 Unrouteable address", CONTENT),
        ("rcpt", "550 5.1.2 no", SOFT),
        ("rcpt", "550 5.1.10 no such recipient", DEAD),
        ("rcpt", "556 5.1.10 null MX", DEAD),
        ("body", "550 5.1.1 no such user", DEAD),
        ("rcpt", "550 5.1.8 bad sender's domain", HELD),
        ("rcpt", "552 5.2.2 mailbox full", SOFT),
        ("rcpt", "552 mailbox full", SOFT),
        ("rcpt", "452 4.2.2 over quota", BUSY),
        ("body", "552 5.3.4 too big", CONTENT),
        ("body", "452 4.3.1 system full", US),
        ("rcpt", "554 5.7.1 no", CONTENT),
        ("body", "554 5.7.1 no", CONTENT),
        ("body", "550 5.6.0 bad MIME", CONTENT),
        # RFC 1870 6: already at MAIL
        ("mail", "552 5.3.4 too big", CONTENT),
        # RFC 4954, RFC 3207, RFC 5321 4.1.1.11
        ("auth", "535 5.7.8 bad password", USELESS),
        ("mail", "530 5.7.0 authentication required", USELESS),
        ("rcpt", "530 log in first", US),
        ("mail", "555 parameters not recognised", USELESS),
        ("greeting", "421 too many connections", US),
        ("greeting", "554 no SMTP here", USELESS),
        ("mail", "450 4.7.1 later", US),
        ("rcpt", "554 5.7.1 Relay access denied", HELD),
        # No answer
        ("rcpt", "the connection broke", BROKEN),
        ("local", "5.6.7 no SMTPUTF8", SOFT),
        ("local", "5.3.4 too big", CONTENT),
        # Gmail
        ("body", "550-5.7.26 This mail has been blocked because the sender is unauthenticated", US),
        ("body", "550 5.7.28 unusual rate of unsolicited mail originating from your IP", US),
        ("body", "421 4.7.28 unusual rate of unsolicited mail originating from your IP", US),
        ("rcpt", "550 5.2.1 The user is receiving mail at a rate that prevents more", BUSY),
        ("rcpt", "450 4.2.1 The user is receiving mail too quickly", BUSY),
        ("rcpt", "550 5.2.1 The email account that you tried to reach is disabled.", DEAD),
        # Outlook.com and Exchange Online
        ("mail", "550 5.7.1 messages weren't sent; is on our block list (S3150)", USELESS),
        ("rcpt", "550 5.7.1 messages weren't sent; is on our block list (S3140)", US),
        ("mail", "451 4.7.650 The mail server has been temporarily rate limited (S77719)", US),
        ("body", "550 5.7.515 Access denied, sending domain doesn't meet the level", US),
        ("rcpt", "550 5.4.1 Recipient address rejected: Access denied.", SOFT),
        # Yahoo
        ("mail", "421 4.7.0 [TSS04] Messages temporarily deferred due to user complaints", US),
        ("body", "554 5.7.9 [PH01] Message not accepted for policy reasons", CONTENT),
        # QQ and NetEase
        ("rcpt", "550 Ip frequency limited", US),
        ("mail", "550 Domain frequency limited", US),
        ("rcpt", "550 Mailbox unavailable or access denied", BUSY),
        ("body", "550 Mail content denied", CONTENT),
        ("rcpt", "550 Mailbox not found.", DEAD),
        ("body", "554 DT:SPM 163 mx35", CONTENT),
        ("rcpt", "450 MI:CEL 163 mx4", US),
        ("mail", "550 MI:CEL 163 mx4", USELESS),
    ],
)  # fmt: skip
def test_refusal(stage: str, words: str, expected: Verdict) -> None:
    """An address is dead when it is said to be; what is of us all waits for us."""
    assert expected == verdict(reply(stage, words))


@pytest.mark.parametrize(
    "words",
    [
        # Relaying
        "550 relay not permitted",
        "553 Relaying disallowed",
        "550 5.7.1 Unable to relay for <address>",
        "550 5.7.1 <address>... Relaying denied. IP name possibly forged",
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "550 5.1.1 This system is not configured to relay mail",
        "554 5.7.1 We do not relay",
        (
            "550-mail.example.net (host) [192.0.2.7] is currently not permitted to\n550-relay "
            "through this server. Perhaps you have not logged into the\n550 pop/imap server in the "
            "last 30 min"
        ),
        "454 4.7.1 <address>: Relay access denied",
        # The sender is another's
        "553 5.7.1 <news@example.org>: Sender address rejected: not owned by user news",
        "553 Mail from must equal authorized user",
        "501 mail from address must be same as authorization user",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        (
            "554 Message rejected: Email address is not verified. The following identities failed "
            "the check in region US-EAST-1: news@example.org"
        ),
        "554 5.7.1 The sending domain is not verified",
        "550 5.7.1 Unconfigured Sending Domain <example.org>",
        # Who is not logged in
        "530 5.7.57 Client not authenticated to send mail",
        "550 5.7.1 Client was not authenticated",
        "550 authentication required",
        # Limits of hours and days
        "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits",
        "550 5.1.90 Your message can't be sent because you've reached your daily limit",
        "550 Domain example.org has exceeded the max emails per hour (100/100 (100%)) allowed",
        "452 4.3.1 Hourly sending quota exceeded",
        "454 Throttling failure: Daily message quota exceeded.",
        "554 5.7.1 <address>: Recipient address rejected: Quota exceeded",
        "550 5.4.5 <address>: Recipient address rejected: Domain Sending Quota Exceeded",
        "451 You have reached your daily quota of 100 messages",
        "550 5.1.1 <address> - 192.0.2.7 has sent to too many recipients this hour. IB607",
        "421 4.7.0 Limit of sent messages exceeded",
        # The account is closed
        "554 Message rejected: Sending paused for this account.",
        "550 5.7.1 Your account has been suspended",
    ],
)
@pytest.mark.parametrize("stage", ["rcpt", "body"])
def test_held(stage: str, words: str) -> None:
    """What our account may not do, no reader is to blame for, at whatever stage it is said."""
    assert HELD == verdict(reply(stage, words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        # Postfix says at RCPT what it has against the client.
        ("554 5.7.1 <host[192.0.2.7]>: Client host rejected: Access denied", HELD),
        ("450 4.7.1 <host[192.0.2.7]>: Client host rejected: cannot find your hostname", US),
        ("504 5.5.2 <news>: Helo command rejected: need fully-qualified hostname", HELD),
        ("450 4.1.8 <news@example.org>: Sender address rejected: Domain not found", US),
        ("550-Verification failed for <news@example.org>\n550 Sender verify failed", HELD),
        ("554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org",
         HELD),
        # One provider, or a while
        ("550 5.7.1 messages weren't sent; is on our block list (S3140)", US),
        ("553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.7", US),
        ("550 Domain frequency limited", US),
        ("550 5.7.26 This mail is unauthenticated", US),
        ("450 4.7.1 <address>: Recipient address rejected: Greylisted for 5 minutes", BUSY),
        ("454 Throttling failure: Maximum sending rate exceeded.", US),
        ("421 4.7.0 slow down", US),
        ("421 4.7.0 Too many connections", US),
    ],
)  # fmt: skip
def test_blamed(words: str, expected: Verdict) -> None:
    """What names us blames us; only what stands in the way of everyone holds the plan."""
    assert expected == verdict(reply("rcpt", words))


@pytest.mark.parametrize(
    "words",
    [
        "554 delivery error: dd This user doesn't have a yahoo.example account (a@b.example) [-9]",
        (
            "554 delivery error: dd Sorry, your message to a@b.example cannot be delivered. This "
            "mailbox is disabled (554.30). - mta4187.mail.example"
        ),
        "550 5.7.1 No such user!",
        (
            "550 Message was not accepted -- invalid mailbox. Local mailbox a@b.example is "
            "unavailable: account is disabled"
        ),
        "550 User not found: ann 163.example",
        "550 5.1.1 收件人邮件地址不存在",
        "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
        "550 5.1.1 <a@b.c>: Recipient address rejected: User unknown in relay recipient table",
    ],
)
@pytest.mark.parametrize("stage", ["rcpt", "body"])
def test_dead(stage: str, words: str) -> None:
    """Words that say so make an address dead with any code, also after the message was seen."""
    assert DEAD == verdict(reply(stage, words))


@pytest.mark.parametrize("code", ["550", "551", "553", "554", "550 5.7.1", "550 5.1.0"])
@pytest.mark.parametrize("words", ["", " ", " no", " Rejected", " Access denied"])
def test_nobody_is_marked(code: str, words: str) -> None:
    """A refusal that does not say of whom leaves no mark on the reader."""
    found = verdict(reply("rcpt", code + words))
    assert (False, False) == (found.dead, found.blame is Blame.recipient)
