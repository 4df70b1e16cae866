"""The command that shows the manual: docs."""

from __future__ import annotations

from typing import Annotated

import typer

from publisher.cli.help import join_examples
from publisher.commands import docs as docs_command

app = typer.Typer()


@app.command(epilog=join_examples("publisher docs", "publisher docs settings | less"))
def docs(
    page: Annotated[
        str | None,
        typer.Argument(metavar="PAGE", help="A page's name in the list, or the last part of it."),
    ] = None,
) -> None:
    """Print a page of the manual, or list its pages."""
    if page is not None:
        typer.echo(docs_command.read_page(page), nl=False)
        return
    titles = docs_command.list_titles()
    width = max(map(len, titles))
    for name, title in titles.items():
        typer.echo(f"{name:<{width}}  {title}")
    typer.echo(f"Read one: publisher docs PAGE, or the files in {docs_command.MANUAL}")
