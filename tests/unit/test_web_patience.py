"""Connections over which nothing is asked are closed, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.responses import PlainTextResponse
from uvicorn import Config
from uvicorn.server import ServerState

from publisher.web.patience import Impatient
from tests.e2e.newsletter import PATIENCE

_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Visit:
    """A visitor's connection, and the server's end of it."""

    def __init__(
        self, server: Impatient, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
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
        while self.server._heard < len(head):  # noqa: ASYNC110  (the loop hears it soon)
            await asyncio.sleep(0)

    async def send_headers(self, size: int) -> None:
        """Send so many MiB of headers, and wait for an answer."""
        self.writer.write(b"GET / HTTP/1.1\r\n")
        for _ in range(size):
            self.writer.write(b"X-Header: word\r\n" * 65_536)
            await self.writer.drain()
        await self.reader.readexactly(1)

    def is_looked_at(self) -> None:
        """Let the time come when the server looks whether anything is asked."""
        self.server._look_at_it()


@asynccontextmanager
async def visit() -> AsyncIterator[Visit]:
    """Connect to a server."""
    config = Config(PlainTextResponse("page"), lifespan="off", log_level="critical")
    config.load()
    made: list[Impatient] = []

    def protocol() -> Impatient:
        made.append(Impatient(config, ServerState(), {}))
        return made[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        while not made:  # noqa: ASYNC110  (the loop makes it in its next rounds)
            await asyncio.sleep(0)
        yield Visit(made[0], reader, writer)
        writer.close()


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server look only when a test says so."""
    monkeypatch.setattr("publisher.web.patience._PATIENCE", 3_600.0)


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
