"""Rows of subscribers and suppressions. Every function works in the caller's transaction."""

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
#: Shown as the status of suppressed people: never stored.
SUPPRESSED = "suppressed"
#: The status of a person whose data was erased: only the id is left, for the ledger.
FORGOTTEN = "forgotten"
_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """A person on the list."""

    #: 0 before they are stored.
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
    #: For readers who get several issues in one mail: the newest plan they are owed nothing of.
    covered: int | None = None
    #: The epoch of this subscription, a time in seconds: with a link of another one, its reader can
    #: only unsubscribe. 0 before they are stored, like `first_epoch`.
    epoch: int = 0
    #: The epoch of their first subscription.
    first_epoch: int = 0
    #: After unsubscribing, the epoch of the subscription that ended; 0 if there was none.
    left_epoch: int = 0

    def owns(self, epoch: int) -> bool:
        """Return whether a link of that epoch is theirs, and not an earlier owner of the id's.

        Links from a state that was lost count: their epoch may be later than now.
        """
        return self.status != FORGOTTEN and epoch >= self.first_epoch


def unsubscribed(row: SubscriberRow, *, how: str, now: datetime) -> SubscriberRow:
    """Return a person's row after unsubscribing.

    It has a new epoch, so that an earlier confirmation link does not subscribe them again.
    """
    epoch = max(seconds(now), row.epoch + 1)
    ended = row.epoch if row.status == CONFIRMED else 0
    return replace(row, status=UNSUBSCRIBED, since=now, how=how, epoch=epoch, left_epoch=ended)


def resubscribed(row: SubscriberRow, *, how: str, now: datetime) -> SubscriberRow:
    """Return a person's row after unsubscribing was undone: links in earlier mails work again."""
    return replace(row, status=CONFIRMED, since=now, how=how, epoch=row.left_epoch, left_epoch=0)


def confirmed(row: SubscriberRow, newest: int, *, how: str, now: datetime) -> SubscriberRow:
    """Return a person's row once confirmed: they are owed nothing up to the plan `newest`."""
    covered = None if row.cadence == EACH else newest
    return replace(row, status=CONFIRMED, since=now, how=how, covered=covered)


def with_cadence(row: SubscriberRow, cadence: str, newest: int) -> SubscriberRow:
    """Return a person's row with another cadence; `newest` is the newest plan of an issue.

    After a change from each issue to several in one mail, they are owed nothing up to `newest`.
    After a change back, issues that they have not had are still owed, and go out in one mail.
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
    """Return the subscribers with these keys, by key; there may be many thousands."""
    question = select(subscriber).where(subscriber.c.address_key.in_(_key_rows(connection)))
    rows = connection.execute(question, {"keys": _as_json(keys)})
    return {row.address_key: _row(row) for row in rows}


def _key_rows(connection: Connection) -> Select[tuple[str]]:
    """Return a query whose rows are the keys in the parameter `keys`, a JSON array.

    One parameter for each key has a limit (SQLite 32,766, PostgreSQL 65,535) and costs PostgreSQL
    9 µs.
    """
    # By name: a value that is written into a statement is in a cycle with it, and an import of a
    # million rows would hold all keys until Python looks for garbage.
    keys = bindparam("keys", type_=Text)
    if connection.dialect.name == "sqlite":
        return select(func.json_each(keys).table_valued("value").c.value)
    return select(func.json_array_elements_text(cast(keys, JSON)).column_valued("value"))


def _as_json(keys: Collection[str]) -> str:
    return json.dumps(list(keys), ensure_ascii=False)


def by_ids(connection: Connection, numbers: Collection[int]) -> dict[int, SubscriberRow]:
    """Return the subscribers with these ids, by id.

    An id may have had another owner: SQLite uses that of a deleted person (who never confirmed)
    again, and both databases do so after a restore. Check with `SubscriberRow.owns`.
    """
    rows = connection.execute(select(subscriber).where(subscriber.c.id.in_(numbers)))
    return {row.id: _row(row) for row in rows}


def by_id(connection: Connection, number: int) -> SubscriberRow | None:
    """Return the subscriber with that id; None for none."""
    return by_ids(connection, [number]).get(number)


def put(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Add people, or replace the rows of those with the same keys."""
    known = by_keys(connection, [row.key for row in rows])
    insert_all(connection, [row for row in rows if row.key not in known])
    update_all(connection, [replace(row, id=known[row.key].id) for row in rows if row.key in known])


