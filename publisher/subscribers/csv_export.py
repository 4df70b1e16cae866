"""The list as a CSV file, which an import takes back."""

from __future__ import annotations

from typing import TextIO

from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import SUPPRESSED
from publisher.subscribers.csv_safe import write_row

COLUMNS = ("email", "name", "language", "status")


def export(database: Database, target: TextIO) -> int:
    """Write all subscribers as CSV (RFC 4180) with a header; return their number.

    Forgotten people are not there. A fifth column, `cadence`, is, when somebody has chosen one.
    """
    number = 0
    with database.read() as connection:
        chosen = subscribers.has_cadences(connection)
        write_row(target, (*COLUMNS, "cadence") if chosen else COLUMNS)
        for row, barred in subscribers.all_subscribers(connection):
            status = SUPPRESSED if barred else row.status
            cells = (row.address, row.name, row.language, status)
            write_row(target, (*cells, row.cadence) if chosen else cells)
            number += 1
    return number
