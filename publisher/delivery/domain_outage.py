"""Whether a domain refuses its readers because its directory is out, and not because they are gone.

A company's mail server that has lost its directory says "user unknown" of everyone. Pure.
"""

from __future__ import annotations

#: Of fewer recipients, all may be gone.
_FEWEST = 5


def is_outage(tried: int, unknown: int) -> bool:
    """Return whether a domain is out that refused so many of the recipients tried as unknown."""
    return unknown >= _FEWEST and 2 * unknown > tried
