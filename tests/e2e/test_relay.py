"""`run` with an SMTP relay that takes the mail, or answers that it will not."""

from __future__ import annotations

import pytest

from tests.e2e.newsletter import ANN, BOB, CLEO, DAN, READERS, Newsletter, copies, later
from tests.support.fake_relay import DROP, Relay


@pytest.fixture
def mailing(read_newsletter: Newsletter, relay: Relay) -> Newsletter:
    """Return a newsletter with ann and bob, the relay set and one digest to go out."""
    read_newsletter.set("mail", relay=relay.url, tls="off", sender="News <news@example.net>")
    read_newsletter.digest("000_aa.txt", 1)
    return read_newsletter


def test_once_each_with_the_right_envelope(mailing: Newsletter, relay: Relay) -> None:
    """Each subscriber's copy arrives once, in an envelope from the sender to that address."""
    mailing.tick()
    mailing.tick(later(hours=1))
    found = [(each.sender, each.recipient, each.mail["To"]) for each in relay.taken]
    assert [("news@example.net", who, who) for who in READERS] == sorted(found)
    assert {(who, "000"): 1 for who in READERS} == copies([each.mail for each in relay.taken])


def test_message_survives_the_wire(mailing: Newsletter, relay: Relay) -> None:
    """What arrives is whole: headers, text and HTML, without defects."""
    mailing.digest("000_aa.txt", "## A\n[B](https://b.example)\n.\n\n.. dots\n\n." + "长" * 3000)
    mailing.tick()
    mail = relay.taken[0].mail
    assert not mail.defects
    assert "News <news@example.net>" == mail["From"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert "." + "长" * 3000 in "".join(body.get_content().split())


def test_not_now(mailing: Newsletter, relay: Relay) -> None:
    """Whom the relay puts off with 4xx, at any step, is tried again later, not before, alone."""
    for step, who in (("RCPT", ANN), ("DATA", BOB), ("DOT", CLEO)):
        relay.answer(step, "451 4.2.1 come back later", to=who)
    assert "mail: 1 accepted, 3 deferred" in mailing.tick().out
    mailing.tick(later(minutes=2))
    assert [DAN] == relay.recipients()
    assert "mail: 3 accepted" in mailing.tick(later(minutes=8)).out
    assert [*READERS] == relay.recipients()


def test_never(mailing: Newsletter, relay: Relay) -> None:
    """Whom the relay refuses with 5xx, at any step, is not tried again; the others get it."""
    for step, who in (("RCPT", ANN), ("DOT", CLEO)):
        relay.answer(step, "550 5.1.1 no such person", to=who)
    assert "mail: 2 accepted, 2 rejected" in mailing.tick().out
    mailing.tick(later(days=1))
    assert [BOB, DAN] == relay.recipients()


def test_most_were_refused(mailing: Newsletter, relay: Relay) -> None:
    """An issue that most readers did not get needs a person, until it is sent again."""
    for who in (ANN, BOB, CLEO):
        relay.answer("DOT", "552 5.3.4 the message is too big", to=who)
    ran = mailing.tick(code=1)
    assert "1 of 4 readers got the mail of 000" in ran.err
    assert "552 5.3.4 the message is too big" in mailing.run("status", code=1).out
    mailing.tick(later(hours=1), code=1)
    assert "goes to 3 readers again" in mailing.run("resend", "000", "--to", "rejected").out
    mailing.tick(later(hours=2))
    mailing.run("status")
    assert [*READERS] == relay.recipients()


def test_most_were_refused_and_that_is_accepted(mailing: Newsletter, relay: Relay) -> None:
    """A person may leave it so; then nothing is said of it any more."""
    for who in (ANN, BOB, CLEO):
        relay.answer("DOT", "552 5.3.4 the message is too big", to=who)
    mailing.tick(code=1)
    mailing.run("resolve", "000", "--rejected", "accept")
    mailing.tick(later(hours=1))
    mailing.run("status")
    assert "nothing of 000 waits" in mailing.complaint("resolve", "000", "--rejected", "accept")


def test_most_were_refused_and_it_is_cancelled(mailing: Newsletter, relay: Relay) -> None:
    """`cancel` ends it too, and counts everyone who will not get it."""
    for who in (ANN, BOB, CLEO):
        relay.answer("DOT", "552 5.3.4 the message is too big", to=who)
    mailing.tick(code=1)
    assert "3 readers will not get it" in mailing.run("cancel", "000").out
    mailing.tick(later(hours=1))
    assert "was cancelled" in mailing.complaint("resend", "000", "--to", "failed")


def test_a_relay_that_will_not_have_us(mailing: Newsletter, relay: Relay) -> None:
    """Words about us reject nobody: the mail is held, and goes out when the relay takes one."""
    relay.answer("RCPT", *["554 5.7.1 Relay access denied"] * 20)
    line = mailing.complaint("run", "--quiet", now=later())
    assert "mail of 000 is held: " in line
    assert "554 5.7.1 Relay access denied" in line
    status = mailing.run("status", code=1).out
    assert "mail of 000 is held: " in status
    assert [] == relay.recipients()
    relay.forget()
    mailing.tick(later(minutes=1))
    mailing.run("status")
    assert [*READERS] == relay.recipients()


def test_sender_refused(mailing: Newsletter, relay: Relay) -> None:
    """A relay that refuses the sender refuses no reader: one line, nothing lost, next time."""
    relay.answer("MAIL", "530 5.7.0 log in first")
    assert "530 5.7.0 log in first" in mailing.complaint("run", "--quiet", now=later())
    mailing.tick(later(minutes=1))
    assert [*READERS] == relay.recipients()


def test_connection_lost_before_the_message(mailing: Newsletter, relay: Relay) -> None:
    """A connection that breaks before the message has left only delays that copy."""
    relay.answer("RCPT", DROP, to=ANN)
    relay.answer("DATA", DROP, to=CLEO)
    assert "mail: 2 accepted, 2 deferred" in mailing.tick().out
    mailing.tick(later(minutes=8))
    assert [*READERS] == relay.recipients()


def test_connection_lost_after_the_final_dot(mailing: Newsletter, relay: Relay) -> None:
    """A copy that was whole when the connection broke is uncertain, said and never sent again."""
    relay.answer("DOT", DROP, to=BOB)
    line = mailing.complaint("run", "--quiet", now=later())
    assert "1 delivery is uncertain" in line
    mailing.tick(later(days=1), code=1)
    assert [*READERS] == relay.recipients()
    status = mailing.run("status", code=1).out
    assert "mail of 000: 3 accepted, 1 uncertain" in status
    assert "1 delivery is uncertain: nobody knows whether the mail was sent" in status


def test_nonsense_after_the_final_dot(mailing: Newsletter, relay: Relay) -> None:
    """A copy whose answer is not SMTP is uncertain too: nobody knows what it means."""
    relay.answer("DOT", "what?", to=BOB)
    assert "1 delivery is uncertain" in mailing.complaint("run", "--quiet", now=later())


def test_refusal_then_hang_up(mailing: Newsletter, relay: Relay) -> None:
    """A refusal counts although the relay hangs up right after it."""
    relay.answer("RCPT", "550 5.1.1 no such person", to=ANN)
    relay.answer("RSET", DROP)
    assert "mail: 3 accepted, 1 rejected" in mailing.tick().out


def test_relay_down(mailing: Newsletter, relay: Relay) -> None:
    """A relay that is down is one line; nothing is lost, and the next run delivers all."""
    relay.close()
    line = mailing.complaint("run", "--quiet", now=later())
    assert f"mail.relay: cannot connect to 127.0.0.1:{relay.port}" in line
    assert {"000"} == mailing.entries().keys()
    relay.open()
    mailing.tick(later(minutes=1))
    assert [*READERS] == relay.recipients()


def test_relay_goes_down_half_way(mailing: Newsletter, relay: Relay) -> None:
    """When the relay ends the session with 421, those who come after get theirs next time."""
    relay.answer("RCPT", "421 4.3.2 shutting down", to=ANN)
    relay.answer("RSET", DROP)
    mailing.tick()
    mailing.tick(later(minutes=8))
    assert [*READERS] == relay.recipients()


def test_no_starttls(mailing: Newsletter, relay: Relay) -> None:
    """A relay without STARTTLS gets no mail while mail.tls is "required": one line says so."""
    mailing.set("mail", tls="required")
    line = mailing.complaint("run", "--quiet", now=later())
    assert "the relay offers no STARTTLS" in line
    assert [] == relay.recipients()
    mailing.set("mail", tls="opportunistic")
    mailing.tick(later(minutes=1))
    assert [*READERS] == relay.recipients()


def test_no_sender(mailing: Newsletter, relay: Relay) -> None:
    """A relay set without mail.from is one line; the site is published, the mail not lost."""
    mailing.set("mail", sender="")
    assert "mail.from is not set" in mailing.complaint("run", "--quiet", now=later())
    assert {"000"} == mailing.entries().keys()
    mailing.set("mail", sender="news@example.net")
    mailing.tick(later(minutes=1))
    assert [*READERS] == relay.recipients()


@pytest.mark.parametrize("sender", ["news@a..b", "news@exa mple.net"])
def test_bad_sender(mailing: Newsletter, relay: Relay, sender: str) -> None:
    """A mail.from that is no address is one line that names the setting."""
    mailing.set("mail", sender=sender)
    assert "mail.from" in mailing.complaint("run", "--quiet", now=later())
    assert [] == relay.recipients()


def test_international_domain(mailing: Newsletter, relay: Relay) -> None:
    """Someone at an international domain is mailed at its ASCII form, which any relay takes."""
    mailing.run("subscribers", "add", "zoe@bücher.example")
    mailing.tick()
    assert "zoe@xn--bcher-kva.example" in relay.recipients()
