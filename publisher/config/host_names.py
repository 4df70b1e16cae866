"""Whether a host name can be looked up."""

from __future__ import annotations

#: RFC 1035 2.3.4.
LONGEST_NAME = 253


def is_host(name: str | None) -> bool:
    """Return whether a host name can be looked up: no label is empty or longer than 63 bytes."""
    try:
        return bool(name) and len(str(name).encode("idna")) <= LONGEST_NAME
    except UnicodeError:
        return False
