"""A backup holds all of the state, whatever database that is in, and a restored one is held."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from publisher.commands import backup
from publisher.commands.bounces import BounceCounts, Reader, read_mails
from publisher.errors import InputError, OutputError, StateError
from publisher.plans import restore_hold
from publisher.storage import issues, subscribers
from publisher.storage.bounces import BounceKind
from publisher.storage.database import Database
from publisher.storage.facts import Fact
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables.schema import metadata
from publisher.subscribers import admin, preferences, signup
from publisher.subscribers.preferences import Leaving, Left
from publisher.subscribers.tokens import Purpose
from tests.contract.test_storage import record
from tests.support.bounce_mailbox import SOFT
from tests.support.bounces import return_path, sample
from tests.support.newsletter_folder import KEYS, NOW, freeze


@pytest.fixture
def database(empty: Database) -> Database:
    """Return each kind of database in turn, with an issue, a reader and a mail to send."""
    admin.add(empty, KEYS, "ann@example.org", name="Ann", language="", now=NOW)
    with empty.write() as connection:
        issues.put_issues(connection, [(record("001"), bytes(32))])
        freeze(connection, "001")
    return empty


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables but the mark of a copy."""
    with database.read() as connection:
        return {
            table.name: sorted(
                tuple(row) for row in connection.execute(select(table)) if "copied-at" not in row
            )
            for table in metadata.sorted_tables
        }


def test_all_comes_back(database: Database, tmp_path: Path) -> None:
    """What a backup holds is what is there after a restore, and nothing that came between."""
    before = contents(database)
    backup.backup(database, tmp_path / "b.db", NOW)
    admin.add(database, KEYS, "bob@example.org", name="", language="", now=NOW)
    kept = backup.restore(database, tmp_path / "b.db", tmp_path / "aside.db", NOW)
    assert before == contents(database)
    assert tmp_path / "aside.db" == kept
    with closing(Database(f"sqlite:///{kept}", tmp_path)) as aside:
        assert 2 == len(contents(aside)["subscriber"])


def test_numbers_go_on(database: Database, tmp_path: Path) -> None:
    """Whoever is added after a restore gets a number of their own."""
    backup.backup(database, tmp_path / "b.db", NOW)
    backup.restore(database, tmp_path / "b.db", tmp_path / "aside.db", NOW)
    admin.add(database, KEYS, "bob@example.org", name="", language="", now=NOW)
    assert 2 == len(contents(database)["subscriber"])


def test_after_a_restore_that_was_killed(database: Database, tmp_path: Path) -> None:
    """What it left beside its copy, which SQLite would add to the next copy, is not taken."""
    backup.backup(database, tmp_path / "b.db", NOW)
    before = contents(database)
    left, log = (tmp_path / f".restoring.tmp-publisher{suffix}" for suffix in ("", "-wal"))
    shutil.copy(tmp_path / "b.db", left)
    with closing(sqlite3.connect(left)) as copied:
        copied.execute("PRAGMA journal_mode=WAL")
        copied.execute("DELETE FROM subscriber")
        copied.commit()
        written = log.read_bytes()
    log.write_bytes(written)
    backup.restore(database, tmp_path / "b.db", tmp_path / "aside.db", NOW)
    assert before == contents(database)


# --- Whose a link is afterwards -----------------------------------------------------------

ANN, BOB, CAROL = "ann@example.org", "bob@example.org", "carol@example.org"
HOUR = timedelta(hours=1)


def reader(database: Database, address: str) -> SubscriberRow:
    """Return what is known of an address."""
    with database.read() as connection:
        return subscribers.by_keys(connection, [address])[address]


def lose_bob(database: Database, folder: Path) -> SubscriberRow:
    """Let Bob join after a backup that comes back, and Carol after that; return what Bob was."""
    backup.backup(database, folder / "b.db", NOW)
    admin.add(database, KEYS, BOB, name="", language="", now=NOW + HOUR)
    bob = reader(database, BOB)
    backup.restore(database, folder / "b.db", folder / "aside.db", NOW + 2 * HOUR)
    admin.add(database, KEYS, CAROL, name="", language="", now=NOW + 3 * HOUR)
    assert bob.id == reader(database, CAROL).id, "else there is nothing to mistake"
    return bob


def follow(database: Database, row: SubscriberRow, purpose: Purpose) -> bool:
    """Do all that a link of somebody's mail is good for; return whether anything was done."""
    token, now = KEYS.link(purpose, row.id, row.epoch), NOW + 4 * HOUR
    _, changed = preferences.change_preferences(
        database, KEYS, token, language="en", cadence="weekly", now=now
    )
    confirmed = signup.confirm_signup(database, KEYS, token, now)
    (left,) = preferences.leave_list(database, KEYS, [Leaving(token, "page")], now)
    return changed or confirmed.link is not signup.Link.void or left is not Left.void


