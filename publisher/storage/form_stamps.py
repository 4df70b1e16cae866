"""Stamps of forms that were sent: each is good for one request. In the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from publisher.storage.tables import form_stamp, seconds


def is_used(connection: Connection, stamp: str) -> bool:
    """Return whether the stamp with that SHA-256, in hex, was used."""
    question = select(form_stamp.c.stamp).where(form_stamp.c.stamp == stamp)
    return connection.execute(question).first() is not None


def mark_used(connection: Connection, stamp: str, now: datetime) -> None:
    """Record that the stamp with that SHA-256, in hex, was used."""
    connection.execute(insert(form_stamp).values(stamp=stamp, at=seconds(now)))


def drop_before(connection: Connection, before: datetime) -> None:
    """Delete the stamps that were used until a moment: they are too old to be used again."""
    connection.execute(delete(form_stamp).where(form_stamp.c.at <= seconds(before)))
