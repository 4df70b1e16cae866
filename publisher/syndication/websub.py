"""WebSub: the hub is told of each feed that changed, once it is in place.

What is to be told is decided in the transaction that crosses the files off the to-do list, by
their bytes: a crash before it writes them again, a crash after it leaves the hub to the next
tick. Only one between the hub's answer and the note of it has the hub told twice.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from publisher.config import Settings
from publisher.errors import reported
from publisher.event_log import log_error
from publisher.storage import websub
from publisher.storage.database import Database
from publisher.storage.websub import State

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Announced:
    """What a tick told the hub."""

    #: Feeds it was told of.
    told: int = 0
    #: Why it could not be told of others.
    trouble: str = ""


def note(connection: Connection, settings: Settings, feed: str, data: bytes) -> None:
    """Note that a feed, now in place, holds this, for the hub to be told if that is new."""
    if settings.newsletter.hub:
        websub.record_change(connection, feed, hashlib.sha256(data).hexdigest())


def announce(settings: Settings, database: Database, stopping: Callable[[], bool]) -> Announced:
    """Notify the hub of what changed. A hub that is down is left in peace until the next tick.

    Never raises: whatever a hub does, the mail of the tick goes out.
    """
    done = Announced()
    if settings.newsletter.hub:
        try:
            _announce(settings, database, stopping, done)
        except Exception as error:  # noqa: BLE001  (a fault of this step is none of the mail's)
            log_error(_LOG, "hub failed", error)
            done.trouble = f"{settings.newsletter.hub}: {reported(error)}"
    return done


def _announce(
    settings: Settings, database: Database, stopping: Callable[[], bool], done: Announced
) -> None:
    hub, base = settings.newsletter.hub, settings.newsletter.base_url
    with database.read() as connection:
        due = [each for each in websub.pending(connection) if each.state is State.due]
    if not due:
        return
    from publisher.feeds.websub import Outcome, tell  # noqa: PLC0415  (25 ms only for what changed)

    states = {
        Outcome.told: State.told,
        Outcome.later: State.due,
        Outcome.refused: State.refused,
    }
    for each in due:
        if stopping():
            break
        if not (settings.output.dir / each.feed).is_file():
            with database.write() as connection:
                websub.drop(connection, each.feed)
            continue
        reply = tell(hub, base + each.feed)
        with database.write() as connection:
            websub.record_outcome(connection, each, states[reply.outcome], reply.words)
        if reply.outcome is Outcome.told:
            done.told += 1
        else:
            done.trouble = f"{hub}: {reply.words}"
        if reply.outcome is Outcome.later:
            done.trouble += "; the next run tells it"
            break
