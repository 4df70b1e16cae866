"""What a relay's reply means for a delivery, and whom it blames."""

import pytest

from publisher.delivery.replies import Blame, Verdict, verdict
from publisher.mail.relay import Outcome, Reply, Stage
from publisher.model import DeliveryState

DEAD = Verdict(DeliveryState.rejected, Blame.recipient, dead=True)
SOFT = Verdict(DeliveryState.rejected, Blame.recipient)
BUSY = Verdict(DeliveryState.deferred, Blame.recipient)
CONTENT = Verdict(DeliveryState.rejected, Blame.message)
US = Verdict(DeliveryState.deferred, Blame.sender)
USELESS = Verdict(DeliveryState.pending, Blame.sender)
BROKEN = Verdict(DeliveryState.deferred)


def reply(stage: str, words: str) -> Reply:
    """Give a refusal; its code is what its words begin with."""
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
        ("rcpt", "551 user not local", DEAD),
        ("rcpt", "553 mailbox name not allowed", DEAD),
        ("rcpt", "450 mailbox unavailable", BUSY),
        ("rcpt", "451 local error", BUSY),
        ("rcpt", "452 not enough storage", US),
        ("rcpt", "421 closing", US),
        ("body", "421 closing", US),
        ("body", "451 local error", US),
        ("body", "452 not enough storage", US),
        ("body", "554 transaction failed", CONTENT),
        ("body", "550 refused", CONTENT),
        ("body", "552 exceeded storage allocation", CONTENT),
        # RFC 5321 4.5.3.1.10
        ("rcpt", "552 too many recipients", US),
        ("rcpt", "452 4.5.3 too many recipients", US),
        # RFC 3463
        ("rcpt", "550 5.1.1 no such user", DEAD),
        ("rcpt", "550 5.1.2 no such host", DEAD),
        ("rcpt", "550 5.1.10 null MX", DEAD),
        ("body", "550 5.1.1 no such user", DEAD),
        ("rcpt", "550 5.1.8 bad sender's domain", US),
        ("rcpt", "552 5.2.2 mailbox full", SOFT),
        ("rcpt", "552 mailbox full", SOFT),
        ("rcpt", "452 4.2.2 over quota", BUSY),
        ("body", "552 5.3.4 too big", CONTENT),
        ("body", "452 4.3.1 system full", US),
        ("rcpt", "554 5.7.1 no", SOFT),
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
        ("rcpt", "554 5.7.1 Relay access denied", US),
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
        ("rcpt", "550 5.4.1 Recipient address rejected: Access denied.", DEAD),
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
