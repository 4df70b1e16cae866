"""Carrying out plans: every recipient once, and after any crash it is known who is doubtful.

The order of steps is the guarantee: `sending` is committed before a message's first byte leaves,
its outcome after the last. A delivery found in `sending` when nothing is sending was cut off in
between: an outbox can be asked whether it arrived, a relay cannot, so that one is `uncertain`
and waits for a person.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from publisher.audience.tokens import Keys, Purpose
from publisher.mail.message import Letter, compose, message_id
from publisher.mail.relay import Outcome, Relay, Reply
from publisher.model import DeliveryState
from publisher.storage import deliveries
from publisher.storage.database import Database
from publisher.storage.deliveries import DeliveryRow
from publisher.storage.plans import LetterRow, get_letter

#: The first wait after a temporary refusal, and the longest.
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=6)

#: What a return path's local part begins with; without the plus, mails that ask to leave go there.
RETURNS = "bounces+"

#: What a try makes of a delivery.
STATE = {
    Outcome.accepted: DeliveryState.accepted,
    Outcome.deferred: DeliveryState.deferred,
    Outcome.rejected: DeliveryState.rejected,
    Outcome.uncertain: DeliveryState.uncertain,
    Outcome.returned: DeliveryState.pending,
}


@dataclass(slots=True)
class Tally:
    """How many deliveries of a tick went which way."""

    by_state: dict[DeliveryState, int] = field(default_factory=dict)

    def add(self, state: DeliveryState) -> None:
        """Count one more."""
        self.by_state[state] = self.by_state.get(state, 0) + 1

    def __getitem__(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What it takes to send."""

    database: Database
    relay: Relay
    #: Makes a letter of what is kept of it: the headers that all its copies share.
    letter: Callable[[LetterRow], Letter]
    #: For the jitter of retries.
    chance: random.Random
    #: What the tokens in links and return paths are made with.
    keys: Keys
    #: Where mail that cannot be delivered goes back to; empty for the sender.
    bounce_domain: str
    clock: Callable[[], datetime]
    #: Asked before each message: True ends the sending early, with nothing begun.
    stopping: Callable[[], bool]


def recover(sender: Sender) -> int:
    """Settle what a crash left in `sending`; give the number that became `uncertain`."""
    now = sender.clock()
    with sender.database.write() as connection:
        doubtful = 0
        for row in deliveries.in_flight(connection):
            letter = sender.letter(get_letter(connection, row.letter))
            state, words = _fate(arrived=sender.relay.holds(message_id(letter, row.address)))
            deliveries.settle(connection, row, state, words, now)
            doubtful += state is DeliveryState.uncertain
    return doubtful


def _fate(*, arrived: bool | None) -> tuple[DeliveryState, str]:
    if arrived is None:
        return DeliveryState.uncertain, "cut off while sending: the relay may have it"
    if arrived:
        return DeliveryState.accepted, "was in the outbox"
    return DeliveryState.pending, ""


def deliver(sender: Sender, plan_id: int, tally: Tally) -> None:
    """Send a plan to all that are due. Raises RelayError with nothing begun and left over."""
    letters: dict[int, Letter] = {}
    started = sender.clock()
    while not sender.stopping():
        with sender.database.write() as connection:
            row = deliveries.claim(connection, plan_id, started)
            if row is None:
                return
            if row.letter not in letters:
                letters[row.letter] = sender.letter(get_letter(connection, row.letter))
        letter = letters[row.letter]
        try:
            reply = sender.relay.hand_over(
                return_path(sender.keys, sender.bounce_domain, row.subscriber, row.letter)
                or letter.sender.address,
                row.address,
                message_id(letter, row.address),
                compose(
                    letter,
                    row.address,
                    sender.keys.link(Purpose.leave, row.subscriber, row.epoch),
                ),
            )
        except OSError:  # the relay or the outbox cannot be used; this message was not begun
            with sender.database.write() as connection:
                deliveries.settle(
                    connection, replace(row, attempts=row.attempts - 1), DeliveryState.pending, "",
                    sender.clock(), start=DeliveryState.sending,
                )  # fmt: skip
            raise
        state = STATE[reply.outcome]
        _record(sender, row, reply, state)
        tally.add(state)


def return_path(keys: Keys, domain: str, subscriber: int, number: int) -> str:
    """Give where a copy goes back to (VERP), empty without a domain for it.

    The address itself says whose copy it was, and of which letter; where somebody is asked back,
    of which epoch of theirs.
    """
    return f"{RETURNS}{keys.return_path(subscriber, number)}@{domain}" if domain else ""


def _record(sender: Sender, row: DeliveryRow, reply: Reply, state: DeliveryState) -> None:
    now = sender.clock()
    due = None
    if state is DeliveryState.deferred:
        wait = min(_FIRST_WAIT * 2 ** min(row.attempts - 1, 20), _LONGEST_WAIT)
        due = now + wait * sender.chance.uniform(0.75, 1.25)
    words = reply.words.replace(row.address, "<address>")
    with sender.database.write() as connection:
        deliveries.settle(connection, row, state, words, now, start=DeliveryState.sending, due=due)
