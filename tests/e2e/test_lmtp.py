"""Mail handed over by LMTP to a real mailbox server, which has some of its readers."""

from __future__ import annotations

import email
import email.policy

from tests.e2e.newsletter import Newsletter
from tests.support.dovecot import Server, needs_dovecot, needs_lmtp

pytestmark = [*needs_dovecot, needs_lmtp]


def test_into_a_mailbox(read_newsletter: Newsletter, dovecot: Server) -> None:
    """An issue is in the reader's mailbox, whole; a test copy comes in the same way."""
    account = dovecot.account()
    read_newsletter.subscribe(f"{account.user}@example.org,,,confirmed")
    read_newsletter.set("mail", sender="News <news@example.net>", relay=f"lmtp://{dovecot.lmtp}")
    read_newsletter.digest("000_aa.txt", 1)
    assert "mail: 5 accepted" in read_newsletter.tick().out
    ran = read_newsletter.run("test-send", "000", "--to", f"{account.user}@example.org")
    assert f"{dovecot.lmtp}: accepted: 250 " in ran.out
    mails = [
        email.message_from_bytes(mail, policy=email.policy.default)
        for mail in dovecot.named(f"{account.user}@example.org").mails()
    ]
    assert ["#000:", "[test]"] == [str(mail["Subject"]).split(" ")[0] for mail in mails]
    assert not any(mail.defects for mail in mails)
