"""Times as people read them. JSON, CSV and feeds have ISO 8601 instead."""

from __future__ import annotations

from datetime import datetime, tzinfo


def local_time(moment: datetime, zone: tzinfo) -> str:
    """Return a moment in a zone: `2026-11-20 09:00 CET`, with an offset where it has no letters."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
