"""The commands that read what the world says of mails: bounces, reconcile."""

from __future__ import annotations

from typing import Annotated

import typer

from publisher import factories, mail_factories
from publisher.app import utc_now
from publisher.cli.help import join_examples
from publisher.cli.options import (
    TROUBLE,
    DryRunOption,
    ProjectOption,
    QuietOption,
    open_project,
)
from publisher.cli.output import complain, tell_dry_run
from publisher.commands import bounces as bounces_command
from publisher.commands import reconcile as reconcile_command
from publisher.errors import PublisherError
from publisher.storage.bounces import BounceKind

app = typer.Typer()


@app.command(epilog=join_examples("publisher bounces", "publisher bounces /var/mail/bounces"))
def bounces(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE", help="A Maildir, an mbox file or imaps://… Default: mail.bounces."
        ),
    ] = None,
    *,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
    quiet: QuietOption = False,
) -> None:
    """Process bounces, complaints and unsubscribe mail. Exits 1 if one needs attention."""
    chosen = open_project(context, project)
    chosen.start_log()
    counts = bounces_command.BounceCounts()
    try:
        with chosen.database() as database:
            keys = mail_factories.token_keys(chosen.settings, database)
            reader = bounces_command.make_reader(chosen.settings, database, keys, utc_now)
            access = factories.access(chosen.settings)
            mails = bounces_command.find_mails(chosen.settings, source, access)
            bounces_command.read_bounces(reader, mails, counts, dry_run=dry_run)
    except PublisherError:
        if counts.kinds and not quiet:
            typer.echo(counts)
        raise
    for line in counts.changes() if dry_run else ():
        typer.echo(line)
    if not quiet:
        typer.echo(counts)
    for domain, number in counts.outages.items():
        complain(bounces_command.OUTAGE.format(domain, number))
    unknown = counts.kinds[BounceKind.unknown]
    if unknown:
        words = bounces_command.WOULD_WAIT if dry_run else bounces_command.WAITING
        complain(words.format(unknown))
    if dry_run:
        tell_dry_run()
    if counts.outages or unknown:
        raise typer.Exit(TROUBLE)


@app.command(
    epilog=join_examples(
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
    *,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
) -> None:
    """Resolve uncertain deliveries from the relay's log. Exits 1 if some remain."""
    chosen = open_project(context, project)
    with chosen.database() as database, open(0, "rb", closefd=False) as stdin:
        outcome = reconcile_command.reconcile(
            chosen.settings, database, files, stdin, utc_now(), dry_run=dry_run
        )
    if outcome.accepted or outcome.pending or outcome.uncertain:
        typer.echo(
            f"{outcome.accepted} accepted: the relay had them; "
            f"{outcome.pending} pending: it did not take them; "
            f"{outcome.uncertain} still uncertain"
        )
    else:
        typer.echo("no delivery is uncertain")
    if dry_run:
        tell_dry_run()
    if outcome.uncertain:
        complain(
            "these logs do not settle everything: `publisher deliveries --state uncertain` shows "
            "what is left, `publisher resolve` settles it"
        )
        raise typer.Exit(TROUBLE)
