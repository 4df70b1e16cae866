"""`reconcile`: what nobody knew of deliveries, the relay's log says."""

from __future__ import annotations

import gzip
import lzma
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path

from publisher.config import Settings
from publisher.delivery.mail_log import RelayLog
from publisher.errors import InputError
from publisher.mail.mime import Letter, message_id
from publisher.model import DeliveryState
from publisher.plans.letters import stored_letter
from publisher.storage import deliveries
from publisher.storage.database import Database
from publisher.storage.deliveries import UncertainDelivery
from publisher.storage.plans import get_letter

#: So much of a log is in memory at a time, and no line of it is longer.
_CHUNK = 1 << 20
_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"
_MONTHS = b"JanFebMarAprMayJunJulAugSepOctNovDec"
#: How a line begins: `Nov 21 08:00:00` as syslog always had it, or RFC 3339.
_OLD_TIME = re.compile(rb"(?:<\d+>)?([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) ")
_NEW_TIME = re.compile(rb"(?:<\d+>1 )?(\d{4})-(\d\d-\d\d)T(\d\d:\d\d:\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What was uncertain, and is now."""

    accepted: int
    pending: int
    #: Of which the logs say nothing, or too little.
    uncertain: int


def reconcile(
    settings: Settings,
    database: Database,
    files: Sequence[str],
    stdin: BufferedIOBase,
    now: datetime,
    *,
    dry_run: bool = False,
) -> Reconciled:
    """Settle uncertain deliveries by a relay's log, in files or at standard input (`-`).

    What the relay had is accepted. What it did not take is pending again, if it was begun once in
    all: else the log may speak of an earlier time. A dry run counts the same and settles nothing.
    Raises InputError for a file that cannot be read, with nothing settled.
    """
    with database.read() as connection:
        doubtful = deliveries.uncertain_deliveries(connection)
        letters: dict[int, Letter] = {}
        for row in doubtful:
            if row.letter not in letters:
                kept = get_letter(connection, row.letter)
                letters[row.letter] = stored_letter(settings, database, kept)
    names = [message_id(letters[row.letter], row.address)[1:-1].encode() for row in doubtful]
    log = RelayLog(names)
    if names:
        for file in _in_order(files, now):
            read_log(file, stdin, log)
    fates: list[tuple[UncertainDelivery, DeliveryState, str]] = []
    for name, row in zip(names, doubtful, strict=True):
        if name in log.taken:
            words = f"the relay's log has it: {log.taken[name]}"
            fates.append((row, DeliveryState.accepted, words))
        elif row.once and name in log.refused:
            words = f"not taken, the relay's log says: {log.refused[name]}"
            fates.append((row, DeliveryState.pending, words))
    with database.write(dry_run=dry_run) as connection:
        settled = [
            state
            for row, state, words in fates
            if deliveries.resolve_delivery(connection, row, state, words, now)
        ]
        uncertain = deliveries.count_uncertain(connection)
    return Reconciled(
        accepted=settled.count(DeliveryState.accepted),
        pending=settled.count(DeliveryState.pending),
        uncertain=uncertain,
    )


def read_log(file: str, stdin: BufferedIOBase | None, log: RelayLog) -> None:
    """Read a file, or standard input (`-`), from its beginning to its end. Raises InputError."""
    with _opened(file, stdin) as stream:
        for lines in _lines(stream):
            log.read(lines)


def _in_order(files: Sequence[str], now: datetime) -> list[str]:
    """Return the files as they were written, oldest first (`mail.log*` is not so), then pipes."""
    times: dict[str, tuple[str, str]] = {}
    for file in files:
        if Path(file).is_file():  # a pipe can be read only once
            with _opened(file, None) as stream:
                times[file] = _begins(stream.readline(_CHUNK), now)
    return sorted(files, key=lambda file: times.get(file, ("9999", "")))


def _begins(line: bytes, now: datetime) -> tuple[str, str]:
    """Return the year and the rest of the time a line begins with; nothing sorts first."""
    if match := _NEW_TIME.match(line):
        return match[1].decode(), f"{match[2].decode()} {match[3].decode()}"
    if not (match := _OLD_TIME.match(line)):
        return "", ""
    month = _MONTHS.find(match[1]) // 3 + 1
    rest = f"{month:02}-{int(match[2]):02} {match[3].decode()}"
    # Without a year it is of the last twelve months; clocks and zones differ by a day at most.
    tomorrow = f"{now:%m}-{now.day + 1:02}"
    return str(now.year - (rest[:5] > tomorrow)), rest


@contextmanager
def _opened(file: str, stdin: BufferedIOBase | None) -> Iterator[BufferedIOBase]:
    """Open a log, packed by gzip or xz or not at all. Raises InputError."""
    try:
        if file == "-" and stdin is not None:
            yield stdin
            return
        with Path(file).open("rb") as raw:
            start = raw.peek(len(_XZ))[: len(_XZ)]
            if start.startswith(_GZIP):
                with gzip.open(raw) as unpacked:
                    yield unpacked
            elif start == _XZ:
                with lzma.open(raw) as unpacked:
                    yield unpacked
            else:
                yield raw
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise InputError(f"{file}: cannot be read: {reason}; nothing was settled") from None


def _lines(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield the lines of a log, many at a time."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        whole, end, rest = (rest + chunk).rpartition(b"\n")
        if len(rest) > _CHUNK:  # no line of a log
            rest = b""
        yield whole + end
    yield rest
