"""Joining, confirming, changing and leaving: what a person may do about their own mail.

Whoever asks is told the same whether an address is on the list or not. What a link may do is in
its token: nothing here trusts an address that somebody typed, but to write to it once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection

from publisher.audience.addresses import checked
from publisher.audience.tokens import Keys, Purpose
from publisher.delivery.confirming import VALID
from publisher.errors import AddressError
from publisher.storage import confirmations, plans, subscribers
from publisher.storage.confirmations import FORM
from publisher.storage.database import Database
from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import FORGOTTEN, UNCONFIRMED, UNSUBSCRIBED, SubscriberRow
from publisher.storage.tables import seconds

#: Nothing more is sent to an address for that long.
_ONCE = timedelta(days=1)
#: Requests are counted over that long.
_WINDOW = timedelta(hours=1)
#: Who never confirmed is deleted after that long.
_KEPT = timedelta(days=7)


class Asked(Enum):
    """What became of a request to join."""

    #: It was taken; whether anything is sent is between the program and the address.
    taken = "taken"
    #: Too many have asked, from there or from anywhere.
    busy = "busy"
    #: Nothing can be sent to what was typed.
    invalid = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many may ask within an hour."""

    network: int
    overall: int


def network_of(address: str) -> str:
    """Give the network a visitor is in: an IPv4 address's /24, an IPv6 one's /64.

    A visitor without an address (a Unix socket's) is in a network of its own.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None:
        found = mapped
    width = 24 if found.version == 4 else 64  # noqa: PLR2004  (IPv4)
    return str(ip_network(f"{found}/{width}", strict=False))


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody's wish that an address, as they typed it, should join: in which language, whence."""

    typed: str
    language: str
    network: str


def ask(
    database: Database, wishes: Sequence[Joining], *, limits: Limits, now: datetime
) -> list[Asked]:
    """Take people's wishes to join, at once.

    What is sent is left for `delivery.confirming`, so that how long this takes tells nothing.
    Many wishes are one transaction, as in `leave`.
    """
    addresses = [_address(wish.typed) for wish in wishes]
    if not any(addresses):
        return [Asked.invalid] * len(wishes)
    with database.write() as connection:
        return [
            _ask(connection, wish, address, limits, now) if address else Asked.invalid
            for wish, address in zip(wishes, addresses, strict=True)
        ]


def _address(typed: str) -> tuple[str, str] | None:
    try:
        return checked(typed)
    except AddressError:
        return None


def _ask(
    connection: Connection, wish: Joining, address: tuple[str, str], limits: Limits, now: datetime
) -> Asked:
    since = now - _WINDOW
    its, overall = confirmations.count_requests(connection, wish.network, since)
    if its >= limits.network or overall >= limits.overall:
        return Asked.busy
    confirmations.note_request(connection, wish.network, now, since)
    confirmations.forget_stale(connection, now - _KEPT)
    if not subscribers.suppressed(connection, [address[1]]):
        _write_to(connection, *address, wish.language, now)
    return Asked.taken


def _write_to(connection: Connection, address: str, key: str, language: str, now: datetime) -> None:
    row = subscribers.by_keys(connection, [key]).get(key)
    if row is None:
        fresh = SubscriberRow(address=address, key=key, status=UNCONFIRMED, since=now, how=FORM)
        subscribers.put(connection, [fresh])
        row = subscribers.by_keys(connection, [key])[key]
    else:
        last = confirmations.asked_at(connection, row.id)
        if last is not None and last > now - _ONCE:
            return
        if row.status != CONFIRMED:
            # They stay what they are until they confirm; links from before are void.
            subscribers.change(connection, row, epoch=max(seconds(now), row.epoch + 1))
    confirmations.write(connection, row.id, language, now)


class Link(Enum):
    """What a link in a mail is good for."""

    open = "open"
    #: What it was for has been done.
    done = "done"
    #: Too old, used up, or never made here.
    void = "void"


