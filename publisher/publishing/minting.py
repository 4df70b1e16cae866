"""What ids of feeds and entries are made of: as set, else as at the first build, and kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from publisher.config import Newsletter
from publisher.feeds.identity import Identity
from publisher.storage import issues


def identity_of(connection: Connection, newsletter: Newsletter, now: datetime) -> Identity:
    """Give the authority and year that ids are made of: as set, else as at the first build."""
    authority = newsletter.id_authority or _kept(connection, "id-authority", newsletter.base_host)
    year = newsletter.id_year or int(_kept(connection, "id-year", str(now.year)))
    return Identity(authority, year)


def keep_identity(connection: Connection, identity: Identity) -> None:
    """Have ids made of this from now on, unless settings say otherwise."""
    _kept(connection, "id-authority", identity.authority)
    _kept(connection, "id-year", str(identity.year))


def _kept(connection: Connection, name: str, first: str) -> str:
    value = issues.get_fact(connection, name)
    if value is None:
        issues.set_fact(connection, name, first)
    return value or first
