"""What a bounce does to its reader: a hard one suppresses the address, many soft ones do.

The same whether the refusal came back by mail (`publishing/returning.py`) or was the relay's
answer while the message was handed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.delivery.bounces import Kind
from publisher.storage import bounces, subscribers
from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import FORGOTTEN, UNCONFIRMED, SubscriberRow

#: The reason of a suppression, as the table has it.
_BOUNCED = "bounced"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftBounces:
    """So many soft bounces within that time are a hard one."""

    most: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A delivery that was rejected for a reason that is the recipient's."""

    delivery: int
    subscriber: int
    #: Hard: there is no such mailbox. Soft: it may pass.
    hard: bool
    #: The relay's, without addresses.
    words: str


def count_refusals(
    connection: Connection, refusals: Iterable[Refusal], soft: SoftBounces, now: datetime
) -> int:
    """Keep refusals as bounces, each delivery's once; give how many addresses are suppressed.

    Call it in the transaction that marks them rejected. What blames the message or the relay is
    no bounce, and must not come here.
    """
    suppressed = 0
    for each in refusals:
        name = hashlib.sha256(f"delivery {each.delivery}".encode()).hexdigest()
        if bounces.known(connection, name):
            continue
        person = subscribers.by_id(connection, each.subscriber)
        if person is None:
            continue
        kind = Kind.hard if each.hard else Kind.soft
        words = "" if person.status == FORGOTTEN else each.words
        bounces.add(connection, name, person.id, kind.value, words=words, now=now)
        suppressed += suppress(connection, person, kind, soft, now)
    return suppressed


def suppress(
    connection: Connection, person: SubscriberRow, kind: Kind, soft: SoftBounces, now: datetime
) -> bool:
    """Suppress an address if the bounce, which is kept already, asks for it; True if it did."""
    match kind:
        case Kind.hard:
            due = person.status != FORGOTTEN
        case Kind.soft:
            number = bounces.count(connection, person.id, kind.value, now - soft.within)
            due = number >= soft.most and is_on_the_list(person)
        case _:
            due = False
    return due and subscribers.suppress(connection, person.key, _BOUNCED, now)


def is_on_the_list(person: SubscriberRow) -> bool:
    """Tell whether somebody is one who gets mail, or has asked to."""
    return person.status in (CONFIRMED, UNCONFIRMED)