@pytest.mark.parametrize("purpose", [Purpose.leave, Purpose.confirm])
def test_links_of_who_was_lost(purpose: Purpose, database: Database, tmp_path: Path) -> None:
    """Who joined after a backup was made has links that do nothing to who has their number now."""
    bob = lose_bob(database, tmp_path)
    before = reader(database, CAROL)
    assert (False, before) == (follow(database, bob, purpose), reader(database, CAROL))


@pytest.mark.parametrize("by_link", [False, True])
def test_bounces_of_who_was_lost(by_link: bool, database: Database, tmp_path: Path) -> None:  # noqa: FBT001
    """What comes back from them is for a person to look at, and stops nobody's mail."""
    bob = lose_bob(database, tmp_path)
    with database.write() as connection:
        issues.put_issues(connection, [(record("002"), bytes(32))])
        freeze(connection, "002")
    returns_to = "papers@example.org" if by_link else return_path(bob.id, KEYS, bob.epoch)
    returns = BounceCounts()
    desk = Reader(
        database=database, keys=KEYS, folder=tmp_path / "kept", soft=SOFT, clock=lambda: NOW
    )
    mail = sample("postfix", subscriber=bob.id, epoch=bob.epoch, keys=KEYS, returns_to=returns_to)
    read_mails(desk, [(mail, lambda: None)], returns)
    assert ({BounceKind.unknown: 1}, 0) == (returns.kinds, returns.suppressed)


def test_links_of_who_came_back(database: Database, tmp_path: Path) -> None:
    """Who is in the backup leaves by any link: from before it, after it, and of a stay since."""
    backup.backup(database, tmp_path / "b.db", NOW)
    before = reader(database, ANN)
    admin.remove(database, ANN, now=NOW + HOUR)
    admin.add(database, KEYS, ANN, name="", language="", now=NOW + 2 * HOUR)
    since = reader(database, ANN)
    assert before.epoch < since.epoch
    for row in (before, since):
        backup.restore(database, tmp_path / "b.db", tmp_path / "aside.db", NOW + 3 * HOUR)
        assert follow(database, row, Purpose.leave)
        assert "unsubscribed" == reader(database, ANN).status


# --- What it is like ----------------------------------------------------------------------


def test_into_an_empty_database(database: Database, tmp_path: Path) -> None:
    """A backup moves to another machine and kind of database; there nothing has to be kept."""
    backup.backup(database, tmp_path / "b.db", NOW)
    with closing(Database("sqlite:///other.db", tmp_path)) as other:
        other.migrate()
        assert backup.restore(other, tmp_path / "b.db", tmp_path / "aside.db", NOW) is None
        assert contents(database) == contents(other)
    assert not (tmp_path / "aside.db").exists()


def test_only_its_owner_reads_it(database: Database, tmp_path: Path) -> None:
    """A backup is one file that nobody else can read, and nothing is left beside it."""
    backup.backup(database, tmp_path / "folder.db", NOW)
    assert 0o600 == stat.S_IMODE((tmp_path / "folder.db").stat().st_mode)
    assert {"folder.db"} == {path.name for path in tmp_path.iterdir()} - {"state"}


def test_while_a_write_is_under_way(database: Database, tmp_path: Path) -> None:
    """A backup waits for nobody, and has nothing of what is not committed."""
    with database.write() as connection:
        Fact("half", str, str).put(connection, "done")
        backup.backup(database, tmp_path / "b.db", NOW)
    with closing(Database("sqlite:///b.db", tmp_path)) as copied, copied.read() as connection:
        assert Fact("half", str, str).get(connection) is None


def test_backup_itself_is_held(database: Database, tmp_path: Path) -> None:
    """A backup that someone puts in the state's place by hand mails nobody either."""
    backup.backup(database, tmp_path / "b.db", NOW)
    with closing(Database("sqlite:///b.db", tmp_path)) as copied, copied.read() as connection:
        assert NOW == restore_hold.copied_at(connection)
    with database.read() as connection:
        assert restore_hold.copied_at(connection) is None


