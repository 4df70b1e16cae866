"""What feeds cost: 10,000 entries in each format, and one more issue on archives of two sizes.

Run with `make bench-feeds`, which begins with polls (polling.py). Each format is written by a
process of its own, which reads the digests first; the time is for writing alone, the memory beside
it is what the process had before.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from publisher import factories
from publisher.config import Newsletter, load
from publisher.feeds.documents import WRITE
from publisher.feeds.entry import Entry, EntryBuilder
from publisher.feeds.feed import Feed
from publisher.feeds.identity import Identity, Stamp
from publisher.render.feed_catalog import FORMATS, Archive, fixed_feeds
from publisher.sources.digest_reader import DigestReader
from tests.bench import measure, ours, polling
from tests.bench.corpus import PAPERS_A_DIGEST, Corpus
from tests.bench.mail import SEEDS, SETTINGS
from tests.bench.measure import Cost

ENTRIES = 10_000
#: What one document holds.
WINDOW = 30
SMALL = 10
#: So many that their median tells 2 % from nothing.
RUNS = 31
#: Issues whose calls are counted.
COUNTED = 5
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.feeds", description=__doc__)
    parser.add_argument("--digests", type=int, default=10_000, help="of the large archive")
    parser.add_argument("--write", choices=FORMATS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        print(json.dumps(written(options.write)))
        return 0
    polling.main()  # before this process, and all it starts, is kept on one processor
    processor = measure.pin(1)
    print(f"\nprocessor {processor[0]}; papers of some 1.5 KB, {WINDOW} a document\n")
    print(f"{ENTRIES} entries in         seconds   µs an entry   MB    peak MB (before)")
    for kind in FORMATS:
        its = _in_a_process(kind)
        print(
            f"  {kind:20} {its['seconds']:8.2f} {its['seconds'] / ENTRIES * 1e6:12.0f} "
            f"{its['bytes'] / 1e6:6.1f} {its['peak'] / 1e6:9.0f} ({its['before'] / 1e6:.0f})"
        )
    print("\none more issue, by `publisher build`; medians of", RUNS)
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as name:
        sizes = (SMALL, options.digests)
        newsletters = [
            ours.Newsletter(Path(name) / str(digests), Corpus(SEEDS), digests=digests)
            for digests in sizes
        ]
        for each in newsletters:
            each.build()
        more, idle = _extend(newsletters)
        work = [_calls(each) for each in newsletters]
    small, large = (
        [one - none for one, none in zip(*its, strict=True)] for its in zip(more, idle, strict=True)
    )
    low, middle, high = quantiles([b / a for a, b in zip(small, large, strict=True)])
    print(
        f"on {sizes[1]} as on {sizes[0]}: {median(more[1]) / median(more[0]):.2f} times the "
        "processor time; beyond the run after it, which has nothing to do but look at all digests: "
        f"{median(large) / median(small):.2f} times (round by round {low:.2f} to {high:.2f}, "
        f"median {middle:.2f})"
    )
    print(
        f"calls of functions beyond that run, {COUNTED} issues: {work[0]:,} on {sizes[0]}, "
        f"{work[1]:,} on {sizes[1]}: {work[1] / work[0]:.3f} times"
    )
    return 0


# --- Each format --------------------------------------------------------------------------


def _in_a_process(kind: str) -> dict[str, float]:
    command = (sys.executable, "-m", "tests.bench.feeds", "--write", kind)
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def written(kind: str) -> dict[str, float]:
    """Write all entries in a format, document by document; give seconds and bytes."""
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as name:
        (Path(name) / "publisher.toml").write_text(SETTINGS, encoding="utf-8")
        settings = load(Path(name), {})
    newsletter = settings.newsletter
    feeds = list(
        _documents(newsletter, list(_entries(factories.digest_reader(settings), newsletter)))
    )
    WRITE[kind](feeds[0])  # so that nothing is left to import
    gc.collect()
    before = _peak()
    begun = time.perf_counter()
    # Let go of one by one, as in a build.
    size = sum(len(WRITE[kind](feeds.pop())) for _ in range(len(feeds)))
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "bytes": size, "before": before, "peak": _peak()}


def _entries(reader: DigestReader, newsletter: Newsletter) -> Iterator[Entry]:
    identity = Identity("example.org", 2026)
    made = 0
    for digest in Corpus(SEEDS).first(ENTRIES // PAPERS_A_DIGEST + 1):
        issue = reader.parse(digest.name, digest.text().encode()).issue
        assert issue is not None
        reading = EntryBuilder(newsletter, "", None)
        for item in issue.papers():
            assert item.paper is not None
            when = NOW - made * timedelta(seconds=1)
            stamp = Stamp(identity.paper(item.paper.key), when, when, issue.slug, item.paper.key)
            entry = reading.entry(issue, stamp)
            if entry and made < ENTRIES:
                made += 1
                yield entry


def _documents(newsletter: Newsletter, entries: Sequence[Entry]) -> Iterator[Feed]:
    papers = next(its for its in fixed_feeds(newsletter) if its.name == "papers")
    for start in range(0, len(entries), WINDOW):
        yield Feed(
            id="tag:example.org,2026:feeds/papers",
            listed=papers,
            base_url=newsletter.base_url,
            description="",
            lang="zh-Hans",
            author=newsletter.title,
            topics="tag:example.org,2026:topics",
            others=(),
            empty_updated=NOW,
            entries=tuple(entries[start : start + WINDOW]),
            archive=Archive(start // WINDOW + 1),
            older=Archive(start // WINDOW) if start else None,
        )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# --- One more issue -----------------------------------------------------------------------


def _extend(newsletters: Sequence[ours.Newsletter]) -> tuple[list[list[float]], list[list[float]]]:
    """Add issues to archives, one by one and in turn; print, and give the processor seconds.

    The second are those of runs that have nothing to do, each right after one that had: what
    differs from minute to minute, by 20 % here, is the same for both. The archives
    take turns at being first, since what one run leaves to the disk slows the next.
    """
    costs: dict[int, list[Cost]] = {number: [] for number in range(len(newsletters))}
    idle: dict[int, list[Cost]] = {number: [] for number in costs}
    touched: dict[int, list[int]] = {number: [] for number in costs}
    in_turn = list(enumerate(newsletters))
    for _ in range(RUNS):
        in_turn.reverse()
        for number, each in in_turn:
            before = _times(each.output / "feeds")
            costs[number].append(each.build_one_more())
            after = _times(each.output / "feeds")
            idle[number].append(each.build())
            touched[number].append(sum(before.get(path) != time for path, time in after.items()))
    more, nothing = (
        [[_processor(cost) for cost in its] for its in by.values()] for by in (costs, idle)
    )
    for number, its in costs.items():
        cost = measure.median(its)
        print(
            f"  {median(more[number]):6.3f} s of the processor, {cost.wall:6.3f} s, "
            f"{cost.peak_bytes / 1e6:4.0f} MB; nothing to do: {median(nothing[number]):6.3f} s; "
            f"files of feeds touched: {min(touched[number])} to {max(touched[number])}, "
            f"{sum(touched[number])} in all"
        )
    return more, nothing


def _calls(newsletter: ours.Newsletter) -> int:
    """Count the calls of functions that issues took beyond runs that have nothing to do."""
    return sum(newsletter.calls_of_one_more() - newsletter.calls() for _ in range(COUNTED))


def _processor(cost: Cost) -> float:
    return cost.user + cost.system


def _times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


if __name__ == "__main__":
    sys.exit(main())
