"""Once all deliveries of a plan were tried, its bounces are counted, and the plan may end.

A domain that has lost its directory says "user unknown" of everyone. So refusals suppress no
address before all deliveries of the plan were tried once: only then is it known how many of a
domain were refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from publisher.delivery import retry
from publisher.delivery.bounce_policy import Refusal, SoftBounces, record_refusals
from publisher.delivery.domain_outage import is_outage
from publisher.model import DeliveryState
from publisher.storage import plan_outcomes
from publisher.storage.plan_outcomes import Uncounted

_HARD = "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a refused reader is tried again, and when suppressed."""

    soft_bounces: SoftBounces
    give_up_after: timedelta
    #: Return a number from 0 to 1, for the jitter of retries.
    chance: Callable[[], float]


def close_plans(connection: Connection, rules: Rules, now: datetime) -> None:
    """Count bounces of plans with no delivery pending or sending; end plans that are over.

    Works in the caller's transaction.
    """
    for plan, _ in plan_outcomes.running(connection):
        if not plan_outcomes.is_open(connection, plan):
            _count_bounces(connection, plan, rules, now)
            plan_outcomes.end_if_over(connection, plan, now)


def _count_bounces(connection: Connection, plan: int, rules: Rules, now: datetime) -> None:
    """Record the refusals of a plan as bounces; defer those that an outage explains.

    That is an outage of the domain, or a relay that accepted nothing.
    """
    domains: dict[str, list[Uncounted]] = defaultdict(list)
    refusals = plan_outcomes.uncounted(connection, plan)
    for refusal in refusals:
        if refusal.bounce == _HARD:
            domains[refusal.domain].append(refusal)
    everyone = _refuses_everyone(connection, plan, sum(map(len, domains.values())))
    deferred: set[int] = set()
    for domain, unknown in domains.items():
        if everyone or _is_domain_outage(connection, plan, domain, len(unknown)):
            for refusal in unknown:
                _defer(connection, refusal, rules, now)
                deferred.add(refusal.delivery)
    counted = [
        Refusal(
            delivery=refusal.delivery,
            subscriber=refusal.subscriber,
            hard=refusal.bounce == _HARD,
            words=refusal.words,
        )
        for refusal in refusals
        if refusal.delivery not in deferred
    ]
    record_refusals(connection, counted, rules.soft_bounces, now)
    plan_outcomes.mark_counted(connection, [refusal.delivery for refusal in refusals])


def _refuses_everyone(connection: Connection, plan: int, unknown: int) -> bool:
    """Return whether nothing was accepted and enough readers were refused as unknown."""
    if not is_outage(unknown, unknown):
        return False
    return not plan_outcomes.count(connection, plan, [DeliveryState.accepted])


def _is_domain_outage(connection: Connection, plan: int, domain: str, unknown: int) -> bool:
    if not is_outage(unknown, unknown):
        return False
    # More need not be counted: then fewer than half are unknown.
    tried = plan_outcomes.count_tried(connection, plan, domain, limit=2 * unknown)
    return is_outage(tried, unknown)


def _defer(connection: Connection, refusal: Uncounted, rules: Rules, now: datetime) -> None:
    """Set a rejected delivery to be tried again, unless it is time to give it up."""
    due = retry.next_try(
        refusal.first, refusal.attempts, now,
        give_up_after=rules.give_up_after, chance=rules.chance(),
    )  # fmt: skip
    if due is not None:
        plan_outcomes.defer_for_outage(connection, refusal, due, now)
