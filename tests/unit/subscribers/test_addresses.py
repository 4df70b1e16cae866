"""Who is on the list: addresses, and people added and removed by hand."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.errors import AddressError, InputError, NotFoundError
from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import seconds
from publisher.subscribers import admin
from publisher.subscribers.addresses import check_address
from tests.support.newsletter_folder import KEYS, NOW, fresh_database

LATER = NOW + timedelta(days=1)
ANN = "ann@example.org"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


def add(database: Database, address: str = ANN, name: str = "", language: str = "") -> bool:
    """Add somebody now."""
    return admin.add(database, KEYS, address, name=name, language=language, now=NOW)


def everyone(database: Database) -> list[tuple[str, str, str, str]]:
    """Return address, name, language and status of everyone, in the order they joined."""
    rows = admin.list_subscribers(database)
    return [(row.address, row.name, row.language, row.status) for row in rows]


def row(database: Database) -> SubscriberRow:
    """Return the only subscriber."""
    (found,) = admin.list_subscribers(database)
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
        ("e\u0301mile@example.org", "émile@example.org", "émile@example.org"),
        ("ÉMILE@example.org", "ÉMILE@example.org", "émile@example.org"),
        ("ΝΊΚΟΣ@example.org", "ΝΊΚΟΣ@example.org", "νίκοσ@example.org"),
        ("ann@example。org", "ann@example.org", "ann@example.org"),
        ("ann@ｅｘａｍｐｌｅ．ｏｒｇ", "ann@example.org", "ann@example.org"),
        ("ann@Straße.de", "ann@straße.de", "ann@xn--strae-oqa.de"),
    ],
)
def test_address(typed: str, address: str, key: str) -> None:
    """An address keeps the form it was typed in; all its forms share a key."""
    assert (address, key) == check_address(typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # What capitals do not tell apart, and what they do.
        ("straße@example.org", "strasse@example.org"),
        ("ann@straße.de", "ann@strasse.de"),
        ("ısmet@example.org", "ismet@example.org"),
        ("İsmet@example.org", "ismet@example.org"),
        ("ﬁn@example.org", "fin@example.org"),
        ("ａnn@example.org", "ann@example.org"),
        ("ann+news@example.org", "ann@example.org"),
        ("a.nn@example.org", "ann@example.org"),
        ("'ann@example.org", "ann@example.org"),
    ],
)
def test_two_people(one: str, other: str) -> None:
    """Addresses that may be two mailboxes have two keys."""
    assert check_address(one)[1] != check_address(other)[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRAẞE@example.org", "straße@example.org"),
        ("ann@STRAẞE.de", "ann@xn--strae-oqa.de"),
        ("νίκος@example.org", "ΝΊΚΟΣ@example.org"),
        ("IŞIL@example.org", "işil@example.org"),
        ("e\u0301@example.org", "É@example.org"),
        ("ann@BÜCHER.example", "ann@bu\u0308cher.example"),
        ("用户@例子。cn", "用户@xn--fsqu00a.CN"),
    ],
)
def test_one_person(one: str, other: str) -> None:
    """Forms of one address have one key."""
    assert check_address(one)[1] == check_address(other)[1]


@pytest.mark.parametrize(
    "typed",
    [
        "ann＠example.org", "ann@example。org", "ann@example．org", "ann﹫example.org",
        "ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ann@example.org，", "ann@example.org、",
        "mailto:ann@example.org", "MAILTO:ann%40example.org?subject=Hello",
        "<mailto:ann@example.org>",
        "ann@example.org,", "ann@example.org;", "ann@example.org.", ",ann@example.org",
        "ann@example.org\u200b", "\ufeffann@example.org", "an\u00adn@example.org",
        "\u00a0ann@example.org", "\u202aann@example.org\u202c", "ann@ex\u2060ample.org",
        "ann@example.org\0", "ann\u200d@example.org",
        '"ann@example.org"', "'ann@example.org'", "“ann@example.org”", "<ann@example.org>",
        "Ann <ann@example.org>", '"Lee, Ann" <ann@example.org>', "Ann ＜ann＠example.org＞",
        "ann@example.org <ann@example.org>;", "ann@example.org (Ann Lee)",
    ],
)  # fmt: skip
def test_mended(typed: str) -> None:
    """What is typed, pasted or exported beside an address is taken away where nobody can doubt."""
    assert (ANN, ANN) == check_address(typed)


@pytest.mark.parametrize(
    "typed",
    ["Bob bob@example.org", "bob@example.org <ann@example.org>", "ann＠＠example.org",
     "ann.example.org", "<ann@example.org> <bob@example.org>", "ann@example.org;bob@example.org",
     "mailto:", "<>"],
)  # fmt: skip
def test_not_mended(typed: str) -> None:
    """Where it can be doubted which address is meant, there is none."""
    with pytest.raises(AddressError, match=r"^not an e-mail address: "):
        check_address(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "ann", "ann@", "@example.org", "a nn@example.org", "ann@example", "ann@ex ample.org",
     "ann@example..org", "ann@example.org\r\nBcc: bob@example.org",
     "ann@example.org, bob@example.org", "x" * 243 + "@example.org", "ann\0@example.org",
     "ann@example.test", "ann@example.LOCALHOST", "ann@ab--c.org", "ann@1.2.3.4", "-@-.org"],
)  # fmt: skip
def test_no_address(typed: str) -> None:
    """What is no address is refused in one line."""
    with pytest.raises(AddressError, match=r"^not an e-mail address: ") as caught:
        check_address(typed)
    assert "\n" not in str(caught.value)


# --- One by one ---------------------------------------------------------------------------


def test_add(database: Database) -> None:
    """Who is added is confirmed, from that moment on."""
    assert add(database, ANN, "  Ann   Lee ", "en") is True
    expected = SubscriberRow(
        id=1, address=ANN, key=ANN, name="Ann Lee", language="en", status="confirmed", since=NOW,
        how="by hand", epoch=seconds(NOW), first_epoch=seconds(NOW),
    )  # fmt: skip
    assert expected == row(database)


def test_add_twice(database: Database) -> None:
    """Adding somebody again, in another form of the address, changes nothing."""
    add(database, ANN, "Ann")
    assert add(database, "ANN@EXAMPLE.org") is False
    assert [(ANN, "Ann", "", "confirmed")] == everyone(database)


def test_remove(database: Database) -> None:
    """Who is removed stays known as unsubscribed, from that moment on."""
    add(database, ANN, "Ann")
    assert admin.remove(database, "Ann@example.org", now=LATER) is True
    assert ("unsubscribed", LATER, "Ann") == (
        row(database).status, row(database).since, row(database).name
    )  # fmt: skip


def test_remove_twice(database: Database) -> None:
    """Removing somebody again changes nothing."""
    add(database)
    admin.remove(database, ANN, now=NOW)
    assert admin.remove(database, ANN, now=LATER) is False
    assert NOW == row(database).since


def test_remove_a_stranger(database: Database) -> None:
    """Removing somebody who was never on the list is an error."""
    with pytest.raises(NotFoundError, match="no subscriber has this address"):
        admin.remove(database, ANN, now=NOW)


def test_come_back(database: Database) -> None:
    """Who is added by hand after leaving is back, under the name they had."""
    add(database, ANN, "Ann", "en")
    admin.remove(database, ANN, now=NOW)
    assert add(database) is True
    assert [(ANN, "Ann", "en", "confirmed")] == everyone(database)


def test_come_back_to_a_cadence(database: Database) -> None:
    """Who is added again by hand keeps their cadence, and is owed nothing of the time away."""
    add(database)
    with database.write() as connection:
        subscribers.change(connection, row(database), cadence="weekly", covered=-1)
    admin.remove(database, ANN, now=NOW)
    add(database)
    assert ("weekly", 0) == (row(database).cadence, row(database).covered)


@pytest.mark.parametrize("language", ["english please", "e", "en_US", "x" * 40])
def test_bad_language(database: Database, language: str) -> None:
    """A language that is no tag is one line, and nobody is added."""
    with pytest.raises(InputError, match=f'language "{language}" is no tag like en or zh-Hans'):
        add(database, language=language)
    assert [] == everyone(database)
