"""What --help shows of all commands."""

import re
import shlex
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.testing import CliRunner

from publisher.cli import COMMANDS, make_app

#: What ends a command in a shell.
_ENDS = {"&&", "|", ">"}


def names(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield the words that name each command and each group below this group, and itself."""
    yield above
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from names(command, *above, name)
        else:
            yield *above, name


def root() -> TyperGroup:
    """Return the group of all commands."""
    group = typer.main.get_command(make_app(()))
    assert isinstance(group, TyperGroup)
    return group


def params(name: str) -> list[TyperArgument | TyperOption]:
    """Return the parameters of a command or a group."""
    command: object = root()
    for word in name.split():
        assert isinstance(command, TyperGroup)
        command = command.commands[word]
    assert isinstance(command, TyperGroup | TyperCommand)
    return [param for param in command.params if isinstance(param, TyperArgument | TyperOption)]


ALL = [" ".join(words) for words in names(root())]


def shown(name: str) -> str:
    """Return what a command's --help prints on a terminal of 80 columns."""
    words = [*name.split(), "--help"]
    return (
        CliRunner()
        .invoke(make_app(words), words, env={"COLUMNS": "80"}, prog_name="publisher")
        .output
    )


def titled(text: str, title: str) -> list[str]:
    """Return the lines of a part of a help."""
    found = re.search(rf"^{title}:\n((?:  .*\n)*)", text, re.MULTILINE)
    return found[1].splitlines() if found else []


def test_commands_are_in_groups() -> None:
    """Each command is in one of four groups, which are for what people come to do."""
    text = shown("")
    assert re.findall(r"^(\w+):$", text, re.MULTILINE) == [
        "Publish",
        "Mail",
        "Subscribers",
        "Operate",
        "Options",
        "Examples",
    ]
    commands = [name for names in COMMANDS.values() for name in names]
    assert (
        re.findall(r"^  ([a-z][a-z-]+)  ", text.partition("Options:")[0], re.MULTILINE) == commands
    )


@pytest.mark.parametrize("name", ALL)
def test_help_has_no_types_of_python(name: str) -> None:
    """A flag has no value, and what others take is called by what it is."""
    assert not re.search(
        r"<|>|\bNone\b|\blist\[|\bbool\b|\bPath\b", shown(name).partition("Examples:")[0]
    )


@pytest.mark.parametrize("name", ALL)
def test_help_fits_a_terminal(name: str) -> None:
    """No line is longer than 80 columns; examples are not broken into several."""
    assert not [line for line in shown(name).splitlines() if len(line) > 80]


@pytest.mark.parametrize("name", ALL)
def test_every_parameter_is_explained(name: str) -> None:
    """An argument or an option without a word about it is no help."""
    for param in params(name):
        assert getattr(param, "help", ""), param.name


@pytest.mark.parametrize("name", ALL)
def test_every_value_has_a_name(name: str) -> None:
    """What takes a value says what kind of value, in capitals or as a choice."""
    for param in params(name):
        if not (isinstance(param, TyperOption) and param.is_flag):
            assert re.fullmatch(r"[A-Z0-9=]+|[a-z|]+", param.metavar or ""), param.name


@pytest.mark.parametrize("name", ALL)
def test_help_ends_with_examples(name: str) -> None:
    """One or two of them."""
    examples = shown(name).partition("Examples:\n")[2].splitlines()
    assert 1 <= len(examples) <= 2


@pytest.mark.parametrize("name", ALL)
def test_an_example_is_a_command_line(name: str) -> None:
    """The program understands its own examples."""
    for line in titled(shown(name), "Examples"):
        words = shlex.split(line, comments=True)
        words = words[words.index("publisher") + 1 :]
        end = next((place for place, word in enumerate(words) if word in _ENDS), len(words))
        group, rest = root(), words[:end]
        while rest[0] in group.commands:
            command, rest = group.commands[rest[0]], rest[1:]
            if not isinstance(command, TyperGroup):
                command.make_context(name, rest)
                break
            group = command
        else:
            pytest.fail(f"{rest[0]} is no command")


def test_usage_names_what_is_optional() -> None:
    """What is in brackets may be left out, and dots stand for more of the kind."""
    usages = [shown(name).splitlines()[0] for name in ("check", "resend", "reconcile")]
    assert usages == [
        "Usage: publisher check [OPTIONS] [FILE]...",
        "Usage: publisher resend [OPTIONS] ISSUE",
        "Usage: publisher reconcile [OPTIONS] FILE...",
    ]


def test_help_names_defaults_and_what_is_required() -> None:
    """Of an option that has one, and that must be given."""
    assert "[default: 8001]" in shown("preview")
    assert "[required]" in " ".join(titled(shown("resend"), "Options"))
