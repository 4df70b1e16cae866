"""YAML and JSON as trees of texts, each with the line it stands on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from publisher.digest.notations.page import UnreadableError
from publisher.digest.source_text import HARMFUL, Report, joined
from publisher.model import Level

#: Records have lists in them, and tables in those; nothing here walks deeper.
_DEEPEST = 16
#: JSON's escapes, one by one; the first part is set where it is of half a character, or of two.
_ESCAPE = re.compile(
    r"\\(?:(u[dD][89abAB][0-9a-fA-F]{2}(?:\\u[dD][c-fC-F][0-9a-fA-F]{2})?"
    r"|u[dD][c-fC-F][0-9a-fA-F]{2})|.)"
)
#: An unquoted value that means that there is none.
_NULLS = ("", "~", "null", "Null", "NULL", "None")
#: Line ends for YAML, and not for a digest's lines.
_SEPARATORS = {0x2028: " ", 0x2029: " ", 0x85: " "}
_ALIAS = "an alias (*name) is not followed; write the text out, or put it in quotes"
_REMEDIES = {
    "mapping values are not allowed": 'put a text with ": " in it in quotes',
    "cannot start any token": "put the text in quotes, and indent with spaces",
    "could not find expected ':'": "write `key: value`, with a space",
}


@dataclass(frozen=True, slots=True)
class Words:
    """A text."""

    line: int
    value: str
    #: Whether its lines are lines of the file, below the first one (`key: |`).
    is_block: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    line: int
    entries: list[Tree] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Record:
    """Named values, in order."""

    line: int
    members: list[tuple[Words, Tree]] = field(default_factory=list)


Tree: TypeAlias = Words | Listing | Record


def of_yaml(source: str, first: int, report: Report) -> list[Tree]:
    """Return the documents of a YAML stream whose first line has the number `first`.

    Every value is a text, as it is in front matter. What follows ` #` is not; it is told of.
    Raises UnreadableError.
    """
    import yaml  # noqa: PLC0415  (20 ms that a digest in Markdown need not wait for)

    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # C's is twenty times as fast
    try:
        source = source.translate(_SEPARATORS)
        return _trees(yaml.parse(source, Loader=loader), first, source.split("\n"), report)
    except yaml.YAMLError as error:
        opened = "quoted scalar" in str(getattr(error, "context", ""))
        mark = getattr(error, "context_mark" if opened else "problem_mark", None)
        line, column = (mark.line, mark.column) if mark else (0, 0)
        reason = str(getattr(error, "problem", None) or "cannot be read")
        remedy = next((what for part, what in _REMEDIES.items() if part in reason), "")
        what = f"not YAML: {reason}{f'; {remedy}' if remedy else ''}"
        raise UnreadableError(what, first + line, column + 1) from None


def of_json(source: str, first: int, report: Report) -> Tree:
    """Return a JSON document whose first line has the number `first`; raise UnreadableError."""
    _check_json(source, first)
    return of_yaml(_ESCAPE.sub(_character, source), first, report)[0]


def of_json_lines(source: str, first: int, report: Report) -> Tree:
    """Return the documents that stand on a line each (JSON Lines) as a list.

    Raises UnreadableError.
    """
    lines = source.split("\n")
    for number, line in enumerate(lines, first):
        if line.strip():
            _check_json(line, number)
    filled = [n for n, line in enumerate(lines) if line.strip()]
    for n in filled[:-1]:
        lines[n] += ","
    return of_yaml(_ESCAPE.sub(_character, "[" + "\n".join(lines) + "]"), first, report)[0]


def _character(escape: re.Match[str]) -> str:
    """Return the character that an escape of two halves stands for: YAML has no halves."""
    if not escape[1]:
        return escape[0]
    halves = (chr(int(half, 16)) for half in escape[0].split("\\u") if half)
    return HARMFUL.sub("", joined("".join(halves)))


def _check_json(source: str, first: int) -> None:
    """Raise UnreadableError where Python's reader, which is strict, takes no JSON (RFC 8259)."""
    try:
        json.loads(source, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"not JSON: {error.msg}", first + error.lineno - 1, error.colno
        ) from None
    except RecursionError:
        raise UnreadableError("not JSON: nested too deeply", first) from None
    except ValueError as error:  # NaN, and a number of 5,000 digits
        raise UnreadableError(f"not JSON: {error}", first) from None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _trees(events: Iterator[Any], first: int, lines: Sequence[str], report: Report) -> list[Tree]:
    """Build trees of YAML's events (its own composer follows aliases and recurses)."""
    import yaml  # noqa: PLC0415  (as above)

    forest = _Forest()
    for event in events:
        mark: Any = event.start_mark
        line = mark.line + first
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableError(f"not YAML: {_ALIAS}", line, mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            forest.add(_words(event, line))
            _tell_of_comment(event, first, lines, report)
        elif isinstance(event, yaml.SequenceStartEvent):
            forest.add(Listing(line))
        elif isinstance(event, yaml.MappingStartEvent):
            forest.add(Record(line))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            del forest.stack[-1]
    return forest.done


@dataclass(slots=True)
class _Open:
    """A list or a table while it is read."""

    tree: Listing | Record
    #: The key that waits for its value, and all of them so far.
    key: Words | None = None
    keys: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Forest:
    """Trees while they are read."""

    done: list[Tree] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)

    def add(self, node: Tree) -> None:
        """Add a node where the last one opened; raise UnreadableError where none can be."""
        if not self.stack:
            self.done.append(node)
        elif isinstance(self.stack[-1].tree, Listing):
            self.stack[-1].tree.entries.append(node)
        else:
            self.member(self.stack[-1], self.stack[-1].tree, node)
        if isinstance(node, Listing | Record):
            if len(self.stack) > _DEEPEST:
                raise UnreadableError(f"nested more than {_DEEPEST} levels deep", node.line)
            self.stack.append(_Open(node))

    def member(self, top: _Open, record: Record, node: Tree) -> None:
        """Add a key to a record, or the value that follows it."""
        if top.key is not None:
            record.members.append((top.key, node))
            top.key = None
        elif not isinstance(node, Words):
            raise UnreadableError("a key that is no text", node.line)
        elif node.value in top.keys:
            raise UnreadableError(f'"{node.value[:80]}" stands twice in one record', node.line)
        else:
            top.keys.add(node.value)
            top.key = node


def _tell_of_comment(
    event: Any,  # noqa: ANN401  (PyYAML's stubs give events no types)
    first: int,
    lines: Sequence[str],
    report: Report,
) -> None:
    """Warn of what follows ` #` behind a text that is not in quotes: YAML does not read it."""
    end = event.end_mark
    rest = lines[end.line][end.column :] if end.line < len(lines) else ""
    if "#" in rest and rest.lstrip().startswith("#") and not event.style:
        what = f"a comment in YAML, not read: {rest.strip()[:80]}; put a text with ' #' in quotes"
        report(end.line + first, end.column + 1, Level.warning, "yaml-comment", what)


def _words(event: Any, line: int) -> Words:  # noqa: ANN401  (PyYAML's stubs give events no types)
    value = HARMFUL.sub("", joined(event.value))
    if event.implicit[0] and value in _NULLS:
        value = ""
    if event.style not in ("|", '"'):  # a line end is left of a blank line: it parts paragraphs
        value = value.rstrip("\n").replace("\n", "\n\n")
    return Words(line, value, event.style == "|")
