"""What becomes of each message by what a relay answers: nothing twice, nothing forgotten."""

import asyncio
from collections.abc import Iterator
from typing import ClassVar

import pytest

from publisher.errors import RelayError
from publisher.mail.smtp_session import Message, Route, send_messages
from publisher.mail.transport import Outcome, RelayRefusedError, Stage
from tests.support.relay_messages import (
    ALL,
    CHUNKED,
    ENVELOPES,
    LARGE,
    OFFERS,
    PIPELINED,
    Queue,
    copies,
    sent,
)
from tests.support.scripted_relay import (
    CUT,
    HANG,
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


# --- When all is well ---------------------------------------------------------------------


@pytest.mark.parametrize("offers", OFFERS)
def test_all(relay: Misbehaving, offers: tuple[str, ...]) -> None:
    """Every message arrives once, in order, over one connection that ends politely."""
    queue, play = sent(relay, offers=offers, count=5)
    assert ["accepted"] * 5 == queue.outcomes()
    assert [f"<{number}@example.org>" for number in range(5)] == play.kept
    assert (1, "QUIT") == (play.connections, play.heard[-1])


@pytest.mark.parametrize("offers", OFFERS)
@pytest.mark.parametrize(
    "body", [b".\r\n", b"..\r\n.x\r\n", b"x\r\n.\r\nMAIL FROM:<x@example.org>\r\n"]
)
def test_dots(relay: Misbehaving, offers: tuple[str, ...], body: bytes) -> None:
    """A message arrives byte for byte, whatever its lines begin with."""
    relay.begin(Play(offers=offers))
    messages = copies(2, body=body)
    play = Queue(messages).send_messages(relay)
    assert [b"".join(each.pieces) for each in messages] == play.taken


def test_dot_between_pieces(relay: Misbehaving) -> None:
    """A dot at the start of a piece that begins a line is doubled too."""
    relay.begin(Play())
    pieces = (b".a: b\r\n\r\n", b".c\r\n", b".", b".d\r\n")
    message = Message("a@example.org", "b@example.org", "<1>", 18, pieces, needs_stuffing=True)
    assert [b"".join(pieces)] == Queue([message]).send_messages(relay).taken


@pytest.mark.parametrize("offers", [PIPELINED, CHUNKED])
def test_last_line_unended(relay: Misbehaving, offers: tuple[str, ...]) -> None:
    """A last line without an end does not swallow the end of the message."""
    relay.begin(Play(offers=offers))
    messages = copies(2, body=b"end")
    queue = Queue(messages)
    play = queue.send_messages(relay)
    assert ["accepted", "accepted"] == queue.outcomes()
    assert all(each.removesuffix(b"\r\n").endswith(b"end") for each in play.taken)


def test_large(relay: Misbehaving) -> None:
    """A message larger than what a socket takes at once arrives whole."""
    relay.begin(Play())
    messages = copies(3, body=LARGE)
    queue = Queue(messages)
    play = queue.send_messages(relay)
    assert ALL == queue.outcomes()
    assert [b"".join(each.pieces) for each in messages] == play.taken


def test_envelope_ahead(relay: Misbehaving) -> None:
    """With PIPELINING the next envelope goes in one write with the message before it."""
    queue, _ = sent(relay, Rule("END", HANG))
    assert ["uncertain", "returned"] == queue.outcomes()


# --- Each reply at each step --------------------------------------------------------------


@pytest.mark.parametrize(("offers", "step"), [*ENVELOPES, *((each, "END") for each in OFFERS)])
@pytest.mark.parametrize("reply", ["450 4.2.0 later", "550-5.7.1 no\r\n550 5.7.1 never"])
@pytest.mark.parametrize("nth", [0, 1, 2])
def test_refused(
    relay: Misbehaving, offers: tuple[str, ...], step: str, reply: str, nth: int
) -> None:
    """What a relay refuses is deferred or rejected, and the others go on over the connection."""
    queue, play = sent(relay, Rule(step, says(reply), after=nth), offers=offers)
    refused = "deferred" if reply.startswith("4") else "rejected"
    expected = ["accepted"] * 3
    expected[nth] = refused
    assert expected == queue.outcomes()
    assert [f"<{each}@example.org>" for each in range(3) if each != nth] == play.kept
    said = queue.ends[f"<{nth}@example.org>"][-1]
    stage = Stage.body if step == "END" else Stage[step.lower()]
    assert (int(reply[:3]), stage, 1) == (said.code, said.stage, play.connections)


@pytest.mark.parametrize("offers", [PIPELINED, CHUNKED])
def test_every_second(relay: Misbehaving, offers: tuple[str, ...]) -> None:
    """A relay that refuses every second recipient gets all the others."""
    rule = Rule("RCPT", says("450 later"), after=1, every=2, times=None)
    queue, play = sent(relay, rule, count=9, offers=offers)
    assert ["accepted", "deferred"] * 4 + ["accepted"] == queue.outcomes()
    assert 1 == play.connections


def test_one_recipient(relay: Misbehaving) -> None:
    """What is said of one recipient touches no other."""
    queue, _ = sent(relay, Rule("RCPT", says("550 5.1.1 no such user"), to="u1@example.net"))
    assert ["accepted", "rejected", "accepted"] == queue.outcomes()


@pytest.mark.parametrize("nth", [0, 1, 2])
def test_message_wanted_for_nobody(relay: Misbehaving, nth: int) -> None:
    """A relay that says 354 though it took no recipient gets an empty message (RFC 2920 3.1)."""
    queue, play = sent(relay, Rule("RCPT", says("550 no"), after=nth), careless=True)
    expected = ["accepted"] * 3
    expected[nth] = "rejected"
    assert (expected, 2) == (queue.outcomes(), len(play.kept))
    assert "" not in play.kept


@pytest.mark.parametrize("offers", [PIPELINED, CHUNKED])
def test_out_of_order(relay: Misbehaving, offers: tuple[str, ...]) -> None:
    """A relay that loses count after a message blames no sender: it is asked anew."""
    queue, _ = sent(relay, Rule("MAIL", says("503 nested MAIL"), after=1), offers=offers)
    assert ["accepted", "returned"] == queue.outcomes()
    queue.send_messages(relay)
    assert ALL == queue.outcomes()


# --- Before the first message -------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "act", "stage", "outcome"),
    [
        ("CONNECT", says("421 4.3.2 busy", cuts=True), Stage.greeting, Outcome.deferred),
        ("CONNECT", says("554 no"), Stage.greeting, Outcome.rejected),
        ("CONNECT", CUT, Stage.greeting, Outcome.deferred),
        ("CONNECT", HANG, Stage.greeting, Outcome.deferred),
        ("CONNECT", TRICKLE, Stage.greeting, Outcome.deferred),
        ("CONNECT", says("SSH-2.0-OpenSSH"), Stage.greeting, Outcome.deferred),
        ("EHLO", says("421 busy"), Stage.greeting, Outcome.deferred),
        ("EHLO", says("550 not you"), Stage.greeting, Outcome.rejected),
        ("CONNECT", says("220 hi\r\n421 busy"), Stage.greeting, Outcome.deferred),
        ("EHLO", says("250 hi\r\n250 a\r\n354 b"), Stage.greeting, Outcome.deferred),
        ("EHLO", CUT, Stage.greeting, Outcome.deferred),
    ],
)
def test_useless(relay: Misbehaving, step: str, act: Act, stage: Stage, outcome: Outcome) -> None:
    """A relay that is of no use says at which stage, and nothing was taken."""
    relay.begin(Play([Rule(step, act)]))
    queue = Queue(copies(1))
    with pytest.raises(RelayRefusedError) as caught:
        queue.send_messages(relay)
    assert (stage, outcome) == (caught.value.reply.stage, caught.value.reply.outcome)
    assert ({}, 1) == (queue.ends, len(queue.waiting))


