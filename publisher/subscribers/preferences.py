"""Leaving, undoing that, and choosing what to get: what the link in every mail is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import Connection

from publisher.storage import bounces, confirmations, departures, plans, subscribers
from publisher.storage.bounces import BounceKind
from publisher.storage.database import Database
from publisher.storage.plans import CONFIRMED, EACH
from publisher.storage.subscribers import FORGOTTEN, UNSUBSCRIBED, SubscriberRow
from publisher.subscribers.tokens import Keys, Purpose

#: How somebody leaves: by a mail program's button, or by the page's.
ONE_CLICK, PAGE = "one-click", "page"
#: So long after they left by one of these, a button undoes it.
UNDONE_WITHIN = timedelta(minutes=10)
_UNDO = "undo"
_GONE = (UNSUBSCRIBED, FORGOTTEN)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose link it is."""

    #: Of who was forgotten, nothing but the status is left.
    row: SubscriberRow
    #: The interface language of the page they asked to join on; empty when that is long ago.
    asked_in: str
    #: Whether they have just left, and may undo it.
    may_undo: bool

    @property
    def is_gone(self) -> bool:
        """Return whether no mail goes out to them because they left or were forgotten."""
        return self.row.status in _GONE


def find_reader(database: Database, keys: Keys, token: str, now: datetime) -> Reader | None:
    """Return whose link it is; None for a void one."""
    with database.read() as connection:
        row = _owners(connection, keys, [token])[0]
        return _reader(connection, row, now) if row else None


def _reader(connection: Connection, row: SubscriberRow, now: datetime) -> Reader:
    asked_in, _ = confirmations.languages_of(connection, row.id) or ("", "")
    return Reader(row, asked_in, _may_undo(connection, row, now))


def _owners(
    connection: Connection, keys: Keys, tokens: Sequence[str]
) -> list[SubscriberRow | None]:
    numbers = [keys.read_link(Purpose.leave, token) for token in tokens]
    rows = subscribers.by_ids(connection, {number for number, _ in filter(None, numbers)})
    pairs = [(rows.get(pair[0]), pair[1]) if pair else (None, 0) for pair in numbers]
    # A link from an earlier subscription still lets its reader leave. One of a forgotten person
    # is theirs whatever its epoch: their number is nobody else's.
    return [
        row if row and (row.owns(epoch) or row.status == FORGOTTEN) else None
        for row, epoch in pairs
    ]


# --- Leaving ------------------------------------------------------------------------------


class Left(Enum):
    """What became of a request to leave."""

    #: They were on the list, and are not any more.
    now = "now"
    #: They were not on it.
    before = "before"
    #: The link belongs to no subscription.
    void = "void"


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody's request to leave: whose link it is, and how they followed it."""

    token: str
    #: `ONE_CLICK` or `PAGE`.
    how: str


def leave_list(
    database: Database, keys: Keys, requests: Sequence[Leaving], now: datetime
) -> list[Left]:
    """Take the people whose links these are off the list, at once; return what became of each.

    The answers are in the order of the requests.
    Doing it twice changes nothing (RFC 8058 lets a mail program try again). Many requests are one
    transaction, as one that is on the disk takes as long as all else.
    """
    tokens = [request.token for request in requests]
    with database.read() as connection:
        rows = _owners(connection, keys, tokens)
    if not any(row and row.status not in _GONE for row in rows):
        return [Left.before if row else Left.void for row in rows]
    with database.write() as connection:
        leaving: dict[int, SubscriberRow] = {}
        outcomes = []
        for row, request in zip(_owners(connection, keys, tokens), requests, strict=True):
            if row is None:
                outcomes.append(Left.void)
            elif row.status in _GONE or row.id in leaving:
                outcomes.append(Left.before)
            else:
                outcomes.append(Left.now)
                leaving[row.id] = subscribers.unsubscribed(row, how=request.how, now=now)
        subscribers.update_all(connection, list(leaving.values()))
    return outcomes


# --- Undoing it ---------------------------------------------------------------------------


def undo_leaving(
    database: Database, keys: Keys, token: str, now: datetime
) -> tuple[Reader | None, bool]:
    """Put somebody back who has just left; return who they are now, and whether they are back.

    They have again what they had: language, cadence, what they had read, and the links in the
    mails they got. What was planned or passed over meanwhile is owed to them.
    """
    with database.write() as connection:
        row = _owners(connection, keys, [token])[0]
        if row is None:
            return None, False
        if _may_undo(connection, row, now):
            covered = _covered(connection, row)
            departures.requeue_missed(connection, row.id, row.since, now)
            row = replace(subscribers.resubscribed(row, how=_UNDO, now=now), covered=covered)
            subscribers.update_all(connection, [row])
        return _reader(connection, row, now), row.status == CONFIRMED


def _may_undo(connection: Connection, row: SubscriberRow, now: datetime) -> bool:
    if row.status != UNSUBSCRIBED or row.how not in (ONE_CLICK, PAGE):
        return False
    # Who was not on the list has no subscription to go back to.
    if row.left_epoch < row.first_epoch or now - row.since >= UNDONE_WITHIN:
        return False
    if subscribers.suppression_reasons(connection, [row.key]):
        return False
    return not bounces.count(connection, row.id, BounceKind.complaint.value, row.since)


def _covered(connection: Connection, row: SubscriberRow) -> int | None:
    """Return the newest plan they have had the content of; None for each issue as it comes."""
    if row.cadence != EACH or row.covered is not None:
        return row.covered
    missed = departures.first_missed(connection, row.id, row.since)
    return None if missed is None else missed - 1


# --- Choosing -----------------------------------------------------------------------------


def may_change(row: SubscriberRow, keys: Keys, token: str) -> bool:
    """Return whether a link is of this subscription, and not of one that ended."""
    return row.status == CONFIRMED and keys.read_link(Purpose.leave, token) == (row.id, row.epoch)


def change_preferences(
    database: Database, keys: Keys, token: str, *, language: str, cadence: str, now: datetime
) -> tuple[Reader | None, bool]:
    """Change what the person whose link it is gets; return who they are, and whether it was.

    `language` is empty for all of the newsletter's; `cadence` is issue, weekly or monthly. Nothing
    changes by a link of an earlier subscription (`may_change`).
    """
    with database.write() as connection:
        row = _owners(connection, keys, [token])[0]
        if row is None:
            return None, False
        may = may_change(row, keys, token)
        if may:
            row = subscribers.with_cadence(
                replace(row, language=language), cadence, plans.newest(connection)
            )
            subscribers.update_all(connection, [row])
        return _reader(connection, row, now), may
