"""What regular expressions ask of Python's `re`: only what each Python of ours does rightly."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as opcodes  # type: ignore[attr-defined]  # no types: not for everybody
from re import _parser as parser  # type: ignore[attr-defined]  # as above
from typing import Any

import publisher

_SINGLE = {opcodes.IN, opcodes.LITERAL, opcodes.NOT_LITERAL, opcodes.ANY}


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Yield all that stand in modules, each with its place."""
    for found in pkgutil.walk_packages(publisher.__path__, "publisher."):
        if not found.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, re.Pattern):
                    yield f"{found.name}.{name}", value


def parts(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield a parsed pattern: each of its operations with what it is applied to."""
    if isinstance(node, parser.SubPattern):
        for operation, argument in node:
            yield operation, argument
            yield from parts(argument)
    elif isinstance(node, tuple | list):
        for each in node:
            yield from parts(each)


def forgetful(pattern: re.Pattern[Any] | str) -> bool:
    """Return whether a pattern repeats a group possessively."""
    parsed = (
        parser.parse(pattern)
        if isinstance(pattern, str)
        else parser.parse(pattern.pattern, pattern.flags)
    )
    return any(
        operation is opcodes.POSSESSIVE_REPEAT
        and (len(argument[2]) != 1 or argument[2][0][0] not in _SINGLE)
        for operation, argument in parts(parsed)
    )


def test_no_group_is_repeated_possessively() -> None:
    """Python 3.11.0 to 3.11.4 forget the last character of such a match (cpython 106052)."""
    found = dict(patterns())
    assert len(found) > 100
    assert [] == [name for name, pattern in found.items() if forgetful(pattern)]


def test_what_is_looked_for_is_found() -> None:
    """A group that is repeated so is seen wherever it stands, and a single character is not."""
    assert forgetful(r"a(?:[bc]|de)*+")
    assert forgetful(r"(x|(?=a(?:b?c){2,3}+))")
    assert not forgetful(r"(?:[ab]*+c\s++)*(?:.?+)")
