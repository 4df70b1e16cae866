"""`check`: read digests, publish nothing, say all there is to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from publisher.errors import InputError
from publisher.model import Diagnostic
from publisher.publishing import reading
from publisher.publishing.reading import Read
from publisher.publishing.workbench import Workbench, shown


def check(bench: Workbench, files: Sequence[Path] | None) -> Iterator[Diagnostic]:
    """Walk the diagnostics on these files, or on all digests of the newsletter.

    Raises InputError for a file that cannot be read.
    """
    if files:
        for path in files:
            try:
                data = path.read_bytes()
            except OSError as error:
                raise InputError(f"{path}: cannot be read: {error.strerror}") from None
            yield from bench.parse(path.name, data, path=str(path)).diagnostics
        return
    reads: list[Read] = []
    for _, found in sorted(reading.scan(bench.settings.digests.dir).items()):
        reads.append(reading.read(bench, found))
        yield from reads[-1].diagnostics
    yield from reading.clashes(reads, {}, lambda name: shown(bench.settings, name)).values()
