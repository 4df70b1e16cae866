"""What a WebSub hub is still to be told. All in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Connection, delete, insert, select, update

from publisher.storage.tables.feeds import hub_topic


class State(Enum):
    """What is known of a feed's bytes and the hub."""

    due = "due"
    told = "told"
    #: The hub wants to hear no more of these bytes.
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A feed, and whether the hub knows of what it holds."""

    feed: str
    sha256: str
    state: State
    #: Why it is not told.
    words: str


def note(connection: Connection, feed: str, sha256: str) -> None:
    """Have the hub told of a feed whose bytes are not those of the last time."""
    known = connection.execute(select(hub_topic.c.sha256).where(_is(feed))).scalar()
    values = {"sha256": sha256, "state": State.due.value, "words": ""}
    if known is None:
        connection.execute(insert(hub_topic).values(feed=feed, **values))
    elif known != sha256:
        connection.execute(update(hub_topic).where(_is(feed)).values(values))


def untold(connection: Connection) -> list[Announcement]:
    """Return what the hub does not know: what is due, and what it refused."""
    rows = connection.execute(
        select(hub_topic).where(hub_topic.c.state != State.told.value).order_by(hub_topic.c.feed)
    )
    return [Announcement(row.feed, row.sha256, State(row.state), row.words) for row in rows]


def settle(connection: Connection, one: Announcement, state: State, words: str) -> None:
    """Note what came of telling it; nothing happens if the feed has changed since."""
    its = _is(one.feed), hub_topic.c.sha256 == one.sha256
    connection.execute(update(hub_topic).where(*its).values(state=state.value, words=words))


def drop(connection: Connection, feed: str) -> None:
    """Forget a feed that is no more."""
    connection.execute(delete(hub_topic).where(_is(feed)))


def _is(feed: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  (as in issues.py)
    return hub_topic.c.feed == feed
