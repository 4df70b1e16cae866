"""The commands about sends: plan, apply, pause, resume, cancel, deliveries."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from publisher.app import App, utc_now
from publisher.cli.help import join_examples
from publisher.cli.options import (
    TROUBLE,
    DryRunOption,
    MailArgument,
    NowOption,
    ProjectOption,
    YesOption,
    confirm,
    is_asked,
    open_project,
    parse_now,
    stop_on_signals,
)
from publisher.cli.output import LEFT_TO_ANOTHER, format_count, print_json, tell_dry_run, tell_quiet
from publisher.cli.progress import show_progress
from publisher.errors import InputError
from publisher.model import DeliveryState

app = typer.Typer()

#: So much of a hash names a plan where people look at it.
_SHOWN = 12
_STATES = ", ".join(state.value for state in DeliveryState)


class Ledger(StrEnum):
    """What `deliveries` prints."""

    text = "text"
    json = "json"
    csv = "csv"


@app.command(
    epilog=join_examples(
        "publisher plan 003", "publisher plan --late   # mail issues whose digests came too late"
    )
)
def plan(
    context: typer.Context,
    issue: Annotated[
        str | None,
        typer.Argument(metavar="ISSUE", help="An issue's name in its address, such as 003."),
    ] = None,
    project: ProjectOption = None,
    now: NowOption = None,
    sign: Annotated[
        bool, typer.Option("--sign", help="Sign all copies now, so that sending is faster.")
    ] = False,
    late: Annotated[
        bool,
        typer.Option(
            "--late",
            help="Mail what mail.max_lateness kept back, with the next run: ISSUE, or all issues "
            "whose digests came too late.",
        ),
    ] = False,
) -> None:
    """Prepare an issue's mail and its recipients for review. Send nothing yet."""
    chosen = open_project(context, project)
    if late:
        if sign:
            raise InputError("--late freezes nothing that --sign could sign; leave one out")
        _plan_late(chosen, issue, parse_now(now) or utc_now())
        return
    if issue is None:
        raise InputError("name the issue: publisher plan ISSUE (or --late)")
    frozen = chosen.plan(issue, parse_now(now) or utc_now(), sign=sign)
    for diagnostic in frozen.checks:
        typer.echo(diagnostic, err=True)
    for language, readers, subject, size in frozen.letters:
        typer.echo(
            f"{format_count(readers, 'reader')}, {language or 'all languages'}: {subject} "
            f"({size:,} bytes)"
        )
    if sign:
        typer.echo(f"signed {format_count(frozen.signed, 'mail')}")
    typer.echo(f"plan {frozen.hash}")
    typer.echo(
        f"{format_count(frozen.readers, 'reader')}; "
        f"send exactly this: publisher apply {frozen.hash[:_SHOWN]}"
    )


def _plan_late(chosen: App, issue: str | None, now: datetime) -> None:
    from publisher.plans import overdue  # noqa: PLC0415  (as above)

    with chosen.database() as database:
        slugs = overdue.make_late_due(chosen.settings, database, issue, now)
    for slug in slugs:
        typer.echo(f"mail of {slug} is due now: the next publisher run plans and sends it")
    if not slugs:
        typer.echo("no digest came too late to be mailed")


@app.command(epilog=join_examples("publisher apply 3f9c2a7d81b0"))
def apply(
    context: typer.Context,
    plan: Annotated[
        str,
        typer.Argument(
            metavar="PLAN", help="The hash that `publisher plan` printed, or its beginning."
        ),
    ],
    project: ProjectOption = None,
) -> None:
    """Send a plan exactly as it was reviewed, or continue sending it."""
    stop = stop_on_signals()
    with show_progress(quiet=False) as tell:
        chosen = open_project(context, project)
        chosen.start_log()
        tally, is_left_to_another = chosen.apply(plan, stop.is_set, tell)
    if is_left_to_another:
        typer.echo(LEFT_TO_ANOTHER)
        return
    parts = [f"{tally[state]} {state.value}" for state in DeliveryState if tally[state]]
    typer.echo(f"mail: {', '.join(parts) or 'nothing to send now'}")
    tell_quiet(chosen.quiet_until())
    if tally[DeliveryState.uncertain]:
        raise typer.Exit(TROUBLE)


