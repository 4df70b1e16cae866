"""The commands about mail: preview, test-send, resolve."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from publisher.app import utc_now
from publisher.cli.help import join_examples
from publisher.cli.options import (
    TROUBLE,
    DryRunOption,
    IssueArgument,
    MailArgument,
    ProjectOption,
    YesOption,
    confirm,
    is_asked,
    open_project,
)
from publisher.cli.output import complain, tell_dry_run
from publisher.errors import InputError, RelayError
from publisher.mail.transport import Outcome, Reply
from publisher.model import DeliveryState
from publisher.plans import run

app = typer.Typer()


class Decision(StrEnum):
    """What to do about deliveries whose outcome nobody knows."""

    resend = "resend"
    accept = "accept"


#: What is asked before a decision, which cannot be taken back.
_RESOLVES = {
    Decision.resend: (
        "Uncertain deliveries of {issue}: {number}. Who has the mail already gets it twice. "
        "Send them again?"
    ),
    Decision.accept: (
        "Uncertain deliveries of {issue}: {number}. Who does not have the mail never gets it. "
        "Take them for sent?"
    ),
}


class Acceptance(StrEnum):
    """What to do about an issue that most of its readers did not get, besides `resend`."""

    accept = "accept"


@app.command("test-send", epilog=join_examples("publisher test-send 003 --to you@example.org"))
def send_test(
    context: typer.Context,
    issue: IssueArgument,
    to: Annotated[str, typer.Option("--to", metavar="ADDR", help="The recipient's address.")],
    project: ProjectOption = None,
) -> None:
    """Send one copy of an issue's mail to one address, through each relay."""
    chosen = open_project(context, project)
    with chosen.database() as database:
        answers = list(chosen.test_send(database, issue, to, utc_now()))
    for place, answer in answers:
        if isinstance(answer, RelayError):
            complain(answer)
        else:
            typer.echo(f"{place}: {answer.outcome.value}: {answer.words}")
    if not all(
        isinstance(answer, Reply) and answer.outcome is Outcome.accepted for _, answer in answers
    ):
        raise typer.Exit(TROUBLE)


@app.command(epilog=join_examples("publisher preview", "publisher preview --port 9000"))
def preview(
    context: typer.Context,
    project: ProjectOption = None,
    port: Annotated[
        int,
        typer.Option(
            metavar="PORT", min=1, max=65535, help="The port to listen on, on this machine only."
        ),
    ] = 8001,
) -> None:
    """Show the mail of issues in a browser, as it would be sent now."""
    chosen = open_project(context, project)
    typer.echo(f"Look at http://127.0.0.1:{port}/; Ctrl-C ends it")
    chosen.preview(port)


@app.command(
    epilog=join_examples(
        "publisher resolve 003 --uncertain accept   # treat these as sent",
        "publisher resolve 003 --rejected accept    # do not send those again",
    )
)
def resolve(
    context: typer.Context,
    issue: MailArgument,
    uncertain: Annotated[
        Decision | None,
        typer.Option(
            metavar="resend|accept", help="Send uncertain deliveries again, or treat them as sent."
        ),
    ] = None,
    rejected: Annotated[
        Acceptance | None,
        typer.Option(
            metavar="accept", help="Do not send the issue to those whose copies were refused."
        ),
    ] = None,
    *,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    project: ProjectOption = None,
) -> None:
    """Decide on uncertain deliveries (asks first), or on an issue that most did not get."""
    if uncertain is None and rejected is None:
        raise InputError(
            "say what to settle: --uncertain resend, --uncertain accept, or --rejected accept"
        )
    with open_project(context, project).database() as database:
        if uncertain is not None:
            resends = uncertain is Decision.resend
            state = DeliveryState.pending if resends else DeliveryState.accepted
            if not dry_run and is_asked(yes=yes):
                number = run.resolve_uncertain(database, issue, state, utc_now(), dry_run=True)
                confirm(_RESOLVES[uncertain].format(number=number, issue=issue))
            number = run.resolve_uncertain(database, issue, state, utc_now(), dry_run=dry_run)
            if number:
                are = "delivery is" if number == 1 else "deliveries are"
                typer.echo(f"{number} {are} {state.value} now")
            else:
                typer.echo(f"no delivery of {issue} is uncertain")
        if rejected is not None:
            run.accept_rejections(database, issue, dry_run=dry_run)
            typer.echo(f"the mail of {issue} stays as it is")
    if dry_run:
        tell_dry_run()
