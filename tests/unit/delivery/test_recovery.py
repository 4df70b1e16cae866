"""What somebody who was killed left behind is settled: nobody is missed, and none guessed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.errors import StateError
from publisher.mail.mime import message_id
from publisher.model import DeliveryState
from publisher.storage import claims
from publisher.storage.claims import Claimed, Try
from publisher.storage.plans import get_letter
from publisher.subscribers import admin
from tests.support.ledger import FarSide, Office, letter
from tests.support.newsletter_folder import fresh_database

ANN, BOB, CLEO = "ann@example.org", "bob@example.org", "cleo@example.org"
CUT_OFF = "cut off while sending: the relay may have it"
ACCEPTED = Try("relay:25", DeliveryState.accepted, 250, "250 ok")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Set up an office with three readers, one plan, and a relay."""
    with fresh_database(tmp_path) as database:
        found = Office(database, tmp_path, [FarSide()])
        found.join(ANN, BOB, CLEO)
        found.publish()
        yield found


def killed(office: Office, *, alive: bool = False) -> list[Claimed]:
    """Claim all, begin with Ann's and Bob's, hear of Ann's, and be killed."""
    mine = office.claims()
    rows = mine.record_and_claim("", [], 10).claimed
    for row in rows[:2]:
        mine.journal.record_begin(row.id)
    mine.journal.record_result(rows[0].id, ACCEPTED)
    if not alive:
        mine.journal.close(remove=False)
    return rows


def states(office: Office) -> list[str]:
    """Return the state of each delivery."""
    return [state for state, *_ in office.ledger()]


def test_each_is_what_the_journal_says(office: Office) -> None:
    """What was answered is so, what had begun is uncertain, what had not is pending again."""
    killed(office)
    assert 1 == office.recover()
    assert [("accepted", 1, "250 ok"), ("uncertain", 1, CUT_OFF), ("pending", 0, "")] == (
        office.ledger()
    )


def test_nothing_is_left_behind(office: Office) -> None:
    """A lease that was settled is over, and its journal is gone."""
    killed(office)
    office.recover()
    with office.database.read() as connection:
        assert [] == claims.leases(connection)
    assert [] == list((office.folder / "sending").iterdir())


def test_what_could_not_be_settled_is_settled_next_time(office: Office) -> None:
    """A journal is there until the ledger has all that it says."""
    killed(office)
    office.broken = StateError("state.db: the disk is full")
    with pytest.raises(StateError):
        office.recover()
    office.broken = None
    assert 1 == office.recover()
    assert ["accepted", "uncertain", "pending"] == states(office)


def test_a_journal_without_a_lease_is_removed(office: Office) -> None:
    """One killed between the journal and the lease leaves nothing behind for long."""
    (office.folder / "sending").mkdir()
    (office.folder / "sending" / "0123456789abcdef").write_bytes(bytes(4096))
    office.recover()
    assert [] == list((office.folder / "sending").iterdir())


def test_the_living_are_left_alone(office: Office) -> None:
    """Whoever still holds its journal goes on with what it claimed."""
    killed(office, alive=True)
    office.now += timedelta(days=1)
    assert 0 == office.recover()
    assert ["sending"] * 3 == states(office)


def test_after_the_machine_stopped_all_is_in_doubt(office: Office) -> None:
    """A journal from before the machine stopped may have lost something: it is not believed."""
    killed(office)
    office.boot = "another"
    office.now += timedelta(minutes=3)
    assert 3 == office.recover()
    assert ["uncertain"] * 3 == states(office)


def test_another_machine_is_left_alone_as_long_as_its_lease(office: Office) -> None:
    """What another machine claimed is its own until its lease is over."""
    killed(office)
    office.boot = "another"
    office.now += timedelta(minutes=1)
    assert 0 == office.recover()
    assert ["sending"] * 3 == states(office)


def test_without_a_name_for_the_boot_no_journal_is_believed(office: Office) -> None:
    """Where the kernel does not name its runs, the machine may have stopped since."""
    office.boot = ""
    killed(office)
    assert 3 == office.recover()


def test_a_lost_journal_leaves_all_in_doubt(office: Office) -> None:
    """Somebody who removes the journals learns that nothing is known."""
    killed(office)
    for path in (office.folder / "sending").iterdir():
        path.unlink()
    assert 3 == office.recover()


def test_a_damaged_journal_leaves_all_in_doubt(office: Office) -> None:
    """What is not in a damaged journal may have been sent: nobody gets it a second time by it."""
    killed(office)
    (path,) = (office.folder / "sending").iterdir()
    path.write_bytes(path.read_bytes()[:100])
    assert 3 == office.recover()
    assert ["uncertain"] * 3 == states(office)


def test_what_is_no_journal_is_left_alone(office: Office) -> None:
    """A folder and a pipe among the journals stay, and stop nothing."""
    killed(office)
    (office.folder / "sending" / "a-folder").mkdir()
    os.mkfifo(office.folder / "sending" / "a-pipe")
    assert 1 == office.recover()
    names = [path.name for path in (office.folder / "sending").iterdir()]
    assert ["a-folder", "a-pipe"] == sorted(names)


@pytest.mark.parametrize(("arrived", "expected"), [(True, "accepted"), (False, "pending")])
def test_an_outbox_is_asked(office: Office, arrived: bool, expected: str) -> None:  # noqa: FBT001
    """What was cut off on its way to the outbox is there, or goes there again."""
    office.side.remembers = True
    killed(office)
    if arrived:
        with office.database.read() as connection:
            kept = get_letter(connection, 1)
        office.side.kept = [message_id(letter(kept), BOB)]
    assert 0 == office.recover()
    assert ["accepted", expected, "pending"] == states(office)


@pytest.mark.parametrize("journal", [True, False])
def test_an_outbox_is_not_asked_for_a_relays_mail(office: Office, journal: bool) -> None:  # noqa: FBT001
    """What went to a relay is not in the outbox that is set now, and may have arrived."""
    killed(office)
    if not journal:
        (office.folder / "sending").rename(office.folder / "lost")
    office.side.remembers = True
    assert (1 if journal else 3) == office.recover()


@pytest.mark.parametrize("journal", [True, False])
def test_another_outbox_is_not_asked(office: Office, journal: bool) -> None:  # noqa: FBT001
    """What went to one outbox is not in another that is set now, and may have arrived."""
    office.side.remembers = True
    killed(office)
    if not journal:
        (office.folder / "sending").rename(office.folder / "lost")
    office.side.name = "another:25"
    assert (1 if journal else 3) == office.recover()


def test_who_left_meanwhile_gets_nothing(office: Office) -> None:
    """What a kill gave back is not sent to somebody who left before the next run."""
    killed(office)
    admin.remove(office.database, CLEO, now=office.now)
    office.send()
    assert ["accepted", "uncertain", "suppressed"] == states(office)


def test_a_refusal_that_was_heard_counts(office: Office) -> None:
    """An address that was refused before the kill is not mailed again, as without it."""
    mine = office.claims()
    rows = mine.record_and_claim("", [], 10).claimed
    words = "550 5.1.1 no such user"
    mine.journal.record_result(
        rows[0].id, Try("relay:25", DeliveryState.rejected, 550, words, "hard")
    )
    mine.journal.close(remove=False)
    office.recover()
    assert ("rejected", 1, words) == office.ledger()[0]
    office.publish("002")
    office.send()
    assert [BOB, BOB, CLEO, CLEO] == sorted(office.side.recipients)
