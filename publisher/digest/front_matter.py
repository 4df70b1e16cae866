"""Front matter: what a digest says of itself before its text, in YAML (`---`) or TOML (`+++`)."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cache
from typing import Any

from publisher.digest.front_matter_values import CONVERT, LONGEST_QUOTE, inbox
from publisher.digest.markdown import comments
from publisher.digest.source_text import HARMFUL, Line, Report, joined, report_taken_out
from publisher.model import Level

#: What Astro, Hugo, Hexo and Obsidian call a date; Jekyll's `published` is true or false.
_DATE_KEYS = ("published", "pubDate", "publishDate", "created")
KEYS = ("title", "date", "intro", "draft", "tags", "subject", "preheader", "items")
_MARK = {"---": "yaml", "+++": "toml"}
#: YAML's key is followed by a colon and a space; the full-width colon is a slip to be told of.
_YAML_KEY = re.compile(rf"([\w-]+|\"[^\"]+\"|'[^']+')[ \t]*:(?:\s|$)|(?:{'|'.join(KEYS)})[ \t]*：")
_KEY = re.compile(r"[ \t]*\[{0,2}[\"']?([\w-]+)[\"']?[ \t]*[:=\].]")
#: What to do about the commonest mistakes, by what PyYAML and tomllib say of them.
_REMEDIES = {
    "mapping values are not allowed": 'put a text with ": " in it in quotes',
    "cannot start any token": "put the text in quotes, and indent with spaces",
    "could not find expected ':'": "write `key: value`, with a space",
    "Invalid value": "put the text in quotes",
    "Expected '=' after a key": "write `key = value`",
}
#: More is no front matter: YAML reads less than half a megabyte a second.
_LARGEST = 20_000
#: Keys whose values stand in one line: in headers of mails, in titles and in lists.
_OF_ONE_LINE = ("title", "tags", "subject", "preheader")
_ALIAS = "an alias (*name) is not followed; write the text out, or put it in quotes"
#: Nesting: no key wants more than a list, and reading walks YAML recursively.
_DEEPEST = 16
#: `a.a.a. …`: tomllib takes memory by the square of the parts, 300 MB for 9,000.
_LONG_KEY = re.compile(r"(?<![\w-])(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the front matter says; the defaults are what an absent one means."""

    title: str | None = None
    date: datetime | None = None
    intro: str = ""
    draft: bool = False
    tags: tuple[str, ...] = ()
    subject: str | None = None
    preheader: str | None = None
    #: Where items begin: `headings`, `list`, `table` or `links`; empty where the reader finds out.
    items: str = ""
    #: The lines the values stand on, for diagnostics on them.
    places: dict[str, int] = field(default_factory=dict)


def split(lines: Sequence[Line], report: Report) -> tuple[Sequence[Line], Sequence[Line]]:
    """Part the front matter's lines, its marks included, from the text's.

    `---` alone is also a rule between paragraphs: it opens front matter only when the first line
    below it, comments aside, looks like `key: value`. HTML comments above it go with it.
    """
    start = _start(lines)
    mark = lines[start].text.rstrip() if start < len(lines) else ""
    if mark not in _MARK:
        return (), lines
    end = next((i for i in range(start + 1, len(lines)) if lines[i].text.rstrip() == mark), 0)
    inside = lines[start + 1 : end or len(lines)]
    if mark == "---" and not _looks_like_yaml(inside, is_closed=end > 0):
        return (), lines
    if end:
        return lines[start : end + 1], lines[end + 1 :]
    what = f"front matter that no second {mark} ends is read as text"
    report(lines[start].number, 1, Level.warning, "open-front-matter", what)
    return (), lines


def _start(lines: Sequence[Line]) -> int:
    """Return the index of the line that may open front matter: the first, blank ones aside.

    HTML comments, too, are passed over where a mark stands below them.
    """
    start = next((i for i, line in enumerate(lines) if line.text.strip()), len(lines))
    if start == len(lines) or not lines[start].text.lstrip().startswith(comments.OPEN):
        return start
    mark = next((i for i, line in enumerate(lines) if line.text.rstrip() in _MARK), start)
    above = comments.hidden(lines[:mark], lambda *_: None)
    return start if any(line.text.strip() for line in above) else mark


