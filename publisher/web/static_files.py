"""out/ as a web server shows it (RFC 9110): cheap to poll, for feed readers mostly ask in vain.

What was read of a file is kept while the file is the same; that is asked at each request, which
takes 2 µs, since a hub fetches a feed the moment it is told that there is a new one.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import math
import os
import stat
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from publisher.site.http_metadata import HEADERS_FILE, MISSING_PAGE, Hosting
from publisher.web.conditional import Representation, Request, judge

_RawHeaders = list[tuple[bytes, bytes]]

#: A file up to this size is kept in memory; the rest is read while it is sent.
_SMALL = 1_000_000
#: Bytes sent, and read from the disk, at a time: what a client does not read is kept for each.
_PART, _READ = 32_768, 131_072
#: Bytes kept at most.
_KEPT = 64_000_000
#: Hidden names that are meant to be asked for (RFC 8615).
_WELL_KNOWN = ".well-known"
#: Bytes of a gzip file's end: CRC-32 and length of what is in it (RFC 1952 2.3.1).
_TRAILER = 8
#: Seconds in which a file may change again and keep its date, which has no parts of a second. As
#: long it has none: readers made of libcurl, as newsboat, throw away what is not younger than
#: what they have, whatever its entity tag.
_YOUNG = 2.0
#: What a 304 says again (RFC 9110 15.4.5).
_OF_UNCHANGED = ("Cache-Control", "ETag", "Last-Modified", "Vary")


@dataclass(frozen=True, slots=True)
class _Form:
    """One encoding of a file's content."""

    its: Representation
    headers: _RawHeaders
    #: Those of a 304.
    unchanged: _RawHeaders
    #: None when it is not kept.
    body: bytes | None

    @classmethod
    def of(cls, its: Representation, headers: Mapping[str, str], body: bytes | None) -> Self:
        """Put the headers together once for all answers."""
        headers = {**headers, "ETag": its.tag}
        unchanged = {name: value for name, value in headers.items() if name in _OF_UNCHANGED}
        return cls(its, _raw(headers), _raw(unchanged), body)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it was when it was read."""

    #: Inode, size and time of change, by which the file is known to be the same.
    mark: tuple[int, int, int]
    #: When it is to be read again, to be given its date (seconds since 1970).
    until: float
    plain: _Form
    packed: _Form | None

    @property
    def weight(self) -> int:
        return sum(len(form.body or b"") for form in (self.plain, self.packed) if form)


class Files:
    """The files under a folder, which may still be to come. An ASGI application."""

    def __init__(
        self, folder: Path, hosting: Hosting, seconds: Callable[[], float] = time.time
    ) -> None:
        self._root = os.fspath(folder)
        self._hosting = hosting
        self._seconds = seconds
        self._kept: dict[str, _Kept] = {}
        self._weight = 0
        #: What is being read, by path: many ask at once, and each would hold a copy.
        self._reading: dict[str, asyncio.Task[_Kept | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["served"] = "file"
        if scope["method"] not in ("GET", "HEAD"):
            await plain(405, {"Allow": "GET, HEAD"})(scope, receive, send)
            return
        path = _inside(scope["path"])
        try:
            found = await self._find(path) if path is not None else None
        except IsADirectoryError:
            # A relative address: what stands before all paths here is the proxy's to know.
            name = quote(scope["path"].rpartition("/")[2])
            await plain(301, {"Location": f"./{name}/"})(scope, receive, send)
            return
        if path is None or found is None:
            await (await self.missing(scope))(scope, receive, send)
            return
        await self._answer(path, found, scope, receive, send)

    async def missing(self, scope: Scope) -> Response:
        """Say that there is nothing: by the site's own page to browsers, in a line to others."""
        # What is not there may be one day, and caches may keep a 404 that says nothing of it
        # (RFC 9110 15.5.5).
        headers = {"Cache-Control": "no-cache", "Vary": "Accept"}
        page = None
        if Request.of(scope["method"], scope["headers"]).takes_html:
            with suppress(IsADirectoryError):
                page = await self._find(MISSING_PAGE)
        if page is None or page.plain.body is None:
            return plain(404, headers)
        return HTMLResponse(page.plain.body, 404, headers)

    # --- Finding ----------------------------------------------------------------------------

    async def _find(self, path: str) -> _Kept | None:
        """Return a file, read anew if it has changed. Raises IsADirectoryError."""
        full = f"{self._root}/{path}"
        try:
            there = os.stat(full)  # noqa: PTH116  (a Path costs more than the call)
        except (OSError, ValueError):
            return None
        if stat.S_ISDIR(there.st_mode):
            raise IsADirectoryError
        kept = self._kept.get(path)
        same = kept is not None and kept.mark == _mark(there)
        if kept is not None and same and self._seconds() < kept.until:
            return kept
        while True:
            begun = self._reading.get(path)
            reading = begun or asyncio.create_task(self._read_and_keep(path, full))
            self._reading[path] = reading
            found = await asyncio.shield(reading)  # others wait for it, too
            # What another client's request read may be older than what this one is for.
            if begun is None or (found is not None and found.mark == _mark(there)):
                return found

    async def _read_and_keep(self, path: str, full: str) -> _Kept | None:
        try:
            found = await run_in_threadpool(self._read, path, full)
            self._keep(path, found)
        finally:
            del self._reading[path]
        return found

    def _read(self, path: str, full: str) -> _Kept | None:
        # A link may lead anywhere; out/ itself may be one.
        root = os.path.realpath(self._root)
        if os.path.realpath(full) != f"{root}/{path}":
            return None
        try:
            with open(full, "rb") as file:  # noqa: PTH123
                there = os.fstat(file.fileno())
                if not stat.S_ISREG(there.st_mode):
                    return None
                digest, check, body = _sum(file)
        except OSError:
            return None
        tag = base64.urlsafe_b64encode(digest[:12]).decode()
        packed = _packed(full, there.st_size, check)
        shared = dict(self._hosting.headers(path))
        young = self._seconds() < there.st_mtime + _YOUNG
        if not young:
            shared["Last-Modified"] = formatdate(there.st_mtime, usegmt=True)
        if packed is not None:
            shared["Vary"] = "Accept-Encoding"
        modified = None if young else int(there.st_mtime)
        return _Kept(
            _mark(there),
            there.st_mtime + _YOUNG if young else math.inf,
            _Form.of(
                Representation(f'"{tag}"', modified, there.st_size),
                {**shared, "Accept-Ranges": "bytes"},
                body,
            ),
            _Form.of(
                Representation(f'"{tag}-gzip"', modified, len(packed)),
                {**shared, "Content-Encoding": "gzip"},
                packed,
            )
            if packed is not None
            else None,
        )

    def _keep(self, path: str, found: _Kept | None) -> None:
        before = self._kept.pop(path, None)
        self._weight -= before.weight if before else 0
        if found is None:
            return
        self._kept[path] = found
        self._weight += found.weight
        while self._weight > _KEPT:
            oldest = self._kept.pop(next(iter(self._kept)))
            self._weight -= oldest.weight

    # --- Answering --------------------------------------------------------------------------

    async def _answer(
        self, path: str, found: _Kept, scope: Scope, receive: Receive, send: Send
    ) -> None:
        request = Request.of(scope["method"], scope["headers"])
        form, other = found.plain, found.packed
        if other is not None and request.takes_gzip and not request.ranged:
            form, other = other, form
        verdict = judge(request, form.its, other.its if other else None)
        headers = form.headers
        if verdict.status == 304:  # noqa: PLR2004  (RFC 9110 15.4.5)
            # The reader is told the tag that it has.
            its = other if other and other.its.tag == verdict.matched else form
            headers = its.unchanged
        elif verdict.status >= 400:  # noqa: PLR2004  (RFC 9110 15.5: nothing of the file is sent)
            headers = [*_raw(verdict.headers), (b"content-length", b"0")]
        else:
            length = b"%d" % len(verdict.part)
            headers = [*form.headers, *_raw(verdict.headers), (b"content-length", length)]
        await send({"type": "http.response.start", "status": verdict.status, "headers": [*headers]})
        if scope["method"] == "HEAD" or not verdict.part:
            await send({"type": "http.response.body", "body": b""})
        elif form.body is not None:
            await _send_in_parts(form.body, verdict.part, send)
        else:
            await self._send_parts(path, found, verdict.part, receive, send)

    async def _send_parts(
        self, path: str, found: _Kept, part: range, receive: Receive, send: Send
    ) -> None:
        def read(start: int, size: int) -> bytes:
            return os.pread(file.fileno(), size, start)

        with await run_in_threadpool(open, f"{self._root}/{path}", "rb") as file:
            if _mark(os.fstat(file.fileno())) != found.mark:
                # It has changed since its length was told: the reader sees the answer cut off.
                raise OSError(f"{path} was replaced while it was being sent")
            at, end = part.start, part.stop
            gone = asyncio.create_task(_gone(receive))  # of whom `send` says nothing
            try:
                while at < end and not gone.done():
                    body = await run_in_threadpool(read, at, min(_READ, end - at))
                    at += len(body) or end
                    await _send_in_parts(body, range(len(body)), send, more=at < end)
            finally:
                gone.cancel()


