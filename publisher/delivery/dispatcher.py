"""One plan's deliveries on their way through one process: claimed, paced, handed over, noted.

Connections ask for what to send and tell what came of it (`mail/smtp_session.py`). The ledger
is written in a thread beside them, in batches. The order of steps is the guarantee: a claim is on
the disk before a message of it begins, the journal says so before a message's last bytes leave,
and says what was answered before anything else happens.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from publisher.delivery.claims import LARGEST_BATCH, ROUND, Batches, Claims
from publisher.delivery.counts import Tally
from publisher.delivery.messages import AHEAD, Composer
from publisher.delivery.outcome import Blame, verdict
from publisher.delivery.queue import Queue
from publisher.delivery.relay_breakers import Breakers, broke
from publisher.delivery.shutdown import Stop
from publisher.delivery.throttle import Sign, Throttle, sign_of
from publisher.delivery.transport import Transport
from publisher.errors import PublisherError, RelayError
from publisher.event_log import log_error
from publisher.mail.smtp_session import Message
from publisher.mail.transport import Reply
from publisher.model import DeliveryState
from publisher.storage.claims import Claimed, Result, Try

_LOG = logging.getLogger(__name__)
#: For how long it is taken for true that nobody left, in seconds, and of how many it is asked.
_FRESH, _ASKED = 0.05, 250


@dataclass(slots=True)
class _Connection:
    """One connection's view of a dispatch (`mail.wire.Work`)."""

    dispatch: Dispatcher
    way: str
    #: Whether the relay greeted us: only then is anything asked for.
    is_open: bool = False

    def take(self) -> Message | None:
        self._greeted()
        return self.dispatch.take(self.way)

    async def wait(self) -> bool:
        self._greeted()
        return await self.dispatch.wait(self.way)

    def _greeted(self) -> None:
        if not self.is_open:
            self.is_open = True
            self.dispatch.connected(self.way)

    def commits(self, message: Message) -> None:
        self.dispatch.commits(message)

    def ended(self, message: Message, reply: Reply) -> None:
        self.dispatch.ended(self.way, message, reply)


