"""The commands: parse, call, print, exit code. Nothing else."""

from __future__ import annotations

import json
import signal
import sys
import threading
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from publisher import __version__
from publisher.audience import people as audience
from publisher.errors import BusyError, InputError, PublisherError
from publisher.mail.relay import Outcome
from publisher.model import DeliveryState, Diagnostic, Level
from publisher.publishing import checking, previewing, standing, starting
from publisher.publishing.mailing import Mailed
from publisher.publishing.ticking import Built, Ticked
from publisher.wiring import Project, utc_now

#: What click raises for a command line it cannot use; newer Typers carry a copy of click.
_UsageError = typer.BadParameter.__mro__[1]
#: Something needs a person; another run holds the lock (sysexits.h EX_TEMPFAIL).
_TROUBLE, _USAGE, _BUSY, _INTERRUPTED = 1, 2, 75, 130

app = typer.Typer(
    help="A folder of digest files becomes feeds, a web archive and e-mail.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
subscribers = typer.Typer(help="The list of people who get the mail.", no_args_is_help=True)
app.add_typer(subscribers, name="subscribers")


class Format(StrEnum):
    """What a command prints."""

    text = "text"
    json = "json"


ProjectOption = Annotated[
    Path | None, typer.Option("--project", metavar="DIR", help="The newsletter's folder.")
]
NowOption = Annotated[
    str | None, typer.Option("--now", metavar="ISO8601", help="Take this as the time.")
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what is wrong.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print it.")]


def main() -> None:
    """Run the command line; every error a user can cause is one line and an exit code."""
    verbose = any(argument in ("--verbose", "-v") for argument in sys.argv[1:])
    try:
        sys.exit(app(prog_name="publisher", standalone_mode=False))
    except BusyError as error:
        _complain(error)
        sys.exit(_BUSY)
    except PublisherError as error:
        _complain(error)
        sys.exit(_TROUBLE)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:  # `publisher … | head` has seen enough
        sys.stderr.close()
        sys.exit(_TROUBLE)
    except Exception as error:  # noqa: BLE001  (the last line of defence against a traceback)
        if isinstance(error, _UsageError):
            _complain_of_usage(error)
            sys.exit(_USAGE)
        if verbose:
            traceback.print_exc()
        kind = type(error).__name__
        _complain(f"internal error, please report it (--verbose shows more): {kind}: {error}")
        sys.exit(_TROUBLE)


def _complain_of_usage(error: Any) -> None:  # noqa: ANN401  (click's, whoever carries it)
    what = error.format_message().rstrip(".").replace("Value error, ", "")
    if what:  # else its help was shown
        command = error.ctx.command_path if error.ctx else "publisher"
        _complain(f"{what}; `{command} --help` says more")


def _complain(what: object) -> None:
    line = " ".join(str(what).split())
    typer.echo(f"{typer.style('publisher:', fg='red')} {line}", err=True)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    project: ProjectOption = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Take what stands before the command."""
    context.obj = project
    if version:
        typer.echo(__version__)
        raise typer.Exit


def _project(context: typer.Context, given: Path | None) -> Project:
    return Project(given or context.find_root().obj or Path())


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f'--now: wants a time like 2026-11-20T08:00:00+00:00, not "{text}"'
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).replace(microsecond=0)


# --- Publishing ---------------------------------------------------------------------------


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Make a new newsletter in DIR."""
    for name in starting.initialise(folder):
        typer.echo(f"made {folder / name}")
    typer.echo(f"Now put digests into {folder / 'seeds'}, and run: publisher build")


@app.command()
def build(
    context: typer.Context,
    project: ProjectOption = None,
    now: NowOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Publish the digests to out/; no mail."""
    chosen = _project(context, project)
    built = chosen.build(_moment(now) or utc_now())
    _tell_built(built, verbose=verbose, quiet=quiet)
    if not quiet:
        typer.echo(f"Look at {chosen.settings.output.dir / 'index.html'}")
    if built.failed:
        raise typer.Exit(_TROUBLE)


@app.command()
def run(
    context: typer.Context,
    project: ProjectOption = None,
    now: NowOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Do one tick - publish and mail what is due - and leave. For cron."""
    stop = _stop_on_signals()
    ticked = _project(context, project).tick(_moment(now), stop.is_set)
    _tell_ticked(ticked, verbose=verbose, quiet=quiet)
    if ticked.built.failed or ticked.mailed.trouble or ticked.mailed.uncertain:
        raise typer.Exit(_TROUBLE)


@app.command()
def watch(
    context: typer.Context,
    project: ProjectOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Stay, and do a tick whenever a digest appears or the schedule says."""
    from publisher.publishing import watching  # noqa: PLC0415  (40 ms that cron need not wait)

    chosen = _project(context, project)
    stop = _stop_on_signals()

    def one_tick() -> None:
        try:
            ticked = Project(chosen.settings.project).tick(None, stop.is_set)
        except PublisherError as error:
            _complain(error)
        else:
            _tell_ticked(ticked, verbose=verbose, quiet=quiet)

    if not quiet:
        typer.echo(f"Watching {chosen.settings.digests.dir}; Ctrl-C ends it")
    watching.watch(chosen.settings, one_tick, stop)


@app.command()
def check(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...")] = None,
    project: ProjectOption = None,
    output: FormatOption = Format.text,
) -> None:
    """Say what is odd about the digests (all of them, or FILEs); exit code 1 on errors."""
    found = list(checking.check(_project(context, project).workbench(), files))
    if output is Format.json:
        typer.echo(json.dumps([_as_json(each) for each in found], ensure_ascii=False, indent=2))
    else:
        for each in found:
            typer.echo(_coloured(each))
    if any(each.level is Level.error for each in found):
        raise typer.Exit(_TROUBLE)


@app.command("test-send")
def send_test(
    context: typer.Context,
    issue: Annotated[str, typer.Argument(metavar="ISSUE")],
    to: Annotated[str, typer.Option("--to", metavar="ADDR", help="Who gets the copy.")],
    project: ProjectOption = None,
) -> None:
    """Send one copy of an issue's mail to one address."""
    chosen = _project(context, project)
    with chosen.database() as database:
        reply = previewing.test_send(chosen.workbench(), database, issue, to, utc_now())
    typer.echo(f"{reply.outcome.value}: {reply.words}")
    if reply.outcome is not Outcome.accepted:
        raise typer.Exit(_TROUBLE)


@app.command()
def preview(
    context: typer.Context,
    project: ProjectOption = None,
    port: Annotated[int, typer.Option(help="Where to listen, on this machine only.")] = 8001,
) -> None:
    """Show issues' mails in the browser, as they would be sent now."""
    chosen = _project(context, project)
    typer.echo(f"Look at http://127.0.0.1:{port}/; Ctrl-C ends it")
    chosen.preview(port)


@app.command()
def status(
    context: typer.Context, project: ProjectOption = None, output: FormatOption = Format.text
) -> None:
    """Say where everything stands; exit code 1 when something needs a person."""
    chosen = _project(context, project)
    with chosen.database() as database:
        found = standing.status(chosen.settings, database)
    if output is Format.json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=2))
    else:
        for line in found.lines():
            typer.echo(line)
    if found.needs_a_person:
        raise typer.Exit(_TROUBLE)


# --- Subscribers --------------------------------------------------------------------------


@subscribers.command("add")
def add_subscriber(
    context: typer.Context,
    address: str,
    name: Annotated[str, typer.Option(help="What to call them.")] = "",
    language: Annotated[str, typer.Option(help="en or zh-Hans; both when left out.")] = "",
    project: ProjectOption = None,
) -> None:
    """Put a person on the list who has agreed to be on it."""
    with _project(context, project).database() as database:
        fresh = audience.add(database, address, name=name, language=language, now=utc_now())
    typer.echo("added" if fresh else "was on the list already")


@subscribers.command("remove")
def remove_subscriber(context: typer.Context, address: str, project: ProjectOption = None) -> None:
    """Take a person off the list; an import does not bring them back."""
    with _project(context, project).database() as database:
        gone = audience.remove(database, address, now=utc_now())
    typer.echo("removed" if gone else "had left already")


@subscribers.command("list")
def list_subscribers(context: typer.Context, project: ProjectOption = None) -> None:
    """Print everyone: status, address, name."""
    with _project(context, project).database() as database:
        for row in audience.everyone(database):
            typer.echo(f"{row.status:<13}{row.address}{'  ' + row.name if row.name else ''}")


@subscribers.command("import")
def import_subscribers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    project: ProjectOption = None,
) -> None:
    """Add the people in a CSV file with the columns email,name,language,status."""
    chosen = _project(context, project)
    with chosen.database() as database:
        done = audience.import_file(database, file, now=utc_now())
    for line, reason in done.rejected:
        typer.echo(f"{file}:{line}: not imported: {reason}", err=True)
    typer.echo(
        f"{done.added} added, {done.changed} changed, {done.unchanged} as they were, "
        f"{len(done.rejected)} not imported"
    )
    if done.rejected:
        raise typer.Exit(_TROUBLE)


@subscribers.command("export")
def export_subscribers(context: typer.Context, project: ProjectOption = None) -> None:
    """Write everyone to standard output as CSV."""
    with _project(context, project).database() as database:
        audience.export(database, sys.stdout)


# --- Printing -----------------------------------------------------------------------------


def _stop_on_signals() -> threading.Event:
    """Give an event that SIGTERM and SIGINT set: what is begun is finished, nothing more is."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _tell_built(built: Built, *, verbose: bool, quiet: bool) -> None:
    for each in built.diagnostics:
        if each.level is Level.error or (not quiet and (verbose or each.level is not Level.info)):
            typer.echo(_coloured(each), err=True)
    if quiet:
        return
    done = built.registered
    _tell("published", [f"{each.slug} ({each.headline})" for each in done.published])
    _tell("updated", [each.slug for each in done.updated])
    _tell("withdrawn", [each.slug for each in done.withdrawn])
    _tell("draft, not published:", done.drafts)
    for name, reason in done.waiting.items():
        typer.echo(f"waiting: {name}: {reason}")
    for name in built.restless:
        typer.echo(f"waiting: {name}: still being written (digests.settle); the next run takes it")
    if verbose or done.published or built.rendered.written:
        typer.echo(
            f"{_counted(built.rendered.issues, 'issue')} rendered, "
            f"{_counted(built.rendered.written, 'file')} written, {built.rendered.removed} removed"
        )


def _tell(what: str, names: Iterable[str]) -> None:
    """Print a line for each name, but no more than a screenful."""
    shown = list(names)
    most = 12
    for name in shown[:most]:
        typer.echo(f"{what} {name}")
    if len(shown) > most:
        typer.echo(f"{what} {len(shown) - most} more")


def _tell_ticked(ticked: Ticked, *, verbose: bool, quiet: bool) -> None:
    _tell_built(ticked.built, verbose=verbose, quiet=quiet)
    _tell_mailed(ticked.mailed, quiet=quiet)


def _tell_mailed(mailed: Mailed, *, quiet: bool) -> None:
    if not quiet:
        for slug, size in mailed.planned.items():
            if size:
                typer.echo(f"mail: issue {slug} is for {_counted(size, 'subscriber')}")
        parts = [
            f"{mailed.tally[state]} {state.value}" for state in DeliveryState if mailed.tally[state]
        ]
        if parts:
            typer.echo(f"mail: {', '.join(parts)}")
    if mailed.trouble:
        _complain(f"mail: {mailed.trouble}")
    if mailed.uncertain:
        _complain(
            f"mail: {mailed.uncertain} deliveries are uncertain: the relay may or may not have "
            "them; `publisher status` names the issues"
        )


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _coloured(each: Diagnostic) -> str:
    colour = {Level.error: "red", Level.warning: "yellow", Level.info: "blue"}[each.level]
    level = f"{each.level.value}:"
    return str(each).replace(level, typer.style(level, fg=colour), 1)


def _as_json(each: Diagnostic) -> dict[str, object]:
    return {
        "file": each.file,
        "line": each.line,
        "column": each.column,
        "level": each.level.value,
        "code": each.code,
        "message": each.message,
    }