def test_backup_of_a_held_state(database: Database, tmp_path: Path) -> None:
    """A copy of a copy knows no more than the first: the older time counts."""
    backup.backup(database, tmp_path / "b.db", NOW)
    backup.restore(database, tmp_path / "b.db", tmp_path / "aside.db", NOW)
    backup.backup(database, tmp_path / "c.db", NOW + timedelta(days=1))
    with closing(Database("sqlite:///c.db", tmp_path)) as copied, copied.read() as connection:
        assert NOW == restore_hold.copied_at(connection)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no database at all " * 99, "cannot be restored: is no SQLite database"),
        (b"", "is no backup"),
        (None, "cannot be read: No such file"),
    ],
)
def test_no_backup(content: bytes | None, why: str, database: Database, tmp_path: Path) -> None:
    """What is no backup is one line, and nothing changes."""
    before = contents(database)
    file = tmp_path / "b.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=f"{file}: {why}"):
        backup.restore(database, file, tmp_path / "aside.db", NOW)
    assert before == contents(database)


def test_newer_backup(database: Database, tmp_path: Path) -> None:
    """A backup of a newer program is refused."""
    backup.backup(database, tmp_path / "b.db", NOW)
    with closing(Database("sqlite:///b.db", tmp_path)) as copied, copied.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="was written by a newer publisher"):
        backup.restore(database, tmp_path / "b.db", tmp_path / "aside.db", NOW)


def test_nowhere_to_write(database: Database, tmp_path: Path) -> None:
    """A folder that is not there is one line."""
    with pytest.raises(OutputError, match="cannot be written: No such file or directory"):
        backup.backup(database, tmp_path / "nowhere" / "b.db", NOW)


def test_accepting(database: Database, tmp_path: Path) -> None:
    """Once accepted, what was to be sent is uncertain, and it cannot be accepted twice."""
    backup.backup(database, tmp_path / "b.db", NOW)
    backup.restore(database, tmp_path / "b.db", tmp_path / "aside.db", NOW)
    later = NOW + timedelta(hours=1)
    slugs = ["001", "002"]
    expected = restore_hold.Accepted(copied=NOW, uncertain={"001": 1}, doubtful=("002",))
    assert expected == restore_hold.accept_restore(database, slugs, later)
    assert restore_hold.accept_restore(database, slugs, later) is None


def test_copy_without_a_mark(database: Database) -> None:
    """A state that misses what was published is held as a copy is, of its newest time, once."""
    with database.write() as connection:
        held = [restore_hold.hold_mail(connection, slugs) for slugs in ([], ["002"], ["002"])]
        assert ([False, True, False], NOW) == (held, restore_hold.copied_at(connection))
    restore_hold.accept_restore(database, ["001", "002"], NOW)
    with database.write() as connection:
        assert not restore_hold.hold_mail(connection, ["002"])


def test_state_that_is_damaged(tmp_path: Path) -> None:
    """A backup comes back where the state is damaged, which is kept as it is."""
    with closing(Database("sqlite:///good.db", tmp_path)) as good:
        good.migrate()
        admin.add(good, KEYS, "ann@example.org", name="Ann", language="", now=NOW)
        backup.backup(good, tmp_path / "b.db", NOW)
        expected = contents(good)
    damaged = b"no database at all " * 99
    (tmp_path / "state.db").write_bytes(damaged)
    aside = tmp_path / "aside.db"
    with closing(Database("sqlite:///state.db", tmp_path)) as database:
        assert aside == backup.restore(database, tmp_path / "b.db", aside, NOW)
        assert expected == contents(database)
    assert damaged == aside.read_bytes()


def test_state_that_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state that another program holds is not moved from under it: nothing is restored."""
    monkeypatch.setattr("publisher.storage.database.BUSY_TIMEOUT", 0.01)
    with closing(Database("sqlite:///state.db", tmp_path)) as database:
        database.migrate()
        backup.backup(database, tmp_path / "b.db", NOW)
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        busy = pytest.raises(StateError, match="another program holds the state database")
        with closing(Database("sqlite:///state.db", tmp_path)) as database, busy:
            backup.restore(database, tmp_path / "b.db", tmp_path / "aside.db", NOW)
    assert {"b.db", "state.db"} == {path.name for path in tmp_path.glob("*.db")}


def test_backup_onto_the_state(tmp_path: Path) -> None:
    """The state itself is no place for a backup."""
    with closing(Database("sqlite:///state.db", tmp_path)) as database:
        database.migrate()
        with pytest.raises(OutputError, match="is the state itself"):
            backup.backup(database, tmp_path / "state.db", NOW)


def test_any_name(tmp_path: Path) -> None:
    """A file may be called what URLs would take apart."""
    with closing(Database("sqlite:///state.db", tmp_path)) as database:
        database.migrate()
        backup.backup(database, tmp_path / "a?b=c#d.db", NOW)
    assert (tmp_path / "a?b=c#d.db").exists()
