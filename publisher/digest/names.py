"""What a digest file's name says: the issue's slug, and perhaps its date."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, datetime, tzinfo
from pathlib import PurePath

_NUMBERED = re.compile(r"(\d+)_[0-9a-fA-F]+")
_DATED = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
#: RSS has years from 1900 on (RFC 5322 3.3), and an issue's papers are dated seconds before it.
EARLIEST = datetime(1900, 1, 2, tzinfo=UTC)
#: What a digest may be called; anything else in the folder is left alone.
SUFFIXES = (".txt", ".md", ".markdown")


def slug_of(name: str) -> str:
    """Give the slug an issue is addressed by: `000` for `000_4bcb34a6.txt`, else the ASCII stem.

    A name with no ASCII letter or digit, as many a Chinese one, goes by a hash of it.
    """
    stem = PurePath(name).stem
    numbered = _NUMBERED.fullmatch(stem)
    if numbered:
        return numbered[1]
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if slug:
        return slug
    # Some file systems take letters apart that others keep whole (UAX 15): one name, one slug.
    whole = unicodedata.normalize("NFKC", stem).encode("utf-8", "surrogateescape")
    return f"digest-{hashlib.sha256(whole).hexdigest()[:8]}"


def date_of(name: str, zone: tzinfo) -> datetime | None:
    """Give the date in a name like `2026-11-20-vision.txt` or `20261120.txt`: midnight in `zone`.

    A name of the `NNN_HEX` form has none: eight digits of a hash are no date.
    """
    stem = PurePath(name).stem
    if _NUMBERED.fullmatch(stem) and not _DATED.fullmatch(stem):
        return None
    match = _DATED.search(stem)
    if not match:
        return None
    try:
        found = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=zone)
    except ValueError:
        return None
    return found if found >= EARLIEST else None
