"""Authority and year for tag URIs: configured, or fixed at the first build (RFC 4151 2.1)."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from publisher.config import Newsletter
from publisher.feeds.identity import Identity
from publisher.storage import facts
from publisher.storage.facts import Fact

_T = TypeVar("_T")


def identity_of(connection: Connection, newsletter: Newsletter, now: datetime) -> Identity:
    """Return the authority and year of ids: from settings, else those of the first build."""
    authority = newsletter.id_authority or _recorded(
        connection, facts.ID_AUTHORITY, newsletter.base_host
    )
    year = newsletter.id_year or _recorded(connection, facts.ID_YEAR, now.year)
    return Identity(authority, year)


def record_identity(connection: Connection, identity: Identity) -> None:
    """Record the authority and year of ids, unless they are recorded; settings override them."""
    _recorded(connection, facts.ID_AUTHORITY, identity.authority)
    _recorded(connection, facts.ID_YEAR, identity.year)


def _recorded(connection: Connection, fact: Fact[_T], first: _T) -> _T:
    value = fact.get(connection)
    if value is None:
        fact.put(connection, first)
    return value or first
