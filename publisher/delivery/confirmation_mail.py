"""Sending the confirmation mails of sign-ups (double opt-in).

A mail is claimed before it is sent, and a relay's reply means what it means for an issue's mail
(`delivery.outcome`), with two differences. A mail that was cut off before the reply is sent once
more: to get it twice does no harm, and to miss it is to lose a subscriber. And the first reply
that blames us ends the run: the next run tries again.
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
class ConfirmationSender:
    """What `send_confirmations` sends with."""

    database: Database
    relay: Relay
    note: Callable[[ConfirmationRow], Note]
    #: Sign the tokens in return paths.
    keys: Keys
    #: The domain of return paths; empty to use the sender's address.
    bounce_domain: str
    clock: Callable[[], datetime]


class Refusal(NamedTuple):
    """A mail that the relay did not take."""

    #: `deferred`, `rejected` or `uncertain`.
    state: DeliveryState
    #: The relay's words, without addresses.
    words: str


@dataclass(slots=True)
class ConfirmationsSent:
    """The outcome of the mails that were due."""

    accepted: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def send_confirmations(sender: ConfirmationSender) -> ConfirmationsSent:
    """Send the mails that are due, until none is left or the relay refuses us.

    Never raises RelayError: a mail that fails is tried again later. Raises StateError when the
    database cannot be used.
    """
    sent = ConfirmationsSent()
    while (row := _claim(sender)) is not None:
        try:
            result, words = _send(sender, row)
        except (PublisherError, OSError) as error:  # nothing of this mail has left
            row = replace(row, attempts=row.attempts - 1)
            result, words = Verdict(DeliveryState.deferred, Blame.sender), str(error)
        if result.state is DeliveryState.pending:  # the relay hung up before its turn
            result = Verdict(DeliveryState.deferred, Blame.sender)
        words = _redacted(words)
        _record_outcome(sender, row, result.state, words)
        if result.state is DeliveryState.accepted:
            sent.accepted += 1
        else:
            sent.refusals.append(Refusal(result.state, words))
        if result.holds or result.blame is Blame.sender:
            break
    return sent


def _claim(sender: ConfirmationSender) -> ConfirmationRow | None:
    now = sender.clock()
    with sender.database.write(SENDER_TIMEOUT) as connection:
        row = confirmations.claim(connection, now)
        return row and _restart_validity(connection, row, now)


def _restart_validity(
    connection: Connection, row: ConfirmationRow, now: datetime
) -> ConfirmationRow:
    """Start the validity of the link now, unless an earlier mail may have been sent."""
    reader = row.reader
    if row.doubtful or reader.status == CONFIRMED or seconds(now) <= reader.epoch:
        return row
    subscribers.change(connection, reader, epoch=seconds(now))
    return replace(row, reader=replace(reader, epoch=seconds(now)))


def _send(sender: ConfirmationSender, row: ConfirmationRow) -> tuple[Verdict, str]:
    note, to = sender.note(row), row.reader.address
    returns = return_path(sender.keys, sender.bounce_domain, row.reader.id, row.reader.epoch)
    reply = sender.relay.hand_over(
        returns or note.sender.address, to, note_id(note), compose(note, to)
    )
    return verdict(reply), reply.words


def _redacted(words: str) -> str:
    return _ADDRESS.sub("<address>", " ".join(words.split()))[:_WORDS].rstrip()


def _record_outcome(
    sender: ConfirmationSender, row: ConfirmationRow, state: DeliveryState, words: str
) -> None:
    again = state is DeliveryState.deferred or (
        state is DeliveryState.uncertain and not row.doubtful
    )
    due = sender.clock() + confirmations.retry_delay(row.attempts) if again else None
    if state is DeliveryState.accepted:
        words = ""
    with sender.database.write(SENDER_TIMEOUT) as connection:
        confirmations.record_outcome(
            connection, row.reader.id, state, attempts=row.attempts, due=due, words=words
        )
        if state is DeliveryState.rejected:  # nobody got it: another spelling may be tried
            mailbox = mailbox_of(row.reader.key)
            confirmations.forget_mailboxes(connection, sender.keys.mailboxes(mailbox))
