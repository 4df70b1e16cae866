"""DKIM signatures made before a plan's time. Every function works in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, insert, select

from publisher.storage.tables import UNFINISHED, delivery, signature, subscriber


class Reader(NamedTuple):
    """A delivery whose copy is to be signed."""

    delivery: int
    subscriber: int
    address: str
    epoch: int


def readers(connection: Connection, plan: int, letter: int, after: int, limit: int) -> list[Reader]:
    """Return a letter's next `limit` readers, in the order of deliveries, after one."""
    rows = connection.execute(
        select(delivery.c.id, delivery.c.subscriber, subscriber.c.address, subscriber.c.epoch)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .where(delivery.c.plan == plan, delivery.c.letter == letter, delivery.c.id > after)
        .order_by(delivery.c.id)
        .limit(limit)
    )
    return [Reader(*row) for row in rows]


def first_delivery(connection: Connection, plan: int) -> int:
    """Return the number of a plan's first delivery; 0 when there is none."""
    number = connection.execute(select(func.min(delivery.c.id)).where(delivery.c.plan == plan))
    return number.scalar() or 0


def add(connection: Connection, made: Sequence[tuple[int, bytes]]) -> None:
    """Add signatures, each with its delivery."""
    rows = [{"delivery": number, "value": value} for number, value in made]
    connection.execute(insert(signature), rows)


def drop(connection: Connection, plan: int) -> int:
    """Delete the signatures of a plan; return how many there were."""
    delivery_ids = select(delivery.c.id).where(delivery.c.plan == plan)
    return connection.execute(
        delete(signature).where(signature.c.delivery.in_(delivery_ids))
    ).rowcount


def is_obsolete(connection: Connection, plan: int) -> bool:
    """Return whether a plan has signatures, and nothing of it is still to be sent."""
    # Of the signatures, of which there are mostly none: a join looks at each delivery of the plan.
    of_plan = exists().where(delivery.c.id == signature.c.delivery, delivery.c.plan == plan)
    if connection.execute(select(signature.c.delivery).where(of_plan).limit(1)).first() is None:
        return False
    left = select(delivery.c.id).where(delivery.c.plan == plan, delivery.c.state.in_(UNFINISHED))
    return connection.execute(left.limit(1)).first() is None
