"""WebSub (W3C WebSub 6): the hub is notified of each feed that changed, once it is written.

Notifications are recorded in the transaction that marks the files as written, by their bytes:
after a crash before it the files are written again, after one behind it the next tick notifies
the hub. Only a crash between the hub's reply and its record makes a second notification.
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
class HubResult:
    """The notifications of a tick."""

    #: How many feeds the hub was notified of.
    told: int = 0
    #: Why it could not be notified of others; empty for none.
    error: str = ""


def record_change(connection: Connection, settings: Settings, feed: str, data: bytes) -> None:
    """Record the bytes of a written feed, to notify the hub if they have changed."""
    if settings.newsletter.hub:
        websub.record_change(connection, feed, hashlib.sha256(data).hexdigest())


def notify(settings: Settings, database: Database, stopping: Callable[[], bool]) -> HubResult:
    """Notify the hub of feeds that changed. After a temporary failure the next tick goes on.

    Never raises: the mail of the tick goes out whatever the hub does.
    """
    result = HubResult()
    if settings.newsletter.hub:
        try:
            _notify(settings, database, stopping, result)
        except Exception as error:  # noqa: BLE001  (a fault of this step is none of the mail's)
            log_error(_LOG, "hub failed", error)
            result.error = f"{settings.newsletter.hub}: {reported(error)}"
    return result


def _notify(
    settings: Settings, database: Database, stopping: Callable[[], bool], result: HubResult
) -> None:
    hub, base = settings.newsletter.hub, settings.newsletter.base_url
    with database.read() as connection:
        due = [
            notification
            for notification in websub.pending(connection)
            if notification.state is State.due
        ]
    if not due:
        return
    from publisher.feeds.websub import Outcome, notify_hub  # noqa: PLC0415  (25 ms only for what changed)

    states = {
        Outcome.told: State.told,
        Outcome.later: State.due,
        Outcome.refused: State.refused,
    }
    for notification in due:
        if stopping():
            break
        if not (settings.output.dir / notification.feed).is_file():
            with database.write() as connection:
                websub.drop(connection, notification.feed)
            continue
        reply = notify_hub(hub, base + notification.feed)
        with database.write() as connection:
            websub.record_outcome(connection, notification, states[reply.outcome], reply.words)
        if reply.outcome is Outcome.told:
            result.told += 1
        else:
            result.error = f"{hub}: {reply.words}"
        if reply.outcome is Outcome.later:
            result.error += "; the next run tells it"
            break
