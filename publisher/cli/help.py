"""What --help prints: plain text, and examples of each command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

#: The exit code where no command is named.
_USAGE = 2
#: Where a group's commands stand that are in no group of their own.
_COMMANDS = "Commands"


class Command(TyperCommand):
    """A command, whose help shows no names of Python's types."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  (click's, in Typer)
        """Write the help."""
        _write(self, ctx, formatter)


class Group(TyperGroup):
    """A group of commands, with help of the same form, which is shown if no command is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  (as above)
        """Read the options that stand before a command."""
        # Typer's own `no_args_is_help` makes an error of it, and its text would be one line.
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit(_USAGE)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  (as above)
        """Write the help."""
        _write(self, ctx, formatter)


def use_plain_help(app: typer.Typer) -> None:
    """Put this help in place of that of all commands of an app."""
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        group.cls = Group
        if group.typer_instance:
            use_plain_help(group.typer_instance)


def join_examples(*lines: str) -> str:
    """Return the end of a command's help: command lines to copy."""
    return "\n".join(lines)


def _write(command: TyperCommand | TyperGroup, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
    params = command.get_params(ctx)
    arguments = [param for param in params if isinstance(param, TyperArgument)]
    options = [param for param in params if isinstance(param, TyperOption)]
    usage = ["[OPTIONS]", *map(_in_usage, arguments)]
    if isinstance(command, TyperGroup):
        usage += ["COMMAND", "[ARGUMENTS]..."]
    formatter.write_usage(ctx.command_path, " ".join(usage))
    formatter.write_paragraph()
    formatter.write_text(command.help or "")
    _write_rows(formatter, "Arguments", [(_name(param), param.help or "") for param in arguments])
    for title, rows in _commands(command, ctx).items():
        _write_rows(formatter, title, rows)
    _write_rows(formatter, "Options", [(_names(param), _described(param)) for param in options])
    if command.epilog:
        with formatter.section("Examples"):
            for line in command.epilog.splitlines():  # not wrapped: they are to be copied
                formatter.write(f"  {line}\n")


def _write_rows(formatter: Any, title: str, rows: Sequence[tuple[str, str]]) -> None:  # noqa: ANN401
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _commands(command: TyperCommand | TyperGroup, ctx: Any) -> dict[str, list[tuple[str, str]]]:  # noqa: ANN401
    """Return the names of a group's commands with what each does, by the group they are in."""
    titles: dict[str, list[tuple[str, str]]] = {}
    if isinstance(command, TyperGroup):
        for name in command.list_commands(ctx):
            below = command.commands[name]
            title = getattr(below, "rich_help_panel", None) or _COMMANDS
            titles.setdefault(title, []).append((name, below.help or ""))
    return titles


def _name(param: TyperArgument) -> str:
    return param.metavar or (param.name or "").upper()


def _in_usage(param: TyperArgument) -> str:
    name = _name(param) if param.required else f"[{_name(param)}]"
    return name if param.nargs == 1 else f"{name}..."


def _names(param: TyperOption) -> str:
    """Return how an option is written: `-q, --quiet`, or `--port PORT`."""
    names = ", ".join(sorted(param.opts, key=len))
    return names if param.is_flag else f"{names} {param.metavar}"


def _described(param: TyperOption) -> str:
    return " ".join([param.help or "", *_notes(param)])


def _notes(param: TyperOption) -> Iterator[str]:
    default = param.default.value if isinstance(param.default, Enum) else param.default
    if param.required:
        yield "[required]"
    elif default and not param.is_flag and not callable(default):
        yield f"[default: {default}]"
