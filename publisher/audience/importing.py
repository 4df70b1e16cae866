"""Adding people from CSV files. What a file says never puts anybody back on the list."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlalchemy import Connection

from publisher.audience import suppressing
from publisher.audience.addresses import checked
from publisher.audience.formats import STRICTNESS, Entry, Format, recognised
from publisher.audience.rejecting import Rejects
from publisher.audience.tokens import Keys
from publisher.errors import InputError, PublisherError
from publisher.storage import plans, subscribers
from publisher.storage.database import Database
from publisher.storage.plans import CONFIRMED, EACH
from publisher.storage.subscribers import (
    FORGOTTEN,
    SUPPRESSED,
    UNSUBSCRIBED,
    SubscriberRow,
)

#: What gave somebody their status.
_HOW = "import"
#: Rows written in one transaction: others wait half a second for it. With 5,000 a million rows take
#: twice as long, since each transaction writes a part of the whole index, and 20 MB less.
_BATCH = 20_000
_CHUNK = 1 << 20
_DELIMITERS = ",;\t"
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(slots=True)
class Imported:
    """What an import did, in rows."""

    #: What the file was read as.
    title: str = ""
    caution: str = ""
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Of these: people the file would have mailed, who left or are never to be mailed.
    staying: int = 0
    rejected: int = 0
    #: Where the rejected rows are.
    rejects: Path | None = None


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
    reject: Callable[[int, str], object] = lambda _line, _reason: None,
    progress: Callable[[int], object] = lambda _bytes: None,
) -> Imported:
    """Add the people of a CSV file in UTF-8; `audience/formats.py` says of which kinds.

    `reject` is told of each row that cannot be used, by the line it begins in, and `progress` how
    many bytes are done with. Such rows are passed over, and kept in a file beside this one.
    Raises InputError for a file that is no list, and OutputError.
    """
    with _opened(path) as raw:
        table = _Table(raw, path)
        done = Imported(title=table.format.title, caution=table.format.caution)
        with Rejects(path, table.header, table.delimiter) as rejects:
            for batch in _batches(table, rejects, reject):
                with database.write() as connection:
                    _take(connection, keys, batch, done, now)
                progress(raw.tell())
    done.rejected = rejects.number
    done.rejects = rejects.path if rejects.number else None
    return done


# --- The file -----------------------------------------------------------------------------


def _opened(path: Path) -> BinaryIO:
    """Open a file that is UTF-8 to its end: half a list would be worse than none."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: is no file")
        raw = path.open("rb")
        fault = _no_utf8(raw)
        if fault is None:
            raw.seek(0)
            return raw
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    raw.close()
    raise InputError(
        f"{path}:{fault[1]}: not UTF-8 (byte {fault[0]} of the file); save it as UTF-8"
    )


def _no_utf8(raw: BinaryIO) -> tuple[int, int] | None:
    """Give the byte, from 0, and the line, from 1, of the first that is no UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    done, line = 0, 1
    while True:
        chunk = raw.read(_CHUNK)
        waiting = len(decoder.getstate()[0])  # of a character that two chunks share
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            before = max(error.start - waiting, 0)
            return done - waiting + error.start, line + chunk.count(b"\n", 0, before)
        if not chunk:
            return None
        done += len(chunk)
        line += chunk.count(b"\n")


class _Table:
    """A CSV file with a header."""

    def __init__(self, raw: BinaryIO, path: Path) -> None:
        self._path = path
        self._source = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        first = self._source.readline()
        names = _QUOTED.sub("", first)
        self.delimiter = max(_DELIMITERS, key=names.count)
        # Strict: a quote that is never closed would swallow all that follows.
        self._reader = csv.reader(
            chain([first], self._source), delimiter=self.delimiter, strict=True
        )
        self.header = self._next() or []
        self._columns = [name.strip().lower() for name in self.header]
        try:
            self.format: Format = recognised(self._columns)
        except InputError as error:
            raise InputError(f"{path}:1: {error}") from None

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Walk the rows that are not empty, each with the line it begins in."""
        while True:
            line = self._reader.line_num + 1
            cells = self._next()
            if cells is None:
                return
            if any(cells):
                yield line, cells

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as error:
            line = self._reader.line_num
            raise InputError(f"{self._path}:{line}: not CSV: {error}") from None

    def entry(self, cells: list[str]) -> Entry:
        """Read a row. Raises InputError for one that cannot be used."""
        return self.format.read(dict(zip(self._columns, cells, strict=False)))


def _batches(
    table: _Table, rejects: Rejects, reject: Callable[[int, str], object]
) -> Iterator[list[_Person]]:
    batch: list[_Person] = []
    for line, cells in table.rows():
        try:
            entry = table.entry(cells)
            batch.append(_Person(*checked(entry.email), entry))
        except PublisherError as error:
            rejects.add(cells, str(error))
            reject(line, str(error))
            continue
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


# --- What becomes of people ---------------------------------------------------------------


def _take(
    connection: Connection, keys: Keys, batch: list[_Person], done: Imported, now: datetime
) -> None:
    """Write what the rows say. Rows on one person are taken one after the other."""
    asked = list({person.key for person in batch})
    known = subscribers.by_keys(connection, asked)
    barred = suppressing.reasons(connection, keys, asked)
    newest = plans.newest(connection)
    after = dict(known)
    suppressed: dict[str, str] = {}
    for person in batch:
        key, entry = person.key, person.entry
        if barred.get(key) != FORGOTTEN:
            after[key] = _merged(after.get(key), person, newest, now)
            if entry.status == SUPPRESSED and key not in barred:
                suppressed.setdefault(key, entry.reason)
        stays = key in barred or after[key].status == UNSUBSCRIBED or key in suppressed
        done.staying += stays and entry.status not in (UNSUBSCRIBED, SUPPRESSED)
    fresh = [row for key, row in after.items() if key not in known]
    changed = [row for key, row in after.items() if key in known and row != known[key]]
    subscribers.insert_all(connection, fresh)
    subscribers.update_all(connection, changed)
    subscribers.suppress_all(connection, suppressed, now)
    touched = {row.key for row in changed} | (suppressed.keys() & known.keys())
    done.added += len(fresh)
    done.changed += len(touched)
    done.unchanged += len(batch) - len(fresh) - len(touched)


def _merged(
    before: SubscriberRow | None, person: _Person, newest: int, now: datetime
) -> SubscriberRow:
    """Give what is known of somebody after a row.

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
    row = subscribers.at_cadence(row, entry.cadence or before.cadence, newest)
    if entry.status == SUPPRESSED or STRICTNESS[status] <= STRICTNESS[before.status]:
        return row
    if status == CONFIRMED:
        return subscribers.joined(row, newest, how=_HOW, now=now)
    return subscribers.left(row, how=_HOW, now=now)
