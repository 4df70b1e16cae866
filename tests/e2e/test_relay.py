"""`run` with an SMTP relay that takes the mail, or answers that it will not."""

from __future__ import annotations

import pytest

from tests.e2e.newsletter import Newsletter, copies, later
from tests.e2e.relay import DROP, Relay

_ANN, _BOB = "ann@example.org", "bob@example.org"


@pytest.fixture
def mailing(read_newsletter: Newsletter, relay: Relay) -> Newsletter:
    """Give a newsletter with ann and bob, the relay set and one digest to go out."""
    read_newsletter.set("mail", relay=relay.url, tls="off", sender="News <news@example.net>")
    read_newsletter.digest("000_aa.txt", 1)
    return read_newsletter


def _states(newsletter: Newsletter, code: int = 0) -> dict[str, int]:
    found: dict[str, int] = newsletter.status(code)["deliveries"]["000"]
    return found


def test_once_each_with_the_right_envelope(mailing: Newsletter, relay: Relay) -> None:
    """Each subscriber's copy arrives once, in an envelope from the sender to that address."""
    mailing.tick()
    mailing.tick(later(hours=1))
    found = [(each.sender, each.recipient, each.mail["To"]) for each in relay.taken]
    assert [("news@example.net", who, who) for who in (_ANN, _BOB)] == found
    assert {(_ANN, "000"): 1, (_BOB, "000"): 1} == copies([each.mail for each in relay.taken])


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


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
def test_not_now(mailing: Newsletter, relay: Relay, step: str) -> None:
    """Whom the relay puts off with 4xx is tried again later, not before, and alone."""
    relay.answer(step, "451 4.2.1 come back later", to=_ANN)
    mailing.tick()
    assert {"accepted": 1, "deferred": 1} == _states(mailing)
    mailing.tick(later(minutes=2))
    assert [_BOB] == relay.recipients()
    mailing.tick(later(minutes=8))
    assert [_ANN, _BOB] == relay.recipients()
    assert {"accepted": 2} == _states(mailing)


@pytest.mark.parametrize("step", ["RCPT", "DATA", "DOT"])
def test_never(mailing: Newsletter, relay: Relay, step: str) -> None:
    """Whom the relay refuses with 5xx is not tried again, and everyone else gets the mail."""
    relay.answer(step, "550 5.1.1 no such person", to=_ANN)
    mailing.tick()
    mailing.tick(later(days=1))
    assert [_BOB] == relay.recipients()
    assert {"accepted": 1, "rejected": 1} == _states(mailing)


@pytest.mark.parametrize("answer", ["550 5.7.1 you are not allowed", "530 5.7.0 log in first"])
def test_sender_refused(mailing: Newsletter, relay: Relay, answer: str) -> None:
    """A relay that refuses the sender refuses no reader: one line, nothing lost, next time."""
    relay.answer("MAIL", answer)
    line = mailing.complaint("run", "--quiet", now=later())
    assert answer in line
    assert {"pending": 2} == _states(mailing)
    mailing.tick(later(minutes=1))
    assert [_ANN, _BOB] == relay.recipients()


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_connection_lost_before_the_message(mailing: Newsletter, relay: Relay, step: str) -> None:
    """A connection that breaks before the message has left only delays that copy."""
    relay.answer(step, DROP, to=_ANN)
    mailing.tick()
    assert {"accepted": 1, "deferred": 1} == _states(mailing)
    mailing.tick(later(minutes=8))
    assert [_ANN, _BOB] == relay.recipients()


def test_connection_lost_after_the_final_dot(mailing: Newsletter, relay: Relay) -> None:
    """A copy that was whole when the connection broke is uncertain, said and never sent again."""
    relay.answer("DOT", DROP, to=_ANN)
    line = mailing.complaint("run", "--quiet", now=later())
    assert "1 deliveries are uncertain" in line
    for _ in range(2):
        assert {"accepted": 1, "uncertain": 1} == _states(mailing, code=1)
        mailing.tick(later(days=1), code=1)
    assert [_ANN, _BOB] == relay.recipients()
    assert "uncertain" in mailing.run("status", code=1).out


def test_refusal_then_hang_up(mailing: Newsletter, relay: Relay) -> None:
    """A refusal counts although the relay hangs up right after it."""
    relay.answer("RCPT", "550 5.1.1 no such person", to=_ANN)
    relay.answer("RSET", DROP)
    mailing.tick()
    assert {"accepted": 1, "rejected": 1} == _states(mailing)


def test_relay_down(mailing: Newsletter, relay: Relay) -> None:
    """A relay that is down is one line; nothing is lost, and the next run delivers all."""
    relay.close()
    line = mailing.complaint("run", "--quiet", now=later())
    assert f"127.0.0.1:{relay.port}: cannot use this relay" in line
    assert {"000"} == mailing.entries().keys()
    relay.open()
    mailing.tick(later(minutes=1))
    assert [_ANN, _BOB] == relay.recipients()


def test_relay_goes_down_half_way(mailing: Newsletter, relay: Relay) -> None:
    """When the relay ends the session with 421, those who come after get theirs next time."""
    relay.answer("RCPT", "421 4.3.2 shutting down", to=_ANN)
    relay.answer("RSET", DROP)
    mailing.tick()
    mailing.tick(later(minutes=8))
    assert [_ANN, _BOB] == relay.recipients()


def test_no_starttls(mailing: Newsletter, relay: Relay) -> None:
    """A relay without STARTTLS gets no mail while mail.tls is "required": one line says so."""
    mailing.set("mail", tls="required")
    line = mailing.complaint("run", "--quiet", now=later())
    assert "the relay offers no STARTTLS" in line
    assert [] == relay.recipients()
    mailing.set("mail", tls="opportunistic")
    mailing.tick(later(minutes=1))
    assert [_ANN, _BOB] == relay.recipients()


def test_no_sender(mailing: Newsletter, relay: Relay) -> None:
    """A relay set without mail.from is one line; the site is published, the mail not lost."""
    mailing.set("mail", sender="")
    assert "mail.from is not set" in mailing.complaint("run", "--quiet", now=later())
    assert {"000"} == mailing.entries().keys()
    mailing.set("mail", sender="news@example.net")
    mailing.tick(later(minutes=1))
    assert [_ANN, _BOB] == relay.recipients()


@pytest.mark.parametrize("sender", ["News", "news@a..b", "news@exa mple.net"])
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
    assert {"accepted": 3} == _states(mailing)
