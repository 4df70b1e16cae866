"""The commands that make and look after the site: init, build, run, watch, check, status."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.app import utc_now
from publisher.cli.help import join_examples
from publisher.cli.options import (
    TROUBLE,
    Format,
    FormatOption,
    NowOption,
    ProjectOption,
    QuietOption,
    VerboseOption,
    open_project,
    parse_now,
    stop_on_signals,
)
from publisher.cli.output import (
    diagnostic_as_dict,
    format_diagnostic,
    print_json,
    tell_announced,
    tell_attention,
    tell_built,
    tell_delivered,
    tell_late,
)
from publisher.cli.progress import show_progress
from publisher.commands import init as init_command
from publisher.errors import InputError
from publisher.model import Level

if TYPE_CHECKING:
    from publisher.digest.parser import ParsedDigest

app = typer.Typer()


@app.command(epilog=join_examples("publisher init news", "publisher init --with-templates news"))
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    with_templates: Annotated[
        bool,
        typer.Option("--with-templates", help="Copy the built-in templates to DIR/templates."),
    ] = False,
) -> None:
    """Create a newsletter in DIR."""
    for name in init_command.make_newsletter(folder, with_templates=with_templates):
        typer.echo(f"made {folder / name}")
    typer.echo(f"Now put digests into {folder / 'seeds'}, and run in {folder}: publisher build")


@app.command(
    epilog=join_examples(
        "publisher build",
        "publisher build --now 2026-11-20T08:00+01:00   # the time to publish under",
    )
)
def build(
    context: typer.Context,
    project: ProjectOption = None,
    now: NowOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Publish the digests to out/. Send no mail."""
    chosen = open_project(context, project)
    built = chosen.build(parse_now(now) or utc_now())
    tell_built(built, verbose=verbose, quiet=quiet)
    if not quiet:
        typer.echo(f"Look at {chosen.settings.output.dir / 'index.html'}")
    if built.failed:
        raise typer.Exit(TROUBLE)


@app.command(
    epilog=join_examples(
        "publisher run",
        "publisher run --quiet --project /srv/news   # from cron",
    )
)
def run(
    context: typer.Context,
    project: ProjectOption = None,
    now: NowOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Publish new digests, send their mail, exit. Run it from cron."""
    chosen, stop, at = open_project(context, project), stop_on_signals(), parse_now(now)
    chosen.start_log()
    published = chosen.publish(at, stop.is_set)
    with show_progress(quiet=quiet) as tell:
        delivered = chosen.deliver(at, stop.is_set, tell, published.mailed)
    tell_attention(delivered.mailed)
    tell_built(published.built, verbose=verbose, quiet=quiet)
    tell_late(published, quiet=quiet)
    tell_announced(published.announced, quiet=quiet)
    tell_delivered(delivered, quiet=quiet)
    if published.built.failed or delivered.mailed.needs_a_person:
        raise typer.Exit(TROUBLE)


@app.command(
    epilog=join_examples(
        "publisher watch", "publisher watch --quiet --project /srv/news   # as a service"
    )
)
def watch(
    context: typer.Context,
    project: ProjectOption = None,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
) -> None:
    """Keep running: publish and mail whenever a digest appears or is due."""
    from publisher.cli.watch import Daemon  # noqa: PLC0415  (60 ms that cron need not wait)

    chosen = open_project(context, project)
    chosen.start_log()
    Daemon(chosen.settings, stop_on_signals(), verbose=verbose, quiet=quiet).run()


def _explain(readings: Iterable[tuple[str, ParsedDigest]]) -> None:
    """Print what became of each line; raise Exit where a digest has an error."""
    has_error = False
    for file, reading in readings:
        for diagnostic in reading.diagnostics:
            typer.echo(format_diagnostic(diagnostic))
            has_error = has_error or diagnostic.level is Level.error
        for line in reading.explanation:
            typer.echo(f"{file}:{line}" if line[:1].isdigit() else f"{file}: {line}")
    if has_error:
        raise typer.Exit(TROUBLE)


@app.command(
    epilog=join_examples(
        "publisher check", "publisher check --explain seeds/003_1a2b.txt   # how each line was read"
    )
)
def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Digests to check, wherever they are."),
    ] = None,
    project: ProjectOption = None,
    output: FormatOption = Format.text,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print how each line of a digest was read.")
    ] = False,
) -> None:
    """Check all digests, or FILEs, without publishing. Exits 1 on errors."""
    chosen = open_project(context, project)
    if explain:
        if output is Format.json:
            raise InputError("--explain prints text: leave out --format json")
        _explain(chosen.explain(files))
        return
    diagnostics = list(chosen.check(files))
    if output is Format.json:
        print_json([diagnostic_as_dict(diagnostic) for diagnostic in diagnostics])
    else:
        for diagnostic in diagnostics:
            typer.echo(format_diagnostic(diagnostic))
    if any(diagnostic.level is Level.error for diagnostic in diagnostics):
        raise typer.Exit(TROUBLE)


@app.command(epilog=join_examples("publisher status", "publisher status --format json"))
def status(
    context: typer.Context, project: ProjectOption = None, output: FormatOption = Format.text
) -> None:
    """Show status. Exits 1 if something needs attention."""
    from publisher.commands import status as status_command  # noqa: PLC0415  (25 ms that cron need not wait)

    chosen = open_project(context, project)
    with chosen.database() as database:
        current = status_command.read_status(chosen.settings, database, utc_now())
    if output is Format.json:
        print_json(current.as_dict())
    else:
        for line in current.lines(chosen.settings):
            typer.echo(line)
    if current.needs_a_person:
        raise typer.Exit(TROUBLE)
