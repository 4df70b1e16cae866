"""A plan's mail on its way: through which relays, and in how many processes."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from publisher.config import Settings
from publisher.delivery.bounce_policy import SoftBounces
from publisher.delivery.claims import ROOM, Claims
from publisher.delivery.counts import Tally
from publisher.delivery.dispatcher import Dispatcher
from publisher.delivery.held_plan import probe
from publisher.delivery.journal import Journal, boot_id
from publisher.delivery.messages import Composer
from publisher.delivery.plan_end import Rules, close_plans
from publisher.delivery.recovery import Recovery
from publisher.delivery.retry import Retries
from publisher.delivery.throttle import Throttle
from publisher.delivery.transport import CopiesOf, Transport
from publisher.errors import RelayError
from publisher.model import DeliveryState
from publisher.plans.progress import Progress, journal_folder, quiet_until
from publisher.plans.send_processes import run_in_parallel
from publisher.processes import cores
from publisher.storage import claims as claim_rows
from publisher.storage import plan_state, plans, presigned
from publisher.storage.database import SENDER_TIMEOUT, Database
from publisher.subscribers.tokens import Keys

_LOG = logging.getLogger(__name__)
#: A process that sends does so many in the time that it takes to start.
_WORTH_A_PROCESS = 1_000
#: Makes what one process sends with: for its jitter and names, which it is, and of how many.
MakeProcess = Callable[[random.Random, int, int], "SendProcess"]


class PlanSender:
    """Sends plans, each in as many processes as that is worth."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        make_process: MakeProcess,
        clock: Callable[[], datetime],
        chance: random.Random,
        stopping: Callable[[], bool],
        tell: Callable[[Progress], None],
    ) -> None:
        """Begin with the relays and their rates as they are now.

        `stopping` is asked twice a second: True ends the sending early, with what is in flight.
        `tell` is told twice a second. `make_process` is called here, and in each
        process that is forked. Raises SettingsError for a key it cannot sign with.
        """
        self._settings = settings
        self._database = database
        self._clock = clock
        self._chance = chance
        self._stopping = stopping
        self._tell = tell
        self._make_process = make_process
        self._process = make_process(chance, 0, 1)

    def stopping(self) -> bool:
        """Return whether no more messages may be begun: somebody stops it, or quiet hours do."""
        return self._stopping() or quiet_until(self._settings, self._clock()) is not None

    def recover(self) -> int:
        """Settle what killed processes left; return how many deliveries became uncertain."""
        return self._process.recover()

    def send_plan(self, plan: int, tally: Tally) -> None:
        """Send a plan to all recipients that are due; count the deliveries in `tally`.

        One delivery of a held plan is tried first. Raises RelayError when no relay can be used,
        with the plan held, and StateError when the ledger cannot be written, with nothing lost.
        """
        trouble: RelayError | None = None
        try:
            if self._process.probe(plan, tally, self.stopping):
                self._send_all(plan, tally)
        except RelayError as error:
            trouble = error
        # Who is refused for good is not mailed the next plan.
        end_plans(self._settings, self._database, self._clock(), self._chance)
        if trouble is None:
            return
        with self._database.write(SENDER_TIMEOUT) as connection:
            if not claim_rows.count_due(connection, plan, self._clock()):
                return  # another process, with connections that the relay allowed, has sent it
            plan_state.hold(connection, plan, str(trouble))
        raise trouble

    def _send_all(self, plan: int, tally: Tally) -> None:
        with self._database.read() as connection:
            name = plans.name_of(connection, plan)
            due = claim_rows.count_due(connection, plan, self._clock())
        sent = Tally()

        def tell(now: Tally) -> None:
            nonlocal sent
            sent = now
            self._tell(Progress(name=name, due=due, tally=now))

        number = self._process_count(due)
        _LOG.info("sending begun", extra={"plan": name, "due": due, "processes": number})
        try:
            if number == 1:
                self._process.send(plan, self.stopping, tell)
            else:
                # SQLite keeps book of its locks by process: no fork may have it open.
                self._database.close()
                works = [
                    partial(self._send_part, _new_random(self._chance), plan, part, number, due)
                    for part in range(number)
                ]
                run_in_parallel(works, tell, self._stopping)
        finally:
            tally.add_all(sent)
            counts = {state.value: sent[state] for state in DeliveryState if sent[state]}
            _LOG.info("sending ended", extra={"plan": name, **counts})
            with self._database.read() as connection:
                used = presigned.is_obsolete(connection, plan)
            if used:
                with self._database.write(SENDER_TIMEOUT) as connection:
                    presigned.drop(connection, plan)

    def _process_count(self, due: int) -> int:
        """Return how many are worth it. One process keeps rates, and shares of several relays.

        Two of them would not know how many connections of a relay the other one has.
        """
        mail = self._settings.mail
        relays = mail.paces
        paced = mail.domains or any(math.isfinite(relay.rate) for relay in relays)
        shared = len(relays) > 1 and not all(relay.overflow for relay in relays)
        if paced or shared or threading.active_count() > 1:
            return 1
        most = self._process.connections  # each has one to each relay
        return max(1, min(cores(), most, due // _WORTH_A_PROCESS))

    def _send_part(
        self,
        chance: random.Random,
        plan: int,
        part: int,
        of: int,
        due: int,
        tell: Callable[[Tally], None],
        stopping: Callable[[], bool],
    ) -> None:
        """Send in a process of its own, which was forked from one that had no database open."""
        with closing(self._database):
            process = self._make_process(chance, part, of)
            self._stopping = stopping
            process.send(plan, self.stopping, tell, share=due / of)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendProcess:
    """What one process sends with: its part of the connections, and of the ledger."""

    settings: Settings
    database: Database
    transports: Sequence[Transport]
    throttle: Throttle
    copies_of: CopiesOf
    keys: Keys
    retries: Retries
    clock: Callable[[], datetime]
    #: For the names of journals.
    chance: random.Random

    @property
    def connections(self) -> int:
        """How many there may be to each relay."""
        return min(transport.connections for transport in self.transports)

    def recover(self) -> int:
        """Settle what killed processes left; return how many deliveries became uncertain."""
        return Recovery(
            self.database,
            transports=self.transports,
            copies_of=self.copies_of,
            retries=self.retries,
            journals=journal_folder(self.settings),
            boot=boot_id(),
            clock=self.clock,
        ).run()

    def probe(self, plan: int, tally: Tally, stopping: Callable[[], bool]) -> bool:
        """Return whether a plan may be sent, as `held_plan.probe` does."""
        make = partial(self._dispatcher, plan, probing=True)
        return probe(self.database, plan, tally, make=make, stopping=stopping, clock=self.clock)

    def send(
        self,
        plan: int,
        stopping: Callable[[], bool],
        tell: Callable[[Tally], None],
        share: float = math.inf,
    ) -> None:
        """Send a plan until nothing of it is due. Raises as `Dispatcher.run`.

        `share` is how many deliveries this process can expect to send. `tell` gets the counts so
        far.
        """
        asyncio.run(self._dispatcher(plan, share).run(stopping, tell))

    def _dispatcher(
        self, plan: int, share: float = math.inf, *, probing: bool = False
    ) -> Dispatcher:
        name = f"{self.chance.getrandbits(64):016x}"
        claims = Claims(
            self.database,
            plan,
            Journal(journal_folder(self.settings), name, room=ROOM, boot=boot_id()),
            outbox=self.transports[0].outbox,  # where there is one, there is nothing else
            retries=self.retries,
            clock=self.clock,
            probing=probing,
        )
        bounce_domain = self.settings.mail.bounce_domain
        composer = Composer(self.database, self.copies_of, self.keys, bounce_domain)
        return Dispatcher(claims, composer, self.transports, self.throttle, share=share)


def end_plans(settings: Settings, database: Database, now: datetime, chance: random.Random) -> None:
    """Count bounces, and end plans, of all whose deliveries were tried. `chance` is for jitter."""
    mail = settings.mail
    rules = Rules(
        soft_bounces=SoftBounces(most=mail.soft_bounces, within=mail.soft_bounces_within),
        give_up_after=mail.give_up_after,
        chance=chance.random,
    )
    with database.write(SENDER_TIMEOUT) as connection:
        close_plans(connection, rules, now)


def _new_random(chance: random.Random) -> random.Random:
    return random.Random(chance.getrandbits(64))  # noqa: S311  (jitter is no secret)
