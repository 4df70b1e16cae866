"""What reading digests takes: the samples, beside markdown-it-py; many papers; a large digest.

Run with `make bench-reading`. Each figure is the least processor time of several runs.
markdown-it-py parses and renders the same text as Markdown with tables; it looks for no papers.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC
from functools import partial

from markdown_it import MarkdownIt

from publisher.digest.parser import read
from tests.bench import measure
from tests.bench.mail import SEEDS
from tests.support.parsed_digest import ZH

RUNS = 30
COUNTS = (100, 200, 400, 800)
#: Bytes of the large digest: as many as `digests.max_bytes` allows.
LARGE = 2_000_000


def main() -> int:
    """Measure, and print."""
    if sys.argv[1:] == ["--large"]:
        return _large()
    measure.pin(1)
    markdown = MarkdownIt("commonmark").enable("table")
    print("milliseconds to read              publisher   markdown-it-py   times as long")
    for path in sorted(SEEDS.iterdir()):
        data = path.read_bytes()
        text = data.decode()
        own, other = _least(partial(_read, data)), _least(partial(markdown.render, text))
        print(f"  {path.name:<32}{own:8.2f}{other:17.2f}{own / other:16.1f}")
    print("\npapers in a digest               milliseconds   a paper")
    for count in COUNTS:
        data = _papers(count).encode()
        took = _least(partial(_read, data), runs=5)
        print(f"  {count:<32}{took:11.1f}{took / count:11.3f}")
    command = [sys.executable, "-m", "tests.bench.reading", "--large"]
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout, end="")
    return 0


def _large() -> int:
    """Print what the largest digest takes, in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = _papers(LARGE // len(_papers(1).encode())).encode()
    started = time.process_time()
    _read(data)
    took = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\n{len(data):,} bytes: {took:.1f} s, {(peak - before) / 1024:.0f} MB")
    return 0


def _read(data: bytes) -> None:
    read(data, "1.txt", languages=("en", "zh-Hans"), zone=UTC)


def _papers(count: int) -> str:
    return "".join(
        f"## Paper on Subject {n}\n[论文{n}](https://arxiv.org/abs/2411.{n:05})\n\n"
        f"We study subject {n}, and find {n} things about it. {ZH}\n\n"
        for n in range(count)
    )


def _least(work: Callable[[], object], runs: int = RUNS) -> float:
    """Return the least milliseconds of processor time of several runs."""
    best = float("inf")
    for _ in range(runs):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best * 1000


if __name__ == "__main__":
    sys.exit(main())
