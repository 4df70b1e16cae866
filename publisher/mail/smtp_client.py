"""A blocking relay for one message at a time, over the asynchronous `smtp_session`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from publisher.errors import RelayError
from publisher.mail.smtp_session import Message, MessageSource
from publisher.mail.transport import Outcome, Reply, Stage

#: Hands over all messages of a source, as `smtp_session.send_messages` does.
SendMessages = Callable[[MessageSource], Awaitable[None]]


class Submission:
    """A relay; the connection is made for the first message and kept."""

    def __init__(self, place: str, send_messages: SendMessages) -> None:
        self._place = place
        self._send_messages = send_messages
        self._connection: _Connection | None = None

    def hand_over(self, sender: str, recipient: str, name: str, message: bytes) -> Reply:
        """Hand over one message. Raises RelayError when the relay cannot be used at all.

        Also raised when it refuses the sender: that is not about the recipient, and would be the
        same for the next.
        """
        copy = Message(sender, recipient, name, len(message), (message,), needs_stuffing=True)
        reply = self._hand_over(copy)
        if reply.outcome is Outcome.returned:  # the relay had closed the connection meanwhile
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
        """End the connection with QUIT."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _hand_over(self, message: Message) -> Reply:
        self._connection = self._connection or _Connection(self._send_messages)
        try:
            reply = self._connection.hand_over(message)
        except BaseException:
            self._connection.abandon()
            self._connection = None
            raise
        if self._connection.has_ended:
            self.close()
        return reply


class _Connection:
    """One connection and its event loop, which runs only while a method waits for it."""

    def __init__(self, send_messages: SendMessages) -> None:
        self._loop = asyncio.new_event_loop()
        self._message: Message | None = None
        self._reply: asyncio.Future[Reply] = self._loop.create_future()
        self._more = asyncio.Event()
        self._closing = False
        self._task = self._loop.create_task(self._run(send_messages))

    @property
    def has_ended(self) -> bool:
        """Return whether the connection has ended."""
        return self._task.done()

    def hand_over(self, message: Message) -> Reply:
        """Send a message; return its reply. Raises RelayError."""
        self._message = message
        self._reply = self._loop.create_future()
        self._more.set()
        either = asyncio.wait((self._task, self._reply), return_when=asyncio.FIRST_COMPLETED)
        self._loop.run_until_complete(either)
        if self._reply.done():
            return self._reply.result()
        self._task.result()
        return Reply(Outcome.returned, "the relay hung up")

    def close(self) -> None:
        """End the connection with QUIT."""
        self._closing = True
        self._more.set()
        self._end()

    def abandon(self) -> None:
        """Close the connection at once."""
        self._task.cancel()
        self._end()

    def _end(self) -> None:
        self._loop.run_until_complete(asyncio.gather(self._task, return_exceptions=True))
        self._loop.close()

    async def _run(self, send_messages: SendMessages) -> None:
        await send_messages(self)

    # --- A MessageSource -----------------------------------------------------------------

    def next_message(self) -> Message | None:
        """Return the message once."""
        message, self._message = self._message, None
        return message

    async def wait(self) -> bool:
        """Wait for a message or for `close`; return False for the latter."""
        await self._more.wait()
        self._more.clear()
        return not self._closing

    def record_commit(self, message: Message) -> None:
        """Do nothing: the caller keeps the record."""

    def record_reply(self, message: Message, reply: Reply) -> None:
        """Pass the reply to `hand_over`."""
        del message
        self._reply.set_result(reply)
