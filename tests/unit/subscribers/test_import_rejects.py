"""Which rows and files an import cannot use, and what becomes of them."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import InputError, OutputError
from publisher.storage.database import Database
from publisher.subscribers import csv_import
from publisher.subscribers.csv_table import Table
from tests.support.imports import ANN, everyone, imported
from tests.support.newsletter_folder import KEYS, NOW, fresh_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a file to import."""
    return tmp_path / "people.csv"


# --- Rows that cannot be used -------------------------------------------------------------


def test_bad_rows_are_told(database: Database, file: Path) -> None:
    """Bad rows are told by the line they begin in, and passed over; the good ones are taken."""
    file.write_text(
        'email,cadence\n"ann\n",\nbob@example.org,yes\nann@example.org,\neve@,\n', encoding="utf-8"
    )
    told: list[tuple[int, str]] = []
    done = csv_import.import_file(
        database, KEYS, file, now=NOW, reject=lambda line, reason: told.append((line, reason))
    )
    assert ([2, 4, 6], 1, 3) == ([line for line, _ in told], done.added, done.rejected)
    assert 'cadence "yes" is none of issue, weekly, monthly' == told[1][1]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("nobody,,", "not an e-mail address: An email address must have an @-sign."),
        ("ann@example.org,english,", 'language "english" is no tag like en or zh-Hans'),
        ("ann@example.org,,daily", 'cadence "daily" is none of issue, weekly, monthly'),
    ],
)
def test_reasons(database: Database, file: Path, cells: str, reason: str) -> None:
    """Each bad row has a reason that says what to put right."""
    imported(database, file, f"email,language,cadence\n{cells}\n")
    kept = file.with_name("people.csv.rejects.csv").read_text(encoding="utf-8")
    assert reason in kept.replace('""', '"')


def test_rejects_are_kept(database: Database, file: Path) -> None:
    """Bad rows are kept beside the file, as they were, after the reason; only you can read them."""
    done = imported(database, file, "x;email;status\n1;ann@;\n2;ann@example.org;\n 3;\n4;b@;;5\n")
    assert file.with_name("people.csv.rejects.csv") == done.rejects
    assert done.rejects
    assert (
        "reason;x;email;status\r\n"
        "not an e-mail address: There must be something after the @-sign.;1;ann@;\r\n"
        "3 columns, 2 cells; 3;\r\n"
        "3 columns, 4 cells;4;b@;;5\r\n"
    ) == done.rejects.read_bytes().decode()
    assert 0o600 == stat.S_IMODE(done.rejects.stat().st_mode)


def test_rejects_can_be_put_right(database: Database, file: Path) -> None:
    """The file of rejects is imported itself, its rows as far as they are put right."""
    done = imported(database, file, "name,email\nAnn,ann@\nBob,bob@\n")
    assert done.rejects
    text = done.rejects.read_text(encoding="utf-8").replace("ann@", ANN)
    again = imported(database, done.rejects, text)
    assert ([(ANN, "Ann", "", "confirmed")], 1) == (everyone(database), again.rejected)
    assert again.rejects
    header, bob = again.rejects.read_text(encoding="utf-8").splitlines()
    assert "reason,name,email" == header
    assert bob.endswith("@-sign.,Bob,bob@")


def test_no_rejects(database: Database, file: Path) -> None:
    """Without a bad row there is no such file, not even that of an earlier import."""
    assert imported(database, file, "email\nann@\n").rejects
    assert imported(database, file, "email\nann@example.org\n").rejects is None
    assert {"people.csv"} == {path.name for path in file.parent.iterdir() if path.is_file()}


def test_rejects_of_a_broken_file(database: Database, file: Path) -> None:
    """Of a file whose quotes do not match nothing is imported, wherever they are."""
    with pytest.raises(InputError, match=r"people\.csv:4: not CSV: a quote is opened here and ne"):
        imported(database, file, 'email\nann@\nbob@example.org\n"eve@example.org\ndan@x.org\n')
    assert [] == everyone(database)
    assert not file.with_name("people.csv.rejects.csv").exists()


def test_crash_leaves_no_half_file(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the import is at work, the file of rejects is the one from before."""
    before = imported(database, file, "email\nann@\n").rejects
    assert before
    kept = before.read_bytes()
    monkeypatch.setattr(csv_import, "_BATCH", 1)
    seen = []
    file.write_text("email\nbob@\neve@example.org\ndan@\n", encoding="utf-8")
    csv_import.import_file(
        database, KEYS, file, now=NOW, progress=lambda _: seen.append(before.read_bytes() == kept)
    )
    assert [True, True] == seen
    assert b"bob@" in before.read_bytes()


def test_rejects_cannot_be_written(database: Database, file: Path) -> None:
    """A folder that cannot be written to is one line that names the file."""
    (file.parent / ".people.csv.rejects.csv.tmp-publisher").mkdir()
    with pytest.raises(OutputError, match=r"people\.csv\.rejects\.csv: cannot be written: "):
        imported(database, file, "email\nann@\n")


# --- Files that cannot be used ------------------------------------------------------------


def test_byte_order_mark(database: Database, file: Path) -> None:
    """A file as Excel saves it, with a byte order mark, is read."""
    imported(database, file, b"\xef\xbb\xbfemail,name\r\nann@example.org,\xe8\xae\xba\r\n")
    assert [(ANN, "论", "", "confirmed")] == everyone(database)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"email\nann\xff@example.org\n", "2: not UTF-8 (byte 9 of the file); save it as UTF-8"),
        (b"email\n" + b"x" * (1 << 20) + b"\n\xe8\xae", "3: not UTF-8 (byte 1048583 of the file)"),
        (
            b"\n" * ((1 << 20) - 1) + b"\xe8\xae\xba\xff",
            "1048576: not UTF-8 (byte 1048578 of the file",
        ),
        (b'email\nann@example.org\n"b"ob@example.org\n', "3: not CSV: ',' expected after"),
        (b"name\nAnn\n", "1: no `email` column"),
    ],
)
def test_bad_file(database: Database, file: Path, data: bytes, expected: str) -> None:
    """A file that cannot be used is one line that names it, and where."""
    with pytest.raises(InputError) as caught:
        imported(database, file, data)
    assert str(caught.value).startswith(f"{file}:{expected}")


def test_bad_end_of_a_file(database: Database, file: Path) -> None:
    """A file that is no UTF-8 at its end adds nobody."""
    with pytest.raises(InputError):
        imported(database, file, b"email\nann@example.org\nbob\xff@example.org\n")
    assert [] == everyone(database)


def test_no_file(database: Database, file: Path) -> None:
    """A file that is not there is one line that names it."""
    with pytest.raises(InputError, match=r"people\.csv: cannot be read: No such file"):
        csv_import.import_file(database, KEYS, file, now=NOW)


def test_folder(database: Database, file: Path) -> None:
    """A folder is one line that names it."""
    with pytest.raises(InputError, match=r"is no file"):
        csv_import.import_file(database, KEYS, file.parent, now=NOW)


def test_rejects_have_no_formulas(database: Database, file: Path) -> None:
    """A spreadsheet computes no cell of the rejects, and importing them gives the same cells."""
    imported(database, file, "email,name\nnobody,=SUM(1)\n=1,Ann\n")
    kept = file.with_name("people.csv.rejects.csv")
    assert ["'=SUM(1)", "'=1"] == re.findall(r"'=[^,\s]+", kept.read_text(encoding="utf-8"))
    assert [["nobody", "=SUM(1)"], ["=1", "Ann"]] == [row.cells[1:] for row in Table(kept).rows()]
