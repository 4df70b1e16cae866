"""A newsletter whose mail goes out while people come between, and what must not happen."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path

from sqlalchemy import select

from publisher.errors import NotFoundError, PlanError
from publisher.mail.mime import message_id
from publisher.mail.smtp_session import Message
from publisher.plans import control
from publisher.storage.database import Database
from publisher.storage.plans import get_letter
from publisher.storage.tables import delivery, plan, subscriber
from publisher.subscribers import admin
from tests.support import ledger
from tests.support.ledger import Act, Office, letter

#: What people do while a message is on its way.
PEOPLE = ("leave", "others leave", "pause", "pause all", "cancel", "SIGTERM")


class Watched:
    """A newsletter, with the ledger in a real database, and what is expected of it."""

    def __init__(self, database: AbstractContextManager[Database]) -> None:
        super().__init__()  # the state machine's, which this is mixed into
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.office = Office(self.stack.enter_context(database), folder, [])
        self.stack.callback(self.office.close)
        self.office.stopping = self._hears
        self.issues: list[str] = []
        #: Who has left, by address.
        self.gone: set[str] = set()
        self.trouble: list[str] = []
        self.unusable: list[bool] = []
        #: Message-IDs that may not be claimed, by issue that is paused or cancelled.
        self.barred: dict[str, set[str]] = {}
        #: Of these, which a run has not seen to be stopped: what it has claimed goes on.
        self.stopping: set[str] = set()
        #: Whether the run was told to stop, and has heard it.
        self.told = self.heard = False
        #: What went out that should not have.
        self.wrong: list[str] = []
        #: Message-IDs that a person had sent again, as often, or took for sent.
        self.resent: Counter[str] = Counter()
        self.believed: set[str] = set()
        #: What the machine, as it stopped, left without a word.
        self.doubted: set[str] = set()
        #: How many may be uncertain, and how many that were are settled.
        self.allowed = self.settled = 0

    # --- What the far side does -----------------------------------------------------------

    def _does(self, message: Message) -> Act:
        self._may_begin(message)
        what = self.trouble.pop() if self.trouble else ""
        if what in PEOPLE:
            self._comes_between(what, message.recipient)
        self.allowed += what in ledger.SILENT
        return ledger.TROUBLE.get(what, ledger.TAKES)

    def _may_begin(self, message: Message) -> None:
        if message.recipient in self.gone:
            self.wrong.append(f"{message.recipient} had left")
        if self.heard:
            self.wrong.append("the run was told to stop")
        for slug, barred in self.barred.items():
            if message.name in (barred if slug in self.stopping else self.ledger(slug)):
                self.wrong.append(f"{slug} was stopped")

    def _comes_between(self, what: str, recipient: str) -> None:
        if what == "SIGTERM":
            self.told = True
        elif what == "leave":
            self._leave(recipient)
        elif what == "others leave":
            for address in {f"reader{number}@example.org" for number in range(6)} - {recipient}:
                self._leave(address)
        else:
            for slug in self.issues if what == "pause all" else self.issues[-1:]:
                self._halt(what.removesuffix(" all"), slug)
                self.stopping.add(slug)

    def _hears(self) -> bool:
        self.heard = self.told
        return self.told

    async def _looks(self) -> None:
        """Let whoever sends see what somebody has just done: no more begins."""
        stopped, life = set(self.stopping), self.office.sides[0].life
        end = self.office.written + 2  # one look into the ledger may have begun before
        while (stopped and self.office.written < end) or self.told is not self.heard:
            if life.over:
                break
            await asyncio.sleep(0.001)
        self._nothing_is_claimed_of(stopped)
        self.stopping -= stopped
        await asyncio.sleep(0)

    def _nothing_is_claimed_of(self, stopped: Iterable[str]) -> None:
        for slug in stopped:
            states = self.ledger(slug)
            if any(states[each] == "sending" for each in self.barred.get(slug, ())):
                self.wrong.append(f"{slug} was stopped, and claimed")

    def _greets(self) -> None:
        if self.unusable and self.unusable.pop():
            ledger.cannot_be_used()

    # --- What people do -------------------------------------------------------------------

    def _leave(self, address: str) -> None:
        with suppress(NotFoundError):  # twice
            admin.remove(self.office.database, address, now=self.office.now)
        self.gone.add(address)

    def _halt(self, what: str, name: str) -> None:
        database = self.office.database
        with suppress(NotFoundError, PlanError):
            if what == "resume":
                control.resume_plan(database, name)
                del self.barred[name]
                return
            if what == "pause":
                control.pause_plan(database, name)
            else:
                control.cancel_plan(database, name, self.office.now)
            states = self.ledger(name).items()
            self.barred[name] = {each for each, state in states if state != "sending"}

    # --- What is known --------------------------------------------------------------------

    def _doubt(self) -> None:
        cut = {name for name, state in self.ledger().items() if state == "sending"}
        self.allowed += len(cut - self.doubted)
        self.doubted |= cut

    def ledger(self, slug: str | None = None) -> dict[str, str]:
        """Return the state of each delivery by its Message-ID."""
        with self.office.database.read() as connection:
            question = (
                select(delivery.c.letter, subscriber.c.address, delivery.c.state)
                .join(subscriber, subscriber.c.id == delivery.c.subscriber)
                .join(plan, plan.c.id == delivery.c.plan)
            )
            if slug is not None:
                question = question.where(plan.c.name == slug)
            return {
                message_id(letter(get_letter(connection, row.letter)), row.address): row.state
                for row in connection.execute(question).all()
            }

    def kept(self) -> Counter[str]:
        """Count what the far sides have, by Message-ID."""
        return Counter(each for side in self.office.sides for each in side.kept)

    def uncertain(self, slug: str | None = None) -> set[str]:
        """Return what is uncertain, by Message-ID."""
        return {name for name, state in self.ledger(slug).items() if state == "uncertain"}
