"""The commands that keep the state safe: backup, restore, accept-restore."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from publisher.app import STATE, utc_now
from publisher.cli.help import join_examples
from publisher.cli.options import (
    DryRunOption,
    ProjectOption,
    YesOption,
    confirm,
    is_asked,
    open_project,
)
from publisher.cli.output import SCREENFUL, format_count, tell_dry_run
from publisher.commands import backup as backup_command
from publisher.local_time import local_time
from publisher.plans import restore_hold
from publisher.sources import scan
from publisher.storage.database import UnusableStateError
from publisher.storage.lock import Work

app = typer.Typer()

BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup's file.")]


@app.command(epilog=join_examples("publisher backup backup.db"))
def backup(context: typer.Context, file: BackupFile, project: ProjectOption = None) -> None:
    """Back up the state to FILE, even while other commands run."""
    with open_project(context, project).database() as database:
        backup_command.backup(database, file, utc_now())
    typer.echo(f"wrote {file}; it holds addresses, keep it where only you can read it")


@app.command(epilog=join_examples("publisher restore backup.db"))
def restore(
    context: typer.Context,
    file: BackupFile,
    *,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    project: ProjectOption = None,
) -> None:
    """Restore the state from FILE; asks before it replaces one. Mail waits for `accept-restore`."""
    chosen, now = open_project(context, project), utc_now()
    folder, zone = chosen.settings.project / STATE, chosen.settings.schedule.timezone
    if dry_run:
        contents = backup_command.read_contents(file, folder)
        typer.echo(
            f"{file} is of {local_time(contents.copied, zone)}: "
            f"{format_count(contents.issues, 'issue')}, "
            f"{format_count(contents.subscribers, 'subscriber')}"
        )
        tell_dry_run()
        return
    if is_asked(yes=yes):
        with chosen.locked() as database:
            is_replaced = backup_command.is_replaced(database)
        if is_replaced:
            confirm(f"{file} replaces the state, which is kept in {folder}. Restore it?")
    aside = folder / f"before-restore-{now:%Y%m%dT%H%M%SZ}.db"
    with chosen.locked(*Work) as database:
        with suppress(UnusableStateError):  # what a restore replaces
            database.migrate()
            chosen.claim(database)
        kept = backup_command.restore(database, file, aside, now)
        chosen.claim(database)
    if kept:
        typer.echo(f"kept what was there as {kept}")
    typer.echo(f"restored {file}; no mail is sent until you run: publisher accept-restore")


@app.command("accept-restore", epilog=join_examples("publisher accept-restore"))
def accept_restore(
    context: typer.Context,
    *,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    project: ProjectOption = None,
) -> None:
    """Allow a restored state to send mail again; asks first."""
    chosen = open_project(context, project)
    if not dry_run and is_asked(yes=yes):
        confirm("The next run sends mail again, to everybody on the list. Go on?")
    with chosen.alone(*Work) as database:
        with database.write(dry_run=dry_run) as connection:
            if restore_hold.accept_lost_list(connection):
                typer.echo(
                    "the list starts empty: issues that waited for its readers are mailed to nobody"
                )
        slugs = scan.digest_slugs(chosen.settings.digests.dir)
        accepted = restore_hold.accept_restore(database, slugs, utc_now(), dry_run=dry_run)
    if accepted is None:
        typer.echo(
            "nothing is held: the state is not restored from a backup, or was accepted before"
        )
        if dry_run:
            tell_dry_run()
        return
    zone = chosen.settings.schedule.timezone
    typer.echo(f"mail is sent again; the state is of {local_time(accepted.copied, zone)}")
    for slug, number in accepted.uncertain.items():
        typer.echo(
            f"mail of {slug}: {number} may have been sent after the backup; held until "
            f"`publisher resolve {slug} --uncertain resend` or `accept`"
        )
    for slug in accepted.doubtful[:SCREENFUL]:
        typer.echo(f"{slug} may have been mailed after the backup: its mail will be held, too")
    if more := len(accepted.doubtful[SCREENFUL:]):
        typer.echo(f"{more} more may have been mailed after it: their mail will be held, too")
    typer.echo(
        "who unsubscribed after the backup is on the list again: remove them before the next run"
    )
    if dry_run:
        tell_dry_run()
