"""Who is never mailed again, who is forgotten, and all that is stored of somebody."""

import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from publisher.errors import AddressError, NotFoundError
from publisher.model import IssueRecord
from publisher.storage import issues, subscribers
from publisher.storage.database import Database
from publisher.storage.tables import bounce, confirmation, delivery, seconds, subscriber
from publisher.subscribers import admin, personal_data, suppression
from publisher.subscribers.tokens import Keys
from tests.support.newsletter_folder import KEYS, NOW, freeze, fresh_database

LATER = NOW + timedelta(days=1)
ANN = "ann@example.org"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


def add(database: Database, keys: Keys = KEYS) -> bool:
    """Add somebody by hand."""
    return admin.add(database, keys, ANN, name="Ann Lee", language="en", now=NOW)


def suppress(database: Database, reason: str = "") -> bool:
    """Suppress her."""
    return suppression.suppress_address(database, KEYS, "ANN@example.org", reason=reason, now=LATER)


def full(database: Database) -> None:
    """Let there be a row of hers in every table that can have one."""
    add(database)
    with database.write() as connection:
        record = IssueRecord(
            slug="001", headline="", source="001.txt", published=NOW, updated=NOW, items=1
        )
        issues.put_issues(connection, [(record, bytes(32))])
        freeze(connection, "001")
        connection.execute(
            insert(confirmation).values(
                subscriber=1, requested=seconds(NOW), language="en", state="accepted",
                attempts=1, due=0,
            )
        )  # fmt: skip
        connection.execute(
            insert(bounce).values(
                mail="0" * 64, subscriber=1, kind="soft", at=seconds(LATER), words="mailbox full"
            )
        )


# --- Suppression --------------------------------------------------------------------------


def test_suppress(database: Database) -> None:
    """Who is suppressed is so once, and otherwise as before."""
    add(database)
    assert (True, False) == (suppress(database), suppress(database))
    assert "suppressed" == next(admin.list_subscribers(database)).status
    found = personal_data.read_person(database, KEYS, ANN)
    assert found.subscriber
    assert ("confirmed", NOW) == (found.subscriber.status, found.subscriber.since)


def test_suppress_a_stranger(database: Database) -> None:
    """A stranger who is suppressed is known, in the form they were typed, as one who left."""
    suppress(database, "wrote \0 to\nme")
    found = personal_data.read_person(database, KEYS, ANN)
    assert found.subscriber
    assert found.suppression
    assert ("ANN@example.org", "unsubscribed", "wrote to me", LATER) == (
        found.subscriber.address, found.subscriber.status,
        found.suppression.reason, found.suppression.since,
    )  # fmt: skip


def test_suppress_who_was_asked(database: Database) -> None:
    """Who is suppressed is not even asked any more whether they want to join."""
    full(database)
    suppress(database)
    assert personal_data.read_person(database, KEYS, ANN).confirmation is None


def test_add_a_suppressed_address(database: Database) -> None:
    """Who is suppressed is not added by hand, and the line says how to undo that."""
    suppress(database, "bounced")
    expected = r"this address is never mailed \(bounced\); `publisher unsuppress ADDR` undoes"
    with pytest.raises(AddressError, match=expected):
        add(database)


def test_lift(database: Database) -> None:
    """What is lifted is gone, and the person is what they were."""
    add(database)
    suppress(database)
    assert "confirmed" == suppression.lift_suppression(database, KEYS, ANN)
    assert "confirmed" == next(admin.list_subscribers(database)).status
    assert suppression.lift_suppression(database, KEYS, ANN) is None


# --- Forgetting ---------------------------------------------------------------------------


def test_forget(database: Database) -> None:
    """What stays of a forgotten person is a number, for the ledger, and a hash."""
    full(database)
    suppress(database)
    assert suppression.forget_person(database, KEYS, "Ann@example.org", now=LATER) is True
    with database.read() as connection:
        row = connection.execute(select(subscriber)).one()
        expected = (1, "", "forgotten:1", "", "", "forgotten", seconds(LATER), "", "issue", None)
        assert (*expected, 0, 0, 0) == tuple(row)
        assert 1 == connection.execute(select(delivery.c.subscriber)).scalar_one()
        assert connection.execute(select(confirmation)).first() is None
        assert "" == connection.execute(select(bounce.c.words)).scalar_one()
        dump = "".join(str(line) for line in connection.connection.iterdump())
    assert "hmac-sha256:" in dump
    assert "ann" not in dump.lower().replace("channel", "")


