"""What becomes of each message when a relay hangs up, falls silent or says what is no answer."""

from collections.abc import Iterator

import pytest

from tests.support.relay_messages import ALL, ENVELOPES, LARGE, OFFERS, Queue, copies, first, sent
from tests.support.scripted_relay import (
    CUT,
    DEAF,
    HANG,
    KEEP_AND_CUT,
    KEEP_AND_HANG,
    TRICKLE,
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


@pytest.mark.parametrize(("offers", "step"), ENVELOPES)
@pytest.mark.parametrize("act", [CUT, HANG, TRICKLE, says("HTTP/1.1 400 Bad Request")])
def test_break_of_the_first(
    relay: Misbehaving, offers: tuple[str, ...], step: str, act: Act
) -> None:
    """A break at the first message's envelope is a try of that message, and of no other."""
    queue, play = sent(relay, Rule(step, act), offers=offers)
    assert (("deferred", step.lower(), 0), []) == (first(queue), play.kept)
    assert 1 == len(queue.ends)


@pytest.mark.parametrize(
    ("offers", "step"), [each for each in ENVELOPES if "PIPELINING" in each[0]]
)
@pytest.mark.parametrize("act", [CUT, HANG, TRICKLE, says("421 4.3.2 bye", cuts=True)])
def test_break_of_the_next(
    relay: Misbehaving, offers: tuple[str, ...], step: str, act: Act
) -> None:
    """A later message whose envelope was said ahead is given back, and its turn comes again."""
    queue, play = sent(relay, Rule(step, act, after=1), offers=offers)
    # A relay may take its reply back when it hangs up on what it has not read.
    before = queue.outcomes()
    assert before[0] in ("accepted", "uncertain")
    assert ["returned"] == before[1:]
    queue.send_messages(relay)
    assert [before[0], "accepted", "accepted"] == queue.outcomes()
    assert 3 == len(set(play.kept)) == len(play.kept)


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("act", [CUT, KEEP_AND_CUT, HANG, KEEP_AND_HANG, TRICKLE])
def test_break_after_the_end(relay: Misbehaving, offers: tuple[str, ...], act: Act) -> None:
    """Without an answer to the whole message nobody knows; what was behind it is given back."""
    queue, play = sent(relay, Rule("END", act), offers=offers)
    stepwise = "PIPELINING" not in offers
    assert ["uncertain"] + ["returned"] * (not stepwise) == queue.outcomes()
    queue.send_messages(relay)
    assert ["uncertain", "accepted", "accepted"] == queue.outcomes()
    assert len(set(play.kept)) == len(play.kept)


@pytest.mark.parametrize("offers", OFFERS)
def test_break_in_the_middle(relay: Misbehaving, offers: tuple[str, ...]) -> None:
    """What went to the kernel may have left: a cut in a small message is uncertain."""
    queue, play = sent(relay, Rule("BODY", CUT), offers=offers)
    assert ("uncertain", []) == (first(queue)[0], play.kept)


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("act", [CUT, DEAF])
def test_break_while_it_is_written(relay: Misbehaving, offers: tuple[str, ...], act: Act) -> None:
    """Who hangs up, or reads no more, before the end was written has nothing: it is a delay."""
    relay.begin(Play([Rule("BODY", act)], offers=offers))
    queue = Queue(copies(2, body=LARGE))
    play = queue.send_messages(relay)
    assert ("deferred", []) == (first(queue)[0], play.kept)


def test_yes_before_the_end(relay: Misbehaving) -> None:
    """A relay that takes a message whose end was not written does not have it."""
    relay.begin(Play([Rule("BODY", Act(b"250 kept", deaf=True))]))
    queue = Queue(copies(2, body=LARGE))
    queue.send_messages(relay)
    assert ["deferred", "returned"] == queue.outcomes()


def test_no_before_the_end(relay: Misbehaving) -> None:
    """A refusal counts whenever it comes; whoever reads nothing is not given more to keep."""
    act = Act(b"552 5.3.4 too big\r\n250 a\r\n250 b\r\n354 c", deaf=True)
    relay.begin(Play([Rule("BODY", act)]))
    queue = Queue(copies(3, body=LARGE))
    queue.send_messages(relay)
    assert ["rejected", "returned"] == queue.outcomes()


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize("reply", ["421 4.7.28 too much", "451 no", "550 5.7.1 spam", "250 ok"])
def test_last_words(relay: Misbehaving, offers: tuple[str, ...], reply: str) -> None:
    """An answer counts, though the relay hangs up right after it."""
    queue, play = sent(relay, Rule("END", says(reply, cuts=True)), offers=offers, count=1)
    outcome = {"2": "accepted", "4": "deferred", "5": "rejected"}[reply[0]]
    assert (outcome, "body", int(reply[:3])) == first(queue)
    assert (outcome == "accepted") == bool(play.kept)


def test_closing_between_messages(relay: Misbehaving) -> None:
    """A relay that says 421 to a message ends the conversation; the next is given back."""
    queue, _ = sent(relay, Rule("END", says("421 4.7.28 too much", cuts=True)))
    assert ["deferred", "returned"] == queue.outcomes()
    assert [421, 421] == [each[-1].code for each in queue.ends.values()]


def test_garbage_after_the_end(relay: Misbehaving) -> None:
    """An answer that is no SMTP leaves it open."""
    queue, _ = sent(relay, Rule("END", says("<html>")))
    assert ["uncertain", "returned"] == queue.outcomes()


def test_two_answers_to_the_last(relay: Misbehaving) -> None:
    """A second answer to one message is no answer to anything."""
    queue, _ = sent(relay, Rule("END", says("250 kept\r\n250 kept"), after=2))
    assert ALL == queue.outcomes()


def test_endless_reply(relay: Misbehaving) -> None:
    """A line without an end takes no more than a bounded memory."""
    queue, _ = sent(relay, Rule("MAIL", says("250-" + "x" * 100_000)))
    assert ("deferred", "mail", 0) == first(queue)
    assert "more than 16384 bytes" in queue.ends["<0@example.org>"][-1].words
