"""Content negotiation, conditional requests and ranges.

RFC 9110 12.5.1 (media types), 12.5.3 (encodings), 13 (conditions), 14 (ranges).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

_WANTED = {
    b"accept",
    b"accept-encoding",
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"range",
}
#: Names of plain text, the nearest first.
_PLAIN = ("text/plain", "text/*", "*/*")
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_RANGE = re.compile(r"bytes=[ \t]*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Representation:
    """The representation that would be sent (RFC 9110 3.2)."""

    #: A strong entity tag.
    tag: str
    #: Whole seconds since 1970; None for a file that may change again within the second.
    modified: int | None
    #: Its size in bytes.
    size: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The response: its status, its bytes, and headers besides the representation's own."""

    status: int
    part: range
    #: The entity tag that the client already has.
    matched: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """The request headers that choose the response."""

    _given: Mapping[bytes, str]

    @classmethod
    def of(cls, method: str, headers: Iterable[tuple[bytes, bytes]]) -> Request:
        """Return the request for ASGI's headers; repeated ones are joined to one list."""
        given: dict[bytes, str] = {}
        for name, value in headers:
            if name in _WANTED:
                text = value.decode("latin-1")
                given[name] = f"{given[name]}, {text}" if name in given else text
        if method != "GET":  # RFC 9110 14.2
            given.pop(b"range", None)
        return cls(given)

    def get(self, name: bytes) -> str | None:
        """Return a header's value; None if it is missing."""
        return self._given.get(name)

    @property
    def ranged(self) -> bool:
        """Return whether a range is requested."""
        return b"range" in self._given

    @property
    def takes_gzip(self) -> bool:
        """Return whether gzip is accepted, with at least the quality of no encoding."""
        return _takes_gzip(self._given.get(b"accept-encoding", ""))

    @property
    def takes_html(self) -> bool:
        """Return whether HTML is named, with at least the quality of plain text."""
        return _takes_html(self._given.get(b"accept", ""))


@lru_cache(256)
def _takes_html(header: str) -> bool:
    """Evaluate Accept (RFC 9110 12.5.1). Feed readers and scripts send only `*/*`."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        kind, *parameters = part.split(";")
        qualities = (
            _quality(parameter) for parameter in parameters if parameter.strip().startswith("q=")
        )
        weights[kind.strip()] = next(qualities, 1.0)
    plain = next((weights[kind] for kind in _PLAIN if kind in weights), 0.0)
    html = weights.get("text/html", 0.0)
    return html > 0 and html >= plain


@lru_cache(256)
def _takes_gzip(header: str) -> bool:
    """Evaluate Accept-Encoding (RFC 9110 12.5.3); clients send few different ones."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = _quality(weight)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def evaluate(request: Request, wanted: Representation, other: Representation | None) -> Decision:
    """Evaluate the conditions of a GET or HEAD in the order of RFC 9110 13.2.2.

    `other` is the same content in another encoding. A client that has that one gets a 304 too: a
    proxy may have compressed or decompressed what it stores.
    """
    tags = [representation.tag for representation in (wanted, other) if representation]
    match, none_match = request.get(b"if-match"), request.get(b"if-none-match")
    if match is not None:
        if not _strong_match(match, tags):
            return Decision(412, range(0))
    elif _modified_since(wanted, request.get(b"if-unmodified-since")) is True:
        return Decision(412, range(0))
    if none_match is not None:
        if matched := _weak_match(none_match, tags):
            return Decision(304, range(0), matched)
    elif _modified_since(wanted, request.get(b"if-modified-since")) is False:
        return Decision(304, range(0), wanted.tag)
    part = request.get(b"range")
    if part is not None and _range_applies(request.get(b"if-range"), wanted):
        return _range_decision(part, wanted)
    return Decision(200, range(wanted.size))


def _weak_match(header: str, tags: list[str]) -> str:
    """Return the first tag in a list, weak or strong (RFC 9110 8.8.3.2); empty for none."""
    if header.strip() == "*":
        return tags[0]
    named = {tag for _, tag in _TAG.findall(header)}
    return next((tag for tag in tags if tag in named), "")


def _strong_match(header: str, tags: list[str]) -> bool:
    if header.strip() == "*":
        return True
    return any(not weak and tag in tags for weak, tag in _TAG.findall(header))


def _modified_since(wanted: Representation, date: str | None) -> bool | None:
    """Return whether it changed after a date; None for an unusable date (RFC 9110 13.1.3)."""
    then = _http_date(date)
    return None if then is None or wanted.modified is None else wanted.modified > then


def _range_applies(if_range: str | None, wanted: Representation) -> bool:
    """Return whether a range may be sent by If-Range (RFC 9110 13.1.5)."""
    if if_range is None:
        return True
    if '"' in if_range:
        return if_range.strip() == wanted.tag
    # A date is no strong validator unless it is certain that nothing changed in its second.
    return False


def _range_decision(header: str, wanted: Representation) -> Decision:
    """Return the response to one range. Several, and invalid ones, are ignored (RFC 9110 14.2)."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or (match[2] and int(match[2]) < int(match[1])):
        return Decision(200, range(wanted.size))
    if match[3]:
        part = range(max(0, wanted.size - int(match[3])), wanted.size)
    else:
        last = int(match[2]) if match[2] else wanted.size
        part = range(int(match[1]), min(last + 1, wanted.size))
    if not part:
        return Decision(416, range(0), headers={"Content-Range": f"bytes */{wanted.size}"})
    content_range = f"bytes {part.start}-{part.stop - 1}/{wanted.size}"
    return Decision(206, part, headers={"Content-Range": content_range})


def _quality(parameter: str) -> float:
    """Return a quality (RFC 9110 12.4.2); 0 for an invalid one."""
    name, _, value = parameter.partition("=")
    if not name.strip():
        return 1.0
    try:
        weight = float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


def _http_date(header: str | None) -> int | None:
    """Return a date in seconds since 1970; None for an invalid one, which is ignored."""
    if header is None:
        return None
    try:
        when = parsedate_to_datetime(header)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    try:
        return int(when.timestamp())
    except (OverflowError, ValueError):
        return None
