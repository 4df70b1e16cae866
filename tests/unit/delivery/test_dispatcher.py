"""Every recipient gets each issue once, by one process that sends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import update

from publisher.errors import RelayError, StateError
from publisher.mail.smtp_session import Message, MessageSource
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.model import DeliveryState
from publisher.plans import control
from publisher.storage import deliveries, plan_state
from publisher.storage.database import Database
from publisher.storage.tables import seconds, subscriber
from publisher.subscribers import admin, preferences
from publisher.subscribers.preferences import Leaving
from publisher.subscribers.tokens import Purpose
from tests.support import ledger
from tests.support.ledger import LATER, NEVER, TAKES, Act, FarSide, Office, cannot_be_used
from tests.support.newsletter_folder import KEYS, NOW, fresh_database

ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Set up an office with two readers, one plan, and a relay of one connection."""
    with fresh_database(tmp_path) as database:
        found = Office(database, tmp_path, [FarSide()])
        found.join(ANN, BOB)
        found.publish()
        yield found


def held(office: Office) -> dict[str, str]:
    """Return the plans that are held, and why."""
    with office.database.read() as connection:
        return plan_state.held(connection)


def to(recipient: str, act: Act) -> Callable[[Message], Act]:
    """Do this with one recipient's messages, and take all others."""
    return lambda message: act if message.recipient == recipient else TAKES


def first(does: Callable[[], object]) -> Callable[[Message], Act]:
    """Take all messages, and do this while the first is on its way."""
    waiting = [does]

    def take(_: Message) -> Act:
        while waiting:
            waiting.pop()()
        return TAKES

    return take


def test_everyone_gets_it_once(office: Office) -> None:
    """All who are on the list when the issue is planned get it, in one run."""
    office.send()
    assert [ANN, BOB] == office.side.recipients


def test_accepted_is_never_tried_again(office: Office) -> None:
    """A second run finds nothing to do."""
    office.send()
    office.send()
    assert [ANN, BOB] == office.side.recipients


def test_audience_is_frozen_with_the_plan(office: Office) -> None:
    """Who joins after the plan was made does not get this issue."""
    office.join("carol@example.org")
    office.send()
    assert [ANN, BOB] == office.side.recipients


def test_who_leaves_after_the_plan_gets_nothing(office: Office) -> None:
    """Leaving takes effect at once: the delivery is `suppressed`."""
    admin.remove(office.database, ANN, now=NOW)
    office.send()
    assert [BOB] == office.side.recipients
    assert [("suppressed", 0, "left the list"), ("accepted", 1, "250 ok")] == office.ledger()


def test_sending_is_committed_before_the_relay_is_asked(office: Office) -> None:
    """Another connection sees `sending` while the relay has the first message in its hands."""
    seen = []
    office.side.does = first(lambda: seen.append([state for state, *_ in office.ledger()]))
    office.send()
    assert [["sending", "sending"]] == seen


def test_rejected_is_final(office: Office) -> None:
    """A refusal for good is recorded with the relay's words and never tried again."""
    reply = Reply(Outcome.rejected, f"550 5.1.1 no such user {ANN}", 550, Stage.rcpt)
    office.side.does = to(ANN, Act(reply, commits=False))
    office.send()
    office.now += timedelta(days=30)
    office.side.does = lambda _: TAKES
    office.send()
    assert ("rejected", 1, "550 5.1.1 no such user <address>") == office.ledger()[0]
    assert [BOB] == office.side.recipients


def test_deferred_is_tried_later(office: Office) -> None:
    """A refusal for now is tried again when its time has come, not before."""
    office.side.does = to(ANN, LATER)
    office.send()
    office.side.does = lambda _: TAKES
    office.send()
    assert [BOB] == office.side.recipients
    office.now += timedelta(minutes=10)
    office.send()
    assert [BOB, ANN] == office.side.recipients


def test_waits_grow(office: Office) -> None:
    """Each refusal doubles the wait, about five minutes at first and six hours at most."""
    office.side.does = to(ANN, LATER)
    waits = []
    for _ in range(9):
        office.send()
        waits.append(office.due()[0] - office.now)
        office.now = office.due()[0]
    expected = [timedelta(minutes=5) * 2**tried for tried in range(7)] + [timedelta(hours=6)] * 2
    assert [True] * 9 == [
        each * 0.74 <= wait <= each * 1.26 for each, wait in zip(expected, waits, strict=True)
    ]


def test_deferred_for_too_long_is_given_up(office: Office) -> None:
    """What a relay defers for days is rejected in the end, and that is said."""
    office.side.does = to(ANN, LATER)
    for _ in range(8):
        office.send()
        office.now += timedelta(days=1)
    state, _, words = office.ledger()[0]
    assert ("rejected", "given up after 5 days: 450 4.2.1 later") == (state, words)


