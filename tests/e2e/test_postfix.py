"""Mail goes out through a real mail server, comes back from there, and is read by `bounces`."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from urllib.parse import unquote

import pytest

from publisher import mail_factories
from publisher.commands import doctor as doctor_command
from publisher.config import load
from publisher.doctor.finding import Level
from tests.e2e.newsletter import ANN, BOB, CLEO, DAN, READERS, Newsletter, later, until
from tests.support import postfix
from tests.support.fake_relay import Relay

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


#: It takes mail for others from another network only.
NOT_US = "mynetworks = 192.0.2.0/24"


# --- What stands in its way, and what helps -----------------------------------------------


def mailing(newsletter: Newsletter, **settings: object) -> None:
    """Set a relay, and write one digest to go out."""
    newsletter.set("mail", sender="News <news@example.net>", **settings)
    newsletter.digest("000_aa.txt", 1)


def found_by_doctor(newsletter: Newsletter) -> list[str]:
    """Return what the doctor says of the relay, where it has to be put right."""
    settings = load(newsletter.root, {})
    found = doctor_command.examine_newsletter(
        settings,
        partial(mail_factories.route, settings),
        now=datetime.now(UTC),
        dns="127.0.0.1",
    )
    # What it says of DNS comes after all relays, and is not asked for here.
    of_the_relay = takewhile(lambda each: each.topic == "relay", found)
    return [f"{each.what} {each.do}" for each in of_the_relay if each.level is Level.problem]


def test_certificate_of_its_own(
    read_newsletter: Newsletter, relay: Relay, server: postfix.Server
) -> None:
    """Debian's Postfix has a certificate that nobody vouches for: the error says what to set."""
    mailing(read_newsletter, relay=server.url)
    line = read_newsletter.complaint("run", "--quiet", now=later())
    words = f"no TLS with 127.0.0.1:{server.port}: certificate verify failed: self-signed"
    for said in (line, *found_by_doctor(read_newsletter)):
        assert words in said
        assert "mail.ca_file" in said
    read_newsletter.set("mail", ca_file=str(server.certificate))
    line = read_newsletter.complaint("run", "--quiet", now=later())
    assert [True, True] == [
        "mail.tls_name" in said for said in (line, *found_by_doctor(read_newsletter))
    ]
    read_newsletter.set("mail", tls_name="relay.example.org")
    assert [] == found_by_doctor(read_newsletter)
    read_newsletter.tick(later(minutes=1))
    until(lambda: len(relay.taken) == 4, "the issue")
    assert all("with ESMTPS" in str(each.mail["Received"]) for each in relay.taken)


def test_opportunistic(read_newsletter: Newsletter, relay: Relay, server: postfix.Server) -> None:
    """On this machine any certificate is good enough, if the owner says so."""
    mailing(read_newsletter, relay=server.url, tls="opportunistic")
    assert [] == found_by_doctor(read_newsletter)
    read_newsletter.tick()
    until(lambda: len(relay.taken) == 4, "the issue")
    assert all("with ESMTPS" in str(each.mail["Received"]) for each in relay.taken)


def test_program(read_newsletter: Newsletter, relay: Relay, server: postfix.Server) -> None:
    """Postfix's own `sendmail` takes the issue; it arrives as it was signed."""
    read_newsletter.set("mail", sender="News <news@example.net>")
    made = read_newsletter.run("doctor", "--dkim-keygen").out
    keys = json.loads(made.rpartition("dkim = ")[2])
    mailing(read_newsletter, relay=f"sendmail:{server.program}", dkim=keys)
    assert [] == found_by_doctor(read_newsletter)
    read_newsletter.tick()
    until(lambda: len(relay.taken) == 4, "the issue")
    assert [*READERS] == relay.recipients()
    assert {"news@example.net"} == {each.sender for each in relay.taken}
    (ann,) = [each.mail for each in relay.taken if each.recipient == ANN]
    assert 2 == len(ann.get_all("DKIM-Signature", []))


@pytest.mark.parametrize(
    ("more", "words", "advice"),
    [
        (f"{NOT_US}", "454 4.7.1", "Log in to the relay"),
        (f"{NOT_US}\nsmtpd_relay_restrictions = reject_unauth_destination", "554 5.7.1", "Log in"),
        (
            "smtpd_sender_restrictions = inline:{ news@example.net=REJECT }",
            "Sender address rejected",
            "mail.from",
        ),
        ("message_size_limit = 9000", "9,000 bytes at most", "allow more"),
        (
            "smtpd_helo_restrictions = reject_non_fqdn_helo_hostname",
            "Helo command rejected",
            "mail.hello",
        ),
    ],
)
def test_refused(
    read_newsletter: Newsletter, relay: Relay, more: str, words: str, advice: str
) -> None:
    """What a relay would refuse is found by the doctor and by a test copy, with its words."""
    with postfix.server(relay.port, more) as server:
        mailing(read_newsletter, relay=server.url, tls="off", hello="vm")
        read_newsletter.build()
        doctor = " ".join(found_by_doctor(read_newsletter))
        ran = read_newsletter.run("test-send", "000", "--to", ANN, code=1)
    assert words in doctor
    assert advice in doctor
    number = words.partition(" ")[0].replace(",", "")  # of bytes, in the program's own words
    assert words in ran.out + ran.err or f"takes {number}" in ran.out
    assert [] == relay.taken
