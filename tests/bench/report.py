"""What the benchmark prints: a table of cases, and the ratios between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.bench.measure import Cost, Size

_HEADINGS = ("case", "runs", "wall s", "user s", "sys s", "peak MB", "files", "MB out")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line of the table."""

    name: str
    runs: int
    cost: Cost
    size: Size


def cold(builder: str, digests: int) -> str:
    """Name the cold build of so many digests; `cp` only copies what publisher built."""
    return f"{builder}, cold build of {digests}"


def one_more(digests: int) -> str:
    """Name the build of one more digest on so many."""
    return f"publisher, one more digest on {digests}"


def idle(digests: int) -> str:
    """Name the run with nothing to do on so many digests."""
    return f"publisher, idle run on {digests}"


def table(cases: Mapping[str, Case]) -> str:
    """Lay the cases out in columns, names to the left and figures to the right."""
    rows = [_HEADINGS, *(_row(case) for case in cases.values())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )


def ratios(cases: Mapping[str, Case], *, digests: int, big: int) -> Iterator[str]:
    """Compare wall times, where both sides have been measured."""
    ours = cold("publisher", digests)
    questions = [
        (ours, cold("hugo", digests)),
        (ours, cold("pelican", digests)),
        (cold("cp", digests), ours),
        (one_more(digests), one_more(big)),
        (idle(digests), idle(big)),
        # Neither peer keeps anything from one build to the next.
        (one_more(digests), cold("hugo", digests)),
        (one_more(digests), cold("pelican", digests)),
    ]
    for under, over in questions:
        if under in cases and over in cases:
            yield _ratio(cases[under], cases[over])


def _ratio(under: Case, over: Case) -> str:
    times = over.cost.wall / under.cost.wall
    return f"{_wall(over)} / {_wall(under)} = {times:.2f}"


def _wall(case: Case) -> str:
    return f"{case.cost.wall:.3f} s ({case.name})"


def _row(case: Case) -> tuple[str, ...]:
    cost, size = case.cost, case.size
    return (
        case.name,
        f"{case.runs}",
        f"{cost.wall:.3f}",
        f"{cost.user:.2f}",
        f"{cost.system:.2f}",
        f"{cost.peak_bytes / 1e6:.0f}",
        f"{size.files}",
        f"{size.size_bytes / 1e6:.1f}",
    )