def _looks_like_yaml(inside: Sequence[Line], *, is_closed: bool) -> bool:
    """Return whether lines below `---` are front matter rather than text between rules."""
    texts = [line.text for line in inside if line.text.strip()]
    if inside and not inside[0].text.strip() and not any(map(_is_ours, inside)):
        return False  # a rule over a title with a colon
    first = next((text for text in texts if not text.startswith("#")), "")
    if first or not is_closed:
        return _YAML_KEY.match(first) is not None
    return not texts  # headings between two rules, rather than comments


def _is_ours(line: Line) -> bool:
    key = _KEY.match(line.text)
    return key is not None and key[1] in (*KEYS, *_DATE_KEYS)


def parse(lines: Sequence[Line], zone: tzinfo, report: Report) -> FrontMatter | None:
    """Read the front matter; None, and errors, when it cannot be used.

    A date without a time is midnight, and one without an offset is in `zone`, the newsletter's.
    """
    if not lines:
        return FrontMatter()
    table = _table(lines, report)
    if table is None:
        return None
    table = _with_date(table, zone)
    places = _places(table, lines)
    values: dict[str, Any] = {}
    is_fine = True
    for key, value in table.items():
        if key not in KEYS:
            _report_unknown(key, places[key], lines, report)
            continue
        try:
            values[key] = _converted(key, value, zone, places[key], report)
        except ValueError as error:
            report(places[key], 1, Level.error, "front-matter", f"{key} {error}")
            is_fine = False
    return FrontMatter(**values, places=places) if is_fine else None


