"""A server on this machine that answers each connection with the bytes it was given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, repeat


class RawServer:
    """What it says to the next connection, and how many connections there were."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.port: int = listening.getsockname()[1]
        #: Sent in this order, each in a write of its own.
        self.pieces: Sequence[bytes] = ()
        #: Whether the first piece goes out at once, and each other waits for what the client says;
        #: the last then answers whatever else it says.
        self.converses = False
        #: Whether the last piece is sent again and again until the client hangs up.
        self.endless = False
        self.connections = 0
        #: How often a client said something while it converses.
        self.turns = 0

    @property
    def place(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.port}"

    def answer(self) -> None:
        """Answer connections until the listening socket is closed."""
        with suppress(OSError):
            while True:
                visitor, _ = self._listening.accept()
                self.connections += 1
                # A client may hang up before it has read all.
                with visitor, suppress(OSError):
                    self._answer(visitor)

    def _answer(self, visitor: socket.socket) -> None:
        visitor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        visitor.settimeout(20)
        if self.converses:
            self._converse(visitor)
            return
        visitor.recv(65536)
        for piece in self.pieces:
            visitor.sendall(piece)
        while self.endless:
            visitor.sendall(self.pieces[-1])
        visitor.shutdown(socket.SHUT_WR)
        while visitor.recv(65536):
            pass

    def _converse(self, visitor: socket.socket) -> None:
        visitor.sendall(self.pieces[0])
        pieces = chain(self.pieces[1:], repeat(self.pieces[-1]))
        while visitor.recv(65536):
            self.turns += 1
            visitor.sendall(next(pieces))


@contextmanager
def raw_server() -> Iterator[RawServer]:
    """Run one."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = RawServer(listening)
        thread = threading.Thread(target=server.answer, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(20)
