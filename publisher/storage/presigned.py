"""What was signed ahead of a plan's time. Every function works in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, insert, select

from publisher.storage.tables import UNFINISHED, delivery, signature, subscriber


class Reader(NamedTuple):
    """Whose copy is to be signed."""

    delivery: int
    subscriber: int
    address: str
    epoch: int


def readers(connection: Connection, plan: int, letter: int, after: int, limit: int) -> list[Reader]:
    """Return a letter's readers in order, from the first delivery after that number."""
    rows = connection.execute(
        select(delivery.c.id, delivery.c.subscriber, subscriber.c.address, subscriber.c.epoch)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber)
        .where(delivery.c.plan == plan, delivery.c.letter == letter, delivery.c.id > after)
        .order_by(delivery.c.id)
        .limit(limit)
    )
    return [Reader(*row) for row in rows]


def first(connection: Connection, plan: int) -> int:
    """Return the number of a plan's first delivery; 0 when there is none."""
    found = connection.execute(select(func.min(delivery.c.id)).where(delivery.c.plan == plan))
    return found.scalar() or 0


def keep(connection: Connection, made: Sequence[tuple[int, bytes]]) -> None:
    """Keep what was signed, by delivery."""
    rows = [{"delivery": number, "value": value} for number, value in made]
    connection.execute(insert(signature), rows)


def drop(connection: Connection, plan: int) -> int:
    """Forget what was signed for a plan; return how many signatures there were."""
    its = select(delivery.c.id).where(delivery.c.plan == plan)
    return connection.execute(delete(signature).where(signature.c.delivery.in_(its))).rowcount


def are_used(connection: Connection, plan: int) -> bool:
    """Return whether there are some for a plan of which nothing is still to be sent."""
    # Of the signatures, of which there are mostly none: a join looks at each delivery of the plan.
    of_plan = exists().where(delivery.c.id == signature.c.delivery, delivery.c.plan == plan)
    if connection.execute(select(signature.c.delivery).where(of_plan).limit(1)).first() is None:
        return False
    left = select(delivery.c.id).where(delivery.c.plan == plan, delivery.c.state.in_(UNFINISHED))
    return connection.execute(left.limit(1)).first() is None
