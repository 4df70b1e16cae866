"""Who is on the list, and what an import or a departure makes of it."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.audience import people
from publisher.audience.addresses import checked
from publisher.errors import AddressError, InputError, NotFoundError
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from tests.newsroom import NOW, fresh_database

LATER = NOW + timedelta(days=1)
ANN = "ann@example.org"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


def add(database: Database, address: str = ANN, name: str = "", language: str = "") -> bool:
    """Add somebody now."""
    return people.add(database, address, name=name, language=language, now=NOW)


def imported(database: Database, text: str) -> people.Imported:
    """Import a file, a day later."""
    return people.import_csv(database, io.StringIO(text, newline=""), now=LATER)


def everyone(database: Database) -> list[tuple[str, str, str, str]]:
    """Give address, name, language and status of everyone, in the order they joined."""
    rows = people.everyone(database)
    return [(row.address, row.name, row.language, row.status) for row in rows]


def row(database: Database) -> SubscriberRow:
    """Give the only subscriber."""
    (found,) = people.everyone(database)
    return found


# --- Addresses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "address", "key"),
    [
        ("ann@example.org", "ann@example.org", "ann@example.org"),
        ("  Ann@Example.ORG ", "Ann@example.org", "ann@example.org"),
        ("ann+news@example.org", "ann+news@example.org", "ann+news@example.org"),
        ("ann@BÜCHER.example.org", "ann@bücher.example.org", "ann@xn--bcher-kva.example.org"),
        ("ann@xn--fsqu00a.cn", "ann@例子.cn", "ann@xn--fsqu00a.cn"),
        ("用户@例子.cn", "用户@例子.cn", "用户@xn--fsqu00a.cn"),
        ("STRASSE@example.org", "STRASSE@example.org", "strasse@example.org"),
        ("e\u0301mile@example.org", "émile@example.org", "émile@example.org"),
    ],
)
def test_address(typed: str, address: str, key: str) -> None:
    """An address keeps the form it was typed in; all its forms share a key."""
    assert (address, key) == checked(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "ann", "ann@", "@example.org", "a nn@example.org", "ann@example", "ann@ex ample.org",
     "ann@example..org", "ann@example.org\r\nBcc: bob@example.org", "Ann <ann@example.org>",
     "ann@example.org, bob@example.org", "x" * 330 + "@example.org", "ann\0@example.org"],
)  # fmt: skip
def test_no_address(typed: str) -> None:
    """What is no address is refused in one line."""
    with pytest.raises(AddressError, match=r"^not an e-mail address: ") as caught:
        checked(typed)
    assert "\n" not in str(caught.value)


# --- One by one ---------------------------------------------------------------------------


def test_add(database: Database) -> None:
    """Who is added is confirmed, from that moment on."""
    assert add(database, ANN, "  Ann   Lee ", "en") is True
    expected = SubscriberRow(
        id=1, address=ANN, key=ANN, name="Ann Lee", language="en", status="confirmed", since=NOW
    )
    assert expected == row(database)


def test_add_twice(database: Database) -> None:
    """Adding somebody again, in another form of the address, changes nothing."""
    add(database, ANN, "Ann")
    assert add(database, "ANN@EXAMPLE.org") is False
    assert [(ANN, "Ann", "", "confirmed")] == everyone(database)


def test_remove(database: Database) -> None:
    """Who is removed stays known as unsubscribed, from that moment on."""
    add(database, ANN, "Ann")
    assert people.remove(database, "Ann@example.org", now=LATER) is True
    assert ("unsubscribed", LATER, "Ann") == (
        row(database).status, row(database).since, row(database).name
    )  # fmt: skip


def test_remove_twice(database: Database) -> None:
    """Removing somebody again changes nothing."""
    add(database)
    people.remove(database, ANN, now=NOW)
    assert people.remove(database, ANN, now=LATER) is False
    assert NOW == row(database).since


def test_remove_a_stranger(database: Database) -> None:
    """Removing somebody who was never on the list is an error."""
    with pytest.raises(NotFoundError, match="no subscriber has this address"):
        people.remove(database, ANN, now=NOW)


def test_come_back(database: Database) -> None:
    """Who is added by hand after leaving is back, under the name they had."""
    add(database, ANN, "Ann", "en")
    people.remove(database, ANN, now=NOW)
    assert add(database) is True
    assert [(ANN, "Ann", "en", "confirmed")] == everyone(database)


# --- Import -------------------------------------------------------------------------------


def test_import(database: Database) -> None:
    """A file with all columns says all there is to say; a row without a status is confirmed."""
    done = imported(
        database,
        "email,name,language,status\n"
        'ann@example.org,"Lee, Ann",en,confirmed\nbob@example.org,,,\n'
        "eve@example.org,Eve,zh-Hans,Unsubscribed\n",
    )
    assert (3, 0, 0, []) == (done.added, done.changed, done.unchanged, done.rejected)
    expected = [
        (ANN, "Lee, Ann", "en", "confirmed"),
        ("bob@example.org", "", "", "confirmed"),
        ("eve@example.org", "Eve", "zh-Hans", "unsubscribed"),
    ]
    assert expected == everyone(database)


@pytest.mark.parametrize(
    "text",
    [
        "email\nann@example.org\n",
        " Email \nann@example.org",
        "status,x,email\nconfirmed,1,ann@example.org\n",
        "email\r\nann@example.org\r\n\r\n",
        "email,name\nann@example.org\n",
        "email\nann@example.org,what,else\n",
    ],
)
def test_columns(database: Database, text: str) -> None:
    """`email` is the one column there must be; order, case and other columns do not matter."""
    assert (1, []) == (imported(database, text).added, imported(database, text).rejected)
    assert [(ANN, "", "", "confirmed")] == everyone(database)


@pytest.mark.parametrize("text", ["", "name\nAnn\n", "ann@example.org\n"])
def test_no_email_column(database: Database, text: str) -> None:
    """Without that column nothing is imported, and the error shows what the first line is for."""
    with pytest.raises(InputError, match=r"line 1: no `email` column; .* like email,name,language"):
        imported(database, text)


def test_bad_rows_are_told(database: Database) -> None:
    """Bad rows are told by line and passed over; the good ones are taken."""
    done = imported(database, "email,status\nann,\nbob@example.org,yes\nann@example.org,\n")
    assert ([2, 3], 1) == ([line for line, _ in done.rejected], done.added)
    assert 'status "yes" is none of unconfirmed, confirmed, unsubscribed' == done.rejected[1][1]


def test_import_twice(database: Database) -> None:
    """The same file again changes nothing."""
    text = "email,name\nann@example.org,Ann\nbob@example.org,\n"
    imported(database, text)
    done = imported(database, text)
    assert (0, 0, 2) == (done.added, done.changed, done.unchanged)


def test_one_person_twice_in_a_file(database: Database) -> None:
    """Of two rows on one person the last counts."""
    done = imported(database, "email,name\nann@example.org,A\nANN@example.org,Ann\n")
    assert (1, [("ANN@example.org", "Ann", "", "confirmed")]) == (done.added, everyone(database))


def test_import_does_not_bring_back(database: Database) -> None:
    """Who left stays away, whatever an old file says."""
    add(database)
    people.remove(database, ANN, now=NOW)
    imported(database, "email,name,status\nann@example.org,Ann,confirmed\n")
    assert (("unsubscribed", NOW), "Ann") == (
        (row(database).status, row(database).since), row(database).name
    )  # fmt: skip


def test_import_keeps_what_it_does_not_say(database: Database) -> None:
    """An empty cell takes nothing away."""
    add(database, ANN, "Ann", "en")
    done = imported(database, "email,name\nann@example.org,\n")
    assert (1, [(ANN, "Ann", "en", "confirmed")]) == (done.unchanged, everyone(database))


def test_import_may_unsubscribe(database: Database) -> None:
    """A file may take people off the list, from the moment of the import."""
    add(database)
    done = imported(database, "email,status\nann@example.org,unsubscribed\n")
    assert (1, "unsubscribed", LATER) == (done.changed, row(database).status, row(database).since)


def test_large_file(database: Database) -> None:
    """A file of more rows than one transaction takes is imported whole, in its order."""
    addresses = [f"reader{number}@example.org" for number in range(1200)]
    done = imported(database, "\n".join(["email", *addresses]))
    assert (1200, addresses) == (done.added, [address for address, *_ in everyone(database)])


def test_byte_order_mark(database: Database, tmp_path: Path) -> None:
    """A file as Excel saves it, with a byte order mark, is read."""
    path = tmp_path / "people.csv"
    path.write_bytes(b"\xef\xbb\xbfemail,name\r\nann@example.org,\xe8\xae\xba\r\n")
    people.import_file(database, path, now=NOW)
    assert [(ANN, "论", "", "confirmed")] == everyone(database)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"email\nann\xff@example.org\n", "not UTF-8 (byte 9); save it as UTF-8"),
        (b'email\n"ann@example.org' + b"x" * 140_000 + b'"\n', "line 1: not CSV: field larger"),
        (b"mail\nann@example.org\n", "line 1: no `email` column"),
    ],
)
def test_bad_file(database: Database, tmp_path: Path, data: bytes, expected: str) -> None:
    """A file that cannot be used is one line that names it."""
    path = tmp_path / "people.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        people.import_file(database, path, now=NOW)
    assert str(caught.value).startswith(f"{path}: {expected}")


def test_no_file(database: Database, tmp_path: Path) -> None:
    """A file that is not there is one line that names it."""
    with pytest.raises(InputError, match=r"people\.csv: cannot be read: No such file"):
        people.import_file(database, tmp_path / "people.csv", now=NOW)


# --- Export -------------------------------------------------------------------------------


def test_export(database: Database) -> None:
    """An export is CSV with a header, everyone in the order they joined."""
    add(database, ANN, 'Ann "A" Lee, PhD')
    add(database, "用户@例子.cn")
    target = io.StringIO(newline="")
    assert 2 == people.export(database, target)
    expected = (
        "email,name,language,status\r\n"
        'ann@example.org,"Ann ""A"" Lee, PhD",,confirmed\r\n用户@例子.cn,,,confirmed\r\n'
    )
    assert expected == target.getvalue()


def test_export_can_be_imported(database: Database, tmp_path: Path) -> None:
    """What one newsletter exports another can import."""
    add(database, ANN, "Ann", "en")
    add(database, "bob@example.org")
    people.remove(database, "bob@example.org", now=NOW)
    target = io.StringIO(newline="")
    people.export(database, target)
    other = tmp_path / "other"
    other.mkdir()
    with fresh_database(other) as second:
        imported(second, target.getvalue())
        assert everyone(database) == everyone(second)
