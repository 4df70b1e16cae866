"""What an import makes of the list, and what it never does."""

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.audience import importing, people, suppressing
from publisher.audience.importing import Imported
from publisher.errors import InputError, OutputError
from publisher.model import IssueRecord
from publisher.storage import issues, plans
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import seconds
from tests.newsroom import KEYS, NOW, fresh_database

LATER = NOW + timedelta(days=1)
ANN = "ann@example.org"
BOB = "bob@example.org"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the path of a file to import."""
    return tmp_path / "people.csv"


def add(database: Database, address: str = ANN, name: str = "", language: str = "") -> None:
    """Add somebody by hand."""
    people.add(database, KEYS, address, name=name, language=language, now=NOW)


def imported(database: Database, file: Path, content: str | bytes) -> Imported:
    """Import a file, a day later."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return importing.import_file(database, KEYS, file, now=LATER)


def planned(database: Database, slug: str) -> None:
    """Let an issue be published and planned."""
    record = IssueRecord(
        slug=slug, headline="", source=f"{slug}.txt", published=NOW, updated=NOW, items=1
    )
    with database.write() as connection:
        issues.put_issues(connection, [(record, bytes(32))])
        plans.create(connection, name=slug, issue=slug, now=NOW)


def everyone(database: Database) -> list[tuple[str, str, str, str]]:
    """Give address, name, language and status of everyone, in the order they joined."""
    rows = people.everyone(database)
    return [(row.address, row.name, row.language, row.status) for row in rows]


def row(database: Database) -> SubscriberRow:
    """Give the only subscriber."""
    (found,) = people.everyone(database)
    return found


def counts(done: Imported) -> tuple[int, int, int, int]:
    """Give how many rows were added, changed, as they were, and rejected."""
    return done.added, done.changed, done.unchanged, done.rejected


# --- Rows ---------------------------------------------------------------------------------


