"""What processes left behind that did not come to their end: nobody is missed, and none guessed.

What a dead process had claimed is settled by its journal. What had not begun is pending again;
what was answered is as it was answered; what had begun without an answer is uncertain, unless it
went to an outbox, which can be asked. Where there is no journal to believe, because the machine
itself stopped or is another one, all that was claimed is in doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection

from publisher.config.relays import OUTBOX
from publisher.delivery.claims import ROOM
from publisher.delivery.context import Sender
from publisher.delivery.journal import JournalEntry
from publisher.model import DeliveryState
from publisher.storage import claims, plan_state
from publisher.storage.claims import Claimed, Lease, Result, Try
from publisher.storage.database import SENDER_TIMEOUT
from publisher.storage.plans import get_letter

_CUT_OFF = "cut off while sending: the relay may have it"


def recover(sender: Sender) -> int:
    """Settle what is claimed by nobody who lives; return the number that became `uncertain`."""
    with sender.database.read() as connection:
        left = claims.leases(connection)
    doubtful = sum(_settle(sender, each) for each in left)
    _tidy(sender.journals, {each.owner for each in left})
    with sender.database.write(SENDER_TIMEOUT) as connection:
        plan_state.end_cancelled(connection, sender.clock())
    return doubtful


def _tidy(journals: Path, owners: Collection[str]) -> None:
    """Remove journals of processes that were killed after their last step, or before the first."""
    for path in journals.iterdir() if journals.is_dir() else ():
        if not path.is_file():  # a stranger's
            continue
        with suppress(FileNotFoundError):  # its process lived, and has just come to its end
            found = None if path.name in owners else JournalEntry.open(path)
            if found:
                found.close(done=True)


def _settle(sender: Sender, lease: Lease) -> int:
    found: JournalEntry | None = None
    if lease.boot == sender.boot:
        try:
            found = JournalEntry.open(sender.journals / lease.owner)
        except FileNotFoundError:
            pass
        else:
            if found is None:
                return 0  # it lives
    elif lease.until > sender.clock():
        return 0  # on another machine, and it may live
    done = False
    try:
        # Without a name for this run of the kernel, the machine may have stopped since.
        known = found.read(room=ROOM) if found and sender.boot else None
        doubtful = _settle_all(sender, lease, known)
        done = True
    finally:
        if found:  # who lives on (`watch`) must not hold what it could not settle
            found.close(done=done)
    return doubtful


def _settle_all(sender: Sender, lease: Lease, known: Mapping[int, Try | None] | None) -> int:
    with sender.database.write(SENDER_TIMEOUT) as connection:
        now = sender.clock()
        results = [
            _fate(sender, connection, lease, row, known)
            for row in claims.held(connection, lease.id)
        ]
        claims.settle(connection, lease.id, results, now)
        claims.close_lease(connection, lease.id)
    return sum(each.state is DeliveryState.uncertain for each in results)


def _fate(
    sender: Sender,
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
            return sender.result(row, tried)
    # An outbox knows nothing of what went to a relay, or to another, before it was set.
    asked = [way.holds for way in sender.ways if way.holds and way.outbox == lease.outbox]
    if not asked:
        cut = Try(relay="", state=DeliveryState.uncertain, code=0, words=_CUT_OFF)
        return sender.result(row, cut)
    name = sender.copies(get_letter(connection, row.letter)).name(row.address)
    if any(holds(name) for holds in asked):
        words = "was in the outbox"
        there = Try(relay=OUTBOX, state=DeliveryState.accepted, code=0, words=words)
        return Result(row=row, state=DeliveryState.accepted, words=words, tried=there)
    return Result(row=row, state=DeliveryState.pending)
