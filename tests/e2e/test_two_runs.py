"""Publishing and delivery have a lock each: a digest does not wait while mail goes out."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from publisher.storage.lock import Work, exclusive
from tests.e2e.newsletter import READERS, Newsletter, Started, until
from tests.support.fake_relay import HANG, Relay

BUSY = 75


@pytest.fixture
def newsletter_on(read_newsletter: Newsletter, relay: Relay) -> Newsletter:
    """Return a newsletter with readers, whose relay takes one mail at a time."""
    read_newsletter.set(
        "mail", relay=relay.url, tls="off", sender="news@example.net", connections=1,
        max_lateness="36500d",  # its digests are of NOW, and it runs by the real clock
    )  # fmt: skip
    read_newsletter.digest("000_aa.txt", 1)
    return read_newsletter


@pytest.fixture
def sending(newsletter_on: Newsletter, relay: Relay) -> Iterator[Started]:
    """Return a run that sends and waits for the relay."""
    relay.answer("RCPT", HANG)
    with newsletter_on.started("run") as started:
        assert relay.hanging.wait(60)
        yield started


def test_a_second_run_publishes(sending: Started, newsletter_on: Newsletter, relay: Relay) -> None:
    """A digest that comes while mail goes out is published; the first run sends its mail too."""
    newsletter_on.digest("001_bb.txt", 2)
    ran = newsletter_on.run("run")
    assert "published 001 (Study 2)" in ran.out
    assert "mail: issue 001 is for 4 subscribers" in ran.out
    assert "mail: another run is sending; it sends this too" in ran.out
    assert {"000", "001"} == newsletter_on.entries().keys()
    relay.release()
    assert 0 == sending.end()
    assert sorted(2 * READERS) == relay.recipients()
    assert {"accepted": 4} == newsletter_on.status()["deliveries"]["001"]


def test_a_second_run_fails_by_itself(sending: Started, newsletter_on: Newsletter) -> None:
    """Its exit code is that of what it did: 1 for a digest with an error, while mail goes out."""
    (newsletter_on.root / "seeds" / "001_bb.txt").write_bytes(b"## A\n\xff\xfe\n")
    assert "seeds/001_bb.txt:2:1: error" in newsletter_on.run("run", code=1).err
    assert [] == sending.err


def test_nothing_is_said_in_quiet(sending: Started, newsletter_on: Newsletter) -> None:
    """With --quiet a run that leaves the mail to another says nothing of it."""
    ran = newsletter_on.run("run", "--quiet")
    assert ("", "") == (ran.out, ran.err)
    assert [] == sending.out


def test_others_work_meanwhile(sending: Started, newsletter_on: Newsletter) -> None:
    """`build`, `backup`, `status` and `subscribers` work while a run is sending."""
    newsletter_on.run("build")
    newsletter_on.run("backup", "b.db")
    added = newsletter_on.run("subscribers", "add", "eve@example.org").out
    assert "eve@example.org: added\n" == added
    assert {"sending": 4} == newsletter_on.status()["deliveries"]["000"]
    assert [] == sending.err


@pytest.mark.parametrize("words", [("restore", "b.db"), ("accept-restore",)])
def test_no_restore_meanwhile(
    sending: Started, newsletter_on: Newsletter, words: tuple[str, ...]
) -> None:
    """The state is not put back under a run that sends."""
    assert "another run is sending mail" in newsletter_on.complaint(*words, code=BUSY)
    assert [] == sending.err


def test_apply_while_another_sends(
    sending: Started, newsletter_on: Newsletter, relay: Relay
) -> None:
    """A plan that is approved meanwhile goes out with the run that is sending."""
    newsletter_on.digest("001_bb.txt", 2)
    newsletter_on.run("build")
    plan = newsletter_on.run("plan", "001").out.split("plan ")[1].split()[0]
    ran = newsletter_on.run("apply", plan)
    assert "mail: another run is sending; it sends this too\n" == ran.out
    relay.release()
    assert 0 == sending.end()
    assert sorted(2 * READERS) == relay.recipients()


def test_what_is_approved_is_not_planned_again(sending: Started, newsletter_on: Newsletter) -> None:
    """A plan that is on its way keeps its bytes and its readers."""
    assert "on its way" in newsletter_on.complaint("plan", "000")
    assert [] == sending.err


def test_apply_sends_what_runs_leave_to_it(newsletter_on: Newsletter, relay: Relay) -> None:
    """A run that comes while `apply` sends leaves its mail to that."""
    newsletter_on.run("build")
    plan = newsletter_on.run("plan", "000").out.split("plan ")[1].split()[0]
    relay.answer("RCPT", HANG)
    with newsletter_on.started("apply", plan) as applying:
        assert relay.hanging.wait(60)
        newsletter_on.digest("001_bb.txt", 2)
        newsletter_on.run("run")
        relay.release()
        assert 0 == applying.end()
    assert sorted(2 * READERS) == relay.recipients()


@pytest.mark.parametrize("words", [("run",), ("build",), ("plan", "000"), ("restore", "b.db")])
def test_two_that_publish(read_newsletter: Newsletter, words: tuple[str, ...]) -> None:
    """While a run publishes, another leaves that to it, with exit code 75."""
    with exclusive(read_newsletter.root / ".publisher", Work.publishing):
        assert "another run is at work" in read_newsletter.complaint(*words, code=BUSY)


def test_watch_publishes_while_it_sends(newsletter_on: Newsletter, relay: Relay) -> None:
    """The daemon publishes what is dropped while its mail goes out, and sends that next."""
    relay.answer("RCPT", HANG)
    with newsletter_on.started("watch") as daemon:
        assert relay.hanging.wait(60)
        newsletter_on.digest("001_bb.txt", 2)
        daemon.says("published 001")
        assert "001" in newsletter_on.entries()
        assert [] == relay.recipients()
        relay.release()
        until(lambda: 8 == len(relay.taken), "the mail of both issues")
        daemon.says("mail: 8 accepted")
        assert 0 == daemon.end(signal.SIGTERM)
    assert Counter(2 * READERS) == Counter(relay.recipients())


def test_watch_is_told_to_stop_while_it_sends(newsletter_on: Newsletter, relay: Relay) -> None:
    """SIGTERM ends the daemon and what sends, and the next run sends what is left."""
    relay.answer("RCPT", HANG)
    with newsletter_on.started("watch") as daemon:
        assert relay.hanging.wait(60)
        assert 0 == daemon.end_within(10, signal.SIGTERM)
        until(lambda: not daemon.process.living(), "its processes to end")
    relay.release()
    newsletter_on.run("run")
    assert sorted(READERS) == relay.recipients()
