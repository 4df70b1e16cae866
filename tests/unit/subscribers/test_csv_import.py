"""What an import makes of the list, and what it never does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.model import IssueRecord
from publisher.storage import issues, plans
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import seconds
from publisher.subscribers import admin, csv_import, suppression
from publisher.subscribers.csv_import import Imported
from tests.support.imports import ANN, LATER, everyone, imported
from tests.support.newsletter_folder import KEYS, NOW, fresh_database

BOB = "bob@example.org"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a file to import."""
    return tmp_path / "people.csv"


def add(database: Database, address: str = ANN, name: str = "", language: str = "") -> None:
    """Add somebody by hand."""
    admin.add(database, KEYS, address, name=name, language=language, now=NOW)


def planned(database: Database, slug: str) -> None:
    """Let an issue be published and planned."""
    record = IssueRecord(
        slug=slug, headline="", source=f"{slug}.txt", published=NOW, updated=NOW, items=1
    )
    with database.write() as connection:
        issues.put_issues(connection, [(record, bytes(32))])
        plans.create(connection, name=slug, issue=slug, now=NOW)


def row(database: Database) -> SubscriberRow:
    """Return the only subscriber."""
    (found,) = admin.list_subscribers(database)
    return found


def counts(done: Imported) -> tuple[int, int, int, int]:
    """Return how many rows were added, changed, as they were, and rejected."""
    return done.added, done.changed, done.unchanged, done.rejected


# --- Rows ---------------------------------------------------------------------------------


def test_import(database: Database, file: Path) -> None:
    """A file with all columns says all there is to say."""
    done = imported(
        database,
        file,
        "email,name,language,status\n"
        'ann@example.org,"Lee, Ann",en,confirmed\nbob@example.org,,,subscribed\n'
        "eve@example.org,Eve,zh-Hans,Unsubscribed\n",
    )
    assert (3, 0, 0, 0) == counts(done)
    expected = [
        (ANN, "Lee, Ann", "en", "confirmed"),
        (BOB, "", "", "confirmed"),
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
        "email,name,\nann@example.org,\n",
        "email\nann@example.org,,\n",
        "\n\n \nemail\nann@example.org\n",
        "email|name\nann@example.org|\n",
        "email;name\nann@example.org;\n",
        "name\temail\n\tann@example.org\n",
        '"email";"a,b,c,d"\nann@example.org;1,2\n',
        '"email","a\nb"\n"ann@example.org","c\nd"\n',
        "email,name\n,\nann@example.org,\n",
        "\ufeffemail\nann@example.org\n",
        '\ufeff"email"\nann@example.org\n',
    ],
)
def test_columns(database: Database, file: Path, text: str) -> None:
    """`email` is the one column there must be; order, case, delimiter and others do not matter."""
    assert (1, 0, 0, 0) == counts(imported(database, file, text))
    assert [(ANN, "", "", "confirmed")] == everyone(database)


@pytest.mark.parametrize("text", ["", "name\nAnn\n", "name,x\nAnn,a@b\n", "\n\n \n"])
def test_no_email_column(database: Database, file: Path, text: str) -> None:
    """Without addresses nothing is imported, and the error says how to name their column."""
    with pytest.raises(InputError, match=r":\d: no `email` column, .* --email COLUMN names it; "):
        imported(database, file, text)


def test_only_a_header(database: Database, file: Path) -> None:
    """A list of nobody is no error."""
    assert (0, 0, 0, 0) == counts(imported(database, file, "email,name\n"))


def test_names_are_one_line(database: Database, file: Path) -> None:
    """A name is one line without control characters, which databases and mails do not take."""
    imported(database, file, 'email,name\nann@example.org," Ann\n \x00\x85\tLee "\n')
    assert "Ann Lee" == row(database).name


@pytest.mark.parametrize("cadence", ["weekly", "Monthly"])
def test_cadence(database: Database, file: Path, cadence: str) -> None:
    """Who chose several issues in one mail gets the next ones, and is owed nothing from before."""
    planned(database, "001")
    imported(database, file, f"email,cadence\nann@example.org,{cadence}\n")
    assert (cadence.lower(), 1) == (row(database).cadence, row(database).covered)


def test_cadence_of_somebody_known(database: Database, file: Path) -> None:
    """A file may change a cadence: nobody misses an issue by that, nor gets one twice."""
    add(database)
    planned(database, "001")
    imported(database, file, "email,cadence\nann@example.org,weekly\n")
    assert 1 == row(database).covered
    planned(database, "002")
    imported(database, file, "email,cadence\nann@example.org,monthly\n")
    assert 1 == row(database).covered
    imported(database, file, "email,cadence\nann@example.org,issue\n")
    assert ("issue", 1) == (row(database).cadence, row(database).covered)
    imported(database, file, "email,cadence\nann@example.org,\n")
    assert ("issue", 1) == (row(database).cadence, row(database).covered)


def test_confirming_a_weekly_reader(database: Database, file: Path) -> None:
    """Whom a file confirms is owed nothing of the time before."""
    imported(database, file, "email,status,cadence\nann@example.org,unconfirmed,weekly\n")
    planned(database, "001")
    imported(database, file, "email,status\nann@example.org,confirmed\n")
    assert ("confirmed", "weekly", 1) == (
        row(database).status, row(database).cadence, row(database).covered
    )  # fmt: skip


# --- What stays ---------------------------------------------------------------------------


