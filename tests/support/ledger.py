"""A ledger with readers, ways for mail that do as they are told, and lives that end anywhere."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import os
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select

from publisher.config.relays import RelayPace
from publisher.delivery.bounce_policy import SoftBounces
from publisher.delivery.claims import ROOM, Claims
from publisher.delivery.counts import Tally
from publisher.delivery.dispatcher import Dispatcher
from publisher.delivery.held_plan import probe
from publisher.delivery.journal import Journal
from publisher.delivery.messages import Composer
from publisher.delivery.plan_end import Rules, close_plans
from publisher.delivery.recovery import Recovery
from publisher.delivery.retry import Retries
from publisher.delivery.throttle import Throttle
from publisher.delivery.transport import Transport
from publisher.errors import RelayError
from publisher.mail.mime import TOKEN, Letter, Mailbox
from publisher.mail.personalize import Copies
from publisher.mail.smtp_session import Message, MessageSource
from publisher.mail.transport import Outcome, Reply, Stage
from publisher.model import IssueRecord
from publisher.storage import deliveries, facts, issues, plan_state
from publisher.storage.database import BUSY_TIMEOUT, Database
from publisher.storage.plans import LetterRow
from publisher.storage.tables import delivery
from publisher.subscribers import admin
from tests.support.lives import Killed, Life
from tests.support.newsletter_folder import KEYS, NOW, freeze

#: How long a run may take that has nothing to wait for, in seconds.
PATIENCE = 30
#: For how long a relay may defer a message.
GIVE_UP_AFTER = timedelta(days=5)


class Mortal(Database):
    """A database as somebody uses it who may be killed before, in and after a transaction."""

    def __init__(self, database: Database, life: Life, office: Office) -> None:
        self._database = database
        self._life = life
        self._office = office

    @contextmanager
    def write(
        self, timeout: float = BUSY_TIMEOUT, *, dry_run: bool = False
    ) -> Iterator[Connection]:
        """Yield a transaction; nothing of it stays if they are killed in it."""
        self._life.step()
        self._office.written += 1
        if self._office.broken:
            raise self._office.broken
        with self._database.write(timeout, dry_run=dry_run) as connection:
            yield connection
            self._life.step()
        self._life.step()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a transaction that reads."""
        self._life.step()
        with self._database.read() as connection:
            yield connection


@dataclass(frozen=True, slots=True)
class Act:
    """What the far side does with one message."""

    reply: Reply
    #: Whether the end of the message leaves for it, and whether it keeps the message.
    commits: bool = True
    keeps: bool = False
    #: It hangs up then.
    ends: bool = False


def _reply(outcome: Outcome, words: str, code: int, stage: Stage = Stage.body) -> Reply:
    return Reply(outcome, words, code, stage)


TAKES = Act(_reply(Outcome.accepted, "250 ok", 250), keeps=True)
LATER = Act(_reply(Outcome.deferred, "450 4.2.1 later", 450, Stage.rcpt), commits=False)
LATER_AT_THE_END = Act(_reply(Outcome.deferred, "450 4.2.1 later", 450))
NEVER = Act(_reply(Outcome.rejected, "550 5.1.1 no such user", 550, Stage.rcpt), commits=False)
NEVER_AT_THE_END = Act(_reply(Outcome.rejected, "554 5.6.0 this message", 554))
#: The connection broke: before the end of the message, and after it.
BREAKS = Act(_reply(Outcome.deferred, "the relay hung up", 0, Stage.data), commits=False, ends=True)
LOSES = Act(_reply(Outcome.uncertain, "the relay hung up", 0), ends=True)
KEEPS_AND_BREAKS = Act(_reply(Outcome.uncertain, "the relay hung up", 0), keeps=True, ends=True)
GIVES_BACK = Act(
    _reply(Outcome.returned, "the relay hung up", 0, Stage.mail), commits=False, ends=True
)
#: What is about us, and about no reader.
REFUSES_US = Act(
    _reply(Outcome.rejected, "554 5.7.1 Relay access denied", 554, Stage.rcpt), commits=False
)
CLOSES = Act(_reply(Outcome.deferred, "421 closing", 421, Stage.mail), commits=False, ends=True)

#: What may happen to one message on its way to a relay.
TROUBLE = {
    "refuses us": REFUSES_US,
    "closes": CLOSES,
    "refuses for now": LATER,
    "refuses the message for now": LATER_AT_THE_END,
    "refuses for good": NEVER,
    "refuses the message for good": NEVER_AT_THE_END,
    "hangs up before the end": BREAKS,
    "loses it and says nothing": LOSES,
    "keeps it and says nothing": KEEPS_AND_BREAKS,
    "gives it back": GIVES_BACK,
}
SILENT = ("loses it and says nothing", "keeps it and says nothing")


