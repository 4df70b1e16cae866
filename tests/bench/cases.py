"""The cases, in the order they are measured.

Nothing is deleted while the benchmark runs: every build gets a folder that never
was. ext4 avoids inodes freed in the last five minutes by searching past them, and
a build into a folder just emptied was seen to take four times as long.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import hugo, measure, pelican
from tests.bench.corpus import Digest
from tests.bench.measure import Cost, Size
from tests.bench.ours import Newsletter
from tests.bench.report import Case, cold, idle, one_more

COLD_BUILDS = 3
REPEATS = 5


@dataclass(frozen=True, kw_only=True)
class Builder:
    """Something that can build from nothing, each attempt in a folder of its own."""

    name: str
    build: Callable[[int], Cost]
    output: Callable[[int], Path]


def our_builder(newsletters: list[Newsletter]) -> Builder:
    """Build the newsletters of this list, one an attempt."""
    return Builder(
        name="publisher",
        build=lambda attempt: newsletters[attempt].build(),
        output=lambda attempt: newsletters[attempt].output,
    )


def copier(newsletters: list[Newsletter]) -> Builder:
    """Copy what was built: the limit, since whoever builds must at least write it."""

    def output(attempt: int) -> Path:
        return newsletters[attempt].output.with_name("copy")

    def build(attempt: int) -> Cost:
        command: list[str | Path] = ["cp", "-r", newsletters[attempt].output, output(attempt)]
        return measure.run(command, log=output(attempt).with_suffix(".log"))

    return Builder(name="cp", build=build, output=output)


def hugo_builder(folder: Path, digests: Iterator[Digest]) -> Builder:
    """Write Hugo's input, and build it anew each attempt."""
    site = folder / "hugo"
    hugo.write_site(site, digests)

    def output(attempt: int) -> Path:
        return folder / f"hugo-{attempt}"

    def build(attempt: int) -> Cost:
        return measure.run(hugo.command(site, output(attempt)), log=folder / "hugo.log")

    return Builder(name="hugo", build=build, output=output)


def pelican_builder(folder: Path, digests: Iterator[Digest], python: Path) -> Builder:
    """Write Pelican's input, and build it anew each attempt."""
    site = folder / "pelican"
    pelican.write_site(site, digests)

    def output(attempt: int) -> Path:
        return folder / f"pelican-{attempt}"

    def build(attempt: int) -> Cost:
        command = pelican.command(python, site, output(attempt))
        return measure.run(command, log=folder / "pelican.log")

    return Builder(name="pelican", build=build, output=output)


def cold_builds(builders: list[Builder], *, digests: int, attempts: int) -> Iterator[Case]:
    """Let the builders build in turn, so that a slow minute falls on all alike."""
    costs: dict[str, list[Cost]] = {builder.name: [] for builder in builders}
    for attempt in range(attempts):
        for builder in builders:
            _progress(f"{builder.name}: cold build of {digests} digests, {attempt + 1}/{attempts}")
            costs[builder.name].append(builder.build(attempt))
    for builder in builders:
        size = measure.measure_folder(builder.output(attempts - 1))
        yield _case(cold(builder.name, digests), costs[builder.name], size)


def growth(newsletter: Newsletter, *, digests: int) -> Iterator[Case]:
    """Add digests one by one to what was built, then run with nothing to do."""
    _progress(f"publisher: one more digest on {digests}")
    costs = [newsletter.build_one_more() for _ in range(REPEATS)]
    size = measure.measure_folder(newsletter.output)
    yield _case(one_more(digests), costs, size)
    _progress(f"publisher: run with nothing to do on {digests}")
    newsletter.run()  # whatever a first tick has to do, it does here
    yield _case(idle(digests), [newsletter.run() for _ in range(REPEATS)], size)


def _case(name: str, costs: list[Cost], size: Size) -> Case:
    return Case(name=name, runs=len(costs), cost=measure.median(costs), size=size)


def _progress(message: str) -> None:
    sys.stderr.write(f"... {message}\n")
