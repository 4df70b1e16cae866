"""The list as a CSV file, which an import takes back."""

from __future__ import annotations

import csv
from typing import TextIO

from publisher.audience.cells import guarded
from publisher.storage import subscribers
from publisher.storage.database import Database
from publisher.storage.subscribers import SUPPRESSED

COLUMNS = ("email", "name", "language", "status")


def export(database: Database, target: TextIO) -> int:
    """Write all subscribers as CSV (RFC 4180) with a header; give their number.

    Forgotten people are not there. A fifth column, `cadence`, is, when somebody has chosen one.
    """
    writer = csv.writer(target)
    number = 0
    with database.read() as connection:
        chosen = subscribers.has_cadences(connection)
        writer.writerow((*COLUMNS, "cadence") if chosen else COLUMNS)
        for row, barred in subscribers.everyone(connection):
            status = SUPPRESSED if barred else row.status
            cells = (guarded(row.address), guarded(row.name), row.language, status)
            writer.writerow((*cells, row.cadence) if chosen else cells)
            number += 1
    return number
