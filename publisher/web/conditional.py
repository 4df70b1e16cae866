"""What a reader asks for, and what its conditions come to.

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
    """What would be sent."""

    #: A strong entity tag.
    tag: str
    #: Whole seconds since 1970; None for what may change again within the second.
    modified: int | None
    #: Bytes.
    size: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to answer: the status, which bytes, and headers besides the representation's own."""

    status: int
    part: range
    #: The entity tag that the reader has already.
    matched: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What a request's headers say of what is wanted."""

    _given: Mapping[bytes, str]

    @classmethod
    def of(cls, method: str, headers: Iterable[tuple[bytes, bytes]]) -> Request:
        """Take what matters here from ASGI's headers; those said twice count as one list."""
        given: dict[bytes, str] = {}
        for name, value in headers:
            if name in _WANTED:
                text = value.decode("latin-1")
                given[name] = f"{given[name]}, {text}" if name in given else text
        if method != "GET":  # RFC 9110 14.2
            given.pop(b"range", None)
        return cls(given)

    def get(self, name: bytes) -> str | None:
        """Return a header's value."""
        return self._given.get(name)

    @property
    def ranged(self) -> bool:
        """Return whether a part is asked for."""
        return b"range" in self._given

    @property
    def takes_gzip(self) -> bool:
        """Return whether gzip is wanted at least as much as no encoding."""
        return _takes_gzip(self._given.get(b"accept-encoding", ""))

    @property
    def takes_html(self) -> bool:
        """Return whether HTML is named, and wanted at least as much as plain text."""
        return _takes_html(self._given.get(b"accept", ""))


@lru_cache(256)
def _takes_html(header: str) -> bool:
    """Read Accept (RFC 9110 12.5.1). `*/*` alone is what feed readers and scripts send."""
    weights: dict[str, float] = {}
    for each in header.lower().split(","):
        kind, *parameters = each.split(";")
        qualities = (_weight(one) for one in parameters if one.strip().startswith("q="))
        weights[kind.strip()] = next(qualities, 1.0)
    plain = next((weights[kind] for kind in _PLAIN if kind in weights), 0.0)
    html = weights.get("text/html", 0.0)
    return html > 0 and html >= plain


@lru_cache(256)
def _takes_gzip(header: str) -> bool:
    """Read Accept-Encoding (RFC 9110 12.5.3), of which readers have few kinds."""
    weights: dict[str, float] = {}
    for each in header.lower().split(","):
        name, _, weight = each.partition(";")
        weights[name.strip()] = _weight(weight)
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def judge(request: Request, wanted: Representation, other: Representation | None) -> Verdict:
    """Weigh the conditions of a GET or HEAD in the order of RFC 9110 13.2.2.

    `other` is the same content in another encoding. A reader that has that one needs nothing
    new, whichever it would be sent: a proxy may have packed, or unpacked, what it keeps.
    """
    tags = [each.tag for each in (wanted, other) if each]
    match, none_match = request.get(b"if-match"), request.get(b"if-none-match")
    if match is not None:
        if not _strongly(match, tags):
            return Verdict(412, range(0))
    elif _younger(wanted, request.get(b"if-unmodified-since")) is True:
        return Verdict(412, range(0))
    if none_match is not None:
        if matched := _weakly(none_match, tags):
            return Verdict(304, range(0), matched)
    elif _younger(wanted, request.get(b"if-modified-since")) is False:
        return Verdict(304, range(0), wanted.tag)
    part = request.get(b"range")
    if part is not None and _still(request.get(b"if-range"), wanted):
        return _ranged(part, wanted)
    return Verdict(200, range(wanted.size))


def _weakly(header: str, tags: list[str]) -> str:
    """Return the tag that a list names, weak or strong (RFC 9110 8.8.3.2)."""
    if header.strip() == "*":
        return tags[0]
    named = {tag for _, tag in _TAG.findall(header)}
    return next((tag for tag in tags if tag in named), "")


def _strongly(header: str, tags: list[str]) -> bool:
    if header.strip() == "*":
        return True
    return any(not weak and tag in tags for weak, tag in _TAG.findall(header))


def _younger(wanted: Representation, date: str | None) -> bool | None:
    """Return whether it changed after a date; None where that says nothing (RFC 9110 13.1.3)."""
    then = _moment(date)
    return None if then is None or wanted.modified is None else wanted.modified > then


def _still(if_range: str | None, wanted: Representation) -> bool:
    """Return whether a part still belongs to what the reader has of it (RFC 9110 13.1.5)."""
    if if_range is None:
        return True
    if '"' in if_range:
        return if_range.strip() == wanted.tag
    # A date is no strong validator unless it is certain that nothing changed in its second.
    return False


def _ranged(header: str, wanted: Representation) -> Verdict:
    """Return one range. Several, and what is none, are ignored, as RFC 9110 14.2 allows."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or (found[2] and int(found[2]) < int(found[1])):
        return Verdict(200, range(wanted.size))
    if found[3]:
        part = range(max(0, wanted.size - int(found[3])), wanted.size)
    else:
        last = int(found[2]) if found[2] else wanted.size
        part = range(int(found[1]), min(last + 1, wanted.size))
    if not part:
        return Verdict(416, range(0), headers={"Content-Range": f"bytes */{wanted.size}"})
    said = f"bytes {part.start}-{part.stop - 1}/{wanted.size}"
    return Verdict(206, part, headers={"Content-Range": said})


def _weight(parameter: str) -> float:
    """Return a quality (RFC 9110 12.4.2); what cannot be read is not wanted."""
    name, _, value = parameter.partition("=")
    if not name.strip():
        return 1.0
    try:
        weight = float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


def _moment(header: str | None) -> int | None:
    """Return a date in seconds since 1970; None for what is none, which counts as not said."""
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
