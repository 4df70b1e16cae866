"""One plan's deliveries on their way through one process: claimed, paced, handed over, noted.

Connections ask for what to send and tell what came of it (`mail/wire.py`); the ledger is written
in a thread beside them, in batches. The order of steps is the guarantee: a claim is on the disk
before a message of it begins, the journal says so before a message's last bytes leave, and says
what was answered before anything else happens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from publisher.audience.tokens import Purpose
from publisher.delivery.claiming import LARGEST_BATCH, Claims
from publisher.delivery.pace import Sign
from publisher.delivery.sending import Sender, Tally, Way, return_path
from publisher.errors import PublisherError, RelayError
from publisher.mail.copies import Copies
from publisher.mail.message import on_the_wire
from publisher.mail.relay import Outcome, Reply
from publisher.mail.wire import Message
from publisher.model import DeliveryState
from publisher.storage.claims import Claimed, Result, Try
from publisher.storage.plans import get_letter

#: What is claimed at a time at first; twice as much when it was gone within a round.
_SMALLEST_BATCH = 32
#: How often the ledger is written, and stopping and pausing are looked for, in seconds.
_ROUND = 0.5
#: For how long it is taken for true that nobody left, in seconds, and of how many it is asked.
_FRESH, _ASKED = 0.05, 100
#: What is in flight when somebody stops us has so long to end, in seconds.
_PATIENCE = 7.0


@dataclass(frozen=True, slots=True)
class _Lane:
    """One connection's view of a dispatch (`mail.wire.Work`)."""

    dispatch: Dispatch
    way: str

    def take(self) -> Message | None:
        return self.dispatch.take(self.way)

    async def wait(self) -> bool:
        return await self.dispatch.wait(self.way)

    def commits(self, message: Message) -> None:
        self.dispatch.commits(message)

    def ended(self, message: Message, reply: Reply) -> None:
        self.dispatch.ended(self.way, message, reply)


