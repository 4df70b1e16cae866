"""The journal of a sending process: what the ledger does not know yet, a record for each delivery.

The ledger is written in batches. Between two batches, each begin and each reply is recorded here
before the next step: the kernel keeps a mapped file when the process is killed. It is not forced
onto the disk (that takes 38 % of the rate; research, 2026-11), so it is worth nothing after the
machine itself stopped: then the whole batch is uncertain.

The file is locked as long as its writer lives. If it can be locked, its writer is dead.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from publisher import permissions
from publisher.errors import StateError
from publisher.model import DeliveryState
from publisher.storage.claims import Try

_BOOT = Path("/proc/sys/kernel/random/boot_id")
#: The first byte of a record: free, begun, or ended with a result.
_FREE, _BEGUN, _ENDED = range(3)
#: After that byte: the delivery; then its result: state, bounce, reply code, and the numbers of
#: bytes of relay and words that follow. They are packed apart: `pack_into` clears its whole range.
_DELIVERY, _ANSWER = struct.Struct("<Q"), struct.Struct("<BBHHH")
_ANSWER_AT = 1 + _DELIVERY.size
_WORDS_AT = _ANSWER_AT + _ANSWER.size
_RECORD = 1024
_STATES = tuple(DeliveryState)
_BOUNCES = ("", "hard", "soft")


class Journal:
    """The journal of this process, locked while it is open."""

    def __init__(self, folder: Path, name: str, *, room: int, boot: str = "") -> None:
        """Create a journal with `room` for that many deliveries; `boot` is from `boot_id`.

        Raises StateError when the folder cannot be written to, or the disk is full.
        """
        self.name = name
        self.boot = boot
        self._path = folder / name
        try:
            permissions.make_folder(folder)
            self._file = permissions.open_file(self._path, os.O_RDWR | os.O_EXCL)
            self._map = self._mapped(room * _RECORD)
        except OSError as error:
            raise StateError(
                f"{self._path}: cannot be written: {error.strerror}; nothing was sent"
            ) from None
        self._free = [number * _RECORD for number in range(room)]
        self._places: dict[int, int] = {}

    def _mapped(self, size: int) -> mmap.mmap:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # All of it now: a mapped file that finds no room later kills its process.
            with open(self._file, "wb", closefd=False) as target:
                target.write(bytes(size))
            return mmap.mmap(self._file, size)
        except OSError:
            # What could be written of it would only keep the disk full.
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            raise

    def record_begin(self, delivery: int) -> None:
        """Record that the last bytes of a message are about to be written."""
        self._map[self._offset(delivery)] = _BEGUN

    def record_result(self, delivery: int, tried: Try) -> None:
        """Record the result of a try; long words are cut."""
        place = self._offset(delivery)
        relay = tried.relay.encode()[:255]
        words = tried.words.encode()[: _RECORD - _WORDS_AT - len(relay)]
        state, bounce = _STATES.index(tried.state), _BOUNCES.index(tried.bounce)
        _ANSWER.pack_into(
            self._map, place + _ANSWER_AT, state, bounce, tried.code, len(relay), len(words)
        )  # fmt: skip
        start = place + _WORDS_AT
        self._map[start : start + len(relay) + len(words)] = relay + words
        # Last: a record that was cut off is still what it was before.
        self._map[place] = _ENDED

    def _offset(self, delivery: int) -> int:
        """Return the offset of a delivery's record, which counts once its first byte is set."""
        place = self._places.get(delivery)
        if place is None:
            place = self._places[delivery] = self._free.pop()
            _DELIVERY.pack_into(self._map, place + 1, delivery)
        return place

    def forget(self, deliveries: Collection[int]) -> None:
        """Free the records of deliveries that the ledger has."""
        for delivery in deliveries:
            place = self._places.pop(delivery, None)
            if place is not None:
                self._map[place] = _FREE
                self._free.append(place)

    def close(self, *, remove: bool) -> None:
        """Unlock the journal. Unless it is removed, recovery reads it."""
        if remove:
            with suppress(OSError):
                self._path.unlink()
        self._map.close()
        os.close(self._file)


class JournalEntry:
    """The journal of a dead process, locked while it is read so that one run recovers it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._file = descriptor

    @classmethod
    def open(cls, path: Path) -> Self | None:
        """Open a journal; None while its writer lives. Raises FileNotFoundError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(path, descriptor)

    def read(self, *, room: int) -> dict[int, Try | None] | None:
        """Return the try of each delivery that was begun, or None for one without a reply.

        Return None for a journal that is damaged or not of this `room`: deliveries that are not in
        it may have been begun.
        """
        size = room * _RECORD
        with open(self._file, "rb", closefd=False) as source:
            data = source.read(size + 1)
        try:
            return dict(_records(data)) if len(data) == size else None
        except (ValueError, IndexError, struct.error):
            return None

    def close(self, *, remove: bool) -> None:
        """Unlock the journal, and remove the file if asked to."""
        if remove:
            self._path.unlink(missing_ok=True)
        os.close(self._file)


def _records(data: bytes) -> Iterator[tuple[int, Try | None]]:
    for place in range(0, len(data), _RECORD):
        if data[place] == _FREE:
            continue
        (delivery,) = _DELIVERY.unpack_from(data, place + 1)
        if data[place] == _BEGUN:
            yield delivery, None
            continue
        state, bounce, code, relay, words = _ANSWER.unpack_from(data, place + _ANSWER_AT)
        start = place + _WORDS_AT
        if data[place] != _ENDED or start + relay + words > place + _RECORD:
            raise ValueError("no record")
        yield (
            delivery,
            Try(
                relay=data[start : start + relay].decode("utf-8", "replace"),
                state=_STATES[state],
                code=code,
                words=data[start + relay : start + relay + words].decode("utf-8", "replace"),
                bounce=_BOUNCES[bounce],
            ),
        )


def boot_id() -> str:
    """Return the id of this boot of the machine; empty where Linux's boot_id cannot be read.

    Without it, a killed process is treated like a machine that stopped.
    """
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
