"""URLs that may hold a password: refused where two libraries would read two different hosts.

No error repeats one, since nobody knows which part of a malformed URL is the password.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_ENCODE = "; in USER and PASSWORD write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #"
_POSTGRESQL = re.compile(
    r"postgresql(?:\+psycopg)?://"
    r"(?:[^:/@]*(?::[^@]*)?@)?"  # as SQLAlchemy: a password may hold all but @
    r"(?:[^\s:/?#@\[\]]*|\[[0-9A-Fa-f:.%]+\])(?::\d{1,5})?"
    r"(?:/[^@?]*)?(?:\?[^@]*)?"
)


def advice(given: str) -> str:
    """Return what to add to an error about a URL, for one that may have a user and a password."""
    return _ENCODE if "@" in given else ""


def server_url(given: str) -> SplitResult | None:
    """Return the parts of `SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/PATH]`; None for another URL."""
    try:
        parts = urlsplit(given)
        usable = parts.port != 0
    except ValueError:
        return None
    # Of `smtp://ann:25#secret@host` and `smtp://ann:25/secret@host` the host would be ann.
    if not usable or re.search(r"[?#]", given) or "@" in parts.path:
        return None
    return parts


def is_postgresql(given: str) -> bool:
    """Return whether this is a URL of a PostgreSQL database, with one meaning only."""
    return bool(_POSTGRESQL.fullmatch(given))