@dataclass
class FarSide:
    """A relay, or an outbox that can be asked."""

    name: str = "relay.example.org:25"
    connections: int = 1
    weight: int = 1
    overflow: bool = False
    #: It knows what it has.
    remembers: bool = False
    does: Callable[[Message], Act] = lambda _: TAKES
    #: Called when somebody connects: may raise RelayError.
    greets: Callable[[], None] = lambda: None
    #: Waited for over each message: the other connections come to their turn.
    pauses: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(0)
    life: Life = field(default_factory=Life)
    #: Message-IDs: what it has, in order, and what began at all.
    kept: list[str] = field(default_factory=list)
    begun: set[str] = field(default_factory=set)
    #: To whom what it has is.
    recipients: list[str] = field(default_factory=list)

    @property
    def way(self) -> Transport:
        """Return the way to it."""
        way = Transport(
            name=self.name, connections=self.connections, send_messages=self.send_messages
        )
        return replace(way, outbox=self.name, holds=self.holds) if self.remembers else way

    def holds(self, name: str) -> bool:
        """Return whether it has a message."""
        return name in self.kept

    async def send_messages(self, work: MessageSource) -> None:
        """Take message after message, and do with each as it is told."""
        self.life.step()
        self.greets()
        while await work.wait():
            self.life.step()
            message = work.next_message()
            if message is None:
                continue
            act = self.does(message)
            await self.pauses()
            self.life.step()
            if act.commits:
                work.record_commit(message)
                self.begun.add(message.name)
                self.life.step(doubtful=True)
            if act.keeps and not (self.remembers and self.holds(message.name)):
                self.kept.append(message.name)
                self.recipients.append(message.recipient)
                self.life.step(doubtful=True)
            work.record_reply(message, act.reply)
            self.life.step(doubtful=True)
            if act.ends:
                return


def cannot_be_used() -> None:
    """Greet nobody."""
    raise RelayError("relay.example.org:25: cannot use this relay: no connection")


def letter(row: LetterRow) -> Letter:
    """Return a letter as it is sent."""
    return Letter(
        sender=Mailbox("News", "news@example.org"), reply_to=None, subject=row.subject, date=NOW,
        list_name="News", list_id="news.example.org", archive_url="https://example.org/",
        issue_url=f"https://example.org/issues/{row.issue}/",
        unsubscribe_urls=(f"mailto:news@example.org?subject=unsubscribe%20{TOKEN}",),
        join_url="mailto:news@example.org?subject=subscribe",
        text=row.text, html=row.html, issue=row.name,
    )  # fmt: skip


def copies_of(row: LetterRow) -> Copies:
    """Return a letter's copies."""
    return Copies(letter(row), None)


