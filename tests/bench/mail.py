"""What a mail costs: an issue of 17 papers as MIME bytes, and each reader's signed copy.

Run with `make bench-mail`. Every issue is another one, so that nothing is known of it but what
any issue leaves behind: compiled templates, and MJML's HTML around the words.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher import factories
from publisher.config import Settings, load
from publisher.mail.dkim import Key, Kind, Signer, generate_key, load_key
from publisher.mail.mime import TOKEN, Letter
from publisher.mail.personalize import Copies, compose
from publisher.model import Issue, IssueRecord
from publisher.plans.create import issue_draft
from publisher.plans.letters import issue_letter
from publisher.render.renderers import Renderers
from publisher.sources.digest_reader import DigestReader
from publisher.storage.plans import Group
from tests.bench import measure
from tests.bench.corpus import Corpus, Digest

PAPERS = 17
ISSUES = 200
COPIES = 500
LIMIT = 0.005  # seconds
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
READER = "reader@example.net"
SEEDS = Path(__file__).parents[2] / "seeds"
SETTINGS = """
[newsletter]
title = "My paper digest"
base_url = "https://papers.example.org/"

[mail]
from = "My paper digest <news@example.org>"
"""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A digest as it comes, and what was published of it."""

    issue: Issue
    record: IssueRecord


def main() -> int:
    """Measure, and print."""
    processor = measure.pin(1)
    corpus = Corpus(SEEDS)
    with tempfile.TemporaryDirectory(prefix="publisher-bench-") as name:
        folder = Path(name)
        (folder / "publisher.toml").write_text(SETTINGS, encoding="utf-8")
        settings = load(folder, {})
        renderers, reader = factories.renderers(settings), factories.digest_reader(settings)
        samples = [sample(reader, digest) for digest in digests(corpus)]
        keys = [_key(folder, kind) for kind in Kind]
    print(f"processor {processor[0]}; {PAPERS} papers an issue; median (95th percentile)")

    first, *others = (timed(finished, settings, renderers, each) for each in samples)
    print(f"first issue of a process, templates to compile: {first * 1e3:.1f} ms")
    print(f"each of {len(others)} others, to MIME bytes:         {spread(others, 1e3)} ms")
    print(f"limit / median: {LIMIT * 1e3:.0f} ms / {statistics.median(others) * 1e3:.2f} ms = "
          f"{LIMIT / statistics.median(others):.1f}")  # fmt: skip

    print()
    of_all = letter(settings, renderers, samples[0])
    signer = Signer(keys)
    size = len(signer.sign(compose(of_all, READER)))
    print(f"each of {COPIES} copies ({size / 1e3:.0f} KB), for a reader of its own:")
    costs = in_turn(of_all, signer, keys)
    for what, seconds in costs.items():
        print(f"  {what:45} {spread(seconds, 1e6):>18} µs")
    ours, bare = (statistics.median(costs[what]) * 1e6 for what in (SIGNED, BARE))
    print(f"signed copy / signatures alone: {ours:.0f} µs / {bare:.0f} µs = {ours / bare:.2f}")
    return 0


def digests(corpus: Corpus) -> Iterator[Digest]:
    """Make digests of 17 papers, no paper twice."""
    for number in range(1, ISSUES + 2):
        papers = corpus.digest(2 * number).papers + corpus.digest(2 * number + 1).papers
        yield Digest(number=number, name=f"{number:05}.txt", papers=papers[:PAPERS])


def sample(reader: DigestReader, digest: Digest) -> Sample:
    """Read a digest and publish it in name."""
    issue = reader.parse(digest.name, digest.text().encode()).issue
    assert issue is not None
    assert len(issue.items) == PAPERS
    published = NOW + timedelta(minutes=digest.number)
    record = IssueRecord(
        slug=issue.slug, headline=digest.title, source=issue.source,
        published=published, updated=published, items=PAPERS,
    )  # fmt: skip
    return Sample(issue=issue, record=record)


def letter(settings: Settings, renderers: Renderers, each: Sample) -> Letter:
    """Make an issue's mail."""
    group = Group(language="", covered=None)
    draft = issue_draft(settings, renderers, each.issue, each.record, group)
    return issue_letter(settings, draft, each.record, each.record.published)


def finished(settings: Settings, renderers: Renderers, each: Sample) -> bytes:
    """Make an issue's mail as one reader's message."""
    return compose(letter(settings, renderers, each), READER)


COMPOSED = "composed"
AHEAD = "composed, signed ahead"
SIGNED = "composed and signed, RSA-2048 and Ed25519"
BARE = "`cryptography` alone, the same two signatures"


def in_turn(of_all: Letter, signer: Signer, keys: list[Key]) -> dict[str, list[float]]:
    """Time what one copy takes, and in the same moment what of it is the signatures themselves."""
    header = hashlib.sha256(b"any").digest() * 40  # about as long as a header

    def bare() -> None:
        for key in keys:
            key.sign(header)

    unsigned, signed = Copies(of_all, None), Copies(of_all, signer)
    costs: dict[str, list[float]] = {COMPOSED: [], AHEAD: [], SIGNED: [], BARE: []}
    for number in range(COPIES):
        reader, token = f"reader{number}@example.net", f"{number:0{len(TOKEN)}}"
        ahead = signed.presign(reader, token)
        costs[COMPOSED].append(timed(unsigned.make, reader, token))
        costs[AHEAD].append(timed(signed.make, reader, token, ahead))
        costs[SIGNED].append(timed(signed.make, reader, token))
        costs[BARE].append(timed(bare))
    return costs


def timed(action: Callable[..., object], *arguments: object) -> float:
    """Return the seconds that something takes."""
    started = time.perf_counter()
    action(*arguments)
    return time.perf_counter() - started


def spread(seconds: Iterable[float], unit: float) -> str:
    """Return the median and the 95th percentile in a unit."""
    ordered = sorted(seconds)
    high = ordered[int(len(ordered) * 0.95)]
    return f"{statistics.median(ordered) * unit:.2f} ({high * unit:.2f})"


def _key(folder: Path, kind: Kind) -> Key:
    path = folder / f"{kind.name}.pem"
    path.write_bytes(generate_key(kind))
    path.chmod(0o600)
    return load_key(path, domain="example.org", selector=kind.name)


if __name__ == "__main__":
    sys.exit(main())
