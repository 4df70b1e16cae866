"""Connections over which nothing is asked are closed, and no others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message
from uvicorn import Config
from uvicorn.server import ServerState

from publisher.site.http_metadata import Hosting
from publisher.web.request_timeout import _MOST_STALLS, RequestTimeoutProtocol
from publisher.web.static_files import Files
from tests.e2e.newsletter import PATIENCE

_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Visit:
    """A visitor's connection, and the server's end of it."""

    def __init__(
        self,
        server: RequestTimeoutProtocol,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer

    async def ask(self) -> bytes:
        """Ask for a page, and give the first line of the answer."""
        self.writer.write(_REQUEST)
        head = await self.reader.readuntil(b"\r\n\r\n")
        await self.reader.readuntil(b"page")
        return head.partition(b"\r\n")[0]

    async def begin(self, head: bytes) -> None:
        """Send a part of a request's head, and wait until it is there."""
        self.writer.write(head)
        while self.server._received < len(head):  # noqa: ASYNC110  (the loop hears it soon)
            await asyncio.sleep(0)

    async def send_headers(self, size: int) -> None:
        """Send so many MiB of headers, and wait for an answer."""
        self.writer.write(b"GET / HTTP/1.1\r\n")
        for _ in range(size):
            self.writer.write(b"X-Header: word\r\n" * 65_536)
            await self.writer.drain()
        await self.reader.readexactly(1)

    async def begin_to_read(self, path: str, *headers: str) -> None:
        """Ask for a file, and wait until the server has more of it than the system takes."""
        lines = [f"GET /{path} HTTP/1.1", "Host: localhost", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode())
        await self.reader.readuntil(b"\r\n\r\n")
        while not self.server.transport.get_write_buffer_size():  # noqa: ASYNC110  (as below)
            await asyncio.sleep(0)

    def is_looked_at(self) -> None:
        """Let the time come when the server looks whether anything is asked."""
        self.server._check()


@asynccontextmanager
async def visit(app: ASGIApp | None = None) -> AsyncIterator[Visit]:
    """Connect to a server, with little room for what is not read."""
    app = app or PlainTextResponse("page")
    config = Config(app, lifespan="off", log_level="critical")
    config.load()
    made: list[RequestTimeoutProtocol] = []

    def protocol() -> RequestTimeoutProtocol:
        made.append(RequestTimeoutProtocol(config, ServerState(), {}))
        return made[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        ours = socket.socket()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ours.connect(server.sockets[0].getsockname())
        reader, writer = await asyncio.open_connection(sock=ours, limit=4096)
        while not (made and made[0].transport):  # noqa: ASYNC110  (made in the loop's next rounds)
            await asyncio.sleep(0)
        yield Visit(made[0], reader, writer)
        writer.close()


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server look only when a test says so."""
    monkeypatch.setattr("publisher.web.request_timeout._TIMEOUT", 3_600.0)


def test_who_asks_again_and_again_is_kept() -> None:
    """A connection that happens to rest whenever it is looked at, but was used, stays."""

    async def scene() -> None:
        async with visit() as visitor:
            for _ in range(4):
                assert b"HTTP/1.1 200 OK" == await visitor.ask()
                visitor.is_looked_at()
            assert b"HTTP/1.1 200 OK" == await visitor.ask()

    asyncio.run(scene())


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: "], ids=["nothing", "a head"])
@pytest.mark.parametrize("requests", [0, 1])
def test_who_asks_no_more_is_hung_up_on(requests: int, begun: bytes) -> None:
    """A connection over which nothing whole was asked from one look to the next is closed."""

    async def scene() -> None:
        async with visit() as visitor:
            for _ in range(requests):
                await visitor.ask()
            await visitor.begin(begun)
            visitor.is_looked_at()
            assert not visitor.server.transport.is_closing()
            visitor.is_looked_at()
            assert b"" == await visitor.reader.read()

    asyncio.run(scene())


def test_a_head_without_an_end() -> None:
    """Who sends headers for ever is hung up on before they fill the memory, and not by time."""

    async def scene() -> None:
        async with visit() as visitor:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(visitor.send_headers(8), PATIENCE)

    asyncio.run(scene())


# --- Answers that nobody reads ------------------------------------------------------------

#: A file that is kept in memory, and one that is read while it is sent.
_SIZES = {"kept": 900_000, "streamed": 3_000_000}
#: What comes from one look to the next, in 5 seconds, where 10 kB come in a second.
_SLOWLY = 50_000
#: More than a connection may hold of a file.
_MUCH = 50_000


@pytest.fixture(params=_SIZES)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """Return a site with a long feed."""
    (tmp_path / "feed.atom").write_bytes(bytes(_SIZES[request.param]))
    return Files(tmp_path, Hosting("https://news.example.org/"))


@pytest.mark.parametrize("headers", [(), ("Connection: close",)], ids=["kept alive", "closed"])
def test_who_does_not_read_is_hung_up_on(files: Files, headers: tuple[str, ...]) -> None:
    """A connection on which nothing of an answer is read for half a minute is cut."""

    async def scene() -> None:
        async with visit(files) as visitor:
            await visitor.begin_to_read("feed.atom", *headers)
            for _ in range(1 + _MOST_STALLS):
                assert visitor.server in visitor.server.connections
                visitor.is_looked_at()
            await asyncio.sleep(0)  # asyncio says so in its next round
            assert visitor.server not in visitor.server.connections

    asyncio.run(scene())


def test_little_is_kept_for_who_does_not_read(files: Files) -> None:
    """Of a file of any size, a connection holds a small part."""

    async def scene() -> None:
        async with visit(files) as visitor:
            await visitor.begin_to_read("feed.atom")
            while not visitor.server.flow.write_paused:  # noqa: ASYNC110  (until it stands still)
                await asyncio.sleep(0)
            assert visitor.server.transport.get_write_buffer_size() < _MUCH

    asyncio.run(scene())


def test_who_reads_slowly_gets_the_whole(files: Files) -> None:
    """A connection on which something is read now and then stays, until all is read."""

    async def scene() -> int:
        size = 0
        async with visit(files) as visitor:
            await visitor.begin_to_read("feed.atom", "Connection: close")
            looks = 0
            while part := await visitor.reader.read(4096):
                size += len(part)
                if size > looks * _SLOWLY:
                    looks += 1
                    visitor.is_looked_at()
            assert looks > 2 * _MOST_STALLS
            return size

    (whole,) = {file.stat().st_size for file in Path(files._root).iterdir()}
    assert whole == asyncio.run(scene())


def test_nothing_is_read_for_who_has_gone(tmp_path: Path) -> None:
    """A file that is read while it is sent is read no more when the visitor has hung up."""
    (tmp_path / "film.mp4").write_bytes(bytes(3_000_000))
    files = Files(tmp_path, Hosting("https://news.example.org/"))
    sent: list[Message] = []
    told = iter([{"type": "http.request"}, {"type": "http.disconnect"}])

    async def receive() -> Message:
        return next(told)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/film.mp4", "headers": []}
    asyncio.run(files(scope, receive, send))
    assert len(sent) < 9


def test_requests_sent_ahead() -> None:
    """Who sends requests without end and waits for no answer is hung up on."""

    async def scene() -> None:
        async with visit() as visitor:
            visitor.writer.write(_REQUEST * 1000)
            with suppress(ConnectionError):
                await visitor.reader.read()
            assert visitor.server not in visitor.server.connections

    asyncio.run(scene())
