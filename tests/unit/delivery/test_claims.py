"""One process' part of the ledger: a lease is kept as long as something is claimed under it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.delivery.claims import ROOM, Batches
from publisher.delivery.journal import JournalEntry
from publisher.errors import StateError
from publisher.model import DeliveryState
from publisher.storage import claims, facts
from publisher.storage.claims import Lease, Result, Try
from tests.support.ledger import FarSide, Office
from tests.support.newsletter_folder import fresh_database


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Set up an office with two readers, one plan, and a relay."""
    with fresh_database(tmp_path) as database:
        found = Office(database, tmp_path, [FarSide()])
        found.join("ann@example.org", "bob@example.org")
        found.publish()
        yield found


def leases(office: Office) -> list[Lease]:
    """Return the leases there are."""
    with office.database.read() as connection:
        return claims.leases(connection)


def test_what_nobody_gave_back_keeps_its_lease(office: Office) -> None:
    """A delivery that got lost on the way is found by the next run."""
    mine = office.claims()
    assert 2 == len(mine.record_and_claim("", [], 10).claimed)
    mine.record_and_close("", [])
    mine.close()
    assert 1 == len(leases(office))
    office.recover()
    assert ([], ["pending", "pending"]) == (leases(office), [each[0] for each in office.ledger()])


def test_a_lease_that_came_to_nothing_is_nobodys(office: Office) -> None:
    """When the first transaction fails, the number it would have had is left to others."""
    broken = True

    def clock() -> datetime:
        if broken and len(asked) == 1:
            raise StateError("the disk is full")
        asked.append(1)
        return office.now

    asked: list[int] = []
    unlucky = office.claims(clock=clock)
    with pytest.raises(StateError):
        unlucky.record_and_claim("", [], 10)
    broken = False
    other = office.claims()
    other.record_and_claim("", [], 0)
    unlucky.record_and_close("", [])
    other.record_and_claim("", [], 10)
    assert [2] == [len(rows) for rows in [_held(office, lease) for lease in leases(office)]]


def test_a_lease_is_renewed(office: Office) -> None:
    """As long as a process looks into the ledger, others leave its claims alone."""
    mine = office.claims()
    mine.record_and_claim("", [], 10)
    for _ in range(3):
        office.now += timedelta(minutes=1)
        mine.record_and_claim("", [], 0)
    office.boot = "another machine's"
    office.recover()
    assert ["sending", "sending"] == [each[0] for each in office.ledger()]
    mine.close()


def test_a_lease_that_is_over_is_not_renewed(office: Office) -> None:
    """A machine that slept until another had settled its claims begins nothing more."""
    mine = office.claims()
    mine.record_and_claim("", [], 1)
    here, office.boot = office.boot, "another machine's"
    office.now += timedelta(minutes=3)
    office.recover()
    before = office.ledger()
    other = office.claims()
    other.record_and_claim("", [], 0)  # SQLite gives it the number of the lease that is over
    office.boot = here
    for look in (lambda: mine.record_and_claim("", [], 10), lambda: mine.record_and_close("", [])):
        with pytest.raises(StateError, match="another run has settled what this one was sending"):
            look()
    assert (before, 1) == (office.ledger(), len(leases(office)))
    mine.close()
    other.close()


def test_what_is_settled_leaves_the_journal(office: Office) -> None:
    """A journal has room for so many: what the ledger has makes room for others."""
    mine = office.claims()
    rows = mine.record_and_claim("", [], 10).claimed
    accepted = Try("relay:25", DeliveryState.accepted, 250, "250 ok")
    for row in rows:
        mine.journal.record_begin(row.id)
        mine.journal.record_result(row.id, accepted)
    mine.record_and_claim("", [Result(rows[0], accepted.state, words="250 ok", tried=accepted)], 0)
    mine.close()
    (path,) = (office.folder / "sending").iterdir()
    found = JournalEntry.open(path)
    assert found
    assert [rows[1].id] == list(found.read(room=ROOM) or ())
    found.close(remove=True)


def test_the_pace_is_kept(office: Office) -> None:
    """What a rate allows after a restart is in the ledger with what was sent."""
    throttle = office.throttle()
    office.claims().record_and_claim(throttle.saved_state(), [], 0)
    with office.database.read() as connection:
        assert throttle.saved_state() == facts.SEND_RATES.get(connection)


def _held(office: Office, lease: Lease) -> list[claims.Claimed]:
    with office.database.read() as connection:
        return claims.claimed_under(connection, lease.id)


def test_batches_grow_while_they_are_gone_too_soon() -> None:
    """Few at first, for a relay that takes its time; more for one that is quick."""
    batches = Batches(math.inf)
    assert [batches.next_size(now) for now in (0.0, 0.1, 0.2, 0.9)] == [250, 1_000, 1_000, 1_000]


def test_nobody_has_many_left_at_the_end() -> None:
    """Half of what is left is claimed at a time, but what a tenth of a second takes."""
    batches, claimed, now = Batches(4_000), [], 0.0
    for _ in range(9):
        claimed.append(batches.next_size(now))
        batches.count_claimed(claimed[-1])
        now += claimed[-1] / 4_096
    assert claimed == [250, 1_000, 1_000, 875, 437, 409, 409, 409, 409]
