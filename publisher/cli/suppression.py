"""The commands about suppressed addresses: suppress, unsuppress."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Annotated

import typer

from publisher.app import utc_now
from publisher.cli.help import join_examples
from publisher.cli.options import (
    DryRunOption,
    Format,
    FormatOption,
    ProjectOption,
    open_list,
    open_project,
)
from publisher.cli.output import format_count, print_json, tell_dry_run
from publisher.errors import InputError
from publisher.local_time import local_time
from publisher.storage.subscribers import Suppression
from publisher.subscribers import suppression

app = typer.Typer()

_IN_REASON = "Only addresses with this text in the reason or the evidence."
SinceOption = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Only addresses suppressed since that day or time."),
]


@app.command(
    epilog=join_examples(
        'publisher suppress ann@example.org --reason "asked by phone"',
        "publisher suppress --list --since 2026-11-20",
    )
)
def suppress(
    context: typer.Context,
    address: Annotated[
        str | None, typer.Argument(metavar="ADDR", help="An e-mail address.")
    ] = None,
    *,
    reason: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=f"The reason to record. With --list: {_IN_REASON[0].lower()}{_IN_REASON[1:]}",
        ),
    ] = "",
    listed: Annotated[
        bool, typer.Option("--list", help="List suppressed addresses instead.")
    ] = False,
    since: SinceOption = None,
    lift: Annotated[bool, typer.Option("--lift", help="The same as `unsuppress ADDR`.")] = False,
    project: ProjectOption = None,
    output: FormatOption = Format.text,
) -> None:
    """Suppress an address: never mail it again, whatever an import or a form says."""
    if listed == bool(address) or (lift and listed) or (since and not listed):
        raise InputError("suppress: name one address, or use --list; --since is for --list only")
    chosen = open_project(context, project)
    zone = chosen.settings.schedule.timezone
    with open_list(chosen) as (database, keys):
        if listed:
            rows = suppression.list_suppressions(
                database, since=_moment(since, zone), reason=reason
            )
            _print_suppressions(rows, output, zone)
        elif address and lift:
            typer.echo(_lifted(address, suppression.lift_suppression(database, keys, address)))
        elif address:
            fresh = suppression.suppress_address(
                database, keys, address, reason=reason, now=utc_now()
            )
            what = "suppressed: never mailed again" if fresh else "suppressed already"
            typer.echo(f"{address}: {what}")


@app.command(
    epilog=join_examples(
        "publisher unsuppress ann@example.org",
        'publisher unsuppress --since 2026-11-20 --reason "relay"   # after an outage',
    )
)
def unsuppress(
    context: typer.Context,
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="ADDR", help="E-mail addresses.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help=_IN_REASON)] = "",
    since: SinceOption = None,
    *,
    dry_run: DryRunOption = False,
    project: ProjectOption = None,
) -> None:
    """Remove addresses from the suppression list: those named, or those that bounces added."""
    if bool(addresses) == bool(since or reason):
        raise InputError(
            "unsuppress: name addresses, or choose them with --since, --reason or both"
        )
    chosen = open_project(context, project)
    with open_list(chosen) as (database, keys):
        for address in addresses or ():
            status = suppression.lift_suppression(database, keys, address, dry_run=dry_run)
            typer.echo(_lifted(address, status))
        if not addresses:
            number = suppression.lift_suppressions(
                database,
                since=_moment(since, chosen.settings.schedule.timezone),
                reason=reason,
                dry_run=dry_run,
            )
            typer.echo(f"{format_count(number, 'address', 'addresses')} no longer suppressed")
    if dry_run:
        tell_dry_run()


def _moment(text: str | None, zone: tzinfo) -> datetime | None:
    """Read a day, or a time, in the zone unless it has an offset. Raises InputError."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f'--since: expected a date like 2026-11-20 or 2026-11-20T08:00, not "{text}"'
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC)


def _lifted(address: str, status: str | None) -> str:
    if status is None:
        return f"{address}: was not suppressed"
    return (
        f"{address}: no longer suppressed; {f'status: {status}' if status else 'not on the list'}"
    )


def suppression_as_dict(row: Suppression) -> dict[str, str]:
    """Return a suppression for JSON; its time is ISO 8601."""
    return {
        "address": row.address,
        "reason": row.reason,
        "since": row.since.isoformat(),
        "evidence": row.evidence,
    }


def _print_suppressions(rows: list[Suppression], output: Format, zone: tzinfo) -> None:
    if output is Format.json:
        print_json([suppression_as_dict(row) for row in rows])
        return
    for row in rows:
        evidence = f"  {row.evidence}" if row.evidence else ""
        since = local_time(row.since, zone)
        typer.echo(f"{since}  {row.address or '-'}  {row.reason}{evidence}")