def test_import_twice(database: Database, file: Path) -> None:
    """The same file again changes nothing."""
    text = "email,name,status\nann@example.org,Ann,confirmed\nbob@example.org,,suppressed\n"
    imported(database, file, text)
    before = everyone(database)
    assert (0, 0, 2, 0) == counts(imported(database, file, text))
    assert before == everyone(database)


@pytest.mark.parametrize("batch", [1, 2, 20_000])
def test_one_person_twice_in_a_file(
    database: Database, file: Path, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two rows on one person the last counts, wherever a transaction ends."""
    monkeypatch.setattr(csv_import, "_BATCH", batch)
    imported(database, file, "email,name\nann@example.org,A\nANN@example.org,Ann\n")
    assert [("ANN@example.org", "Ann", "", "confirmed")] == everyone(database)


@pytest.mark.parametrize("batch", [1, 20_000])
@pytest.mark.parametrize("rows", [("unsubscribed", "confirmed"), ("confirmed", "unsubscribed")])
def test_leaving_wins_in_a_file(
    database: Database,
    file: Path,
    rows: tuple[str, str],
    batch: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two rows on one person the one that takes them off counts, whichever comes first."""
    monkeypatch.setattr(csv_import, "_BATCH", batch)
    lines = [f"ann@example.org,{status}" for status in rows]
    imported(database, file, "\n".join(["email,status", *lines]))
    assert "unsubscribed" == row(database).status


def test_import_does_not_bring_back(database: Database, file: Path) -> None:
    """Who left stays away, whatever an old file says, and is counted."""
    add(database)
    admin.remove(database, ANN, now=NOW)
    done = imported(database, file, "email,name,status\nann@example.org,Ann,confirmed\n")
    assert 1 == done.staying
    assert (("unsubscribed", NOW, "by hand"), "Ann") == (
        (row(database).status, row(database).since, row(database).how), row(database).name
    )  # fmt: skip


def test_import_does_not_lift(database: Database, file: Path) -> None:
    """Who is suppressed stays so, whatever a file says, and is counted."""
    suppression.suppress_address(database, KEYS, ANN, reason="bounced", now=NOW)
    done = imported(database, file, "email,status\nANN@example.org,confirmed\n")
    assert (1, "suppressed") == (done.staying, row(database).status)


def test_import_does_not_remember(database: Database, file: Path) -> None:
    """Who was forgotten stays so: nothing is stored of them, under any key that is still there."""
    add(database)
    suppression.forget_person(database, KEYS, ANN, now=NOW)
    file.write_text("email,name\nAnn@example.org,Ann\nbob@example.org,\n")
    newer = type(KEYS)((b"a newer secret", *KEYS.secrets))
    done = csv_import.import_file(database, newer, file, now=LATER)
    assert (1, 1, [(BOB, "", "", "confirmed")]) == (done.added, done.staying, everyone(database))


def test_import_keeps_what_it_does_not_say(database: Database, file: Path) -> None:
    """An empty cell takes nothing away."""
    add(database, ANN, "Ann", "en")
    done = imported(database, file, "email,name\nann@example.org,\n")
    assert (1, [(ANN, "Ann", "en", "confirmed")]) == (done.unchanged, everyone(database))


def test_import_does_not_demote(database: Database, file: Path) -> None:
    """An unanswered question in a file does not undo a confirmation."""
    add(database)
    imported(database, file, "email,status\nann@example.org,unconfirmed\n")
    assert ("confirmed", NOW) == (row(database).status, row(database).since)


def test_import_may_unsubscribe(database: Database, file: Path) -> None:
    """A file may take people off the list, from the moment of the import."""
    add(database)
    done = imported(database, file, "email,status\nann@example.org,unsubscribed\n")
    assert (1, "unsubscribed", LATER, "import") == (
        done.changed, row(database).status, row(database).since, row(database).how
    )  # fmt: skip
    assert row(database).epoch == seconds(LATER), "an open question could bring them back"


def test_import_may_suppress(database: Database, file: Path) -> None:
    """A file may say that somebody is never to be mailed, which lifting undoes."""
    add(database)
    done = imported(database, file, "email,status\nann@example.org,suppressed\n")
    assert (1, "suppressed") == (done.changed, row(database).status)
    assert "confirmed" == suppression.lift_suppression(database, KEYS, ANN)


def test_a_stranger_suppressed_by_a_file_does_not_join(database: Database, file: Path) -> None:
    """Who was never on the list is not put on it by lifting what a file said."""
    imported(database, file, "email,status\nann@example.org,suppressed\n")
    assert "unsubscribed" == suppression.lift_suppression(database, KEYS, ANN)


def test_large_file(database: Database, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more rows than one transaction takes is imported whole, in its order."""
    monkeypatch.setattr(csv_import, "_BATCH", 100)
    addresses = [f"reader{number}@example.org" for number in range(250)]
    done = imported(database, file, "\n".join(["email", *addresses]))
    assert (250, addresses) == (done.added, [address for address, *_ in everyone(database)])


def test_progress(database: Database, file: Path) -> None:
    """How many bytes are done with is told, up to all of them."""
    file.write_text(
        "email\n" + "".join(f"reader{number}@example.org\n" for number in range(30_000))
    )
    told: list[int] = []
    csv_import.import_file(database, KEYS, file, now=NOW, progress=told.append)
    assert (sorted(told), file.stat().st_size) == (told, told[-1])
