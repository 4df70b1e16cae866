"""What reading and rendering need, made once in each process; and the processes themselves."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import publisher
from publisher import digest
from publisher.config import Settings
from publisher.digest import Reading
from publisher.render.pages import Renderer
from publisher.render.templates import Templates
from publisher.site.write import Output

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
#: Below this many digests, starting other processes (0.3 s) costs more than it saves.
_WORTH_PROCESSES = 64


@dataclass(frozen=True, slots=True)
class Workbench:
    """The settings, and the tools made of them."""

    settings: Settings
    templates: Templates
    renderer: Renderer
    output: Output

    @classmethod
    def of(cls, settings: Settings) -> Workbench:
        """Set out the tools."""
        override = settings.project / "templates"
        templates = Templates(override if override.is_dir() else None)
        zone = settings.schedule.timezone
        renderer = Renderer(settings.newsletter, zone, templates, settings.mail.sender)
        return cls(settings, templates, renderer, Output(settings.output.dir))

    def parse(self, name: str, data: bytes, path: str = "") -> Reading:
        """Read a digest's bytes; its diagnostics name `path`, or its place in the folder."""
        return digest.read(
            data,
            name,
            languages=self.settings.newsletter.languages,
            zone=self.settings.schedule.timezone,
            shown=path or shown(self.settings, name),
        )

    def fingerprint(self) -> str:
        """Tell what pages are made with: when it changes, all are made again."""
        parts = [
            self.templates.fingerprint(),
            repr(self.settings.newsletter),
            self.settings.schedule.timezone.key,
            self.settings.mail.sender,
            _program(),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def shown(settings: Settings, name: str) -> str:
    """Give a digest's path the way the user would type it."""
    path = settings.digests.dir / name
    try:
        return str(path.relative_to(settings.project))
    except ValueError:
        return str(path)


def _program() -> str:
    """Hash the code that makes pages, so that an upgrade is noticed without a version change."""
    root = Path(publisher.__file__).parent
    seen = hashlib.sha256()
    for room in ("digest", "render", "site", "feeds"):
        for path in sorted((root / room).glob("*.py")):
            seen.update(path.read_bytes())
    return seen.hexdigest()


class Crew:
    """Runs a function over many tasks, on every core when there are enough of them."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._pool: ProcessPoolExecutor | None = None

    def map(
        self, work: Callable[[Workbench, _Task], _Result], tasks: Sequence[_Task]
    ) -> Iterable[_Result]:
        """Give `work(workbench, task)` for each task, in order.

        `work` is a function of a module; its tasks and results can be pickled.
        """
        if len(tasks) < _WORTH_PROCESSES or cores() < 2:  # noqa: PLR2004  (one core is no crew)
            return (work(self._bench, task) for task in tasks)
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                cores(),
                # Not fork: `watch` has threads, and what they hold would stay locked in a child.
                mp_context=multiprocessing.get_context("forkserver"),
                initializer=_begin,
                initargs=(self._bench.settings,),
            )
        jobs = [(work, task) for task in tasks]
        return self._pool.map(_do, jobs, chunksize=max(1, min(16, len(jobs) // (4 * cores()))))

    def dismiss(self) -> None:
        """End the processes."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None


@contextmanager
def crew(bench: Workbench) -> Iterator[Crew]:
    """Give a crew for one build."""
    found = Crew(bench)
    try:
        yield found
    finally:
        found.dismiss()


def cores() -> int:
    """Give the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


#: The workbench of a crew's process; `_begin` fills it.
_own: list[Workbench] = []


def _begin(settings: Settings) -> None:
    _own[:] = [Workbench.of(settings)]


def _do(job: tuple[Callable[[Workbench, _Task], _Result], _Task]) -> _Result:
    work, task = job
    return work(_own[0], task)
