"""When a bounce suppresses an address: after one hard bounce, or after several soft ones.

The same rule holds for refusals that came back by mail (`commands/bounces.py`) and for replies of
the relay while the message was handed over.
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
    """The number of soft bounces, within a time, that count like a hard one."""

    most: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A delivery that was rejected for a reason of the recipient's."""

    delivery: int
    subscriber: int
    #: Hard: there is no such mailbox. Soft: it may pass.
    hard: bool
    #: The relay's, without addresses.
    words: str


def record_refusals(
    connection: Connection, refusals: Iterable[Refusal], soft: SoftBounces, now: datetime
) -> int:
    """Record refusals as bounces, one for each delivery; return how many addresses it suppressed.

    Call it in the transaction that marks the deliveries as counted. Pass only refusals that blame
    the recipient: others are no bounces.
    """
    suppressed = 0
    for refusal in refusals:
        name = hashlib.sha256(f"delivery {refusal.delivery}".encode()).hexdigest()
        if bounces.is_known(connection, name):
            continue
        person = subscribers.by_id(connection, refusal.subscriber)
        if person is None:
            continue
        kind = BounceKind.hard if refusal.hard else BounceKind.soft
        words = "" if person.status == FORGOTTEN else refusal.words
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
    """Suppress an address if its recorded bounces require it; return whether it was suppressed.

    A soft bounce must be recorded before. The words become the evidence of the suppression.
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
    """Return the domains that seem to have lost their directory, with the keys that bounced hard.

    Such a mail server says "user unknown" of everyone. A domain counts if at least five of its
    readers, and more than half of the confirmed ones, bounced within three days. All bounces of an
    issue come back within a day, and are read at once or after a weekend; over a longer time,
    mailboxes that were closed one by one would add up.
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


def lift_suppressions(connection: Connection, keys: Collection[str], now: datetime) -> set[str]:
    """Lift the program's suppressions of these keys from the last three days; return their keys.

    Those that a person made stay.
    """
    since = subscribers.suppressions(connection, now - _OUTAGE)
    spared = {row.key for row in since if row.evidence and row.key in keys}
    if spared:
        subscribers.unsuppress(connection, list(spared))
    return spared


def is_on_the_list(person: SubscriberRow) -> bool:
    """Return whether somebody gets mail, or has asked to."""
    return person.status in (CONFIRMED, UNCONFIRMED)
