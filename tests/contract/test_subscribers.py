"""The list keeps what it promises, whatever database it is in."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from publisher.model import DeliveryState
from publisher.storage import claims, deliveries, issues, subscribers
from publisher.storage.claims import Result, Try
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import attempt, delivery
from publisher.subscribers import admin, csv_export, csv_import, personal_data, suppression
from tests.contract.test_storage import record
from tests.support.newsletter_folder import KEYS, NOW, freeze

LATER = NOW + timedelta(days=1)
ANN = "ann@example.org"


@pytest.fixture
def database(empty: Database) -> Database:
    """Return each kind of database in turn."""
    return empty


def imported(database: Database, folder: Path, text: str) -> tuple[int, int, int, int, int]:
    """Import a file; return how many rows were added, changed, as they were, staying, rejected."""
    file = folder / "people.csv"
    file.write_text(text, encoding="utf-8", newline="")
    done = csv_import.import_file(database, KEYS, file, now=LATER)
    return done.added, done.changed, done.unchanged, done.staying, done.rejected


def exported(database: Database) -> str:
    """Return the export."""
    target = io.StringIO(newline="")
    csv_export.export(database, target)
    return target.getvalue()


def test_import(database: Database, tmp_path: Path) -> None:
    """A list is taken, changed, left as it is and given back."""
    first = (
        "email,name,language,status,cadence\r\n"
        'ann@example.org,"Lee, Ann \0",en,confirmed,issue\r\n'
        "用户@例子.cn,雷,zh-Hans,unconfirmed,weekly\r\n"
        "bob@example.org,Bob,,suppressed,issue\r\n"
        "eve@example.org,,,unsubscribed,issue\r\n"
        "nobody,,,confirmed,\r\n"
    )
    assert (4, 0, 0, 0, 1) == imported(database, tmp_path, first)
    text = exported(database)
    assert text.splitlines() == first.replace(" \0", "").splitlines()[:-1]
    assert (0, 0, 4, 0, 0) == imported(database, tmp_path, text)
    second = "email,status\r\nAnn@example.org,unsubscribed\r\neve@example.org,confirmed\r\n"
    assert (0, 1, 1, 1, 0) == imported(database, tmp_path, second)
    statuses = [row.status for row in admin.list_subscribers(database)]
    assert ["unsubscribed", "unconfirmed", "suppressed", "unsubscribed"] == statuses


def test_longest_row(database: Database, tmp_path: Path) -> None:
    """The longest address there can be, in every way, fits; so does the longest language."""
    address = f"{'a' * 241}@例例.org"  # 254 with the domain as xn--fsqa
    tag = "zh-abcdefgh-abcdefgh-abcdefgh-abcde"
    text = f"email,name,language\n{address},{'n' * 10_000},{tag}\n{'b' * 242}@example.org,,\n"
    assert (2, 0, 0, 0, 0) == imported(database, tmp_path, text)


def test_many_are_asked_for_at_once(database: Database) -> None:
    """More people can be looked up than one statement has room for."""
    keys = [f"reader{number}@example.org" for number in range(70_000)]
    ann = SubscriberRow(address=ANN, key=ANN, status="confirmed", since=NOW)
    with database.write() as connection:
        subscribers.insert_all(connection, [ann])
        subscribers.suppress_all(connection, {ANN: "bounced"}, NOW)
    with database.read() as connection:
        assert [ANN] == list(subscribers.by_keys(connection, [*keys, ANN]))
        assert {ANN: "bounced"} == subscribers.suppression_reasons(connection, [ANN, *keys])


def test_forget(database: Database, tmp_path: Path) -> None:
    """A forgotten person is not mailed, not listed, not imported; the ledger stays whole."""
    admin.add(database, KEYS, ANN, name="Ann", language="", now=NOW)
    with database.write() as connection:
        issues.put_issues(connection, [(record("001"), bytes(32))])
        freeze(connection, "001")
    with database.write() as connection:
        lease = claims.open_lease(connection, owner="me", boot="", until=LATER, outbox="")
        (row,) = claims.claim(connection, 1, lease, NOW, 10)
        words = f"450 4.2.0 {ANN}: not now"
        tried = Try(relay="relay:25", state=DeliveryState.deferred, code=450, words=words)
        claims.record_outcomes(
            connection, lease, [Result(row, tried.state, NOW, words, tried)], NOW
        )
    assert [words] == [
        each.words for each in personal_data.read_person(database, KEYS, ANN).deliveries[0].tries
    ]
    assert suppression.forget_person(database, KEYS, ANN, now=LATER)
    with database.read() as connection:
        assert [""] == connection.execute(select(attempt.c.words)).scalars().all()
        assert [""] == connection.execute(select(delivery.c.reply)).scalars().all()
    with database.write() as connection:
        lease = claims.open_lease(connection, owner="me", boot="", until=LATER, outbox="")
        assert [] == claims.claim(connection, 1, lease, LATER, 10)
        assert {"001": {"suppressed": 1}} == deliveries.counts_by_plan(connection)
    assert (0, 0, 1, 1, 0) == imported(database, tmp_path, f"email\n{ANN}\n")
    assert "email,name,language,status\r\n" == exported(database)


def test_show(database: Database) -> None:
    """What became of each mail to somebody is shown, in order."""
    admin.add(database, KEYS, ANN, name="Ann", language="", now=NOW)
    with database.write() as connection:
        for slug in ("002", "001"):
            issues.put_issues(connection, [(record(slug), bytes(32))])
            freeze(connection, slug)
    suppression.suppress_address(database, KEYS, ANN, reason="", now=LATER)
    found = personal_data.read_person(database, KEYS, ANN)
    assert ["002", "001"] == [each.plan for each in found.deliveries]
    assert found.suppression
    assert ("by hand", LATER) == (found.suppression.reason, found.suppression.since)


def test_the_size_of_an_audience(database: Database) -> None:
    """A plan knows how many it is for, in either database."""
    for name in ("ann", "bob"):
        admin.add(database, KEYS, f"{name}@example.org", name="", language="", now=NOW)
    with database.write() as connection:
        issues.put_issues(connection, [(record("001"), bytes(32))])
        assert 2 == freeze(connection, "001")


def test_who_is_never_mailed_is_counted_as_that(database: Database) -> None:
    """Whatever they are otherwise: as on the list; who was forgotten is no more than that."""
    for name in ("ann", "bob", "cat", "dan"):
        admin.add(database, KEYS, f"{name}@example.org", name="", language="", now=NOW)
    admin.remove(database, "bob@example.org", now=NOW)
    for name in ("ann", "bob", "stranger"):
        suppression.suppress_address(database, KEYS, f"{name}@example.org", reason="", now=NOW)
    assert suppression.forget_person(database, KEYS, "cat@example.org", now=NOW)
    with database.read() as connection:
        found = subscribers.counts(connection)
    assert {"confirmed": 1, "forgotten": 1, "suppressed": 3} == found
