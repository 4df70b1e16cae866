"""Messages to hand over to a relay, and what became of each: once for every time it was taken."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest

from publisher.mail.smtp_session import Message, Route, Timeouts, send_messages
from publisher.mail.transport import Outcome, Reply
from tests.support.scripted_relay import Misbehaving, Play, Rule

#: On a busy machine replies come late.
PATIENT = Timeouts(connect=5, command=5, data=5, block=5, end=5, quit=5)
#: What relays offer: nothing, and each way to need fewer round trips.
PLAIN: tuple[str, ...] = ("8BITMIME",)
PIPELINED = ("PIPELINING",)
CHUNKED = ("PIPELINING", "CHUNKING")
STEPWISE_CHUNKED = ("CHUNKING",)
OFFERS = [PLAIN, PIPELINED, CHUNKED, STEPWISE_CHUNKED]
#: Every step of an envelope that there is; with CHUNKING there is no DATA.
ENVELOPES = [
    (offers, step)
    for offers in OFFERS
    for step in ("MAIL", "RCPT", "DATA")
    if step != "DATA" or "CHUNKING" not in offers
]
#: More bytes than what a socket takes at once.
LARGE = (b"y" * 76 + b"\r\n") * 120_000
#: The outcomes of three messages when all is well.
ALL = ["accepted", "accepted", "accepted"]


def elsewhere() -> str:
    """Return an address of this machine that is not its loopback; skip where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        try:
            found.connect(("192.0.2.1", 9))  # nothing is sent: the kernel only picks an address
        except OSError:
            pytest.skip("this machine has no network")
        address: str = found.getsockname()[0]
    return address


class Leaping(asyncio.SelectorEventLoop):
    """An event loop whose clock can be put on, so that nobody waits for what never comes."""

    _ahead = 0.0

    def time(self) -> float:
        """Return the seconds of its own clock."""
        return super().time() + self._ahead

    def leap(self) -> None:
        """Put the clock on by a second, from any thread."""
        with suppress(RuntimeError):  # it is closed
            self.call_soon_threadsafe(self._leap)

    def _leap(self) -> None:
        self._ahead += 1


def copies(count: int, *, first: int = 0, body: bytes = b"end\r\n") -> list[Message]:
    """Make messages to u0@example.net and so on, named <0@example.org> and so on."""
    made = []
    for number in range(first, first + count):
        name = f"<{number}@example.org>"
        pieces = (f"Message-ID: {name}\r\n".encode(), b"Subject: x\r\n\r\n", body)
        size = sum(map(len, pieces))
        recipient = f"u{number}@example.net"
        made.append(Message("news@example.org", recipient, name, size, pieces, True))
    return made


class Queue:
    """Messages to hand over, and what became of each: what was given back is taken again."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.waiting = deque(messages)
        self.ends: dict[str, list[Reply]] = {}
        #: Taken, and not ended.
        self.open: set[str] = set()
        #: The bytes that end it are about to be written, and nothing is known yet.
        self.committed: set[str] = set()
        #: What was given back on this conversation waits for the next.
        self.returned: list[Message] = []

    def next_message(self) -> Message | None:
        """Return the next."""
        if not self.waiting:
            return None
        message = self.waiting.popleft()
        self.open.add(message.name)
        return message

    async def wait(self) -> bool:
        """There is no more than there was."""
        return False

    def record_commit(self, message: Message) -> None:
        """Hold that no other is committed."""
        assert message.name in self.open
        assert not self.committed
        self.committed.add(message.name)

    def record_reply(self, message: Message, reply: Reply) -> None:
        """Hold that it is taken, and not ended yet."""
        self.open.remove(message.name)
        committed = message.name in self.committed
        self.committed.discard(message.name)
        assert committed or reply.outcome not in (Outcome.accepted, Outcome.uncertain)
        self.ends.setdefault(message.name, []).append(reply)
        if reply.outcome is Outcome.returned:
            self.returned.append(message)

    def outcomes(self) -> list[str]:
        """Return the last outcome of each message, in the order of their names."""
        return [self.ends[name][-1].outcome.value for name in sorted(self.ends)]

    def send_messages(self, relay: Misbehaving, **options: Any) -> Play:
        """Hold one conversation, to its end; return what the relay has of it.

        While the relay is silent time flies.
        """
        self.waiting.extendleft(reversed(self.returned))
        self.returned.clear()
        route = Route(**{"url": relay.url, "tls": "off", "timeouts": PATIENT, **options})
        try:
            with asyncio.Runner(loop_factory=Leaping) as runner:
                loop = runner.get_loop()
                assert isinstance(loop, Leaping)
                relay.play.passes_time = loop.leap
                runner.run(send_messages(route, self))
        finally:
            play = relay.settled()
            assert not self.open
        return play


def sent(
    relay: Misbehaving,
    *rules: Rule,
    offers: tuple[str, ...] = PIPELINED,
    count: int = 3,
    careless: bool = False,
) -> tuple[Queue, Play]:
    """Hold one conversation with a relay that misbehaves so."""
    relay.begin(Play(rules, offers, careless=careless))
    queue = Queue(copies(count))
    return queue, queue.send_messages(relay)


def first(queue: Queue) -> tuple[str, str, int]:
    """Return outcome, stage and code of the first message."""
    reply = queue.ends["<0@example.org>"][-1]
    return reply.outcome.value, reply.stage.value, reply.code
