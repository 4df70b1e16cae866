"""Whatever file is named for an import: it is read in a bounded time, or it is one short line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import AddressError, InputError
from publisher.storage.database import Database
from publisher.subscribers.addresses import check_address
from publisher.subscribers.csv_import import import_file
from tests.support.newsletter_folder import KEYS, NOW, fresh_database
from tests.support.time_bounds import within


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


#: Seconds of processor time. Each takes 1 s at most (2026-11).
MOST = 8.0
HEAD = b"email,name\n"
ANN = b"ann@example.org"

NO_LISTS = {
    "a line without end": (b"a" * 10_000_000, ":1: a line of 4,194,304 characters"),
    "an address without end": (b"a" * 10_000_000 + b"@example.org", ":1: a line of"),
    "a cell without end": (HEAD + ANN + b"," + b"x" * 10_000_000, ":2: a line of"),
    "a quote without end": (HEAD + ANN + b',"' + b"x,\n" * 2_000_000, ":2: not CSV: a quote is"),
    "zeros": (bytes(1_000_000), "no `email` column"),
    "half of UTF-16": ("email\nann@example.org\n".encode("utf-16")[:-1], "not UTF-16"),
    "UTF-32": ("email\nann@example.org\n".encode("utf-32"), "no `email` column"),
    "a spreadsheet": (b"PK\x03\x04\x14\0\x06\0" + bytes(range(256)) * 40, "not UTF-8"),
    "many columns": (b"email" + b",status" * 300_000 + b"\n", "300,001 columns; a list has 1,000"),
    "many names": (b"a,b,c,d,e" * 200 + b"\n", "and 771 more"),
    "a long name": (b"x" * 100_000 + b"\n", "x…"),
    "controls": (b"email,status\nann@example.org,\x1b[31mzz\n", "[31mzz"),
}


@pytest.mark.parametrize("name", NO_LISTS)
def test_no_list(database: Database, tmp_path: Path, name: str) -> None:
    """What is no list is one line that can be shown."""
    content, words = NO_LISTS[name]
    (tmp_path / "people.csv").write_bytes(content)
    with within(MOST), pytest.raises(InputError) as caught:
        import_file(database, KEYS, tmp_path / "people.csv", now=NOW)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 2_000


@pytest.mark.parametrize(
    "row",
    [
        b"email,language\nann@example.org," + b"en-" * 40_000 + b"\n",
        b"email,cadence\nann@example.org," + b"x" * 100_000 + b"\n",
        b"email,name\na@" + b"b." * 60_000 + b"c,\n",
        b"email,name\na@" + "ü.".encode() * 40_000 + b"de,\n",
        b"email,name\n" + b"'" * 50_000 + b"a@b.c,\n",
        b"email,name\n" + b"a@b.c " * 20_000 + b",\n",
    ],
)
def test_no_row(database: Database, tmp_path: Path, row: bytes) -> None:
    """A row that cannot be used says why in a short line, in a bounded time."""
    (tmp_path / "people.csv").write_bytes(row)
    reasons: list[str] = []
    with within(MOST):
        done = import_file(
            database, KEYS, tmp_path / "people.csv", now=NOW,
            reject=lambda _line, reason: reasons.append(reason),
        )  # fmt: skip
    assert done.rejected == len(reasons) == 1
    assert len(reasons[0]) < 300


@pytest.mark.parametrize("typed", ["a@" + "b." * 100_000 + "c", "a@" + ".," * 400, "a@" * 90_000])
def test_no_address(typed: str) -> None:
    """What is no address is refused in a bounded time, whoever typed it."""
    with within(MOST), pytest.raises(AddressError):
        check_address(typed)
