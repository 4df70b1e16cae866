"""What commands have in common: their options, and what these mean."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.app import App
from publisher.cli.output import complain, format_count
from publisher.config import unknown_variables
from publisher.errors import InputError

if TYPE_CHECKING:
    from publisher.storage.database import Database
    from publisher.subscribers.tokens import Keys

#: The exit code when something needs a person.
TROUBLE = 1
_FIRST_YEAR, _LAST_YEAR = 1971, 9900
#: How long an end may take, in seconds: who told us to end waits for ten.
_AT_MOST = 9.5


class Format(StrEnum):
    """What a command prints."""

    text = "text"
    json = "json"


ProjectOption = Annotated[
    Path | None, typer.Option("--project", metavar="DIR", help="The newsletter's folder.")
]
NowOption = Annotated[
    str | None,
    typer.Option("--now", metavar="ISO8601", help="Use this time instead of the current time."),
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Print more.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only warnings and errors.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what it would change. Write nothing.")
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask first. Without a terminal it never asks.")
]
FormatOption = Annotated[
    Format, typer.Option("--format", metavar="text|json", help="Output format.")
]
IssueArgument = Annotated[
    str, typer.Argument(metavar="ISSUE", help="An issue's name in its address, such as 003.")
]
MailArgument = Annotated[
    str,
    typer.Argument(
        metavar="ISSUE",
        help="An issue, such as 003, or a mail of several, such as weekly.2026-11-23.",
    ),
]


def open_project(context: typer.Context, given: Path | None) -> App:
    """Open the newsletter that the command, or what stands before it, names.

    What other users can read of its state, and should not, is closed to them first. Variables
    that look like settings and are none are named, once in a process.
    """
    for name, nearest in unknown_variables(os.environ).items():
        manual = "docs/reference/settings.md lists the settings"
        hint = f"did you mean {nearest}?" if nearest else manual
        complain(f"{name}: unknown variable, ignored; {hint}")
    project = App(given or context.find_root().obj or Path())
    closed = [
        f"{format_count(number, 'file or folder', 'files and folders')} in {folder}"
        for folder, number in project.tighten().items()
    ]
    if closed:
        complain(f"{', '.join(closed)} could be read by other users: closed to them now")
    return project


@contextmanager
def open_list(chosen: App) -> Iterator[tuple[Database, Keys]]:
    """Yield the database, and the keys by which forgotten people are known."""
    from publisher import mail_factories  # noqa: PLC0415  (15 ms `build` need not wait)

    with chosen.database() as database:
        yield database, mail_factories.token_keys(chosen.settings, database)


def is_asked(*, yes: bool) -> bool:
    """Return whether a person is asked before what cannot be undone: only at a terminal."""
    streams = (sys.stdin, sys.stdout)
    return not yes and all(stream is not None and stream.isatty() for stream in streams)


def confirm(question: str) -> None:
    """Ask whether to go on. Raises InputError for a no, which is the answer of an empty line."""
    try:
        is_agreed = typer.confirm(question, err=True)
    except typer.Abort:  # Ctrl-D
        typer.echo(err=True)
        is_agreed = False
    if not is_agreed:
        raise InputError("nothing was changed; --yes goes on without asking")


def parse_now(text: str | None) -> datetime | None:
    """Return the value of --now in UTC, in whole seconds; without an offset it is UTC.

    Raises InputError, also for a year before 1971 or after 9900.
    """
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f'--now: wants a time like 2026-11-20T08:00:00+00:00, not "{text}"'
        ) from None
    # Times before and after it, in other zones, must be times, too.
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise InputError(f"--now: wants a year from {_FIRST_YEAR} to {_LAST_YEAR}, not {time.year}")
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return time.astimezone(UTC).replace(microsecond=0)


def stop_on_signals() -> threading.Event:
    """Return an event that is set when we are to end: what is begun is finished, nothing more is.

    Also when the terminal is closed, unless `nohup` says that this is to be ignored. Whatever is
    not finished in time (a first build, a name server that is silent) is left as a crash leaves it.
    """
    stop = threading.Event()

    def end(*_: object) -> None:
        if not stop.is_set():
            stop.set()
            last = threading.Timer(_AT_MOST, _leave)
            last.daemon = True
            last.start()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    return stop


def _leave() -> None:
    typer.echo("publisher: stopped in the midst of its work; the next run goes on", err=True)
    os._exit(TROUBLE)
