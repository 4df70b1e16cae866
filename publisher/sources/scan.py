"""The first step of a tick: which digests are new, changed or gone, and what they say."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from publisher.config import Settings
from publisher.digest.filename import SUFFIXES, slug_of
from publisher.errors import InputError
from publisher.model import Diagnostic, Issue, IssueRecord, Level
from publisher.sources.contents import fault, read_digest, refusal, shown_path
from publisher.sources.digest_file import leads_out
from publisher.sources.digest_reader import DigestReader
from publisher.sources.summary import Summary, summarize
from publisher.storage.digests import Mark

#: What Python has for a byte of a name that is not UTF-8 (PEP 383).
_SURROGATE = re.compile("[\udc80-\udcff]")
#: What no line of text can hold: control characters, and Unicode's own line ends.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: What a link says that leads nowhere, or to itself.
_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
#: How often a file that may still be written is looked at, as a part of `digests.settle`.
_LOOKS = 4
#: How long a stop may go unnoticed, in seconds.
_ATTENTION = 0.5
#: A file that keeps changing is given up for this tick after so many times `digests.settle`.
_PATIENCE = 10
#: Gives an issue as it was published.
Text = Callable[[IssueRecord], Issue | None]


class FileStamp(NamedTuple):
    """A digest file in the folder: what its `Mark` says."""

    name: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """What came of reading one file."""

    stamp: FileStamp
    #: By the file's name.
    slug: str
    sha256: bytes
    #: None when an error keeps it from being published.
    summary: Summary | None
    diagnostics: tuple[Diagnostic, ...]
    #: When the file was first seen as it is, in seconds since 1970; 0 for now.
    seen: int = 0


class ScanResult(NamedTuple):
    """How the digests in the folder differ from those known."""

    #: The marks of files that are new, or not as they were.
    new: set[Mark]
    #: The marks known that no file has: of those that are gone, or not as they were.
    missing: set[Mark]
    #: How many digests there are.
    total: int


def scan_folder(folder: Path, known: Iterable[Mark] = ()) -> ScanResult:
    """Compare the digest files in the folder with those known. Raises InputError.

    Hidden files, Word's lock files, and files of other kinds are left out. InputError is for a
    folder that is not there or cannot be read.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return _compare_folder(descriptor, folder, known)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise InputError(
            f"{folder}: no such folder; make it, or name another as digests.dir"
        ) from None
    except OSError as error:
        raise InputError(f"{folder}: cannot read the folder: {error.strerror}") from None


def _compare_folder(descriptor: int, folder: Path, known: Iterable[Mark]) -> ScanResult:
    # Every build does this for all that was ever published: nothing more is asked of a file that is
    # as it was, and nothing kept. 10,000 take 24 ms, of which the kernel has 13. Whether it is a
    # link is known already.
    new: set[Mark] = set()
    missing = dict.fromkeys(known, True)
    before = len(missing)
    with os.scandir(descriptor) as entries:
        for entry in entries:
            try:
                followed = not entry.is_symlink() or not leads_out(folder, entry.name)
                # `read_stamped` refuses what leads out; it is not even looked at.
                state = entry.stat(follow_symlinks=followed)
            except OSError as error:
                # Gone at this moment, a link that leads nowhere or to itself, or none of ours.
                if error.errno in _NOWHERE or not _is_ours(entry.name):
                    continue
                if not entry.is_symlink():
                    raise OSError(error.errno, f"{entry.name}: {error.strerror}") from None
                state = entry.stat(
                    follow_symlinks=False
                )  # `read_stamped` says what is wrong with it
            mark = (entry.name, state.st_size, state.st_mtime_ns)
            if not missing.pop(mark, False) and _is_ours(entry.name) and not _is_other(state):
                new.add(mark)
    return ScanResult(new, set(missing), before - len(missing) + len(new))


def _is_other(state: os.stat_result) -> bool:
    """Return whether it is neither a file nor a link that was not followed."""
    return not stat.S_ISREG(state.st_mode) and not stat.S_ISLNK(state.st_mode)


def _is_ours(name: str) -> bool:
    # Word's lock file is called `~$` and its document's name.
    return not name.startswith((".", "~$")) and name.lower().endswith(SUFFIXES)


def digest_names(folder: Path) -> list[str]:
    """Return the names of all digests in the folder, in order. Raises as `scan_folder` does."""
    return sorted(name for name, _, _ in scan_folder(folder).new)


def digest_slugs(folder: Path) -> list[str]:
    """Return the slugs of all digests in the folder, in order. Raises as `scan_folder` does."""
    return sorted(set(map(slug_of, digest_names(folder))))


