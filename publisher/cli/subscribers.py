"""The commands about the list of people: subscribers and its own commands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from publisher.app import utc_now
from publisher.cli.help import join_examples
from publisher.cli.options import (
    TROUBLE,
    DryRunOption,
    Format,
    FormatOption,
    ProjectOption,
    YesOption,
    confirm,
    is_asked,
    open_list,
    open_project,
)
from publisher.cli.output import print_json, tell_dry_run
from publisher.storage.subscribers import SubscriberRow
from publisher.subscribers import admin, csv_export, csv_import, personal_data, suppression
from publisher.subscribers.csv_import import Imported
from publisher.subscribers.import_columns import Options
from publisher.subscribers.languages import Languages

app = typer.Typer()
subscribers = typer.Typer(
    help="Manage the list of subscribers.",
    epilog=join_examples("publisher subscribers list"),
)
app.add_typer(subscribers, name="subscribers")

AddressArgument = Annotated[str, typer.Argument(metavar="ADDR", help="An e-mail address.")]


@subscribers.command(
    "add",
    epilog=join_examples("publisher subscribers add ann@example.org --name Ann --language en"),
)
def add_subscriber(
    context: typer.Context,
    address: AddressArgument,
    name: Annotated[str, typer.Option(metavar="TEXT", help="The subscriber's name.")] = "",
    language: Annotated[
        str, typer.Option(metavar="TAG", help="One of newsletter.languages. Default: all.")
    ] = "",
    project: ProjectOption = None,
) -> None:
    """Add a subscriber who has agreed to get mail."""
    chosen = open_project(context, project)
    own = Languages(chosen.settings.newsletter.languages)
    language = own.require(language.strip())
    with open_list(chosen) as (database, keys):
        fresh = admin.add(database, keys, address, name=name, language=language, now=utc_now())
    what = "added" if fresh else "on the list already; nothing was changed"
    typer.echo(f"{address}: {what}")


@subscribers.command("remove", epilog=join_examples("publisher subscribers remove ann@example.org"))
def remove_subscriber(
    context: typer.Context, address: AddressArgument, project: ProjectOption = None
) -> None:
    """Unsubscribe an address. An import does not add it again."""
    with open_project(context, project).database() as database:
        gone = admin.remove(database, address, now=utc_now())
    what = "unsubscribed" if gone else "unsubscribed already; nothing was changed"
    typer.echo(f"{address}: {what}")


@subscribers.command("forget", epilog=join_examples("publisher subscribers forget ann@example.org"))
def forget_subscriber(
    context: typer.Context,
    address: AddressArgument,
    *,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    project: ProjectOption = None,
) -> None:
    """Erase a subscriber; asks first. A hash stays, so that no import adds them again."""
    with open_list(open_project(context, project)) as (database, keys):
        if not dry_run and is_asked(yes=yes):
            confirm(f"All that is stored about {address} is erased for good. Erase it?")
        known = suppression.forget_person(database, keys, address, now=utc_now(), dry_run=dry_run)
    what = "erased" if known else "not on the list"
    typer.echo(f"{address}: {what}; no import can add it from now on")
    if dry_run:
        tell_dry_run()


@subscribers.command(
    "show",
    epilog=join_examples(
        "publisher subscribers show ann@example.org",
        "publisher subscribers show ann@example.org --format json > ann.json",
    ),
)
def show_subscriber(
    context: typer.Context,
    address: AddressArgument,
    project: ProjectOption = None,
    output: FormatOption = Format.text,
) -> None:
    """Print all data stored about a person."""
    chosen = open_project(context, project)
    with open_list(chosen) as (database, keys):
        person = personal_data.read_person(database, keys, address)
    if output is Format.json:
        print_json(person.as_dict())
    else:
        for line in person.lines(chosen.settings.schedule.timezone):
            typer.echo(line)


@subscribers.command(
    "list",
    epilog=join_examples("publisher subscribers list", "publisher subscribers list --format json"),
)
def list_subscribers(
    context: typer.Context, project: ProjectOption = None, output: FormatOption = Format.text
) -> None:
    """List subscribers: status, address, name."""
    with open_project(context, project).database() as database:
        rows = admin.list_subscribers(database)
        if output is Format.json:
            print_json([subscriber_as_dict(row) for row in rows])
            return
        for row in rows:
            typer.echo(f"{row.status:<13}{row.address}{'  ' + row.name if row.name else ''}")


def subscriber_as_dict(row: SubscriberRow) -> dict[str, str]:
    """Return a line of the list for JSON; its time is ISO 8601."""
    return {
        "address": row.address,
        "name": row.name,
        "language": row.language,
        "status": row.status,
        "since": row.since.isoformat(),
        "cadence": row.cadence,
    }


@subscribers.command(
    "import",
    epilog=join_examples(
        "publisher subscribers import people.csv --dry-run",
        "publisher subscribers import people.csv --map active=confirmed",
    ),
)
def import_subscribers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what the import would do. Write nothing.")
    ] = False,
    email: Annotated[
        str, typer.Option(metavar="COLUMN", help="The column with the addresses.")
    ] = "",
    status_column: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="A column that says who wants mail. Repeatable."),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="VALUE=STATUS",
            help="What a value in such a column means. Repeatable.",
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="A column that says nothing about who wants mail. Repeatable."
        ),
    ] = None,
    project: ProjectOption = None,
) -> None:
    """Import subscribers from a CSV file: ours, or another service's export."""
    chosen = open_project(context, project)
    languages = Languages(chosen.settings.newsletter.languages)
    options = Options(
        email=email, status_columns=tuple(status_column or ()), ignored=tuple(ignore or ()),
        words=Options.mapped(mapping or ()), languages=languages, dry_run=dry_run,
    )  # fmt: skip
    with open_list(chosen) as (database, keys), _progress(file) as (tell, progress):
        imported = csv_import.import_file(
            database, keys, file, now=utc_now(), options=options, progress=progress,
            reject=lambda line, reason: tell(f"{file}:{line}: not imported: {reason}"),
        )  # fmt: skip
    if imported.caution:
        typer.echo(f"{file}: {imported.caution}", err=True)
    for tag, number in imported.languages.items():
        typer.echo(
            f'{file}: language "{tag}" ({number} rows) is none of newsletter.languages '
            f"({languages}): these people get all of them",
            err=True,
        )
    _tell_imported(imported, dry_run=dry_run)
    if imported.rejected:
        raise typer.Exit(TROUBLE)


