"""The last steps of a tick: what is due is planned, and plans are delivered."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from publisher.config import Settings
from publisher.delivery.claiming import PACE
from publisher.delivery.dispatching import Dispatch
from publisher.delivery.journal import boot
from publisher.delivery.pace import Pace
from publisher.delivery.recovering import recover
from publisher.delivery.sending import Sender, Tally
from publisher.errors import NotFoundError, PublisherError
from publisher.mail.copies import Copies
from publisher.model import DeliveryState
from publisher.publishing import keeping
from publisher.publishing.enveloping import keys_of, letter, signer_of, ways_of
from publisher.publishing.planning import plan_issues, plan_several
from publisher.publishing.workbench import Workbench
from publisher.storage import deliveries, issues
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


@contextmanager
def sending(
    settings: Settings,
    database: Database,
    *,
    clock: Callable[[], datetime],
    chance: random.Random,
    stopping: Callable[[], bool],
) -> Iterator[Sender]:
    """Give what it takes to send."""
    with database.read() as connection:
        kept = issues.get_fact(connection, PACE) or ""
    signer = signer_of(settings)
    ways, paces = ways_of(settings)
    yield Sender(
        database=database,
        ways=ways,
        pace=Pace(paces, dict(settings.mail.domains), kept),
        copies=lambda row: Copies(letter(settings, database, row), signer),
        keys=keys_of(settings, database),
        bounce_domain=settings.mail.bounce_domain,
        journals=settings.project / ".publisher" / "sending",
        boot=boot(),
        give_up_after=settings.mail.give_up_after,
        chance=chance,
        clock=clock,
        seconds=time.time,
        stopping=stopping,
        refused=lambda connection, results, now: None,
        tell=lambda tally: None,
    )


def carry_out(sender: Sender, plan: int, tally: Tally) -> None:
    """Send a plan to all that are due. Raises RelayError and StateError, with nothing lost."""
    asyncio.run(Dispatch(sender, plan, tally).run())


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
        with sending(
            bench.settings, database, clock=clock, chance=chance, stopping=stopping
        ) as sender:
            recover(sender)
            done.planned = plan_issues(bench, database, now) | plan_several(bench, database, now)
            with database.read() as connection:
                due = deliveries.plans_due(connection, now)
            for plan in due:
                carry_out(sender, plan, done.tally)
    except PublisherError as error:
        done.trouble = str(error)
    with database.read() as connection:
        done.uncertain = deliveries.uncertain(connection)
    return done
