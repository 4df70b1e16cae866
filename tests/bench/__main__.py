"""The command line: what to measure, in which order, and printing it."""

# ruff: noqa: T201  # printing is what a benchmark is for

import argparse
import contextlib
import platform
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

from tests.bench import cases, hugo, measure, ours, pelican, report
from tests.bench.corpus import PAPERS_A_DIGEST, Corpus
from tests.bench.report import Case

_PURPOSE = "Measure the publisher beside Hugo and Pelican, and print what each took."
_SEEDS = Path(__file__).parents[2] / "seeds"


def main() -> int:
    """Run the benchmark; 1 if a measured command failed, and then print what there is."""
    options = _options()
    try:
        corpus = Corpus(options.seeds)
    except FileNotFoundError as error:
        sys.exit(str(error))
    pinned = ", ".join(str(processor) for processor in measure.pin(options.processors))
    print(f"processors {pinned} for every command; {platform.platform()}")
    print(f"{PAPERS_A_DIGEST} papers a digest; figures are medians")
    results: dict[str, Case] = {}
    failure = ""
    with _working_folder(options.keep) as folder:
        try:
            for case in _measure(options, corpus, folder):
                results[case.name] = case
        except measure.CommandError as error:
            failure = f"stopped early: {error}"
    lines = report.ratios(results, digests=options.digests, big=options.big)
    print("", report.table(results), "", *lines, sep="\n")
    if failure:
        print(failure, file=sys.stderr)
    return 1 if failure else 0


def _measure(options: argparse.Namespace, corpus: Corpus, folder: Path) -> Iterator[Case]:
    """Measure one case after the other; what is missing is named and left out."""
    digests, big = options.digests, options.big
    newsletters = []
    builders: list[cases.Builder] = []
    if our_version := ours.version():
        print(our_version)
        newsletters = [
            ours.Newsletter(folder / f"publisher-{attempt}", corpus, digests=digests)
            for attempt in range(cases.COLD_BUILDS)
        ]
        builders += cases.our_builder(newsletters), cases.copier(newsletters)
    else:
        print("publisher is not runnable: left out")
    if hugo_version := hugo.version():
        print(f"hugo {hugo_version}")
        builders.append(cases.hugo_builder(folder, corpus.first(digests)))
    else:
        print("hugo is not on PATH: left out")
    yield from cases.cold_builds(builders, digests=digests, attempts=cases.COLD_BUILDS)
    if not options.quick:
        yield from _pelican(corpus, folder, digests)
    if newsletters:
        yield from cases.growth(newsletters[-1], digests=digests)
        archive = ours.Newsletter(folder / "publisher-big", corpus, digests=big)
        yield from cases.cold_builds([cases.our_builder([archive])], digests=big, attempts=1)
        yield from cases.growth(archive, digests=big)


def _pelican(corpus: Corpus, folder: Path, digests: int) -> Iterator[Case]:
    """Measure Pelican, once: it takes long enough for noise not to matter."""
    try:
        python = pelican.find()
    except pelican.PelicanMissingError as error:
        print(f"pelican is missing, left out: {error}")
        return
    print(f"pelican {pelican.version(python)}")
    builder = cases.pelican_builder(folder, corpus.first(digests), python)
    yield from cases.cold_builds([builder], digests=digests, attempts=1)


@contextlib.contextmanager
def _working_folder(keep: Path | None) -> Generator[Path]:
    """Yield an empty folder, and remove it at the end unless it is to be kept."""
    if keep:
        keep.mkdir(parents=True)
        yield keep.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="publisher-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=_PURPOSE)
    parser.add_argument("--digests", type=int, help="digests of a cold build (default 1000)")
    parser.add_argument("--big", type=int, help="digests of the big archive (default 10000)")
    parser.add_argument("--quick", action="store_true", help="100 and 300 digests, no pelican")
    parser.add_argument("--processors", type=int, default=2, help="for each command (default 2)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="work in this new folder, keep it")
    parser.add_argument("--seeds", type=Path, default=_SEEDS, help="digests to recombine")
    options = parser.parse_args()
    if sys.platform != "linux":
        parser.error("this needs Linux: it reads /proc")
    if options.keep and options.keep.exists():
        parser.error(f"{options.keep} exists already: --keep wants a new folder")
    options.digests = options.digests or (100 if options.quick else 1000)
    options.big = options.big or (300 if options.quick else 10_000)
    return options


if __name__ == "__main__":
    sys.exit(main())
