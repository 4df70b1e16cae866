"""What sends plans, as it comes from outside, and how far it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher import due_times
from publisher.config import Settings
from publisher.delivery.counts import Tally
from publisher.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a plan is."""

    #: The plan's name.
    name: str
    #: How many deliveries were due when it began.
    due: int
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The settings, the ledger, and what comes from outside."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]
    chance: random.Random
    #: Asked twice a second: True ends the sending early, with what is in flight.
    stopping: Callable[[], bool]
    #: Told twice a second.
    tell: Callable[[Progress], None]

    def quiet_until(self) -> datetime | None:
        """Return when quiet hours are over; None outside them."""
        return quiet_until(self.settings, self.clock())


def journals(settings: Settings) -> Path:
    """Return where those who send keep their journals."""
    return settings.project / ".publisher" / "sending"


def quiet_until(settings: Settings, now: datetime) -> datetime | None:
    """Return when the quiet hours that now lies in are over; None outside them."""
    return due_times.quiet_until(now, settings.mail.quiet_hours, settings.schedule.timezone)
