"""SMTP commands to a relay, one at a time, and their replies (RFC 5321 4.2)."""

from __future__ import annotations

import asyncio

from publisher.mail.smtp_stream import SmtpStream, reply_text

#: Replies that may wait: one command is sent at a time, and some relays send a 421 after its reply.
_MOST_UNHEARD = 8


class ConnectionLostError(Exception):
    """The relay closed the connection, did not reply in time, or replied to nothing."""

    def __init__(self, words: str, code: int = 0) -> None:
        super().__init__(words)
        self.words = words
        #: The code of its last reply; 0 when there was none.
        self.code = code


class Dialogue:
    """One connection on which each command waits for the reply to the one before."""

    def __init__(self, stream: SmtpStream, timeout: float) -> None:
        self._stream = stream
        self._timeout = timeout
        self._replies: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        stream.on_reply = self._queue_reply
        stream.on_end = lambda: self._replies.put_nowait(None)

    def _queue_reply(self, code: int, text: bytes) -> None:
        if self._replies.qsize() >= _MOST_UNHEARD:
            self._stream.abort(f"said what it was not asked: {reply_text(code, text)}")
        else:
            self._replies.put_nowait((code, text))

    @property
    def is_drained(self) -> bool:
        """Return whether no reply waits, and none is half received."""
        return self._replies.empty() and not self._stream.has_partial_reply

    async def ask(self, command: str) -> tuple[int, bytes]:
        """Send a command; return code and text of its reply. Raises ConnectionLostError."""
        self.check()
        self._stream.write(f"{command}\r\n".encode())
        return await self.next_reply()

    async def next_reply(self) -> tuple[int, bytes]:
        """Return the next reply. Raises ConnectionLostError."""
        self._stream.set_deadline(self._timeout)
        reply = await self._replies.get()
        if reply is None:
            raise ConnectionLostError(self._stream.end_reason)
        return reply

    def check(self) -> None:
        """Raise ConnectionLostError if a reply came without a command, or the connection ended."""
        if not self._replies.empty():
            reply = self._replies.get_nowait()
            raise (
                ConnectionLostError(reply_text(*reply), reply[0])
                if reply
                else ConnectionLostError(self._stream.end_reason)
            )
        if self._stream.end_reason:
            raise ConnectionLostError(self._stream.end_reason)

    def detach(self) -> None:
        """Stop using the connection, which stays open."""
        self._stream.on_end = lambda: None
        self._stream.stop_timer()
