"""The last steps of a tick: what is due is planned, and plans are delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from publisher.delivery.tally import Tally
from publisher.errors import NotFoundError, PlanError, PublisherError
from publisher.model import DeliveryState
from publisher.publishing import keeping
from publisher.publishing.attention import Attention, attention
from publisher.publishing.planning import plan_issues, plan_several
from publisher.publishing.posting import Post, journals
from publisher.publishing.workbench import Workbench
from publisher.storage import claims, deliveries, outcomes, plans, waiting
from publisher.storage.database import Database
from publisher.storage.waiting import PlanRow

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
    #: Mail that did not get to whom it was for.
    attention: Attention = field(default_factory=Attention)
    #: Plans that a person approved, and that wait again with a new Date header, by new hash.
    redated: dict[str, str] = field(default_factory=dict)
    #: When quiet hours are over for which mail waits.
    quiet_until: datetime | None = None
    #: How many deliveries are due that a signal to stop left.
    left: int = 0
    #: Why sending ended early.
    trouble: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Return whether somebody has to look: not all of the mail that was due went out."""
        return bool(self.uncertain or self.attention or self.trouble or self.left or self.redated)


def resolve(database: Database, name: str, state: DeliveryState, now: datetime) -> int:
    """Settle an issue's uncertain deliveries as a person says; return their number.

    `pending` sends them again, with the same Message-ID; `accepted` takes them for sent.
    Raises NotFoundError for an issue that was never planned.
    """
    with database.write() as connection:
        _plan(connection, name)
        return deliveries.settle_uncertain(connection, name, state, now)


def accept_rejections(database: Database, name: str) -> None:
    """Leave an issue undelivered to the readers who were refused.

    Raises NotFoundError as above, and PlanError for one that most of its readers got.
    """
    with database.write() as connection:
        if not outcomes.accept_rejections(connection, _plan(connection, name).id):
            raise PlanError(
                f"nothing of {name} waits for that: `publisher deliveries {name}` shows who got it"
            )


def resend(database: Database, name: str, now: datetime, *, given_up: bool) -> int:
    """Have an issue sent again to the readers who were refused; return their number.

    With `given_up` also to those whom the relay put off for too long. Who left the list since, or
    is suppressed, gets nothing. Raises NotFoundError as above, and PlanError for a cancelled one.
    """
    with database.write() as connection:
        plan = _plan(connection, name)
        if plan.is_cancelled:
            raise PlanError(f"the mail of {name} was cancelled: publisher deliveries {name}")
        return outcomes.reopen(connection, plan.id, now, given_up=given_up)


def _plan(connection: Connection, name: str) -> PlanRow:
    plan = waiting.by_name(connection, name)
    if plan is None:
        raise NotFoundError(f'no mail of an issue "{name}" was ever planned')
    return plan


def mail(bench: Workbench, post: Post, now: datetime) -> Mailed:
    """Plan what is due and deliver all that is planned. Never raises for want of a relay."""
    done, database = Mailed(), post.database
    with database.read() as connection:
        copied = keeping.held(connection)
        done.uncertain = deliveries.uncertain(connection)
    if copied:
        done.trouble = HELD.format(copied.isoformat())
        return done
    due: list[int] = []
    try:
        if _is_unsettled(post):
            _settle(post)
        _end_plans(post)
        done.planned = plan_issues(bench, database, now) | plan_several(bench, database, now)
        with database.read() as connection:
            due = deliveries.plans_due(connection, now)
        done.quiet_until = post.quiet_until() if due else None
        if due and done.quiet_until is None:
            _carry_out(post, due, done)
    except PublisherError as error:
        done.trouble = str(error)
    with database.read() as connection:
        done.uncertain = deliveries.uncertain(connection)
        done.attention = attention(connection, now)
        if post.stopping():
            done.left = sum(claims.due(connection, plan, now) for plan in due)
    return done


def _end_plans(post: Post) -> None:
    """End plans that were settled since the last run, by a person or after a kill."""
    with post.database.read() as connection:
        running = outcomes.running(connection)
    if running:
        from publisher.publishing.carrying import end_plans  # noqa: PLC0415  (as below)

        end_plans(post)


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


def _carry_out(post: Post, due: list[int], done: Mailed) -> None:
    from publisher.publishing.carrying import carry_out, sender_of  # noqa: PLC0415  (as above)
    from publisher.publishing.freezing import date_anew  # noqa: PLC0415  (as above)

    sender = sender_of(post)
    for plan in due:
        if sender.stopping():
            return
        redated = date_anew(post.settings, post.database, plan, post.clock())
        if not redated.hash:
            carry_out(post, sender, plan, done.tally)
            continue
        with post.database.read() as connection:
            done.redated[plans.name_of(connection, plan)] = redated.hash
