"""The last steps of a tick: what is due is planned, and plans are delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from publisher.delivery.recovering import recover
from publisher.delivery.sending import Tally
from publisher.errors import NotFoundError, PublisherError
from publisher.model import DeliveryState
from publisher.publishing import keeping
from publisher.publishing.planning import plan_issues, plan_several
from publisher.publishing.posting import Post
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
    #: Something is due, and waits for the end of quiet hours.
    quiet_until: datetime | None = None
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


def mail(bench: Workbench, post: Post, now: datetime) -> Mailed:
    """Plan what is due and deliver all that is planned. Never raises for want of a relay."""
    done, database = Mailed(), post.database
    with database.read() as connection:
        copied = keeping.held(connection)
        done.uncertain = deliveries.uncertain(connection)
    if copied:
        done.trouble = HELD.format(copied.isoformat())
        return done
    try:
        sender = post.sender()
        recover(sender)
        done.planned = plan_issues(bench, database, now) | plan_several(bench, database, now)
        with database.read() as connection:
            due = deliveries.plans_due(connection, now)
        for plan in due:
            post.carry_out(sender, plan, done.tally)
        if due:
            done.quiet_until = post.quiet_until()
    except PublisherError as error:
        done.trouble = str(error)
    with database.read() as connection:
        done.uncertain = deliveries.uncertain(connection)
    return done
