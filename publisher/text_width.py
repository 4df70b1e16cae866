"""How wide text is shown."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

#: What a list of mails has room for of a subject; a telephone's shows the first 40 or so.
SUBJECT = 60
#: From here on a character takes two columns, and a line may break on either side of it.
WIDE = "\u2e80"
#: Written the other way round, it would take 5 ms to compile.
HAS_WIDE = re.compile("[^\x00-\u2e7f]")


def shown_columns(text: str) -> int:
    """Return how many columns text is shown in (UAX 11: wide and full-width letters take two)."""
    if text.isascii():
        return len(text)
    return len(text) + sum(east_asian_width(letter) in "WF" for letter in text)
