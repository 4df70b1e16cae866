"""Questions to a relay, one at a time, and its answers."""

from __future__ import annotations

import asyncio

from publisher.mail.smtp_stream import SmtpStream, said

#: Replies that wait to be heard: one is asked for at a time, and some relays say 421 behind it.
_MOST_UNHEARD = 8


class ConnectionLostError(Exception):
    """The relay hung up, kept silent, or said something that it was not asked."""

    def __init__(self, words: str, code: int = 0) -> None:
        super().__init__(words)
        self.words = words
        #: Of what it said last; 0 when it said nothing.
        self.code = code


class Dialogue:
    """One connection on which nothing is asked before the last question is answered."""

    def __init__(self, line: SmtpStream, patience: float) -> None:
        self._line = line
        self._patience = patience
        self._replies: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        line.hear = self._keep
        line.ended = lambda: self._replies.put_nowait(None)

    def _keep(self, code: int, text: bytes) -> None:
        if self._replies.qsize() >= _MOST_UNHEARD:
            self._line.cut(f"said what it was not asked: {said(code, text)}")
        else:
            self._replies.put_nowait((code, text))

    @property
    def silent(self) -> bool:
        """Return whether the relay has said nothing that was not heard."""
        return self._replies.empty() and not self._line.mid_reply

    async def ask(self, command: str) -> tuple[int, bytes]:
        """Return the code and the text of the reply to a command. Raises BrokenOff."""
        self.check()
        self._line.say(f"{command}\r\n".encode())
        return await self.hear()

    async def hear(self) -> tuple[int, bytes]:
        """Return the next reply. Raises BrokenOff."""
        self._line.expect(self._patience)
        reply = await self._replies.get()
        if reply is None:
            raise ConnectionLostError(self._line.over)
        return reply

    def check(self) -> None:
        """Raise BrokenOff for what came unasked: a 421, or what would answer the wrong thing."""
        if not self._replies.empty():
            reply = self._replies.get_nowait()
            raise (
                ConnectionLostError(said(*reply), reply[0])
                if reply
                else ConnectionLostError(self._line.over)
            )
        if self._line.over:
            raise ConnectionLostError(self._line.over)

    def let_go(self) -> None:
        """Leave the connection to the next."""
        self._line.ended = lambda: None
        self._line.relax()
