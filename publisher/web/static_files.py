"""The files under out/ over HTTP (RFC 9110), cheap to poll: most requests of readers get a 304.

Small files are cached while they are unchanged. That is checked at each request, in 2 µs, since a
hub fetches a feed the moment it is notified.
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
from publisher.web.conditional import Representation, Request, evaluate

_RawHeaders = list[tuple[bytes, bytes]]

#: A file up to this size, in bytes, is cached; others are read while they are sent.
_SMALL = 1_000_000
#: Bytes sent, and read from the disk, at a time: unread bytes are kept for each client.
_PART, _READ = 32_768, 131_072
#: The largest size of the cache in bytes.
_CACHE_BYTES = 64_000_000
#: The hidden folder that is served (RFC 8615).
_WELL_KNOWN = ".well-known"
#: Bytes of a gzip file's end: CRC-32 and length of its content (RFC 1952 2.3.1).
_TRAILER = 8
#: Seconds in which a file may change again with the same date, which has no parts of a second. It
#: is sent without a date meanwhile: readers with libcurl, like newsboat, ignore a response
#: whose date is not newer than theirs, whatever its entity tag.
_YOUNG = 2.0
#: The headers of a 304 (RFC 9110 15.4.5).
_HEADERS_OF_304 = ("Cache-Control", "ETag", "Last-Modified", "Vary")


@dataclass(frozen=True, slots=True)
class _Encoding:
    """One encoding of a file's content."""

    representation: Representation
    headers: _RawHeaders
    #: The headers of a 304.
    unchanged: _RawHeaders
    #: None when it is not cached.
    body: bytes | None

    @classmethod
    def of(
        cls, representation: Representation, headers: Mapping[str, str], body: bytes | None
    ) -> Self:
        """Return an encoding, with its headers prepared once for all responses."""
        headers = {**headers, "ETag": representation.tag}
        unchanged = {name: value for name, value in headers.items() if name in _HEADERS_OF_304}
        return cls(representation, _raw_headers(headers), _raw_headers(unchanged), body)


@dataclass(frozen=True, slots=True)
class _CachedFile:
    """A file when it was read."""

    #: Inode, size and modification time, by which a change is detected.
    mark: tuple[int, int, int]
    #: When to read it again, to send its date (seconds since 1970).
    until: float
    plain: _Encoding
    packed: _Encoding | None

    @property
    def weight(self) -> int:
        return sum(len(form.body or b"") for form in (self.plain, self.packed) if form)