def _report_unknown(key: str, number: int, lines: Sequence[Line], report: Report) -> None:
    near = difflib.get_close_matches(key, KEYS, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"known are: {', '.join(KEYS)}"
    what = f"not used: {_source(number, lines)}; {hint}"
    report(number, 1, Level.warning, "unknown-key", what)


def _converted(key: str, value: object, zone: tzinfo, number: int, report: Report) -> object:
    """Return a key's value as `FrontMatter` has it. Raises ValueError for one it cannot have."""
    convert = CONVERT[key]
    given = value if convert is inbox else _harmless(value, number, report)
    converted = convert(given, zone)
    if key in _OF_ONE_LINE:
        _report_line_breaks(key, given, number, report)
    return converted


def _with_date(table: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
    """Call what other programs have for a date one, where there is no other."""
    if "date" in table:
        return table
    for key in _DATE_KEYS:
        try:
            if key in table and CONVERT["date"](table[key], zone):
                return {"date" if name == key else name: value for name, value in table.items()}
        except ValueError:
            continue
    return table


def _places(keys: Iterable[str], lines: Sequence[Line]) -> dict[str, int]:
    stands: dict[str, int] = {}
    for line in lines:
        if named := _KEY.match(line.text):
            stands.setdefault(named[1], line.number)
    return {key: stands.get(key, lines[0].number) for key in keys}


def _source(number: int, lines: Sequence[Line]) -> str:
    """Quote the lines of one key."""
    start = number - lines[0].number
    end = start + 1
    table = lines[start].text.startswith("[")  # TOML's: it goes on to the next
    while end < len(lines) - 1 and (
        not lines[end].text[:1].strip() or (table and not lines[end].text.startswith("["))
    ):
        end += 1
    text = " ".join(" ".join(line.text for line in lines[start:end]).split())
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…"


class _UnreadableError(ValueError):
    """Why front matter cannot be read, and where in it (from 1)."""

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        remedy = next((what for words, what in _REMEDIES.items() if words in reason), "")
        super().__init__(f"{reason}; {remedy}" if remedy else reason)
        self.line = line
        self.column = column


def _table(lines: Sequence[Line], report: Report) -> dict[str, Any] | None:
    try:
        return _read(_MARK[lines[0].text.rstrip()], "\n".join(line.text for line in lines[1:-1]))
    except _UnreadableError as error:
        line = lines[0].number + error.line
        report(line, error.column, Level.error, "front-matter", str(error))
        return None


def _read(kind: str, source: str) -> dict[str, Any]:
    if len(source) > _LARGEST:
        raise _UnreadableError(f"longer than {_LARGEST} characters")
    table = _toml(source) if kind == "toml" else _yaml(source)
    if not isinstance(table, dict):
        raise _UnreadableError("wants `key: value` lines")
    # YAML takes each half of a character for one, and many programs write JSON for it.
    return {str(key): _in_texts(joined, value) for key, value in table.items()}


def _in_texts(change: Callable[[str], str], value: object) -> object:
    """Change a value that is text, and each text of one that is a list."""
    if isinstance(value, list):
        return [change(part) if isinstance(part, str) else part for part in value]
    return change(value) if isinstance(value, str) else value


def _harmless(value: object, line: int, report: Report) -> object:
    """Take out of a value what is taken out of a digest: an escape can name any character."""
    taken: list[str] = []

    def rest(text: str) -> str:
        taken.extend(HARMFUL.findall(text))
        return HARMFUL.sub("", text)

    texts = _in_texts(rest, value)
    if taken:
        report_taken_out(line, 1, taken[0], len(taken), report)
    return texts


def _report_line_breaks(key: str, value: object, line: int, report: Report) -> None:
    """Warn of line breaks inside a text of one line, which `one_line` makes spaces.

    YAML and TOML can write one as an escape or over several lines. The one that a block scalar
    ends with is none inside it.
    """
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and len(text.strip().splitlines()) > 1:
            shown = " ".join(text.split())
            shown = shown if len(shown) <= LONGEST_QUOTE else shown[:LONGEST_QUOTE] + "…"
            what = f'{key} wants one line: its line breaks are read as spaces, as in "{shown}"'
            report(line, 1, Level.warning, "line-break", what)


def _toml(source: str) -> object:
    if key := _LONG_KEY.search(source):
        line = source.count("\n", 0, key.start()) + 1
        raise _UnreadableError("not TOML: a key of more than 64 parts: nested too deeply", line)
    try:
        return tomllib.loads(source)
    except RecursionError:
        raise _UnreadableError("not TOML: nested too deeply") from None
    except ValueError as error:  # a number of 5,000 digits is no TOMLDecodeError
        place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
        reason = str(error)[: place.start()] if place else str(error)
        if not place:
            raise _UnreadableError(f"not TOML: {reason}") from None
        line, column = (int(n) if n else 0 for n in place.groups())
        last = source.count("\n") + 1
        raise _UnreadableError(f"not TOML: {reason}", line or last, column or 1) from None


def _yaml(source: str) -> object:
    """Read YAML with every scalar as text: `3.10` is no number, and `no` no boolean, in a title."""
    import yaml  # noqa: PLC0415  (20 ms that a digest without front matter need not wait for)

    try:
        loader = _yaml_loader()(source)
        node = loader.get_single_node()
        if isinstance(node, yaml.MappingNode):
            _refuse_twins([key for key, _ in node.value])
        return loader.construct_document(node) if node else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reason = getattr(error, "problem", None) or "cannot be read"
        raise _UnreadableError(f"not YAML: {reason}", line, column) from None


@cache
def _yaml_loader() -> Callable[[str], Any]:
    """Return the loader of YAML that refuses aliases and deep nesting while it reads.

    An alias takes four bytes and stands for any amount of text: a list of nine aliases to a list
    of nine aliases, nine times over, is 528 bytes and has 400 million entries.
    """
    import yaml  # noqa: PLC0415  (as above)

    class Loader(yaml.BaseLoader):
        depth = 0

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # its stub has no types
            place = event.start_mark.line + 1, event.start_mark.column + 1
            if isinstance(event, yaml.AliasEvent):
                raise _UnreadableError(f"not YAML: {_ALIAS}", *place)
            if self.depth > _DEEPEST:
                deep = f"nested too deeply (more than {_DEEPEST} levels)"
                raise _UnreadableError(f"not YAML: {deep}", *place)
            self.depth += 1
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

    return Loader


def _refuse_twins(keys: Sequence[Any]) -> None:
    """Refuse a key that stands twice: YAML would forget its first value."""
    seen: set[str] = set()
    for key in keys:
        if str(key.value) in seen:
            mark = key.start_mark
            name = HARMFUL.sub("", str(key.value))
            raise _UnreadableError(f'"{name}" stands twice', mark.line + 1, mark.column + 1)
        seen.add(str(key.value))
