"""One process' part of the ledger: what it claims of a plan, and what it settles again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from publisher.delivery.journal import Journal
from publisher.delivery.sending import Sender
from publisher.storage import claims, issues, waiting
from publisher.storage.claims import Claimed, Result

#: What is claimed at a time, at most.
LARGEST_BATCH = 1_000
#: The journal has a place for whatever is claimed and not in the ledger again.
_ROOM = 4 * LARGEST_BATCH
#: For how long others leave what is claimed here alone; each round renews it.
_LEASE = timedelta(minutes=2)
#: The fact that keeps allowances and slowed rates over restarts.
PACE = "pace"


@dataclass(slots=True)
class Round:
    """What a look into the ledger brought."""

    claimed: list[Claimed]
    #: A person paused or cancelled the plan.
    halted: bool


class Claims:
    """A plan's deliveries that this process has claimed. Not for two threads at once."""

    def __init__(self, sender: Sender, plan: int) -> None:
        """Begin with none, under a new lease. Raises StateError when there can be no journal."""
        self._sender = sender
        self._plan = plan
        name = f"{sender.chance.getrandbits(64):016x}"
        # The journal first: a lease without one is of a process that never claimed anything.
        self.journal = Journal(sender.journals, name, room=_ROOM)
        with sender.database.write() as connection:
            self._lease = claims.open_lease(
                connection, owner=name, boot=sender.boot, until=sender.clock() + _LEASE
            )

    def round(self, results: Sequence[Result], want: int, halt: str = "") -> Round:
        """Settle results and claim more, in one transaction that is on the disk at the end.

        `halt` is why the plan is to go on only when a person says so.
        """
        sender, now = self._sender, self._sender.clock()
        with sender.database.write() as connection:
            claims.settle(connection, self._lease, results, now)
            sender.refused(connection, results, now)
            issues.set_fact(connection, PACE, sender.pace.kept())
            claims.renew(connection, self._lease, now + _LEASE)
            if halt:
                waiting.pause(connection, self._plan, halt)
            halted = claims.is_halted(connection, self._plan)
            taken = []
            if want and not halted:
                taken = claims.take(connection, self._plan, self._lease, now, want)
        self.journal.settled([each.row.id for each in results])
        return Round(taken, halted)

    def absent(self, rows: Collection[Claimed]) -> dict[int, str]:
        """Give who of them left since they were claimed, by subscriber, and why."""
        with self._sender.database.read() as connection:
            return claims.absent(connection, [each.subscriber for each in rows])

    def close(self, *, settled: bool) -> None:
        """End the lease, unless something is still claimed under it: then `recover` ends it.

        `settled` is False when the ledger could not be written to. This process may live on, so
        it has to let go of the journal in any case.
        """
        done = False
        try:
            if settled:
                with self._sender.database.write() as connection:
                    done = not claims.held(connection, self._lease)
                    if done:
                        claims.close_lease(connection, self._lease)
                    waiting.end_cancelled(connection, self._sender.clock())
        finally:
            self.journal.close(done=done)
