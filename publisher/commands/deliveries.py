"""`deliveries`: who got what, who did not, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from publisher.config import Settings
from publisher.errors import NotFoundError
from publisher.mail.mime import Letter, message_id
from publisher.model import DeliveryState
from publisher.plans.letters import stored_letter
from publisher.storage import deliveries, plans
from publisher.storage.database import Database
from publisher.storage.tables import moment


@dataclass(frozen=True, slots=True)
class Tried:
    """One try at a delivery."""

    at: datetime
    #: Host and port, or `outbox`.
    relay: str
    state: str
    #: The relay's reply code; 0 when there was none.
    code: int
    #: Its words, without addresses.
    words: str

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "at": self.at.isoformat(), "relay": self.relay, "state": self.state,
            "code": self.code, "words": self.words,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One delivery, for people."""

    COLUMNS: ClassVar = (
        "issue", "address", "state", "attempts", "changed", "due", "message_id", "reply",
    )  # fmt: skip

    #: The issue's slug, or the name of a plan of several.
    issue: str
    #: Empty for somebody who was forgotten.
    address: str
    state: str
    attempts: int
    #: When it last changed.
    changed: datetime
    #: When a deferred one may be tried again.
    due: datetime | None
    #: Of their copy, to look for in a relay's log; empty for somebody who was forgotten.
    message_id: str
    #: Why it is in its state: the relay's last words, or ours.
    reply: str
    #: All tries, in order.
    tries: tuple[Tried, ...]

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON; times are ISO 8601."""
        return {**self.cells(), "tries": [attempt.as_dict() for attempt in self.tries]}

    def cells(self) -> dict[str, object]:
        """Return it for CSV, without the tries."""
        due = self.due.isoformat() if self.due else None
        return {
            "issue": self.issue, "address": self.address, "state": self.state,
            "attempts": self.attempts, "changed": self.changed.isoformat(), "due": due,
            "message_id": self.message_id, "reply": self.reply,
        }  # fmt: skip


def list_deliveries(
    settings: Settings, database: Database, name: str | None, states: Collection[DeliveryState]
) -> Iterator[Entry]:
    """Yield the deliveries of one plan or of all, in some states or in all, in order.

    Raises NotFoundError for an issue whose mail was never planned.
    """
    letters: dict[int, Letter] = {}
    with database.read() as connection:
        if name is not None and not plans.exists(connection, name):
            raise NotFoundError(f'no mail of an issue "{name}" was ever planned')
        for row, tries in deliveries.with_attempts(
            connection, name, [state.value for state in states]
        ):
            if row.letter not in letters:
                kept = plans.get_letter(connection, row.letter)
                letters[row.letter] = stored_letter(settings, database, kept)
            yield Entry(
                issue=row.name,
                address=row.address,
                state=row.state,
                attempts=row.attempts,
                changed=moment(row.changed),
                due=moment(row.due) if row.due else None,
                message_id=message_id(letters[row.letter], row.address) if row.address else "",
                reply=row.reply,
                tries=tuple(
                    Tried(
                        moment(attempt.at),
                        attempt.relay,
                        attempt.state,
                        attempt.code,
                        attempt.words,
                    )
                    for attempt in tries
                ),
            )
