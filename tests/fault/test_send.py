"""A send that something comes between: nobody is missed, nobody gets two, and it is said."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.newsletter import ANN, BOB, CLEO, DAN, READERS, Newsletter, Started, later, until
from tests.fault.test_disk import small_disk
from tests.support.fake_relay import HANG, Relay
from tests.support.scripted_relay import Misbehaving, Play, Rule, says


@pytest.fixture
def mailing(read_newsletter: Newsletter, relay: Relay) -> Newsletter:
    """Return a newsletter with readers, a relay of one connection, and one digest to go out."""
    read_newsletter.set(
        "mail", relay=relay.url, tls="off", sender="News <news@example.net>", connections=1
    )
    read_newsletter.digest("000_aa.txt", 1)
    return read_newsletter


@pytest.fixture
def sink() -> Iterator[Misbehaving]:
    """Yield a relay that does what a script says."""
    found = Misbehaving()
    yield found
    found.end()


def states(newsletter: Newsletter, code: int = 0) -> dict[str, int]:
    """Count the ledger's states."""
    found: dict[str, int] = newsletter.status(code)["deliveries"]["000"]
    return found


def looked(newsletter: Newsletter) -> None:
    """Wait until a run has looked into the ledger, and has heeded what it found there.

    A round ends with a commit. Whoever saw two of them has seen the first one heeded: it is before
    the second begins. (Times of the journal's file do not tell: one commit writes several pages.)
    """
    until(lambda: sending(newsletter), "a journal")
    path = newsletter.root / ".publisher" / "state.db"
    with closing(sqlite3.connect(path)) as connection:
        for _ in range(2):
            before = commits(connection)
            until(lambda: commits(connection) != before, "a round")  # noqa: B023  (waited for)


def commits(connection: sqlite3.Connection) -> int:
    """Return a number that changes with each commit of another connection."""
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    assert isinstance(version, int)
    return version


def sending(newsletter: Newsletter) -> list[Path]:
    """Return the journals."""
    folder = newsletter.root / ".publisher" / "sending"
    return list(folder.iterdir()) if folder.exists() else []


def hung(relay: Relay, started: Started) -> None:
    """Wait until the run waits for the relay."""
    until(lambda: relay.hanging.is_set() or started.process.poll() is not None, "the relay")
    assert started.process.poll() is None


# --- Other people, at the same time -------------------------------------------------------


def test_two_senders_at_once(mailing: Newsletter, relay: Relay) -> None:
    """Of two runs that are started together one leaves it to the other: everyone gets one."""
    with (
        mailing.started("run", "--now", later()) as one,
        mailing.started("run", "--now", later()) as two,
    ):
        codes = sorted((one.end(), two.end()))
    assert codes in ([0, 0], [0, 75])  # the second may have come when the first had ended
    assert [*READERS] == relay.recipients()


@pytest.mark.parametrize(("word", "rest"), [("pause", "pending"), ("cancel", "suppressed")])
def test_stopped_by_another_command(
    mailing: Newsletter, relay: Relay, word: str, rest: str
) -> None:
    """`pause` and `cancel` reach a run that is at work: what is on its way ends, and no more."""
    relay.answer("DOT", HANG, to=ANN)
    with mailing.started("run", "--now", later()) as started:
        hung(relay, started)
        mailing.run(word, "000")
        looked(mailing)
        relay.release()
        assert 0 == started.end()
    assert [ANN] == relay.recipients()
    assert {"accepted": 1, rest: 3} == states(mailing)


def test_resumed(mailing: Newsletter, relay: Relay) -> None:
    """What was paused goes out after `resume`, and not before."""
    mailing.run("build", now=later())
    relay.answer("DOT", HANG, to=ANN)
    with mailing.started("run", "--now", later()) as started:
        hung(relay, started)
        mailing.run("pause", "000")
        looked(mailing)
        relay.release()
        started.end()
    mailing.tick(later(hours=1))
    assert [ANN] == relay.recipients()
    mailing.run("resume", "000")
    mailing.tick(later(hours=2))
    assert [*READERS] == relay.recipients()


