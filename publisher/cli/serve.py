"""The command that people on the web meet: serve."""

from __future__ import annotations

import typer

from publisher.cli.help import join_examples
from publisher.cli.options import ProjectOption, QuietOption, open_project, stop_on_signals

app = typer.Typer()


@app.command(
    epilog=join_examples(
        "publisher serve", "publisher serve --quiet --project /srv/news   # as a service"
    )
)
def serve(
    context: typer.Context, project: ProjectOption = None, quiet: QuietOption = False
) -> None:
    """Serve out/ and the subscription pages until Ctrl-C."""
    chosen = open_project(context, project)
    chosen.start_log()
    stop_on_signals()  # else the server's own end them before what is begun is finished
    chosen.serve(typer.echo, quiet=quiet)
