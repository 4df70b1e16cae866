"""The last steps of a tick: what is due is planned, and plans are delivered."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

from publisher.config import Settings
from publisher.delivery.sending import Sender, Tally, deliver, recover
from publisher.errors import NotFoundError, PublisherError
from publisher.mail.relay import Relay
from publisher.model import DeliveryState
from publisher.publishing import keeping
from publisher.publishing.enveloping import keys_of, letter, open_relay
from publisher.publishing.planning import plan_issues, plan_several
from publisher.publishing.workbench import Workbench
from publisher.storage import deliveries
from publisher.storage.database import Database

#: Said while no mail goes out; of the time of the copy.
HELD = (
    "no mail goes out: the state is a restored copy, of {}, and does not know what was sent "
    "since; `publisher accept-restore` when you have seen to that"
)


@dataclass(slots=True)
class Mailed:
    """What a tick did about mail."""

    #: Issues planned in this tick, with the size of their audience.
    planned: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    #: Deliveries that wait for a person, from this crash or an earlier one.
    uncertain: int = 0
    #: Why sending ended early.
    trouble: str = ""


def resolve(database: Database, slug: str, state: DeliveryState, now: datetime) -> int:
    """Settle an issue's uncertain deliveries as a person says; give their number.

    `pending` sends them again, with the same Message-ID; `accepted` takes them for sent.
    Raises NotFoundError for an issue that was never planned.
    """
    with database.write() as connection:
        if slug not in deliveries.counts(connection):
            raise NotFoundError(f'no mail of an issue "{slug}" was ever planned')
        return deliveries.settle_uncertain(connection, slug, state, now)


def sender_with(
    settings: Settings,
    database: Database,
    relay: Relay,
    clock: Callable[[], datetime],
    chance: random.Random,
    stopping: Callable[[], bool],
) -> Sender:
    """Give what it takes to send."""
    return Sender(
        database=database,
        relay=relay,
        letter=lambda row: letter(settings, database, row),
        chance=chance,
        keys=keys_of(settings, database),
        bounce_domain=settings.mail.bounce_domain,
        clock=clock,
        stopping=stopping,
    )


def mail(
    bench: Workbench,
    database: Database,
    now: datetime,
    *,
    clock: Callable[[], datetime],
    chance: random.Random,
    stopping: Callable[[], bool],
) -> Mailed:
    """Plan what is due and deliver all that is planned. Never raises for want of a relay."""
    done = Mailed()
    with database.read() as connection:
        copied = keeping.held(connection)
        done.uncertain = deliveries.uncertain(connection)
    if copied:
        done.trouble = HELD.format(copied.isoformat())
        return done
    try:
        with closing(open_relay(bench.settings)) as relay:
            sender = sender_with(bench.settings, database, relay, clock, chance, stopping)
            recover(sender)
            done.planned = plan_issues(bench, database, now) | plan_several(bench, database, now)
            with database.read() as connection:
                due = deliveries.plans_due(connection, now)
            for plan in due:
                deliver(sender, plan, done.tally)
    except PublisherError as error:
        done.trouble = str(error)
    with database.read() as connection:
        done.uncertain = deliveries.uncertain(connection)
    return done