def test_unsubscribing_during_a_send(mailing: Newsletter, relay: Relay) -> None:
    """Whoever leaves while mail goes out gets nothing, if theirs has not begun."""
    relay.answer("DOT", HANG, to=ANN)
    with mailing.started("run", "--now", later()) as started:
        hung(relay, started)
        mailing.run("subscribers", "remove", CLEO)
        looked(mailing)  # for 50 ms it may be held for true that nobody left
        relay.release()
        assert 0 == started.end()
    assert [ANN, BOB, DAN] == relay.recipients()
    assert {"accepted": 3, "suppressed": 1} == states(mailing)


def test_told_to_stop_while_the_relay_hangs(mailing: Newsletter, relay: Relay) -> None:
    """SIGTERM ends a run within ten seconds, whatever the relay does: one mail is uncertain."""
    relay.answer("DOT", HANG, to=BOB)
    with mailing.started("run", "--now", later()) as started:
        hung(relay, started)
        started.end_within(10, signal.SIGTERM)
    assert {"accepted": 1, "uncertain": 1, "pending": 2} == states(mailing, code=1)


def test_told_to_stop_before_the_end_of_a_message(mailing: Newsletter, relay: Relay) -> None:
    """What has not begun when a run is told to stop is in no doubt, and not waited for."""
    relay.answer("RCPT", HANG, to=BOB)
    with mailing.started("run", "--now", later()) as started:
        hung(relay, started)
        started.end_within(5, signal.SIGTERM)
    assert {"accepted": 1, "pending": 3} == states(mailing)


def test_told_to_stop_with_more_to_send(mailing: Newsletter, relay: Relay) -> None:
    """A run that is told to stop does not begin with the next issue, and says what is left."""
    mailing.digest("001_aa.txt", 2)
    relay.answer("DOT", HANG, to=ANN)
    with mailing.started("run", "--now", later()) as started:
        hung(relay, started)
        started.process.send_signal(signal.SIGTERM)
        looked(mailing)
        relay.release()
        assert 1 == started.end()
    assert [ANN] == relay.recipients()
    assert {"pending": 4} == mailing.status()["deliveries"]["001"]


# --- The ledger and the disk --------------------------------------------------------------


@contextmanager
def locked(newsletter: Newsletter) -> Iterator[None]:
    """Hold the ledger, as another program may."""
    path = newsletter.root / ".publisher" / "state.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize(("step", "fate"), [("RCPT", "accepted"), ("DOT", "uncertain")])
def test_told_to_stop_while_the_ledger_is_locked(
    mailing: Newsletter, relay: Relay, step: str, fate: str
) -> None:
    """SIGTERM ends a run within ten seconds also when neither relay nor ledger answers."""
    relay.answer(step, HANG, to=BOB)
    with mailing.started("run", "--quiet", "--now", later()) as started:
        hung(relay, started)
        with locked(mailing):
            assert 1 == started.end_within(10, signal.SIGTERM)
    assert 1 == len(started.err), started.err
    assert "another program holds the state database" in started.err[0]
    mailing.tick(later(minutes=1), code=int(fate == "uncertain"))
    expected = Counter(["accepted", fate, "accepted", "accepted"])
    assert expected == states(mailing, code=int(fate == "uncertain"))
    assert [*READERS] == relay.recipients()


def test_ledger_locked_during_a_send(mailing: Newsletter, relay: Relay) -> None:
    """A ledger that another program holds ends the run with one line; nothing is lost."""
    relay.answer("DOT", HANG, to=BOB)
    with mailing.started("run", "--quiet", "--now", later()) as started:
        hung(relay, started)
        with locked(mailing):
            relay.release()
            assert 1 == started.end()
    assert 1 == len(started.err), started.err
    assert "another program holds the state database" in started.err[0]
    mailing.tick(later(minutes=1))
    assert [*READERS] == relay.recipients()
    assert {"accepted": 4} == states(mailing)


@contextmanager
def small_state(newsletter: Newsletter, size: str) -> Iterator[Path]:
    """Put a newsletter's state on a disk of that size."""
    folder = newsletter.root / ".publisher"
    aside = folder.rename(newsletter.root / "aside")
    with small_disk(folder, f"size={size}"):
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        yield folder


def test_no_room_for_the_journal(mailing: Newsletter, relay: Relay) -> None:
    """Without room for what a send has to note nothing is sent, and that is said in one line."""
    with small_state(mailing, "3m") as folder:
        line = mailing.complaint("run", "--quiet", now=later())
        assert "cannot be written: No space left on device; nothing was sent" in line
        assert [] == relay.recipients()
        assert [] == sending(mailing)
        subprocess.run(["mount", "-o", "remount,size=16m", str(folder)], check=True)
        mailing.tick()
        assert [*READERS] == relay.recipients()