def _tell_imported(imported: Imported, *, dry_run: bool) -> None:
    typer.echo(f"read as {imported.title}")
    for line in imported.columns:
        typer.echo(line)
    for line in imported.people() if dry_run else ():
        typer.echo(line)
    for number, what in (
        (imported.mended, "addresses corrected, such as <ann@example.org> or ann＠example.org"),
        (imported.taken_off, "unsubscribed or suppressed, because the file says so"),
        (imported.staying, "unsubscribed or suppressed before, and stay so"),
    ):
        if number:
            typer.echo(f"{number} {what}")
    typer.echo(
        f"{imported.added} added, {imported.changed} changed, {imported.unchanged} unchanged, "
        f"{imported.rejected} not imported"
    )
    if dry_run:
        typer.echo("dry run: nothing was written; leave out --dry-run to import")
    elif imported.rejected:
        typer.echo(f"correct these rows in {imported.rejects}, and import that file", err=True)


@contextmanager
def _progress(file: Path) -> Iterator[tuple[Callable[[str], object], Callable[[int], object]]]:
    """Show a bar on a terminal; return what prints a line beside it, and what moves it."""
    if not sys.stderr.isatty():
        yield lambda line: typer.echo(line, err=True), lambda _bytes: None
        return
    from rich.console import Console  # noqa: PLC0415  (60 ms, for who looks at it)
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        size = file.stat().st_size if file.is_file() else None
        task = bar.add_task(file.name, total=size)
        yield (
            lambda line: bar.console.print(line, markup=False, highlight=False, soft_wrap=True),
            lambda position: bar.update(task, completed=position),
        )


@subscribers.command(
    "export", epilog=join_examples("publisher subscribers export > subscribers.csv")
)
def export_subscribers(context: typer.Context, project: ProjectOption = None) -> None:
    """Export all subscribers as CSV to standard output."""
    with open_project(context, project).database() as database:
        csv_export.export(database, _in_utf8(sys.stdout))


def _in_utf8(output: TextIO) -> TextIO:
    """Return standard output as import reads it, whatever this machine's language is."""
    if hasattr(output, "reconfigure"):
        output.reconfigure(encoding="utf-8", newline="")
    return output
