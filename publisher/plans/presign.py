"""Signing the copies of a letter ahead of their time, on every core.

Processes and not threads: RSA lets go of the interpreter, but what is around it does not, and on
four busy cores four threads signed between 0.65 and 0.85 times as many copies as four processes.
Not a ProcessPoolExecutor: with Python 3.11.0 to 3.11.4 it waits for ever when a process dies while
work is handed over (cpython issue 94777).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, cycle, islice
from multiprocessing.connection import Connection

from publisher.config import Settings
from publisher.errors import PlanError
from publisher.mail.dkim import Signer
from publisher.mail.personalize import Copies
from publisher.plans.letters import stored_letter
from publisher.processes import Child, cores, kill_children, serve_requests, start_process
from publisher.storage import plans
from publisher.storage import presigned as presigned_rows
from publisher.storage.database import Database
from publisher.storage.plans import LetterRow
from publisher.storage.presigned import Reader
from publisher.subscribers.tokens import Keys, Purpose

#: Copies that a process signs at a time: at 0.3 ms each, what it costs to hand them over is little.
_CHUNK = 256
#: So many signatures are kept in one transaction.
_KEPT = 1_000

_Reader = tuple[str, str]


def sign_ahead(
    settings: Settings, database: Database, plan: int, signer: Signer | None, keys: Keys
) -> int:
    """Sign all copies of a plan that waits; return their number.

    Raises PlanError when there is nothing to sign with, and WorkerError as `presign_copies`. Cut
    off, it leaves some signed: the others are signed when they are sent.
    """
    if signer is None:
        raise PlanError("there is nothing to sign with: mail.dkim is empty")
    number = 0
    with database.read() as connection:
        kept = plans.letters(connection, plan)
    for row in kept:
        copies = Copies(stored_letter(settings, database, row), signer)
        asked: deque[int] = deque()

        def readers(row: LetterRow = row, asked: deque[int] = asked) -> Iterator[_Reader]:
            for reader in _readers(database, row):
                asked.append(reader.delivery)
                yield reader.address, keys.link(Purpose.leave, reader.subscriber, reader.epoch)

        made = ((asked.popleft(), value) for value in presign_copies(copies, readers()))
        while chunk := list(islice(made, _KEPT)):
            with database.write() as connection:
                presigned_rows.add(connection, chunk)
            number += len(chunk)
    return number


def _readers(database: Database, row: LetterRow) -> Iterator[Reader]:
    with database.read() as connection:
        after = presigned_rows.first_delivery(connection, row.plan) - 1
    while True:
        with database.read() as connection:
            page = presigned_rows.readers(connection, row.plan, row.id, after, _KEPT)
        if not page:
            return
        yield from page
        after = page[-1].delivery


def presign_copies(copies: Copies, readers: Iterable[_Reader]) -> Iterator[bytes]:
    """Yield the DKIM signatures (RFC 6376) of the copies for these addresses and tokens, in order.

    Each is what `Copies.presign` returns. Readers are taken from the iterator only as signatures
    are taken from this one. Forks, so the process must have one thread. Raises WorkerError when
    one of the processes dies.
    """
    rest = iter(readers)
    chunks = iter(lambda: list(islice(rest, _CHUNK)), [])
    first = next(chunks, [])
    if len(first) < _CHUNK or cores() < 2:  # noqa: PLR2004
        for reader in chain(first, rest):
            yield copies.presign(*reader)
        return
    # One more than there are cores: while its copies are taken, the others keep these busy.
    # Forked, for private keys cannot be sent to another process.
    children = [start_process(partial(_serve_signatures, copies)) for _ in range(cores() + 1)]
    busy: deque[Child] = deque()
    try:
        for chunk, child in zip(chain([first], chunks), cycle(children), strict=False):
            if len(busy) == len(children):
                yield from busy.popleft().receive()  # this one's, and so it waits for more
            child.send(chunk)
            busy.append(child)
        while busy:
            yield from busy.popleft().receive()
    finally:
        kill_children(children)


def _serve_signatures(copies: Copies, pipe: Connection) -> None:
    """Sign for those who are sent, until the process is ended."""

    def answer(readers: list[_Reader]) -> None:
        pipe.send([copies.presign(*reader) for reader in readers])

    serve_requests(pipe, answer)
