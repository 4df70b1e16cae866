"""One process sends a plan: it claims deliveries, paces them, hands them over, records outcomes.

Connections ask for messages and report replies (`mail/smtp_session.py`). The ledger is written in
a thread beside them, in batches. The order of steps is the guarantee: a claim is on the disk
before its message begins, the journal has a record before a message's last bytes are written, and
records the reply before anything else happens.
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
from publisher.delivery.relay_breakers import Breakers, ended_early
from publisher.delivery.shutdown import Stop
from publisher.delivery.throttle import PaceSignal, Throttle, pace_signal
from publisher.delivery.transport import Transport
from publisher.errors import PublisherError, RelayError
from publisher.event_log import log_error
from publisher.mail.smtp_session import Message
from publisher.mail.transport import Reply
from publisher.model import DeliveryState
from publisher.storage.claims import Claimed, Result, Try

_LOG = logging.getLogger(__name__)
#: For how long an answer about who left the list is used, in seconds, and for how many it is asked.
_FRESH, _ASKED = 0.05, 250


@dataclass(slots=True)
class _Connection:
    """The messages of one connection (a `smtp_session.MessageSource`)."""

    dispatcher: Dispatcher
    relay: str
    #: Whether the relay greeted us: only then is anything asked for.
    is_open: bool = False

    def next_message(self) -> Message | None:
        self._count_greeting()
        return self.dispatcher.next_message(self.relay)

    async def wait(self) -> bool:
        self._count_greeting()
        return await self.dispatcher.wait(self.relay)

    def _count_greeting(self) -> None:
        if not self.is_open:
            self.is_open = True
            self.dispatcher.connected(self.relay)

    def record_commit(self, message: Message) -> None:
        self.dispatcher.record_commit(message)

    def record_reply(self, message: Message, reply: Reply) -> None:
        self.dispatcher.record_reply(self.relay, message, reply)


class Dispatcher:
    """Sends one plan's deliveries in one process, on one event loop."""

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
        """`share` is about how many deliveries this process has to send.

        If the claims are probing, one delivery shows whether its relay takes mail again, and a
        permanent refusal is deferred. `seconds` returns the time since 1970.
        """
        self._claims = claims
        self._composer = composer
        self._transports = transports
        self._throttle = throttle
        self._seconds = seconds
        self.tally = Tally()
        #: Whether the last refusal for good was of a reader, and not of the message.
        self.refused_reader = False
        self._queue = Queue([transport.name for transport in transports], throttle)
        #: Handed to a connection, by Message-ID.
        self._in_flight: dict[str, Claimed] = {}
        #: Of these, those whose final bytes are written and whose reply is pending.
        self._committing: set[str] = set()
        #: How many messages were tried at all.
        self._tried = 0
        self._breakers = Breakers(transport.name for transport in transports)
        #: What a relay said for which the plan is held.
        self._hold = ""
        #: Who had not left when they were last asked for, and until when that is good enough.
        self._present: set[int] = set()
        self._present_until = 0.0
        self._results: list[Result] = []
        self._batches = Batches(share)
        #: No more is to be claimed; no more may begin; all claims are to be returned.
        self._exhausted = self._stopping = self._closing = False
        #: Connections that wait for a change.
        self._idle: list[asyncio.Future[None]] = []
        #: Set to write the ledger before its time; started when nothing more may begin.
        self._wake_ledger, self._stop = asyncio.Event(), Stop()
        self._error: PublisherError | None = None

    async def run(
        self,
        stopping: Callable[[], bool] = lambda: False,
        tell: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        """Send until nothing is due, `stopping` returns True, or no relay can be used.

        `stopping` and `tell` are called twice a second. Raises RelayError when no relay can be
        used, StateError when the ledger cannot be written. What is left claimed then is in the
        journal, for `Recovery`.
        """
        watcher = asyncio.create_task(self._watch_stop(stopping))
        ledger_task = asyncio.create_task(self._update_ledger(tell))
        # However it ends: nobody may wait for one that is not there.
        ledger_task.add_done_callback(lambda _: self._stop_sending(None))
        connections: list[asyncio.Task[None]] = []
        try:
            while await self._has_more():
                connections = [
                    asyncio.create_task(self._run_connection(transport))
                    for transport in self._transports
                    for _ in range(max(1, min(transport.connections, len(self._queue))))
                ]
                await self._stop.wait(connections, self._committing)
        finally:
            for task in (watcher, *connections):
                task.cancel()
            await asyncio.gather(watcher, *connections, return_exceptions=True)
            self._stopping = self._closing = True
            self._wake_ledger.set()
            await ledger_task
        if self._error:
            raise self._error

    async def _has_more(self) -> bool:
        """Wait for something to send; return False when there is nothing more."""
        while not self._stopping:
            if self._queue or self._queue.delayed:
                return True
            if self._exhausted:
                return False
            self._wake_ledger.set()
            await self._wait_for_change()
        return False

    async def _watch_stop(self, stopping: Callable[[], bool]) -> None:
        """Call `stopping` regularly, even while the ledger is being written."""
        while not self._stopping:
            if stopping():
                self._stop_sending(None)
            await asyncio.sleep(ROUND)

    async def _run_connection(self, transport: Transport) -> None:
        """Keep one connection to a relay open, as long as there is something for it.

        A relay that takes fewer connections than configured goes on with those it takes.
        """
        pace = self._throttle
        while await self.wait(transport.name):
            if not pace.try_connect(transport.name, self._seconds()):
                await self._wait_for_change()  # others are open, or one is being opened
                continue
            failure = None
            connection, tried_before = _Connection(self, transport.name), self._tried
            try:
                await transport.send_messages(connection)
                if self._tried == tried_before and not self._stopping:
                    failure = RelayError(f"{transport.name}: hangs up before anything")
            except RelayError as error:
                failure = error
            except PublisherError as error:  # the outbox cannot be written to
                self._stop_sending(error)
            finally:
                pace.count_disconnected(transport.name, was_open=connection.is_open)
                self._wake_idle()
            if failure:
                self._give_up(transport.name, failure)

    def _give_up(self, relay: str, error: RelayError, *, refuses_us: bool = False) -> None:
        """Let a relay back off; without another usable relay, stop sending."""
        log_error(_LOG, "relay left alone", error, relay=relay)
        now = self._seconds()
        self._queue.give_up(relay, now, refuses_us=refuses_us)
        self._wake_idle()
        if not self._throttle.is_usable(now):
            self._stop_sending(error)

    # --- For connections ------------------------------------------------------------------

    def connected(self, relay: str) -> None:
        """Record that a relay greeted us: more connections may be opened."""
        self._throttle.count_connected(relay)
        self._wake_idle()

    def next_message(self, relay: str) -> Message | None:
        """Return the next message for a relay; None if none may begin now."""
        while not self._stopping and self._queue.choose(relay, self._seconds()):
            if self._needs_claims():
                self._wake_ledger.set()
            row = self._queue.pop(relay)
            try:
                message = self._composer.message(row, self._queue.upcoming(AHEAD))
                absence = self._absence_reason(row)  # after that, which may take milliseconds
            except ValueError:
                self._skip(relay, row, DeliveryState.rejected, "no header can hold this address")
            except PublisherError as error:  # the ledger cannot be read
                self._queue.put_back(relay, row, self._seconds())
                self._stop_sending(error)
            else:
                if not absence:
                    self._in_flight[message.name] = row
                    return message
                self._skip(relay, row, DeliveryState.suppressed, absence)
        return None

    async def wait(self, relay: str) -> bool:
        """Wait until a message may begin through a relay; return False if none ever will."""
        while not self._stopping:
            if self._queue.choose(relay, self._seconds()):
                return True
            # What is in flight through another relay may come back, for this one to take.
            if self._exhausted and not (self._queue or self._queue.delayed or self._in_flight):
                return False
            if not self._queue and not self._exhausted:
                self._wake_ledger.set()
            await self._wait_for_change(self._queue.seconds_to_wait(self._seconds()))
        return False

    def record_commit(self, message: Message) -> None:
        """Record that the message's last bytes are about to be written."""
        self._committing.add(message.name)
        self._claims.journal.record_begin(self._in_flight[message.name].id)

    def record_reply(self, relay: str, message: Message, reply: Reply) -> None:
        """Record the reply to a message."""
        row, now = self._in_flight.pop(message.name), self._seconds()
        self._committing.discard(message.name)
        outcome = verdict(reply)
        words = reply.words.replace(row.address, "<address>")
        if outcome.state is DeliveryState.pending:
            self._queue.put_back(relay, row, now)
            if outcome.blame is not Blame.nobody:  # for the next it would be the same
                error = RelayError(f"{relay}: takes no mail from us: {words}")
                self._give_up(relay, error, refuses_us=True)
        else:
            self._tried += 1
            bounce = ""
            if outcome.state is DeliveryState.rejected and outcome.blame is Blame.recipient:
                bounce = "hard" if outcome.dead else "soft"
            tried = Try(relay, outcome.state, reply.code, words, bounce)
            self._claims.journal.record_result(row.id, tried)
            # A relay that hangs up before it has a message is given up soon, and not slowed down.
            early = ended_early(reply)
            signal = PaceSignal.nothing if early else pace_signal(reply, outcome)
            if self._queue.count_end(relay, row, signal, now):
                _LOG.warning(
                    "relay slowed", extra={"relay": relay, "kind": signal.value, "why": words}
                )
            self.refused_reader = bool(bounce)
            for refusal in self._breakers.count(row, tried, outcome, broke=early):
                self._record(self._claims.result(*refusal, probing=self._claims.probing))
            if self._breakers.is_open(relay) and not self._hold:
                self._open(relay, tried)
        self._wake_idle()

    def _open(self, relay: str, tried: Try) -> None:
        """Stop using a relay whose breaker is open; hold the plan if it refuses everyone."""
        if tried.state is DeliveryState.rejected:  # for another plan's mail it may be of use
            self._hold = f"{relay} refuses everyone: {tried.words}"
            self._stop_sending(None)
        else:
            self._close(relay, RelayError(f"{relay}: takes no mail for now: {tried.words}"))

    def _close(self, relay: str, error: RelayError) -> None:
        """Use a relay no more in this run; without another usable relay, stop sending."""
        log_error(_LOG, "relay given up", error, relay=relay)
        now = self._seconds()
        self._queue.close(relay, now)
        self._wake_idle()
        if not self._throttle.is_usable(now):
            self._hold = str(error)
            self._stop_sending(error)

    def _skip(self, relay: str, row: Claimed, state: DeliveryState, words: str) -> None:
        """Record the outcome of a delivery that is not to be sent after all."""
        self._queue.count_end(relay, row, PaceSignal.unsent, self._seconds())
        self._wake_idle()
        self._record(Result(row=row, state=state, words=words))

    def _record(self, result: Result) -> None:
        self._results.append(result)
        self.tally.add(result.state)
        if len(self._results) >= LARGEST_BATCH:
            self._wake_ledger.set()

    def _absence_reason(self, row: Claimed) -> str:
        """Return why a recipient must get no mail any more; empty if they still do."""
        now = asyncio.get_running_loop().time()
        if now <= self._present_until and row.id in self._present:
            return ""
        asked = [row, *self._queue.upcoming(_ASKED)]
        gone = self._claims.absent_subscribers(asked)
        self._present = {other.id for other in asked if other.subscriber not in gone}
        self._present_until = now + _FRESH
        return gone.get(row.subscriber, "")

    # --- The ledger -----------------------------------------------------------------------

    async def _update_ledger(self, tell: Callable[[Tally], None]) -> None:
        """Record results and claim, twice a second, until all claims are returned."""
        while not self._closing:
            self._wake_ledger.clear()
            await self._exchange()
            tell(self.tally)
            if not (self._closing or self._needs_claims() or len(self._results) >= LARGEST_BATCH):
                self._wake_ledger.clear()  # what it was set for is done
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake_ledger.wait(), ROUND)
        for row, tried in self._breakers.unsettled(doubted=self._claims.probing):
            self._record(self._claims.result(row, tried))
        self._results += (Result(row=row, state=DeliveryState.pending) for row in self._queue)
        try:
            hold = self._hold or self._breakers.refusal()
            complaint = self._breakers.complaint()
            rates = self._throttle.saved_state()
            work = partial(self._claims.record_and_close, rates, self._results, hold, complaint)
            await asyncio.to_thread(work, timeout=self._stop.write_timeout)
            tell(self.tally)
        except PublisherError as error:
            self._stop_sending(error)
        finally:
            self._claims.close()

    async def _exchange(self) -> None:
        """Record results, and claim more if needed, in one transaction."""
        results, self._results = self._results, []
        now = asyncio.get_running_loop().time()
        want = self._batches.next_size(now) if self._needs_claims() else 0
        try:
            rates = self._throttle.saved_state()
            work = partial(self._claims.record_and_claim, rates, results, want, self._hold)
            answer = await asyncio.to_thread(work, timeout=self._stop.write_timeout)
        except PublisherError as error:
            self._results = results + self._results
            self._stop_sending(error)
            return
        if want:
            self._exhausted = len(answer.claimed) < want or self._claims.probing
            self._batches.count_claimed(len(answer.claimed))
            self._queue.add(answer.claimed)
            self._wake_idle()
        if answer.halted:
            self._stop_sending(None)

    def _needs_claims(self) -> bool:
        """Return whether more deliveries should be claimed."""
        if self._exhausted or self._stopping:
            return False
        return len(self._queue) < self._batches.size // 2 and self._queue.delayed < LARGEST_BATCH

    def _stop_sending(self, error: PublisherError | None) -> None:
        """Let no more messages begin, and keep the first error for `run`."""
        self._stopping = True
        self._error = self._error or error
        self._wake_ledger.set()
        self._stop.start()
        self._wake_idle()

    async def _wait_for_change(self, seconds: float | None = None) -> None:
        """Wait until another message may be able to begin, at most for so many seconds."""
        waiter = asyncio.get_running_loop().create_future()
        self._idle.append(waiter)
        with suppress(TimeoutError):
            await asyncio.wait_for(waiter, seconds)

    def _wake_idle(self) -> None:
        waiters, self._idle = self._idle, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