async def _gone(receive: Receive) -> None:
    """Wait until the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_in_parts(body: bytes, part: range, send: Send, *, more: bool = False) -> None:
    """Send a part of these bytes; `more` is whether others follow."""
    for at in range(part.start, part.stop, _PART) or (0,):
        end = min(at + _PART, part.stop)
        piece = body if end - at == len(body) else body[at:end]
        after = more or end < part.stop
        await send({"type": "http.response.body", "body": piece, "more_body": after})


def _inside(path: str) -> str | None:
    """Return the file under out/ that a path names; None if none is to be shown there."""
    if path[:1] != "/" or "\0" in path or "\\" in path:
        return None
    *folders, name = path[1:].split("/")
    if any(not each or (each[0] == "." and each != _WELL_KNOWN) for each in folders):
        return None
    if name[:1] == "." or path == f"/{HEADERS_FILE}":
        return None
    return path[1:] if name else f"{path[1:]}index.html"


def _mark(there: os.stat_result) -> tuple[int, int, int]:
    return there.st_ino, there.st_size, there.st_mtime_ns


def _sum(file: BinaryIO) -> tuple[bytes, int, bytes | None]:
    """Return a file's SHA-256 and CRC-32, and its bytes if they are few."""
    digest, check, size, first = hashlib.sha256(), 0, 0, b""
    for part in _parts(file):
        digest.update(part)
        check = zlib.crc32(part, check)
        size += len(part)
        first = first or part
    return digest.digest(), check, first if size == len(first) else None


def _parts(file: BinaryIO) -> Iterator[bytes]:
    while part := file.read(_SMALL):
        yield part


def _packed(full: str, size: int, check: int) -> bytes | None:
    """Return a file's gzip, if there is one, and of these very bytes: files change one by one."""
    try:
        with open(f"{full}.gz", "rb") as file:  # noqa: PTH123
            body = file.read(_SMALL)
    except OSError:
        return None
    right = check.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
    return body if len(body) < _SMALL and body[-_TRAILER:] == right else None


def _raw(headers: Mapping[str, str]) -> _RawHeaders:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def plain(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Say in words what a status means that is no page: 301, 404 or 405."""
    words = {301: "It is a folder.", 404: "There is no such page.", 405: "Only GET and HEAD."}
    return PlainTextResponse(f"{words[status]}\n", status, headers=headers)