def test_forgotten_is_not_in_the_file(database: Database, tmp_path: Path) -> None:
    """Not a byte of the address is left in the database's file."""
    file = tmp_path / ".publisher" / "state.db"
    full(database)
    database.close()
    assert b"ann@example" in file.read_bytes()
    suppression.forget_person(database, KEYS, ANN, now=LATER)
    database.close()
    assert b"ann@example" not in file.read_bytes().lower()
    assert b"Ann Lee" not in file.read_bytes()
    assert not list(file.parent.glob("*-wal"))


def test_forgotten_are_on_no_list(database: Database) -> None:
    """Nobody sees a forgotten person."""
    add(database)
    suppression.forget_person(database, KEYS, ANN, now=LATER)
    assert [] == list(admin.list_subscribers(database))
    with pytest.raises(NotFoundError):
        admin.remove(database, ANN, now=LATER)


@pytest.mark.parametrize("known", [True, False])
def test_add_a_forgotten_address(database: Database, known: bool) -> None:  # noqa: FBT001
    """A forgotten person is not added by hand, and neither is a stranger who wants that."""
    if known:
        add(database)
    assert known == suppression.forget_person(database, KEYS, ANN, now=LATER)
    expected = r"this address was forgotten; `publisher unsuppress ADDR` undoes that"
    with pytest.raises(AddressError, match=expected):
        add(database)


def test_forgotten_under_an_older_key(database: Database) -> None:
    """A new key first in line does not bring anybody back."""
    suppression.forget_person(database, KEYS, ANN, now=NOW)
    with pytest.raises(AddressError, match="was forgotten"):
        add(database, Keys((b"a newer secret", *KEYS.secrets)))


def test_forgotten_come_back_by_hand(database: Database) -> None:
    """Once that is lifted they may join, as somebody new."""
    add(database)
    suppression.forget_person(database, KEYS, ANN, now=NOW)
    assert "" == suppression.lift_suppression(database, KEYS, ANN)
    assert add(database) is True
    assert [2] == [row.id for row in admin.list_subscribers(database)]


def test_forget_twice(database: Database) -> None:
    """Forgetting again, by another form of the address too, changes nothing."""
    add(database)
    suppression.forget_person(database, KEYS, ANN, now=NOW)
    assert suppression.forget_person(database, KEYS, "ANN@example.org", now=LATER) is False
    found = personal_data.read_person(database, KEYS, ANN)
    assert found.suppression
    assert ("forgotten", NOW) == (found.suppression.reason, found.suppression.since)


def test_suppress_a_forgotten_address(database: Database) -> None:
    """Who is forgotten is never mailed already: their address is not stored for it."""
    suppression.forget_person(database, KEYS, ANN, now=NOW)
    assert suppress(database) is False
    assert [] == list(admin.list_subscribers(database))


# --- Showing ------------------------------------------------------------------------------


def test_show(database: Database) -> None:
    """All that is stored of somebody is told, and since when."""
    full(database)
    with database.write() as connection:
        subscribers.suppress(connection, ANN, "bounced", LATER)
    assert [
        "ann@example.org  Ann Lee",
        "status: confirmed since 2026-11-20 08:00 UTC (by hand)",
        "language: en",
        "cadence: issue",
        "number: 1, key ann@example.org, epoch 1795161600",
        "never mailed: bounced, since 2026-11-21 08:00 UTC",
        "asked to confirm: 2026-11-20 08:00 UTC, accepted (attempts: 1), on a page in en",
        "mail of 001: pending 2026-11-20 08:00 UTC (attempts: 0)",
        "came back: soft 2026-11-21 08:00 UTC: mailbox full",
    ] == list(personal_data.read_person(database, KEYS, "ANN@example.org").lines(UTC))


def test_show_as_json(database: Database) -> None:
    """The same as JSON has every column that is hers."""
    full(database)
    found = json.loads(json.dumps(personal_data.read_person(database, KEYS, ANN).as_dict()))
    assert (None, "2026-11-20T08:00:00+00:00") == (
        found["suppression"], found["subscriber"]["since"]
    )  # fmt: skip
    assert {column.name for column in subscriber.columns} == {
        name.replace("key", "address_key") for name in found["subscriber"]
    }
    assert [{"001": "pending"}] == [{each["plan"]: each["state"]} for each in found["deliveries"]]
    assert ["mailbox full"] == [each["words"] for each in found["bounces"]]


def test_show_a_stranger(database: Database) -> None:
    """Of who was never here nothing is stored, which is an error."""
    with pytest.raises(NotFoundError, match="no subscriber has this address"):
        personal_data.read_person(database, KEYS, ANN)


def test_show_a_forgotten_address(database: Database) -> None:
    """Of a forgotten person it is known that they are, and since when."""
    add(database)
    suppression.forget_person(database, KEYS, ANN, now=LATER)
    assert ["never mailed: forgotten, since 2026-11-21 08:00 UTC"] == list(
        personal_data.read_person(database, KEYS, ANN).lines(UTC)
    )