class Dispatch:
    """One plan's deliveries while one process sends them. All of it on one event loop."""

    def __init__(self, sender: Sender, plan: int, tally: Tally) -> None:
        self._sender = sender
        self._pace = sender.pace
        self._tally = tally
        self._claims = Claims(sender, plan)
        self._copies: dict[int, Copies] = {}
        #: Claimed and not begun, in order.
        self._waiting: deque[Claimed] = deque()
        #: Chosen for a relay, until a connection to it asks.
        self._chosen: dict[str, deque[Claimed]] = {way.name: deque() for way in sender.ways}
        #: Waiting for their domain's turn, by domain.
        self._parked: dict[str, deque[Claimed]] = {}
        #: Taken by a connection, by Message-ID.
        self._flying: dict[str, Claimed] = {}
        #: Who had not left when they were last asked for, and until when that is good enough.
        self._present: set[int] = set()
        self._present_until = 0.0
        self._results: list[Result] = []
        self._batch = _SMALLEST_BATCH
        #: Nothing more is to be claimed; nothing more may begin; all is to be given back.
        self._dry = self._over = self._closing = False
        #: Who waits for something to begin with.
        self._idle: list[asyncio.Future[None]] = []
        #: The ledger is to be looked at before its time; nothing more may begin.
        self._hurry, self._stopped = asyncio.Event(), asyncio.Event()
        self._trouble: PublisherError | None = None

    async def run(self) -> None:
        """Send until nothing is due, somebody stops it, or there is no way.

        Raises RelayError when no relay can be used, StateError when the ledger cannot be
        written. What is left claimed then is in the journal, and `recover` settles it.
        """
        ledger = asyncio.create_task(self._keep_ledger())
        lanes: list[asyncio.Task[None]] = []
        try:
            while await self._is_more():
                lanes = [
                    asyncio.create_task(self._lane(way))
                    for way in self._sender.ways
                    for _ in range(min(way.connections, len(self._waiting)) or 1)
                ]
                await self._patiently(lanes)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
            self._over = self._closing = True
            self._hurry.set()
            await ledger
        if self._trouble:
            raise self._trouble

    async def _is_more(self) -> bool:
        """Wait for something to send; False when there is nothing, or no more is to be sent."""
        while not self._over:
            if self._waiting or self._parked:
                return True
            if self._dry:
                return False
            self._hurry.set()
            await self._news()
        return False

    async def _patiently(self, lanes: list[asyncio.Task[None]]) -> None:
        """Wait for all connections; once it is over, no longer than they may take."""
        every = asyncio.gather(*lanes)
        stopped = asyncio.create_task(self._stopped.wait())
        await asyncio.wait([every, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(every, _PATIENCE)

    async def _lane(self, way: Way) -> None:
        """Keep one connection to a relay, as long as there is something for it."""
        lane = _Lane(self, way.name)
        while await self.wait(way.name):
            before = self._tally.total
            try:
                await way.converse(lane)
                if self._tally.total == before and not self._over:
                    raise RelayError(f"{way.name}: hangs up before it takes anything")  # noqa: TRY301
            except RelayError as error:
                self._give_back(way.name)
                self._pace.unusable(way.name, self._sender.seconds())
                if not self._pace.usable(self._sender.seconds()):
                    self._end(error)
            except PublisherError as error:  # the outbox cannot be written to
                self._end(error)

    # --- What connections ask, and tell ---------------------------------------------------

    def take(self, way: str) -> Message | None:
        """Give what may begin now through a relay; None for nothing."""
        while not self._over and self._choose(way):
            row = self._chosen[way].popleft()
            try:
                if not self._is_present(row):
                    self._unbegun(way, row)
                    continue
                message = self._message(row)
            except ValueError:
                self._unbegun(way, row)
                self._settle(
                    Result(row=row, state=DeliveryState.rejected, words="no address for a header")
                )
                continue
            except PublisherError as error:
                self._chosen[way].appendleft(row)
                self._end(error)
                return None
            self._flying[message.name] = row
            return message
        return None

    async def wait(self, way: str) -> bool:
        """Wait until there may be something for a relay; False when there is no more."""
        while not self._over:
            if self._choose(way):
                return True
            if self._dry and not (self._waiting or self._parked or self._chosen[way]):
                return False
            await self._news(self._pause())
        return False

    def commits(self, message: Message) -> None:
        """Note that the message's last bytes are about to leave."""
        self._claims.journal.begins(self._flying[message.name].id)

    def ended(self, way: str, message: Message, reply: Reply) -> None:
        """Note what came of a message."""
        row = self._flying.pop(message.name)
        if reply.outcome is Outcome.returned:
            self._unbegun(way, row)
            self._waiting.appendleft(row)
        else:
            verdict = self._sender.verdict(reply)
            tried = Try(
                relay=way,
                state=verdict.state,
                code=reply.code,
                words=reply.words.replace(row.address, "<address>"),
            )
            self._claims.journal.ended(row.id, tried)
            self._pace.ended(way, _domain(row), verdict.sign, self._sender.seconds())
            self._settle(self._sender.result(row, tried))
        self._tell()

    def _settle(self, result: Result) -> None:
        self._results.append(result)
        self._tally.add(result.state)
        if len(self._results) >= LARGEST_BATCH:
            self._hurry.set()

    def _unbegun(self, way: str, row: Claimed) -> None:
        self._pace.ended(way, _domain(row), Sign.nothing, self._sender.seconds())

    def _give_back(self, way: str) -> None:
        """Let others have what a relay was chosen for."""
        while self._chosen[way]:
            row = self._chosen[way].pop()
            self._unbegun(way, row)
            self._waiting.appendleft(row)
        self._tell()

    # --- What is next ---------------------------------------------------------------------

    def _choose(self, way: str) -> bool:
        """Make sure that something is chosen for a relay; False when nothing can be now."""
        chosen, now = self._chosen[way], self._sender.seconds()
        for domain in [*self._parked] if not chosen else ():
            relay = self._pace.choose(domain, now)
            if relay is not None:
                self._begin(relay, domain, self._parked[domain].popleft(), now)
                if not self._parked[domain]:
                    del self._parked[domain]
        while not chosen and self._waiting:
            row = self._waiting.popleft()
            domain = _domain(row)
            relay = None if domain in self._parked else self._pace.choose(domain, now)
            if relay is None:
                self._parked.setdefault(domain, deque()).append(row)
            else:
                self._begin(relay, domain, row, now)
        if len(self._waiting) < self._batch // 2 and not self._dry:
            self._hurry.set()
        return bool(chosen)

    def _begin(self, relay: str, domain: str, row: Claimed, now: float) -> None:
        self._pace.begun(relay, domain, now)
        self._chosen[relay].append(row)
        self._tell()

    def _pause(self) -> float | None:
        """Give after how many seconds something may begin that cannot now."""
        now = self._sender.seconds()
        times = [self._pace.next_time(domain, now) for domain in self._parked]
        known = [time for time in times if time is not None]
        return max(min(known) - now, 0.001) if known else None

    def _is_present(self, row: Claimed) -> bool:
        """Tell whether somebody is still on the list; if not, they are settled."""
        now = asyncio.get_running_loop().time()
        if now > self._present_until or row.id not in self._present:
            asked = [row, *islice(self._waiting, _ASKED)]
            gone = self._claims.absent(asked)
            self._present = {each.id for each in asked if each.subscriber not in gone}
            self._present_until = now + _FRESH
            if row.subscriber in gone:
                why = gone[row.subscriber]
                self._settle(Result(row=row, state=DeliveryState.suppressed, words=why))
                return False
        return True

    def _message(self, row: Claimed) -> Message:
        """Make somebody's copy. Raises ValueError for an address that no header can hold."""
        sender = self._sender
        if row.letter not in self._copies:
            with sender.database.read() as connection:
                kept = get_letter(connection, row.letter)
            self._copies[row.letter] = sender.copies(kept)
        copies = self._copies[row.letter]
        pieces = copies.make(
            row.address, sender.keys.link(Purpose.leave, row.subscriber, row.epoch)
        )
        returns = return_path(sender.keys, sender.bounce_domain, row.subscriber, row.letter)
        return Message(
            sender=returns or copies.sender,
            recipient=on_the_wire(row.address),
            name=copies.name(row.address),
            size=sum(map(len, pieces)),
            pieces=pieces,
            needs_stuffing=False,
        )

    # --- The ledger -----------------------------------------------------------------------

    async def _keep_ledger(self) -> None:
        """Settle and claim, round by round, until all is given back."""
        while not self._closing:
            await self._round()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), _ROUND)
            self._hurry.clear()
            if self._sender.stopping():
                self._end(None)
        self._results += (Result(row=row, state=DeliveryState.pending) for row in self._unclaimed())
        if await self._round():
            try:
                await asyncio.to_thread(self._claims.close)
            except PublisherError as error:
                self._end(error)

    async def _round(self) -> bool:
        """Look into the ledger once; False when that was not possible."""
        results, self._results = self._results, []
        low = len(self._waiting) < self._batch // 2 and sum(map(len, self._parked.values())) < 1000
        want = self._batch if low and not self._dry and not self._over else 0
        try:
            found = await asyncio.to_thread(self._claims.round, results, want)
        except PublisherError as error:
            self._results = results + self._results
            self._end(error)
            return False
        if want:
            self._dry = len(found.claimed) < want
            if not self._waiting:
                self._batch = min(self._batch * 2, LARGEST_BATCH)
            self._waiting.extend(found.claimed)
            self._tell()
        if found.halted:
            self._end(None)
        self._sender.tell(self._tally)
        return True

    def _unclaimed(self) -> Iterator[Claimed]:
        yield from self._waiting
        for rows in (*self._chosen.values(), *self._parked.values()):
            yield from rows

    def _end(self, trouble: PublisherError | None) -> None:
        """Let nothing more begin."""
        self._over = True
        self._trouble = self._trouble or trouble
        self._hurry.set()
        self._stopped.set()
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


def _domain(row: Claimed) -> str:
    return row.address.rpartition("@")[2].lower()
