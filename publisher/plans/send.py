"""A plan's mail on its way: through which relays, and in how many processes."""

from __future__ import annotations

import asyncio
import math
import random
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial

from publisher.config import Settings
from publisher.config.relays import OUTBOX, RelayPace
from publisher.delivery.bounce_policy import SoftBounces
from publisher.delivery.context import Sender, Transport
from publisher.delivery.counts import Tally
from publisher.delivery.dispatcher import Dispatcher
from publisher.delivery.held_plan import probe
from publisher.delivery.journal import boot
from publisher.delivery.plan_end import Rules, end_passes
from publisher.delivery.throttle import Throttle
from publisher.errors import RelayError
from publisher.mail.personalize import Copies
from publisher.plans.letters import keys_of, letter, outbox, signer_of
from publisher.plans.processes import in_parallel
from publisher.plans.progress import Post, Progress, journals
from publisher.plans.transports import converse_of
from publisher.sources.worker_pool import cores
from publisher.storage import claims, facts, plan_state, plans, presigned
from publisher.storage.database import SENDER_TIMEOUT, Database

#: A process that sends does so many in the time that it takes to start.
_WORTH_A_PROCESS = 1_000
#: Messages under way on one connection: the next one's envelope goes with the last one's body.
_UNDER_WAY = 2


def sender_of(post: Post, *, part: int = 0, of: int = 1) -> Sender:
    """Return what it takes to send, with a part of the connections.

    Raises SettingsError for a key it cannot sign with.
    """
    settings, database = post.settings, post.database
    with database.read() as connection:
        kept = facts.SEND_RATES.get(connection) or ""
    signer = signer_of(settings)
    relays = [_part(each, part, of) for each in _relays(settings)]
    return Sender(
        database=database,
        ways=[_way(settings, database, each) for each in relays],
        pace=Throttle(relays, dict(settings.mail.domains), kept, per_connection=_UNDER_WAY),
        copies=lambda row: Copies(letter(settings, database, row), signer),
        keys=keys_of(settings, database),
        bounce_domain=settings.mail.bounce_domain,
        journals=journals(settings),
        boot=boot(),
        give_up_after=settings.mail.give_up_after,
        chance=post.chance,
        clock=post.clock,
        seconds=time.time,
        stopping=lambda: post.stopping() or post.quiet_until() is not None,
        resends=settings.mail.on_uncertain == "resend",
        tell=lambda _: None,
    )


def carry_out(post: Post, sender: Sender, plan: int, tally: Tally) -> None:
    """Send a plan to all that are due, in as many processes as that is worth.

    Of a plan that is held one delivery is tried first. Raises RelayError when no relay can be
    used, and the plan is held, and StateError when the ledger cannot be written, with nothing
    lost.
    """
    trouble: RelayError | None = None
    try:
        if probe(sender, plan, tally):
            _send_all(post, sender, plan, tally)
    except RelayError as error:
        trouble = error
    end_plans(post)  # who is refused for good is not mailed the next plan
    if trouble is None:
        return
    with post.database.write(SENDER_TIMEOUT) as connection:
        if not claims.due(connection, plan, post.clock()):
            return  # another process, with connections that the relay allowed, has sent it
        plan_state.hold(connection, plan, str(trouble))
    raise trouble


def end_plans(post: Post) -> None:
    """Count bounces, and end plans, of all whose deliveries were tried."""
    mail = post.settings.mail
    rules = Rules(
        soft_bounces=SoftBounces(most=mail.soft_bounces, within=mail.soft_bounces_within),
        give_up_after=mail.give_up_after,
        chance=post.chance.random,
    )
    with post.database.write(SENDER_TIMEOUT) as connection:
        end_passes(connection, rules, post.clock())


def _send_all(post: Post, sender: Sender, plan: int, tally: Tally) -> None:
    with post.database.read() as connection:
        name = plans.name_of(connection, plan)
        due = claims.due(connection, plan, post.clock())
    done = Tally()

    def tell(now: Tally) -> None:
        nonlocal done
        done = now
        post.tell(Progress(name=name, due=due, tally=now))

    number = _processes(post.settings, sender, due)
    try:
        if number == 1:
            asyncio.run(Dispatcher(replace(sender, tell=tell), plan).run())
        else:
            # SQLite keeps book of its locks by process: no fork may have it open.
            post.database.close()
            works = [
                partial(_send, replace(post, chance=_another(post.chance)), plan, part, number, due)
                for part in range(number)
            ]
            in_parallel(works, tell, post.stopping)
    finally:
        tally.add_all(done)
        with post.database.read() as connection:
            used = presigned.are_used(connection, plan)
        if used:
            with post.database.write(SENDER_TIMEOUT) as connection:
                presigned.drop(connection, plan)


def _processes(settings: Settings, sender: Sender, due: int) -> int:
    """Return how many are worth it. One process keeps rates, and shares of several relays.

    Two of them would not know how many connections of a relay the other one has.
    """
    relays = settings.mail.paces
    paced = settings.mail.domains or any(math.isfinite(relay.rate) for relay in relays)
    shared = len(relays) > 1 and not all(relay.overflow for relay in relays)
    if paced or shared or threading.active_count() > 1:
        return 1
    most = min(way.connections for way in sender.ways)  # each has one to each relay
    return max(1, min(cores(), most, due // _WORTH_A_PROCESS))


def _send(
    post: Post,
    plan: int,
    part: int,
    of: int,
    due: int,
    tell: Callable[[Tally], None],
    stopping: Callable[[], bool],
) -> None:
    """Send in a process of its own."""
    with closing(Database(post.settings.database.url, post.settings.project)) as database:
        mine = replace(post, database=database, stopping=stopping)
        sender = replace(sender_of(mine, part=part, of=of), tell=tell)
        asyncio.run(Dispatcher(sender, plan, due / of).run())


def _another(chance: random.Random) -> random.Random:
    return random.Random(chance.getrandbits(64))  # noqa: S311  (jitter is no secret)


def _relays(settings: Settings) -> tuple[RelayPace, ...]:
    """Return where mail goes: the relays, or the outbox."""
    return settings.mail.paces or (RelayPace(url=settings.mail.relay, connections=1),)


def _part(relay: RelayPace, part: int, of: int) -> RelayPace:
    """Return a relay with one process' part of its connections."""
    return replace(relay, connections=(relay.connections + part) // of)


def _way(settings: Settings, database: Database, relay: RelayPace) -> Transport:
    if relay.name == OUTBOX:
        box = outbox(settings)
        return Transport(
            name=relay.name, connections=1, converse=box.converse, outbox=relay.url, holds=box.holds
        )
    return Transport(
        name=relay.name,
        connections=relay.connections,
        converse=converse_of(settings, database, relay),
    )
