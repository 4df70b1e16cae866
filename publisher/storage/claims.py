"""Who sends what just now: deliveries are claimed in batches, under a lease.

Every function works in the caller's transaction. Each change names the state it starts from, and
whose claim it was: what comes too late changes nothing, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from publisher.model import DeliveryState
from publisher.storage.bulk import execute_many
from publisher.storage.plans import CONFIRMED
from publisher.storage.tables import (
    WAITING,
    attempt,
    delivery,
    lease,
    moment,
    plan,
    seconds,
    signature,
    subscriber,
    suppression,
)

#: Later than whatever is due.
_ANY_TIME = datetime.max.replace(tzinfo=UTC)


class Claimed(NamedTuple):
    """One delivery, set to `sending`."""

    id: int
    letter: int
    subscriber: int
    address: str
    #: Of the subscription: links in the mail are made of it.
    epoch: int
    #: How often it was tried before.
    attempts: int
    #: When the time for which it is tried began; None for one that was never tried.
    first: datetime | None
    #: What was signed ahead of its copy; empty for nothing.
    presigned: bytes = b""


class Try(NamedTuple):
    """What one try at a delivery came to."""

    relay: str
    state: DeliveryState
    #: The reply code; 0 when there was none.
    code: int
    #: The relay's words, without addresses.
    words: str
    #: Of a refusal that is the recipient's: `hard` or `soft`, as a bounce's.
    bounce: str = ""


class Result(NamedTuple):
    """What became of a claimed delivery: its state, and why."""

    row: Claimed
    state: DeliveryState
    #: When a deferred or a returned one may be tried again.
    due: datetime | None = None
    #: What the delivery says; of a try, the relay's words.
    words: str = ""
    #: None when it was not tried at all.
    tried: Try | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A process that claimed deliveries."""

    id: int
    owner: str
    boot: str
    until: datetime
    #: The outbox that what it sends goes to, which can be asked what arrived; empty for relays.
    outbox: str


def open_lease(
    connection: Connection, *, owner: str, boot: str, until: datetime, outbox: str
) -> int:
    """Make a lease, and give its number."""
    values = {"owner": owner, "boot": boot, "until": seconds(until), "outbox": outbox}
    made = connection.execute(insert(lease).values(values).returning(lease.c.id))
    return int(made.scalar_one())


def renew(connection: Connection, lease_id: int, owner: str, until: datetime) -> bool:
    """Make a lease last longer; False if it is over, and what was claimed is settled.

    SQLite gives the number of one that is over again, so it has to be the owner's, too.
    """
    its = (lease.c.id == lease_id, lease.c.owner == owner)
    changed = connection.execute(update(lease).where(*its).values(until=seconds(until)))
    return changed.rowcount == 1


def close_lease(connection: Connection, lease_id: int) -> None:
    """End a lease that nothing is claimed under any more."""
    connection.execute(delete(lease).where(lease.c.id == lease_id))


def leases(connection: Connection) -> list[Lease]:
    """Return all leases, oldest first."""
    rows = connection.execute(select(lease).order_by(lease.c.id))
    return [
        Lease(
            id=row.id,
            owner=row.owner,
            boot=row.boot,
            until=moment(row.until),
            outbox=row.outbox,
        )
        for row in rows
    ]


def take(
    connection: Connection, plan_id: int, lease_id: int, now: datetime, limit: int
) -> list[Claimed]:
    """Claim what of a plan is next, at most `limit`, and set it to `sending`.

    Whoever left since the plan was made is passed over: that delivery is `suppressed`. Nothing
    is claimed of a plan that is paused or held, or waits.
    """
    if not _goes(connection, plan_id, plan.c.held.is_(None)):
        return []
    # What was never tried comes before what is tried again.
    steps = [(state, now) for state in WAITING]
    return _take(connection, plan_id, lease_id, now, steps, limit)


