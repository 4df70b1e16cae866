"""The messages of claimed deliveries: each person's copy in its envelope, several made in a row."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from publisher.delivery.transport import CopiesOf
from publisher.mail.personalize import Copies
from publisher.mail.smtp_session import Message
from publisher.storage.claims import Claimed
from publisher.storage.database import Database
from publisher.storage.plans import get_letter
from publisher.subscribers.tokens import Keys, Purpose
from publisher.subscribers.verp import return_path

#: How many of those who come next have theirs made along with one. Two signatures take 0.25 ms,
#: after which the processor's caches have forgotten how to talk to a relay: made 16 in a row, a
#: message took 30 µs less of its 420 than one by one, and no less with 41 (2026-11).
AHEAD = 15


class Composer:
    """Makes messages; what it made ahead waits for its turn."""

    def __init__(
        self, database: Database, copies_of: CopiesOf, keys: Keys, bounce_domain: str
    ) -> None:
        """Begin with none. Mail that cannot be delivered returns to `bounce_domain`, if any."""
        self._database = database
        self._copies_of = copies_of
        self._keys = keys
        self._bounce_domain = bounce_domain
        self._copies: dict[int, Copies] = {}
        #: By delivery; all of them are claimed.
        self._ready: dict[int, Message] = {}

    def message(self, row: Claimed, following: Iterable[Claimed]) -> Message:
        """Return somebody's message. Raises ValueError for an address that no header can hold."""
        found = self._ready.pop(row.id, None)
        if found is None:
            found = self._made(row)
            for each in following:
                if each.id not in self._ready:
                    with suppress(ValueError):  # said when it is their turn
                        self._ready[each.id] = self._made(each)
        return found

    def _made(self, row: Claimed) -> Message:
        if row.letter not in self._copies:
            with self._database.read() as connection:
                kept = get_letter(connection, row.letter)
            self._copies[row.letter] = self._copies_of(kept)
        copies = self._copies[row.letter]
        token = self._keys.link(Purpose.leave, row.subscriber, row.epoch)
        to, name, pieces = copies.make(row.address, token, row.presigned)
        back = return_path(self._keys, self._bounce_domain, row.subscriber, row.epoch)
        size = sum(map(len, pieces))
        return Message(back or copies.sender, to, name, size, pieces, needs_stuffing=False)