def test_relay_of_before_1995(relay: Misbehaving) -> None:
    """A relay that knows no EHLO is greeted with HELO."""
    queue, play = sent(relay, Rule("EHLO", says("502 5.5.1 what?")))
    assert ALL == queue.outcomes()
    assert play.heard[1].startswith("HELO ")


# --- Extensions ---------------------------------------------------------------------------


def test_size(relay: Misbehaving) -> None:
    """What is larger than the relay takes is refused without asking; the others are announced."""
    relay.begin(Play(offers=("PIPELINING", "SIZE 1000")))
    queue = Queue([*copies(1), *copies(1, first=1, body=b"x" * 1000), *copies(1, first=2)])
    play = queue.send_messages(relay)
    assert ["accepted", "rejected", "accepted"] == queue.outcomes()
    assert Stage.local is queue.ends["<1@example.org>"][-1].stage
    assert "MAIL FROM:<news@example.org> SIZE=48" in play.heard


@pytest.mark.parametrize("recipient", ["a@b\r\nRSET", "a\0@example.org", "a" * 3000, "a@\ud800.x"])
def test_no_address(relay: Misbehaving, recipient: str) -> None:
    """What is no address never becomes a command."""
    relay.begin(Play())
    message = Message("n@example.org", recipient, "<1>", 3, (b"x\r\n",), needs_stuffing=False)
    queue = Queue([message, *copies(1, first=2)])
    play = queue.send_messages(relay)
    assert ["rejected", "accepted"] == [each[-1].outcome.value for each in queue.ends.values()]
    assert (
        4 == len([line for line in play.heard if line[:4] in ("MAIL", "RCPT", "DATA", "RSET")]) + 1
    )


