"""The outcomes of plans: refusals not counted yet, plans that ended, and those sent again.

Every function works in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, select, update

from publisher.model import DeliveryState
from publisher.storage.plan_state import CANCELLED
from publisher.storage.plans import CONFIRMED
from publisher.storage.tables import (
    UNFINISHED,
    attempt,
    delivery,
    moment,
    plan,
    seconds,
    subscriber,
    suppression,
)

#: What a deferred delivery has as its bounce while its domain refuses most readers as unknown.
OUTAGE = "outage"
_OPEN = (DeliveryState.pending.value, DeliveryState.sending.value)
_LEFT = (*UNFINISHED, DeliveryState.uncertain.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncounted:
    """A delivery that was rejected for a reason of its reader's, and is not counted yet."""

    delivery: int
    subscriber: int
    #: The reader's domain, folded.
    domain: str
    #: `hard` or `soft`.
    bounce: str
    #: The relay's, without addresses.
    words: str
    attempts: int
    #: When the time for which it is tried began.
    first: datetime


def running(connection: Connection) -> list[tuple[int, str]]:
    """Return id and name of each plan that was applied and has not ended, in order."""
    question = select(plan.c.id, plan.c.name).where(
        plan.c.applied.is_not(None), plan.c.ended.is_(None)
    )
    return [(row.id, row.name) for row in connection.execute(question.order_by(plan.c.id))]


def is_open(connection: Connection, plan_id: int) -> bool:
    """Return whether a delivery of a plan is pending or sending."""
    question = exists().where(delivery.c.plan == plan_id, delivery.c.state.in_(_OPEN))
    return bool(connection.execute(select(question)).scalar_one())


def uncounted(connection: Connection, plan_id: int) -> list[Uncounted]:
    """Return the refusals of a plan's readers that are not counted yet, in order."""
    rows = connection.execute(
        select(
            delivery.c.id, delivery.c.subscriber, subscriber.c.address_key, delivery.c.bounce,
            delivery.c.reply, delivery.c.attempts, delivery.c.retry_from, attempt.c.at,
        )
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .join(attempt, and_(attempt.c.delivery == delivery.c.id, attempt.c.number == 1))
        .where(delivery.c.plan == plan_id, delivery.c.state == DeliveryState.rejected.value)
        .where(delivery.c.bounce != "")
        .order_by(delivery.c.id)
    )  # fmt: skip
    return [
        Uncounted(
            delivery=row.id,
            subscriber=row.subscriber,
            domain=row.address_key.rpartition("@")[2],
            bounce=row.bounce,
            words=row.reply,
            attempts=row.attempts,
            first=moment(max(row.at, row.retry_from)),
        )
        for row in rows
    ]


