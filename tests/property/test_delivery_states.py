"""Whatever relays, people and crashes do: nobody gets an issue twice, and nobody is forgotten."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from publisher.delivery import claims, dispatcher
from publisher.errors import AddressError, RelayError
from publisher.model import DeliveryState
from publisher.plans.run import resolve_uncertain
from publisher.storage.database import Database
from publisher.storage.tables.schema import metadata
from tests.support import ledger
from tests.support.delivery_watch import PEOPLE, Watched
from tests.support.ledger import FarSide
from tests.support.lives import Killed, Life
from tests.support.newsletter_folder import fresh_database
from tests.support.postgresql import Server, needs_postgresql

#: How many newsletters' lives are tried; more in `make test-faults`.
LIVES = int(os.environ.get("PUBLISHER_TEST_LIVES", "8"))
#: So that a few readers are several batches, and the ledger is looked at between two messages.
HASTE: dict[str, Any] = {"ROUND": 0.005, "_FRESH": -1.0}
SMALL: dict[str, Any] = {"_SMALLEST_BATCH": 2, "_GROWTH": 1}
#: A run of one plan takes about 35 steps, and a dozen before the first message begins.
STEPS_TO_DEATH = st.sampled_from([*range(12, 40), *range(1, 12)]) | st.integers(-9, -1)
STEPS = st.none() | STEPS_TO_DEATH
READERS = st.integers(0, 5)
ISSUES = st.integers(0, 3)
#: Minutes before the machine runs again; a lease is good for two.
PAUSES = st.sampled_from([None, None, None, 0, 5, 5])


class Sending(Watched, RuleBasedStateMachine):
    """A newsletter's life."""

    @initialize(
        outbox=st.sampled_from([False, False, False, True]),
        names_boots=st.sampled_from([True, True, True, False]),
        sides=st.sampled_from([[1], [1], [2], [3], [1, 1], [2, 1]]),
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
                pauses=self._looks,
            )
            for number, connections in enumerate(sides[: 1 if outbox else 2])
        ]
        for number in range(6):
            self.join(number)
        self.publish()

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

    @rule()
    def publish(self) -> None:
        """Plan one more issue."""
        self.issues.append(f"{len(self.issues):03}")
        self.office.publish(self.issues[-1])

    @rule(number=ISSUES, what=st.sampled_from(["pause", "resume", "resume", "cancel"]))
    def halt(self, number: int, what: str) -> None:
        """Somebody pauses an issue, lets it go on, or cancels it."""
        self._halt(what, f"{number:03}")

    @rule(number=ISSUES, state=st.sampled_from([DeliveryState.pending, DeliveryState.accepted]))
    def resolve(self, number: int, state: DeliveryState) -> None:
        """Settle what is uncertain of an issue, as a person does."""
        slug = f"{number:03}"
        doubtful = self.uncertain(slug)
        if doubtful:
            assert len(doubtful) == resolve_uncertain(
                self.office.database, slug, state, self.office.now
            )
        self.settled += len(doubtful)
        if state is DeliveryState.pending:
            self.resent.update(doubtful)
        else:
            self.believed |= doubtful

    # --- What happens ---------------------------------------------------------------------

    @rule(
        trouble=st.lists(st.sampled_from([*ledger.TROUBLE, *PEOPLE]), max_size=6),
        unusable=st.lists(st.booleans(), max_size=3),
        steps=STEPS,
    )
    def run(self, trouble: list[str], unusable: list[bool], steps: int | None) -> None:
        """Do what a tick does about mail, to its end or until somebody kills it."""
        outbox = self.office.sides[0].remembers
        self.trouble = [each for each in trouble if not outbox or each in PEOPLE]
        self.unusable = [] if outbox else unusable
        self.told = self.heard = False
        life = Life(steps)
        hasty, small = patch.multiple(dispatcher, **HASTE), patch.multiple(claims, **SMALL)
        with suppress(RelayError, Killed), hasty, small:
            self.office.send(life)
        self.stopping.clear()
        self._nothing_is_claimed_of(self.barred)
        if life.over:
            self.allowed += sum(each.connections for each in self.office.sides)
            if not self.office.boot:
                self._doubt()
        left = {name for name, state in self.ledger().items() if state == "sending"}
        assert life.over or left <= self.doubted, "left in `sending` by one that came to its end"
        assert [] == self.wrong
        self.little_is_uncertain()
        if not left:
            self.allowed = self.settled + len(self.uncertain())

    @rule(
        trouble=st.lists(st.sampled_from([*ledger.TROUBLE, *PEOPLE]), max_size=2),
        deaths=st.lists(st.tuples(STEPS_TO_DEATH, PAUSES), min_size=2, max_size=5),
    )
    def crash(self, trouble: list[str], deaths: list[tuple[int, int | None]]) -> None:
        """Publish an issue, and kill what sends it, or stop the machine, again and again."""
        self.publish()
        for steps, minutes in deaths:
            self.run(list(trouble), [], steps)
            if minutes is not None:
                self.restart(minutes)

    @rule(
        what=st.sampled_from(["others leave", "pause", "pause all", "cancel", "SIGTERM"]),
        before=st.integers(0, 4),
        steps=STEPS,
    )
    def stop(self, what: str, before: int, steps: int | None) -> None:
        """Publish an issue, and let somebody come between after a few messages of it."""
        self.run([], [], None)  # so that no other is on its way
        self.publish()
        self.run([what, *[""] * before], [], steps)

    @rule(minutes=PAUSES.filter(lambda minutes: minutes is not None))
    def restart(self, minutes: int) -> None:
        """Stop the machine, and start it again after so long."""
        self.office.now += timedelta(minutes=minutes)
        if self.office.boot:
            self.office.boot += "+"
        self._doubt()
        journals = self.office.folder / "sending"
        for path in journals.iterdir() if journals.exists() else ():
            path.write_bytes(bytes(path.stat().st_size))  # what never reached the disk

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.office.now += timedelta(hours=hours)

    # --- What must hold -------------------------------------------------------------------

    @invariant()
    def nobody_gets_it_twice(self) -> None:
        """Check that there is one copy of each message, but for those a person repeated."""
        assert not {
            name: number for name, number in self.kept().items() if number > 1 + self.resent[name]
        }

    @invariant()
    def little_is_uncertain(self) -> None:
        """Check that only what had begun is in doubt, at most one for each connection killed."""
        doubtful = self.uncertain()
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
