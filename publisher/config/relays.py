"""Relays, rate limits of relays and recipient domains, and quiet hours."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Any
from urllib.parse import urlsplit

import idna

from publisher.config.server_validators import relay
from publisher.config.validators import UNITS, InsideError, host_name, text, times, whole
from publisher.redaction import masked

#: As many as other senders begin with; Postfix takes 50 from one address before it says 421.
CONNECTIONS = 10
#: The name of the folder of this machine that mail goes to when there is no relay.
OUTBOX = "outbox"
#: Where a relay listens whose URL names no port; LMTP's is IANA's suggestion.
PORTS = {"smtp": 25, "smtps": 465, "lmtp": 24}
#: The pace of every domain that has none of its own.
EVERY = "*"
#: The most that a rate, a weight or a number of connections may be.
_MOST = 1_000_000
_MOST_CONNECTIONS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPace:
    """How fast mail goes to one recipient domain, through all relays together."""

    #: Messages a second.
    rate: float = math.inf
    #: Messages under way at a time; 0 for any number.
    connections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPace:
    """A relay, and how fast mail goes through it."""

    #: May hold a password.
    url: str = field(repr=False)
    #: Its share of the mail, beside the other relays' weights.
    weight: int = 1
    #: Whether the others take what it has no room for; else they wait for it.
    overflow: bool = False
    #: Messages a second.
    rate: float = math.inf
    #: At most so many at a time; 0 for any number.
    connections: int = CONNECTIONS
    #: The name in its certificate; empty for its host.
    tls_name: str = ""

    @property
    def name(self) -> str:
        """Return host and port, which are no secret."""
        return relay_name(self.url)


def relay_name(url: str) -> str:
    """Return a relay's host and port, or its path, without secrets; `outbox` for a Maildir."""
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        return OUTBOX
    if parts.scheme == "sendmail" or (parts.scheme == "lmtp" and not parts.hostname):
        return parts.path or parts.scheme
    return f"{parts.hostname or 'localhost'}:{parts.port or PORTS[parts.scheme]}"


def rate(value: object) -> float:
    """Return a rate in messages a second; infinity for an empty value."""
    if value == "":
        return math.inf
    match = re.fullmatch(r"(\d+)/([smhd])", str(value).strip())
    if not match or not 0 < int(match[1]) <= _MOST:
        raise ValueError('wants a rate like "20/s", "600/m", "5000/h" or "50000/d"')
    return int(match[1]) / UNITS[match[2]]


connections = whole(1, _MOST_CONNECTIONS)


def yes_or_no(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value)
    if not isinstance(value, bool):
        raise ValueError("wants true or false")  # noqa: TRY004  (as each of these does)
    return value


def relays(value: object) -> tuple[RelayPace, ...]:
    """Return relays from tables, or from `URL weight=2 rate=600/m, …` of the environment.

    Relays without `connections` get them in proportion to their weights.
    """
    known = {
        "url": _sending_relay,
        "weight": whole(1, 1000),
        "rate": rate,
        "connections": connections,
        "overflow": yes_or_no,
        "tls_name": host_name,
    }
    if isinstance(value, str):
        value = [_parse_words(part, "url", known) for part in value.split(",") if part.strip()]
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise ValueError('wants tables: [[mail.relays]] with url = "smtp://HOST"')
    by_name: dict[str, RelayPace] = {}
    silent = set()
    for number, table in enumerate(value, 1):
        if "url" not in table:
            raise InsideError((number,), 'has no url, like "smtp://HOST"')
        made = RelayPace(**_convert(table, known, (number,)))
        if made.name in by_name:
            raise InsideError((number, "url"), f"names {made.name} for the second time")
        by_name[made.name] = made
        if "connections" not in table:
            silent.add(made.name)
    # In proportion, so that equally fast relays are equally busy.
    heaviest = max((pace.weight for pace in by_name.values()), default=1)
    return tuple(
        replace(pace, connections=max(1, round(CONNECTIONS * pace.weight / heaviest)))
        if name in silent
        else pace
        for name, pace in by_name.items()
    )


def domains(value: object) -> tuple[tuple[str, DomainPace], ...]:
    """Return domains and their paces from tables, or from `gmail.com rate=20/s, …`."""
    known: dict[str, Callable[[object], Any]] = {"rate": rate, "connections": connections}
    if isinstance(value, str) and masked(value) == value:  # no message shows part of a password
        tables = [_parse_words(part, "", known) for part in value.split(",") if part.strip()]
        value = {table.pop(""): table for table in tables}
    if value == []:  # as relays may be written, and as the default is
        return ()
    if not isinstance(value, dict) or not all(isinstance(table, dict) for table in value.values()):
        raise ValueError('wants tables: [mail.domains."example.org"] with rate or connections')
    paces: dict[str, DomainPace] = {}
    for name, table in value.items():
        domain = _lookup_name(name)
        if domain in paces:
            raise InsideError((name,), "names the domain for the second time")
        paces[domain] = DomainPace(**_convert(table, known, (name,)))
    return tuple(paces.items())


def quiet_hours(value: object) -> tuple[time, time] | None:
    """Return two different times of day; None for an empty value."""
    if value == "":
        return None
    begin, _, end = text(value).partition("-")
    try:
        hours = (*times(begin.strip()), *times(end.strip()))
    except ValueError:
        hours = ()
    if len(set(hours)) != 2:  # noqa: PLR2004  (a begin and an end)
        raise ValueError('wants two times of day, like "22:00-07:00"')
    return hours[0], hours[1]


def _sending_relay(value: object) -> str:
    given = relay(value)
    if given.startswith("maildir:"):
        raise ValueError("wants a mail server or sendmail; a Maildir is for mail.relay alone")
    return given


def _lookup_name(name: str) -> str:
    """Return a domain in lower case, as A-labels (RFC 5891). Raises InsideError."""
    try:
        domain = EVERY if name == EVERY else idna.encode(name, uts46=True).decode("ascii")
    except UnicodeError:
        domain = ""
    if not domain or (domain != EVERY and "." not in domain):
        raise InsideError((name,), 'is no domain like "gmail.com", nor "*" for every other')
    return domain


def _parse_words(given: str, first: str, known: Collection[str]) -> dict[str, str]:
    """Return the table of `FIRST key=value key=value`."""
    head, *rest = given.split()
    table = {first: head}
    for word in rest:
        key, equals, value = word.partition("=")
        if not equals or key not in known:  # perhaps a part of a password, never to be shown
            raise ValueError(
                f"wants KEY=VALUE after {first or 'a domain'}, parted by white space; KEY is one "
                f"of {', '.join(name for name in known if name != first)}"
            )
        table[key] = value
    return table


def _convert(
    table: Mapping[str, object],
    known: Mapping[str, Callable[[object], Any]],
    steps: tuple[int | str, ...],
) -> dict[str, Any]:
    values = {}
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f'did you mean "{near[0]}"?' if near else "known are: " + ", ".join(known)
            raise InsideError((*steps, key), f"is unknown; {hint}")
        try:
            values[key] = known[key](value)
        except ValueError as error:
            raise InsideError((*steps, key), str(error)) from None
    return values
