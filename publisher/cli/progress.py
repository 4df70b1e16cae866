"""The long wait while mail goes out: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from publisher.model import DeliveryState
from publisher.plans import progress

#: Nobody needs to be told of what is over sooner, in seconds.
_PATIENCE = 2.0
#: How often a plain line is printed, in seconds.
_LINE = 30.0


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Callable[[progress.Progress], None]]:
    """Yield whom to tell how far a send is; it says so on standard error."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar() as bar:
            yield bar
    else:
        yield _Lines()


class _Speed:
    """How fast a send is and how long it takes."""

    def __init__(self) -> None:
        self._name = ""
        self._began = 0.0

    def words(self, how: progress.Progress) -> str:
        """Return what there is to say of it; empty while it has only begun."""
        now = time.monotonic()
        if how.name != self._name:
            self._name, self._began = how.name, now
        taken = now - self._began
        if taken < _PATIENCE:
            return ""
        rate = how.tally.total / taken
        parts = [f"{rate:,.0f} a second"]
        parts += [
            f"{how.tally[state]:,} {state.value}"
            for state in (DeliveryState.deferred, DeliveryState.rejected, DeliveryState.uncertain)
            if how.tally[state]
        ]
        left = max(how.due - how.tally.total, 0)
        if rate and left:
            parts.append(f"{_duration(left / rate)} left")
        return ", ".join(parts)


class _Lines:
    """Says now and then how far it is, for logs."""

    def __init__(self) -> None:
        self._speed = _Speed()
        self._next = time.monotonic() + _LINE

    def __call__(self, how: progress.Progress) -> None:
        words = self._speed.words(how)
        if words and time.monotonic() >= self._next:
            self._next = time.monotonic() + _LINE
            typer.echo(f"mail of {how.name}: {how.tally.total:,} of {how.due:,}, {words}", err=True)


@contextmanager
def _bar() -> Iterator[Callable[[progress.Progress], None]]:
    from rich.console import Console  # noqa: PLC0415  (20 ms that cron need not wait)
    from rich.progress import (  # noqa: PLC0415  (as above)
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
    )

    speed = _Speed()
    columns = (
        TextColumn("mail of {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def tell(how: progress.Progress) -> None:
            words = speed.words(how)
            if not words:
                return
            if how.name not in tasks:
                for task_id in bar.task_ids:
                    bar.remove_task(task_id)
                tasks[how.name] = bar.add_task(how.name, total=how.due, words="")
            bar.update(bar.task_ids[-1], completed=how.tally.total, words=words)

        yield tell


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004  (two hours)
