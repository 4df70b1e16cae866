"""A relay's words about us hold a plan, and the plan goes on once the relay takes mail again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.errors import RelayError
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.plans import control
from publisher.storage import plan_state, subscribers
from tests.support import ledger
from tests.support.ledger import (
    CLOSES,
    LATER,
    NEVER,
    REFUSES_US,
    TAKES,
    Act,
    FarSide,
    Office,
    cannot_be_used,
)
from tests.support.newsletter_folder import fresh_database

GARBAGE = Act(
    Reply(Outcome.deferred, "no SMTP reply: HTTP/1.1 400", 0, Stage.rcpt), commits=False, ends=True
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Set up an office with thirty readers, one plan, and a relay of one connection."""
    with fresh_database(tmp_path) as database:
        office = Office(database, tmp_path, [FarSide()])
        office.join(*(f"reader{number}@example{number}.org" for number in range(30)))
        office.publish()
        yield office


def states(office: Office) -> Counter[str]:
    """Return how many deliveries are in which state."""
    return Counter(state for state, *_ in office.ledger())


def held(office: Office) -> str:
    """Return why the plan is held; empty when it is not."""
    with office.database.read() as connection:
        return plan_state.held(connection).get("001", "")


def send(office: Office) -> None:
    """Do what a run does, which may find no relay of use."""
    with suppress(RelayError):
        office.send()


def test_words_about_us_hold_the_plan(office: Office) -> None:
    """After a few refusals of the sender nothing more is tried, and nobody is rejected."""
    office.side.does = lambda _: REFUSES_US
    send(office)
    assert Counter(pending=25, deferred=5) == states(office)
    assert "Relay access denied" in held(office)


@pytest.mark.parametrize("readers", [1, 3])
def test_words_about_us_hold_a_small_plan(tmp_path: Path, readers: int) -> None:
    """It takes no number of readers for that."""
    with fresh_database(tmp_path) as database:
        office = Office(database, tmp_path, [FarSide(does=lambda _: REFUSES_US)])
        office.join(*(f"reader{number}@example.org" for number in range(readers)))
        office.publish()
        send(office)
        assert ({"deferred"}, True) == (set(states(office)), bool(held(office)))


def test_a_quota_in_the_midst_holds_the_rest(office: Office) -> None:
    """What went before is accepted, the rest waits, and so it does when it is nearly all."""
    turns = iter(range(100))
    office.side.does = lambda _: TAKES if next(turns) < 28 else REFUSES_US
    send(office)
    assert (Counter(accepted=28, deferred=2), True) == (states(office), bool(held(office)))


def test_one_reader_whose_server_refuses_us_holds_nothing(office: Office) -> None:
    """Words about us that come once, while all others are taken, may be about one reader."""
    one = "reader29@example29.org"
    office.side.does = lambda message: REFUSES_US if message.recipient == one else TAKES
    for _ in range(8):
        send(office)
        assert "" == held(office)
        office.now += timedelta(days=1)
    assert Counter(accepted=29, rejected=1) == states(office)


def test_a_plan_of_which_nothing_was_taken_is_held(tmp_path: Path) -> None:
    """Whatever a relay blames us for, and however few the readers: that run is not green."""
    words = "550 go away"
    act = Act(Reply(Outcome.rejected, words, 550, Stage.rcpt), commits=False)
    with fresh_database(tmp_path) as database:
        office = Office(database, tmp_path, [FarSide(does=lambda _: act)])
        office.join("ann@example.org")
        office.publish()
        send(office)
        assert (Counter(deferred=1), True) == (states(office), words in held(office))


def test_one_delivery_is_tried_in_each_run(office: Office) -> None:
    """A relay that goes on refusing us is asked once a run."""
    office.side.does = lambda _: REFUSES_US
    send(office)
    before = states(office)["deferred"]
    send(office)
    send(office)
    assert before + 2 == states(office)["deferred"]


def test_all_go_out_in_the_run_that_the_relay_takes_one(office: Office) -> None:
    """Nobody waits for the time of their next try, and no command is needed."""
    office.side.does = lambda _: REFUSES_US
    send(office)
    office.side.does = lambda _: TAKES
    send(office)
    assert (Counter(accepted=30), "") == (states(office), held(office))


def test_nobody_is_given_up_for_what_is_about_us(office: Office) -> None:
    """However long the plan is held: nobody is rejected for the sender's fault."""
    office.side.does = lambda _: REFUSES_US
    for _ in range(10):
        send(office)
        office.now += timedelta(days=1)
    office.side.does = lambda _: LATER
    send(office)
    office.side.does = lambda _: TAKES
    send(office)
    office.now += timedelta(days=1)
    send(office)
    assert Counter(accepted=30) == states(office)


def test_a_dead_address_is_no_answer_to_the_question(office: Office) -> None:
    """The first reader that is tried may be gone: then another shows what the relay does."""
    office.side.does = lambda _: REFUSES_US
    send(office)
    refused = {f"reader{number}@example{number}.org" for number in (5, 6)}
    office.side.does = lambda message: NEVER if message.recipient in refused else TAKES
    send(office)
    office.now += timedelta(hours=1)
    send(office)
    assert Counter(accepted=28, rejected=2) == states(office)


