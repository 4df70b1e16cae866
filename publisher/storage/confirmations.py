"""Sign-up requests and their confirmation mails. All in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from publisher.model import DeliveryState
from publisher.storage.subscribers import UNCONFIRMED, SubscriberRow, by_id
from publisher.storage.tables import (
    UNFINISHED,
    bounce,
    confirmation,
    delivery,
    moment,
    request,
    seconds,
    subscriber,
)

#: The `how` of subscribers who signed up by the form.
FORM = "form"
#: How long after a request its mail is tried, and how long the link in it works.
VALID = timedelta(hours=48)
#: A mail that is still `sending` after this time was of a killed process: no relay takes as long.
_CLAIMED = timedelta(minutes=15)
#: A mail that was not tried after this time waits for a program that does not run.
_SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRow:
    """A confirmation mail to one person who asked to join."""

    reader: SubscriberRow
    requested: datetime
    #: When it was claimed.
    begun: datetime
    #: The language of the page they asked on.
    language: str
    #: How often it was begun, this time included.
    attempts: int
    #: Whether an earlier try may have reached them: it was cut off before the relay's answer.
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Confirmation mails that do not go out."""

    #: How many are still tried: the relay refused them, or nothing tries them.
    number: int
    #: How many people asked more than `VALID` ago and were never written to.
    lost: int
    #: The relay's words about one of these; empty when it was not asked.
    words: str


# --- Requests -----------------------------------------------------------------------------


def count_requests(connection: Connection, network: str, since: datetime) -> tuple[int, int]:
    """Return the number of requests since then: from that network, and in all."""
    recent = select(func.count()).select_from(request).where(request.c.at > seconds(since))
    from_network = connection.execute(recent.where(request.c.network == network)).scalar()
    return from_network or 0, connection.execute(recent).scalar() or 0


def add_request(connection: Connection, network: str, mailbox: str, now: datetime) -> None:
    """Record a request, with the hash of the mailbox that gets a mail; empty for none."""
    values = {"network": network, "mailbox": mailbox, "at": seconds(now)}
    connection.execute(insert(request).values(values))


def was_mailed(connection: Connection, mailboxes: Collection[str], since: datetime) -> bool:
    """Return whether a mailbox got a mail after `since`, by any of its hashes."""
    question = select(request.c.id).where(
        request.c.mailbox.in_(mailboxes), request.c.at > seconds(since)
    )
    return connection.execute(question.limit(1)).first() is not None


def forget_mailboxes(connection: Connection, mailboxes: Collection[str]) -> None:
    """Forget the mails to a mailbox: the relay refused the address."""
    connection.execute(update(request).where(request.c.mailbox.in_(mailboxes)).values(mailbox=""))


def requested_at(connection: Connection, subscriber: int) -> datetime | None:
    """Return when a person last asked to join; None if the relay refused the address for good."""
    asked = connection.execute(
        select(confirmation.c.requested).where(
            confirmation.c.subscriber == subscriber,
            confirmation.c.state != DeliveryState.rejected.value,
        )
    ).scalar()
    return None if asked is None else moment(asked)


def languages_of(connection: Connection, subscriber: int) -> tuple[str, str] | None:
    """Return the language of a person's form and of the issues they want; None without request."""
    row = connection.execute(
        select(confirmation.c.language, confirmation.c.wanted).where(
            confirmation.c.subscriber == subscriber
        )
    ).first()
    return (row.language, row.wanted) if row else None


# --- The mail -----------------------------------------------------------------------------


def schedule(
    connection: Connection, number: int, *, language: str, wanted: str, now: datetime
) -> None:
    """Schedule a confirmation mail to a subscriber, in place of an earlier one.

    For an unknown number nothing happens, by the same two statements: the time is the same.
    """
    connection.execute(delete(confirmation).where(confirmation.c.subscriber == number))
    values = {
        "requested": seconds(now),
        "language": language,
        "wanted": wanted,
        "state": DeliveryState.pending.value,
        "attempts": 0,
        "due": 0,
        "words": "",
    }
    row = select(subscriber.c.id, *map(literal, values.values())).where(subscriber.c.id == number)
    connection.execute(insert(confirmation).from_select(["subscriber", *values], row))


