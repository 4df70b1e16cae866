"""Adding, removing, importing and exporting subscribers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TextIO

from publisher.audience.addresses import checked
from publisher.errors import AddressError, InputError, NotFoundError
from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow

COLUMNS = ("email", "name", "language", "status")
STATUSES = ("unconfirmed", "confirmed", "unsubscribed")
#: Rows written in one transaction.
_BATCH = 500


@dataclass(slots=True)
class Imported:
    """What an import did."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    #: Line numbers and what is wrong with them.
    rejected: list[tuple[int, str]] = field(default_factory=list)


def add(database: Database, address: str, *, name: str, language: str, now: datetime) -> bool:
    """Put a person on the list as confirmed; False when they were already. Raises AddressError."""
    row = _row(address, name=name, language=language, status="confirmed", now=now)
    with database.write() as connection:
        known = subscribers.by_keys(connection, [row.key]).get(row.key)
        if known and known.status == "confirmed":
            return False
        if known:
            row = replace(row, name=row.name or known.name, language=row.language or known.language)
        subscribers.put(connection, [row])
    return True


def remove(database: Database, address: str, *, now: datetime) -> bool:
    """Take a person off the list; False when they had left before.

    They stay known as unsubscribed, so that an old import does not bring them back.
    Raises AddressError, and NotFoundError for someone who was never on the list.
    """
    _, key = checked(address)
    with database.write() as connection:
        known = subscribers.by_keys(connection, [key]).get(key)
        if known is None:
            raise NotFoundError("no subscriber has this address")
        if known.status == "unsubscribed":
            return False
        subscribers.put(connection, [replace(known, status="unsubscribed", since=now)])
    return True


def export(database: Database, target: TextIO) -> int:
    """Write all subscribers as CSV (RFC 4180) with a header; give their number."""
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    number = 0
    with database.read() as connection:
        for row in subscribers.everyone(connection):
            writer.writerow((row.address, row.name, row.language, row.status))
            number += 1
    return number


def everyone(database: Database) -> Iterator[SubscriberRow]:
    """Walk all subscribers in the order they joined."""
    with database.read() as connection:
        yield from subscribers.everyone(connection)


def import_file(database: Database, path: Path, *, now: datetime) -> Imported:
    """Add the people of a CSV file in UTF-8 (see import_csv). Raises InputError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            return import_csv(database, source, now=now)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def import_csv(database: Database, source: TextIO, *, now: datetime) -> Imported:
    """Add the people of a CSV file with a header; `email` is the one column it must have.

    A row without a status is confirmed. Someone who unsubscribed stays so whatever the file
    says. Bad rows are told and passed over. Raises InputError for a file without the column.
    """
    done = Imported()
    for batch in _batches(source, done, now):
        with database.write() as connection:
            known = subscribers.by_keys(connection, [row.key for row in batch.values()])
            fresh = []
            for key, row in batch.items():
                before = known.get(key)
                if before is None:
                    done.added += 1
                    fresh.append(row)
                elif _differs(before, row):
                    done.changed += 1
                    fresh.append(_merged(before, row))
                else:
                    done.unchanged += 1
            subscribers.put(connection, fresh)
    return done


def _batches(source: TextIO, done: Imported, now: datetime) -> Iterator[dict[str, SubscriberRow]]:
    reader = csv.DictReader(source)
    try:
        header = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        if "email" not in header:
            raise InputError(
                "line 1: no `email` column; the first line names the columns, "
                f"like {','.join(COLUMNS)}"
            )
        batch: dict[str, SubscriberRow] = {}
        for record in reader:
            cells = {name: (record.get(name) or "").strip() for name in COLUMNS}
            status = (cells["status"] or "confirmed").lower()
            if status not in STATUSES:
                done.rejected.append(
                    (reader.line_num, f'status "{status}" is none of {", ".join(STATUSES)}')
                )
                continue
            try:
                row = _row(
                    cells["email"], name=cells["name"], language=cells["language"],
                    status=status, now=now,
                )  # fmt: skip
            except AddressError as error:
                done.rejected.append((reader.line_num, str(error)))
                continue
            batch[row.key] = row
            if len(batch) == _BATCH:
                yield batch
                batch = {}
        yield batch
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}: not CSV: {error}") from None


def _row(address: str, *, name: str, language: str, status: str, now: datetime) -> SubscriberRow:
    typed, key = checked(address)
    return SubscriberRow(
        address=typed,
        key=key,
        name=" ".join(name.split()),
        language=language,
        status=status,
        since=now,
    )


def _differs(before: SubscriberRow, row: SubscriberRow) -> bool:
    merged = _merged(before, row)
    return replace(merged, since=before.since) != before


def _merged(before: SubscriberRow, row: SubscriberRow) -> SubscriberRow:
    """Give what is known after an import: a person who left is not brought back by a file."""
    stays = before.status == "unsubscribed"
    return replace(
        before,
        address=row.address,
        name=row.name or before.name,
        language=row.language or before.language,
        status=before.status if stays else row.status,
        since=before.since if stays or before.status == row.status else row.since,
    )
