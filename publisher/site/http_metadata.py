"""Media types, Cache-Control (RFC 9111) and gzip siblings of the files under out/.

`publisher serve` uses these, and the `_headers` file that static hosts read.
"""

from __future__ import annotations

import mimetypes
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from isal import isal_zlib

#: The file that Netlify and Cloudflare Pages read at the root of a site.
HEADERS_FILE = "_headers"
#: The page that GitHub Pages, Netlify, Cloudflare Pages and others show for a 404.
MISSING_PAGE = "404.html"
#: RFC 6928: the bytes that a server may send before the first acknowledgement. A page of this size
#: arrives as soon uncompressed.
_FIRST_FLIGHT = 14_600
#: Of 267 KB of Atom zlib's levels 1, 4, 6 and 9 leave 32, 27, 26 and 26 %, and take 2, 3, 5.5
#: and 7 ms. Of an archive of 90 KB isal's levels 1, 2 and 3 leave 30.2, 29.1 and 28.0 %, and take
#: 133, 139 and 220 us; of a page of 33 KB 37.0, 36.1 and 35.5 %, and 60, 64 and 94 us.
_LEVEL, _FAST = 4, 2
#: RFC 7303 8.1, RSS Advisory Board, JSON Feed 1.1 (whose JSON has no charset, RFC 8259 11).
_FEEDS = {
    ".atom": "application/atom+xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".json": "application/feed+json",
}
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".opml": "text/x-opml; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "text/xml; charset=utf-8",
}
_BINARY = "application/octet-stream"
#: The max-age of feeds and of other files, in seconds. Readers that respect it poll a feed four
#: times an hour; a page's style sheet must not be much older than the page.
_FEED_AGE, _AGE = 900, 300
#: Documents of an archive never change (RFC 5005 4). RFC 9111 5.2.2.1 and RFC 8246; a year is what
#: HTTP/1.1 once allowed, and what caches still accept.
_CLOSED = "feeds/archive/"
_A_YEAR = "public, max-age=31536000, immutable"
#: Cloudflare reads no more rules than 100; some are for all feeds.
_MOST_NAMED = 80


def is_feed(path: str) -> bool:
    """Return whether a file under out/ is a feed."""
    return path.startswith("feeds/") and _suffix(path) in _FEEDS


def is_topic(path: str) -> bool:
    """Return whether a file is a feed's newest document, and so a topic of a hub."""
    return is_feed(path) and not path.startswith(_CLOSED)


def media_type(path: str) -> str:
    """Return a file's media type, with its charset, by the name alone."""
    suffix = _suffix(path)
    if is_feed(path):
        return _FEEDS[suffix]
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or _BINARY


def has_gzip(path: str, size: int) -> bool:
    """Return whether a file of `size` bytes has a gzip sibling.

    Feeds have one, and pages that are too long for a server's first packets. The pages of papers,
    nine files of ten, are short: compressing them, too, would make a build a third longer. Copies
    of mails are long, but seldom opened.
    """
    long = size >= _FIRST_FLIGHT and _suffix(path) in _TYPES
    return is_feed(path) or (long and "/email." not in path)


def compress(path: str, data: bytes) -> bytes:
    """Return data compressed with gzip (RFC 1952), without a time or name: always the same bytes.

    Files that readers poll are compressed most. The thousands of others took an eighth of a first
    build, and each is fetched once if ever: a few percent fewer bytes are not worth half as much
    time again.
    """
    if is_topic(path):
        return zlib.compress(data, _LEVEL, wbits=zlib.MAX_WBITS | 16)
    return isal_zlib.compress(data, _FAST, wbits=zlib.MAX_WBITS | 16)


@dataclass(frozen=True, slots=True)
class Hosting:
    """The base_url of a newsletter, and its WebSub hub, if any."""

    base_url: str
    hub: str = ""

    def headers(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield the headers of each response with this file."""
        yield "Content-Type", media_type(path)
        if path.startswith(_CLOSED):
            yield "Cache-Control", _A_YEAR
        else:
            yield "Cache-Control", f"public, max-age={_FEED_AGE if is_feed(path) else _AGE}"
        if is_topic(path):
            yield "Link", self._link(path)

    def _link(self, path: str) -> str:
        # WebSub 4: one self, and the hub.
        hub = f', <{self.hub}>; rel="hub"' if self.hub else ""
        return f'<{self.base_url}{path}>; rel="self"{hub}'

    def headers_file(self, feeds: Iterable[str]) -> bytes:
        """Return `_headers` for a newsletter with these feeds.

        No header is in two rules that match the same file, since a host would send both values.
        """
        rules = {
            f"/feeds/*{suffix}": {"Content-Type": media_type(f"feeds/any{suffix}")}
            for suffix in (*_FEEDS, ".opml")
        }
        rules["/*.txt"] = {"Content-Type": media_type("any.txt")}
        rules[f"/{_CLOSED}*"] = {"Cache-Control": _A_YEAR}
        for path in list(feeds)[:_MOST_NAMED]:
            headers = dict(self.headers(path))
            rules[f"/{path}"] = {name: headers[name] for name in ("Cache-Control", "Link")}
        lines = []
        for place, headers in rules.items():
            lines += [place, *(f"  {name}: {value}" for name, value in headers.items())]
        return ("\n".join(lines) + "\n").encode()


def _suffix(path: str) -> str:
    return path[path.rfind(".") :]
