"""What a subscriber missed who left and came back at once. In the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from publisher.model import DeliveryState
from publisher.storage.tables import delivery, plan, seconds


def first_missed(connection: Connection, subscriber: int, since: datetime) -> int | None:
    """Return the first plan of an issue, made since then, without a person; None for none."""
    theirs = select(delivery.c.id).where(
        delivery.c.plan == plan.c.id, delivery.c.subscriber == subscriber
    )
    question = select(func.min(plan.c.id)).where(
        plan.c.issue.is_not(None),
        plan.c.created >= seconds(since),
        plan.c.cancelled.is_(False),
        ~theirs.exists(),
    )
    return connection.execute(question).scalar()


def requeue_missed(connection: Connection, subscriber: int, since: datetime, now: datetime) -> None:
    """Set a person's deliveries that became `suppressed` since then to `pending`; reopen the plans.

    Cancelled plans are left out.
    """
    going = select(plan.c.id).where(plan.c.cancelled.is_(False))
    missed = (
        delivery.c.plan.in_(going),
        delivery.c.subscriber == subscriber,
        delivery.c.state == DeliveryState.suppressed.value,
        delivery.c.changed >= seconds(since),
    )
    plans = connection.execute(select(delivery.c.plan).where(*missed)).scalars().all()
    connection.execute(update(plan).where(plan.c.id.in_(plans)).values(ended=None))
    connection.execute(
        update(delivery)
        .where(*missed)
        .values(state=DeliveryState.pending.value, due=0, changed=seconds(now), reply="")
    )
