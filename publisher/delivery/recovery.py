"""Recovery of what dead processes had claimed.

Their journals decide. A delivery that had not begun is pending again; one with a reply gets the
outcome of that reply; one that had begun without a reply is uncertain, unless it went to an
outbox, which can be searched. Without a usable journal, because the machine stopped or is another
one, all that was claimed is uncertain.
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
    """Records outcomes of deliveries whose process is dead."""

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
        """`boot` is from `journal.boot_id`; empty where it is not known."""
        self._database = database
        self._transports = transports
        self._copies_of = copies_of
        self._retries = retries
        self._journals = journals
        self._boot = boot
        self._clock = clock

    def run(self) -> int:
        """Recover the leases of all dead processes; return how many deliveries are uncertain."""
        with self._database.read() as connection:
            leases = claims.leases(connection)
        uncertain = sum(self._recover_lease(lease) for lease in leases)
        _remove_ended_journals(self._journals, {lease.owner for lease in leases})
        with self._database.write(SENDER_TIMEOUT) as connection:
            plan_state.suppress_cancelled(connection, self._clock())
        return uncertain

    def _recover_lease(self, lease: Lease) -> int:
        journal: JournalEntry | None = None
        if lease.boot == self._boot:
            try:
                journal = JournalEntry.open(self._journals / lease.owner)
            except FileNotFoundError:
                pass
            else:
                if journal is None:
                    return 0  # it lives
        elif lease.until > self._clock():
            return 0  # on another machine, and it may live
        is_recorded = False
        try:
            # Without a name for this run of the kernel, the machine may have stopped since.
            known = journal.read(room=ROOM) if journal and self._boot else None
            uncertain = self._record_outcomes(lease, known)
            is_recorded = True
        finally:
            if journal:  # who lives on (`watch`) must not hold what it could not settle
                journal.close(remove=is_recorded)
        return uncertain

    def _record_outcomes(self, lease: Lease, known: Mapping[int, Try | None] | None) -> int:
        with self._database.write(SENDER_TIMEOUT) as connection:
            now = self._clock()
            results = [
                self._outcome(connection, lease, row, known)
                for row in claims.claimed_under(connection, lease.id)
            ]
            claims.record_outcomes(connection, lease.id, results, now)
            claims.close_lease(connection, lease.id)
        return sum(result.state is DeliveryState.uncertain for result in results)

    def _outcome(
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
        asked = [
            transport.holds
            for transport in self._transports
            if transport.holds and transport.outbox == lease.outbox
        ]
        if not asked:
            cut = Try(relay="", state=DeliveryState.uncertain, code=0, words=_CUT_OFF)
            return self._retries.result(row, cut)
        name = self._copies_of(get_letter(connection, row.letter)).name(row.address)
        if any(holds(name) for holds in asked):
            words = "was in the outbox"
            there = Try(relay=OUTBOX, state=DeliveryState.accepted, code=0, words=words)
            return Result(row=row, state=DeliveryState.accepted, words=words, tried=there)
        return Result(row=row, state=DeliveryState.pending)


def _remove_ended_journals(journals: Path, owners: Collection[str]) -> None:
    """Remove journals of processes that were killed before their lease or after closing it."""
    for path in journals.iterdir() if journals.is_dir() else ():
        if not path.is_file():  # a stranger's
            continue
        with suppress(FileNotFoundError):  # its process lived, and has just come to its end
            journal = None if path.name in owners else JournalEntry.open(path)
            if journal:
                journal.close(remove=True)
