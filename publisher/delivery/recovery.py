"""What processes left behind that did not come to their end: nobody is missed, and none guessed.

What a dead process had claimed is settled by its journal. What had not begun is pending again;
what was answered is as it was answered; what had begun without an answer is uncertain, unless it
went to an outbox, which can be asked. Where there is no journal to believe, because the machine
itself stopped or is another one, all that was claimed is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from publisher.config.relays import OUTBOX
from publisher.delivery.claims import ROOM
from publisher.delivery.journal import JournalEntry
from publisher.delivery.retry import Retries
from publisher.delivery.transport import CopiesOf, Transport
from publisher.model import DeliveryState
from publisher.storage import claims, plan_state
from publisher.storage.claims import Claimed, Lease, Result, Try
from publisher.storage.database import SENDER_TIMEOUT, Database
from publisher.storage.plans import get_letter

_CUT_OFF = "cut off while sending: the relay may have it"


class Recovery:
    """Settles what is claimed by nobody who lives."""

    def __init__(
        self,
        database: Database,
        *,
        transports: Sequence[Transport],
        copies_of: CopiesOf,
        retries: Retries,
        journals: Path,
        boot: str,
        clock: Callable[[], datetime],
    ) -> None:
        """Begin. `boot` is this run of the machine's kernel; empty where that is not known."""
        self._database = database
        self._transports = transports
        self._copies_of = copies_of
        self._retries = retries
        self._journals = journals
        self._boot = boot
        self._clock = clock

    def run(self) -> int:
        """Settle all of it; return the number that became `uncertain`."""
        with self._database.read() as connection:
            left = claims.leases(connection)
        doubtful = sum(self._settle(each) for each in left)
        _tidy(self._journals, {each.owner for each in left})
        with self._database.write(SENDER_TIMEOUT) as connection:
            plan_state.end_cancelled(connection, self._clock())
        return doubtful

    def _settle(self, lease: Lease) -> int:
        found: JournalEntry | None = None
        if lease.boot == self._boot:
            try:
                found = JournalEntry.open(self._journals / lease.owner)
            except FileNotFoundError:
                pass
            else:
                if found is None:
                    return 0  # it lives
        elif lease.until > self._clock():
            return 0  # on another machine, and it may live
        done = False
        try:
            # Without a name for this run of the kernel, the machine may have stopped since.
            known = found.read(room=ROOM) if found and self._boot else None
            doubtful = self._settle_all(lease, known)
            done = True
        finally:
            if found:  # who lives on (`watch`) must not hold what it could not settle
                found.close(done=done)
        return doubtful

    def _settle_all(self, lease: Lease, known: Mapping[int, Try | None] | None) -> int:
        with self._database.write(SENDER_TIMEOUT) as connection:
            now = self._clock()
            results = [
                self._fate(connection, lease, row, known)
                for row in claims.held(connection, lease.id)
            ]
            claims.settle(connection, lease.id, results, now)
            claims.close_lease(connection, lease.id)
        return sum(each.state is DeliveryState.uncertain for each in results)

    def _fate(
        self,
        connection: Connection,
        lease: Lease,
        row: Claimed,
        known: Mapping[int, Try | None] | None,
    ) -> Result:
        if known is not None:
            if row.id not in known:
                return Result(row=row, state=DeliveryState.pending)
            tried = known[row.id]
            if tried:
                return self._retries.result(row, tried)
        # An outbox knows nothing of what went to a relay, or to another, before it was set.
        asked = [way.holds for way in self._transports if way.holds and way.outbox == lease.outbox]
        if not asked:
            cut = Try(relay="", state=DeliveryState.uncertain, code=0, words=_CUT_OFF)
            return self._retries.result(row, cut)
        name = self._copies_of(get_letter(connection, row.letter)).name(row.address)
        if any(holds(name) for holds in asked):
            words = "was in the outbox"
            there = Try(relay=OUTBOX, state=DeliveryState.accepted, code=0, words=words)
            return Result(row=row, state=DeliveryState.accepted, words=words, tried=there)
        return Result(row=row, state=DeliveryState.pending)


def _tidy(journals: Path, owners: Collection[str]) -> None:
    """Remove journals of processes that were killed after their last step, or before the first."""
    for path in journals.iterdir() if journals.is_dir() else ():
        if not path.is_file():  # a stranger's
            continue
        with suppress(FileNotFoundError):  # its process lived, and has just come to its end
            found = None if path.name in owners else JournalEntry.open(path)
            if found:
                found.close(done=True)