@app.command(epilog=join_examples("publisher pause 003"))
def pause(
    context: typer.Context,
    issue: MailArgument,
    project: ProjectOption = None,
) -> None:
    """Pause sending an issue, even mid-send."""
    from publisher.plans import control  # noqa: PLC0415  (as above)

    with open_project(context, project).database() as database:
        control.pause_plan(database, issue)
    typer.echo(f"mail of {issue} is paused; go on with: publisher resume {issue}")


@app.command(epilog=join_examples("publisher resume 003"))
def resume(
    context: typer.Context,
    issue: MailArgument,
    project: ProjectOption = None,
) -> None:
    """Resume a paused issue with the next run."""
    from publisher.plans import control  # noqa: PLC0415  (as above)

    with open_project(context, project).database() as database:
        waits = control.resume_plan(database, issue)
    if waits:
        typer.echo(f"mail of {issue} still waits for: publisher apply {waits[:_SHOWN]}")
    else:
        typer.echo(f"mail of {issue} goes on with the next run")


@app.command(epilog=join_examples("publisher cancel 003"))
def cancel(
    context: typer.Context,
    issue: MailArgument,
    *,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    project: ProjectOption = None,
) -> None:
    """Stop this mail permanently. Cannot be undone; asks first."""
    from publisher.plans import control  # noqa: PLC0415  (as above)

    with open_project(context, project).database() as database:
        if not dry_run and is_asked(yes=yes):
            number = control.cancel_plan(database, issue, utc_now(), dry_run=True).without
            confirm(
                f"{format_count(number, 'reader')} will never get the mail of {issue}. Cancel it?"
            )
        cancelled = control.cancel_plan(database, issue, utc_now(), dry_run=dry_run)
    typer.echo(
        f"mail of {issue} is cancelled: {format_count(cancelled.without, 'reader')} will not get it"
    )
    if cancelled.unknown:
        typer.echo(
            f"of {format_count(cancelled.unknown, 'reader')} it is not known: publisher status"
        )
    if dry_run:
        tell_dry_run()


class Refused(StrEnum):
    """Whom `resend` sends an issue to again."""

    rejected = "rejected"
    failed = "failed"


@app.command(epilog=join_examples("publisher resend 003 --to rejected"))
def resend(
    context: typer.Context,
    issue: MailArgument,
    to: Annotated[
        Refused,
        typer.Option(
            metavar="rejected|failed",
            help="Refused deliveries only, or also those that were deferred for too long.",
        ),
    ],
    *,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
) -> None:
    """Send an issue again, with the next run, to readers who did not get it."""
    from publisher.plans import run  # noqa: PLC0415  (as above)

    chosen = open_project(context, project)
    with chosen.database() as database:
        number = run.resend_issue(
            database, issue, utc_now(), given_up=to is Refused.failed, dry_run=dry_run
        )
    typer.echo(f"mail of {issue} goes to {format_count(number, 'reader')} again with the next run")
    if dry_run:
        tell_dry_run()


@app.command(
    epilog=join_examples(
        "publisher deliveries 003 --state rejected --state deferred",
        "publisher deliveries --format csv > deliveries.csv",
    )
)
def deliveries(
    context: typer.Context,
    issue: Annotated[
        str | None,
        typer.Argument(
            metavar="ISSUE",
            help="An issue, such as 003, or a mail of several, such as weekly.2026-11-23.",
        ),
    ] = None,
    project: ProjectOption = None,
    state: Annotated[
        list[DeliveryState] | None,
        typer.Option(
            metavar="STATE",
            help=f"Only those in this state: {_STATES}. Repeatable.",
        ),
    ] = None,
    output: Annotated[
        Ledger, typer.Option("--format", metavar="text|json|csv", help="Output format.")
    ] = Ledger.text,
) -> None:
    """List deliveries: who got which issue, who did not, and why."""
    from publisher.commands import deliveries as deliveries_command  # noqa: PLC0415
    from publisher.subscribers.csv_safe import write_row  # noqa: PLC0415  (as above)

    chosen = open_project(context, project)
    with chosen.database() as database:
        entries = deliveries_command.list_deliveries(chosen.settings, database, issue, state or ())
        if output is Ledger.json:
            print_json([entry.as_dict() for entry in entries])
        elif output is Ledger.csv:
            write_row(sys.stdout, deliveries_command.Entry.COLUMNS)
            for entry in entries:
                write_row(sys.stdout, entry.cells().values())
        else:
            for entry in entries:
                parts = (entry.issue, entry.address, entry.message_id, entry.reply)
                typer.echo(f"{entry.state:<11}{'  '.join(filter(None, parts))}")
