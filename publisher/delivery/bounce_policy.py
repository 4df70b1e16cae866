"""What a bounce does to its reader: a hard one suppresses the address, many soft ones do.

The same whether the refusal came back by mail (`commands/bounces.py`) or was the relay's
answer while the message was handed over.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.delivery.domain_outage import is_outage
from publisher.storage import bounces, subscribers
from publisher.storage.bounces import BounceKind
from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import FORGOTTEN, UNCONFIRMED, SubscriberRow

#: Hard bounces of one domain within that time may come of an outage.
_OUTAGE = timedelta(days=3)
#: The reason of a suppression, as the table has it.
BOUNCED = "bounced"


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
    """Keep refusals as bounces, each delivery's once; return how many addresses are suppressed.

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
        kind = BounceKind.hard if each.hard else BounceKind.soft
        words = "" if person.status == FORGOTTEN else each.words
        bounces.add(connection, name, person.id, kind.value, words=words, now=now)
        suppressed += suppress(connection, person, kind, soft, now, words=words)
    return suppressed


def suppress(
    connection: Connection,
    person: SubscriberRow,
    kind: BounceKind,
    soft: SoftBounces,
    now: datetime,
    *,
    words: str,
) -> bool:
    """Suppress an address if the bounce, which is kept already, asks for it; True if it did.

    The words are kept with the suppression as its evidence.
    """
    match kind:
        case BounceKind.hard:
            due, evidence = person.status != FORGOTTEN, words or "a hard bounce without words"
        case BounceKind.soft:
            number = bounces.count(connection, person.id, kind.value, now - soft.within)
            due = number >= soft.most and is_on_the_list(person)
            evidence = f"{number} soft bounces, the last one: {words}"
        case _:
            return False
    return due and subscribers.suppress(connection, person.key, BOUNCED, now, evidence=evidence)


def outages(connection: Connection, now: datetime) -> dict[str, set[str]]:
    """Return the domains whose directory seems to be out, with the keys that came back as gone.

    A company's mail server that has lost its directory says "user unknown" of everyone: what came
    back from at least five, and from more than half of its confirmed readers, within three days.
    All bounces of an issue come back within a day, and are read at once or after a weekend; in a
    longer time those would add up whose mailboxes were closed one by one.
    """
    gone: dict[str, set[str]] = {}
    confirmed: Counter[str] = Counter()
    for key, status in bounces.subscribers_with(connection, BounceKind.hard.value, now - _OUTAGE):
        domain = domain_of(key)
        gone.setdefault(domain, set()).add(key)
        confirmed[domain] += status == CONFIRMED
    return {
        domain: gone[domain]
        for domain, number in confirmed.items()
        if is_outage(number, number)  # enough of them, at least
        and is_outage(subscribers.confirmed_at(connection, domain), number)
    }


def domain_of(key: str) -> str:
    """Return the domain of a folded address."""
    return key.rpartition("@")[2]


def spare(connection: Connection, keys: Collection[str], now: datetime) -> set[str]:
    """Lift what the program suppressed of these keys since an outage may have begun.

    Return whose suppressions these were.
    """
    since = subscribers.suppressions(connection, now - _OUTAGE)
    spared = {row.key for row in since if row.evidence and row.key in keys}
    if spared:
        subscribers.lift(connection, list(spared))
    return spared


def is_on_the_list(person: SubscriberRow) -> bool:
    """Return whether somebody is one who gets mail, or has asked to."""
    return person.status in (CONFIRMED, UNCONFIRMED)
