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
    """Return the authority and year that ids are made of: as set, else as at the first build."""
    authority = newsletter.id_authority or _kept(
        connection, facts.ID_AUTHORITY, newsletter.base_host
    )
    year = newsletter.id_year or _kept(connection, facts.ID_YEAR, now.year)
    return Identity(authority, year)


def keep_identity(connection: Connection, identity: Identity) -> None:
    """Have ids made of this from now on, unless settings say otherwise."""
    _kept(connection, facts.ID_AUTHORITY, identity.authority)
    _kept(connection, facts.ID_YEAR, identity.year)


def _kept(connection: Connection, fact: Fact[_T], first: _T) -> _T:
    value = fact.get(connection)
    if value is None:
        fact.put(connection, first)
    return value or first
