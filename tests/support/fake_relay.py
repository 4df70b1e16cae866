"""A relay on 127.0.0.1 that speaks real SMTP and can be told to fail at any step."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.e2e.newsletter import PATIENCE, parsed

#: Instead of a reply: close the connection; say nothing until `release`.
DROP, HANG = "drop", "hang"
ANYONE = ""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """One whole message, final dot included."""

    sender: str
    recipient: str
    mail: EmailMessage


class Relay:
    """Takes every message, except where `answer` says otherwise."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        #: Set when a client waits for an answer that does not come.
        self.hanging = threading.Event()
        self.port = 0
        self._released = asyncio.Event()
        self._answers: dict[tuple[str, str], deque[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._kept: socket.socket | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.open()

    @property
    def url(self) -> str:
        """Return it as the setting mail.relay."""
        return f"smtp://127.0.0.1:{self.port}"

    def answer(self, step: str, *replies: str, to: str = ANYONE) -> None:
        """Give these replies, one for each time, before all goes well again.

        Steps are MAIL, RCPT, DATA (where 354 is due), DOT (after the whole message) and RSET.
        """
        self._answers.setdefault((step, to), deque()).extend(replies)

    def forget(self) -> None:
        """Give none of the replies that were asked for and not given yet."""
        self._answers.clear()

    def recipients(self) -> list[str]:
        """Return to whom the whole messages were, in order."""
        return sorted(each.recipient for each in self.taken)

    # --- The server -----------------------------------------------------------------------

    def open(self) -> None:
        """Begin to listen; the second time at the same port as before."""
        self._do(self._open())

    def close(self) -> None:
        """Hang up on everyone and listen no more."""
        self._do(self._close())

    def release(self) -> None:
        """Say what is usual to everyone who waits."""
        self._loop.call_soon_threadsafe(self._released.set)

    def end(self) -> None:
        """Close for good."""
        self.close()
        if self._kept:
            self._kept.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _open(self) -> None:
        if self._kept:
            self._kept.close()
        self._kept = None
        self._server = await self._loop.create_server(
            lambda: _Conversation(self, self._loop), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server:
            self._server.close()
            # The port is kept, and refused: else the relay of another test would get it.
            self._kept = socket.socket()
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._kept.bind(("127.0.0.1", self.port))
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self._server = None

    async def reply_at(self, step: str, recipient: str) -> str:
        """Return what is to be said at a step; empty for what is usual."""
        for to in (recipient, ANYONE):
            waiting = self._answers.get((step, to))
            if waiting:
                reply = waiting.popleft()
                if reply == HANG:
                    self.hanging.set()
                    await self._released.wait()
                    return ""
                return reply
        return ""

    async def handle_DATA(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a whole message, and answer its final dot."""
        content = envelope.content
        assert isinstance(content, bytes)
        found = Taken(envelope.mail_from or "", envelope.rcpt_tos[0], parsed(content))
        self.taken.append(found)
        reply = await self.reply_at("DOT", found.recipient)
        if reply == DROP:
            _hang_up(server)
        elif reply:
            self.taken.remove(found)
        return reply or "250 2.0.0 taken"


class _Conversation(SMTP):
    def __init__(self, relay: Relay, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(relay, loop=loop, hostname="relay.example.org", enable_SMTPUTF8=True)
        self._relay = relay

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802  (aiosmtpd's name)
        if not await self._said("MAIL", ""):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802  (aiosmtpd's name)
        address = re.search(r"<(.*)>", arg)
        if not await self._said("RCPT", address[1] if address else ""):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  (aiosmtpd's name)
        if not await self._said("DATA", _recipient(self)):
            await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802  (aiosmtpd's name)
        if not await self._said("RSET", ""):
            await super().smtp_RSET(arg)

    async def _said(self, step: str, recipient: str) -> bool:
        reply = await self._relay.reply_at(step, recipient)
        if reply == DROP:
            _hang_up(self)
        elif reply:
            await self.push(reply)
        return bool(reply)


def _recipient(server: SMTP) -> str:
    assert server.envelope is not None
    found: str = server.envelope.rcpt_tos[0]
    return found


def _hang_up(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()
