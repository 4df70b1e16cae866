"""The list as a file: whole, safe to open in a spreadsheet, and the same after a journey."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.subscribers import admin, csv_export, csv_import, suppression
from publisher.subscribers.csv_safe import guard_cell, unguard_cell
from tests.support.newsletter_folder import KEYS, NOW, fresh_database

ANN = "ann@example.org"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


def add(database: Database, address: str, name: str = "", language: str = "") -> None:
    """Add somebody by hand."""
    admin.add(database, KEYS, address, name=name, language=language, now=NOW)


def exported(database: Database) -> str:
    """Return the export."""
    target = io.StringIO(newline="")
    csv_export.export(database, target)
    return target.getvalue()


def test_export(database: Database) -> None:
    """An export is CSV with a header, everyone in the order they joined."""
    add(database, ANN, 'Ann "A" Lee, PhD')
    add(database, "用户@例子.cn")
    expected = (
        "email,name,language,status\r\n"
        'ann@example.org,"Ann ""A"" Lee, PhD",,confirmed\r\n用户@例子.cn,,,confirmed\r\n'
    )
    assert expected == exported(database)


def test_export_without_the_forgotten(database: Database) -> None:
    """Forgotten people are not in it; suppressed people are, as that."""
    add(database, ANN)
    add(database, "bob@example.org")
    suppression.forget_person(database, KEYS, ANN, now=NOW)
    suppression.suppress_address(database, KEYS, "bob@example.org", reason="", now=NOW)
    assert "email,name,language,status\r\nbob@example.org,,,suppressed\r\n" == exported(database)


def test_round_trip(database: Database, tmp_path: Path) -> None:
    """Imported into an empty database, an export gives the same bytes again."""
    add(database, ANN, "Ann", "en")
    add(database, "=1+2@example.org", "=SUM(A1)")
    add(database, "-x@bücher.example", "'=quoted", "zh-Hans")
    for address in ("Bob@example.org", "eve@example.org"):
        add(database, address)
    admin.remove(database, "bob@example.org", now=NOW)
    suppression.suppress_address(database, KEYS, "eve@example.org", reason="bounced", now=NOW)
    suppression.suppress_address(database, KEYS, "Stranger@example.org", reason="", now=NOW)
    suppression.forget_person(database, KEYS, ANN, now=NOW)
    with database.write() as connection:
        bob = subscribers.by_keys(connection, ["bob@example.org"])["bob@example.org"]
        subscribers.change(connection, bob, cadence="monthly", covered=0)
    text = exported(database)
    assert text.startswith("email,name,language,status,cadence\r\n")
    file = tmp_path / "export.csv"
    file.write_text(text, encoding="utf-8", newline="")
    (tmp_path / "other").mkdir()
    with fresh_database(tmp_path / "other") as other:
        assert 0 == csv_import.import_file(other, KEYS, file, now=NOW).rejected
        assert text == exported(other)


def test_no_formulas(database: Database) -> None:
    """No cell begins as a formula does, though names and addresses may."""
    add(database, "=cmd|'/Ccalc'!A0+@example.org", '=HYPERLINK("https://example.org")')
    add(database, "+x@example.org", "@SUM(1)")
    add(database, "-x@example.org", "-1")
    cells = [cell for row in csv.reader(io.StringIO(exported(database))) for cell in row]
    assert 16 == len(cells)
    assert [] == [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("Ann", "Ann"),
        ("=1", "'=1"),
        ("'=1", "''=1"),
        ("'Ann", "'Ann"),
        ("''@", "'''@"),
        ("", ""),
        ("'", "'"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠SUM(1)", "'＠SUM(1)"),
        ("\t=1", "'\t'=1"),
        ("\r1", "'\r1"),
        ("\n1", "'\n1"),
        (" =1", "' =1"),
        ('" =1"', '\'" =1"'),
        ("\ufeff=1", "'\ufeff=1"),
        ("\u3000=1", "'\u3000=1"),
        (" Ann", " Ann"),
        ("Ann;=1", "Ann;'=1"),  # a spreadsheet that parts cells at semicolons begins one here
        ("Lee, Ann", "Lee, Ann"),
        ("a=b-c", "a=b-c"),
    ],
)
def test_guarded(text: str, cell: str) -> None:
    """An apostrophe guards what a spreadsheet would compute, and comes off again."""
    assert (cell, text) == (guard_cell(text), unguard_cell(cell))