def test_attempts_are_counted(office: Office) -> None:
    """The ledger says how often a delivery was tried."""
    office.side.does = to(ANN, LATER)
    for _ in range(3):
        office.send()
        office.now += timedelta(hours=1)
    assert ("deferred", 3, "450 4.2.1 later") == office.ledger()[0]


def test_who_leaves_during_a_send_gets_nothing(office: Office, tmp_path: Path) -> None:
    """Whoever presses the button while a send is running gets nothing, if it is not their turn."""

    def leave() -> None:
        with closing(Database("sqlite:///.publisher/state.db", tmp_path)) as elsewhere:
            preferences.leave_list(
                elsewhere, KEYS, [Leaving(KEYS.link(Purpose.leave, 2, seconds(NOW)), "page")], NOW
            )
        # Who was just asked for is not asked for again for 50 ms.
        time.sleep(0.1)

    office.side.does = first(leave)
    office.send()
    assert [("accepted", 1, "250 ok"), ("suppressed", 0, "left the list")] == office.ledger()


def test_relay_that_cannot_be_used_leaves_all_pending(office: Office) -> None:
    """Without a connection nothing was begun: no attempt is counted and nothing is doubtful."""
    office.side.greets = cannot_be_used
    with pytest.raises(RelayError):
        office.send()
    assert [("pending", 0, ""), ("pending", 0, "")] == office.ledger()


def test_another_relay_takes_what_one_cannot(office: Office) -> None:
    """A relay that cannot be used leaves its share to another, in the same run."""
    gone, here = FarSide("gone.example.org:25", 2, greets=cannot_be_used), FarSide()
    office.sides = [gone, here]
    office.send()
    assert [ANN, BOB] == sorted(here.recipients)


async def slowly() -> None:
    """Answer only when the other relays could have taken hundreds of messages."""
    for _ in range(200):
        await asyncio.sleep(0)


@dataclass
class TakesTwo(FarSide):
    """A relay that takes two connections at a time, and refuses the third."""

    open: int = 0
    most: int = 0

    async def send_messages(self, work: MessageSource) -> None:
        """Refuse what is too many, after a moment in which others connect."""
        await asyncio.sleep(0)
        if self.open == 2:
            raise RelayError(f"{self.name}: cannot use this relay: 421 too many connections")
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await super().send_messages(work)
        finally:
            self.open -= 1


def shares(office: Office, *sides: FarSide) -> list[int]:
    """Send an issue to 400 readers; return how many messages each relay took."""
    office.sides = sides
    office.join(*(f"reader{number}@example{number % 7}.org" for number in range(398)))
    office.publish("002")
    with office.database.write() as connection:
        (first,) = deliveries.plans_due(connection, office.now)[:1]
        plan_state.cancel(connection, first, office.now)
    office.send()
    return [len(side.recipients) for side in sides]


def test_a_slow_relay_has_its_share(office: Office) -> None:
    """Of two relays with weights 3 and 1 the first has three of four messages, however slow."""
    slow = FarSide("slow.example.org:25", connections=1, weight=3, pauses=slowly)
    assert [300, 100] == shares(office, slow, FarSide("fast.example.org:25", connections=10))


def test_what_overflows_goes_through_the_other(office: Office) -> None:
    """With `overflow` the fast relay takes what the slow one cannot at once."""
    slow = FarSide("slow.example.org:25", weight=3, overflow=True, pauses=slowly)
    counts = shares(office, slow, FarSide("fast.example.org:25", connections=10))
    assert 400 == sum(counts)
    assert 100 > counts[0]


def test_shares_hold_where_messages_are_given_back(office: Office) -> None:
    """What a relay hangs up on and gives back is no part of its share."""
    turns = cycle([TAKES, TAKES, ledger.GIVES_BACK])
    flaky = FarSide("flaky.example.org:25", connections=2, weight=3, does=lambda _: next(turns))
    assert [300, 100] == shares(office, flaky, FarSide("fast.example.org:25", connections=10))


def test_a_relay_that_takes_two_connections(office: Office) -> None:
    """A relay that refuses the third connection has all its share over two, in the same run."""
    few = TakesTwo("few.example.org:25", connections=10, weight=3, pauses=slowly)
    assert [300, 100] == shares(office, few, FarSide("fast.example.org:25", connections=10))
    assert 2 == few.most


def test_a_message_that_was_given_back_is_taken_again(office: Office) -> None:
    """What a relay hung up before is sent on the next connection, and counts no try."""
    acts = [ledger.GIVES_BACK, TAKES]
    office.side.does = lambda _: acts.pop() if acts else TAKES
    office.send()
    assert [("accepted", 1, "250 ok")] * 2 == office.ledger()


def test_a_relay_that_only_hangs_up_is_given_up(office: Office) -> None:
    """A relay that gives back all it is given is not asked for ever."""
    office.side.does = lambda _: ledger.GIVES_BACK
    with pytest.raises(RelayError, match="hangs up"):
        office.send()
    assert [("pending", 0, ""), ("pending", 0, "")] == office.ledger()


