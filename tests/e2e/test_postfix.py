"""Mail goes out through a real mail server, comes back from there, and is read by `bounces`."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from tests import postfix
from tests.e2e.newsletter import ANN, BOB, CLEO, DAN, Newsletter, until
from tests.e2e.relay import Relay

pytestmark = postfix.needs_postfix


@pytest.fixture
def server(relay: Relay) -> Iterator[postfix.Server]:
    """Run Postfix between the newsletter and its readers' server."""
    with postfix.server(relay.port) as found:
        yield found


def test_there_and_back(read_newsletter: Newsletter, relay: Relay, server: postfix.Server) -> None:
    """Postfix's own reports suppress who is not there, and nobody who will be there tomorrow."""
    relay.answer("RCPT", f"550 5.1.1 <{ANN}>: no such user", to=ANN)
    relay.answer("RCPT", "550 Ip frequency limited", to=BOB)
    relay.answer("DOT", "554 5.7.1 This looks like spam", to=CLEO)
    read_newsletter.set("mail", sender="a@example.org", relay=server.url, tls="off")
    read_newsletter.set("mail", bounce_domain="bounces.example.org", bounces=str(server.maildir))
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick()
    until(lambda: len(server.returned()) == 3, "three reports")
    ran = read_newsletter.run("bounces")
    assert "1 hard, 2 ours; 1 suppressed, 0 unsubscribed\n" == ran.out
    assert [DAN] == relay.recipients()

    read_newsletter.digest("001_bb.txt", 2)
    read_newsletter.tick()
    until(lambda: len(relay.taken) == 4, "the next issue")
    assert [BOB, CLEO, DAN, DAN] == relay.recipients()


def test_leaving_by_mail(read_newsletter: Newsletter, relay: Relay, server: postfix.Server) -> None:
    """What a mail program sends when its button is pressed arrives, and unsubscribes."""
    read_newsletter.set("mail", sender="a@example.org", relay=server.url, tls="off")
    read_newsletter.set("mail", bounce_domain="bounces.example.org", bounces=str(server.maildir))
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick()
    until(lambda: len(relay.taken) == 4, "the issue")
    (anns,) = [each.mail for each in relay.taken if each.recipient == ANN]
    address = str(anns["List-Unsubscribe"]).partition("<mailto:")[2].partition(">")[0]
    to, _, subject = address.partition("?subject=")
    with smtplib.SMTP("127.0.0.1", server.port) as program:
        program.sendmail(ANN, to, f"From: {ANN}\nTo: {to}\nSubject: {unquote(subject)}\n\n")
    until(server.returned, "the mail")
    ran = read_newsletter.run("bounces")
    assert "1 leave; 0 suppressed, 1 unsubscribed\n" == ran.out
    assert f"unsubscribed {ANN}" in read_newsletter.run("subscribers", "list").out
