"""One process' part of the ledger: what it claims of a plan, and what it settles again."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.delivery.journal import Journal
from publisher.delivery.retry import Retries
from publisher.errors import StateError
from publisher.model import DeliveryState
from publisher.storage import claims, facts, plan_outcomes, plan_state
from publisher.storage.claims import Claimed, Result, Try
from publisher.storage.database import BUSY_TIMEOUT, Database

#: How often the ledger is written, and stopping and pausing are looked for, in seconds.
ROUND = 0.5
#: What is claimed at a time, at most.
LARGEST_BATCH = 1_000
#: What is claimed at a time at first; four times as much, up to LARGEST_BATCH, when it was gone
#: sooner than the ledger is written anyway. A look into it costs as much as sending 20 messages,
#: and takes as long as 200 while another process looks into it too.
_SMALLEST_BATCH, _GROWTH = 250, 4
#: At the end of a share half of what is left is claimed, but at least what is sent in so many
#: seconds: looking into the ledger may take as long.
_AHEAD = 0.1
#: The journal has a place for whatever is claimed and not in the ledger again.
ROOM = 4 * LARGEST_BATCH
#: For how long others leave what is claimed here alone; each round renews it.
_LEASE = timedelta(minutes=2)
#: What happens to a machine that slept while another ran.
_LOST = (
    "another run has settled what this one was sending, which was away for too long: nothing more "
    "begins; see `publisher status`"
)
#: The fact that keeps allowances and slowed rates over restarts.
PACE = "pace"


@dataclass(slots=True)
class Round:
    """What a look into the ledger brought."""

    claimed: list[Claimed]
    #: The plan was paused or cancelled, or is held.
    halted: bool


class Batches:
    """How many deliveries a process claims at a time. Pure: time is an argument, in seconds."""

    def __init__(self, share: float) -> None:
        """Begin with few. `share` is how many are for this process to send, about.

        When several send a plan, none is to have a thousand left when there is nothing for the
        others: a signature takes 0.25 ms, so their processors would wait for as long.
        """
        self.size = _SMALLEST_BATCH
        self._left = share
        self._asked = -math.inf

    def wanted(self, now: float) -> int:
        """Return how many to claim now."""
        seconds, self._asked = now - self._asked, now
        sent_meanwhile = self.size * _AHEAD / seconds
        if seconds < ROUND:
            self.size = min(self.size * _GROWTH, LARGEST_BATCH)
        few = max(self._left / 2, sent_meanwhile, 1)
        self.size = int(min(self.size, few))
        return self.size

    def claimed(self, number: int) -> None:
        """Note how many there were."""
        self._left -= number


class Claims:
    """A plan's deliveries that this process has claimed. Not for two threads at once."""

    def __init__(
        self,
        database: Database,
        plan: int,
        journal: Journal,
        *,
        outbox: str,
        retries: Retries,
        clock: Callable[[], datetime],
        probing: bool = False,
    ) -> None:
        """Begin with none.

        The journal comes first: a lease without one is of a process that never claimed anything.
        `outbox` is where mail goes instead of to relays, if it does. With `probing`, the plan is
        held, and one delivery is claimed to try its relay.
        """
        self._database = database
        self._plan = plan
        self.journal = journal
        self._outbox = outbox
        self._retries = retries
        self._clock = clock
        self.probing = probing
        #: Of the ledger; 0 before the first round.
        self._lease = 0
        self._done = False

    def round(
        self,
        rates: str,
        results: Sequence[Result],
        want: int,
        hold: str = "",
        *,
        patience: float = BUSY_TIMEOUT,
    ) -> Round:
        """Settle results and claim more, in one transaction that is on the disk at the end.

        `rates` is what is to be known of them by the next run, `hold` what a relay said for which
        the plan is held. Whoever else writes is waited for so many seconds.
        """
        with self._database.write(patience) as connection:
            lease = self._open(connection)
            facts.SEND_RATES.put(connection, rates)
            found = self._round(connection, lease, results, want, hold)
        # Not before it is on the disk: the number of one that came to nothing is another's.
        self._lease = lease
        self.journal.settled([each.row.id for each in results])
        return found

    def last_round(
        self,
        rates: str,
        results: Sequence[Result],
        hold: str = "",
        complaint: str = "",
        *,
        patience: float = BUSY_TIMEOUT,
    ) -> None:
        """Settle results, and end the lease unless something is still claimed under it.

        `complaint` is what a relay said for which the plan is held if nothing of it was taken.
        """
        with self._database.write(patience) as connection:
            lease = self._open(connection)
            facts.SEND_RATES.put(connection, rates)
            self._round(connection, lease, results, 0, hold)
            accepted = [DeliveryState.accepted]
            if complaint and not plan_outcomes.number(connection, self._plan, accepted):
                plan_state.hold(connection, self._plan, hold or complaint)
            plan_state.end_cancelled(connection, self._clock())
            done = not claims.held(connection, lease)
            if done:
                claims.close_lease(connection, lease)
        self._done = done

    def _open(self, connection: Connection) -> int:
        """Return the lease, for longer than before. Raises StateError when it was over."""
        until = self._clock() + _LEASE
        if self._lease:
            if not claims.renew(connection, self._lease, self.journal.name, until):
                raise StateError(_LOST)
            return self._lease
        return claims.open_lease(
            connection,
            owner=self.journal.name,
            boot=self.journal.boot,
            until=until,
            outbox=self._outbox,
        )

    def _round(
        self, connection: Connection, lease: int, results: Sequence[Result], want: int, hold: str
    ) -> Round:
        now = self._clock()
        claims.settle(connection, lease, results, now)
        if hold:
            plan_state.hold(connection, self._plan, hold)
        halted = claims.is_halted(connection, self._plan, probing=self.probing)
        taken = []
        if want and not halted:
            if self.probing:
                taken = claims.probe(connection, self._plan, lease, now)
            else:
                taken = claims.take(connection, self._plan, lease, now, want)
        return Round(taken, halted)

    def result(self, row: Claimed, tried: Try, *, probing: bool = False) -> Result:
        """Return what a try makes of a delivery, as `Retries.result` does."""
        return self._retries.result(row, tried, probing=probing)

    def absent(self, rows: Collection[Claimed]) -> dict[int, str]:
        """Return who of them left since they were claimed, by subscriber, and why."""
        with self._database.read() as connection:
            return claims.absent(connection, [each.subscriber for each in rows])

    def close(self) -> None:
        """Let go of the journal. What is still claimed `recover` settles by it.

        Also in a process that could not write to the ledger, and lives on.
        """
        self.journal.close(done=self._done)