def probe(connection: Connection, plan_id: int, lease_id: int, now: datetime) -> list[Claimed]:
    """Claim one delivery of a plan that is held, to see whether its relay takes mail again.

    One that is due is tried again before one that was never tried, since a relay may want to be
    asked twice (greylisting). Where neither is left, one is taken before its time.
    """
    if not _goes(connection, plan_id, plan.c.held.is_not(None)):
        return []
    deferred, pending = DeliveryState.deferred.value, DeliveryState.pending.value
    steps = [(deferred, now), (pending, now), (deferred, _ANY_TIME)]
    return _take(connection, plan_id, lease_id, now, steps, 1)


def _goes(connection: Connection, plan_id: int, condition: ColumnElement[bool]) -> bool:
    found = select(plan.c.id).where(
        plan.c.id == plan_id, plan.c.paused.is_(None), plan.c.applied.is_not(None), condition
    )
    return connection.execute(found).first() is not None


def _take(
    connection: Connection,
    plan_id: int,
    lease_id: int,
    now: datetime,
    steps: Iterable[tuple[str, datetime]],
    limit: int,
) -> list[Claimed]:
    """Claim deliveries in each state that are due at the time beside it."""
    found: list[Claimed] = []
    for state, due in steps:
        # One state at a time: so its index gives them in order, without a sort of the whole plan.
        while rows := _next(connection, plan_id, state, due, limit - len(found)):
            gone: dict[int, str] = {}
            for first, again, presigned, status, barred, _, *own in rows:
                if status != CONFIRMED or barred is not None:
                    gone[own[0]] = _absence(status)
                else:
                    found.append(Claimed._make((*own, _begun(first, again), presigned or b"")))
            _pass_over(connection, state, gone, now)
            _claim(connection, plan_id, state, lease_id, now, rows[-1])
            if not gone:
                break
    return found


def _begun(first: int | None, again: int) -> datetime | None:
    """Return when the time for which a delivery is tried began; None for one never tried."""
    return None if first is None else moment(max(first, again))


def due(connection: Connection, plan_id: int, now: datetime) -> int:
    """Return how many of a plan's deliveries are to be tried now."""
    question = select(func.count()).where(
        delivery.c.plan == plan_id, delivery.c.state.in_(WAITING), delivery.c.due <= seconds(now)
    )
    return connection.execute(question).scalar() or 0


def _next(
    connection: Connection, plan_id: int, state: str, now: datetime, limit: int
) -> Sequence[Any]:
    if limit <= 0:
        return []
    question = (
        _rows()
        .where(delivery.c.plan == plan_id, delivery.c.state == state)
        .where(delivery.c.due <= seconds(now))
        .order_by(delivery.c.due, delivery.c.id)
        .limit(limit)
    )
    return connection.execute(question).all()


def _rows() -> Select[Any]:
    """Ask for deliveries: last what `Claimed` begins with, in its order."""
    return (
        select(
            attempt.c.at, delivery.c.retry_from, signature.c.value, subscriber.c.status,
            suppression.c.key, delivery.c.due, delivery.c.id, delivery.c.letter,
            delivery.c.subscriber, subscriber.c.address, subscriber.c.epoch, delivery.c.attempts,
        )
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .outerjoin(suppression, suppression.c.key == subscriber.c.address_key)
        .outerjoin(attempt, and_(attempt.c.delivery == delivery.c.id, attempt.c.number == 1))
        .outerjoin(signature, signature.c.delivery == delivery.c.id)
    )  # fmt: skip


def _absence(status: str) -> str:
    """Return why somebody is not to be mailed who is not."""
    return "left the list" if status != CONFIRMED else "never to be mailed"


def _claim(
    connection: Connection, plan_id: int, state: str, lease_id: int, now: datetime, last: Row[Any]
) -> None:
    """Claim all up to the last that was found: naming each takes ten times as long."""
    its_id, its_due = delivery.c.id <= last.id, delivery.c.due == last.due
    before = or_(delivery.c.due < last.due, and_(its_due, its_id))
    connection.execute(
        update(delivery)
        .where(delivery.c.plan == plan_id, delivery.c.state == state, before)
        .values(state=DeliveryState.sending.value, lease=lease_id, changed=seconds(now))
    )


