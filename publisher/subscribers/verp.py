"""Where mail that cannot be delivered goes back to (VERP): the address says whose copy it was."""

from __future__ import annotations

from publisher.subscribers.tokens import Keys

#: What a return path's local part begins with; without the plus, mails that ask to leave go there.
RETURNS = "bounces+"


def return_path(keys: Keys, domain: str, subscriber: int, epoch: int) -> str:
    """Return where a copy goes back to, empty without a domain for it.

    The address itself says whose copy it was, and in which epoch of theirs.
    """
    return f"{RETURNS}{keys.return_path(subscriber, epoch)}@{domain}" if domain else ""
