"""How often the judgement of refusals is right, measured with a collection of your own.

    python -m tests.bench.replies PATH

PATH is a folder with the subfolders `hard`, `soft` and `ours`, which are the truth, of `.eml`
files; or a CSV file with the columns `code,enhanced,text,truth`. `hard`: the mailbox or its domain
does not exist. `ours`: our sender, server, rate or content was refused. `soft`: anything else.

It prints a confusion table (a row for each truth, a column for each verdict), what was judged
wrongly about a living or a dead address, and two figures: how many living readers one refusal
would suppress (target: 0) and how many dead addresses it finds (target: 90 %). Exit code 1 when a
target is missed, 2 when PATH has nothing to judge.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from publisher.delivery.bounce_parser import classify, kind_of
from publisher.delivery.smtp_status import meaning_of_refusal
from publisher.storage.bounces import BounceKind

TRUTHS = ("hard", "soft", "ours")
#: What no bounce says of an address; a table shows them as one column.
_NOTHING = "none"
_FOUND = 0.9
_SHOWN = 100


class Judged(NamedTuple):
    """One refusal."""

    name: str
    truth: str
    #: hard, soft, ours, or none for a mail that is not classify as a bounce.
    verdict: str
    words: str


def judged(path: Path) -> Iterator[Judged]:
    """Yield the refusals of a folder or a CSV file, judged. Raises ValueError for a wrong truth."""
    if path.is_dir():
        for truth in TRUTHS:
            for file in sorted((path / truth).rglob("*.eml")):
                kind, words = classify(file.read_bytes())
                yield Judged(f"{truth}/{file.name}", truth, _verdict(kind), words)
        return
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=2):
            truth = row["truth"].strip().lower()
            if truth not in TRUTHS:
                raise ValueError(f'{path}:{number}: expected hard, soft or ours, not "{truth}"')
            words = " ".join(filter(None, (row["code"], row["enhanced"], row["text"])))
            yield Judged(
                f"line {number}", truth, _verdict(kind_of(meaning_of_refusal(words))), words
            )


def _verdict(kind: BounceKind) -> str:
    return kind.value if kind.value in TRUTHS else _NOTHING


def table(refusals: list[Judged]) -> list[str]:
    """Return the confusion table as lines."""
    counts = Counter((refusal.truth, refusal.verdict) for refusal in refusals)
    columns = (*TRUTHS, _NOTHING)
    head = "truth".ljust(6) + "".join(column.rjust(8) for column in columns)
    return [head] + [
        truth.ljust(6) + "".join(str(counts[truth, column]).rjust(8) for column in columns)
        for truth in TRUTHS
    ]


def main() -> int:
    """Judge a collection and print the table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.replies", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("path", type=Path, help="a folder of .eml, or a CSV file")
    path = parser.parse_args().path
    try:
        refusals = list(judged(path))
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"{path}: {error!r}" if isinstance(error, KeyError) else str(error))
    if not refusals:
        parser.error(f"{path}: no .eml in hard/, soft/ or ours/, and no row")
    dead = [refusal for refusal in refusals if refusal.truth == "hard"]
    living = [refusal for refusal in refusals if refusal.truth != "hard"]
    missed = [refusal for refusal in dead if refusal.verdict != "hard"]
    killed = [refusal for refusal in living if refusal.verdict == "hard"]
    for title, wrong in (("living, judged hard", killed), ("dead, not judged hard", missed)):
        for refusal in wrong:
            words = " ".join(refusal.words.split())[:_SHOWN]
            print(f"{title}: {refusal.name}: {refusal.verdict}: {words}")
    print(*table(refusals), sep="\n")
    found = (len(dead) - len(missed)) / len(dead) if dead else 1.0
    print(f"living readers suppressed: {len(killed)} of {len(living)}")
    print(f"dead addresses found: {len(dead) - len(missed)} of {len(dead)} ({found:.1%})")
    return int(bool(killed) or found < _FOUND)


if __name__ == "__main__":
    sys.exit(main())
