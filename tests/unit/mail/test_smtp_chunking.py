"""Relays that offer CHUNKING and cannot do with BDAT: nothing twice, and the rest by DATA."""

import asyncio
from collections.abc import Iterator

import pytest

from publisher.mail.smtp_endpoint import Lesson, Memory
from publisher.mail.smtp_session import Route, send_messages
from publisher.mail.transport import Outcome
from tests.support.relay_messages import CHUNKED, PATIENT, STEPWISE_CHUNKED, Queue, copies
from tests.support.scripted_relay import (
    CUT,
    KEEP_AND_CUT,
    Act,
    Misbehaving,
    Play,
    Rule,
    misbehaving,
    says,
)


@pytest.fixture(scope="module")
def relay() -> Iterator[Misbehaving]:
    """One relay for all the tests here."""
    with misbehaving() as found:
        yield found


def verbs(play: Play, *wanted: str) -> list[str]:
    """Return which of these commands were said, in order."""
    return [verb for line in play.heard if (verb := line.split(" ")[0]) in wanted]


@pytest.mark.parametrize("offers", [CHUNKED, STEPWISE_CHUNKED])
@pytest.mark.parametrize("step", ["BDAT", "END"])
@pytest.mark.parametrize(
    "reply", ["500 5.5.1 what?", "502 5.5.1 no", "503 bad sequence", "504 5.5.4 no such parameter"]
)
def test_refused(relay: Misbehaving, offers: tuple[str, ...], step: str, reply: str) -> None:
    """A message that is refused with BDAT goes by DATA, over a new connection, as all after it."""
    rule = Rule(step, Act(reply.encode(), keeps=False), times=1)
    relay.begin(Play([rule], offers))
    queue, memory = Queue(copies(3)), Memory()
    play = queue.send_messages(relay, memory=memory)
    # What was said ahead is given back, and whoever sends takes it again.
    while queue.returned:
        play = queue.send_messages(relay, memory=memory)
    assert ["accepted"] * 3 == queue.outcomes()
    assert 3 == len(set(play.kept)) == len(play.kept)
    assert ["BDAT", "DATA", "DATA", "DATA"] == verbs(play, "BDAT", "DATA")
    assert Lesson(chunking=False) == memory.lesson


@pytest.mark.parametrize(("rule", "kept"), [(Rule("BDAT", CUT), 2), (Rule("END", KEEP_AND_CUT), 3)])
def test_hung_up(relay: Misbehaving, rule: Rule, kept: int) -> None:
    """A message that a relay hung up on after it was sent is not sent again; the others go."""
    relay.begin(Play([rule], CHUNKED))
    queue, memory = Queue(copies(3)), Memory()
    queue.send_messages(relay, memory=memory)
    play = queue.send_messages(relay, memory=memory)
    assert ["uncertain", "accepted", "accepted"] == queue.outcomes()
    assert kept == len(set(play.kept)) == len(play.kept)
    assert ["BDAT", "DATA", "DATA"] == verbs(play, "BDAT", "DATA")


def test_one_finds_out(relay: Misbehaving) -> None:
    """Of connections that begin at the same time one tries BDAT, and one message is in doubt."""
    play = relay.begin(Play([Rule("BDAT", CUT, times=None)], CHUNKED))
    memory = Memory()
    route = Route(url=relay.url, tls="off", timeouts=PATIENT, memory=memory)
    queues = [Queue(copies(3, first=10 * number)) for number in range(6)]

    async def connect() -> None:
        await asyncio.gather(*(send_messages(route, queue) for queue in queues))

    asyncio.run(connect())
    outcomes = [outcome for queue in queues for outcome in queue.outcomes()]
    assert (1, 15) == (outcomes.count("uncertain"), outcomes.count("accepted"))
    assert 15 == len(set(relay.settled().kept))
    assert 1 == len(verbs(play, "BDAT"))


def test_known_from_the_last_run(relay: Misbehaving) -> None:
    """What is known is not tried: neither that BDAT works, nor that it does not."""
    relay.begin(Play(offers=CHUNKED))
    play = Queue(copies(3)).send_messages(relay, memory=Memory(Lesson(chunking=False)))
    assert ["DATA"] * 3 == verbs(play, "BDAT", "DATA")
    relay.begin(Play([Rule("END", CUT, after=1)], CHUNKED))
    memory = Memory(Lesson(chunking=True))
    Queue(copies(3)).send_messages(relay, memory=memory)
    assert memory.lesson.chunking  # a break like any other


def test_works(relay: Misbehaving) -> None:
    """That it works is learned from the first message, and told once."""
    told: list[Lesson] = []
    relay.begin(Play(offers=CHUNKED))
    play = Queue(copies(3)).send_messages(relay, memory=Memory(tell=told.append))
    assert (["BDAT"] * 3, [Lesson(chunking=True)]) == (verbs(play, "BDAT", "DATA"), told)


def test_message_refused(relay: Misbehaving) -> None:
    """What is refused by DATA as well is refused, and not tried a third time."""
    relay.begin(Play([Rule("END", says("503 5.5.1 never"), times=2)], CHUNKED))
    queue, memory = Queue(copies(1)), Memory()
    queue.send_messages(relay, memory=memory)
    play = queue.send_messages(relay, memory=memory)
    assert (["rejected"], ["BDAT", "DATA"]) == (queue.outcomes(), verbs(play, "BDAT", "DATA"))
    assert [Outcome.returned, Outcome.rejected] == [
        reply.outcome for reply in queue.ends["<0@example.org>"]
    ]


@pytest.mark.parametrize("reply", ["550 5.7.1 spam", "554 5.6.0 no", "505 no", "452 4.3.1 full"])
def test_about_the_message(relay: Misbehaving, reply: str) -> None:
    """Any other answer to BDAT is about the message."""
    relay.begin(Play([Rule("END", says(reply))], CHUNKED))
    memory = Memory()
    play = Queue(copies(2)).send_messages(relay, memory=memory)
    assert (["BDAT", "BDAT"], True) == (verbs(play, "BDAT", "DATA"), memory.lesson.chunking)
