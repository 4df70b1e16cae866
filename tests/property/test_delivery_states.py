"""Whatever relays, people and crashes do: nobody gets an issue twice, and nobody is forgotten."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select, text

from publisher.audience import people
from publisher.errors import AddressError, NotFoundError, PlanError, RelayError
from publisher.mail.message import message_id
from publisher.mail.wire import Message
from publisher.model import DeliveryState
from publisher.publishing import halting
from publisher.publishing.mailing import resolve
from publisher.storage import waiting
from publisher.storage.database import Database
from publisher.storage.plans import get_letter
from publisher.storage.tables import delivery, metadata, plan, subscriber
from tests import sending
from tests.newsroom import fresh_database
from tests.postgresql import Server, needs_postgresql
from tests.sending import Act, FarSide, Killed, Life, Office, letter

#: How many newsletters' lives are tried; more in `make test-faults`.
LIVES = int(os.environ.get("PUBLISHER_TEST_LIVES", "20"))
#: What may happen to one message on its way to a relay.
TROUBLE = {
    "refuses for now": sending.LATER,
    "refuses the message for now": sending.LATER_AT_THE_END,
    "refuses for good": sending.NEVER,
    "refuses the message for good": sending.NEVER_AT_THE_END,
    "hangs up before the end": sending.BREAKS,
    "loses it and says nothing": sending.LOSES,
    "keeps it and says nothing": sending.KEEPS_AND_BREAKS,
    "gives it back": sending.GIVES_BACK,
}
SILENT = ("loses it and says nothing", "keeps it and says nothing")
#: What people do while a message is on its way.
PEOPLE = ("leave", "pause", "cancel")
#: A run of one plan takes about 35 steps, and a dozen before the first message begins.
STEPS_TO_DEATH = st.sampled_from([*range(12, 40), *range(1, 12)])
STEPS = st.none() | STEPS_TO_DEATH
READERS = st.integers(0, 5)
ISSUES = st.integers(0, 3)


class Sending(RuleBasedStateMachine):
    """A newsletter's life, with the ledger in a real database."""

    def __init__(self, database: AbstractContextManager[Database]) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.office = Office(self.stack.enter_context(database), folder, [])
        self.stack.callback(self.office.close)
        self.issues: list[str] = []
        #: Who has left, by address.
        self.gone: set[str] = set()
        self.trouble: list[str] = []
        self.unusable: list[bool] = []
        #: Message-IDs that a person had sent again, as often, or took for sent.
        self.resent: Counter[str] = Counter()
        self.believed: set[str] = set()
        #: What the machine, as it stopped, left without a word.
        self.doubted: set[str] = set()
        #: How many may be uncertain, and how many that were are settled.
        self.allowed = self.settled = 0

    @initialize(
        outbox=st.sampled_from([False, False, False, True]),
        names_boots=st.sampled_from([True, True, True, False]),
        sides=st.lists(st.integers(1, 3), min_size=1, max_size=2),
    )
    def open(self, *, outbox: bool, names_boots: bool, sides: list[int]) -> None:
        """Begin with an outbox, or with relays that take so many connections."""
        self.office.boot = "boot" if names_boots else ""
        self.office.sides = [
            FarSide(
                f"relay{number}.example.org:25",
                1 if outbox else connections,
                remembers=outbox,
                does=self._does,
                greets=self._greets,
            )
            for number, connections in enumerate(sides[: 1 if outbox else 2])
        ]
        for number in range(4):
            self.join(number)
        self.publish()

    def _does(self, message: Message) -> Act:
        what = self.trouble.pop() if self.trouble else ""
        if what == "leave":
            self._leave(message.recipient)
        elif what in PEOPLE:
            self._halt(what, self.issues[-1])
        self.allowed += what in SILENT
        return TROUBLE.get(what, sending.TAKES)

    def _greets(self) -> None:
        if self.unusable and self.unusable.pop():
            sending.cannot_be_used()

    # --- What people do -------------------------------------------------------------------

    @rule(number=READERS)
    def join(self, number: int) -> None:
        """Somebody joins, perhaps again."""
        address = f"reader{number}@example.org"
        with suppress(AddressError):  # its mail came back
            self.office.join(address)
            self.gone.discard(address)

    @rule(number=READERS)
    def leave(self, number: int) -> None:
        """Somebody leaves."""
        self.join(number)
        self._leave(f"reader{number}@example.org")

    def _leave(self, address: str) -> None:
        with suppress(NotFoundError):  # twice
            people.remove(self.office.database, address, now=self.office.now)
        self.gone.add(address)

    @rule()
    def publish(self) -> None:
        """Plan one more issue."""
        self.issues.append(f"{len(self.issues):03}")
        self.office.publish(self.issues[-1])

    @rule(number=ISSUES, what=st.sampled_from(["pause", "resume", "resume", "cancel"]))
    def halt(self, number: int, what: str) -> None:
        """Somebody pauses an issue, lets it go on, or cancels it."""
        self._halt(what, f"{number:03}")

    def _halt(self, what: str, name: str) -> None:
        database = self.office.database
        with suppress(NotFoundError, PlanError):
            if what == "pause":
                halting.pause(database, name)
            elif what == "resume":
                halting.resume(database, name)
            else:
                halting.cancel(database, name, self.office.now)

    @rule(number=ISSUES, state=st.sampled_from([DeliveryState.pending, DeliveryState.accepted]))
    def resolve(self, number: int, state: DeliveryState) -> None:
        """Settle what is uncertain of an issue, as a person does."""
        slug = f"{number:03}"
        doubtful = {name for name, its in self.ledger(slug).items() if its == "uncertain"}
        if doubtful:
            assert len(doubtful) == resolve(self.office.database, slug, state, self.office.now)
        self.settled += len(doubtful)
        if state is DeliveryState.pending:
            self.resent.update(doubtful)
        else:
            self.believed |= doubtful

    # --- What happens ---------------------------------------------------------------------

    @rule(
        trouble=st.lists(st.sampled_from([*TROUBLE, *PEOPLE]), max_size=6),
        unusable=st.lists(st.booleans(), max_size=3),
        steps=STEPS,
    )
    def run(self, trouble: list[str], unusable: list[bool], steps: int | None) -> None:
        """Do what a tick does about mail, to its end or until somebody kills it."""
        outbox = self.office.sides[0].remembers
        self.trouble = [each for each in trouble if not outbox or each in PEOPLE]
        self.unusable = [] if outbox else unusable
        gone, had = set(self.gone), self.mailed()
        with self.office.database.read() as connection:
            stopped = {*waiting.halted(connection), *self._cancelled(connection)}
        before = {slug: self.kept(slug) for slug in stopped}
        life = Life(steps)
        with suppress(RelayError, Killed):
            self.office.send(life)
        if life.over:
            self.allowed += sum(each.connections for each in self.office.sides)
            if not self.office.boot:
                self._doubt()
        left = {name for name, state in self.ledger().items() if state == "sending"}
        assert life.over or left <= self.doubted, "left in `sending` by one that came to its end"
        assert not gone & set(self.mailed() - had), "mailed to somebody who had left"
        assert before == {slug: self.kept(slug) for slug in stopped}, "mailed though stopped"

    @rule(
        trouble=st.lists(st.sampled_from([*TROUBLE, *PEOPLE]), max_size=2),
        deaths=st.lists(STEPS_TO_DEATH, min_size=2, max_size=5),
    )
    def crash(self, trouble: list[str], deaths: list[int]) -> None:
        """Publish an issue, and kill what sends it, again and again."""
        self.publish()
        for steps in deaths:
            self.run(list(trouble), [], steps)

    @rule()
    def restart(self) -> None:
        """Stop the machine, and start it again."""
        if self.office.boot:
            self.office.boot += "+"
        self._doubt()
        journals = self.office.folder / "sending"
        for path in journals.iterdir() if journals.exists() else ():
            path.write_bytes(bytes(path.stat().st_size))  # what never reached the disk

    def _doubt(self) -> None:
        cut = {name for name, state in self.ledger().items() if state == "sending"}
        self.allowed += len(cut - self.doubted)
        self.doubted |= cut

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.office.now += timedelta(hours=hours)

    # --- What must hold -------------------------------------------------------------------

    def ledger(self, slug: str | None = None) -> dict[str, str]:
        """Give the state of each delivery by its Message-ID."""
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

    def _cancelled(self, connection: Connection) -> list[str]:
        return list(connection.scalars(select(plan.c.name).where(plan.c.cancelled.is_(True))))

    def mailed(self) -> Counter[str]:
        """Count what the far sides have, by recipient."""
        return Counter(each for side in self.office.sides for each in side.recipients)

    def kept(self, slug: str | None = None) -> Counter[str]:
        """Count what the far sides have, by Message-ID."""
        every = Counter(each for side in self.office.sides for each in side.kept)
        return every if slug is None else every & Counter(self.ledger(slug).keys())

    @invariant()
    def nobody_gets_it_twice(self) -> None:
        """Check that there is one copy of each message, but for those a person repeated."""
        assert not {
            name: number for name, number in self.kept().items() if number > 1 + self.resent[name]
        }

    @invariant()
    def little_is_uncertain(self) -> None:
        """Check that only what had begun is in doubt, at most one for each connection killed."""
        doubtful = {name for name, state in self.ledger().items() if state == "uncertain"}
        begun = {name for side in self.office.sides for name in side.begun}
        assert doubtful <= begun | self.doubted
        assert len(doubtful) + self.settled <= self.allowed
        assert not doubtful or not self.office.sides[0].remembers

    def teardown(self) -> None:
        """In the end, with relays that work, everyone's copy is accounted for."""
        try:
            for slug in self.issues:
                self._halt("resume", slug)
            for _ in range(8):
                self.office.now += timedelta(days=1)
                self.run([], [], None)
            self.little_is_uncertain()
            self.nobody_gets_it_twice()
            kept = self.kept()
            for name, state in self.ledger().items():
                assert state in ("accepted", "rejected", "suppressed", "uncertain")
                if state == "accepted":
                    assert name in kept or name in self.believed
                elif state != "uncertain":
                    assert name not in kept or name in self.resent
        finally:
            self.stack.close()


@contextmanager
def _in_a_file() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder, fresh_database(Path(folder)) as database:
        yield database


@contextmanager
def _emptied(database: Database) -> Iterator[Database]:
    with database.write() as connection:
        names = ", ".join(f'"{table}"' for table in metadata.tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    yield database


def _live(open_database: Callable[[], AbstractContextManager[Database]], lives: int) -> None:
    run_state_machine_as_test(
        lambda: Sending(open_database()),  # type: ignore[arg-type]  # any callable will do
        settings=settings(max_examples=lives, stateful_step_count=15, deadline=None),
    )


def test_whatever_happens_sqlite() -> None:
    """Nobody is mailed twice, and nobody is forgotten, with SQLite."""
    _live(_in_a_file, LIVES)


@needs_postgresql[0]
@needs_postgresql[1]
def test_whatever_happens_postgresql(postgresql: Server, tmp_path: Path) -> None:
    """Nobody is mailed twice, and nobody is forgotten, with PostgreSQL."""
    with closing(Database(postgresql.empty(), tmp_path)) as database:
        database.migrate()
        _live(lambda: _emptied(database), LIVES // 2)