@dataclass
class Office:
    """A ledger, where mail goes, and the machine it goes from."""

    database: Database
    folder: Path
    sides: Sequence[FarSide]
    now: datetime = NOW
    boot: str = "one run of the kernel"
    #: Of all runs: each names its journal.
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    resends: bool = False
    #: Raised when the ledger is to be written.
    broken: Exception | None = None
    #: How often it was written, or was to be.
    written: int = 0
    stopping: Callable[[], bool] = lambda: False
    tell: Callable[[Tally], None] = lambda _: None

    @property
    def side(self) -> FarSide:
        """Return the only place that mail goes to."""
        (found,) = self.sides
        return found

    def join(self, *addresses: str) -> None:
        """Let people join."""
        for each in addresses:
            admin.add(self.database, KEYS, each, name="", language="", now=self.now)

    async def round(self) -> None:
        """Wait until who sends has looked into the ledger: it does so twice a second."""
        end = self.written + 2  # one may have begun before
        while self.written < end:  # noqa: ASYNC110  (counted in another thread)
            await asyncio.sleep(0.005)

    def publish(self, slug: str = "001") -> int:
        """Publish an issue, and plan it for everyone; return how many that is."""
        record = IssueRecord(
            slug=slug, headline=slug, source=f"{slug}.txt", published=self.now, updated=self.now,
            items=1,
        )  # fmt: skip
        with self.database.write() as connection:
            issues.put_issues(connection, [(record, bytes(32))])
            return freeze(connection, slug)

    def born(self, life: Life | None = None) -> Mortal:
        """Return the ledger as somebody uses it who lives so long; the far sides know them."""
        life = life or Life()
        for side in self.sides:
            side.life = life
        return Mortal(self.database, life, self)

    @property
    def retries(self) -> Retries:
        """Return what a try makes of a delivery."""
        return Retries(
            give_up_after=GIVE_UP_AFTER,
            resends=self.resends,
            chance=self.chance,
            clock=lambda: self.now,
        )

    def claims(
        self,
        ledger: Database | None = None,
        plan: int = 1,
        *,
        clock: Callable[[], datetime] | None = None,
        probing: bool = False,
    ) -> Claims:
        """Return the claims of one who sends a plan."""
        name = f"{self.chance.getrandbits(64):016x}"
        return Claims(
            ledger or self.born(),
            plan,
            Journal(self.folder / "sending", name, room=ROOM, boot=self.boot),
            outbox=self.sides[0].way.outbox,
            retries=self.retries,
            clock=clock or (lambda: self.now),
            probing=probing,
        )

    def throttle(self) -> Throttle:
        """Return what is known of the relays."""
        with self.database.read() as connection:
            kept = facts.SEND_RATES.get(connection) or ""
        relays = [
            RelayPace(
                url=f"smtp://{each.name}",
                connections=each.connections,
                weight=each.weight,
                overflow=each.overflow,
            )
            for each in self.sides
        ]
        return Throttle(relays, {}, kept, per_connection=2)

    def recover(self, ledger: Database | None = None) -> int:
        """Settle what the dead left, as a run does at its beginning."""
        return Recovery(
            ledger or self.born(),
            transports=[each.way for each in self.sides],
            copies_of=copies_of,
            retries=self.retries,
            journals=self.folder / "sending",
            boot=self.boot,
            clock=lambda: self.now,
        ).run()

    def send(self, life: Life | None = None) -> None:
        """Do what a run does. Raises RelayError, or Killed with all left as kill -9 leaves it."""
        ledger = self.born(life)
        try:
            self._send(ledger, self.throttle())
        except Killed:
            for descriptor in self._journals():  # as the kernel does
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            raise

    def _send(self, ledger: Database, throttle: Throttle) -> None:
        self.recover(ledger)
        self.end(ledger)
        with ledger.read() as connection:
            plans = deliveries.plans_due(connection, self.now)
        for plan in plans:

            def make(plan: int = plan, *, probing: bool = True) -> Dispatcher:
                return Dispatcher(
                    self.claims(ledger, plan, probing=probing),
                    Composer(ledger, copies_of, KEYS, ""),
                    [each.way for each in self.sides],
                    throttle,
                    seconds=self.now.timestamp,
                )

            try:
                if probe(
                    ledger, plan, Tally(), make=make, stopping=self.stopping, clock=lambda: self.now
                ):
                    run = make(probing=False).run(self.stopping, self.tell)
                    asyncio.run(asyncio.wait_for(run, PATIENCE))
            except RelayError as error:
                with ledger.write() as connection:
                    plan_state.hold(connection, plan, str(error))
                raise
            finally:
                self.end(ledger)

    def end(self, ledger: Database) -> None:
        """Count bounces and end plans, as a run does at its end."""
        rules = Rules(
            soft_bounces=SoftBounces(most=5, within=timedelta(days=30)),
            give_up_after=GIVE_UP_AFTER,
            chance=self.chance.random,
        )
        with ledger.write() as connection:
            close_plans(connection, rules, self.now)

    def _journals(self) -> Iterator[int]:
        """Yield the open journals."""
        for link in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                if link.readlink().is_relative_to(self.folder / "sending"):
                    yield int(link.name)

    def close(self) -> None:
        """Let go of what whoever was killed had open."""
        gc.collect()  # a mapped file has a descriptor of its own
        for descriptor in list(self._journals()):
            os.close(descriptor)

    def ledger(self) -> list[tuple[str, int, str]]:
        """Return state, attempts and reply of every delivery."""
        columns = (delivery.c.state, delivery.c.attempts, delivery.c.reply)
        with self.database.read() as connection:
            rows = connection.execute(select(*columns).order_by(delivery.c.id))
            return [(row[0], row[1], row[2]) for row in rows]

    def due(self) -> list[datetime]:
        """Return when each delivery may be tried."""
        with self.database.read() as connection:
            rows = connection.execute(select(delivery.c.due).order_by(delivery.c.id))
            return [datetime.fromtimestamp(row[0], NOW.tzinfo) for row in rows]
