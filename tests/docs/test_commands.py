"""docs/reference/commands.md has every command and every option, in the program's words."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from publisher.cli import COMMANDS as CLI
from publisher.cli import make_app

DOCS = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(
    encoding="utf-8"
)
Command = TyperCommand | TyperGroup


def commands(name: str, command: object) -> Iterator[tuple[str, Command]]:
    """Yield the tree of commands, each with its full name."""
    assert isinstance(command, TyperCommand | TyperGroup)
    yield name, command
    if isinstance(command, TyperGroup):
        for part, below in command.commands.items():
            yield from commands(f"{name} {part}", below)


COMMANDS = dict(commands("publisher", typer.main.get_command(make_app(()))))


def section(name: str) -> str:
    """Return what the documentation says of one command."""
    found = re.search(rf"^##+ {name}\n(.*?)(?=^##|\Z)", DOCS, re.DOTALL | re.MULTILINE)
    assert found, f"docs/reference/commands.md has no heading {name}"
    return found[1]


def options(command: Command) -> list[tuple[str, str]]:
    """Return the options of a command as the documentation writes them."""
    found = []
    for each in command.params:
        if isinstance(each, TyperOption):
            value = "" if each.is_flag else f" {each.metavar}".replace("|", r"\|")
            names = ", ".join(f"`{name}{value}`" for name in each.opts)
            found.append((names, each.help or ""))
    return found


@pytest.mark.parametrize("name", [name for names in CLI.values() for name in names])
def test_a_command_is_where_it_is_looked_for(name: str) -> None:
    """Of all modules with commands the one is imported that has what was asked for."""
    group = typer.main.get_command(make_app(["--project", ".", name]))
    assert isinstance(group, TyperGroup)
    assert name in group.commands
    assert len(group.commands) < len(CLI)


def test_every_command_is_documented() -> None:
    """The headings are the commands, in the order of --help."""
    assert list(COMMANDS) == re.findall(r"^##+ (publisher.*)$", DOCS, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_the_first_sentence(name: str) -> None:
    """A command's section begins with what --help says of it."""
    assert section(name).strip().startswith(COMMANDS[name].help or "?")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """A command's table has its options, all of them and no other."""
    rows = re.findall(r"^\| (`-.*?) \| (.*?) \|$", section(name), re.MULTILINE)
    assert options(COMMANDS[name]) == rows


@pytest.mark.parametrize("name", COMMANDS)
def test_an_argument_is_called_one_word(name: str) -> None:
    """In capitals and without brackets: `--help` puts these around it, and did so twice."""
    for each in COMMANDS[name].params:
        if isinstance(each, TyperArgument):
            assert re.fullmatch("[A-Z]+", each.metavar or ""), each.name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_shown(name: str) -> None:
    """The line that shows how to call a command names its arguments."""
    arguments = [
        each.metavar or (each.name or "").upper()
        for each in COMMANDS[name].params
        if isinstance(each, TyperArgument)
    ]
    called = re.findall(rf"^    ({name}(?: .*)?)$", section(name), re.MULTILINE)
    if not isinstance(COMMANDS[name], TyperGroup):
        assert [True] == [all(each in line for each in arguments) for line in called]


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_those_of_help(name: str) -> None:
    """A command's section has the examples that --help shows."""
    assert re.findall(r"^```sh\n(.*?)\n```$", section(name), re.DOTALL | re.MULTILINE) == [
        COMMANDS[name].epilog
    ]
