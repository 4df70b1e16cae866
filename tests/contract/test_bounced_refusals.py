"""What many refusals at once change, and what a relay refuses before it takes a mail."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from publisher.delivery.bounce_policy import Refusal, record_refusals
from publisher.storage import personal_data, subscribers
from publisher.storage.bounces import BounceKind
from publisher.storage.database import Database
from publisher.storage.tables import bounce
from publisher.subscribers import admin, suppression
from tests.support.bounce_mailbox import ANN, DAY, SOFT, Desk, soft
from tests.support.bounces import KEYS, sample
from tests.support.newsletter_folder import NOW


@pytest.fixture
def database(empty: Database) -> Database:
    """Yield each kind of database in turn, with Ann on the list as number 1."""
    admin.add(empty, KEYS, ANN, name="", language="", now=NOW)
    return empty


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """Return a desk to read mail at."""
    return Desk(database, tmp_path)


# --- A directory that is out --------------------------------------------------------------


def company(desk: Desk, size: int) -> None:
    """Put so many people of one company on the list, from number 2 on."""
    for number in range(size):
        address = f"p{number}@corp.example"
        admin.add(desk.database, KEYS, address, name="", language="", now=NOW)


def gone(*numbers: int) -> list[bytes]:
    """Return a hard bounce of each of these subscribers."""
    return [sample("postfix", subscriber=number) for number in numbers]


def barred(desk: Desk) -> int:
    """Return how many addresses are suppressed."""
    return len(suppression.list_suppressions(desk.database))


def test_a_directory_is_out(desk: Desk) -> None:
    """Nobody is suppressed at a domain that says of most of its readers that they are gone."""
    company(desk, 9)
    tally = desk.read(*gone(1, 2, 3, 4, 5, 6))
    assert ({"corp.example": 5}, 1, 6) == (
        tally.outages,
        tally.suppressed,
        tally.kinds[BounceKind.hard],
    )
    assert (ANN, 1) == (suppression.list_suppressions(desk.database)[0].address, barred(desk))


@pytest.mark.parametrize(("size", "number"), [(10, 5), (4, 4), (30, 15)])
def test_some_are_gone(desk: Desk, size: int, number: int) -> None:
    """Half of the readers there, or fewer than five, may be gone."""
    company(desk, size)
    tally = desk.read(*gone(*range(2, 2 + number)))
    assert ({}, number, number) == (tally.outages, tally.suppressed, barred(desk))


def test_an_outage_shows_later(desk: Desk) -> None:
    """What was suppressed before it showed is lifted, but not what a person did."""
    company(desk, 9)
    with desk.database.write() as connection:
        subscribers.suppress(connection, "p0@corp.example", "wrote to me", NOW)
    assert 3 == desk.read(*gone(2, 3, 4, 5)).suppressed
    tally = desk.read(*gone(6), now=NOW + 2 * DAY)
    assert ({"corp.example": 5}, 0) == (tally.outages, tally.suppressed)
    assert ["wrote to me"] == [row.reason for row in suppression.list_suppressions(desk.database)]
    assert {} == desk.read(now=NOW + 2 * DAY).outages


def test_closed_one_by_one(desk: Desk) -> None:
    """Mailboxes that are closed over a longer time are no outage."""
    company(desk, 9)
    for number in range(2, 9):
        desk.read(*gone(number), now=NOW + number * DAY)
    assert 7 == barred(desk)


# --- What the relay says at once ----------------------------------------------------------


def refuse(desk: Desk, *deliveries: int, hard: bool, now: datetime = NOW) -> int:
    """Let the relay refuse Ann's copies."""
    refusals = [
        Refusal(delivery=each, subscriber=1, hard=hard, words="550 5.1.1 no such user")
        for each in deliveries
    ]
    with desk.database.write() as connection:
        return record_refusals(connection, refusals, SOFT, now)


def test_a_hard_refusal_suppresses(desk: Desk) -> None:
    """A relay that knows no such mailbox is believed as a bounce is, and its words are kept."""
    assert 1 == refuse(desk, 1, hard=True)
    assert "bounced" == desk.suppressed()
    with desk.database.read() as connection:
        kept = connection.execute(select(bounce.c.kind, bounce.c.words)).all()
    assert [("hard", "550 5.1.1 no such user")] == [tuple(row) for row in kept]


def test_a_delivery_is_refused_once(desk: Desk) -> None:
    """What is counted twice by mistake counts once."""
    assert 0 == refuse(desk, 1, 1, 1, 1, hard=False)
    assert desk.suppressed() is None


def test_soft_refusals_add_up(desk: Desk) -> None:
    """Refusals that may pass suppress when there are as many as bounces would need."""
    assert 0 == refuse(desk, 1, 2, hard=False)
    assert 1 == refuse(desk, 3, hard=False, now=NOW + 9 * DAY)
    assert "bounced" == desk.suppressed()


def test_soft_refusals_of_long_ago_do_not_count(desk: Desk) -> None:
    """Refusals are counted within the time that is set."""
    refuse(desk, 1, 2, hard=False)
    assert 0 == refuse(desk, 3, hard=False, now=NOW + 11 * DAY)


def test_refusals_and_bounces_add_up(desk: Desk) -> None:
    """It does not matter whether the relay said so at once or in a mail."""
    refuse(desk, 1, 2, hard=False)
    desk.read(soft(1))
    assert "bounced" == desk.suppressed()


def test_nothing_is_kept_of_a_forgotten_one(desk: Desk) -> None:
    """Of somebody who was forgotten no words are kept."""
    with desk.database.write() as connection:
        personal_data.erase(connection, desk.ann, NOW)
    assert 0 == refuse(desk, 1, hard=True)
    assert "" == desk.words()
