"""How wide text is shown."""

from __future__ import annotations

from unicodedata import east_asian_width

#: What a list of mails has room for of a subject; a telephone's shows the first 40 or so.
SUBJECT = 60


def shown_columns(text: str) -> int:
    """Give how many columns text is shown in (UAX 11: wide and full-width letters take two)."""
    if text.isascii():
        return len(text)
    return len(text) + sum(east_asian_width(letter) in "WF" for letter in text)
