"""Mail handed to a relay as fast as the wire takes it, with a name for whatever may happen.

One conversation (RFC 5321) takes message after message. Where the relay offers PIPELINING
(RFC 2920) the next envelope goes in the same write as the message before, and where it offers
CHUNKING (RFC 3030) a message is one BDAT: one write and one wait for each message. The end of a
message never leaves before the answer to the end of the one before, so that a break leaves at
most one message of which nobody knows.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from publisher.mail.envelope import Message, addresses, unfit
from publisher.mail.smtp_connect import Extensions, Memory, Route, Timeouts, greet
from publisher.mail.smtp_stream import TAIL, SmtpStream, said
from publisher.mail.transport import Outcome, Reply, Stage

__all__ = ["Message", "MessageSource", "Route", "Timeouts", "converse"]

_OK, _GO_AHEAD, _TEMPORARY, _PERMANENT = 2, 354, 4, 5
#: What the answer to the end of a message says, by its first digit.
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
    """What a conversation asks for and tells, on the event loop."""

    def next_message(self) -> Message | None:
        """Return what may begin now; None when there is nothing now."""
        ...

    async def wait(self) -> bool:
        """Return when `take` may give something; False when nothing more will come."""
        ...

    def record_commit(self, message: Message) -> None:
        """Note that the bytes that end the message are about to be written."""
        ...

    def record_reply(self, message: Message, reply: Reply) -> None:
        """Note what became of a message; called once for every one that was taken."""
        ...


async def converse(route: Route, work: MessageSource) -> None:
    """Hand over message after message, until there is no more or the relay ends it.

    Raises RelayError when the relay cannot be used at all; then no message was taken. What
    `work` raises ends the conversation, and is raised here. A relay that refuses BDAT is connected
    to again, to go on with DATA.
    """
    goes_on = True
    while goes_on:
        line, offers = await greet(route)
        try:
            sending = _Sending(line, work, offers, route)
            await sending.run()
            goes_on = sending.refuses_bdat
        finally:
            sending.release()
            line.cut("stopped")
            await line.closed()


class _Sending:
    """What was said and not yet answered, and of which messages.

    At any time at most one message is committed (`_ending`), and one has its envelope said or
    being said (`_next`). Replies come in the order of what was said (`_awaited`).
    """

    def __init__(
        self, line: SmtpStream, work: MessageSource, offers: Extensions, route: Route
    ) -> None:
        timeouts = route.timeouts
        self._line = line
        self._work = work
        self._timeouts = timeouts
        self._memory: Memory = route.memory
        self._pipelining = "PIPELINING" in offers
        self._chunking = "CHUNKING" in offers
        #: Whether the envelope that was said last is for BDAT, and the message sent last was.
        self._for_bdat = self._by_bdat = False
        #: The relay offers BDAT and refuses it: what is left goes by DATA, over a new connection.
        self.refuses_bdat = False
        self._beyond_ascii = "SMTPUTF8" in offers
        self._sizes, self._largest = "SIZE" in offers, offers.largest
        self._end = (Stage.body, timeouts.end)
        self._other = (None, timeouts.command)
        #: What an envelope is answered with; for BDAT there is no DATA.
        self._steps = [
            (Stage.mail, timeouts.command),
            (Stage.rcpt, timeouts.command),
            (Stage.data, timeouts.data),
        ]
        #: The answers that are due, and how long each may take; no stage settles no message.
        self._awaited: deque[tuple[Stage | None, float]] = deque()
        self._ending: Message | None = None
        self._ready: Message | None = None
        self._next: Message | None = None
        #: The commands of its envelope that were not said yet, and what was answered against it.
        self._unsaid = b""
        self._refusal: Reply | None = None
        #: No message went before it: a break is about this one, or about the relay.
        self._first = True
        self._held = False
        self._stopped = False
        #: 421 when that is what ended it.
        self._code = 0
        self._idle = asyncio.Event()
        line.hear, line.ended, line.flushed = self._hear, self._over, self._flushed

    def release(self) -> None:
        """Let another conversation try BDAT, if this one has not come to it."""
        if self._memory.probe is self:
            self._memory.probe = None

    async def run(self) -> None:
        """Take and send until there is no more, or the line is over."""
        try:
            while not self._line.over:
                self._go_on()
                await self._idle.wait()
                if self._line.over or not await self._more():
                    break
            if not self._line.over:
                await self._goodbye()
        finally:
            self._stopped = True
            self._line.cut("stopped")
        if self._line.error is not None:
            raise self._line.error

    async def _more(self) -> bool:
        """Wait for more to do; the relay may hang up meanwhile."""
        self._idle.clear()
        more = asyncio.ensure_future(self._work.wait())
        over = asyncio.ensure_future(self._idle.wait())
        try:
            await asyncio.wait((more, over), return_when=asyncio.FIRST_COMPLETED)
            return more.done() and more.result() and not self._line.over
        finally:
            more.cancel()
            over.cancel()
            await asyncio.gather(more, over, return_exceptions=True)

    async def _goodbye(self) -> None:
        self._idle.clear()
        self._stopped = True
        self._awaited.append(self._other)
        self._line.expect(self._timeouts.quit)
        self._line.say(b"QUIT\r\n")
        await self._idle.wait()

    # --- What is said ---------------------------------------------------------------------

    def _go_on(self, before: bytes = b"") -> None:
        """Begin the next message, after what is to be said before."""
        if self._stopped:
            self._idle.set()
            return
        if before:
            self._awaited.append(self._other)
        if before and not self._pipelining:
            self._say(before)
        elif self._take():
            self._say(before + self._opening())
        elif before:
            self._say(before)
        else:
            self._line.relax()
            self._idle.set()

    def _say(self, data: bytes) -> None:
        self._line.expect(self._awaited[0][1])
        self._line.say(data)

    def _take(self) -> bool:
        """Take the next message that this relay can take."""
        while (message := self._work.next_message()) is not None:
            commands = self._envelope(message)
            if isinstance(commands, Reply):
                self._work.record_reply(message, commands)
            else:
                self._next, self._unsaid, self._refusal = message, commands, None
                return True
        return False

    def _envelope(self, message: Message) -> bytes | Reply:
        """Return the commands before a message; a Reply when this relay cannot take it."""
        paths = addresses(message)
        if isinstance(paths, Reply):
            return paths
        sender, recipient = paths
        options = ""
        if self._sizes:  # RFC 1870
            if 0 < self._largest < message.size:
                return unfit(
                    f"5.3.4 the message has {message.size} bytes, and the relay takes "
                    f"{self._largest}"
                )
            options = f" SIZE={message.size}"
        if not (sender.isascii() and recipient.isascii()):  # RFC 6531
            if not self._beyond_ascii:
                return unfit("5.6.7 the relay cannot take this address (no SMTPUTF8)")
            options += " SMTPUTF8"
        self._for_bdat = self._chunking and self._memory.chunks(self)
        data = "" if self._for_bdat else "DATA\r\n"
        commands = f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{recipient}>\r\n{data}".encode()
        return commands if len(commands) < _LONG else unfit("5.1.3 this is no address")

    def _opening(self) -> bytes:
        """Return what can be said of the envelope now: with PIPELINING all of it."""
        if self._pipelining:
            opening, self._unsaid = self._unsaid, b""
            self._awaited.extend(self._steps[:2] if self._for_bdat else self._steps)
        else:
            line, end, self._unsaid = self._unsaid.partition(b"\r\n")
            opening = line + end
            last = 1 if self._for_bdat else 2
            self._awaited.append(self._steps[last - self._unsaid.count(b"\r\n")])
        return opening

    def _send(self) -> None:
        """Send the message whose envelope was taken, and the next envelope behind it."""
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
        opening = self._opening() if self._pipelining and self._take() else b""
        self._work.record_commit(message)
        self._ending, self._ready, self._first = message, None, False
        self._say(b"".join((head, *pieces, end, opening)))
        if self._line.paused:
            self._line.expect(self._timeouts.block)

    def _flushed(self) -> None:
        """Expect the answer, now that the relay could have all there is to answer."""
        if self._awaited:
            self._line.expect(self._awaited[0][1])
        if self._held:
            self._held = False
            self._send()

    # --- What is heard --------------------------------------------------------------------

    def _hear(self, code: int, text: bytes) -> None:
        if code == _CLOSING:  # at any time (RFC 5321 3.8)
            self._closes(code, text)
            return
        if not self._awaited:
            self._line.cut(f"said what it was not asked: {said(code, text)}")
            return
        stage, _ = self._awaited.popleft()
        if self._awaited:
            self._line.expect(self._awaited[0][1])
        if stage is Stage.body:
            self._answered(code, text)
        elif stage is not None:
            self._step(stage, code, text)
        elif not self._awaited:
            self._go_on()

    def _answered(self, code: int, text: bytes) -> None:
        """Note what came of the message that was sent."""
        found = _ANSWERS.get(code // 100)
        if found is None:
            self._line.cut(f"no SMTP answer to the message: {said(code, text)}")
            return
        if found is Outcome.accepted and self._line.paused:
            self._line.cut(f"accepted before it was sent: {said(code, text)}")
            return
        message, self._ending = self._ending, None
        assert message is not None  # noqa: S101  (its end was said)
        if self._by_bdat:
            if code in _NO_BDAT:
                self._work.record_reply(message, Reply(Outcome.returned, said(code, text), code))
                self._refuses_bdat(code, text)
                return
            if found is Outcome.accepted:
                self._memory.learn(chunking=True)
        self._work.record_reply(message, Reply(found, said(code, text), code, Stage.body))
        if not self._awaited:
            self._go_on()

    def _refuses_bdat(self, code: int, text: bytes) -> None:
        """Hang up: the relay may take the message for commands."""
        self.refuses_bdat = self._stopped = True
        self._memory.learn(chunking=False)
        self._line.cut(said(code, text))

    def _step(self, stage: Stage, code: int, text: bytes) -> None:
        """Go on with an envelope, or note what was answered against it."""
        kind = code // 100
        if code != _GO_AHEAD if stage is Stage.data else kind != _OK:
            if kind not in (_TEMPORARY, _PERMANENT) or (
                # A relay that loses count after a refused message takes it on a new connection.
                code == _OUT_OF_ORDER and not self._first and self._refusal is None
            ):
                self._awaited.appendleft((stage, 0))
                self._line.cut(f"no answer to {stage.name.upper()}: {said(code, text)}")
                return
            outcome = Outcome.rejected if kind == _PERMANENT else Outcome.deferred
            self._refusal = self._refusal or Reply(outcome, said(code, text), code, stage)
        if self._awaited:  # the rest of what was said in one write
            return
        if self._refusal is not None:
            self._refused(self._refusal, go_ahead=code == _GO_AHEAD)
        elif self._unsaid:
            self._say(self._opening())
        elif self._line.paused:  # it says yes before it has read the last: not one more for it
            self._held = True
        else:
            self._send()

    def _refused(self, reply: Reply, *, go_ahead: bool) -> None:
        message, self._next = self._next, None
        assert message is not None  # noqa: S101  (its envelope was answered)
        self._work.record_reply(message, reply)
        self._first = False
        # RFC 2920 3.1: a relay that wants a message although it took no recipient gets an empty
        # one, which is for nobody.
        self._go_on(b".\r\n" if go_ahead else b"RSET\r\n")

    def _closes(self, code: int, text: bytes) -> None:
        """Take a 421: the answer to what was asked, and the end of all that was not."""
        words = said(code, text)
        if self._awaited and self._awaited[0] is self._end and self._ending is not None:
            message, self._ending = self._ending, None
            self._work.record_reply(message, Reply(Outcome.deferred, words, code, Stage.body))
        self._code = code
        self._line.cut(words)

    def _over(self) -> None:
        """Settle all that was taken."""
        words, stage = self._line.over, self._awaited[0][0] if self._awaited else Stage.data
        ending, self._ending = self._ending, None
        begun = [each for each in (self._ready, self._next) if each is not None]
        self._ready = self._next = None
        self._awaited.clear()
        self._held = False
        try:
            if ending is not None:
                # The end of the message has not left, and cannot any more.
                kept_back = self._line.paused or self._line.unsent > TAIL
                outcome = Outcome.deferred if kept_back else Outcome.uncertain
                if self._by_bdat and not self._stopped and self._memory.lesson.chunking is None:
                    # Nobody knows of this message; those after it go by DATA.
                    self._memory.learn(chunking=False)
                self._work.record_reply(ending, Reply(outcome, words, self._code, Stage.body))
            for message in begun:
                self._work.record_reply(message, self._unfinished(words, stage))
        except Exception as error:  # noqa: BLE001  (asyncio would only log it)
            self._line.error = self._line.error or error
        finally:
            self._idle.set()

    def _unfinished(self, words: str, stage: Stage | None) -> Reply:
        """Return what a break makes of a message that was not committed.

        It counts as a try where it is about this message: of the first of a conversation, or of
        one whose sender was taken before more was said. Else the relay hung up on what came
        before. So each conversation settles one at least, and who is given back is first some day.
        """
        if stage not in (Stage.rcpt, Stage.data):
            stage = Stage.mail
        about = self._first or not (self._pipelining or stage is Stage.mail)
        stopped = self._stopped or self._line.error is not None
        outcome = Outcome.deferred if about and not stopped else Outcome.returned
        return Reply(outcome, words, self._code, stage)


def _stuffed(message: bytes) -> bytes:
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
