"""The last steps of a tick: what is due is planned, and plans are delivered.

Planning goes with publishing, under its lock; delivery has a lock of its own.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from publisher.config import Settings
from publisher.delivery.counts import Tally
from publisher.errors import BusyError, NotFoundError, PlanError, PublisherError, reported
from publisher.event_log import log_error
from publisher.local_time import local_time
from publisher.model import DeliveryState
from publisher.plans import restore_hold
from publisher.plans.attention import Attention, mail_attention
from publisher.plans.create import plan_issues, plan_several
from publisher.plans.progress import journal_folder, quiet_until
from publisher.render.renderers import Renderers
from publisher.sources.scan import Text
from publisher.storage import claims, confirmations, deliveries, plan_outcomes, plan_state, plans
from publisher.storage.database import Database
from publisher.storage.plan_state import PlanRow

if TYPE_CHECKING:
    from publisher.plans.send import PlanSender

_LOG = logging.getLogger(__name__)
#: Holds the lock of delivery. Raises BusyError at once when another process has it.
Lock = Callable[[], AbstractContextManager[None]]


def restore_line(settings: Settings, copied: datetime) -> str:
    """Return the line that says that no mail goes out from a copy made at `copied`."""
    return (
        "no mail goes out: the state is a restored copy, of "
        f"{local_time(copied, settings.schedule.timezone)}, and does not know what was sent "
        "since; `publisher accept-restore` when you have seen to that"
    )


def uncertain_line(number: int) -> str:
    """Return "1 delivery is uncertain", or the like for another number."""
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
    #: Whether another run is sending, which sends this run's mail too.
    is_left_to_another: bool = False

    @property
    def needs_a_person(self) -> bool:
        """Return whether somebody has to look: not all of the mail that was due went out."""
        return bool(self.uncertain or self.attention or self.trouble or self.left or self.redated)


def resolve_uncertain(
    database: Database, name: str, state: DeliveryState, now: datetime, *, dry_run: bool = False
) -> int:
    """Change an issue's uncertain deliveries to `state`; return their number.

    `pending` sends them again, with the same Message-ID; `accepted` counts them as sent. A dry run
    only counts them. Raises NotFoundError for an issue that was never planned.
    """
    with database.write(dry_run=dry_run) as connection:
        _plan(connection, name)
        return deliveries.resolve_uncertain(connection, name, state, now)


def accept_rejections(database: Database, name: str, *, dry_run: bool = False) -> None:
    """Leave an issue undelivered to the readers who were refused.

    Raises NotFoundError for an issue that was never planned, and PlanError for one that most of
    its readers got.
    """
    with database.write(dry_run=dry_run) as connection:
        if not plan_outcomes.accept_rejections(connection, _plan(connection, name).id):
            raise PlanError(
                f"nothing of {name} waits for that: `publisher deliveries {name}` shows who got it"
            )


def resend_issue(
    database: Database, name: str, now: datetime, *, given_up: bool, dry_run: bool = False
) -> int:
    """Send an issue again, with the next run, to the readers who were refused; return their number.

    With `given_up` also to those whom the relay deferred for too long. Readers who left the list
    since, or are suppressed, get nothing. A dry run only counts them. Raises NotFoundError for an
    issue that was never planned, and PlanError for a cancelled one.
    """
    with database.write(dry_run=dry_run) as connection:
        plan = _plan(connection, name)
        if plan.is_cancelled:
            raise PlanError(f"the mail of {name} was cancelled: publisher deliveries {name}")
        return plan_outcomes.reopen(connection, plan.id, now, given_up=given_up)


def _plan(connection: Connection, name: str) -> PlanRow:
    plan = plan_state.by_name(connection, name)
    if plan is None:
        raise NotFoundError(f'no mail of an issue "{name}" was ever planned')
    return plan


def plan_mail(
    settings: Settings,
    database: Database,
    published: Text,
    renderers: Renderers,
    now: datetime,
) -> Mailed:
    """Plan all mail that is due; return what was planned.

    An error is put in its `trouble` and not raised: the hub, and mail planned before, do not wait.
    """
    mailed = Mailed()
    with database.read() as connection:
        copied = restore_hold.copied_at(connection)
    if copied:
        mailed.trouble = restore_line(settings, copied)
        return mailed
    faults: list[str] = []
    try:
        for plan in (plan_issues, plan_several):
            mailed.planned |= plan(settings, database, published, renderers, now, faults.append)
    except Exception as error:  # noqa: BLE001  (what is planned already is sent)
        log_error(_LOG, "planning failed", error)
        faults.append(reported(error))
    for name, readers in mailed.planned.items():
        _LOG.info("plan made", extra={"plan": name, "readers": readers})
    mailed.trouble = "; ".join(dict.fromkeys(faults))
    return mailed


class Delivery:
    """Delivers plans. One process at a time does: who finds the lock taken leaves it its mail."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        make_sender: Callable[[], PlanSender],
        lock: Lock,
        clock: Callable[[], datetime],
        chance: random.Random,
        stopping: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._database = database
        #: Makes what sends a plan, with rates as they are then. Raises SettingsError.
        self.make_sender = make_sender
        self._lock = lock
        self._clock = clock
        self._chance = chance
        self._stopping = stopping

    def is_due(self) -> bool:
        """Return whether there is mail to send, or something of a killed process to settle."""
        with self._database.read() as connection:
            if restore_hold.copied_at(connection):
                return False
            if confirmations.is_due(connection, self._clock()):
                return True
        return self._is_unsettled() or bool(self._due(()))

    def deliver(self, mailed: Mailed, *, left_alone: Collection[int] = ()) -> None:
        """Send all plans that are due, and those planned meanwhile; record the outcome in `mailed`.

        If another run has the lock, that run sends them. `left_alone` are ids of plans that wait
        for the next run. Never raises PublisherError.
        """
        tried = set(left_alone)
        with self._database.read() as connection:
            copied = restore_hold.copied_at(connection)
            running = plan_outcomes.running(connection)
        if copied:
            mailed.trouble = restore_line(self._settings, copied)
        try:
            if not copied and (running or self._is_unsettled() or self._due(tried)):
                with self._lock():
                    self._settle_leftovers()
                    self._send_due(mailed, tried)
                # Whoever found the lock taken left its plans to this run: none may fall in between.
                while self._due(tried):
                    with self._lock():
                        self._send_due(mailed, tried)
        except BusyError:
            mailed.is_left_to_another = True
        except PublisherError as error:
            log_error(_LOG, "sending failed", error)
            mailed.trouble = mailed.trouble or str(error)
        self._note_attention(mailed)

    def send(self, sender: PlanSender, plan: int, tally: Tally) -> None:
        """Send one plan, unless these are quiet hours; count its deliveries in `tally`.

        Raises BusyError when another run has the lock, and what `PlanSender.send_plan` raises.
        """
        with self._lock():
            sender.recover()
            if self._quiet_until() is None:
                sender.send_plan(plan, tally)

    def _quiet_until(self) -> datetime | None:
        return quiet_until(self._settings, self._clock())

    def _note_attention(self, mailed: Mailed) -> None:
        """Note what needs a person. Of what another run sends, that one says it."""
        now = self._clock()
        with self._database.read() as connection:
            if mailed.is_left_to_another:
                mailed.attention = Attention(
                    without_list=restore_hold.slugs_without_list(connection)
                )
                return
            mailed.uncertain = deliveries.count_uncertain(connection)
            mailed.attention = mail_attention(connection, now)
            due = deliveries.plans_due(connection, now)
            if due and not restore_hold.copied_at(connection):
                mailed.quiet_until = self._quiet_until()
                if self._stopping():
                    mailed.left = sum(claims.count_due(connection, plan, now) for plan in due)

    def _due(self, tried: Collection[int]) -> list[int]:
        """Return the plans to carry out now that were not tried before, in order."""
        if self._stopping() or self._quiet_until() is not None:
            return []
        with self._database.read() as connection:
            due = deliveries.plans_due(connection, self._clock())
        return [plan for plan in due if plan not in tried]

    def _is_unsettled(self) -> bool:
        """Return whether a process that sent did not come to its end, or not to its beginning."""
        with self._database.read() as connection:
            if claims.leases(connection):
                return True
        folder = journal_folder(self._settings)
        return folder.exists() and any(folder.iterdir())

    def _settle_leftovers(self) -> None:
        """Settle what a killed process left, and end plans that a person settled since."""
        # 90 ms of imports that a run with no mail to send need not wait for.
        from publisher.plans.send import end_plans  # noqa: PLC0415

        if self._is_unsettled():
            self.make_sender().recover()
        end_plans(self._settings, self._database, self._clock(), self._chance)

    def _send_due(self, mailed: Mailed, tried: set[int]) -> None:
        """Carry out plans until none is due that was not tried."""
        from publisher.plans.approve import renew_date  # noqa: PLC0415  (as above)

        while due := self._due(tried):
            plan, sender = due[0], self.make_sender()
            tried.add(plan)
            redated = renew_date(self._settings, self._database, plan, self._clock())
            if not redated.hash:
                sender.send_plan(plan, mailed.tally)
                continue
            with self._database.read() as connection:
                mailed.redated[plans.name_of(connection, plan)] = redated.hash
