"""The queue of deliveries: processes claim them in batches, under a lease, and record outcomes.

Every function works in the caller's transaction. Each change names the state it starts from, and
the lease of the claim: one that comes too late changes nothing, and returns that.
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

#: Later than any due time.
_ANY_TIME = datetime.max.replace(tzinfo=UTC)


class Claimed(NamedTuple):
    """One delivery, set to `sending`."""

    id: int
    letter: int
    subscriber: int
    address: str
    #: The epoch of the subscription, which links in the mail contain.
    epoch: int
    #: How often it was tried before.
    attempts: int
    #: The start of its time for retries; None for one that was never tried.
    first: datetime | None
    #: A signature of its copy that was made ahead; empty for none.
    presigned: bytes = b""


class Try(NamedTuple):
    """The result of one try at a delivery."""

    relay: str
    state: DeliveryState
    #: The reply code; 0 when there was none.
    code: int
    #: The relay's words, without addresses.
    words: str
    #: The kind of bounce, `hard` or `soft`, if the refusal blames the recipient; else empty.
    bounce: str = ""


class Result(NamedTuple):
    """The outcome of a claimed delivery: its next state, and why."""

    row: Claimed
    state: DeliveryState
    #: When a deferred or a returned one may be tried again.
    due: datetime | None = None
    #: The reply to record: of a try, the relay's words.
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
    """Add a lease; return its number."""
    values = {"owner": owner, "boot": boot, "until": seconds(until), "outbox": outbox}
    made = connection.execute(insert(lease).values(values).returning(lease.c.id))
    return int(made.scalar_one())


def renew_lease(connection: Connection, lease_id: int, owner: str, until: datetime) -> bool:
    """Extend a lease; return False if it is over: then another process recorded the outcomes.

    SQLite uses the number of a closed lease again, so the owner is compared, too.
    """
    condition = (lease.c.id == lease_id, lease.c.owner == owner)
    changed = connection.execute(update(lease).where(*condition).values(until=seconds(until)))
    return changed.rowcount == 1


def close_lease(connection: Connection, lease_id: int) -> None:
    """Delete a lease under which nothing is claimed any more."""
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


def claim(
    connection: Connection, plan_id: int, lease_id: int, now: datetime, limit: int
) -> list[Claimed]:
    """Claim the next due deliveries of a plan, at most `limit`, and set them to `sending`.

    Deliveries to subscribers who left since the plan was made become `suppressed` instead. Nothing
    is claimed of a plan that is paused, held or not yet applied.
    """
    if not _is_sendable(connection, plan_id, plan.c.held.is_(None)):
        return []
    # What was never tried comes before what is tried again.
    steps = [(state, now) for state in WAITING]
    return _claim_steps(connection, plan_id, lease_id, now, steps, limit)


def claim_probe(
    connection: Connection, plan_id: int, lease_id: int, now: datetime
) -> list[Claimed]:
    """Claim one delivery of a held plan, to see whether its relay takes mail again.

    A due retry comes before one that was never tried, since a relay may want to be asked twice
    (greylisting, RFC 6647). If there is neither, a retry is claimed before its time.
    """
    if not _is_sendable(connection, plan_id, plan.c.held.is_not(None)):
        return []
    deferred, pending = DeliveryState.deferred.value, DeliveryState.pending.value
    steps = [(deferred, now), (pending, now), (deferred, _ANY_TIME)]
    return _claim_steps(connection, plan_id, lease_id, now, steps, 1)


def _is_sendable(connection: Connection, plan_id: int, condition: ColumnElement[bool]) -> bool:
    question = select(plan.c.id).where(
        plan.c.id == plan_id, plan.c.paused.is_(None), plan.c.applied.is_not(None), condition
    )
    return connection.execute(question).first() is not None


def _claim_steps(
    connection: Connection,
    plan_id: int,
    lease_id: int,
    now: datetime,
    steps: Iterable[tuple[str, datetime]],
    limit: int,
) -> list[Claimed]:
    """Claim deliveries for each step, a state and the latest due time, up to `limit` in all."""
    claimed: list[Claimed] = []
    for state, due in steps:
        # One state at a time: so its index gives them in order, without a sort of the whole plan.
        while rows := _select_due(connection, plan_id, state, due, limit - len(claimed)):
            gone: dict[int, str] = {}
            for first, again, presigned, status, barred, _, *own in rows:
                if status != CONFIRMED or barred is not None:
                    gone[own[0]] = _absence(status)
                else:
                    claimed.append(
                        Claimed._make((*own, _first_tried(first, again), presigned or b""))
                    )
            _mark_suppressed(connection, state, gone, now)
            _mark_sending(connection, plan_id, state, lease_id, now, rows[-1])
            if not gone:
                break
    return claimed


def _first_tried(first: int | None, again: int) -> datetime | None:
    """Return the start of a delivery's time for retries; None for one never tried."""
    return None if first is None else moment(max(first, again))


def count_due(connection: Connection, plan_id: int, now: datetime) -> int:
    """Return how many deliveries of a plan are due."""
    question = select(func.count()).where(
        delivery.c.plan == plan_id, delivery.c.state.in_(WAITING), delivery.c.due <= seconds(now)
    )
    return connection.execute(question).scalar() or 0


