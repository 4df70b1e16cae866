"""The command that looks after what the world has to know of a sender: doctor."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Annotated

import typer

from publisher import mail_factories
from publisher.app import utc_now
from publisher.cli.help import join_examples
from publisher.cli.options import TROUBLE, Format, FormatOption, ProjectOption, open_project
from publisher.cli.output import print_json

app = typer.Typer()


@app.command(epilog=join_examples("publisher doctor", "publisher doctor --dkim-keygen"))
def doctor(
    context: typer.Context,
    project: ProjectOption = None,
    output: FormatOption = Format.text,
    sends_from: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS", help="The IP address your mail leaves from, if not the relay's."
        ),
    ] = None,
    dns: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Query this DNS server instead of the system's.")
    ] = "",
    dkim_keygen: Annotated[
        bool, typer.Option("--dkim-keygen", help="Generate DKIM keys and print what to publish.")
    ] = False,
) -> None:
    """Check the mail setup: DNS, TLS, DKIM, relay. Exits 1 if receivers may refuse mail."""
    from publisher.commands import doctor as doctor_command  # noqa: PLC0415  (200 ms that cron need not wait)

    chosen = open_project(context, project)
    settings = chosen.settings
    if dkim_keygen:
        for line in doctor_command.make_keys(settings, f"p{utc_now():%Y%m}"):
            typer.echo(line)
        return
    findings = []
    examined = doctor_command.examine_newsletter(
        settings,
        partial(mail_factories.route, settings),
        now=utc_now(),
        dns=dns,
        sends_from=sends_from or (),
    )
    for finding in chain(doctor_command.find_exposed_files(chosen.secret_files()), examined):
        findings.append(finding)
        if output is Format.text:  # at once: all of it may take a minute
            colour = {"ok": "green", "advice": "yellow", "problem": "red"}[finding.level.value]
            level = typer.style(f"{finding.level.value:<8}", fg=colour)
            typer.echo(f"{level} {finding.topic}: {finding.what}")
            if finding.do:
                typer.echo(f"         {finding.do}")
    if output is Format.json:
        print_json([finding.as_dict() for finding in findings])
    if any(finding.level is doctor_command.Level.problem for finding in findings):
        raise typer.Exit(TROUBLE)
