"""Notifying a WebSub hub (W3C Recommendation of 23 January 2018) that a feed has changed.

The Recommendation leaves the form open (6); all hubs know that of PubSubHubbub 0.4 (7), some with
`hub.topic` in place of `hub.url`.
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

#: Seconds after which a hub counts as unreachable.
TIMEOUT = 10.0
#: RFC 9110 15.4: a POST may stay one at each of these.
_MOVED = (301, 302, 307, 308)
_MOST_MOVES = 3
#: RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4: not now, as are all above 500.
_NOT_NOW = (408, 425, 429)
_MOST_WORDS = 200
#: Bytes that are read of the responses to one request. The body is never read.
_MOST_BYTES = 65_536
_PORTS = {"http": 80, "https": 443}
_STATUS_LINE = re.compile(r"HTTP/1\.\d ([1-5]\d\d)(?: (.*))?", re.ASCII)


class Outcome(Enum):
    """The result of a notification."""

    told = "told"
    #: The hub is down or busy: try again later.
    later = "later"
    #: The hub refuses it.
    refused = "refused"


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome, and the reason if it is not `told`."""

    outcome: Outcome
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Head:
    """The part of an HTTP response that matters here."""

    status: int
    reason: str
    location: str


class _HubError(Exception):
    """The hub cannot be reached, or does not answer in HTTP."""


def notify_hub(hub: str, topic: str, timeout: float = TIMEOUT) -> Reply:
    """Notify `hub` that the feed at the address `topic` has changed; return its reply.

    Never raises for an unreachable hub. `timeout` is for all requests together, in seconds.
    """
    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic})
    end = time.monotonic() + timeout
    address = hub
    for _ in range(1 + _MOST_MOVES):
        try:
            head = _post(address, body, end - time.monotonic())
        except TimeoutError:
            return Reply(Outcome.later, f"no answer within {timeout:g} s")
        except _HubError as error:
            return Reply(Outcome.later, _one_line(str(error)))
        if head.status not in _MOVED:
            return _reply(head)
        target = _redirect_target(address, head.location)
        if not target:
            words = f"{head.status} {head.reason}, to {head.location or 'nowhere'}"
            return Reply(Outcome.refused, _one_line(words))
        address = target
    words = f"moved more than {_MOST_MOVES} times, last to {address}"
    return Reply(Outcome.refused, _one_line(words))


def _reply(head: _Head) -> Reply:
    words = _one_line(f"{head.status} {head.reason}")
    if head.status // 100 == 2:  # noqa: PLR2004  (RFC 9110 15.3)
        return Reply(Outcome.told)
    if head.status in _NOT_NOW or head.status >= 500:  # noqa: PLR2004  (RFC 9110 15.6)
        return Reply(Outcome.later, words)
    return Reply(Outcome.refused, words)


def _post(url: str, body: str, timeout: float) -> _Head:
    """Return the head of the response. Raises TimeoutError, and _HubError for all other errors."""
    try:
        return asyncio.run(_exchange(urlsplit(url), body, timeout))
    except TimeoutError:
        raise
    # A name that IDNA cannot encode is a UnicodeError; a line over the limit, a ValueError.
    except (OSError, ValueError) as error:
        raise _HubError(_error_words(error)) from None


async def _exchange(url: SplitResult, body: str, seconds: float) -> _Head:
    request = _request(url, body)
    async with asyncio.timeout(seconds):
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
    """Return the head of the final response, after interim ones (RFC 9110 15.2).

    Raises ValueError for invalid HTTP, and for more than _MOST_BYTES.
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


def _redirect_target(before: str, location: str) -> str:
    """Return the address of a redirect; empty if it must not be followed.

    It may lead to another path, or from HTTP to HTTPS, on the same host: so no hub can make this
    machine send a request to another host, like one that only this network reaches.
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


def _error_words(error: OSError | ValueError) -> str:
    """Return an error's words without the address that asyncio adds."""
    number = getattr(error, "errno", None) or 0
    if number > 0 and not isinstance(error, ssl.SSLError):
        return os.strerror(number)
    return str(error) or repr(error)


def _one_line(words: str) -> str:
    """Return a hub's words as one short printable line, without passwords."""
    line = masked(" ".join(words.split()))[:_MOST_WORDS]
    return "".join(character if character.isprintable() else "?" for character in line)