def insert_all(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Add people with new keys: their epochs are the time `since`."""
    if rows:
        connection.execute(insert(subscriber), list(map(_first_values, rows)))


def update_all(connection: Connection, rows: Sequence[SubscriberRow]) -> None:
    """Replace the rows of people, by id."""
    if rows:
        statement = update(subscriber).where(subscriber.c.id == bindparam("number"))
        connection.execute(statement, [{**_values(row), "number": row.id} for row in rows])


def change(connection: Connection, row: SubscriberRow, **values: object) -> None:
    """Change columns of one person's row."""
    connection.execute(update(subscriber).where(subscriber.c.id == row.id).values(values))


def all_subscribers(connection: Connection) -> Iterator[tuple[SubscriberRow, bool]]:
    """Yield all subscribers but forgotten ones, by id, each with whether they are suppressed."""
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


def any_exist(connection: Connection) -> bool:
    """Return whether there is any subscriber, of whatever status."""
    return connection.execute(select(subscriber.c.id).limit(1)).first() is not None


def has_cadences(connection: Connection) -> bool:
    """Return whether any subscriber gets several issues in one mail."""
    chosen = select(subscriber.c.id).where(subscriber.c.cadence != EACH).limit(1)
    return connection.execute(chosen).first() is not None


def counts(connection: Connection) -> dict[str, int]:
    """Return the number of subscribers in each status; suppressed ones count only as such."""
    by_status = select(subscriber.c.status, func.count()).group_by(subscriber.c.status)
    barred = by_status.join(suppression, suppression.c.key == subscriber.c.address_key).where(
        subscriber.c.status != FORGOTTEN
    )
    numbers = Counter({row[0]: row[1] for row in connection.execute(by_status)})
    never = Counter({row[0]: row[1] for row in connection.execute(barred)})
    return dict(sorted((numbers - never + Counter({SUPPRESSED: never.total()})).items()))


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
    """Suppress an address by its key; return False if it was suppressed before.

    `evidence` is given when the program suppresses, never when a person does.
    """
    if suppression_reasons(connection, [key]):
        return False
    values = {"key": key, "reason": reason, "since": seconds(now), "evidence": evidence}
    connection.execute(insert(suppression).values(values))
    return True


def suppress_all(connection: Connection, reasons: Mapping[str, str], now: datetime) -> None:
    """Suppress addresses by key, with their reasons. None may be suppressed yet."""
    if reasons:
        values = [
            {"key": key, "reason": reason, "since": seconds(now)} for key, reason in reasons.items()
        ]
        connection.execute(insert(suppression), values)


def unsuppress(connection: Connection, keys: Sequence[str]) -> bool:
    """Delete the suppressions of these keys; return False when there is none."""
    gone = connection.execute(delete(suppression).where(suppression.c.key.in_(keys)))
    return gone.rowcount > 0


def suppressions(connection: Connection, since: datetime | None = None) -> list[Suppression]:
    """Return the suppressions, oldest first; only those since a moment, if given."""
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


def suppression_reasons(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    """Return the reasons of those keys that are suppressed, by key."""
    question = select(suppression.c.key, suppression.c.reason).where(
        suppression.c.key.in_(_key_rows(connection))
    )
    return {row.key: row.reason for row in connection.execute(question, {"keys": _as_json(keys)})}
