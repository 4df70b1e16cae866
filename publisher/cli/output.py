"""How commands say what they did: plain lines, colours only on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from publisher.model import DeliveryState, Diagnostic, Level
from publisher.redaction import masked

if TYPE_CHECKING:
    from publisher.pipeline.tick import Built, Delivered, Published
    from publisher.plans.run import Mailed
    from publisher.syndication.websub import HubResult

#: Said by who comes second.
LEFT_TO_ANOTHER = "mail: another run is sending; it sends this too"
#: How many names stand in a line, and how many lines name something.
_FEW, SCREENFUL = 3, 12
#: Characters of one complaint: a value of a setting, or a file's name, may have any number.
_LONGEST = 2_000


def complain(what: object) -> None:
    """Print one line to standard error, without passwords and what could change the terminal."""
    line = masked(" ".join(str(what).split()))
    if len(line) > _LONGEST:
        line = f"{line[:_LONGEST]}…"
    line = "".join(character if character.isprintable() else "�" for character in line)
    typer.echo(f"{typer.style('publisher:', fg='red')} {line}", err=True)


def tell_built(built: Built, *, verbose: bool, quiet: bool, told: set[str] | None = None) -> None:
    """Say what a build did: remarks to standard error, the rest to standard output.

    `told` is what was said the last time of digests that are not published, and is not said again
    while it is so; it becomes what is so now.
    """
    registered = built.registered
    remarks = [
        format_diagnostic(diagnostic)
        for diagnostic in built.diagnostics
        if diagnostic.level is Level.error
        or (not quiet and (verbose or diagnostic.level is not Level.info))
    ]
    waiting = [f"{name}: {reason}" for name, reason in registered.waiting.items()]
    waiting += [
        f"{name}: still being written (digests.settle); the next run takes it"
        for name in built.restless
    ]
    if told is not None:
        before = set(told)
        told.clear()
        told.update(remarks, waiting)
        remarks = [remark for remark in remarks if remark not in before]
        waiting = [line for line in waiting if line not in before]
    for remark in remarks:
        typer.echo(remark, err=True)
    if built.adopted:
        complain(
            f"the state was lost: {format_count(built.adopted, 'issue')} known again from "
            "out/feeds/, but not who is on the list; `publisher restore` brings a backup back"
        )
    if built.unknown:
        complain(
            f"out/ has {name_few(built.unknown)}, of which the state knows nothing: an older copy "
            "was put back"
        )
    if quiet:
        return
    _tell("published", [f"{issue.slug} ({issue.headline})" for issue in registered.published])
    _tell("updated", [issue.slug for issue in registered.updated])
    _tell("withdrawn", [f"{issue.slug} ({issue.headline})" for issue in registered.withdrawn])
    _tell("draft, not published:", registered.drafts)
    _tell("waiting:", waiting)
    if verbose or registered.published or built.rendered.written:
        typer.echo(
            f"{format_count(built.rendered.issues, 'issue')} rendered, "
            f"{format_count(built.rendered.written, 'file')} written, "
            f"{built.rendered.removed} removed"
        )


def _tell(what: str, names: Iterable[str]) -> None:
    """Print a line for each name, but no more than a screenful."""
    shown = list(names)
    for name in shown[:SCREENFUL]:
        typer.echo(f"{what} {name}")
    if len(shown) > SCREENFUL:
        typer.echo(f"{what} {len(shown) - SCREENFUL} more")


def tell_attention(mailed: Mailed, told: set[str] | None = None) -> None:
    """Print what needs a person, but not what was `told` before; that becomes what is so now."""
    lines = list(mailed.attention.lines())
    for line in lines:
        if told is None or line not in told:
            complain(line)
    if told is not None:
        told.clear()
        told.update(lines)


def tell_announced(announced: HubResult, *, quiet: bool) -> None:
    """Print what the hub was told."""
    if quiet:
        return
    if announced.told:
        typer.echo(f"hub: told of {format_count(announced.told, 'feed')}")
    if announced.error:
        complain(f"hub: {announced.error}")


def tell_delivered(delivered: Delivered, *, quiet: bool) -> None:
    """Print what was sent, and why not all was."""
    if delivered.confirmed and delivered.confirmed.accepted and not quiet:
        typer.echo(f"mail: {format_count(delivered.confirmed.accepted, 'confirmation')} sent")
    for refusal in delivered.confirmed.refusals if delivered.confirmed else ():
        complain(f"mail: a confirmation was {refusal.state.value}: {refusal.words}")
    _tell_mailed(delivered.mailed, quiet=quiet)


def tell_planned(mailed: Mailed) -> None:
    """Print for how many people each issue that was planned is."""
    for slug, size in mailed.planned.items():
        if size:
            typer.echo(f"mail: issue {slug} is for {format_count(size, 'subscriber')}")


def tell_late(published: Published, *, quiet: bool) -> None:
    """Print which new issues are not mailed; with `quiet` only those whose digests have no dates.

    Those were meant to be mailed, for all that their editor can see.
    """
    overdue = published.built.registered.overdue.keys()
    _tell_unmailed({slug: due for slug, due in published.late.items() if slug in overdue})
    if not quiet:
        _tell_unmailed({slug: due for slug, due in published.late.items() if slug not in overdue})


def _tell_unmailed(late: Mapping[str, datetime]) -> None:
    if len(late) == 1:
        [(slug, due)] = late.items()
        complain(
            f"published, not mailed: {slug} was due {due:%Y-%m-%d %H:%M %Z}, more than "
            f"mail.max_lateness ago; `publisher plan --late {slug}` mails it"
        )
    elif late:
        complain(
            f"published, not mailed: {len(late)} issues were due more than mail.max_lateness ago "
            f"({name_few(list(late))}); `publisher plan --late ISSUE` mails one"
        )


def _tell_mailed(mailed: Mailed, *, quiet: bool) -> None:
    from publisher.plans.run import uncertain_line  # noqa: PLC0415  (15 ms `build` need not wait)

    if not quiet:
        tell_planned(mailed)
        parts = [
            f"{mailed.tally[state]} {state.value}" for state in DeliveryState if mailed.tally[state]
        ]
        if parts:
            typer.echo(f"mail: {', '.join(parts)}")
        if mailed.is_left_to_another:
            typer.echo(LEFT_TO_ANOTHER)
        tell_quiet(mailed.quiet_until)
    for name, digest in mailed.redated.items():
        complain(
            f"mail of {name} was planned over 24 hours ago and never begun, so its Date header is "
            f"now today's; approve it again: publisher apply {digest[:12]}"
        )
    if mailed.trouble and mailed.trouble not in mailed.attention.held.values():
        complain(f"mail: {mailed.trouble}")
    if mailed.left:
        complain(
            f"mail: told to stop with {format_count(mailed.left, 'mail')} left to send; the next "
            "run sends them"
        )
    if mailed.uncertain:
        complain(
            f"mail: {uncertain_line(mailed.uncertain)}: nobody knows whether the relay has the "
            "mail; `publisher status` names the issues, `publisher resolve` settles them"
        )


def tell_quiet(until: datetime | None) -> None:
    """Say that mail waits for the end of quiet hours, if it does."""
    if until:
        typer.echo(f"mail: quiet hours; what is left goes out after {until:%H:%M %Z}")


def tell_dry_run() -> None:
    """Print that nothing was changed: the lines before are what would be done."""
    typer.echo("dry run: nothing was written; leave out --dry-run to do it")


def name_few(names: Sequence[str]) -> str:
    """Return the first few names in a line."""
    return ", ".join(names[:_FEW]) + ("…" if len(names) > _FEW else "")


def print_json(value: object) -> None:
    """Print a value that is made of dictionaries, lists, texts and numbers, for --format json."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def format_count(number: int, thing: str, things: str = "") -> str:
    """Return a number of things in words."""
    return f"{number} {thing}" if number == 1 else f"{number} {things or f'{thing}s'}"


def format_diagnostic(diagnostic: Diagnostic) -> str:
    """Return a diagnostic as a line, with its level in colour; typer removes that off terminals."""
    colour = {Level.error: "red", Level.warning: "yellow", Level.info: "blue"}[diagnostic.level]
    level = f"{diagnostic.level.value}:"
    return str(diagnostic).replace(level, typer.style(level, fg=colour), 1)


def diagnostic_as_dict(diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic for JSON."""
    return {
        "file": diagnostic.file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "level": diagnostic.level.value,
        "code": diagnostic.code,
        "message": diagnostic.message,
    }
