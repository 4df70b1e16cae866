"""The mail that asks somebody back whether it was they who asked to join.

It is claimed before it is sent, and a relay's answer means what it means for an issue's mail
(`delivery.outcome`). Two things differ. What was cut off before the answer is sent once more: to
get this mail twice does no harm, and to miss it is to lose the list. And what the relay refuses
for our fault is tried again one by one: a round ends with the first such answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from publisher.delivery.outcome import Blame, Verdict, verdict
from publisher.errors import PublisherError
from publisher.mail.mime import Note, note_id
from publisher.mail.personalize import compose
from publisher.mail.transport import Relay
from publisher.model import DeliveryState
from publisher.storage import confirmations, subscribers
from publisher.storage.confirmations import ConfirmationRow
from publisher.storage.database import SENDER_TIMEOUT, Database
from publisher.storage.plans import CONFIRMED
from publisher.storage.tables import seconds
from publisher.subscribers.aliases import mailbox_of
from publisher.subscribers.tokens import Keys
from publisher.subscribers.verp import return_path

_ADDRESS = re.compile(r"\S*[@＠]\S*")
#: Characters of a relay's words that are kept.
_WORDS = 500


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


class Refusal(NamedTuple):
    """A mail that the relay did not take."""

    #: `deferred`, `rejected` or `uncertain`.
    state: DeliveryState
    #: The relay's words, without addresses.
    words: str


@dataclass(slots=True)
class Round:
    """What came of the mails that were due."""

    accepted: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def send_confirmations(confirmer: Confirmer) -> Round:
    """Send what is due, until nothing is left or the relay refuses us. Never raises RelayError."""
    done = Round()
    while (row := _claimed(confirmer)) is not None:
        try:
            result, words = _tried(confirmer, row)
        except (PublisherError, OSError) as error:  # nothing of this mail has left
            row = replace(row, attempts=row.attempts - 1)
            result, words = Verdict(DeliveryState.deferred, Blame.sender), str(error)
        if result.state is DeliveryState.pending:  # the relay hung up before its turn
            result = Verdict(DeliveryState.deferred, Blame.sender)
        words = _kept(words)
        _settle(confirmer, row, result.state, words)
        if result.state is DeliveryState.accepted:
            done.accepted += 1
        else:
            done.refusals.append(Refusal(result.state, words))
        if result.holds or result.blame is Blame.sender:
            break
    return done


def _claimed(confirmer: Confirmer) -> ConfirmationRow | None:
    now = confirmer.clock()
    with confirmer.database.write(SENDER_TIMEOUT) as connection:
        row = confirmations.claim(connection, now)
        return row and _fresh(connection, row, now)


def _fresh(connection: Connection, row: ConfirmationRow, now: datetime) -> ConfirmationRow:
    """Let the time for which the link is good begin now, unless it may have been sent before."""
    reader = row.reader
    if row.doubtful or reader.status == CONFIRMED or seconds(now) <= reader.epoch:
        return row
    subscribers.change(connection, reader, epoch=seconds(now))
    return replace(row, reader=replace(reader, epoch=seconds(now)))


def _tried(confirmer: Confirmer, row: ConfirmationRow) -> tuple[Verdict, str]:
    note, to = confirmer.note(row), row.reader.address
    returns = return_path(confirmer.keys, confirmer.bounce_domain, row.reader.id, row.reader.epoch)
    reply = confirmer.relay.hand_over(
        returns or note.sender.address, to, note_id(note), compose(note, to)
    )
    return verdict(reply), reply.words


def _kept(words: str) -> str:
    return _ADDRESS.sub("<address>", " ".join(words.split()))[:_WORDS].rstrip()


def _settle(confirmer: Confirmer, row: ConfirmationRow, state: DeliveryState, words: str) -> None:
    again = state is DeliveryState.deferred or (
        state is DeliveryState.uncertain and not row.doubtful
    )
    due = confirmer.clock() + confirmations.wait(row.attempts) if again else None
    if state is DeliveryState.accepted:
        words = ""
    with confirmer.database.write(SENDER_TIMEOUT) as connection:
        confirmations.settle(
            connection, row.reader.id, state, attempts=row.attempts, due=due, words=words
        )
        if state is DeliveryState.rejected:  # nobody got it: another spelling may be tried
            mailbox = mailbox_of(row.reader.key)
            confirmations.release(connection, confirmer.keys.mailboxes(mailbox))