def count_tried(connection: Connection, plan_id: int, domain: str, limit: int) -> int:
    """Return how many deliveries of a plan to a domain were tried, at most `limit`."""
    at_the_domain = subscriber.c.address_key.endswith(f"@{domain}", autoescape=True)
    some = (
        select(literal(1))
        .select_from(delivery)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .where(delivery.c.plan == plan_id, delivery.c.attempts > 0, at_the_domain)
        .limit(limit)
    )
    return int(connection.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def count(connection: Connection, plan_id: int, states: Collection[DeliveryState]) -> int:
    """Return how many deliveries of a plan are in one of these states."""
    names = [state.value for state in states]
    question = select(func.count()).where(delivery.c.plan == plan_id, delivery.c.state.in_(names))
    return int(connection.execute(question).scalar_one())


def count_cancelled(connection: Connection, plan_id: int) -> int:
    """Return how many deliveries of a plan were not begun before it was cancelled."""
    question = select(func.count()).where(
        delivery.c.plan == plan_id,
        delivery.c.state == DeliveryState.suppressed.value,
        delivery.c.reply == CANCELLED,
    )
    return int(connection.execute(question).scalar_one())


def mark_counted(connection: Connection, deliveries: Collection[int]) -> None:
    """Record that rejected deliveries are counted as bounces."""
    connection.execute(
        update(delivery)
        .where(delivery.c.id.in_(deliveries), delivery.c.state == DeliveryState.rejected.value)
        .values(bounce="")
    )


def defer_for_outage(connection: Connection, row: Uncounted, due: datetime, now: datetime) -> None:
    """Make a rejected delivery deferred: its domain refused most readers as unknown."""
    connection.execute(
        update(delivery)
        .where(delivery.c.id == row.delivery, delivery.c.state == DeliveryState.rejected.value)
        .values(
            state=DeliveryState.deferred.value, bounce=OUTAGE, due=seconds(due),
            changed=seconds(now),
        )
    )  # fmt: skip


def outages(connection: Connection) -> dict[str, tuple[int, str]]:
    """Return, by domain in an outage, the number of its deferred deliveries and the relay's words.

    Only plans that have not ended count.
    """
    plans = [plan_id for plan_id, _ in running(connection)]
    if not plans:
        return {}
    rows = connection.execute(
        select(subscriber.c.address_key, delivery.c.reply)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .where(delivery.c.plan.in_(plans))
        .where(delivery.c.state == DeliveryState.deferred.value, delivery.c.bounce == OUTAGE)
        .order_by(delivery.c.id)
    )
    by_domain: dict[str, tuple[int, str]] = {}
    for key, words in rows:
        domain = key.rpartition("@")[2]
        by_domain[domain] = (by_domain.get(domain, (0, ""))[0] + 1, words)
    return by_domain


def end_if_over(connection: Connection, plan_id: int, now: datetime) -> bool:
    """Record that a plan has ended if no delivery of it is left; return whether none is.

    It is undelivered when it was accepted for fewer than half of its readers. Suppressed
    deliveries are not counted among them.
    """
    rows = connection.execute(
        select(delivery.c.state, func.count())
        .where(delivery.c.plan == plan_id)
        .group_by(delivery.c.state)
    )
    counts = {row[0]: row[1] for row in rows}
    if any(counts.get(state) for state in _LEFT):
        return False
    accepted = counts.get(DeliveryState.accepted.value, 0)
    readers = accepted + counts.get(DeliveryState.rejected.value, 0)
    not_ended: ColumnElement[bool] = plan.c.ended.is_(None)
    connection.execute(
        update(plan)
        .where(plan.c.id == plan_id, not_ended)
        .values(
            ended=seconds(now), held=None,
            undelivered=and_(plan.c.cancelled.is_(False), literal(2 * accepted < readers)),
        )
    )  # fmt: skip
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A plan that was accepted for fewer than half of its readers."""

    name: str
    accepted: int
    readers: int
    #: The relay's most frequent words for the others.
    words: str


def undelivered(connection: Connection) -> list[Undelivered]:
    """Return the undelivered plans that no person has accepted or sent again, in order."""
    plans = connection.execute(
        select(plan.c.id, plan.c.name).where(plan.c.undelivered.is_(True)).order_by(plan.c.id)
    ).all()
    undelivered_plans = []
    for plan_id, name in plans:
        accepted = count(connection, plan_id, [DeliveryState.accepted])
        rejected = count(connection, plan_id, [DeliveryState.rejected])
        words = connection.execute(
            select(delivery.c.reply)
            .where(delivery.c.plan == plan_id, delivery.c.state == DeliveryState.rejected.value)
            .group_by(delivery.c.reply)
            .order_by(func.count().desc(), delivery.c.reply)
            .limit(1)
        ).scalar()
        undelivered_plans.append(
            Undelivered(
                name=name, accepted=accepted, readers=accepted + rejected, words=words or ""
            )
        )
    return undelivered_plans


def accept_rejections(connection: Connection, plan_id: int) -> bool:
    """Record that a person accepts an undelivered plan; return False if it is not undelivered."""
    changed = connection.execute(
        update(plan)
        .where(plan.c.id == plan_id, plan.c.undelivered.is_(True))
        .values(undelivered=False)
    )
    return changed.rowcount == 1


def reopen(connection: Connection, plan_id: int, now: datetime, *, given_up: bool) -> int:
    """Set rejected deliveries to pending, to be tried from now on; return their number.

    These are those with a permanent refusal, and with `given_up` also those that were deferred for
    too long. Readers who left the list or are suppressed are left out. The copies have today's
    Date header, unless other deliveries of the plan are not over.
    """
    others = exists().where(delivery.c.plan == plan_id, delivery.c.state.in_(_LEFT))
    is_over = not connection.execute(select(others)).scalar_one()
    suppressed = exists().where(suppression.c.key == subscriber.c.address_key)
    mailable = exists().where(
        subscriber.c.id == delivery.c.subscriber, subscriber.c.status == CONFIRMED, ~suppressed
    )
    last_states = [DeliveryState.rejected.value]
    if given_up:
        last_states += [DeliveryState.deferred.value, DeliveryState.uncertain.value]
    refused = exists().where(
        attempt.c.delivery == delivery.c.id, attempt.c.number == delivery.c.attempts,
        attempt.c.state.in_(last_states),
    )  # fmt: skip
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.plan == plan_id, delivery.c.state == DeliveryState.rejected.value)
        .where(mailable, refused)
        .values(
            state=DeliveryState.pending.value, due=0, bounce="", changed=seconds(now),
            retry_from=seconds(now),
        )
        .execution_options(preserve_rowcount=True)
    )  # fmt: skip
    if changed.rowcount:
        values: dict[str, object] = {"ended": None, "undelivered": False}
        if is_over:  # what a person approved had another date
            values |= {"dated": seconds(now), "hash": ""}
        connection.execute(update(plan).where(plan.c.id == plan_id).values(values))
    return changed.rowcount
