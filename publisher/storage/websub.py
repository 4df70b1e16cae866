"""Notifications of a WebSub hub (W3C WebSub 6). All in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection, delete, insert, select, update

from publisher.storage.tables.feeds import hub_topic


class State(Enum):
    """Whether the hub knows a feed's present bytes."""

    due = "due"
    told = "told"
    #: The hub refused the notification; it is not tried again for these bytes.
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Announcement:
    """The notification of the hub of one feed's present bytes."""

    feed: str
    sha256: str
    state: State
    #: Why the hub does not know them.
    words: str


def record_change(connection: Connection, feed: str, sha256: str) -> None:
    """Make a notification due if the feed's bytes have changed; `sha256` is in hex."""
    known = connection.execute(select(hub_topic.c.sha256).where(_is(feed))).scalar()
    values = {"sha256": sha256, "state": State.due.value, "words": ""}
    if known is None:
        connection.execute(insert(hub_topic).values(feed=feed, **values))
    elif known != sha256:
        connection.execute(update(hub_topic).where(_is(feed)).values(values))


def pending(connection: Connection) -> list[Announcement]:
    """Return the notifications that are due or were refused, by feed."""
    rows = connection.execute(
        select(hub_topic).where(hub_topic.c.state != State.told.value).order_by(hub_topic.c.feed)
    )
    return [Announcement(row.feed, row.sha256, State(row.state), row.words) for row in rows]


def record_outcome(
    connection: Connection, announcement: Announcement, state: State, words: str
) -> None:
    """Record the outcome of a notification; nothing happens if the feed has changed since."""
    condition = _is(announcement.feed), hub_topic.c.sha256 == announcement.sha256
    connection.execute(update(hub_topic).where(*condition).values(state=state.value, words=words))


def drop(connection: Connection, feed: str) -> None:
    """Delete the notification of a feed."""
    connection.execute(delete(hub_topic).where(_is(feed)))


def _is(feed: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  (as in issues.py)
    return hub_topic.c.feed == feed
