"""A relay that resets a connection: what had not left this machine by then it never gets."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys

import pytest

from publisher.mail.smtp_session import Route, send_messages
from publisher.mail.transport import Outcome
from tests.support.relay_messages import PATIENT, Queue, copies

#: Fits into what the system takes of a connection at once, and not into what the relay lets come.
BODY = (b"y" * 76 + b"\r\n") * 1_500
HANGS_UP = struct.pack("ii", 1, 0)


async def talk(connection: socket.socket, *, reads: bool) -> None:
    """Take one envelope as a relay does, read the message or not, and reset the connection."""
    loop = asyncio.get_running_loop()
    for reply in (b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"354 go"):
        await loop.sock_sendall(connection, reply + b"\r\n")
        if reply != b"354 go":
            await loop.sock_recv(connection, 1024)
    received = b""
    while not received.endswith(b"\r\n.\r\n"):
        received += await loop.sock_recv(connection, 1024)
        if not reads:
            break
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANGS_UP)
    connection.close()


async def outcome_of(*, reads: bool) -> Outcome:
    """Hand a message to such a relay; return what is known of it."""
    loop = asyncio.get_running_loop()
    queue = Queue(copies(1, body=BODY))
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        url = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        route = Route(url=url, tls="off", timeouts=PATIENT, hello="example.org")
        sending = asyncio.create_task(send_messages(route, queue))
        connection, _ = await loop.sock_accept(listener)
        connection.setblocking(False)
        await talk(connection, reads=reads)
        await sending
    ((reply,),) = queue.ends.values()
    return reply.outcome


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel does not tell")
def test_reset_before_the_end_has_left() -> None:
    """The relay cannot have the message: it is a delay, and nothing is in doubt."""
    assert Outcome.deferred is asyncio.run(outcome_of(reads=False))


def test_reset_after_the_end_was_read() -> None:
    """The relay may have it: nobody knows."""
    assert Outcome.uncertain is asyncio.run(outcome_of(reads=True))
