"""Queries on subscribers. Every function works in the caller's transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)

from publisher.storage.plans import CONFIRMED, EACH
from publisher.storage.tables import moment, seconds, subscriber, suppression

UNCONFIRMED, UNSUBSCRIBED = "unconfirmed", "unsubscribed"
#: Said of who is never mailed again, whatever their status is: never stored.
SUPPRESSED = "suppressed"
#: What is left of somebody who asked to be forgotten: the number that the ledger refers to.
FORGOTTEN = "forgotten"
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """A person on the list."""

    #: 0 before they are kept.
    id: int = 0
    address: str
    #: The address folded: two forms of one address have one key.
    key: str
    name: str = ""
    #: A BCP 47 tag, or empty for all of the newsletter's languages.
    language: str = ""
    #: unconfirmed, confirmed, unsubscribed or forgotten.
    status: str
    since: datetime
    #: What gave them that status: `form`, `import`, `one-click` …
    how: str = ""
    #: issue, weekly or monthly.
    cadence: str = EACH
    #: Of who gets several issues in one mail: the newest plan that is dealt with.
    covered: int | None = None
    #: Of this subscription: a link of another lets its reader leave, and no more. It is a time in
    #: seconds, and 0 before they are kept, as `first_epoch` is.
    epoch: int = 0
    #: Of their first subscription.
    first_epoch: int = 0
    #: Of who unsubscribed: the epoch of the subscription that ended, if there was one.
    left_epoch: int = 0

    def owns(self, epoch: int) -> bool:
        """Return whether a link with their number was made for them, and not for who had it before.

        It is so too if it was made in a state that was lost: then its epoch may be yet to come.
        """
        return self.status != FORGOTTEN and epoch >= self.first_epoch


def left(row: SubscriberRow, *, how: str, now: datetime) -> SubscriberRow:
    """Return a person as they are once off the list.

    What they were sent to confirm with must not bring them back: its epoch is over.
    """
    epoch = max(seconds(now), row.epoch + 1)
    ended = row.epoch if row.status == CONFIRMED else 0
    return replace(row, status=UNSUBSCRIBED, since=now, how=how, epoch=epoch, left_epoch=ended)


def returned(row: SubscriberRow, *, how: str, now: datetime) -> SubscriberRow:
    """Return a person whose leaving is undone: with all they had, links in mails included."""
    return replace(row, status=CONFIRMED, since=now, how=how, epoch=row.left_epoch, left_epoch=0)


def joined(row: SubscriberRow, newest: int, *, how: str, now: datetime) -> SubscriberRow:
    """Return a person as they are once on the list: owed nothing up to that plan."""
    covered = None if row.cadence == EACH else newest
    return replace(row, status=CONFIRMED, since=now, how=how, covered=covered)


def at_cadence(row: SubscriberRow, cadence: str, newest: int) -> SubscriberRow:
    """Return a person as they are with another cadence; `newest` is the newest plan of an issue.

    From each issue to several in one mail, they have had all up to it: none of that is in that
    mail. Back to each issue, what they have not had is still owed, and goes out in one mail.
    """
    covered = row.covered
    if cadence != EACH and covered is None:
        covered = newest
    if cadence == EACH and covered is not None and covered >= newest:
        covered = None
    return replace(row, cadence=cadence, covered=covered)


def _row(row: Row[Any]) -> SubscriberRow:
    return SubscriberRow(
        id=row.id,
        address=row.address,
        key=row.address_key,
        name=row.name,
        language=row.language,
        status=row.status,
        since=moment(row.since),
        how=row.how,
        cadence=row.cadence,
        covered=row.covered,
        epoch=row.epoch,
        first_epoch=row.first_epoch,
        left_epoch=row.left_epoch,
    )


def _values(row: SubscriberRow) -> dict[str, object]:
    return {
        "address": row.address,
        "address_key": row.key,
        "name": row.name,
        "language": row.language,
        "status": row.status,
        "since": seconds(row.since),
        "how": row.how,
        "cadence": row.cadence,
        "covered": row.covered,
        "epoch": row.epoch,
        "left_epoch": row.left_epoch,
    }


def _first_values(row: SubscriberRow) -> dict[str, object]:
    came = seconds(row.since)
    return {**_values(row), "epoch": came, "first_epoch": came}


def by_keys(connection: Connection, keys: Collection[str]) -> dict[str, SubscriberRow]:
    """Return the subscribers with these keys, of which there may be many thousands."""
    question = select(subscriber).where(subscriber.c.address_key.in_(_these(connection)))
    found = connection.execute(question, {"keys": _packed(keys)})
    return {row.address_key: _row(row) for row in found}


def _these(connection: Connection) -> Select[tuple[str]]:
    """Return keys as rows that the database makes of one value, which `_packed` gives.

    A value for each has a limit (SQLite 32,766, PostgreSQL 65,535) and costs PostgreSQL 9 µs.
    """
    # By name: a value that is written into a statement is in a cycle with it, and an import of a
    # million rows would hold all keys until Python looks for garbage.
    keys = bindparam("keys", type_=Text)
    if connection.dialect.name == "sqlite":
        return select(func.json_each(keys).table_valued("value").c.value)
    return select(func.json_array_elements_text(cast(keys, JSON)).column_valued("value"))


def _packed(keys: Collection[str]) -> str:
    return json.dumps(list(keys), ensure_ascii=False)


def by_ids(connection: Connection, numbers: Collection[int]) -> dict[int, SubscriberRow]:
    """Return the subscribers of these numbers.

    A number may have been another's: SQLite gives that of somebody who never confirmed, and was
    deleted, again, and both databases do so after a restore. `SubscriberRow.owns` tells.
    """
    rows = connection.execute(select(subscriber).where(subscriber.c.id.in_(numbers)))
    return {row.id: _row(row) for row in rows}


def by_id(connection: Connection, number: int) -> SubscriberRow | None:
    """Return the subscriber of that number."""
    return by_ids(connection, [number]).get(number)


def put(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Add people, or write over what is known of those with the same keys."""
    known = by_keys(connection, [row.key for row in rows])
    insert_all(connection, [row for row in rows if row.key not in known])
    update_all(connection, [replace(row, id=known[row.key].id) for row in rows if row.key in known])


