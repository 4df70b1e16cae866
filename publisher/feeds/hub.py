"""Telling a WebSub hub (W3C Recommendation of 23 January 2018) that a feed has changed.

The Recommendation leaves open how; all hubs know the form that PubSubHubbub 0.4 (7) had, some
call the feed `hub.topic` and not `hub.url`.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode, urljoin, urlsplit

from publisher.masking import masked

#: Seconds after which a hub is taken for one that is down, however busy it seems.
PATIENCE = 10.0
#: RFC 9110 15.4: a POST may stay one at each of these.
_MOVED = (301, 302, 307, 308)
_MOST_MOVES = 3
#: RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4: not now, as are all above 500.
_NOT_NOW = (408, 425, 429)
_MOST_WORDS = 200


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


def tell(hub: str, topic: str, patience: float = PATIENCE) -> Reply:
    """Tell `hub` that what is at the address `topic` has changed. Never raises for its sake."""
    body = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic})
    end = time.monotonic() + patience
    at = hub
    for _ in range(1 + _MOST_MOVES):
        try:
            status, reason, location = _post(at, body, end - time.monotonic())
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = time.monotonic() >= end
            why = f"no answer within {patience:g} s" if late else str(error) or repr(error)
            return Reply(Outcome.later, _line(why))
        if status not in _MOVED:
            return _reply(status, reason)
        moved = urljoin(at, location)
        if not _may_follow(at, moved):
            return Reply(Outcome.refused, _line(f"{status} {reason}, to {location or 'nowhere'}"))
        at = moved
    return Reply(Outcome.refused, f"moved more than {_MOST_MOVES} times, last to {_line(at)}")


def _reply(status: int, reason: str) -> Reply:
    words = _line(f"{status} {reason}")
    if status // 100 == 2:  # noqa: PLR2004  (RFC 9110 15.3)
        return Reply(Outcome.told)
    if status in _NOT_NOW or status >= 500:  # noqa: PLR2004  (RFC 9110 15.6)
        return Reply(Outcome.later, words)
    return Reply(Outcome.refused, words)


def _post(url: str, body: str, patience: float) -> tuple[int, str, str]:
    """Send it, and give status, reason and Location. Raises OSError, HTTPException, ValueError."""
    parts = urlsplit(url)
    encrypted = parts.scheme == "https"
    kind = http.client.HTTPSConnection if encrypted else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=max(patience, 0.001))  # certificates are checked
    with closing(connection):
        # A timeout is for each step: a hub that sends a byte a second would never be through.
        watch = threading.Timer(patience, _cut, [connection])
        watch.daemon = True
        watch.start()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "User-Agent": "publisher",
                "Connection": "close",
            }
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.reason, answer.headers.get("Location", "")
        finally:
            watch.cancel()


def _cut(connection: http.client.HTTPConnection) -> None:
    its: socket.socket | None = connection.sock
    if its is not None:
        with suppress(OSError):
            its.shutdown(socket.SHUT_RDWR)


def _may_follow(before: str, after: str) -> bool:
    """Tell whether one may go on there: over HTTP, and not out of TLS."""
    schemes = ("https",) if urlsplit(before).scheme == "https" else ("http", "https")
    return urlsplit(after).scheme in schemes and after != before


def _line(words: str) -> str:
    return masked(" ".join(words.split()))[:_MOST_WORDS]