def _select_due(
    connection: Connection, plan_id: int, state: str, now: datetime, limit: int
) -> Sequence[Any]:
    if limit <= 0:
        return []
    question = (
        _select_claimed()
        .where(delivery.c.plan == plan_id, delivery.c.state == state)
        .where(delivery.c.due <= seconds(now))
        .order_by(delivery.c.due, delivery.c.id)
        .limit(limit)
    )
    return connection.execute(question).all()


def _select_claimed() -> Select[Any]:
    """Return a query on deliveries; its last columns are the first fields of `Claimed`."""
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
    """Return why a subscriber of that status, unconfirmed or suppressed, gets no mail."""
    return "left the list" if status != CONFIRMED else "never to be mailed"


def _mark_sending(
    connection: Connection, plan_id: int, state: str, lease_id: int, now: datetime, last: Row[Any]
) -> None:
    """Set deliveries to `sending`, all up to `last`: to name each would take ten times as long."""
    same_due_id, same_due = delivery.c.id <= last.id, delivery.c.due == last.due
    before = or_(delivery.c.due < last.due, and_(same_due, same_due_id))
    connection.execute(
        update(delivery)
        .where(delivery.c.plan == plan_id, delivery.c.state == state, before)
        .values(state=DeliveryState.sending.value, lease=lease_id, changed=seconds(now))
    )


def _mark_suppressed(
    connection: Connection, state: str, gone: dict[int, str], now: datetime
) -> None:
    for words in set(gone.values()):
        ids = [delivery_id for delivery_id, why in gone.items() if why == words]
        connection.execute(
            update(delivery)
            .where(delivery.c.id.in_(ids), delivery.c.state == state)
            .values(state=DeliveryState.suppressed.value, due=0, changed=seconds(now), reply=words)
        )


#: Built once: it is executed twenty times a second, and building takes as long as executing.
_ABSENT = (
    select(subscriber.c.id, subscriber.c.status)
    .outerjoin(suppression, suppression.c.key == subscriber.c.address_key)
    .where(subscriber.c.id.in_(bindparam("asked", expanding=True)))
    .where(or_(subscriber.c.status != CONFIRMED, suppression.c.key.is_not(None)))
)


def absent(connection: Connection, subscribers: Sequence[int]) -> dict[int, str]:
    """Return, by subscriber, why those who must get no mail any more must not."""
    rows = connection.execute(_ABSENT, {"asked": subscribers})
    return {row.id: _absence(row.status) for row in rows}


def claimed_under(connection: Connection, lease_id: int) -> list[Claimed]:
    """Return the deliveries that are still claimed under a lease."""
    # The plans come first: so the index leads to the few that are being sent.
    question = _select_claimed().where(
        delivery.c.plan.in_(select(plan.c.id)),
        delivery.c.state == DeliveryState.sending.value,
        delivery.c.lease == lease_id,
    )
    rows: Iterable[Any] = connection.execute(question.order_by(delivery.c.id))
    return [
        Claimed._make((*own, _first_tried(first, again), presigned or b""))
        for first, again, presigned, _, _, _, *own in rows
    ]


def is_halted(connection: Connection, plan_id: int, *, probing: bool) -> bool:
    """Return whether a plan is paused, cancelled or, unless `probing`, held."""
    stopped: ColumnElement[bool] = plan.c.paused.is_not(None)
    if not probing:
        stopped = or_(stopped, plan.c.held.is_not(None))
    return (
        connection.execute(select(plan.c.id).where(plan.c.id == plan_id, stopped)).first()
        is not None
    )


_SETTLE = (
    update(delivery)
    .where(delivery.c.id == bindparam("claimed_id"))
    .where(delivery.c.state == bindparam("sending"))
    .where(delivery.c.lease == bindparam("claimed_lease"))
    .values(
        state=bindparam("new_state"),
        lease=null(),
        attempts=bindparam("new_attempts"),
        due=bindparam("new_due"),
        changed=bindparam("new_changed"),
        reply=bindparam("new_words"),
        bounce=bindparam("new_bounce"),
    )
)


@cache
def _insert_attempt(dialect: str) -> Insert:
    # One whose lease ran out while it was at it (a machine that slept) is settled already.
    words = import_module(f"sqlalchemy.dialects.{dialect}")
    made: Insert = words.insert(attempt).on_conflict_do_nothing()
    return made


def record_outcomes(
    connection: Connection, lease_id: int, results: Sequence[Result], now: datetime
) -> int:
    """Move claimed deliveries from `sending` to their results, and add their attempts.

    Return how many moved: deliveries that are no longer claimed under the lease stay as they are.
    """
    changed = seconds(now)
    moved = execute_many(
        connection,
        _SETTLE,
        [
            {
                "claimed_id": row.id,
                "sending": DeliveryState.sending.value,
                "claimed_lease": lease_id,
                "new_state": state.value,
                "new_attempts": row.attempts + (tried is not None),
                "new_due": seconds(due) if due else 0,
                "new_changed": changed,
                "new_words": words,
                "new_bounce": tried.bounce if tried and state is DeliveryState.rejected else "",
            }
            for row, state, due, words, tried in results
        ],
    )
    execute_many(
        connection,
        _insert_attempt(connection.dialect.name),
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