def confirmable(database: Database, keys: Keys, token: str, now: datetime) -> Link:
    """Tell what a confirmation link would do. Nothing is changed: mail scanners follow links."""
    with database.read() as connection:
        return _confirmable(connection, keys, token, now)[0]


def confirm(database: Database, keys: Keys, token: str, now: datetime) -> SubscriberRow | None:
    """Put the person whose link it is on the list; None for a link that is void."""
    with database.write() as connection:
        link, row = _confirmable(connection, keys, token, now)
        if row is None or link is Link.void:
            return None
        if link is Link.done:
            return row
        # Who was forgotten, and asked again, is known again.
        subscribers.lift(connection, keys.hashes(row.key))
        joined = subscribers.joined(row, plans.newest(connection), how=FORM, now=now)
        subscribers.update_all(connection, [joined])
        return joined


def _confirmable(
    connection: Connection, keys: Keys, token: str, now: datetime
) -> tuple[Link, SubscriberRow | None]:
    found = keys.read_link(Purpose.confirm, token)
    row = subscribers.by_id(connection, found[0]) if found else None
    if found is None or row is None or row.status == FORGOTTEN or row.epoch != found[1]:
        return Link.void, None
    if row.status == CONFIRMED:
        return Link.done, row
    late = seconds(now) - row.epoch > VALID.total_seconds()
    if late or subscribers.suppressed(connection, [row.key]):
        return Link.void, None
    return Link.open, row


def reader_of(database: Database, keys: Keys, token: str) -> SubscriberRow | None:
    """Give whose link it is, to leave by or to change what they get; None for a void one."""
    with database.read() as connection:
        return _readers_of(connection, keys, [token])[0]


def _readers_of(
    connection: Connection, keys: Keys, tokens: Sequence[str]
) -> list[SubscriberRow | None]:
    found = [keys.read_link(Purpose.leave, token) for token in tokens]
    rows = subscribers.by_ids(connection, {each[0] for each in found if each})
    readers = [(rows.get(each[0]), each[1]) if each else (None, 0) for each in found]
    # A link from an earlier subscription still lets its reader leave.
    return [row if row and row.owns(epoch) else None for row, epoch in readers]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody's wish to leave: whose link it is, and how they followed it."""

    token: str
    #: `one-click`, `page` or `mail`.
    how: str


def leave(database: Database, keys: Keys, wishes: Sequence[Leaving], now: datetime) -> list[bool]:
    """Take the people whose links these are off the list, at once; False for a void link.

    Doing it twice changes nothing (RFC 8058 lets a mail program try again). Many wishes are one
    transaction, as one that is on the disk takes as long as all else.
    """
    tokens = [wish.token for wish in wishes]
    with database.read() as connection:
        rows = _readers_of(connection, keys, tokens)
    if any(row is not None and row.status != UNSUBSCRIBED for row in rows):
        with database.write() as connection:
            rows = _readers_of(connection, keys, tokens)
            leaving = {
                row.id: subscribers.left(row, how=wish.how, now=now)
                for row, wish in zip(rows, wishes, strict=True)
                if row is not None and row.status != UNSUBSCRIBED
            }
            subscribers.update_all(connection, list(leaving.values()))
    return [row is not None for row in rows]


def may_change(row: SubscriberRow, keys: Keys, token: str) -> bool:
    """Tell whether a link is of this subscription, and not of one that ended."""
    return row.status == CONFIRMED and keys.read_link(Purpose.leave, token) == (row.id, row.epoch)


def change(
    database: Database, keys: Keys, token: str, *, language: str, cadence: str
) -> SubscriberRow | None:
    """Change what the person whose link it is gets; None for a void link."""
    with database.write() as connection:
        row = _readers_of(connection, keys, [token])[0]
        if row is None or not may_change(row, keys, token):
            return None
        changed = subscribers.at_cadence(
            replace(row, language=language), cadence, plans.newest(connection)
        )
        subscribers.update_all(connection, [changed])
        return changed