def test_import(database: Database, file: Path) -> None:
    """A file with all columns says all there is to say; a row without a status is confirmed."""
    done = imported(
        database,
        file,
        "email,name,language,status\n"
        'ann@example.org,"Lee, Ann",en,confirmed\nbob@example.org,,,\n'
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
        "email,name\nann@example.org\n",
        "email\nann@example.org,what,else\n",
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


@pytest.mark.parametrize("text", ["", "name\nAnn\n", "ann@example.org\n", "\n\nemail\n"])
def test_no_email_column(database: Database, file: Path, text: str) -> None:
    """Without that column nothing is imported, and the error shows what the first line is for."""
    with pytest.raises(InputError, match=r":1: no `email` column; .* like email,name,language"):
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
    text = "email,name,status\nann@example.org,Ann,\nbob@example.org,,suppressed\n"
    imported(database, file, text)
    before = everyone(database)
    assert (0, 0, 2, 0) == counts(imported(database, file, text))
    assert before == everyone(database)


@pytest.mark.parametrize("batch", [1, 2, 20_000])
def test_one_person_twice_in_a_file(
    database: Database, file: Path, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two rows on one person the last counts, wherever a transaction ends."""
    monkeypatch.setattr(importing, "_BATCH", batch)
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
    monkeypatch.setattr(importing, "_BATCH", batch)
    lines = [f"ann@example.org,{status}" for status in rows]
    imported(database, file, "\n".join(["email,status", *lines]))
    assert "unsubscribed" == row(database).status


def test_import_does_not_bring_back(database: Database, file: Path) -> None:
    """Who left stays away, whatever an old file says, and is counted."""
    add(database)
    people.remove(database, ANN, now=NOW)
    done = imported(database, file, "email,name,status\nann@example.org,Ann,confirmed\n")
    assert 1 == done.staying
    assert (("unsubscribed", NOW, "by hand"), "Ann") == (
        (row(database).status, row(database).since, row(database).how), row(database).name
    )  # fmt: skip


def test_import_does_not_lift(database: Database, file: Path) -> None:
    """Who is suppressed stays so, whatever a file says, and is counted."""
    suppressing.suppress(database, KEYS, ANN, reason="bounced", now=NOW)
    done = imported(database, file, "email,status\nANN@example.org,confirmed\n")
    assert (1, "suppressed") == (done.staying, row(database).status)


def test_import_does_not_remember(database: Database, file: Path) -> None:
    """Who was forgotten stays so: nothing is stored of them, under any key that is still there."""
    add(database)
    suppressing.forget(database, KEYS, ANN, now=NOW)
    file.write_text("email,name\nAnn@example.org,Ann\nbob@example.org,\n")
    newer = type(KEYS)((b"a newer secret", *KEYS.secrets))
    done = importing.import_file(database, newer, file, now=LATER)
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
    assert "confirmed" == suppressing.lift(database, KEYS, ANN)


def test_a_stranger_suppressed_by_a_file_does_not_join(database: Database, file: Path) -> None:
    """Who was never on the list is not put on it by lifting what a file said."""
    imported(database, file, "email,status\nann@example.org,suppressed\n")
    assert "unsubscribed" == suppressing.lift(database, KEYS, ANN)


def test_large_file(database: Database, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more rows than one transaction takes is imported whole, in its order."""
    monkeypatch.setattr(importing, "_BATCH", 100)
    addresses = [f"reader{number}@example.org" for number in range(250)]
    done = imported(database, file, "\n".join(["email", *addresses]))
    assert (250, addresses) == (done.added, [address for address, *_ in everyone(database)])


def test_progress(database: Database, file: Path) -> None:
    """How many bytes are done with is told, up to all of them."""
    file.write_text(
        "email\n" + "".join(f"reader{number}@example.org\n" for number in range(30_000))
    )
    told: list[int] = []
    importing.import_file(database, KEYS, file, now=NOW, progress=told.append)
    assert (sorted(told), file.stat().st_size) == (told, told[-1])


# --- Rows that cannot be used -------------------------------------------------------------


def test_bad_rows_are_told(database: Database, file: Path) -> None:
    """Bad rows are told by the line they begin in, and passed over; the good ones are taken."""
    file.write_text(
        'email,status\n"ann\n",\nbob@example.org,yes\nann@example.org,\neve@,\n', encoding="utf-8"
    )
    told: list[tuple[int, str]] = []
    done = importing.import_file(
        database, KEYS, file, now=NOW, reject=lambda line, reason: told.append((line, reason))
    )
    assert ([2, 4, 6], 1, 3) == ([line for line, _ in told], done.added, done.rejected)
    assert 'status "yes" is none of unconfirmed, confirmed, unsubscribed, suppressed' == told[1][1]


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
        "not an e-mail address: An email address must have an @-sign.; 3;\r\n"
        "not an e-mail address: There must be something after the @-sign.;4;b@;;5\r\n"
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
    """What was rejected before a file turned out to be none is kept, and the earlier rows are."""
    with pytest.raises(InputError, match=r"people\.csv:4: not CSV"):
        imported(database, file, 'email\nann@\nbob@example.org\n"eve@example.org\n')
    assert "ann@" in file.with_name("people.csv.rejects.csv").read_text(encoding="utf-8")


def test_crash_leaves_no_half_file(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the import is at work, the file of rejects is the one from before."""
    before = imported(database, file, "email\nann@\n").rejects
    assert before
    kept = before.read_bytes()
    monkeypatch.setattr(importing, "_BATCH", 1)
    seen = []
    file.write_text("email\nbob@\neve@example.org\ndan@\n", encoding="utf-8")
    importing.import_file(
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
        ("email\nann@example.org\n".encode("utf-16"), "1: not UTF-8 (byte 0 of the file)"),
        (b"email\n" + b"x" * (1 << 20) + b"\n\xe8\xae", "3: not UTF-8 (byte 1048583 of the file)"),
        (
            b"\n" * ((1 << 20) - 1) + b"\xe8\xae\xba\xff",
            "1048576: not UTF-8 (byte 1048578 of the file",
        ),
        (b'email\n"ann@example.org' + b"x" * 140_000 + b'"\n', "2: not CSV: field larger"),
        (b'email\nann@example.org\n"b"ob@example.org\n', "3: not CSV: ',' expected after"),
        (b"mail\nann@example.org\n", "1: no `email` column"),
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
        importing.import_file(database, KEYS, file, now=NOW)


def test_folder(database: Database, file: Path) -> None:
    """A folder is one line that names it."""
    with pytest.raises(InputError, match=r"is no file"):
        importing.import_file(database, KEYS, file.parent, now=NOW)
