"""How much mail goes how fast through which relay, and to whom."""

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
        return place(self.url)


def place(url: str) -> str:
    """Return a relay's host and port, or its path; a Maildir is the outbox."""
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        return OUTBOX
    if parts.scheme == "sendmail" or (parts.scheme == "lmtp" and not parts.hostname):
        return parts.path or parts.scheme
    return f"{parts.hostname or 'localhost'}:{parts.port or PORTS[parts.scheme]}"


def rate(value: object) -> float:
    """Take a rate, in messages a second; nothing for no limit."""
    if value == "":
        return math.inf
    match = re.fullmatch(r"(\d+)/([smhd])", str(value).strip())
    if not match or not 0 < int(match[1]) <= _MOST:
        raise ValueError('wants a rate like "20/s", "600/m", "5000/h" or "50000/d"')
    return int(match[1]) / UNITS[match[2]]


connections = whole(1, _MOST_CONNECTIONS)


def yes_or_no(value: object) -> bool:
    """Take true or false."""
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value)
    if not isinstance(value, bool):
        raise ValueError("wants true or false")  # noqa: TRY004  (as each of these does)
    return value


def relays(value: object) -> tuple[RelayPace, ...]:
    """Take relays: tables; from the environment, `URL weight=2 rate=600/m`, parted by commas."""
    known = {
        "url": _smtp,
        "weight": whole(1, 1000),
        "rate": rate,
        "connections": connections,
        "overflow": yes_or_no,
        "tls_name": host_name,
    }
    if isinstance(value, str):
        value = [_words(each, "url", known) for each in value.split(",") if each.strip()]
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError('wants tables: [[mail.relays]] with url = "smtp://HOST"')
    found: dict[str, RelayPace] = {}
    silent = set()
    for number, table in enumerate(value, 1):
        if "url" not in table:
            raise InsideError((number,), 'has no url, like "smtp://HOST"')
        made = RelayPace(**_converted(table, known, (number,)))
        if made.name in found:
            raise InsideError((number, "url"), f"names {made.name} for the second time")
        found[made.name] = made
        if "connections" not in table:
            silent.add(made.name)
    # In proportion, so that equally fast relays are equally busy.
    heaviest = max((each.weight for each in found.values()), default=1)
    return tuple(
        replace(each, connections=max(1, round(CONNECTIONS * each.weight / heaviest)))
        if name in silent
        else each
        for name, each in found.items()
    )


def domains(value: object) -> tuple[tuple[str, DomainPace], ...]:
    """Take domains and their paces: tables; from the environment, `gmail.com rate=20/s`."""
    known: dict[str, Callable[[object], Any]] = {"rate": rate, "connections": connections}
    if isinstance(value, str) and masked(value) == value:  # no message shows part of a password
        parted = [_words(each, "", known) for each in value.split(",") if each.strip()]
        value = {each.pop(""): each for each in parted}
    if value == []:  # as relays may be written, and as the default is
        return ()
    if not isinstance(value, dict) or not all(isinstance(each, dict) for each in value.values()):
        raise ValueError('wants tables: [mail.domains."example.org"] with rate or connections')
    found: dict[str, DomainPace] = {}
    for name, table in value.items():
        domain = _domain(name)
        if domain in found:
            raise InsideError((name,), "names the domain for the second time")
        found[domain] = DomainPace(**_converted(table, known, (name,)))
    return tuple(found.items())


def quiet_hours(value: object) -> tuple[time, time] | None:
    """Take two different times of day, or nothing."""
    if value == "":
        return None
    begin, _, end = text(value).partition("-")
    try:
        found = (*times(begin.strip()), *times(end.strip()))
    except ValueError:
        found = ()
    if len(set(found)) != 2:  # noqa: PLR2004  (a begin and an end)
        raise ValueError('wants two times of day, like "22:00-07:00"')
    return found[0], found[1]


def _smtp(value: object) -> str:
    given = relay(value)
    if given.startswith("maildir:"):
        raise ValueError("wants a mail server or sendmail; a Maildir is for mail.relay alone")
    return given


def _domain(name: str) -> str:
    """Return a domain as it is looked up: in lower case, as A-labels (RFC 5891)."""
    try:
        domain = EVERY if name == EVERY else idna.encode(name, uts46=True).decode("ascii")
    except UnicodeError:
        domain = ""
    if not domain or (domain != EVERY and "." not in domain):
        raise InsideError((name,), 'is no domain like "gmail.com", nor "*" for every other')
    return domain


def _words(given: str, first: str, known: Collection[str]) -> dict[str, str]:
    """Read `FIRST key=value key=value`."""
    head, *rest = given.split()
    table = {first: head}
    for each in rest:
        key, equals, value = each.partition("=")
        if not equals or key not in known:  # perhaps a part of a password, never to be shown
            raise ValueError(
                f"wants KEY=VALUE after {first or 'a domain'}, parted by white space; KEY is one "
                f"of {', '.join(name for name in known if name != first)}"
            )
        table[key] = value
    return table


def _converted(
    table: Mapping[str, object],
    known: Mapping[str, Callable[[object], Any]],
    steps: tuple[int | str, ...],
) -> dict[str, Any]:
    found = {}
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f'did you mean "{near[0]}"?' if near else "known are: " + ", ".join(known)
            raise InsideError((*steps, key), f"is unknown; {hint}")
        try:
            found[key] = known[key](value)
        except ValueError as error:
            raise InsideError((*steps, key), str(error)) from None
    return found
