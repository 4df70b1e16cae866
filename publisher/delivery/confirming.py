"""The mail that asks somebody back whether it was they who asked to join.

It is claimed before it is sent, as an issue's mail is. One that a crash cut off is not sent again:
whoever misses it may ask once more a day later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.audience.tokens import Keys
from publisher.delivery.returns import return_path
from publisher.mail.copies import compose
from publisher.mail.message import Note, note_id
from publisher.mail.relay import Outcome, Relay
from publisher.model import DeliveryState
from publisher.storage import confirmations
from publisher.storage.confirmations import ConfirmationRow
from publisher.storage.database import Database

#: How long the link in it is good for: later it is not sent any more.
VALID = timedelta(hours=48)
#: What a try makes of it.
_STATE = {
    Outcome.accepted: DeliveryState.accepted,
    Outcome.deferred: DeliveryState.deferred,
    Outcome.rejected: DeliveryState.rejected,
    Outcome.uncertain: DeliveryState.uncertain,
    Outcome.returned: DeliveryState.pending,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmer:
    """What it takes to send."""

    database: Database
    relay: Relay
    note: Callable[[ConfirmationRow], Note]
    #: What the tokens in return paths are made with.
    keys: Keys
    #: Where mail that cannot be delivered goes back to; empty for the sender.
    bounce_domain: str
    clock: Callable[[], datetime]


def send_confirmations(confirmer: Confirmer) -> int:
    """Send what is due; give how many were tried. Raises RelayError with nothing left begun."""
    tried = 0
    while True:
        now = confirmer.clock()
        with confirmer.database.write() as connection:
            row = confirmations.claim(connection, now, now - VALID)
        if row is None:
            return tried
        note = confirmer.note(row)
        to = row.reader.address
        returns = return_path(
            confirmer.keys, confirmer.bounce_domain, row.reader.id, row.reader.epoch
        )
        try:
            reply = confirmer.relay.hand_over(
                returns or note.sender.address, to, note_id(note), compose(note, to)
            )
        except OSError:  # the relay cannot be used; this mail was not begun
            _settle(confirmer, row, DeliveryState.deferred, row.attempts - 1)
            raise
        _settle(confirmer, row, _STATE[reply.outcome], row.attempts)
        tried += 1


def _settle(
    confirmer: Confirmer, row: ConfirmationRow, state: DeliveryState, attempts: int
) -> None:
    due = None
    if state is DeliveryState.deferred:
        due = confirmer.clock() + confirmations.wait(row.attempts)
    with confirmer.database.write() as connection:
        confirmations.settle(connection, row.reader.id, state, attempts=attempts, due=due)
