"""What --help shows of all commands."""

import re

from typer.testing import CliRunner

from publisher.cli import COMMANDS, command_line


def test_commands_are_in_groups() -> None:
    """Each command is in one of four groups, which are for what people come to do."""
    shown = CliRunner().invoke(command_line(()), ["--help"]).output
    assert re.findall(r"╭─ (\w+) ", shown) == [
        "Options",
        "Publish",
        "Mail",
        "Subscribers",
        "Operate",
    ]
    names = [name for names in COMMANDS.values() for name in names]
    assert re.findall(r"│ ([a-z][a-z-]+) ", shown) == names
