"""The commands that read what the world says of mails: bounces, reconcile."""

from __future__ import annotations

from typing import Annotated

import typer

from publisher import factories
from publisher.app import utc_now
from publisher.cli.help import examples
from publisher.cli.options import TROUBLE, ProjectOption, QuietOption, project_of
from publisher.cli.output import complain
from publisher.commands import bounces as bounces_command
from publisher.commands import reconcile as reconcile_command
from publisher.errors import PublisherError
from publisher.storage.bounces import BounceKind

app = typer.Typer()


@app.command(epilog=examples("publisher bounces", "publisher bounces /var/mail/bounces"))
def bounces(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(metavar="SOURCE", help="A Maildir, an mbox file or imaps://…"),
    ] = None,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Process bounces, complaints and unsubscribe mail. Exits 1 if one needs attention."""
    chosen = project_of(context, project)
    chosen.start_log()
    returns = bounces_command.BounceCounts()
    try:
        with chosen.database() as database:
            access = factories.access(chosen.settings)
            bounces_command.read_bounces(
                chosen.settings, database, source, access, returns, utc_now
            )
    except PublisherError:
        if returns.kinds and not quiet:
            typer.echo(returns)
        raise
    if not quiet:
        typer.echo(returns)
    for domain, number in returns.outages.items():
        complain(bounces_command.OUTAGE.format(domain, number))
    if returns.kinds[BounceKind.unknown]:
        complain(bounces_command.WAITING.format(returns.kinds[BounceKind.unknown]))
    if returns.outages or returns.kinds[BounceKind.unknown]:
        raise typer.Exit(TROUBLE)


@app.command(
    epilog=examples(
        "publisher reconcile /var/log/mail.log*",
        "ssh relay cat /var/log/mail.log | publisher reconcile -",
    )
)
def reconcile(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="The relay's log files; - for standard input."),
    ],
    project: ProjectOption = None,
) -> None:
    """Resolve uncertain deliveries from the relay's log. Exits 1 if some remain."""
    chosen = project_of(context, project)
    with chosen.database() as database, open(0, "rb", closefd=False) as stdin:
        done = reconcile_command.reconcile(chosen.settings, database, files, stdin, utc_now())
    if not (done.accepted or done.pending or done.uncertain):
        typer.echo("no delivery is uncertain")
        return
    typer.echo(
        f"{done.accepted} accepted: the relay had them; "
        f"{done.pending} pending: it did not take them; {done.uncertain} still uncertain"
    )
    if done.uncertain:
        complain(
            "these logs do not settle everything: `publisher deliveries --state uncertain` shows "
            "what is left, `publisher resolve` settles it"
        )
        raise typer.Exit(TROUBLE)
