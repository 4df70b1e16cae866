"""The commands about the list of people: subscribers add, remove, list, import, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from publisher.audience import people as audience
from publisher.cli.options import TROUBLE, ProjectOption, project_of
from publisher.wiring import utc_now

subscribers = typer.Typer(help="The list of people who get the mail.", no_args_is_help=True)


@subscribers.command("add")
def add_subscriber(
    context: typer.Context,
    address: str,
    name: Annotated[str, typer.Option(help="What to call them.")] = "",
    language: Annotated[str, typer.Option(help="en or zh-Hans; both when left out.")] = "",
    project: ProjectOption = None,
) -> None:
    """Put a person on the list who has agreed to be on it."""
    with project_of(context, project).database() as database:
        fresh = audience.add(database, address, name=name, language=language, now=utc_now())
    typer.echo("added" if fresh else "was on the list already")


@subscribers.command("remove")
def remove_subscriber(context: typer.Context, address: str, project: ProjectOption = None) -> None:
    """Take a person off the list; an import does not bring them back."""
    with project_of(context, project).database() as database:
        gone = audience.remove(database, address, now=utc_now())
    typer.echo("removed" if gone else "had left already")


@subscribers.command("list")
def list_subscribers(context: typer.Context, project: ProjectOption = None) -> None:
    """Print everyone: status, address, name."""
    with project_of(context, project).database() as database:
        for row in audience.everyone(database):
            typer.echo(f"{row.status:<13}{row.address}{'  ' + row.name if row.name else ''}")


@subscribers.command("import")
def import_subscribers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    project: ProjectOption = None,
) -> None:
    """Add the people in a CSV file with the columns email,name,language,status."""
    chosen = project_of(context, project)
    with chosen.database() as database:
        done = audience.import_file(database, file, now=utc_now())
    for line, reason in done.rejected:
        typer.echo(f"{file}:{line}: not imported: {reason}", err=True)
    typer.echo(
        f"{done.added} added, {done.changed} changed, {done.unchanged} as they were, "
        f"{len(done.rejected)} not imported"
    )
    if done.rejected:
        raise typer.Exit(TROUBLE)


@subscribers.command("export")
def export_subscribers(context: typer.Context, project: ProjectOption = None) -> None:
    """Write everyone to standard output as CSV."""
    with project_of(context, project).database() as database:
        audience.export(database, sys.stdout)