def scan_settled(
    folder: Path,
    settle: timedelta,
    known: Collection[Mark],
    *,
    stopping: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[ScanResult, list[str]]:
    """Scan until all new files have stopped changing; return the names of those that have not, too.

    A file has stopped changing when its size and time are the same for `settle` and its time is
    that long ago. A file that keeps changing for ten times `settle`, or still has to wait when
    `stopping` is true, is left out for a later tick. `clock` gives seconds since 1970.
    """
    wait = settle.total_seconds()
    begun = clock()
    scanned = scan_folder(folder, known)
    still_since = {mark: min(mark[2] / 1000000000.0, begun) for mark in scanned.new}
    while True:
        now = clock()
        restless = {mark for mark in scanned.new if now - still_since[mark] < wait}
        if not restless:
            return scanned, []
        if stopping() or now - begun > _PATIENCE * wait:
            left = scanned._replace(new=scanned.new - restless)
            return left, sorted(name for name, _, _ in restless)
        sleep(min(max(wait / _LOOKS, 0.01), _ATTENTION))
        before, scanned = scanned, scan_folder(folder, known)
        still_since |= dict.fromkeys(scanned.new - before.new, clock())


def read_stamped(
    stamp: FileStamp,
    settings: Settings,
    reader: DigestReader,
    keep: Callable[[Issue, bytes, str], None] = lambda *_: None,
) -> ReadResult:
    """Return what one file says; a file that cannot be read has an error among its diagnostics.

    `keep` is called with the issue that was read, the bytes, and their SHA-256 in hexadecimal.
    """
    file = shown_path(settings, stamp.name)
    try:
        # The state before reading: should it change meanwhile, the next tick sees that.
        folder = str(settings.digests.dir)
        data, state = read_digest(folder, stamp.name, settings.digests.max_bytes)
    except OSError as error:
        return _failed_read(stamp, bytes(32), refusal(file, error))
    stamp = stamp._replace(size=state.st_size, mtime_ns=state.st_mtime_ns)
    sha256 = hashlib.sha256(data).digest()
    reading = reader.parse(stamp.name, data, sha256=sha256.hex())
    issue_summary = None
    if reading.issue:
        try:
            issue_summary = summarize(reading.issue, settings.newsletter.interface_language)
        except Exception as error:  # noqa: BLE001  (whatever one digest does, others are published)
            return _failed_read(stamp, sha256, *reading.diagnostics, fault(file, error))
        keep(reading.issue, data, sha256.hex())
    return ReadResult(
        stamp=stamp,
        slug=slug_of(stamp.name),
        sha256=sha256,
        summary=issue_summary,
        diagnostics=reading.diagnostics,
    )


def lost_read(file: str, stamp: FileStamp) -> ReadResult:
    """Return the result for a file at which the process that read it was killed."""
    return _failed_read(stamp, bytes(32), fault(file, MemoryError()))


def _failed_read(stamp: FileStamp, sha256: bytes, *remarks: Diagnostic) -> ReadResult:
    return ReadResult(
        stamp=stamp, slug=slug_of(stamp.name), sha256=sha256, summary=None, diagnostics=remarks
    )


def split_misnamed(
    news: ScanResult, show: Callable[[str], str]
) -> tuple[ScanResult, list[Diagnostic]]:
    """Return the scan without files whose names cannot be stored or shown, and their errors."""
    bad: dict[Mark, str] = {}
    for mark in news.new:
        if _SURROGATE.search(mark[0]):
            bad[mark] = "its name is not UTF-8; rename it"
        elif control := _CONTROL.search(mark[0]):
            bad[mark] = f"its name holds a control character, U+{ord(control[0]):04X}; rename it"
    remarks = [
        Diagnostic(
            file=_CONTROL.sub("?", _SURROGATE.sub("?", show(mark[0]))), line=0, column=0,
            level=Level.error, code="unreadable", message=bad[mark],
        )
        for mark in sorted(bad)
    ]  # fmt: skip
    return news._replace(new=news.new - bad.keys()), remarks


def find_clashes(
    reads: Sequence[ReadResult], owners: Mapping[str, str], show: Callable[[str], str]
) -> dict[str, Diagnostic]:
    """Return an error for each digest whose slug another one has, by the digest's name.

    `owners` gives the file behind each published slug: that one stays, newcomers are refused.
    Where nothing is published yet, all are refused: nobody knows which one is meant.
    """
    by_slug: dict[str, set[str]] = {}
    for read in reads:
        by_slug.setdefault(read.slug, {owners.get(read.slug, read.stamp.name)}).add(read.stamp.name)
    errors: dict[str, Diagnostic] = {}
    for slug, names in by_slug.items():
        for name in sorted(names - {owners.get(slug, "")}) if len(names) > 1 else ():
            others = ", ".join(show(other) for other in sorted(names - {name}))
            errors[name] = Diagnostic(
                file=show(name), line=0, column=0, level=Level.error, code="duplicate-slug",
                message=f'"{slug}" is the address of {others} too; rename one of them',
            )  # fmt: skip
    return errors


def repeat_warning(name: str, other: str, show: Callable[[str], str]) -> Diagnostic:
    """Return the warning that a digest is not published because another says the same."""
    return Diagnostic(
        file=show(name), line=0, column=0, level=Level.warning, code="repeat",
        message=f"not published: it says what {show(other)} does, word for word or nearly, and "
        "readers would get that twice; keep one of the two",
    )  # fmt: skip
