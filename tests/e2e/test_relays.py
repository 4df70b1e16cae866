"""`run` with two relays: each has its share, and one that cannot be used leaves it to the other."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.e2e.newsletter import READERS, Newsletter, copies, later
from tests.support.fake_relay import Relay


@pytest.fixture
def other() -> Iterator[Relay]:
    """Yield the second relay."""
    found = Relay()
    yield found
    found.end()


@pytest.fixture
def mailing(read_newsletter: Newsletter, relay: Relay, other: Relay) -> Newsletter:
    """Return a newsletter with both relays set, four readers and one digest to go out."""
    relays = f"{relay.url} weight=1, {other.url} weight=3"
    read_newsletter.set("mail", relays=relays, tls="off", sender="News <news@example.net>")
    read_newsletter.digest("000_aa.txt", 1)
    return read_newsletter


def once_each(*relays: Relay) -> bool:
    """Return whether each reader got one copy, through whichever relay."""
    mails = [each.mail for relay in relays for each in relay.taken]
    return copies(mails) == {(who, "000"): 1 for who in READERS}


def test_shares(mailing: Newsletter, relay: Relay, other: Relay) -> None:
    """Each relay has its share of the mail."""
    mailing.tick()
    assert (1, 3) == (len(relay.taken), len(other.taken))
    assert once_each(relay, other)


def test_a_slow_relay_has_its_share(mailing: Newsletter, relay: Relay, other: Relay) -> None:
    """Weights hold to the message, although one relay is ten times as fast as the other."""
    mailing.set("mail", relays=f"{relay.url} weight=3 rate=80/s, {other.url}")
    mailing.subscribe(*(f"reader{number}@example.org,,en,confirmed" for number in range(96)))
    assert "mail: 100 accepted" in mailing.tick().out
    assert (75, 25) == (len(relay.taken), len(other.taken))


def test_what_overflows(mailing: Newsletter, relay: Relay, other: Relay) -> None:
    """A relay that may overflow leaves to the other what its rate does not allow at once."""
    mailing.set("mail", relays=f"{relay.url} weight=3 rate=1/s overflow=true, {other.url}")
    mailing.subscribe(*(f"reader{number}@example.org,,en,confirmed" for number in range(96)))
    assert "mail: 100 accepted" in mailing.tick().out
    assert 75 < len(other.taken)


def test_one_is_gone(mailing: Newsletter, relay: Relay, other: Relay) -> None:
    """Where one cannot be connected to, all goes through the other, in the same run."""
    relay.close()
    assert "mail: 4 accepted" in mailing.tick().out
    assert once_each(other)


def test_one_takes_nothing_from_us(mailing: Newsletter, relay: Relay, other: Relay) -> None:
    """Where one refuses the sender, all goes through the other, in the same run."""
    relay.answer("MAIL", *["550 5.7.1 your account is closed"] * 9)
    assert "mail: 4 accepted" in mailing.tick().out
    assert once_each(other)


def test_both_are_gone(mailing: Newsletter, relay: Relay, other: Relay) -> None:
    """Where none can be used nothing is begun, and the next run sends it all."""
    relay.close()
    other.close()
    assert "cannot connect to" in mailing.tick(code=1).err
    relay.open()
    other.open()
    mailing.tick(later(minutes=5))
    assert once_each(relay, other)


# --- How fast, and when -------------------------------------------------------------------


def test_quiet_hours(mailing: Newsletter, relay: Relay, other: Relay) -> None:
    """In quiet hours an issue is published and planned, and its mail goes out after them."""
    mailing.set("mail", quiet_hours="07:30-09:00")
    said = mailing.tick().out
    assert "mail: issue 000 is for 4 subscribers" in said
    assert "mail: quiet hours; what is left goes out after 09:00 UTC" in said
    assert [] == relay.taken + other.taken
    assert "mail: 4 accepted" in mailing.tick(later(hours=1)).out
    assert once_each(relay, other)


def test_no_quiet_hours_without_mail(mailing: Newsletter) -> None:
    """Nothing is said of quiet hours when there is nothing to mail."""
    mailing.tick()
    mailing.set("mail", quiet_hours="07:30-09:00")
    assert "quiet" not in mailing.tick(later(minutes=5)).out


def test_a_rate(mailing: Newsletter, relay: Relay, other: Relay) -> None:
    """Four messages at two a second take a second and a half."""
    mailing.set("mail", relays=f"{relay.url} rate=2/s")
    start = time.monotonic()
    mailing.tick()
    assert 4 == len(relay.taken)
    assert time.monotonic() - start >= 1.5
    assert [] == other.taken
