"""The command that people on the web meet: serve."""

from __future__ import annotations

import typer

from publisher.cli.options import ProjectOption, QuietOption, project_of, stop_on_signals
from publisher.publishing.enveloping import desk_url

app = typer.Typer()


@app.command()
def serve(
    context: typer.Context, project: ProjectOption = None, quiet: QuietOption = False
) -> None:
    """Serve out/ and the pages to join and leave at, until Ctrl-C."""
    chosen = project_of(context, project)
    if not quiet:
        typer.echo(f"Look at {desk_url(chosen.settings)}subscribe; Ctrl-C ends it")
    stop_on_signals()  # else the server's own end them before what is begun is finished
    chosen.serve((lambda _: None) if quiet else typer.echo)
