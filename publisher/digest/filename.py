"""What a digest file's name says: the issue's slug, and perhaps its date."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime, tzinfo
from pathlib import PurePath

#: Digits are spelt out here: `\d` is any script's.
_NUMBERED = re.compile(r"([0-9]+)_[0-9a-fA-F]+")
_DATED = re.compile(r"(?<![0-9])([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?![0-9])")
#: Characters of a slug: it names a folder, and no name of one may have more than 255 bytes. An
#: ASCII name stays below that by itself; `㏂` is three bytes and becomes `a-m-`.
_LONGEST = 251
_KEPT = 200
#: RSS has years from 1900 on (RFC 5322 3.3), and an issue's papers are dated seconds before it.
EARLIEST = datetime(1900, 1, 2, tzinfo=UTC)
#: What a digest may be called; anything else in the folder is left alone.
SUFFIXES = (".txt", ".md", ".markdown")


def slug_of(name: str) -> str:
    """Return the slug an issue is addressed by: `000` for `000_4bcb34a6.txt`, else the ASCII stem.

    It matches `model.SLUG`. A name with no ASCII letter or digit, as many a Chinese one, goes by a
    hash of it.
    """
    stem = PurePath(name).stem
    numbered = _NUMBERED.fullmatch(_narrow(stem))
    if numbered:
        return numbered[1]
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if slug and len(slug) <= _LONGEST:
        return slug
    # Some file systems take letters apart that others keep whole (UAX 15): one name, one slug.
    whole = unicodedata.normalize("NFKC", stem).encode("utf-8", "surrogateescape")
    start = slug[:_KEPT].strip("-") or "digest"
    return f"{start}-{hashlib.sha256(whole).hexdigest()[:8]}"


def date_of(name: str, zone: tzinfo) -> datetime | None:
    """Return the date in a name like `2026-11-20-vision.txt` or `20261120.txt`: midnight in `zone`.

    A name of the `NNN_HEX` form has none: eight digits of a hash are no date.
    """
    stem = _narrow(PurePath(name).stem)
    if _NUMBERED.fullmatch(stem) and not _DATED.fullmatch(stem):
        return None
    match = _DATED.search(stem)
    if not match:
        return None
    try:
        date = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=zone)
    except ValueError:
        return None
    return date if date >= EARLIEST else None


def _narrow(stem: str) -> str:
    """Return a stem with full-width characters, and the digits of any script, in ASCII.

    Not NFKC of all of it: `2026-11-20²` is a date with a mark, and not 2026-11-202.
    """
    return stem if stem.isascii() else "".join(map(_narrowed, stem))


def _narrowed(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    is_wide = unicodedata.east_asian_width(character) == "F"
    return unicodedata.normalize("NFKC", character) if is_wide else character
