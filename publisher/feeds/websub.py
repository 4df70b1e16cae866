"""Telling a WebSub hub (W3C Recommendation of 23 January 2018) that a feed has changed.

The Recommendation leaves open how; all hubs know the form that PubSubHubbub 0.4 (7) had, some
call the feed `hub.topic` and not `hub.url`.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import time
from dataclasses import dataclass
from enum import Enum
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

from publisher.redaction import masked

#: Seconds after which a hub is taken for one that is down, however busy it seems.
PATIENCE = 10.0
#: RFC 9110 15.4: a POST may stay one at each of these.
_MOVED = (301, 302, 307, 308)
_MOST_MOVES = 3
#: RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4: not now, as are all above 500.
_NOT_NOW = (408, 425, 429)
_MOST_WORDS = 200
#: Bytes that are read of all that a hub says to one request. The body is never read.
_MOST_BYTES = 65_536
_PORTS = {"http": 80, "https": 443}
_STATUS_LINE = re.compile(r"HTTP/1\.\d ([1-5]\d\d)(?: (.*))?", re.ASCII)


class Outcome(Enum):
    """What came of it."""

    told = "told"
    #: It is down, or busy: another time.
    later = "later"
    #: It wants none of this.
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome, and why."""

    outcome: Outcome
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Head:
    """The part of an HTTP response that matters here."""

    status: int
    reason: str
    location: str


class _HubError(Exception):
    """A hub that cannot be reached, or does not answer in HTTP."""


def tell(hub: str, topic: str, patience: float = PATIENCE) -> Reply:
    """Return `hub` that what is at the address `topic` has changed. Never raises for its sake."""
    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic})
    end = time.monotonic() + patience
    address = hub
    for _ in range(1 + _MOST_MOVES):
        try:
            head = _post(address, body, end - time.monotonic())
        except TimeoutError:
            return Reply(Outcome.later, f"no answer within {patience:g} s")
        except _HubError as error:
            return Reply(Outcome.later, _line(str(error)))
        if head.status not in _MOVED:
            return _reply(head)
        moved = _followed(address, head.location)
        if not moved:
            words = f"{head.status} {head.reason}, to {head.location or 'nowhere'}"
            return Reply(Outcome.refused, _line(words))
        address = moved
    words = f"moved more than {_MOST_MOVES} times, last to {address}"
    return Reply(Outcome.refused, _line(words))


def _reply(head: _Head) -> Reply:
    words = _line(f"{head.status} {head.reason}")
    if head.status // 100 == 2:  # noqa: PLR2004  (RFC 9110 15.3)
        return Reply(Outcome.told)
    if head.status in _NOT_NOW or head.status >= 500:  # noqa: PLR2004  (RFC 9110 15.6)
        return Reply(Outcome.later, words)
    return Reply(Outcome.refused, words)


def _post(url: str, body: str, patience: float) -> _Head:
    """Return the head of the answer. Raises TimeoutError, and _HubError for all other faults."""
    try:
        return asyncio.run(_exchange(urlsplit(url), body, patience))
    except TimeoutError:
        raise
    # A name that IDNA cannot encode is a UnicodeError; a line over the limit, a ValueError.
    except (OSError, ValueError) as error:
        raise _HubError(_words(error)) from None


async def _exchange(url: SplitResult, body: str, patience: float) -> _Head:
    request = _request(url, body)
    async with asyncio.timeout(patience):
        reader, writer = await asyncio.open_connection(
            url.hostname,
            url.port or _PORTS[url.scheme],
            # Certificates are checked.
            ssl=ssl.create_default_context() if url.scheme == "https" else None,
            limit=_MOST_BYTES,
            # RFC 8305: a name whose first address is out of reach has others.
            happy_eyeballs_delay=0.25,
        )
        try:
            writer.write(request)
            return await _read_head(reader)
        finally:
            writer.transport.abort()


def _request(url: SplitResult, body: str) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    head = (
        f"POST {target} HTTP/1.1\r\n"
        f"Host: {url.netloc.rpartition('@')[2]}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n"
        "User-Agent: publisher\r\n"
        "Accept-Encoding: identity\r\n"
        "Connection: close\r\n\r\n"
    )
    return f"{head}{body}".encode("ascii")


async def _read_head(reader: asyncio.StreamReader) -> _Head:
    """Return the first head that is an answer, not an interim one (RFC 9110 15.2).

    Raises ValueError for what is no HTTP, and for more than _MOST_BYTES.
    """
    left = _MOST_BYTES
    while True:
        lines: list[str] = []
        while line := (await reader.readline()).decode("latin-1"):
            left -= len(line)
            if left < 0:
                raise ValueError(f"an answer with more than {_MOST_BYTES} bytes before its body")
            if not line.strip("\r\n"):
                break
            lines.append(line.rstrip("\r\n"))
        match = _STATUS_LINE.fullmatch(lines[0]) if lines else None
        if match is None:
            raise ValueError(f"no HTTP answer: {lines[0] if lines else 'nothing was said'}")
        status = int(match[1])
        if status >= 200:  # noqa: PLR2004  (RFC 9110 15.3)
            return _Head(status, match[2] or "", _location(lines[1:]))


def _location(lines: list[str]) -> str:
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "location":
            return value.strip()
    return ""


def _followed(before: str, location: str) -> str:
    """Return where a redirect leads; nothing where it must not be followed.

    It may lead to another path, and from HTTP to HTTPS, of the same host: so no hub, and nobody
    who speaks in its name, can have this machine send a request to another one, like one that
    only this network reaches.
    """
    try:
        after = urljoin(before, location)
        old, new = urlsplit(before), urlsplit(after)
        ports = old.port or _PORTS[old.scheme], new.port or _PORTS.get(new.scheme)
    except ValueError:
        return ""
    if new.hostname != old.hostname or after == before or not re.fullmatch(r"[!-~]+", after):
        return ""
    encrypts = (old.scheme, new.scheme) == ("http", "https")
    same = old.scheme == new.scheme and ports[0] == ports[1]
    return after if encrypts or same else ""


def _words(error: OSError | ValueError) -> str:
    """Return what happened, without the address that asyncio adds, which is known."""
    number = getattr(error, "errno", None) or 0
    if number > 0 and not isinstance(error, ssl.SSLError):
        return os.strerror(number)
    return str(error) or repr(error)


def _line(words: str) -> str:
    """Return a hub's words as one short line that can be kept and shown."""
    line = masked(" ".join(words.split()))[:_MOST_WORDS]
    return "".join(character if character.isprintable() else "?" for character in line)
