"""The commands: parse, call, print, exit code. Nothing else."""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Iterable
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer

from publisher import __version__
from publisher.cli.help import Group, join_examples, use_plain_help
from publisher.cli.options import TROUBLE, ProjectOption
from publisher.cli.output import complain
from publisher.errors import BusyError, InputError, OutputError, PublisherError
from publisher.event_log import log_error
from publisher.redaction import masked

_LOG = logging.getLogger(__name__)
#: What click raises for a command line it cannot use; newer Typers carry a copy of click.
_UsageError: type[Exception] = next(
    (kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError"),
    typer.BadParameter,
)
#: A wrong command line; another run holds the lock (sysexits.h EX_TEMPFAIL).
_USAGE, _BUSY = 2, 75

#: Bytes of the command line that are not UTF-8.
_NO_TEXT = re.compile(r"[\ud800-\udfff]")

#: The commands, in the order of --help, by the module they are in.
COMMANDS = {
    "build": ("init", "build", "run", "watch", "check", "status"),
    "plans": ("plan", "apply", "pause", "resume", "cancel", "resend", "deliveries"),
    "mail": ("test-send", "preview", "resolve"),
    "bounces": ("bounces", "reconcile"),
    "suppression": ("suppress", "unsuppress"),
    "subscribers": ("subscribers",),
    "doctor": ("doctor",),
    "backup": ("backup", "restore", "accept-restore"),
    "serve": ("serve",),
    "docs": ("docs",),
}
#: The group that a module's commands are in, in --help.
_GROUPS = {
    "build": "Publish",
    "plans": "Mail",
    "mail": "Mail",
    "bounces": "Mail",
    "suppression": "Subscribers",
    "subscribers": "Subscribers",
    "doctor": "Operate",
    "backup": "Operate",
    "serve": "Operate",
    "docs": "Operate",
}
_FIRST_STEPS = join_examples(
    "publisher init news && cd news   # make a newsletter",
    "publisher build                  # after you have put digests into seeds/",
)


class _Root(Group):
    """All commands, and what stands before them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  (click's, in Typer)
        """Read the options; --install-completion does its work here. Raises OutputError."""
        try:
            return super().parse_args(ctx, args)
        except (OSError, UnicodeError) as error:  # of the shell's own settings
            file = getattr(error, "filename", None) or "the shell's settings"
            why = getattr(error, "strerror", None) or str(error)
            raise OutputError(
                f"--install-completion: {file}: cannot be changed: {why}; "
                "`publisher --show-completion` prints what to add by hand"
            ) from None


def make_app(words: Iterable[str]) -> typer.Typer:
    """Return the commands that these words may name; all of them when they name none.

    Importing all takes 25 ms that `build` need not wait. Nor need it wait for
    what completes commands in a shell: the shell gives the words in a variable.
    """
    given = set(words)
    named = [module for module, commands in COMMANDS.items() if given.intersection(commands)]
    app = typer.Typer(
        cls=_Root,
        help="A folder of digest files becomes feeds, a web archive and e-mail.",
        epilog=_FIRST_STEPS,
        add_completion=not named,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(root)
    for module in named or COMMANDS:
        commands: typer.Typer = import_module(f"{__name__}.{module}").app
        for command in commands.registered_commands:
            command.rich_help_panel = _GROUPS[module]
        for group in commands.registered_groups:
            group.rich_help_panel = _GROUPS[module]
        use_plain_help(commands)
        app.add_typer(commands)
    return app


def main() -> None:
    """Run the command line; every error a user can cause is one line and an exit code."""
    verbose = any(argument in ("--verbose", "-v") for argument in sys.argv[1:])
    quiet = any(argument in ("--quiet", "-q") for argument in sys.argv[1:])
    if isinstance(sys.stdout, TextIOWrapper):  # a name of a file may be no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _check_words(sys.argv[1:])
        app = make_app(sys.argv[1:])
        sys.exit(app(prog_name="publisher", standalone_mode=False))
    except BusyError as error:
        if not quiet:  # cron would mail it, every few minutes while a long send goes on
            complain(error)
        sys.exit(_BUSY)
    except PublisherError as error:
        log_error(_LOG, "command failed", error)
        complain(error)
        sys.exit(TROUBLE)
    except BrokenPipeError:  # `publisher … | head` has seen enough
        sys.stderr.close()
        sys.exit(TROUBLE)
    except Exception as error:  # noqa: BLE001  (the last line of defence against a traceback)
        if isinstance(error, _UsageError):
            _complain_of_usage(error)
            sys.exit(_USAGE)
        log_error(_LOG, "command failed", error)
        if verbose:
            typer.echo(masked(traceback.format_exc()), err=True, nl=False)
        kind = type(error).__name__
        complain(f"internal error, please report it (--verbose shows more): {kind}: {error}")
        sys.exit(TROUBLE)


def _check_words(words: Iterable[str]) -> None:
    """Refuse a word that is not text, but for the name of what is there: it has what bytes it has.

    Raises InputError.
    """
    for word in words:
        if _NO_TEXT.search(word) and not os.path.lexists(word):
            shown = word.encode("utf-8", "backslashreplace").decode()
            raise InputError(f"{shown}: is not text in UTF-8, nor the name of a file")


def _complain_of_usage(error: Any) -> None:  # noqa: ANN401  (click's, whoever carries it)
    what = error.format_message().rstrip(".").replace("Value error, ", "")
    command = error.ctx.command_path if error.ctx else "publisher"
    complain(f"{what}; `{command} --help` says more")


def root(
    context: typer.Context,
    project: ProjectOption = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Take what stands before the command."""
    context.obj = project
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(_USAGE)