def test_nothing_is_taken_after_the_end(relay: Misbehaving) -> None:
    """Once there is no more the relay is told goodbye, and nothing else is begun."""

    class Late(Queue):
        async def wait(self) -> bool:
            self.waiting.extend(copies(1, first=9))
            return False

    relay.begin(Play())
    queue = Late(copies(1))
    play = queue.send_messages(relay)
    assert (["accepted"], 1, "QUIT") == (queue.outcomes(), len(queue.waiting), play.heard[-1])


def test_waits_for_more(relay: Misbehaving) -> None:
    """What comes later goes over the same connection."""

    class Later(Queue):
        more: ClassVar = [copies(1, first=1), copies(2, first=2)]

        async def wait(self) -> bool:
            self.waiting.extend(self.more.pop(0) if self.more else ())
            return bool(self.waiting)

    relay.begin(Play())
    queue = Later(copies(1))
    play = queue.send_messages(relay)
    assert (["accepted"] * 4, 1) == (queue.outcomes(), play.connections)


@pytest.mark.parametrize("said", ["250 kept", "250 kept\r\n421 4.4.2 idle too long"])
def test_relay_leaves_while_idle(relay: Misbehaving, said: str) -> None:
    """A relay that hangs up while there is nothing to do is no trouble."""

    class Idle(Queue):
        async def wait(self) -> bool:
            return bool(await asyncio.Event().wait())

    relay.begin(Play([Rule("END", says(said, cuts=True), after=1)]))
    queue = Idle(copies(2))
    play = queue.send_messages(relay)
    assert (["accepted", "accepted"], 1) == (queue.outcomes(), play.connections)


def test_cancelled(relay: Misbehaving) -> None:
    """Who stops waiting has what was committed as uncertain, and the rest given back."""

    async def stopped(queue: Queue) -> None:
        talk = asyncio.create_task(send_messages(Route(url=relay.url, tls="off"), queue))
        while not (queue.committed or talk.done()):  # noqa: ASYNC110  (the queue has no event of its own)
            await asyncio.sleep(0)
        talk.cancel()
        await asyncio.gather(talk, return_exceptions=True)

    relay.begin(Play([Rule("END", HANG)]))
    queue = Queue(copies(3))
    asyncio.run(stopped(queue))
    assert (["uncertain", "returned"], set()) == (queue.outcomes(), queue.open)


# --- Whoever sends ------------------------------------------------------------------------


def test_trouble_of_our_own(relay: Misbehaving) -> None:
    """What cannot be noted is not sent: the error comes out, and nothing is committed."""

    class Full(Queue):
        def record_commit(self, message: Message) -> None:
            super().record_commit(message)
            self.committed.clear()
            raise OSError("disk full")

    relay.begin(Play())
    queue = Full(copies(2))
    with pytest.raises(OSError, match="disk full"):
        queue.send_messages(relay)
    assert (["returned", "returned"], []) == (queue.outcomes(), relay.settled().kept)


def test_no_relay() -> None:
    """Where nobody listens the error names host and port."""
    with misbehaving() as gone:
        pass
    route = Route(url=gone.url, tls="off")
    with pytest.raises(RelayError, match=f"cannot connect to 127.0.0.1:{gone.port}"):
        asyncio.run(send_messages(route, Queue(copies(1))))
