"""The ledger: plans and deliveries. Every function works in the caller's transaction.

Each change of state names the state it starts from, so one that comes too late (a person
settled the delivery, another process was quicker) changes nothing and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, literal, select, update

from publisher.model import DeliveryState
from publisher.storage.tables import delivery, issue, plan, seconds, subscriber

#: The one status that gets mail.
_CONFIRMED = "confirmed"
_WAITING = (DeliveryState.pending.value, DeliveryState.deferred.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A frozen send."""

    id: int
    issue: str
    created: int
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One recipient of one plan."""

    id: int
    subscriber: int
    address: str
    #: How often it was begun, this time included.
    attempts: int
    state: DeliveryState


def unplanned(connection: Connection, since: datetime) -> list[str]:
    """Give the issues published since then that were never planned, oldest first."""
    rows = connection.execute(
        select(issue.c.slug)
        .outerjoin(plan, plan.c.issue == issue.c.slug)
        .where(plan.c.id.is_(None), issue.c.withdrawn.is_(False))
        .where(issue.c.published >= seconds(since))
        .order_by(issue.c.published, issue.c.slug)
    )
    return [row[0] for row in rows]


def create_plan(
    connection: Connection,
    *,
    slug: str,
    subject: str,
    text: str,
    html: str,
    now: datetime,
    start: DeliveryState = DeliveryState.pending,
) -> int:
    """Freeze an issue's mail and its audience: all who are confirmed now. Give the audience's size.

    `start` is `uncertain` for an issue that may have been mailed already.

    The audience and the mail are one transaction, and each subscriber is in it once (a unique
    constraint says so).
    """
    found = connection.execute(
        insert(plan)
        .values(issue=slug, created=seconds(now), subject=subject, text=text, html=html)
        .returning(plan.c.id)
    ).scalar_one()
    audience = select(
        literal(found), subscriber.c.id, literal(start.value), literal(0),
        literal(0), literal(seconds(now)), literal(""),
    ).where(subscriber.c.status == _CONFIRMED)  # fmt: skip
    columns = ["plan", "subscriber", "state", "attempts", "due", "changed", "reply"]
    return connection.execute(insert(delivery).from_select(columns, audience)).rowcount


def plans_due(connection: Connection, now: datetime) -> list[PlanRow]:
    """Give the plans with deliveries to try now, oldest first."""
    rows = connection.execute(
        select(plan)
        .where(select(delivery.c.id).where(delivery.c.plan == plan.c.id, _due(now)).exists())
        .order_by(plan.c.id)
    )
    return [PlanRow(**row._mapping) for row in rows]  # noqa: SLF001  (SQLAlchemy's public name)


def get_plan(connection: Connection, plan_id: int) -> PlanRow:
    """Give one plan."""
    row = connection.execute(select(plan).where(plan.c.id == plan_id)).one()
    return PlanRow(**row._mapping)  # noqa: SLF001  (SQLAlchemy's public name)


def _due(now: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202  (a column expression)
    return and_(delivery.c.state.in_(_WAITING), delivery.c.due <= seconds(now))


def claim(connection: Connection, plan_id: int, now: datetime) -> DeliveryRow | None:
    """Take the next delivery of a plan and set it to `sending`; None when there is none.

    Someone who left since the plan was made is passed over: that delivery is `suppressed`.
    """
    while True:
        row = connection.execute(
            select(
                delivery.c.id, delivery.c.subscriber, delivery.c.attempts, delivery.c.state,
                subscriber.c.address, subscriber.c.status,
            )
            .join(subscriber, subscriber.c.id == delivery.c.subscriber)
            .where(delivery.c.plan == plan_id, _due(now))
            .order_by(delivery.c.id)
            .limit(1)
        ).first()  # fmt: skip
        if row is None:
            return None
        mailed = row.status == _CONFIRMED
        found = DeliveryRow(
            id=row.id,
            subscriber=row.subscriber,
            address=row.address,
            attempts=row.attempts + mailed,
            state=DeliveryState(row.state),
        )
        target = DeliveryState.sending if mailed else DeliveryState.suppressed
        settle(connection, found, target, "" if mailed else "left the list", now)
        if mailed:
            return found


def settle(
    connection: Connection,
    row: DeliveryRow,
    state: DeliveryState,
    reply: str,
    now: datetime,
    *,
    start: DeliveryState | None = None,
    due: datetime | None = None,
) -> bool:
    """Move a delivery to a state from the one it was read in (or `start`); False if it left that.

    `due` is when a deferred one may be tried again.
    """
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.id == row.id, delivery.c.state == (start or row.state).value)
        .values(
            state=state.value,
            attempts=row.attempts,
            due=seconds(due) if due else 0,
            changed=seconds(now),
            reply=reply,
        )
    )
    return changed.rowcount == 1


def in_flight(connection: Connection) -> list[tuple[int, DeliveryRow]]:
    """Give the deliveries a crash left in `sending`, each with its plan."""
    rows = connection.execute(
        select(
            delivery.c.plan, delivery.c.id, delivery.c.subscriber, delivery.c.attempts,
            delivery.c.state, subscriber.c.address,
        )
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .where(delivery.c.state == DeliveryState.sending.value)
        .order_by(delivery.c.id)
    )  # fmt: skip
    return [
        (
            row.plan,
            DeliveryRow(
                id=row.id,
                subscriber=row.subscriber,
                address=row.address,
                attempts=row.attempts,
                state=DeliveryState(row.state),
            ),
        )
        for row in rows
    ]


def settle_uncertain(connection: Connection, slug: str, state: DeliveryState, now: datetime) -> int:
    """Move all uncertain deliveries of an issue to a state, as a person decided."""
    plans = select(plan.c.id).where(plan.c.issue == slug)
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.plan.in_(plans), delivery.c.state == DeliveryState.uncertain.value)
        .values(state=state.value, due=0, changed=seconds(now), reply="settled by a person")
    )
    return changed.rowcount


def doubt_unfinished(connection: Connection, now: datetime) -> int:
    """Make uncertain what is still to be sent: after a restore, it may have been."""
    unfinished = (*_WAITING, DeliveryState.sending.value)
    changed = connection.execute(
        update(delivery)
        .where(delivery.c.state.in_(unfinished))
        .values(state=DeliveryState.uncertain.value, changed=seconds(now), reply="before a restore")
    )
    return changed.rowcount


def counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Give, for each planned issue in the order of the plans, how many deliveries are where."""
    rows = connection.execute(
        select(plan.c.issue, delivery.c.state, func.count(delivery.c.id))
        .outerjoin(delivery, delivery.c.plan == plan.c.id)
        .group_by(plan.c.id, plan.c.issue, delivery.c.state)
        .order_by(plan.c.id)
    )
    found: dict[str, dict[str, int]] = {}
    for slug, state, number in rows:
        states = found.setdefault(slug, {})
        if state is not None:
            states[state] = number
    return found


def uncertain(connection: Connection) -> int:
    """Give how many deliveries wait for a person to settle them."""
    found = connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.state == DeliveryState.uncertain.value)
    ).scalar()
    return found or 0