def is_due(connection: Connection, now: datetime) -> bool:
    """Return whether there is a mail to send now."""
    return _next(connection, now) is not None


def claim(connection: Connection, now: datetime) -> ConfirmationRow | None:
    """Claim the next due mail, and set it to `sending`; return None when there is none.

    Requests from more than `VALID` ago are too late.
    """
    row = _next(connection, now)
    reader = by_id(connection, row.subscriber) if row else None
    if row is None or reader is None:
        return None
    attempts = row.attempts + 1
    record_outcome(
        connection, reader.id, DeliveryState.sending, start=(row.state,), attempts=attempts,
        due=now + _CLAIMED, words=row.words,
    )  # fmt: skip
    return ConfirmationRow(
        reader=reader,
        requested=moment(row.requested),
        begun=now,
        language=row.language,
        attempts=attempts,
        doubtful=row.state in (DeliveryState.sending.value, DeliveryState.uncertain.value),
    )


def _next(connection: Connection, now: datetime) -> Row[Any] | None:
    return connection.execute(
        select(confirmation)
        .where(_open(), confirmation.c.due <= seconds(now))
        .where(confirmation.c.requested > seconds(now - VALID))
        .order_by(confirmation.c.requested, confirmation.c.subscriber)
        .limit(1)
    ).first()


def _open() -> ColumnElement[bool]:
    """Return the condition for mails that are still tried, uncertain ones with a due time too."""
    again = and_(confirmation.c.state == DeliveryState.uncertain.value, confirmation.c.due > 0)
    return or_(confirmation.c.state.in_(UNFINISHED), again)


def record_outcome(
    connection: Connection,
    subscriber: int,
    state: DeliveryState,
    *,
    start: tuple[str, ...] = (DeliveryState.sending.value,),
    attempts: int,
    due: datetime | None = None,
    words: str = "",
) -> None:
    """Move a mail to a state from one of `start`; nothing happens if it has left these."""
    connection.execute(
        update(confirmation)
        .where(confirmation.c.subscriber == subscriber, confirmation.c.state.in_(start))
        .values(state=state.value, attempts=attempts, due=seconds(due) if due else 0, words=words)
    )


def unsent(connection: Connection, now: datetime) -> Unsent:
    """Return the confirmation mails that do not go out, and why."""
    tried = or_(confirmation.c.words != "", confirmation.c.requested <= seconds(now - _SOON))
    rows = connection.execute(
        select(confirmation.c.requested, confirmation.c.words)
        .where(_open(), tried)
        .order_by(confirmation.c.due.desc(), confirmation.c.subscriber)
    ).all()
    lost = sum(row.requested <= seconds(now - VALID) for row in rows)
    return Unsent(
        number=len(rows) - lost,
        lost=lost,
        words=next((row.words for row in rows if row.words), ""),
    )


def drop_before(connection: Connection, *, counted: datetime, asked: datetime) -> None:
    """Delete requests until `counted`, and confirmation mails requested until `asked`.

    Subscribers who never answered and are known no other way are deleted too.
    """
    connection.execute(delete(request).where(request.c.at <= seconds(counted)))
    stale = confirmation.c.requested <= seconds(asked)
    numbers = connection.execute(select(confirmation.c.subscriber).where(stale)).scalars().all()
    if not numbers:
        return
    connection.execute(delete(confirmation).where(stale))
    connection.execute(
        delete(subscriber)
        .where(subscriber.c.id.in_(numbers), subscriber.c.status == UNCONFIRMED)
        .where(subscriber.c.how == FORM)
        .where(~select(delivery.c.id).where(delivery.c.subscriber == subscriber.c.id).exists())
        .where(~select(bounce.c.mail).where(bounce.c.subscriber == subscriber.c.id).exists())
    )


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after a temporary refusal: a minute, doubling up to an hour."""
    return min(timedelta(minutes=2 ** min(max(attempts - 1, 0), 6)), timedelta(hours=1))