class Files:
    """An ASGI application that serves the files under a folder, which need not exist yet."""

    def __init__(
        self, folder: Path, hosting: Hosting, seconds: Callable[[], float] = time.time
    ) -> None:
        self._root = os.fspath(folder)
        self._hosting = hosting
        self._seconds = seconds
        self._cached: dict[str, _CachedFile] = {}
        self._weight = 0
        #: The tasks that read files, by path: many clients ask at once, and share a copy.
        self._reading: dict[str, asyncio.Task[_CachedFile | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        scope["served"] = "file"
        if scope["method"] not in ("GET", "HEAD"):
            await status_text(405, {"Allow": "GET, HEAD"})(scope, receive, send)
            return
        path = _file_of(scope["path"])
        try:
            file = await self._find(path) if path is not None else None
        except IsADirectoryError:
            # A relative address: what stands before all paths here is the proxy's to know.
            name = quote(scope["path"].rpartition("/")[2])
            await status_text(301, {"Location": f"./{name}/"})(scope, receive, send)
            return
        if path is None or file is None:
            await (await self.missing(scope))(scope, receive, send)
            return
        await self._answer(path, file, scope, receive, send)

    async def missing(self, scope: Scope) -> Response:
        """Return a 404: the site's own page for browsers, one line for other clients."""
        # What is not there may be one day, and caches may keep a 404 that says nothing of it
        # (RFC 9110 15.5.5).
        headers = {"Cache-Control": "no-cache", "Vary": "Accept"}
        page = None
        if Request.of(scope["method"], scope["headers"]).takes_html:
            with suppress(IsADirectoryError):
                page = await self._find(MISSING_PAGE)
        if page is None or page.plain.body is None:
            return status_text(404, headers)
        return HTMLResponse(page.plain.body, 404, headers)

    # --- Finding ----------------------------------------------------------------------------

    async def _find(self, path: str) -> _CachedFile | None:
        """Return a file, read again if it has changed; None for none. Raises IsADirectoryError."""
        full = f"{self._root}/{path}"
        try:
            status = os.stat(full)  # noqa: PTH116  (a Path costs more than the call)
        except (OSError, ValueError):
            return None
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError
        kept = self._cached.get(path)
        same = kept is not None and kept.mark == _file_mark(status)
        if kept is not None and same and self._seconds() < kept.until:
            return kept
        while True:
            running = self._reading.get(path)
            reading = running or asyncio.create_task(self._read_and_cache(path, full))
            self._reading[path] = reading
            file = await asyncio.shield(reading)  # others wait for it, too
            # What another client's request read may be older than what this one is for.
            if running is None or (file is not None and file.mark == _file_mark(status)):
                return file

    async def _read_and_cache(self, path: str, full: str) -> _CachedFile | None:
        try:
            file = await run_in_threadpool(self._read, path, full)
            self._cache(path, file)
        finally:
            del self._reading[path]
        return file

    def _read(self, path: str, full: str) -> _CachedFile | None:
        # A link may lead anywhere; out/ itself may be one.
        root = os.path.realpath(self._root)
        if os.path.realpath(full) != f"{root}/{path}":
            return None
        try:
            with open(full, "rb") as file:  # noqa: PTH123
                there = os.fstat(file.fileno())
                if not stat.S_ISREG(there.st_mode):
                    return None
                digest, check, body = _checksums(file)
        except OSError:
            return None
        tag = base64.urlsafe_b64encode(digest[:12]).decode()
        packed = _read_gzip(full, there.st_size, check)
        shared = dict(self._hosting.headers(path))
        young = self._seconds() < there.st_mtime + _YOUNG
        if not young:
            shared["Last-Modified"] = formatdate(there.st_mtime, usegmt=True)
        if packed is not None:
            shared["Vary"] = "Accept-Encoding"
        modified = None if young else int(there.st_mtime)
        return _CachedFile(
            _file_mark(there),
            there.st_mtime + _YOUNG if young else math.inf,
            _Encoding.of(
                Representation(f'"{tag}"', modified, there.st_size),
                {**shared, "Accept-Ranges": "bytes"},
                body,
            ),
            _Encoding.of(
                Representation(f'"{tag}-gzip"', modified, len(packed)),
                {**shared, "Content-Encoding": "gzip"},
                packed,
            )
            if packed is not None
            else None,
        )

    def _cache(self, path: str, file: _CachedFile | None) -> None:
        before = self._cached.pop(path, None)
        self._weight -= before.weight if before else 0
        if file is None:
            return
        self._cached[path] = file
        self._weight += file.weight
        while self._weight > _CACHE_BYTES:
            oldest = self._cached.pop(next(iter(self._cached)))
            self._weight -= oldest.weight

    # --- Answering --------------------------------------------------------------------------

    async def _answer(
        self, path: str, file: _CachedFile, scope: Scope, receive: Receive, send: Send
    ) -> None:
        request = Request.of(scope["method"], scope["headers"])
        form, other = file.plain, file.packed
        if other is not None and request.takes_gzip and not request.ranged:
            form, other = other, form
        decision = evaluate(request, form.representation, other.representation if other else None)
        headers = form.headers
        if decision.status == 304:  # noqa: PLR2004  (RFC 9110 15.4.5)
            # The client gets the tag that it has.
            matched = other if other and other.representation.tag == decision.matched else form
            headers = matched.unchanged
        elif decision.status >= 400:  # noqa: PLR2004  (RFC 9110 15.5: nothing of the file is sent)
            headers = [*_raw_headers(decision.headers), (b"content-length", b"0")]
        else:
            length = b"%d" % len(decision.part)
            headers = [*form.headers, *_raw_headers(decision.headers), (b"content-length", length)]
        await send(
            {"type": "http.response.start", "status": decision.status, "headers": [*headers]}
        )
        if scope["method"] == "HEAD" or not decision.part:
            await send({"type": "http.response.body", "body": b""})
        elif form.body is not None:
            await _send_in_parts(form.body, decision.part, send)
        else:
            await self._send_parts(path, file, decision.part, receive, send)

    async def _send_parts(
        self, path: str, cached: _CachedFile, part: range, receive: Receive, send: Send
    ) -> None:
        def read(start: int, size: int) -> bytes:
            return os.pread(file.fileno(), size, start)

        with await run_in_threadpool(open, f"{self._root}/{path}", "rb") as file:
            if _file_mark(os.fstat(file.fileno())) != cached.mark:
                # It has changed since its length was told: the reader sees the answer cut off.
                raise OSError(f"{path} was replaced while it was being sent")
            at, end = part.start, part.stop
            gone = asyncio.create_task(_wait_for_disconnect(receive))  # of whom `send` says nothing
            try:
                while at < end and not gone.done():
                    body = await run_in_threadpool(read, at, min(_READ, end - at))
                    at += len(body) or end
                    await _send_in_parts(body, range(len(body)), send, more=at < end)
            finally:
                gone.cancel()


async def _wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_in_parts(body: bytes, part: range, send: Send, *, more: bool = False) -> None:
    """Send a part of these bytes, in small messages; `more` is whether others follow."""
    for at in range(part.start, part.stop, _PART) or (0,):
        end = min(at + _PART, part.stop)
        piece = body if end - at == len(body) else body[at:end]
        after = more or end < part.stop
        await send({"type": "http.response.body", "body": piece, "more_body": after})


def _file_of(path: str) -> str | None:
    """Return the file under out/ for a path; None for paths that are never served."""
    if path[:1] != "/" or "\0" in path or "\\" in path:
        return None
    *folders, name = path[1:].split("/")
    if any(not folder or (folder[0] == "." and folder != _WELL_KNOWN) for folder in folders):
        return None
    if name[:1] == "." or path == f"/{HEADERS_FILE}":
        return None
    return path[1:] if name else f"{path[1:]}index.html"


def _file_mark(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _checksums(file: BinaryIO) -> tuple[bytes, int, bytes | None]:
    """Return a file's SHA-256 and CRC-32, and its bytes if it is small."""
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


def _read_gzip(full: str, size: int, check: int) -> bytes | None:
    """Return a file's gzip sibling if it has the same content: files change one by one."""
    try:
        with open(f"{full}.gz", "rb") as file:  # noqa: PTH123
            body = file.read(_SMALL)
    except OSError:
        return None
    right = check.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
    return body if len(body) < _SMALL and body[-_TRAILER:] == right else None


def _raw_headers(headers: Mapping[str, str]) -> _RawHeaders:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def status_text(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response of one line for 301, 404 or 405."""
    words = {301: "It is a folder.", 404: "There is no such page.", 405: "Only GET and HEAD."}
    return PlainTextResponse(f"{words[status]}\n", status, headers=headers)
