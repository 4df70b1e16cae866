"""kill -9 at the worst moments: mail is never sent twice, and out/ comes out the same."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.newsletter import BOB, READERS, Newsletter, Started, later, paper, until
from tests.support.fake_relay import HANG, Relay
from tests.support.hub import hub
from tests.support.processes import Halt

#: Where a first site is made, until all of it is there.
ASIDE = ".out-being-made"
#: Digests for several processes, and for long enough to be interrupted.
MANY = 400


@pytest.fixture
def mailing(read_newsletter: Newsletter, relay: Relay) -> Newsletter:
    """Return a newsletter with readers, the relay set and one digest to go out."""
    read_newsletter.set(
        "mail", relay=relay.url, tls="off", sender="News <news@example.net>", connections=1
    )
    read_newsletter.digest("000_aa.txt", 1)
    return read_newsletter


def _kill(started: Started) -> None:
    started.process.kill()
    assert -signal.SIGKILL == started.end()


def test_killed_before_the_final_dot_is_answered(mailing: Newsletter, relay: Relay) -> None:
    """Killed while the relay has a whole message: that one is uncertain, no one gets two."""
    relay.answer("DOT", HANG, to=BOB)
    with mailing.started("run", "--now", later()) as started:
        until(relay.hanging.is_set, "the final dot")
        _kill(started)
    assert "1 delivery is uncertain" in mailing.complaint("run", "--quiet", now=later(minutes=1))
    mailing.tick(later(days=1), code=1)
    assert [*READERS] == relay.recipients()
    assert {"accepted": 3, "uncertain": 1} == mailing.status(code=1)["deliveries"]["000"]


def test_killed_at_the_envelope(mailing: Newsletter, relay: Relay) -> None:
    """Killed before the message left: nothing is in doubt, and everyone gets one copy."""
    relay.answer("RCPT", HANG, to=BOB)
    with mailing.started("run", "--now", later()) as started:
        until(relay.hanging.is_set, "RCPT")
        _kill(started)
    mailing.tick(later(minutes=1))
    assert [*READERS] == relay.recipients()
    assert {"accepted": 4} == mailing.status()["deliveries"]["000"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_stopped_while_sending(mailing: Newsletter, relay: Relay, how: signal.Signals) -> None:
    """SIGTERM, or a closed terminal, ends the message at hand and no other; the next goes on."""
    relay.answer("DOT", HANG, to=BOB)
    with mailing.started("run", "--now", later()) as started:
        until(relay.hanging.is_set, "the final dot")
        started.process.send_signal(how)
        relay.close()  # the answer never comes, which is the worst that can be
        assert 1 == started.end()
        relay.open()
    mailing.tick(later(minutes=1), code=1)
    assert [*READERS] == relay.recipients()


def test_killed_again_and_again_while_mailing(read_newsletter: Newsletter) -> None:
    """However often a run into the local outbox is killed, everyone has each issue once."""
    people = [f"reader{number}@example.org" for number in range(40)]
    read_newsletter.subscribe(*people)
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.digest("001_bb.txt", 2)
    outbox = read_newsletter.root / ".publisher" / "outbox"
    chance = random.Random(7)  # noqa: S311  (the moment is the scheduler's, whatever the seed)
    for _ in range(6):
        goal = _files(outbox) + chance.randrange(1, 10)
        with read_newsletter.started("run", "--now", later()) as started:
            _wait(started, outbox, goal)
            time.sleep(chance.random() / 500)  # anywhere in the one that follows
            started.process.kill()
    read_newsletter.tick()
    expected = Counter((who, issue) for who in (*people, *READERS) for issue in ("000", "001"))
    assert expected == read_newsletter.mailed()
    assert {"accepted": 44} == read_newsletter.status()["deliveries"]["000"]


def _files(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))


def _wait(started: Started, folder: Path, goal: int) -> None:
    """Wait until a folder holds so many files, or the command has ended first."""
    until(lambda: _files(folder) >= goal or started.process.poll() is not None, "files")


def test_killed_before_the_hub_was_told(newsletter: Newsletter) -> None:
    """Killed between feeds in place and the hub's answer: the next tick tells it, and only once."""
    with hub() as its:
        newsletter.set("newsletter", hub=its.url)
        newsletter.digest("000_aa.txt", 1)
        its.speaks.clear()
        with newsletter.started("run", "--now", later()) as started:
            until(its.silent.is_set, "the hub")
            _kill(started)
        assert [] == its.told
        feeds = newsletter.status()["to_announce"]
        assert feeds
        its.speaks.set()
        for _ in range(2):
            newsletter.tick(later(minutes=1))
        base = "http://localhost:8000/"
        assert sorted(base + feed for feed in feeds) == sorted(its.told)
        assert {} == newsletter.status()["to_announce"]


def test_killed_while_building(newsletter: Newsletter, initialised: Path, tmp_path: Path) -> None:
    """However often a first build is killed, the site comes out at once, as if it had not been."""
    undisturbed = Newsletter(tmp_path / "undisturbed")
    undisturbed.root.mkdir()
    (undisturbed.root / "seeds").mkdir()
    settings = initialised / "publisher.toml"
    (undisturbed.root / "publisher.toml").write_bytes(settings.read_bytes())
    for each in (newsletter, undisturbed):
        for number in range(30):
            text = "".join(paper(3 * number + offset) for offset in range(5))  # some in two issues
            each.digest(f"{number:03}_aa.txt", text)
    undisturbed.build()
    whole = undisturbed.tree()
    for files in (0, 1, 40, 80, 120):
        halt = Halt(newsletter.root / ASIDE, files)
        with newsletter.started("build", "--now", later(), halt=halt) as started:
            started.halted()
            _kill(started)
        assert {} == newsletter.tree()
    newsletter.build()
    assert whole == newsletter.tree()


@pytest.fixture
def many_digests(newsletter: Newsletter) -> Newsletter:
    """Return a newsletter with enough digests for several processes to work on."""
    for number in range(MANY):
        newsletter.digest(f"{number:03}_aa.txt", number)
    return newsletter


@contextmanager
def building(newsletter: Newsletter) -> Iterator[Started]:
    """Let a build begin, and each of its processes stand still before its first page."""
    halt = Halt(newsletter.root / ASIDE)
    with newsletter.started("build", "--now", later(), halt=halt) as started:
        started.halted()
        yield started


def test_killed_with_many_digests(many_digests: Newsletter) -> None:
    """A build killed while other processes work for it leaves none behind, and no lock."""
    with building(many_digests) as started:
        assert len(started.process.living()) > 1
        _kill(started)
        until(lambda: not started.process.living(), "its processes to end")
    many_digests.build()
    assert MANY == len(list((many_digests.root / "out" / "issues").iterdir()))


def test_interrupted_with_many_digests(many_digests: Newsletter) -> None:
    """Ctrl-C during a build ends it and all that work for it, without a word."""
    with building(many_digests) as started:
        assert len(started.process.living()) > 1
        os.killpg(started.process.pid, signal.SIGINT)
        assert 130 == started.end()
        assert [] == started.err
        until(lambda: not started.process.living(), "its processes to end")