class Dispatcher:
    """One plan's deliveries while one process sends them. All of it on one event loop."""

    def __init__(
        self,
        claims: Claims,
        composer: Composer,
        transports: Sequence[Transport],
        throttle: Throttle,
        *,
        share: float = math.inf,
        seconds: Callable[[], float] = time.time,
    ) -> None:
        """Begin with nothing. `share` is how much of the plan is for this process to send.

        When its claims are probing, one delivery shows whether its relay takes mail again; a
        refusal for good is not believed. `seconds` is the time since 1970.
        """
        self._claims = claims
        self._composer = composer
        self._transports = transports
        self._throttle = throttle
        self._seconds = seconds
        self.tally = Tally()
        #: Whether the last refusal for good was of a reader, and not of the message.
        self.refused_reader = False
        self._queue = Queue([way.name for way in transports], throttle)
        #: Taken by a connection, by Message-ID.
        self._flying: dict[str, Claimed] = {}
        #: Of these, those whose final bytes are written and whose reply is pending.
        self._ending: set[str] = set()
        #: How many messages were tried at all.
        self._tried = 0
        self._breakers = Breakers(way.name for way in transports)
        #: What a relay said for which the plan is held.
        self._hold = ""
        #: Who had not left when they were last asked for, and until when that is good enough.
        self._present: set[int] = set()
        self._present_until = 0.0
        self._results: list[Result] = []
        self._batches = Batches(share)
        #: Nothing more is to be claimed; nothing more may begin; all is to be given back.
        self._dry = self._over = self._closing = False
        #: Who waits for something to begin with.
        self._idle: list[asyncio.Future[None]] = []
        #: The ledger is to be looked at before its time; nothing more may begin.
        self._hurry, self._stop = asyncio.Event(), Stop()
        self._trouble: PublisherError | None = None

    async def run(
        self,
        stopping: Callable[[], bool] = lambda: False,
        tell: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        """Send until nothing is due, somebody stops it, or there is no way.

        Twice a second `stopping` is asked, where True lets nothing more begin, and `tell` is told.
        Raises RelayError when no relay can be used, StateError when the ledger cannot be
        written. What is left claimed then is in the journal, and `recover` settles it.
        """
        heed = asyncio.create_task(self._heed(stopping))
        ledger = asyncio.create_task(self._keep_ledger(tell))
        # However it ends: nobody may wait for one that is not there.
        ledger.add_done_callback(lambda _: self._end(None))
        lanes: list[asyncio.Task[None]] = []
        try:
            while await self._is_more():
                lanes = [
                    asyncio.create_task(self._lane(way))
                    for way in self._transports
                    for _ in range(max(1, min(way.connections, len(self._queue))))
                ]
                await self._stop.wait(lanes, self._ending)
        finally:
            for each in (heed, *lanes):
                each.cancel()
            await asyncio.gather(heed, *lanes, return_exceptions=True)
            self._over = self._closing = True
            self._hurry.set()
            await ledger
        if self._trouble:
            raise self._trouble

    async def _is_more(self) -> bool:
        """Wait for something to send; False when there is nothing, or no more is to be sent."""
        while not self._over:
            if self._queue or self._queue.aside:
                return True
            if self._dry:
                return False
            self._hurry.set()
            await self._news()
        return False

    async def _heed(self, stopping: Callable[[], bool]) -> None:
        """Ask whether to stop, also while the ledger takes its time."""
        while not self._over:
            if stopping():
                self._end(None)
            await asyncio.sleep(ROUND)

    async def _lane(self, way: Transport) -> None:
        """Keep one connection to a relay, as long as there is something for it.

        A relay that takes fewer connections than there may be goes on with those it takes.
        """
        pace = self._throttle
        while await self.wait(way.name):
            if not pace.connect(way.name, self._seconds()):
                await self._news()  # others are open, or one is being opened
                continue
            trouble = None
            lane, before = _Connection(self, way.name), self._tried
            try:
                await way.converse(lane)
                if self._tried == before and not self._over:
                    trouble = RelayError(f"{way.name}: hangs up before anything")
            except RelayError as error:
                trouble = error
            except PublisherError as error:  # the outbox cannot be written to
                self._end(error)
            finally:
                pace.disconnected(way.name, was_open=lane.is_open)
                self._tell()
            if trouble:
                self._give_up(way.name, trouble)

    def _give_up(self, way: str, why: RelayError, *, refuses_us: bool = False) -> None:
        """Leave a relay alone: the others have its share, and without others it is over."""
        log_error(_LOG, "relay left alone", why, relay=way)
        now = self._seconds()
        self._queue.give_up(way, now, refuses_us=refuses_us)
        self._tell()
        if not self._throttle.usable(now):
            self._end(why)

    # --- What connections ask, and tell ---------------------------------------------------

    def connected(self, way: str) -> None:
        """Note that a relay greeted us: more connections may be opened."""
        self._throttle.connected(way)
        self._tell()

    def take(self, way: str) -> Message | None:
        """Return what may begin now through a relay; None for nothing."""
        while not self._over and self._queue.choose(way, self._seconds()):
            if self._runs_low():
                self._hurry.set()
            row = self._queue.take(way)
            try:
                message = self._composer.message(row, self._queue.upcoming(AHEAD))
                absence = self._absence(row)  # after that, which may take milliseconds
            except ValueError:
                self._drop(way, row, DeliveryState.rejected, "no header can hold this address")
            except PublisherError as error:  # the ledger cannot be read
                self._queue.put_back(way, row, self._seconds())
                self._end(error)
            else:
                if not absence:
                    self._flying[message.name] = row
                    return message
                self._drop(way, row, DeliveryState.suppressed, absence)
        return None

    async def wait(self, way: str) -> bool:
        """Wait until there may be something for a relay; False when there is no more."""
        while not self._over:
            if self._queue.choose(way, self._seconds()):
                return True
            # What is in flight through another relay may come back, for this one to take.
            if self._dry and not (self._queue or self._queue.aside or self._flying):
                return False
            if not self._queue and not self._dry:
                self._hurry.set()
            await self._news(self._queue.pause(self._seconds()))
        return False

    def commits(self, message: Message) -> None:
        """Note that the message's last bytes are about to leave."""
        self._ending.add(message.name)
        self._claims.journal.begins(self._flying[message.name].id)

    def ended(self, way: str, message: Message, reply: Reply) -> None:
        """Note what came of a message."""
        row, now = self._flying.pop(message.name), self._seconds()
        self._ending.discard(message.name)
        said = verdict(reply)
        words = reply.words.replace(row.address, "<address>")
        if said.state is DeliveryState.pending:
            self._queue.put_back(way, row, now)
            if said.blame is not Blame.nobody:  # for the next it would be the same
                error = RelayError(f"{way}: takes no mail from us: {words}")
                self._give_up(way, error, refuses_us=True)
        else:
            self._tried += 1
            bounce = ""
            if said.state is DeliveryState.rejected and said.blame is Blame.recipient:
                bounce = "hard" if said.dead else "soft"
            tried = Try(way, said.state, reply.code, words, bounce)
            self._claims.journal.ended(row.id, tried)
            # A relay that hangs up before it has a message is given up soon, and not slowed down.
            early = broke(reply)
            sign = Sign.nothing if early else sign_of(reply, said)
            if self._queue.ended(way, row, sign, now):
                _LOG.warning("relay slowed", extra={"relay": way, "kind": sign.value, "why": words})
            self.refused_reader = bool(bounce)
            for settled in self._breakers.count(row, tried, said, broke=early):
                self._settle(self._claims.result(*settled, probing=self._claims.probing))
            if self._breakers.is_open(way) and not self._hold:
                self._open(way, tried)
        self._tell()

    def _open(self, way: str, tried: Try) -> None:
        """Let nothing more go through a relay whose breaker is open."""
        if tried.state is DeliveryState.rejected:  # for another plan's mail it may be of use
            self._hold = f"{way} refuses everyone: {tried.words}"
            self._end(None)
        else:
            self._close(way, RelayError(f"{way}: takes no mail for now: {tried.words}"))

    def _close(self, way: str, why: RelayError) -> None:
        """Send nothing more through a relay in this run."""
        log_error(_LOG, "relay given up", why, relay=way)
        now = self._seconds()
        self._queue.close(way, now)
        self._tell()
        if not self._throttle.usable(now):
            self._hold = str(why)
            self._end(why)

    def _drop(self, way: str, row: Claimed, state: DeliveryState, words: str) -> None:
        """Settle one that was taken, and is not to be sent after all."""
        self._queue.ended(way, row, Sign.unsent, self._seconds())
        self._tell()
        self._settle(Result(row=row, state=state, words=words))

    def _settle(self, result: Result) -> None:
        self._results.append(result)
        self.tally.add(result.state)
        if len(self._results) >= LARGEST_BATCH:
            self._hurry.set()

    def _absence(self, row: Claimed) -> str:
        """Return why somebody is not to be mailed any more; empty for who is."""
        now = asyncio.get_running_loop().time()
        if now <= self._present_until and row.id in self._present:
            return ""
        asked = [row, *self._queue.upcoming(_ASKED)]
        gone = self._claims.absent(asked)
        self._present = {each.id for each in asked if each.subscriber not in gone}
        self._present_until = now + _FRESH
        return gone.get(row.subscriber, "")

    # --- The ledger -----------------------------------------------------------------------

    async def _keep_ledger(self, tell: Callable[[Tally], None]) -> None:
        """Settle and claim, round by round, until all is given back."""
        while not self._closing:
            self._hurry.clear()
            await self._round()
            tell(self.tally)
            if not self._closing and not self._runs_low() and len(self._results) < LARGEST_BATCH:
                self._hurry.clear()  # what it was set for has been seen to
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), ROUND)
        for row, tried in self._breakers.rest(doubted=self._claims.probing):
            self._settle(self._claims.result(row, tried))
        self._results += (Result(row=row, state=DeliveryState.pending) for row in self._queue)
        try:
            hold = self._hold or self._breakers.refusal()
            complaint = self._breakers.complaint()
            work = partial(
                self._claims.last_round, self._throttle.kept(), self._results, hold, complaint
            )
            await asyncio.to_thread(work, patience=self._stop.patience)
            tell(self.tally)
        except PublisherError as error:
            self._end(error)
        finally:
            self._claims.close()

    async def _round(self) -> None:
        """Look into the ledger once."""
        results, self._results = self._results, []
        now = asyncio.get_running_loop().time()
        want = self._batches.wanted(now) if self._runs_low() else 0
        try:
            work = partial(self._claims.round, self._throttle.kept(), results, want, self._hold)
            found = await asyncio.to_thread(work, patience=self._stop.patience)
        except PublisherError as error:
            self._results = results + self._results
            self._end(error)
            return
        if want:
            self._dry = len(found.claimed) < want or self._claims.probing
            self._batches.claimed(len(found.claimed))
            self._queue.add(found.claimed)
            self._tell()
        if found.halted:
            self._end(None)

    def _runs_low(self) -> bool:
        """Return whether more is to be claimed."""
        if self._dry or self._over:
            return False
        return len(self._queue) < self._batches.size // 2 and self._queue.aside < LARGEST_BATCH

    def _end(self, trouble: PublisherError | None) -> None:
        """Let nothing more begin."""
        self._over = True
        self._trouble = self._trouble or trouble
        self._hurry.set()
        self._stop.tell()
        self._tell()

    async def _news(self, seconds: float | None = None) -> None:
        """Wait until something may begin that could not before, or for so long."""
        waiter = asyncio.get_running_loop().create_future()
        self._idle.append(waiter)
        with suppress(TimeoutError):
            await asyncio.wait_for(waiter, seconds)

    def _tell(self) -> None:
        idle, self._idle = self._idle, []
        for each in idle:
            if not each.done():
                each.set_result(None)
