"""Lists are read as people have them: encodings, delimiters, quotes, and no header."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.storage.database import Database
from publisher.subscribers import csv_import
from publisher.subscribers.csv_table import Table
from tests.support.imports import ANN, everyone, imported
from tests.support.newsletter_folder import KEYS, NOW, fresh_database

BOB = "bob@example.org"
TEXT = f"email,name\n{ANN},李安\n{BOB},Bob\n"
BOTH = [(ANN, "李安", "", "confirmed"), (BOB, "Bob", "", "confirmed")]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a file to import."""
    return tmp_path / "people.csv"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF8 * 2 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_LE * 2 + TEXT.replace(",", "\t").encode("utf-16-le"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("email,name", "邮箱,姓名").encode("gb18030"),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\r\n\r\n").encode(),
        b"sep=;\r\n" + TEXT.replace(",", ";").encode(),
        codecs.BOM_UTF8 + b'"sep=\t"\n' + TEXT.replace(",", "\t").encode(),
        b"sep=\\t\n" + TEXT.replace(",", "\t").encode(),
        b"\n  \n,,\n" + TEXT.encode(),
        TEXT.replace(",", "|").encode(),
        f"Ann\u200b <{ANN}>\n{BOB} (Bob)\n".replace("Ann", "李安").encode(),
    ],
)
def test_read(database: Database, file: Path, data: bytes) -> None:
    """Whatever the encoding, the ends of lines and the delimiter, the same people are there."""
    imported(database, file, data)
    assert BOTH == everyone(database)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("Émile", "latin-1"), ("Émile", "gb18030"), ("김철수", "euc-kr"), ("張三", "big5"),
     ("张三", "gb18030")],
)  # fmt: skip
def test_doubtful_encoding(database: Database, file: Path, name: str, encoding: str) -> None:
    """Bytes that may be text in several encodings are refused with their place."""
    data = f"email,name\n{ANN},{name}\n".encode(encoding)
    with pytest.raises(InputError, match=r'csv:2: not UTF-8 \(byte 27 of .*"CSV UTF-8"'):
        imported(database, file, data)
    assert [] == everyone(database)


def test_half_a_file_in_utf16(database: Database, file: Path) -> None:
    """A file that ends in half a character was cut short, and is not imported."""
    with pytest.raises(InputError, match=r"csv:3: not UTF-16-LE \(byte \d+ of the file\)"):
        imported(database, file, TEXT.encode("utf-16")[:-1])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('email,name\nann@example.org,"Ann \\"Annie\\" Lee"\n', ['Ann "Annie" Lee']),
        ('email,name\nann@example.org,"\\"Annie\\""\nbob@example.org,"B"\n', ['"Annie"', "B"]),
        ('email,name\nann@example.org,"Ann ""Annie"" Lee"\n', ['Ann "Annie" Lee']),
        ('email,name\nann@example.org,"Ann \\"\nbob@example.org,"\\B"\n', ["Ann \\", "\\B"]),
    ],
)
def test_quotes(database: Database, file: Path, text: str, names: list[str]) -> None:
    """Quotes are doubled, or escaped by a backslash where the file cannot be read otherwise."""
    imported(database, file, text)
    assert names == [name for _, name, *_ in everyone(database)]


@pytest.mark.parametrize("notes", ["x" * 140_000, "eve@example.org\n" * 10_000])
def test_long_cell(database: Database, file: Path, notes: str) -> None:
    """A cell that is too long is a reject, with all of its lines, and no end of the import."""
    done = imported(database, file, f'email,notes\n{ANN},"{notes}"\n{BOB},\n')
    assert (1, [(BOB, "", "", "confirmed")]) == (done.rejected, everyone(database))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ANN, "3 columns, 1 cell"),
        (f"{ANN},Ann", "3 columns, 2 cells"),
        (f"{ANN},Lee, Ann,confirmed", "3 columns, 4 cells"),
    ],
)
def test_other_width(database: Database, file: Path, row: str, reason: str) -> None:
    """A row that was cut short, or has a comma too many, is a reject: its cells have moved."""
    file.write_text(f"email,name,status\n{BOB},Bob,unsubscribed\n{row}\n", encoding="utf-8")
    told: list[tuple[int, str]] = []
    csv_import.import_file(
        database, KEYS, file, now=NOW, reject=lambda line, why: told.append((line, why))
    )
    assert [(3, reason)] == told
    assert [(BOB, "Bob", "", "unsubscribed")] == everyone(database)


@pytest.mark.parametrize(
    ("text", "people", "rejected"),
    [
        (f"{ANN}\n{BOB}\n", 2, 0),
        (f'"{ANN}"\n"{BOB}"\n', 2, 0),
        (f"Ann <{ANN}>\n\nBob <{BOB}>\n", 2, 0),
        (f'"Lee, Ann" <{ANN}>\nLee, Bob <{BOB}>\n', 2, 0),
        (f"{ANN};Ann\n{BOB};Bob\n", 2, 0),
        (f"ann@\n{BOB}\n", 1, 1),
        (f"{ANN}\n{BOB},unsubscribed\n", 1, 1),
    ],
)
def test_no_header(database: Database, file: Path, text: str, people: int, rejected: int) -> None:
    """A list without a header is one of addresses, and its first line is none the less read."""
    done = imported(database, file, text)
    assert (people, rejected) == (done.added, done.rejected)
    assert done.columns[0].startswith("no header; addresses are in column 1")


def test_several_addresses_in_a_line(database: Database, file: Path) -> None:
    """A line of addresses, as from a mail's header, is not taken for one person's."""
    with pytest.raises(InputError, match="csv:1: several addresses in one line"):
        imported(database, file, f"{ANN}, {BOB}\n")


def test_lines(file: Path) -> None:
    """Rows are known by the line they begin in, whatever stands before the header."""
    file.write_text(f'\nsep=,\nemail,name\n{ANN},"A\nB"\n\n{BOB},\n', encoding="utf-8")
    assert [4, 7] == [row.line for row in Table(file).rows()]
