"""The least that sending a signed issue takes: what any program with these keys would have to do.

For each message the SHA-256 of what is its own, both signatures and one send, over connections
that block: no ledger, no journal, no event loop, and the same mail to everybody. Arguments: port,
connections, messages, how many bytes at the beginning of the mail all copies share, the mail's
file, and those of the keys. Sends in as many processes as there are processors.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys
from base64 import b64encode
from pathlib import Path

from publisher.delivery.messages import AHEAD
from publisher.mail.dkim import Key, load_key
from tests.bench.signing import HEADER

#: Signed in a row, as in `apply`.
_ROW = AHEAD + 1
_ENVELOPE = b"MAIL FROM:<bounces@example.org>\r\nRCPT TO:<reader@example.net>\r\n"


def main() -> None:
    """Send, in a process for each processor."""
    port, connections, messages, shared = map(int, sys.argv[1:5])
    mail, *files = map(Path, sys.argv[5:])
    keys = [load_key(file, domain="example.org", selector="any") for file in files]
    content = mail.read_bytes().replace(b"\n", b"\r\n")
    every = len(os.sched_getaffinity(0))
    parts = [(messages + part) // every for part in range(every)]
    children = []
    for part in parts[1:]:
        if not (child := os.fork()):
            _send(port, connections // every, part, keys, content[:shared], content[shared:])
            os._exit(0)
        children.append(child)
    _send(port, connections // every, parts[0], keys, content[:shared], content[shared:])
    for child in children:
        os.waitpid(child, 0)


def _send(
    port: int, connections: int, messages: int, keys: list[Key], shared: bytes, own: bytes
) -> None:
    lines = [_open(port) for _ in range(connections)]
    begun = hashlib.sha256(shared)
    ready: list[bytes] = []
    for number in range(messages):
        if not ready:
            ready = [_signed(begun, own, keys) for _ in range(min(_ROW, messages - number))]
        line, fields = lines[number % connections], ready.pop()
        _hear(line, 2 if number < connections else 3)
        size = len(fields) + len(shared) + len(own)
        line.sendall(b"".join((b"BDAT %d LAST\r\n" % size, fields, shared, own, _ENVELOPE)))
    for line in lines:
        _hear(line, 3)


def _signed(begun: hashlib._Hash, own: bytes, keys: list[Key]) -> bytes:
    state = begun.copy()
    state.update(own)
    return b"".join(b64encode(key.sign(HEADER + state.digest())) for key in keys)


def _open(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port))
    _hear(line, 1)
    line.sendall(b"EHLO example.org\r\n")
    _hear(line, 5)
    line.sendall(_ENVELOPE)
    return line


def _hear(line: socket.socket, lines: int) -> None:
    while lines > 0:
        heard = line.recv(4096)
        if not heard:
            raise SystemExit("the sink hung up")
        lines -= heard.count(b"\n")


if __name__ == "__main__":
    main()
