"""Adding people from CSV files. What a file says never puts anybody back on the list."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from publisher.errors import PublisherError
from publisher.storage import plans, subscribers
from publisher.storage.database import Database
from publisher.storage.plans import CONFIRMED, EACH
from publisher.storage.subscribers import (
    FORGOTTEN,
    SUPPRESSED,
    UNSUBSCRIBED,
    SubscriberRow,
)
from publisher.subscribers import suppression
from publisher.subscribers.addresses import check_address, parse_mailbox
from publisher.subscribers.consent import STRICTNESS
from publisher.subscribers.csv_table import NotCSVError, Table
from publisher.subscribers.import_columns import Entry, Layout, Options
from publisher.subscribers.import_formats import join_lines
from publisher.subscribers.import_rejects import Rejects
from publisher.subscribers.languages import Languages
from publisher.subscribers.tokens import Keys

#: What gave somebody their status.
_HOW = "import"
#: Rows written in one transaction: others wait half a second for it. With 5,000 a million rows take
#: twice as long, since each transaction writes a part of the whole index, and 20 MB less.
_BATCH = 20_000
_EXAMPLES = 3


@dataclass(slots=True)
class Imported:
    """What an import did, or would do, in rows."""

    #: What the file was read as.
    title: str = ""
    caution: str = ""
    #: What its columns were understood as.
    columns: tuple[str, ...] = ()
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Of these: people the file would have mailed, who left or are never to be mailed.
    staying: int = 0
    #: Of these: people who were on the list, and are not any more, since the file says so.
    taken_off: int = 0
    #: Addresses that were mended.
    mended: int = 0
    rejected: int = 0
    #: Where the rejected rows are.
    rejects: Path | None = None
    #: How many are what after it, with a few of their addresses.
    statuses: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    #: Languages of the file that the newsletter does not have.
    languages: Counter[str] = field(default_factory=Counter)

    def people(self) -> Iterator[str]:
        """Yield a line for each status: how many rows' people have it after all, and examples."""
        for status, number in sorted(self.statuses.items()):
            more = ", …" if number > len(self.examples[status]) else ""
            yield f"{status}: {number} ({', '.join(self.examples[status])}{more})"

    def note(self, status: str, address: str) -> None:
        """Count what becomes of a row."""
        self.statuses[status] += 1
        if self.statuses[status] <= _EXAMPLES:
            self.examples.setdefault(status, []).append(address)


class _Person(NamedTuple):
    """A row that can be used."""

    address: str
    key: str
    entry: Entry


def import_file(
    database: Database,
    keys: Keys,
    path: Path,
    *,
    now: datetime,
    options: Options | None = None,
    reject: Callable[[int, str], object] = lambda _line, _reason: None,
    progress: Callable[[int], object] = lambda _bytes: None,
) -> Imported:
    """Add the people of a list; `subscribers/import_formats.py` says of which kinds.

    All of the file is read once before anything is written. `reject` is told of each row that
    cannot be used, by the line it begins in, and `progress` how many bytes are done with. Such
    rows are passed over, and kept in a file beside this one. A dry run says the same and writes
    nothing. Raises InputError for a file that is no list, or whose columns do not tell beyond
    doubt who wants mail, and OutputError.
    """
    options = options or Options()
    layout = _understood(path, options)
    table = layout.table
    imported = Imported(
        title=layout.format.title, caution=layout.format.caution, columns=tuple(layout.told())
    )
    memory = _Memory(_repeated(layout)) if options.dry_run else None
    with Rejects(path, table.header, table.delimiter, keep=not options.dry_run) as rejects:

        def refused(line: int, cells: list[str], reason: str) -> None:
            rejects.add(cells, reason)
            reject(line, reason)

        for batch in _batches(layout, options.languages, imported, refused):
            if memory is None:
                with database.write() as connection:
                    _write(connection, _decided(connection, keys, batch, imported, now), now)
            else:
                with database.read() as connection:
                    memory.keep(_decided(connection, keys, batch, imported, now, memory))
            progress(table.position())
    imported.rejected = rejects.number
    imported.rejects = rejects.path if rejects.number and not options.dry_run else None
    return imported


# --- Rows ---------------------------------------------------------------------------------


def _understood(path: Path, options: Options) -> Layout:
    """Read a list once. Quotes are doubled in it, or else escaped by a backslash."""
    table = Table(path)
    try:
        return Layout(table, options)
    except NotCSVError as error:
        if table.has_escapes():
            with suppress(NotCSVError):
                return Layout(Table(path, escapes=True), options)
        raise error from None


def _batches(
    layout: Layout,
    languages: Languages | None,
    imported: Imported,
    refused: Callable[[int, list[str], str], object],
) -> Iterator[list[_Person]]:
    batch: list[_Person] = []
    for line, cells in layout.table.rows():
        try:
            batch.append(_person(layout.entry(cells), languages, imported))
        except PublisherError as error:
            refused(line, cells, str(error))
            continue
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _person(entry: Entry, languages: Languages | None, imported: Imported) -> _Person:
    """Return whom a row is about. Raises AddressError."""
    address, key = check_address(entry.email)
    if address != entry.email:
        meant = parse_mailbox(entry.email)
        imported.mended += meant.address != entry.email
        entry = replace(entry, name=entry.name or join_lines(meant.name))
    if entry.language and languages is not None:
        own = languages.match(entry.language)
        if own is None:
            imported.languages[entry.language] += 1
        else:
            entry = replace(entry, language=own)
    return _Person(address, key, entry)


