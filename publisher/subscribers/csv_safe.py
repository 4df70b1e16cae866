"""CSV as the program writes it: no spreadsheet takes a cell for a formula.

A name may come from anybody, a relay's reply too, and even an address can be a formula:
`=cmd|'/Ccalc'!A0+@example.org` is valid (RFC 5322 3.2.3). An apostrophe before it makes it text
(OWASP ASVS 5.0, 1.2.10), and import takes it away again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import IO

#: What spreadsheets compute. Those of East Asian locales compute the full-width forms, too.
_FORMULA = "[=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\t\r\n]"
#: What spreadsheets may drop before it: quotes, white space, what nobody sees. An apostrophe is
#: among them, so that a guarded cell is guarded again, and what comes back is what was there.
_BEFORE = "(?:['\"\0-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b-\u200f\u2060\ufeff]|[^\\S\t\r\n])*"
#: Where a cell may begin: a spreadsheet set to another language parts cells at other characters.
_BEGIN = r"(?:\A|(?<=[,;\t|\r\n]))"
_OPEN = re.compile(f"{_BEGIN}(?={_BEFORE}{_FORMULA})")
_GUARD = re.compile(f"{_BEGIN}'(?={_BEFORE}{_FORMULA})")


def write_row(target: IO[str], cells: Iterable[object], delimiter: str = ",") -> None:
    """Write a row of CSV (RFC 4180) whose texts are guarded. Every CSV file is written by this."""
    texts = [guard_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    csv.writer(target, delimiter=delimiter).writerow(texts)


def guard_cell(text: str) -> str:
    """Return a cell that is text to a spreadsheet."""
    return _OPEN.sub("'", text)


def unguard_cell(cell: str) -> str:
    """Return what was guarded; other cells are as they are."""
    return _GUARD.sub("", cell) if "'" in cell else cell