def test_disk_full_during_a_send(mailing: Newsletter, relay: Relay) -> None:
    """A disk that fills up during a send ends it with one line; the next run goes on."""
    relay.answer("DOT", HANG, to=BOB)
    with small_state(mailing, "16m") as folder:
        with mailing.started("run", "--quiet", "--now", later()) as started:
            hung(relay, started)
            ballast = folder / "ballast"
            with suppress(OSError), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
            relay.release()
            assert 1 == started.end()
        assert 1 == len(started.err), started.err
        assert "the disk is full; make room and run again" in started.err[0]
        ballast.unlink()
        mailing.tick(later(minutes=1))
        assert [*READERS] == relay.recipients()
        assert {"accepted": 4} == states(mailing)


# --- The relay ----------------------------------------------------------------------------


def test_relay_gone_for_an_hour(mailing: Newsletter, relay: Relay) -> None:
    """Runs that find no relay say so and change nothing; the first that finds it goes on."""
    relay.close()
    for minutes in (0, 15, 30, 45):
        line = mailing.complaint("run", "--quiet", now=later(minutes=minutes))
        assert "cannot connect to" in line
        assert {"pending": 4} == states(mailing, code=1)
    relay.open()
    mailing.tick(later(minutes=60))
    assert [*READERS] == relay.recipients()


def test_relay_that_refuses_everyone(read_newsletter: Newsletter, sink: Misbehaving) -> None:
    """A relay that refuses all holds the plan: few are asked for, and none is suppressed."""
    people = [f"reader{number}@example{number}.org" for number in range(200)]
    read_newsletter.set("mail", relay=sink.url, tls="off", sender="News <news@example.net>")
    read_newsletter.subscribe(*people)
    read_newsletter.digest("000_aa.txt", 1)
    play = sink.begin(Play([Rule("RCPT", says("550 5.1.1 no such user"), times=None)]))
    read_newsletter.tick(code=1)
    asked = [each for each in play.heard if each.startswith("RCPT")]
    assert len(asked) < 40
    status = read_newsletter.run("status", code=1).out
    assert "mail of 000 is held: 127.0.0.1" in status
    assert "refuses everyone: 550 5.1.1 no such user" in status
    read_newsletter.tick(later(hours=1), code=1)
    sink.begin(Play())
    read_newsletter.tick(later(days=1))
    assert {"accepted": 204} == states(read_newsletter)


def test_another_relay_takes_over(
    read_newsletter: Newsletter, relay: Relay, sink: Misbehaving
) -> None:
    """Of several relays, the one that is there takes what the other cannot."""
    sink.begin(Play([Rule("CONNECT", says("421 4.3.2 closed", cuts=True), times=None)]))
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.set("mail", tls="off", sender="News <news@example.net>")
    settings = read_newsletter.root / "publisher.toml"
    tables = "".join(f'[[mail.relays]]\nurl = "{each.url}"\n' for each in (sink, relay))
    settings.write_text(settings.read_text() + tables)
    read_newsletter.tick()
    assert [*READERS] == relay.recipients()
    assert {"accepted": 4} == states(read_newsletter)


def test_a_rate_is_kept_over_restarts(mailing: Newsletter, relay: Relay) -> None:
    """A run that is stopped and started again sends no more than one that went on."""
    mailing.set("mail", rate="2/h")
    for run in range(3):
        with mailing.started("run", "--now", later()) as started:
            until(lambda: relay.taken, "the first message")
            looked(mailing)
            assert 1 == started.end(signal.SIGTERM), run
        assert [ANN] == relay.recipients()


def test_fewer_connections_than_processes(read_newsletter: Newsletter, sink: Misbehaving) -> None:
    """A relay that takes one connection gets all the mail over that, however many processes."""
    read_newsletter.set("mail", relay=sink.url, tls="off", sender="News <news@example.net>")
    read_newsletter.subscribe(*(f"r{number}@example.org,,,confirmed" for number in range(2000)))
    read_newsletter.digest("000_aa.txt", 1)
    too_many = says("421 4.7.0 too many connections", cuts=True)
    play = sink.begin(Play([Rule("CONNECT", too_many, after=1, times=None)]))
    assert "mail: 2004 accepted" in read_newsletter.tick().out
    assert 2004 == len(set(play.kept))
