"""The last steps of a tick: what is due is planned, and plans are delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from publisher.delivery.tally import Tally
from publisher.errors import NotFoundError, PublisherError
from publisher.model import DeliveryState
from publisher.publishing import keeping
from publisher.publishing.planning import plan_issues, plan_several
from publisher.publishing.posting import Post, journals
from publisher.publishing.workbench import Workbench
from publisher.storage import claims, deliveries, plans, waiting
from publisher.storage.database import Database

#: Said while no mail goes out; of the time of the copy.
HELD = (
    "no mail goes out: the state is a restored copy, of {}, and does not know what was sent "
    "since; `publisher accept-restore` when you have seen to that"
)


def doubt(number: int) -> str:
    """Say how many deliveries are uncertain."""
    return f"{number} {'delivery is' if number == 1 else 'deliveries are'} uncertain"


@dataclass(slots=True)
class Mailed:
    """What a tick did about mail."""

    #: Issues planned in this tick, with the size of their audience.
    planned: dict[str, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    #: Deliveries that wait for a person, from this crash or an earlier one.
    uncertain: int = 0
    #: Plans that were stopped because a relay refused everyone, and its words.
    stopped: dict[str, str] = field(default_factory=dict)
    #: When quiet hours are over for which mail waits.
    quiet_until: datetime | None = None
    #: Why sending ended early.
    trouble: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Tell whether something will not go on by itself."""
        return bool(self.trouble or self.uncertain or self.stopped)


def resolve(database: Database, slug: str, state: DeliveryState, now: datetime) -> int:
    """Settle an issue's uncertain deliveries as a person says; give their number.

    `pending` sends them again, with the same Message-ID; `accepted` takes them for sent.
    Raises NotFoundError for an issue that was never planned.
    """
    with database.write() as connection:
        if not plans.exists(connection, slug):
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
        if _is_unsettled(post):
            _settle(post)
        done.planned = plan_issues(bench, database, now) | plan_several(bench, database, now)
        with database.read() as connection:
            due = deliveries.plans_due(connection, now)
        done.quiet_until = post.quiet_until() if due else None
        if due and done.quiet_until is None:
            _carry_out(post, due, done.tally)
    except PublisherError as error:
        done.trouble = str(error)
    with database.read() as connection:
        done.uncertain = deliveries.uncertain(connection)
        done.stopped = {name: why for name, why in waiting.halted(connection).items() if why}
    return done


def _is_unsettled(post: Post) -> bool:
    """Tell whether a process that sent did not come to its end, or not to its beginning."""
    with post.database.read() as connection:
        if claims.leases(connection):
            return True
    folder = journals(post.settings)
    return folder.exists() and any(folder.iterdir())


def _settle(post: Post) -> None:
    """Settle what a killed process left."""
    # 90 ms of imports that a run with no mail to send need not wait for.
    from publisher.delivery.recovering import recover  # noqa: PLC0415
    from publisher.publishing.carrying import sender_of  # noqa: PLC0415

    recover(sender_of(post))


def _carry_out(post: Post, due: list[int], tally: Tally) -> None:
    from publisher.publishing.carrying import carry_out, sender_of  # noqa: PLC0415  (as above)

    sender = sender_of(post)
    for plan in due:
        if sender.stopping():
            return
        carry_out(post, sender, plan, tally)