def _repeated(layout: Layout) -> set[int]:
    """Return the hashes of keys that several rows have."""
    hashes = array("q")
    for _, cells in layout.table.rows():
        with suppress(PublisherError):
            hashes.append(hash(check_address(layout.entry(cells).email)[1]))
    return {one for one, other in pairwise(sorted(hashes)) if one == other}


# --- What becomes of people ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Changes:
    """What some rows change. Rows of people are by their keys."""

    fresh: dict[str, SubscriberRow]
    changed: dict[str, SubscriberRow]
    #: The reasons of new suppressions.
    suppressed: dict[str, str]


class _Memory:
    """What a dry run would have written of people whom later rows are about, too."""

    def __init__(self, repeated: set[int]) -> None:
        self._repeated = repeated
        self.rows: dict[str, SubscriberRow] = {}
        self.barred: dict[str, str] = {}

    def keep(self, changes: _Changes) -> None:
        """Remember what later rows have to know."""
        if self._repeated:
            rows = changes.fresh | changes.changed
            self.rows |= {key: row for key, row in rows.items() if hash(key) in self._repeated}
            barred = changes.suppressed.items()
            self.barred |= {key: why for key, why in barred if hash(key) in self._repeated}


def _decided(
    connection: Connection,
    keys: Keys,
    batch: list[_Person],
    imported: Imported,
    now: datetime,
    memory: _Memory | None = None,
) -> _Changes:
    """Return what rows change, and count it. Rows on one person are taken one after the other."""
    asked = list({person.key for person in batch})
    known = subscribers.by_keys(connection, asked)
    barred = suppression.find_reasons(connection, keys, asked)
    if memory:
        known |= {key: memory.rows[key] for key in asked if key in memory.rows}
        barred |= {key: memory.barred[key] for key in asked if key in memory.barred}
    newest = plans.newest(connection)
    after = dict(known)
    suppressed: dict[str, str] = {}
    for person in batch:
        key, entry = person.key, person.entry
        if barred.get(key) != FORGOTTEN:
            after[key] = _merged(after.get(key), person, newest, now)
            if entry.status == SUPPRESSED and key not in barred:
                suppressed.setdefault(key, entry.reason)
        if key in suppressed or key in barred:
            status = FORGOTTEN if barred.get(key) == FORGOTTEN else SUPPRESSED
        else:
            status = after[key].status
        left = status in (UNSUBSCRIBED, SUPPRESSED, FORGOTTEN)
        imported.staying += left and entry.status not in (UNSUBSCRIBED, SUPPRESSED)
        imported.note(status, person.address)
    changes = _Changes(
        {key: row for key, row in after.items() if key not in known},
        {key: row for key, row in after.items() if key in known and row != known[key]},
        suppressed,
    )
    touched = changes.changed.keys() | (suppressed.keys() & known.keys())
    imported.taken_off += sum(
        known[key].status == CONFIRMED and key not in barred
        and (key in suppressed or after[key].status == UNSUBSCRIBED)
        for key in touched
    )  # fmt: skip
    imported.added += len(changes.fresh)
    imported.changed += len(touched)
    imported.unchanged += len(batch) - len(changes.fresh) - len(touched)
    return changes


def _write(connection: Connection, changes: _Changes, now: datetime) -> None:
    subscribers.insert_all(connection, list(changes.fresh.values()))
    subscribers.update_all(connection, list(changes.changed.values()))
    subscribers.suppress_all(connection, changes.suppressed, now)


def _merged(
    before: SubscriberRow | None, person: _Person, newest: int, now: datetime
) -> SubscriberRow:
    """Return what is known of somebody after a row.

    Of what is known and what the row says the stricter status counts: a row confirms who was
    asked and did not answer, and brings back nobody. An empty cell takes nothing away.
    """
    entry = person.entry
    # Suppression is kept elsewhere, and whoever lifts it puts nobody on the list by that.
    status = UNSUBSCRIBED if entry.status == SUPPRESSED else entry.status
    if before is None:
        cadence = entry.cadence or EACH
        return SubscriberRow(
            address=person.address, key=person.key, name=entry.name, language=entry.language,
            status=status, since=now, how=_HOW, cadence=cadence,
            covered=None if cadence == EACH else newest,
        )  # fmt: skip
    row = replace(
        before,
        address=person.address,
        name=entry.name or before.name,
        language=entry.language or before.language,
    )
    row = subscribers.with_cadence(row, entry.cadence or before.cadence, newest)
    if entry.status == SUPPRESSED or STRICTNESS[status] <= STRICTNESS[before.status]:
        return row
    if status == CONFIRMED:
        return subscribers.confirmed(row, newest, how=_HOW, now=now)
    return subscribers.unsubscribed(row, how=_HOW, now=now)
