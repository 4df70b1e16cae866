"""The SMTP session (RFC 5321): messages are handed to a relay one after the other.

Where the relay offers PIPELINING (RFC 2920) the next envelope goes in the same write as the
message before, and where it offers CHUNKING (RFC 3030) a message is one BDAT: one write and one
wait for each message. The end of a message is never written before the reply to the end of the one
before, so that a broken connection leaves at most one message uncertain.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from publisher.mail.envelope import Message, envelope_addresses, local_refusal
from publisher.mail.smtp_connect import Extensions, Memory, Route, Timeouts, open_connection
from publisher.mail.smtp_stream import TAIL, SmtpStream, reply_text
from publisher.mail.transport import Outcome, Reply, Stage

__all__ = ["Message", "MessageSource", "Route", "Timeouts", "send_messages"]

_OK, _GO_AHEAD, _TEMPORARY, _PERMANENT = 2, 354, 4, 5
#: The outcome of a message by the first digit of the reply to its end.
_ANSWERS = {
    _OK: Outcome.accepted,
    _TEMPORARY: Outcome.deferred,
    _PERMANENT: Outcome.rejected,
}
_CLOSING, _OUT_OF_ORDER = 421, 503
#: A relay that offers CHUNKING and does not know BDAT says one of these. A message that is
#: refused so by BDAT is sent once more by DATA, and then the answer is about the message.
_NO_BDAT = range(500, 505)
#: Bytes of an envelope; RFC 5321 4.5.3.1.3 has 256 for each path.
_LONG = TAIL // 2


class MessageSource(Protocol):
    """Where a session gets messages and records their replies, on the event loop."""

    def next_message(self) -> Message | None:
        """Return a message that may begin now; None for none."""
        ...

    async def wait(self) -> bool:
        """Wait until `next_message` may return one; return False when no more will come."""
        ...

    def record_commit(self, message: Message) -> None:
        """Record that the bytes that end the message are about to be written."""
        ...

    def record_reply(self, message: Message, reply: Reply) -> None:
        """Record the reply to a message; called once for each one from `next_message`."""
        ...


async def send_messages(route: Route, source: MessageSource) -> None:
    """Hand over messages, until there are no more or the relay ends the connection.

    Raises RelayError when the relay cannot be used at all; then no message was asked for. What
    `source` raises ends the session, and is raised here. If a relay refuses BDAT, a new connection
    continues with DATA.
    """
    goes_on = True
    while goes_on:
        stream, offers = await open_connection(route)
        try:
            session = _Session(stream, source, offers, route)
            await session.run()
            goes_on = session.refuses_bdat
        finally:
            session.release_probe()
            stream.abort("stopped")
            await stream.wait_closed()


class _Session:
    """One session: the commands without a reply yet, and their messages.

    At any time at most one message is committed (`_committed`), and one has its envelope sent or
    being sent (`_next`). Replies come in the order of the commands (`_awaited`).
    """

    def __init__(
        self, stream: SmtpStream, source: MessageSource, offers: Extensions, route: Route
    ) -> None:
        timeouts = route.timeouts
        self._stream = stream
        self._source = source
        self._timeouts = timeouts
        self._memory: Memory = route.memory
        self._pipelining = "PIPELINING" in offers
        self._chunking = "CHUNKING" in offers
        #: Whether the last envelope is for BDAT, and the last message was sent by it.
        self._for_bdat = self._by_bdat = False
        #: The relay offers BDAT and refuses it: a new connection continues with DATA.
        self.refuses_bdat = False
        self._beyond_ascii = "SMTPUTF8" in offers
        self._sizes, self._largest = "SIZE" in offers, offers.largest
        self._end = (Stage.body, timeouts.end)
        self._other = (None, timeouts.command)
        #: The replies to an envelope; for BDAT without the last.
        self._steps = [
            (Stage.mail, timeouts.command),
            (Stage.rcpt, timeouts.command),
            (Stage.data, timeouts.data),
        ]
        #: The stages of awaited replies, and how long each may take; None for those of no message.
        self._awaited: deque[tuple[Stage | None, float]] = deque()
        self._committed: Message | None = None
        self._ready: Message | None = None
        self._next: Message | None = None
        #: The commands of its envelope that are not sent yet, and the first reply that refuses it.
        self._unsent_commands = b""
        self._refusal: Reply | None = None
        #: No message was sent before: a broken connection is about this one, or about the relay.
        self._first = True
        self._waits_for_flush = False
        self._stopped = False
        #: 421 when that is what ended it.
        self._code = 0
        self._idle = asyncio.Event()
        stream.on_reply, stream.on_end = self._handle_reply, self._end_session
        stream.on_flushed = self._handle_flushed

    def release_probe(self) -> None:
        """Let another session try BDAT, if this one was to and has not."""
        if self._memory.probe is self:
            self._memory.probe = None

    async def run(self) -> None:
        """Send messages until there are no more, or the connection ends."""
        try:
            while not self._stream.end_reason:
                self._start_next()
                await self._idle.wait()
                if self._stream.end_reason or not await self._wait_for_message():
                    break
            if not self._stream.end_reason:
                await self._quit()
        finally:
            self._stopped = True
            self._stream.abort("stopped")
        if self._stream.error is not None:
            raise self._stream.error

    async def _wait_for_message(self) -> bool:
        """Wait for a message; return False if none comes or the connection ends."""
        self._idle.clear()
        more = asyncio.ensure_future(self._source.wait())
        ended = asyncio.ensure_future(self._idle.wait())
        try:
            await asyncio.wait((more, ended), return_when=asyncio.FIRST_COMPLETED)
            return more.done() and more.result() and not self._stream.end_reason
        finally:
            more.cancel()
            ended.cancel()
            await asyncio.gather(more, ended, return_exceptions=True)

    async def _quit(self) -> None:
        self._idle.clear()
        self._stopped = True
        self._awaited.append(self._other)
        self._stream.set_deadline(self._timeouts.quit)
        self._stream.write(b"QUIT\r\n")
        await self._idle.wait()

    # --- Sending --------------------------------------------------------------------------

    def _start_next(self, before: bytes = b"") -> None:
        """Start the next message, after sending `before`."""
        if self._stopped:
            self._idle.set()
            return
        if before:
            self._awaited.append(self._other)
        if before and not self._pipelining:
            self._write(before)
        elif self._take_message():
            self._write(before + self._next_commands())
        elif before:
            self._write(before)
        else:
            self._stream.stop_timer()
            self._idle.set()

    def _write(self, data: bytes) -> None:
        self._stream.set_deadline(self._awaited[0][1])
        self._stream.write(data)

    def _take_message(self) -> bool:
        """Get the next message that this relay can take; return False for none."""
        while (message := self._source.next_message()) is not None:
            commands = self._envelope(message)
            if isinstance(commands, Reply):
                self._source.record_reply(message, commands)
            else:
                self._next, self._unsent_commands, self._refusal = message, commands, None
                return True
        return False

    def _envelope(self, message: Message) -> bytes | Reply:
        """Return the commands before a message; a Reply if this relay cannot take it."""
        paths = envelope_addresses(message)
        if isinstance(paths, Reply):
            return paths
        sender, recipient = paths
        options = ""
        if self._sizes:  # RFC 1870
            if 0 < self._largest < message.size:
                return local_refusal(
                    f"5.3.4 the message has {message.size} bytes, and the relay takes "
                    f"{self._largest}"
                )
            options = f" SIZE={message.size}"
        if not (sender.isascii() and recipient.isascii()):  # RFC 6531
            if not self._beyond_ascii:
                return local_refusal("5.6.7 the relay cannot take this address (no SMTPUTF8)")
            options += " SMTPUTF8"
        self._for_bdat = self._chunking and self._memory.may_use_bdat(self)
        data = "" if self._for_bdat else "DATA\r\n"
        commands = f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{recipient}>\r\n{data}".encode()
        return commands if len(commands) < _LONG else local_refusal("5.1.3 this is no address")

    def _next_commands(self) -> bytes:
        """Return the commands of the envelope that can be sent now: with PIPELINING all."""
        if self._pipelining:
            commands, self._unsent_commands = self._unsent_commands, b""
            self._awaited.extend(self._steps[:2] if self._for_bdat else self._steps)
        else:
            line, end, self._unsent_commands = self._unsent_commands.partition(b"\r\n")
            commands = line + end
            last = 1 if self._for_bdat else 2
            self._awaited.append(self._steps[last - self._unsent_commands.count(b"\r\n")])
        return commands

    def _send(self) -> None:
        """Send the message whose envelope was accepted, and the next envelope after it."""
        self._ready, self._next = self._next, None
        message = self._ready
        assert message is not None  # noqa: S101  (its envelope was answered)
        pieces, head, end = message.pieces, b"", b""
        self._by_bdat = self._for_bdat
        if self._by_bdat:
            head = b"BDAT %d LAST\r\n" % message.size
        else:
            if message.needs_stuffing:
                pieces = (_stuffed(b"".join(pieces)),)
            end = b".\r\n" if pieces[-1].endswith(b"\r\n") else b"\r\n.\r\n"
        self._awaited.append(self._end)
        next_commands = self._next_commands() if self._pipelining and self._take_message() else b""
        self._source.record_commit(message)
        self._committed, self._ready, self._first = message, None, False
        self._write(b"".join((head, *pieces, end, next_commands)))
        if self._stream.paused:
            self._stream.set_deadline(self._timeouts.block)

    def _handle_flushed(self) -> None:
        """Restart the deadline for the reply, now that everything is written."""
        if self._awaited:
            self._stream.set_deadline(self._awaited[0][1])
        if self._waits_for_flush:
            self._waits_for_flush = False
            self._send()

    # --- Receiving ------------------------------------------------------------------------

    def _handle_reply(self, code: int, text: bytes) -> None:
        if code == _CLOSING:  # at any time (RFC 5321 3.8)
            self._handle_closing(code, text)
            return
        if not self._awaited:
            self._stream.abort(f"said what it was not asked: {reply_text(code, text)}")
            return
        stage, _ = self._awaited.popleft()
        if self._awaited:
            self._stream.set_deadline(self._awaited[0][1])
        if stage is Stage.body:
            self._handle_message_reply(code, text)
        elif stage is not None:
            self._handle_envelope_reply(stage, code, text)
        elif not self._awaited:
            self._start_next()

    def _handle_message_reply(self, code: int, text: bytes) -> None:
        """Record the reply to the message that was sent."""
        outcome = _ANSWERS.get(code // 100)
        if outcome is None:
            self._stream.abort(f"no SMTP answer to the message: {reply_text(code, text)}")
            return
        if outcome is Outcome.accepted and self._stream.paused:
            self._stream.abort(f"accepted before it was sent: {reply_text(code, text)}")
            return
        message, self._committed = self._committed, None
        assert message is not None  # noqa: S101  (its end was said)
        if self._by_bdat:
            if code in _NO_BDAT:
                self._source.record_reply(
                    message, Reply(Outcome.returned, reply_text(code, text), code)
                )
                self._refuses_bdat(code, text)
                return
            if outcome is Outcome.accepted:
                self._memory.learn(chunking=True)
        self._source.record_reply(message, Reply(outcome, reply_text(code, text), code, Stage.body))
        if not self._awaited:
            self._start_next()

    def _refuses_bdat(self, code: int, text: bytes) -> None:
        """Abort the connection: the relay may take the message for commands."""
        self.refuses_bdat = self._stopped = True
        self._memory.learn(chunking=False)
        self._stream.abort(reply_text(code, text))

    def _handle_envelope_reply(self, stage: Stage, code: int, text: bytes) -> None:
        """Continue with an envelope, or remember the reply that refuses it."""
        kind = code // 100
        if code != _GO_AHEAD if stage is Stage.data else kind != _OK:
            if kind not in (_TEMPORARY, _PERMANENT) or (
                # A relay that loses count after a refused message takes it on a new connection.
                code == _OUT_OF_ORDER and not self._first and self._refusal is None
            ):
                self._awaited.appendleft((stage, 0))
                self._stream.abort(f"no answer to {stage.name.upper()}: {reply_text(code, text)}")
                return
            outcome = Outcome.rejected if kind == _PERMANENT else Outcome.deferred
            self._refusal = self._refusal or Reply(outcome, reply_text(code, text), code, stage)
        if self._awaited:  # the rest of what was said in one write
            return
        if self._refusal is not None:
            self._finish_refused(self._refusal, go_ahead=code == _GO_AHEAD)
        elif self._unsent_commands:
            self._write(self._next_commands())
        elif self._stream.paused:  # it says yes before it has read the last: not one more for it
            self._waits_for_flush = True
        else:
            self._send()

    def _finish_refused(self, reply: Reply, *, go_ahead: bool) -> None:
        message, self._next = self._next, None
        assert message is not None  # noqa: S101  (its envelope was answered)
        self._source.record_reply(message, reply)
        self._first = False
        # RFC 2920 3.1: a relay that wants a message although it took no recipient gets an empty
        # one, which is for nobody.
        self._start_next(b".\r\n" if go_ahead else b"RSET\r\n")

    def _handle_closing(self, code: int, text: bytes) -> None:
        """Handle a 421 (RFC 5321 3.8): it also is the reply to a committed message."""
        words = reply_text(code, text)
        if self._awaited and self._awaited[0] is self._end and self._committed is not None:
            message, self._committed = self._committed, None
            self._source.record_reply(message, Reply(Outcome.deferred, words, code, Stage.body))
        self._code = code
        self._stream.abort(words)

    def _end_session(self) -> None:
        """Record replies for all messages of this session that have none."""
        words, stage = self._stream.end_reason, self._awaited[0][0] if self._awaited else Stage.data
        ending, self._committed = self._committed, None
        begun = [message for message in (self._ready, self._next) if message is not None]
        self._ready = self._next = None
        self._awaited.clear()
        self._waits_for_flush = False
        try:
            if ending is not None:
                # The end of the message has not left, and cannot any more.
                kept_back = self._stream.paused or self._stream.unsent > TAIL
                outcome = Outcome.deferred if kept_back else Outcome.uncertain
                if self._by_bdat and not self._stopped and self._memory.lesson.chunking is None:
                    # Nobody knows of this message; those after it go by DATA.
                    self._memory.learn(chunking=False)
                self._source.record_reply(ending, Reply(outcome, words, self._code, Stage.body))
            for message in begun:
                self._source.record_reply(message, self._broken_reply(words, stage))
        except Exception as error:  # noqa: BLE001  (asyncio would only log it)
            self._stream.error = self._stream.error or error
        finally:
            self._idle.set()

    def _broken_reply(self, words: str, stage: Stage | None) -> Reply:
        """Return the reply for a message that was not committed when the connection ended.

        It counts as a try if the end is about this message: the first of a session, or one whose
        sender was accepted before more was sent. Otherwise it is returned untried. So each session
        has at least one outcome, and a returned message is the first of some session.
        """
        if stage not in (Stage.rcpt, Stage.data):
            stage = Stage.mail
        about = self._first or not (self._pipelining or stage is Stage.mail)
        stopped = self._stopped or self._stream.error is not None
        outcome = Outcome.deferred if about and not stopped else Outcome.returned
        return Reply(outcome, words, self._code, stage)


def _stuffed(message: bytes) -> bytes:
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
