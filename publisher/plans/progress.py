"""How far a plan is, where sending processes keep journals, and when they are quiet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher import due_times
from publisher.config import Settings
from publisher.delivery.counts import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a plan is."""

    #: The plan's name.
    name: str
    #: How many deliveries were due when it began.
    due: int
    tally: Tally


def journal_folder(settings: Settings) -> Path:
    """Return the folder in which sending processes keep their journals. It may not exist."""
    return settings.project / ".publisher" / "sending"


def quiet_until(settings: Settings, now: datetime) -> datetime | None:
    """Return when the quiet hours that `now` lies in end, in the newsletter's zone; else None."""
    zone = settings.schedule.timezone
    return due_times.quiet_until(now.astimezone(zone), settings.mail.quiet_hours, zone)
