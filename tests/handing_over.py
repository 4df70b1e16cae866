"""Messages to hand over to a relay, and what became of each: once for every time it was taken."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

from publisher.mail.relay import Outcome, Reply
from publisher.mail.wire import Message, Route, Timeouts, converse
from tests.misbehaving import Misbehaving, Play

#: For what never comes; and for what comes late on a busy machine.
QUICK = Timeouts(connect=5, command=1, data=1, block=1, end=1, quit=1)
PATIENT = Timeouts(connect=5, command=5, data=5, block=5, end=5, quit=5)


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

    def take(self) -> Message | None:
        """Give the next."""
        if not self.waiting:
            return None
        message = self.waiting.popleft()
        self.open.add(message.name)
        return message

    async def wait(self) -> bool:
        """There is no more than there was."""
        return False

    def commits(self, message: Message) -> None:
        """Hold that no other is committed."""
        assert message.name in self.open
        assert not self.committed
        self.committed.add(message.name)

    def ended(self, message: Message, reply: Reply) -> None:
        """Hold that it is taken, and not ended yet."""
        self.open.remove(message.name)
        committed = message.name in self.committed
        self.committed.discard(message.name)
        assert committed or reply.outcome not in (Outcome.accepted, Outcome.uncertain)
        self.ends.setdefault(message.name, []).append(reply)
        if reply.outcome is Outcome.returned:
            self.returned.append(message)

    def outcomes(self) -> list[str]:
        """Give the last outcome of each message, in the order of their names."""
        return [self.ends[name][-1].outcome.value for name in sorted(self.ends)]

    def converse(self, relay: Misbehaving, **options: Any) -> Play:
        """Hold one conversation, to its end; give what the relay has of it.

        It takes no answer for none sooner than the script needs.
        """
        self.waiting.extendleft(reversed(self.returned))
        self.returned.clear()
        silent = any(each.act.silent for each in relay.play.rules)
        options = {"tls": "off", "timeouts": QUICK if silent else PATIENT, **options}
        options = {"url": relay.url, **options}
        try:
            asyncio.run(converse(Route(**options), self))
        finally:
            play = relay.settled()
            assert not self.open
        return play
