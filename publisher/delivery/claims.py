"""One process' part of the ledger: the deliveries that it claims, and their outcomes."""

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

#: How often the ledger is written, and stopping and pausing are checked, in seconds.
ROUND = 0.5
#: The most deliveries that are claimed at a time.
LARGEST_BATCH = 1_000
#: How many are claimed at a time at first; four times as many, up to LARGEST_BATCH, if they were
#: sent sooner than the ledger is written anyway. A transaction on the ledger costs as much as
#: sending 20 messages, and as 200 while another process uses it too.
_SMALLEST_BATCH, _GROWTH = 250, 4
#: At the end of a share half of the rest is claimed, but at least what is sent in so many seconds:
#: a transaction may take as long.
_AHEAD = 0.1
#: The journal has room for all deliveries that are claimed and not recorded in the ledger again.
ROOM = 4 * LARGEST_BATCH
#: How long other processes must leave claims alone; each transaction extends it.
_LEASE = timedelta(minutes=2)
#: The error on a machine that slept while another one ran.
_LOST = (
    "another run has settled what this one was sending, which was away for too long: nothing more "
    "begins; see `publisher status`"
)
#: The fact that keeps allowances and slowed rates over restarts.
PACE = "pace"


@dataclass(slots=True)
class ClaimAnswer:
    """What one transaction on the ledger returned."""

    claimed: list[Claimed]
    #: The plan was paused or cancelled, or is held.
    halted: bool


class Batches:
    """How many deliveries a process claims at a time. Pure: time is an argument, in seconds."""

    def __init__(self, share: float) -> None:
        """`share` is about how many deliveries this process has to send.

        When several send a plan, none is to have a thousand left when there is nothing for the
        others: a signature takes 0.25 ms, so their processors would wait for as long.
        """
        self.size = _SMALLEST_BATCH
        self._left = share
        self._asked = -math.inf

    def next_size(self, now: float) -> int:
        """Return how many deliveries to claim at the time `now`, in seconds."""
        seconds, self._asked = now - self._asked, now
        sent_meanwhile = self.size * _AHEAD / seconds
        if seconds < ROUND:
            self.size = min(self.size * _GROWTH, LARGEST_BATCH)
        few = max(self._left / 2, sent_meanwhile, 1)
        self.size = int(min(self.size, few))
        return self.size

    def count_claimed(self, number: int) -> None:
        """Subtract deliveries that were claimed from this process' share."""
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
        """Start without a lease; the first transaction opens it.

        The journal must exist before: a lease without one belongs to a process that never claimed
        anything. `outbox` names the folder that mail goes to instead of to relays, or is empty.
        With `probing`, the plan is held, and one delivery is claimed to try its relay.
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

    def record_and_claim(
        self,
        rates: str,
        results: Sequence[Result],
        want: int,
        hold: str = "",
        *,
        timeout: float = BUSY_TIMEOUT,
    ) -> ClaimAnswer:
        """Record results and claim up to `want` deliveries, in one transaction.

        `rates` is the JSON of `Throttle.saved_state`, `hold` the words of a relay for which the
        plan is held. `timeout` is how many seconds to wait for another writer. Raises StateError
        when the lease is lost or the database cannot be written.
        """
        with self._database.write(timeout) as connection:
            lease = self._open_or_renew(connection)
            facts.SEND_RATES.put(connection, rates)
            answer = self._record_and_claim(connection, lease, results, want, hold)
        # Not before it is on the disk: the number of one that came to nothing is another's.
        self._lease = lease
        self.journal.forget([result.row.id for result in results])
        return answer

    def record_and_close(
        self,
        rates: str,
        results: Sequence[Result],
        hold: str = "",
        complaint: str = "",
        *,
        timeout: float = BUSY_TIMEOUT,
    ) -> None:
        """Record results, and close the lease unless something is still claimed under it.

        `complaint` is what a relay said for which the plan is held if none of it was accepted.
        Raises StateError as `record_and_claim` does.
        """
        with self._database.write(timeout) as connection:
            lease = self._open_or_renew(connection)
            facts.SEND_RATES.put(connection, rates)
            self._record_and_claim(connection, lease, results, 0, hold)
            accepted = [DeliveryState.accepted]
            if complaint and not plan_outcomes.count(connection, self._plan, accepted):
                plan_state.hold(connection, self._plan, hold or complaint)
            plan_state.suppress_cancelled(connection, self._clock())
            is_empty = not claims.claimed_under(connection, lease)
            if is_empty:
                claims.close_lease(connection, lease)
        self._done = is_empty

    def _open_or_renew(self, connection: Connection) -> int:
        """Open the lease or extend it; return its number. Raises StateError when it is lost."""
        until = self._clock() + _LEASE
        if self._lease:
            if not claims.renew_lease(connection, self._lease, self.journal.name, until):
                raise StateError(_LOST)
            return self._lease
        return claims.open_lease(
            connection,
            owner=self.journal.name,
            boot=self.journal.boot,
            until=until,
            outbox=self._outbox,
        )

    def _record_and_claim(
        self, connection: Connection, lease: int, results: Sequence[Result], want: int, hold: str
    ) -> ClaimAnswer:
        now = self._clock()
        claims.record_outcomes(connection, lease, results, now)
        if hold:
            plan_state.hold(connection, self._plan, hold)
        halted = claims.is_halted(connection, self._plan, probing=self.probing)
        taken = []
        if want and not halted:
            if self.probing:
                taken = claims.claim_probe(connection, self._plan, lease, now)
            else:
                taken = claims.claim(connection, self._plan, lease, now, want)
        return ClaimAnswer(taken, halted)

    def result(self, row: Claimed, tried: Try, *, probing: bool = False) -> Result:
        """Return the result of a try, as `Retries.result` does."""
        return self._retries.result(row, tried, probing=probing)

    def absent_subscribers(self, rows: Collection[Claimed]) -> dict[int, str]:
        """Return why subscribers of these deliveries must get no mail any more, by subscriber."""
        with self._database.read() as connection:
            return claims.absent(connection, [row.subscriber for row in rows])

    def close(self) -> None:
        """Close the journal; remove it if `record_and_close` left nothing claimed.

        Otherwise `Recovery` reads it later, even while this process lives on.
        """
        self.journal.close(remove=self._done)