def _pass_over(connection: Connection, state: str, gone: dict[int, str], now: datetime) -> None:
    for words in set(gone.values()):
        ids = [each for each, why in gone.items() if why == words]
        connection.execute(
            update(delivery)
            .where(delivery.c.id.in_(ids), delivery.c.state == state)
            .values(state=DeliveryState.suppressed.value, due=0, changed=seconds(now), reply=words)
        )


#: Made once: asked twenty times a second, making it would take as long as answering it.
_ABSENT = (
    select(subscriber.c.id, subscriber.c.status)
    .outerjoin(suppression, suppression.c.key == subscriber.c.address_key)
    .where(subscriber.c.id.in_(bindparam("asked", expanding=True)))
    .where(or_(subscriber.c.status != CONFIRMED, suppression.c.key.is_not(None)))
)


def absent(connection: Connection, subscribers: Sequence[int]) -> dict[int, str]:
    """Return who of them is not to be mailed any more, and why."""
    rows = connection.execute(_ABSENT, {"asked": subscribers})
    return {row.id: _absence(row.status) for row in rows}


def held(connection: Connection, lease_id: int) -> list[Claimed]:
    """Return what is still claimed under a lease."""
    # The plans come first: so the index leads to the few that are being sent.
    question = _rows().where(
        delivery.c.plan.in_(select(plan.c.id)),
        delivery.c.state == DeliveryState.sending.value,
        delivery.c.lease == lease_id,
    )
    rows: Iterable[Any] = connection.execute(question.order_by(delivery.c.id))
    return [
        Claimed._make((*own, _begun(first, again), presigned or b""))
        for first, again, presigned, _, _, _, *own in rows
    ]


def is_halted(connection: Connection, plan_id: int, *, probing: bool) -> bool:
    """Return whether a plan was paused or cancelled, or, unless it is being probed, is held."""
    stopped: ColumnElement[bool] = plan.c.paused.is_not(None)
    if not probing:
        stopped = or_(stopped, plan.c.held.is_not(None))
    return (
        connection.execute(select(plan.c.id).where(plan.c.id == plan_id, stopped)).first()
        is not None
    )


_SETTLE = (
    update(delivery)
    .where(delivery.c.id == bindparam("its_id"))
    .where(delivery.c.state == bindparam("sending"))
    .where(delivery.c.lease == bindparam("its_lease"))
    .values(
        state=bindparam("its_state"),
        lease=null(),
        attempts=bindparam("its_attempts"),
        due=bindparam("its_due"),
        changed=bindparam("its_changed"),
        reply=bindparam("its_words"),
        bounce=bindparam("its_bounce"),
    )
)


@cache
def _noted(dialect: str) -> Insert:
    # One whose lease ran out while it was at it (a machine that slept) is settled already.
    words = import_module(f"sqlalchemy.dialects.{dialect}")
    made: Insert = words.insert(attempt).on_conflict_do_nothing()
    return made


def settle(connection: Connection, lease_id: int, results: Sequence[Result], now: datetime) -> int:
    """Move claimed deliveries on from `sending`, and note their tries; return how many moved."""
    changed = seconds(now)
    moved = execute_many(
        connection,
        _SETTLE,
        [
            {
                "its_id": row.id,
                "sending": DeliveryState.sending.value,
                "its_lease": lease_id,
                "its_state": state.value,
                "its_attempts": row.attempts + (tried is not None),
                "its_due": seconds(due) if due else 0,
                "its_changed": changed,
                "its_words": words,
                "its_bounce": tried.bounce if tried and state is DeliveryState.rejected else "",
            }
            for row, state, due, words, tried in results
        ],
    )
    execute_many(
        connection,
        _noted(connection.dialect.name),
        [
            {
                "delivery": row.id,
                "number": row.attempts + 1,
                "at": changed,
                "relay": tried.relay,
                "state": tried.state.value,
                "code": tried.code,
                "words": tried.words,
            }
            for row, _, _, _, tried in results
            if tried is not None
        ],
    )
    return moved