def test_stop_begins_nothing_more(office: Office) -> None:
    """When asked to stop, what is on its way ends and the rest is pending."""
    asked: list[None] = []
    office.stopping = lambda: bool(asked)
    office.side.does = first(lambda: asked.append(None))
    office.side.pauses = office.round
    office.send()
    assert [("accepted", 1, "250 ok"), ("pending", 0, "")] == office.ledger()


def test_pause_begins_nothing_more(office: Office) -> None:
    """A plan that somebody pauses goes on when they say so, and not before."""
    office.side.pauses = office.round
    office.side.does = first(lambda: control.pause_plan(office.database, "001"))
    office.send()
    office.send()
    before = list(office.side.recipients)
    control.resume_plan(office.database, "001")
    office.send()
    assert ([ANN], [ANN, BOB]) == (before, office.side.recipients)


def test_cancel_begins_nothing_more(office: Office) -> None:
    """Of a plan that somebody cancels nothing more is sent, and the ledger says why."""
    office.side.pauses = office.round
    office.side.does = first(lambda: control.cancel_plan(office.database, "001", NOW))
    office.send()
    assert [("accepted", 1, "250 ok"), ("suppressed", 0, "cancelled")] == office.ledger()


def test_uncertain_is_held(office: Office) -> None:
    """An uncertain delivery is sent to nobody again; the others go on."""
    office.side.does = to(ANN, ledger.LOSES)
    office.send()
    office.now += timedelta(days=30)
    office.side.does = lambda _: TAKES
    office.send()
    assert [BOB] == office.side.recipients


def test_uncertain_is_sent_again_where_that_is_wanted(office: Office) -> None:
    """With mail.on_uncertain at `resend` it is tried again, as what was deferred is."""
    office.resends = True
    office.side.does = to(ANN, ledger.LOSES)
    office.send()
    office.now += timedelta(hours=1)
    office.side.does = lambda _: TAKES
    office.send()
    assert [BOB, ANN] == office.side.recipients


def test_tally_counts_by_state(office: Office) -> None:
    """A run tells how many deliveries went which way."""
    told: list[dict[DeliveryState, int]] = []
    office.tell = lambda tally: told.append(dict(tally.by_state))
    office.side.does = to(ANN, LATER)
    office.send()
    assert {DeliveryState.deferred: 1, DeliveryState.accepted: 1} == told[-1]


def test_refusing_everyone_holds_the_plan(office: Office) -> None:
    """A relay that refuses all holds the plan early: none of them is rejected, or suppressed."""
    office.send()
    office.join(*(f"reader{number}@example{number}.org" for number in range(100)))
    office.publish("002")
    office.side.does = lambda _: NEVER
    office.send()
    states = [state for state, *_ in office.ledger()]
    assert "refuses everyone: 550 5.1.1 no such user" in held(office)["002"]
    assert {"pending", "deferred"} == set(states[2:])
    assert states[2:].count("deferred") < 30


def test_refusals_among_others_are_believed(office: Office) -> None:
    """Dead addresses between others are rejected, once the relay takes something again."""
    office.send()
    office.join(*(f"reader{number}@example{number}.org" for number in range(60)))
    office.publish("002")
    turns = iter(range(1000))
    office.side.does = lambda _: TAKES if next(turns) % 3 else NEVER
    office.send()
    states = [state for state, *_ in office.ledger()]
    assert {"accepted", "rejected"} == set(states)


def test_an_address_that_no_header_can_hold(office: Office) -> None:
    """An address that would break the mail's header is rejected, and nobody else is held up."""
    with office.database.write() as connection:
        connection.execute(
            update(subscriber).where(subscriber.c.id == 1).values(address="a\r\nb@example.org")
        )
    office.send()
    state, _, words = office.ledger()[0]
    assert ("rejected", "no header can hold this address") == (state, words)
    assert [BOB] == office.side.recipients


def breaking(office: Office, error: Exception) -> None:
    """Send, and let the ledger fail while the first message is on its way."""

    def breaks() -> None:
        office.broken = error

    office.side.does = first(breaks)
    with pytest.raises(type(error)):
        office.send()
    office.broken = None


def test_what_nobody_expected_ends_a_run(office: Office) -> None:
    """A mistake of ours on the ledger's side is raised; nobody waits for more to be claimed."""
    office.send()
    office.join(*(f"reader{number}@example.org" for number in range(300)))
    office.publish("002")
    breaking(office, MemoryError())
    assert 300 > len(office.side.recipients)


def test_a_ledger_that_cannot_be_written_is_said(office: Office) -> None:
    """What was answered while the ledger could not be written is in it after the next run."""
    breaking(office, StateError("state.db: the disk is full"))
    office.send()
    assert [("accepted", 1, "250 ok")] * 2 == office.ledger()
    assert [ANN, BOB] == office.side.recipients
