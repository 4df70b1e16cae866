"""What holds of every import, whatever the file and whoever is on the list before."""

import csv
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import AddressError, InputError
from publisher.storage.database import Database
from publisher.subscribers import admin, csv_export, csv_import, suppression
from publisher.subscribers.consent import STRICTNESS
from publisher.subscribers.csv_import import Imported
from publisher.subscribers.import_columns import Options
from tests.support.newsletter_folder import KEYS, NOW, fresh_database

LATER = NOW + timedelta(days=1)
GOOD = ["ann@example.org", "Ann@Example.org", "bob@bücher.example", "bob@xn--bcher-kva.example"]
ADDRESSES = [*GOOD, "=1+2@example.org", "nobody", ""]
texts = st.text(st.characters(codec="utf-8"), max_size=8)
names = st.one_of(
    st.sampled_from(["", "Ann", "=SUM(1)", "'=1", "＝1", '" =1"', "a;=b", "a\nb", '"', "李, 雷"]),
    texts,
)
statuses = st.sampled_from(["confirmed", "unconfirmed", "unsubscribed", "suppressed"])
languages = st.sampled_from(["", "en", "zh-Hans", "english"])
cadences = st.sampled_from(["", "issue", "weekly", "monthly", "daily"])
rows = st.lists(
    st.tuples(st.sampled_from(ADDRESSES), names, languages, statuses, cadences), max_size=12
)
#: What was done by hand before: nothing, added, removed, suppressed, forgotten.
histories = st.dictionaries(
    st.sampled_from(GOOD),
    st.sampled_from(["add", "remove", "suppress", "forget"]),
)
Row = tuple[str, str, str, str, str]
#: Each example makes a database or two, which takes as long as the disk lets it.
patient = settings(max_examples=settings().max_examples // 4)


@contextmanager
def newsletter() -> Iterator[tuple[Database, Path]]:
    """Open an empty database, with a path beside it for a file."""
    with tempfile.TemporaryDirectory() as name, fresh_database(Path(name)) as database:
        yield database, Path(name) / "people.csv"


def imported(
    database: Database, file: Path, content: list[Row], options: Options | None = None
) -> Imported:
    """Import rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("email", "name", "language", "status", "cadence"))
    writer.writerows(content)
    file.write_text(text.getvalue(), encoding="utf-8", newline="")
    return csv_import.import_file(database, KEYS, file, now=LATER, options=options)


def lived(database: Database, history: dict[str, str]) -> None:
    """Do by hand what was done before, as far as it is allowed."""
    for address, what in history.items():
        if what == "suppress":
            suppression.suppress_address(database, KEYS, address, reason="", now=NOW)
        elif what == "forget":
            suppression.forget_person(database, KEYS, address, now=NOW)
        else:
            with suppress(AddressError):
                admin.add(database, KEYS, address, name="", language="", now=NOW)
                if what == "remove":
                    admin.remove(database, address, now=NOW)


def exported(database: Database) -> str:
    """Return the export."""
    target = io.StringIO(newline="")
    csv_export.export(database, target)
    return target.getvalue()


def known(database: Database) -> dict[str, str]:
    """Return the status of everyone by key."""
    return {row.key: row.status for row in admin.list_subscribers(database)}


@patient
@given(histories, rows)
def test_again(history: dict[str, str], content: list[Row]) -> None:
    """Importing a file again changes nothing."""
    with newsletter() as (database, file):
        lived(database, history)
        first = imported(database, file, content)
        before = exported(database)
        again = imported(database, file, content)
        assert (0, 0, before) == (again.added, again.changed, exported(database))
        assert first.rejected == again.rejected


@patient
@given(histories, rows)
def test_nobody_is_brought_back(history: dict[str, str], content: list[Row]) -> None:
    """A status only gets stricter, and nobody is there who was forgotten."""
    with newsletter() as (database, file):
        lived(database, history)
        before = known(database)
        imported(database, file, content)
        after = known(database)
        assert before.keys() <= after.keys()
        assert all(STRICTNESS[before[key]] <= STRICTNESS[after[key]] for key in before)
        with database.read() as connection:
            reasons = suppression.find_reasons(connection, KEYS, list(after))
        assert "forgotten" not in reasons.values()


@patient
@given(rows)
def test_leaving_wins(content: list[Row]) -> None:
    """Who is taken off by any row of a file is off the list after all of it."""
    with newsletter() as (database, file):
        done = imported(database, file, content)
        used = [row for row in content if row[2] != "english"]
        used = [row for row in used if row[4] != "daily" and "@" in row[0]]
        assert len(content) - len(used) == done.rejected + sum(not any(row) for row in content)
        left = {row[0] for row in used if row[3] in ("unsubscribed", "suppressed")}
        after = {row.address: row.status for row in admin.list_subscribers(database)}
        assert not [address for address in left & after.keys() if after[address] == "confirmed"]


#: Columns that say who left, and what they say of who did and of who did not.
COLUMNS = {
    "subscribed": ("false", "true"),
    "Accepts Email Marketing": ("no", "yes"),
    "blacklisted": ("1", "0"),
    "unsubscribed_at": ("2024-01-01 10:00", ""),
    "Global status": ("Unsubscribed", "Subscribed"),
    "dnc_email": ("1", "0"),
    "bounced": ("hard bounce", ""),
    "订阅状态": ("已退订", "已订阅"),
    "type": ("unsubscribed", "reader"),
    "subscription_state": ("2", "1"),
}
marked = st.lists(st.lists(st.booleans(), min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=8)


@patient
@given(st.sets(st.sampled_from(sorted(COLUMNS)), min_size=1), marked)
def test_whoever_left_anywhere_is_not_mailed(
    chosen: set[str], people_left: list[list[bool]]
) -> None:
    """Whoever left by any column is not confirmed, whatever becomes of their row."""
    names = [name for name in COLUMNS if name in chosen]
    with newsletter() as (database, file):
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(("email", *names))
        for number, left in enumerate(people_left):
            signs = dict(zip(COLUMNS, left, strict=True))
            cells = [COLUMNS[name][0 if signs[name] else 1] for name in names]
            writer.writerow((f"reader{number}@example.org", *cells))
        file.write_text(text.getvalue(), encoding="utf-8", newline="")
        with suppress(InputError):
            csv_import.import_file(database, KEYS, file, now=LATER)
        confirmed = {key for key, status in known(database).items() if status == "confirmed"}
        gone = {
            f"reader{number}@example.org"
            for number, left in enumerate(people_left)
            if any(sign for name, sign in zip(COLUMNS, left, strict=True) if name in chosen)
        }
        assert set() == confirmed & gone


@patient
@given(histories, rows)
def test_dry_run(history: dict[str, str], content: list[Row]) -> None:
    """A dry run says what the import does, and writes nothing."""
    with newsletter() as (database, file):
        lived(database, history)
        before = exported(database)
        with patch.object(csv_import, "_BATCH", 2):
            told = imported(database, file, content, Options(dry_run=True))
            assert before == exported(database)
            assert [file] == [path for path in file.parent.iterdir() if path.is_file()]
            done = imported(database, file, content)
        assert replace(done, rejects=None) == told


@patient
@given(histories, rows, st.integers(1, 4))
def test_wherever_a_transaction_ends(
    history: dict[str, str], content: list[Row], batch: int
) -> None:
    """How many rows are taken at a time makes no difference to the list."""
    with newsletter() as (database, file), newsletter() as (other, beside):
        lived(database, history)
        lived(other, history)
        imported(database, file, content)
        with patch.object(csv_import, "_BATCH", batch):
            imported(other, beside, content)
        assert sorted(known(database).items()) == sorted(known(other).items())
        assert sorted(exported(database).splitlines()) == sorted(exported(other).splitlines())


@patient
@given(histories, rows)
def test_round_trip(history: dict[str, str], content: list[Row]) -> None:
    """An export, imported into an empty newsletter, gives the same bytes again."""
    with newsletter() as (database, file), newsletter() as (other, beside):
        lived(database, history)
        imported(database, file, content)
        text = exported(database)
        beside.write_text(text, encoding="utf-8", newline="")
        done = csv_import.import_file(other, KEYS, beside, now=LATER)
        assert (0, text) == (done.rejected, exported(other))


@patient
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    """Whatever is in a file, it is imported or refused in one line."""
    with newsletter() as (database, file):
        file.write_bytes(b"email,name\n" + content)
        said = ""
        try:
            csv_import.import_file(database, KEYS, file, now=NOW)
        except InputError as error:
            said = str(error)
        assert len(said.splitlines()) <= 1
