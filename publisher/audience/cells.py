"""Cells that no spreadsheet takes for a formula.

A name may come from anybody, and even an address can be one: `=cmd|'/Ccalc'!A0+@example.org` is
valid (RFC 5322 3.2.3). An apostrophe before it makes it text to spreadsheets (OWASP ASVS 5.0,
1.2.10), and import takes it away again.
"""

from __future__ import annotations

import re

#: What a spreadsheet computes, and what looks like a guarded one: that gets another apostrophe,
#: so that what comes back is always what was there.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def guarded(text: str) -> str:
    """Give a cell that is text to a spreadsheet."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Give what was guarded; other cells are as they are."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