@pytest.mark.parametrize("act", [CLOSES, GARBAGE])
def test_a_relay_that_breaks_off_is_given_up_for_the_run(office: Office, act: Act) -> None:
    """421 or garbage before a message: a few conversations, not one a minute."""
    office.side.does = lambda _: act
    send(office)
    assert (Counter(pending=27, deferred=3), True) == (states(office), bool(held(office)))


def test_few_are_uncertain(office: Office) -> None:
    """A relay that hangs up after each message is stopped after a few."""
    office.side.does = lambda _: ledger.LOSES
    send(office)
    assert Counter(pending=27, uncertain=3) == states(office)
    assert "the relay hung up" in held(office)


def test_a_relay_that_does_not_answer_is_tried_less_and_less_often(office: Office) -> None:
    """A day of runs every five minutes leaves a few more in doubt, not hundreds."""
    office.side.does = lambda _: ledger.LOSES
    for _ in range(24 * 12):
        send(office)
        office.now += timedelta(minutes=5)
    assert 3 < states(office)["uncertain"] < 30 + 1
    assert held(office)


def test_a_relay_that_cannot_be_used_holds_the_plan(office: Office) -> None:
    """`status` can say why nothing went out, and no command is needed when it is back."""
    office.side.greets = cannot_be_used
    send(office)
    before = held(office)
    office.side.greets = lambda: None
    send(office)
    assert "no connection" in before
    assert (Counter(accepted=30), "") == (states(office), held(office))


def test_another_relay_goes_on(office: Office) -> None:
    """Of two relays one refuses us: the other sends all, and nothing is held."""
    office.sides = [
        FarSide("a.example.org:25", does=lambda _: REFUSES_US),
        FarSide("b.example.org:25"),
    ]
    send(office)
    assert "" == held(office)
    office.now += timedelta(hours=1)
    office.sides[0].does = lambda _: TAKES
    send(office)
    assert Counter(accepted=30) == states(office)


def test_a_person_pauses_and_cancels_what_is_held(office: Office) -> None:
    """What is paused is not tried; what is cancelled is not held any more."""
    office.side.does = lambda _: REFUSES_US
    send(office)
    control.pause_plan(office.database, "001")
    before = states(office)
    send(office)
    assert before == states(office)
    cancelled = control.cancel_plan(office.database, "001", office.now)
    assert (30, 0, "") == (cancelled.without, cancelled.unknown, held(office))


# --- When each was tried ------------------------------------------------------------------


def suppressed(office: Office) -> int:
    """Return how many readers are suppressed."""
    with office.database.read() as connection:
        return subscribers.counts(connection).get("suppressed", 0)


def company(office: Office, readers: int) -> None:
    """Let so many readers of one company join, and plan an issue."""
    office.send()
    office.join(*(f"staff{number}@corp.example.net" for number in range(readers)))
    office.publish("002")


def at_the_company(act: Act, most: int = 1000) -> FarSide:
    """Return a relay that does this with so many messages to the company, and takes all others."""
    turns = iter(range(most))
    return FarSide(
        does=lambda message: (
            act
            if message.recipient.endswith("@corp.example.net") and next(turns, None) is not None
            else TAKES
        )
    )


def test_a_directory_that_is_out_suppresses_nobody(office: Office) -> None:
    """A domain that refuses most of its readers as unknown has lost its directory."""
    company(office, 30)
    office.sides = [at_the_company(NEVER)]
    office.send()
    assert (Counter(accepted=60, deferred=30), 0) == (states(office), suppressed(office))
    office.sides = [FarSide()]
    office.now += timedelta(hours=1)
    office.send()
    assert Counter(accepted=90) == states(office)


def test_a_directory_that_stays_out_suppresses_nobody(office: Office) -> None:
    """They are given up in the end, and stay on the list."""
    company(office, 6)
    office.sides = [at_the_company(NEVER)]
    for _ in range(20):
        office.send()
        office.now += timedelta(hours=12)
    assert (Counter(accepted=60, rejected=6), 0) == (states(office), suppressed(office))


@pytest.mark.parametrize(("readers", "gone"), [(4, 4), (30, 15)])
def test_dead_addresses_of_a_domain(office: Office, readers: int, gone: int) -> None:
    """Fewer than five, or no more than half, are dead addresses."""
    company(office, readers)
    office.sides = [at_the_company(NEVER, gone)]
    office.send()
    assert (gone, gone) == (states(office)["rejected"], suppressed(office))


def test_a_relay_that_took_nothing_proves_nothing(tmp_path: Path) -> None:
    """Eight readers of eight domains, all unknown, and nobody else: that is the relay's fault."""
    with fresh_database(tmp_path) as database:
        office = Office(database, tmp_path, [FarSide(does=lambda _: NEVER)])
        office.join(*(f"reader{number}@example{number}.org" for number in range(8)))
        office.publish()
        office.send()
        assert (Counter(deferred=8), 0) == (states(office), suppressed(office))
