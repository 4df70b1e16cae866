"""What a list costs: a million people imported, and picked for a mail.

Run with `make bench-list`; `-m tests.bench.people --rows 50000` is over sooner. Beside each figure
stands what the database alone takes for the same rows, in the same run: the driver's `executemany`
of the file's cells, and one bare `INSERT … SELECT`. PostgreSQL runs without fsync, here only.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

import argparse
import csv
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, func, insert, select, text

from publisher.storage import plans
from publisher.storage.database import Database
from publisher.storage.plans import Audience, LetterDraft
from publisher.storage.tables import delivery, letter, plan, subscriber
from tests.bench import measure
from tests.support.postgresql import Server, programs, server

ROWS = 1_000_000
MEMORY = 300e6  # bytes
TIMES = 3
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
LANGUAGES = ("en", "zh-Hans")
AUDIENCE = Audience(languages=LANGUAGES)
DRAFT = LetterDraft(subject="", text="", html="")


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help=f"people; {ROWS:,} if left out")
    rows = parser.parse_args().rows
    processors = measure.pin(2)
    print(f"processors {processors}; {rows:,} people")
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as name:
        file = Path(name) / "people.csv"
        with file.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows(people(rows))
        print(f"a file of {file.stat().st_size / 1e6:.0f} MB")
        for kind in ("sqlite", "postgresql"):
            if kind == "postgresql" and programs() is None:
                print("no PostgreSQL here: Debian's package postgresql brings it")
                continue
            with server() if kind == "postgresql" else nullcontext() as running:
                print(f"\n{kind}")
                compare(file, rows, Place(Path(name) / kind, running))
    return 0


def people(rows: int) -> Iterator[tuple[str, str, str, str]]:
    """Make people, in no order that an index would like."""
    yield "email", "name", "language", "status"
    for number in range(rows):
        who = number * 7_919 % rows  # a prime: each once
        language = ("", *LANGUAGES)[who % 3]
        status = "unsubscribed" if who % 50 == 0 else "confirmed"
        yield f"reader{who}@mail{who % 500}.example.org", f"Reader {who}", language, status


class Place:
    """Where newsletters of one kind of database are."""

    def __init__(self, folder: Path, running: Server | None) -> None:
        self._folder = folder
        self._server = running
        self._made = 0

    def newsletter(self) -> tuple[Path, str]:
        """Make a newsletter without a list; return its folder and its database's URL."""
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir(parents=True)
        url = self._server.empty() if self._server else "sqlite:///.publisher/state.db"
        (folder / "publisher.toml").write_text(f'[database]\nurl = "{url}"\n', encoding="utf-8")
        return folder, url


@contextmanager
def opened(folder: Path, url: str) -> Iterator[Database]:
    """Open a newsletter's database."""
    with closing(Database(url, folder)) as database:
        database.migrate()
        yield database


def compare(file: Path, rows: int, place: Place) -> None:
    """Measure import and selection in one kind of database."""
    folder, url = place.newsletter()
    ours = command(folder, file)
    again = command(folder, file)
    with opened(*place.newsletter()) as database:
        bare = timed(lambda: fill(database, file))
        with database.read() as connection:
            assert rows == connection.execute(select(func.count(subscriber.c.id))).scalar()
    peak = max(ours.peak_bytes, again.peak_bytes)
    print(f"  import:          {rows / ours.wall:>9,.0f} rows a second ({ours.wall:.1f} s)")
    print(f"  import again:    {rows / again.wall:>9,.0f} rows a second ({again.wall:.1f} s)")
    print(f"  executemany:     {rows / bare:>9,.0f} rows a second ({bare:.1f} s)")
    print(f"  import / executemany: {ours.wall:.1f} s / {bare:.1f} s = {ours.wall / bare:.1f}")
    print(f"  peak memory: {peak / 1e6:.0f} MB of {MEMORY / 1e6:.0f}")

    with opened(folder, url) as database:
        chosen, copied = [], []
        for _ in range(TIMES):
            chosen.append(timed(lambda: choose(database)))
            size = emptied(database)
            copied.append(timed(lambda: copy(database)))
            assert size == emptied(database)
    took, limit = statistics.median(chosen), statistics.median(copied)
    print(f"  audience of {size:,}: {took:.2f} s, in three letters")
    print(f"  INSERT … SELECT:      {limit:.2f} s")
    print(f"  audience / INSERT … SELECT: {took:.2f} s / {limit:.2f} s = {took / limit:.2f}")


def command(folder: Path, file: Path) -> measure.Cost:
    """Import as a person would."""
    ours = [sys.executable, "-m", "publisher", "--project", str(folder)]
    return measure.run([*ours, "subscribers", "import", str(file)], log=folder / "log")


def fill(database: Database, file: Path) -> None:
    """Give the rows to the driver as they are, in one statement and transaction."""
    names = ("address", "address_key", "name", "language", "status", "since")
    with database.write() as connection, file.open(encoding="utf-8", newline="") as source:
        rows = csv.reader(source)
        next(rows)
        driver = connection.connection.driver_connection
        assert driver is not None
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        marks = ", ".join(mark for _ in names)
        driver.cursor().executemany(
            f"INSERT INTO subscriber ({', '.join(names)}) VALUES ({marks})",  # noqa: S608  (ours)
            ((email, email, name, language, status, 0) for email, name, language, status in rows),
        )


def choose(database: Database) -> None:
    """Freeze an audience as `run` does."""
    with database.write() as connection:
        number = plans.create(connection, name="bench", issue=None, now=NOW)
        for group in plans.groups(connection, AUDIENCE):
            plans.add_letter(connection, number, group, DRAFT, audience=AUDIENCE, now=NOW)


def copy(database: Database) -> None:
    """Write as many rows of the ledger with nothing but one statement."""
    with database.write() as connection:
        number = plans.create(connection, name="bench", issue=None, now=NOW)
        connection.execute(
            insert(letter).values(id=1, plan=number, language="", subject="", text="", html="")
        )
        connection.execute(
            text(
                "INSERT INTO delivery (plan, letter, subscriber, state, attempts, due, changed, "
                "reply) SELECT :plan, 1, id, 'pending', 0, 0, 0, '' FROM subscriber "
                "WHERE status = 'confirmed'"
            ),
            {"plan": number},
        )


def emptied(database: Database) -> int:
    """Take all plans away; return how many deliveries there were."""
    with database.write() as connection:
        gone = connection.execute(delete(delivery)).rowcount
        connection.execute(delete(letter))
        connection.execute(delete(plan))
    return gone


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
