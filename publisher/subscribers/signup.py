"""Asking to join and confirming.

Whoever asks is told the same whether an address is on the list or not, and the answer takes the
same statements. What a link may do is in its token: nothing here trusts an address that somebody
typed, except to write to its mailbox once a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection

from publisher.errors import AddressError
from publisher.storage import confirmations, form_stamps, plans, subscribers
from publisher.storage.confirmations import FORM, VALID
from publisher.storage.database import Database
from publisher.storage.plans import CONFIRMED
from publisher.storage.subscribers import FORGOTTEN, UNCONFIRMED, SubscriberRow
from publisher.storage.tables import seconds
from publisher.subscribers.addresses import check_address
from publisher.subscribers.aliases import mailbox_of
from publisher.subscribers.tokens import Keys, Purpose

#: A mailbox is written to once in that time, and a form is good for as long.
ONCE = timedelta(days=1)
#: Requests are counted over that long.
_WINDOW = timedelta(hours=1)
#: Who never confirmed is deleted after that long.
_KEPT = timedelta(days=7)


class Asked(Enum):
    """What became of a request to join."""

    #: It was taken; whether anything is sent is between the program and the address.
    taken = "taken"
    #: The same form was sent before.
    used = "used"
    #: Too many have asked, from there or from anywhere.
    busy = "busy"
    #: Nothing can be sent to what was typed.
    invalid = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many may ask within an hour."""

    network: int
    overall: int


def find_network(address: str) -> str:
    """Return the network a client is in: an IPv4 address's /24, an IPv6 one's /64.

    A client without an address (a Unix socket's) is in a network of its own.
    """
    try:
        client = ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(client, "ipv4_mapped", None)
    if mapped is not None:
        client = mapped
    width = 24 if client.version == 4 else 64  # noqa: PLR2004  (IPv4)
    return str(ip_network(f"{client}/{width}", strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Somebody's request that an address, as they typed it, should join."""

    typed: str
    #: Of the page they asked on, an interface language.
    language: str
    #: Of the issues they want; empty for all of the newsletter's.
    wanted: str
    network: str
    #: What the form's stamp says: when it was shown, and which one of that second it is.
    stamp: tuple[int, int]


def request_signups(
    database: Database, keys: Keys, requests: Sequence[Joining], *, limits: Limits, now: datetime
) -> list[Asked]:
    """Take several people's requests to join in one transaction; return what became of each.

    The answers are in the order of the requests. Who did not confirm within a week is deleted.
    Mail is left to `delivery.confirmation_mail`: how long this takes tells nothing of an address.
    """
    addresses = [_address(request.typed) for request in requests]
    if not any(addresses):
        return [Asked.invalid] * len(requests)
    with database.write() as connection:
        confirmations.drop_before(connection, counted=now - ONCE, asked=now - _KEPT)
        form_stamps.drop_before(connection, now - ONCE)
        return [
            _ask(connection, keys, request, address, limits, now) if address else Asked.invalid
            for request, address in zip(requests, addresses, strict=True)
        ]


def _address(typed: str) -> tuple[str, str] | None:
    try:
        return check_address(typed)
    except AddressError:
        return None


def _ask(
    connection: Connection,
    keys: Keys,
    request: Joining,
    address: tuple[str, str],
    limits: Limits,
    now: datetime,
) -> Asked:
    # Not the stamp's text: base64 has more than one for the same bytes.
    stamp = hashlib.sha256(b"%d.%d" % request.stamp).hexdigest()
    if form_stamps.is_used(connection, stamp):
        return Asked.used
    here, overall = confirmations.count_requests(connection, request.network, now - _WINDOW)
    if here >= limits.network or overall >= limits.overall:
        return Asked.busy
    form_stamps.mark_used(connection, stamp, now)
    mailboxes = keys.mailboxes(mailbox_of(address[1]))
    written = _write_to(connection, address, mailboxes, request, now)
    mailbox = mailboxes[0] if written else ""
    confirmations.add_request(connection, request.network, mailbox, now)
    return Asked.taken


def _write_to(
    connection: Connection,
    address: tuple[str, str],
    mailboxes: tuple[str, ...],
    request: Joining,
    now: datetime,
) -> bool:
    """Have an address written to if it may be; return whether it is.

    Whatever is known of it, the statements are as many and of the same kinds: time tells nothing.
    """
    typed, key = address
    fresh = SubscriberRow(
        address=typed, key=key, language=request.wanted, status=UNCONFIRMED, since=now, how=FORM
    )
    known = subscribers.by_keys(connection, [key]).get(key)
    row = known or fresh
    last = confirmations.requested_at(connection, row.id)
    barred = bool(subscribers.suppression_reasons(connection, [key]))
    often = confirmations.was_mailed(connection, mailboxes, now - ONCE)
    writes = not (barred or often or (last is not None and last > now - ONCE))
    if writes and not known:
        subscribers.insert_all(connection, [fresh])
    else:
        # Who is not on the list stays what they are until they confirm; links from before are
        # void. For all others nothing changes.
        renews = writes and row.status != CONFIRMED
        epoch = max(seconds(now), row.epoch + 1) if renews else row.epoch
        subscribers.change(connection, row, epoch=epoch)
    stored = subscribers.by_keys(connection, [key]).get(key)
    number = stored.id if stored and writes else 0
    confirmations.schedule(
        connection, number, language=request.language, wanted=request.wanted, now=now
    )
    return writes


class Link(Enum):
    """What a link in a mail is good for."""

    open = "open"
    #: What it was for has been done.
    done = "done"
    #: Too old, used up, or never made here.
    void = "void"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a confirmation link does, or did."""

    link: Link
    #: Whose it is; None for a void one.
    row: SubscriberRow | None = None
    #: The language of the page they asked on, and of the issues they want.
    language: str = ""
    wanted: str = ""


def read_confirmation(database: Database, keys: Keys, token: str, now: datetime) -> Confirmation:
    """Return what a confirmation link would do. Nothing is changed: mail scanners follow links."""
    with database.read() as connection:
        return _confirmable(connection, keys, token, now)


def confirm_signup(database: Database, keys: Keys, token: str, now: datetime) -> Confirmation:
    """Put the person whose link it is on the list; return what the link was good for.

    It is `Link.done` for whoever is on the list now, however often they follow it.
    """
    with database.write() as connection:
        asked = _confirmable(connection, keys, token, now)
        if asked.row is None or asked.link is not Link.open:
            return asked
        # Who was forgotten, and asked again, is known again.
        subscribers.unsuppress(connection, keys.hashes(asked.row.key))
        row = replace(asked.row, language=asked.wanted)
        joined = subscribers.confirmed(row, plans.newest(connection), how=FORM, now=now)
        subscribers.update_all(connection, [joined])
        return replace(asked, link=Link.done, row=joined)


def _confirmable(connection: Connection, keys: Keys, token: str, now: datetime) -> Confirmation:
    numbers = keys.read_link(Purpose.confirm, token)
    row = subscribers.by_id(connection, numbers[0]) if numbers else None
    if numbers is None or row is None or row.status == FORGOTTEN or row.epoch != numbers[1]:
        return Confirmation(Link.void)
    asked = confirmations.languages_of(connection, row.id) or ("", row.language)
    if row.status == CONFIRMED:
        return Confirmation(Link.done, row, *asked)
    late = seconds(now) - row.epoch > VALID.total_seconds()
    if late or subscribers.suppression_reasons(connection, [row.key]):
        return Confirmation(Link.void)
    return Confirmation(Link.open, row, *asked)