def insert_all(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Add people that are not known: their epochs begin when they came."""
    if rows:
        connection.execute(insert(subscriber), list(map(_first_values, rows)))


def update_all(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Write over what is known of people, by their numbers."""
    if rows:
        statement = update(subscriber).where(subscriber.c.id == bindparam("number"))
        connection.execute(statement, [{**_values(row), "number": row.id} for row in rows])


def change(connection: Connection, row: SubscriberRow, **values: object) -> None:
    """Change what is known of one person, by their number."""
    connection.execute(update(subscriber).where(subscriber.c.id == row.id).values(values))


def everyone(connection: Connection) -> Iterator[tuple[SubscriberRow, bool]]:
    """Yield all subscribers in the order they joined, and say who is never to be mailed."""
    last = 0
    while True:
        rows = connection.execute(
            select(subscriber, suppression.c.key.is_not(None).label("barred"))
            .outerjoin(suppression, suppression.c.key == subscriber.c.address_key)
            .where(subscriber.c.id > last, subscriber.c.status != FORGOTTEN)
            .order_by(subscriber.c.id)
            .limit(_PAGE)
        ).all()
        for row in rows:
            yield _row(row), bool(row.barred)
        if len(rows) < _PAGE:
            return
        last = rows[-1].id


def are_known(connection: Connection) -> bool:
    """Return whether anybody is or was on the list."""
    return connection.execute(select(subscriber.c.id).limit(1)).first() is not None


def has_cadences(connection: Connection) -> bool:
    """Return whether somebody has chosen to get several issues in one mail."""
    chosen = select(subscriber.c.id).where(subscriber.c.cadence != EACH).limit(1)
    return connection.execute(chosen).first() is not None


def counts(connection: Connection) -> dict[str, int]:
    """Return how many subscribers are in each status, or never mailed whatever it is."""
    by_status = select(subscriber.c.status, func.count()).group_by(subscriber.c.status)
    barred = by_status.join(suppression, suppression.c.key == subscriber.c.address_key).where(
        subscriber.c.status != FORGOTTEN
    )
    found = Counter({row[0]: row[1] for row in connection.execute(by_status)})
    never = Counter({row[0]: row[1] for row in connection.execute(barred)})
    return dict(sorted((found - never + Counter({SUPPRESSED: never.total()})).items()))


# --- Suppression --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that is never mailed again."""

    #: The folded address, or of a forgotten person its keyed hash.
    key: str
    #: Empty for a forgotten person.
    address: str
    reason: str
    since: datetime
    #: The words of the bounce that it rests on; empty when a person or a file asked for it.
    evidence: str


def suppress(
    connection: Connection, key: str, reason: str, now: datetime, *, evidence: str = ""
) -> bool:
    """Never mail a key again; False when that was so before.

    `evidence` is given by the program, and never when a person asked for it.
    """
    if suppressed(connection, [key]):
        return False
    values = {"key": key, "reason": reason, "since": seconds(now), "evidence": evidence}
    connection.execute(insert(suppression).values(values))
    return True


def suppress_all(connection: Connection, reasons: Mapping[str, str], now: datetime) -> None:
    """Never mail keys again, for these reasons, of which none is suppressed yet."""
    if reasons:
        values = [
            {"key": key, "reason": reason, "since": seconds(now)} for key, reason in reasons.items()
        ]
        connection.execute(insert(suppression), values)


def lift(connection: Connection, keys: Sequence[str]) -> bool:
    """Take a suppression away; False when there is none."""
    gone = connection.execute(delete(suppression).where(suppression.c.key.in_(keys)))
    return gone.rowcount > 0


def suppressions(connection: Connection, since: datetime | None = None) -> list[Suppression]:
    """Return who is never mailed, oldest first; since a moment, if one is given."""
    query = select(suppression, subscriber.c.address).outerjoin(
        subscriber, subscriber.c.address_key == suppression.c.key
    )
    if since:
        query = query.where(suppression.c.since >= seconds(since))
    rows = connection.execute(query.order_by(suppression.c.since, suppression.c.key))
    return [
        Suppression(
            key=row.key,
            address="" if row.reason == FORGOTTEN else row.address or row.key,
            reason=row.reason,
            since=moment(row.since),
            evidence=row.evidence,
        )
        for row in rows
    ]


def confirmed_at(connection: Connection, domain: str) -> int:
    """Return how many confirmed subscribers, suppressed or not, have an address at a domain."""
    query = select(func.count()).where(
        subscriber.c.status == CONFIRMED,
        subscriber.c.address_key.endswith(f"@{domain}", autoescape=True),
    )
    return connection.execute(query).scalar_one()


def suppressed(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """Return the reasons why keys are never mailed, of those that are not."""
    question = select(suppression.c.key, suppression.c.reason).where(
        suppression.c.key.in_(_these(connection))
    )
    return {row.key: row.reason for row in connection.execute(question, {"keys": _packed(keys)})}
