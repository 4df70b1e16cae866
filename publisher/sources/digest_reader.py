"""A digest is read, rendered and put into feeds: each process reads it once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from publisher.paper_id import PaperId
from publisher.sources import time_limit
from publisher.sources.contents import fault

if TYPE_CHECKING:
    from publisher.digest.parser import ParsedDigest

#: Digests whose text is kept in a process once parsed; more would cost more memory than time.
_KEPT = 1_000
_NO_ALIASES: Mapping[str, PaperId] = MappingProxyType({})


class DigestReader:
    """Reads digests as one newsletter has them read, and keeps what it has read."""

    def __init__(
        self,
        *,
        languages: tuple[str, ...],
        zone: ZoneInfo,
        max_lines: int,
        shown: Callable[[str], str],
        aliases: Mapping[str, PaperId] = _NO_ALIASES,
    ) -> None:
        self._languages = languages
        self._zone = zone
        self._max_lines = max_lines
        #: Returns a digest's path the way the user would type it.
        self._shown = shown
        #: By name and SHA-256.
        self._kept: dict[tuple[str, str], ParsedDigest] = {}
        #: The identities that papers were published under, by the keys of their other ones.
        self.aliases: dict[str, PaperId] = dict(aliases)

    def parse(self, name: str, data: bytes, path: str = "", sha256: str = "") -> ParsedDigest:
        """Return what a digest's bytes say; any exception becomes an error among its diagnostics.

        The diagnostics name `path`, or the digest's place in the folder. `sha256` is the hash of
        the bytes in hexadecimal, if it is known. What was read is kept, and returned for the same
        bytes.
        """
        key = (path or name, sha256 or hashlib.sha256(data).hexdigest())
        reading = self._kept.get(key)
        if reading is None:
            reading = self._as_recorded(self._read(name, data, path or self._shown(name)))
            if len(self._kept) < _KEPT:
                self._kept[key] = reading
        return reading

    def cached(self, name: str, sha256: str) -> ParsedDigest | None:
        """Return what was read of a digest in the folder, if kept. `sha256` is hexadecimal."""
        return self._kept.get((name, sha256))

    def explain(self, name: str, data: bytes, path: str = "") -> ParsedDigest:
        """Return what a digest's bytes say as `parse` does, with what became of each line."""
        return self._read(name, data, path or self._shown(name), explain=True)

    def _read(self, name: str, data: bytes, file: str, *, explain: bool = False) -> ParsedDigest:
        # 20 ms that a build need not wait for which finds all as it was.
        from publisher.digest.parser import ParsedDigest, read  # noqa: PLC0415

        try:
            with time_limit.limit_cpu_time(time_limit.LONGEST):
                return read(
                    data,
                    name,
                    languages=self._languages,
                    zone=self._zone,
                    shown=file,
                    most_lines=self._max_lines,
                    explain=explain,
                )
        except Exception as error:  # noqa: BLE001  (whatever one digest does, others are published)
            return ParsedDigest(None, (fault(file, error),))

    def _as_recorded(self, reading: ParsedDigest) -> ParsedDigest:
        """Return a reading with the identities that its papers were published with."""
        issue = reading.issue
        if issue is None or not self.aliases:
            return reading
        items = tuple(
            replace(item, paper=self.aliases.get(item.paper.key, item.paper))
            if item.paper
            else item
            for item in issue.items
        )
        return replace(reading, issue=replace(issue, items=items))
