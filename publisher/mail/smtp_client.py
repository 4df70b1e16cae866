"""A relay for one message at a time: the conversation that many messages have, waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from publisher.errors import RelayError
from publisher.mail.smtp_session import Message, MessageSource
from publisher.mail.transport import Outcome, Reply, Stage

#: What hands over all that a piece of work has, as `mail.wire.converse` does.
Converse = Callable[[MessageSource], Awaitable[None]]


class Submission:
    """A relay at a place; the connection is made at the first message and kept."""

    def __init__(self, place: str, converse: Converse) -> None:
        self._place = place
        self._converse = converse
        self._talk: _Conversation | None = None

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Hand over one message. Raises RelayError when the relay cannot be used at all.

        That is also when it will not have the sender: it says nothing of the recipient, and
        would be the same for the next.
        """
        copy = Message(sender, recipient, name, len(message), (message,), needs_stuffing=True)
        reply = self._hand_over(copy)
        if reply.outcome is Outcome.returned:  # the relay had hung up since the last
            reply = self._hand_over(copy)
        if reply.stage is Stage.mail and reply.code:
            self.close()
            words = reply.words.rstrip(".")
            raise RelayError(
                f"mail.relay: {self._place} takes no mail from {sender}: {words}. "
                "Set mail.from to an address that this account may send as."
            )
        return reply

    def close(self) -> None:
        """Say goodbye."""
        if self._talk is not None:
            self._talk.close()
            self._talk = None

    def _hand_over(self, message: Message) -> Reply:
        self._talk = self._talk or _Conversation(self._converse)
        try:
            reply = self._talk.hand_over(message)
        except BaseException:
            self._talk.abandon()
            self._talk = None
            raise
        if self._talk.over:
            self.close()
        return reply


class _Conversation:
    """One conversation and its event loop, which runs only while somebody waits for it."""

    def __init__(self, converse: Converse) -> None:
        self._loop = asyncio.new_event_loop()
        self._message: Message | None = None
        self._reply: asyncio.Future[Reply] = self._loop.create_future()
        self._more = asyncio.Event()
        self._closing = False
        self._talk = self._loop.create_task(self._run(converse))

    @property
    def over(self) -> bool:
        """Return whether the relay ended it."""
        return self._talk.done()

    def hand_over(self, message: Message) -> Reply:
        """Wait for what becomes of a message. Raises RelayError."""
        self._message = message
        self._reply = self._loop.create_future()
        self._more.set()
        either = asyncio.wait((self._talk, self._reply), return_when=asyncio.FIRST_COMPLETED)
        self._loop.run_until_complete(either)
        if self._reply.done():
            return self._reply.result()
        self._talk.result()
        return Reply(Outcome.returned, "the relay hung up")

    def close(self) -> None:
        """Say goodbye."""
        self._closing = True
        self._more.set()
        self._end()

    def abandon(self) -> None:
        """Hang up."""
        self._talk.cancel()
        self._end()

    def _end(self) -> None:
        self._loop.run_until_complete(asyncio.gather(self._talk, return_exceptions=True))
        self._loop.close()

    async def _run(self, converse: Converse) -> None:
        await converse(self)

    # --- The work, as `mail.wire` asks for it ---------------------------------------------

    def next_message(self) -> Message | None:
        """Return the message once."""
        message, self._message = self._message, None
        return message

    async def wait(self) -> bool:
        """Wait for the next, or for the end."""
        await self._more.wait()
        self._more.clear()
        return not self._closing

    def record_commit(self, message: Message) -> None:
        """Do nothing: whoever hands it over has noted it."""

    def record_reply(self, message: Message, reply: Reply) -> None:
        """Give the outcome."""
        del message
        self._reply.set_result(reply)
