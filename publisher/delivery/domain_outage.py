"""Whether a domain has lost its directory: then it says "user unknown" of everyone. Pure."""

from __future__ import annotations

#: Of fewer recipients, all may be gone.
_FEWEST = 5


def is_outage(tried: int, unknown: int) -> bool:
    """Return whether a domain with this many unknown of the recipients tried is in an outage.

    That is at least five unknown, and more than half of those tried.
    """
    return unknown >= _FEWEST and 2 * unknown > tried
