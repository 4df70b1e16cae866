"""Front matter: what a digest says of itself before its text, in YAML (`---`) or TOML (`+++`)."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from publisher.digest.source import Line, Report
from publisher.model import Level

KEYS = ("title", "date", "intro", "draft", "tags")
_MARK = {"---": "yaml", "+++": "toml"}
#: YAML's key is followed by a colon and a space; the full-width colon is a slip to be told of.
_YAML_KEY = re.compile(rf"([\w-]+|\"[^\"]+\"|'[^']+')[ \t]*:(?:\s|$)|(?:{'|'.join(KEYS)})[ \t]*：")
_KEY = re.compile(r"[ \t]*[\"']?([\w-]+)[\"']?[ \t]*[:=]")
#: More is no front matter: YAML reads about 0.1 MB a second.
_LARGEST = 20_000
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_DATES = "wants a date like 2026-11-20 or 2026-11-20T08:00"
_QUOTED = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the front matter says; the defaults are what an absent one means."""

    title: str | None = None
    date: datetime | None = None
    intro: str = ""
    draft: bool = False
    tags: tuple[str, ...] = ()
    #: The lines the values stand on, for diagnostics on them.
    places: dict[str, int] = field(default_factory=dict)


def split(lines: Sequence[Line], report: Report) -> tuple[Sequence[Line], Sequence[Line]]:
    """Part the front matter's lines, its marks included, from the text's.

    `---` alone is also a rule between paragraphs: it opens front matter only when the first line
    below it, comments aside, looks like `key: value`.
    """
    start = next((i for i, line in enumerate(lines) if line.text.strip()), len(lines))
    mark = lines[start].text.rstrip() if start < len(lines) else ""
    if mark not in _MARK:
        return (), lines
    end = next((i for i in range(start + 1, len(lines)) if lines[i].text.rstrip() == mark), 0)
    inside = lines[start + 1 : end or len(lines)]
    first = next((t for _, t, _ in inside if t.strip() and not t.startswith("#")), "")
    if mark == "---" and (first or not end) and not _YAML_KEY.match(first):
        return (), lines
    if mark == "---" and not first and any(line.text.strip() for line in inside):
        return (), lines  # headings between two rules, rather than comments
    if end:
        return lines[start : end + 1], lines[end + 1 :]
    what = f"front matter that no second {mark} ends is read as text"
    report(lines[start].number, 1, Level.warning, "open-front-matter", what)
    return (), lines


def parse(lines: Sequence[Line], zone: tzinfo, report: Report) -> FrontMatter | None:
    """Read the front matter; None, and errors, when it cannot be used.

    A date without a time is midnight, and one without an offset is in `zone`, the newsletter's.
    """
    if not lines:
        return FrontMatter()
    table = _table(lines, report)
    if table is None:
        return None
    values: dict[str, Any] = {}
    fine = True
    stands: dict[str, int] = {}
    for line in lines:
        if key_here := _KEY.match(line.text):
            stands.setdefault(key_here[1], line.number)
    places = {key: stands.get(key, lines[0].number) for key in table}
    for key, value in table.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known are: {', '.join(KEYS)}"
            what = f'"{key[:_QUOTED]}" is not used ({_shown(value)}); {hint}'
            report(places[key], 1, Level.warning, "unknown-key", what)
            continue
        try:
            values[key] = _CONVERT[key](value, zone)
        except ValueError as error:
            report(places[key], 1, Level.error, "front-matter", f"{key} {error}")
            fine = False
    return FrontMatter(**values, places=places) if fine else None


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "…"


def _table(lines: Sequence[Line], report: Report) -> dict[str, Any] | None:
    source = "\n".join(line.text for line in lines[1:-1])
    first = lines[0].number + 1
    line, column, what = 1, 1, ""
    table: object = None
    if len(source) > _LARGEST:
        what = f"longer than {_LARGEST} characters"
    elif _MARK[lines[0].text.rstrip()] == "toml":
        try:
            table = tomllib.loads(source)
        except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError
            place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line, column = (int(place[1]), int(place[2])) if place else (1, 1)
            what = "not TOML: " + _reason(str(error).split(" (at ", maxsplit=1)[0], error)
    else:
        table, line, column, what = _yaml(source)
    if not what and not isinstance(table, dict | None):
        what = "wants `key: value` lines"
    if what:
        report(first + line - 1, column, Level.error, "front-matter", what)
        return None
    return {str(key): value for key, value in table.items()} if isinstance(table, dict) else {}


def _yaml(source: str) -> tuple[object, int, int, str]:
    """Read YAML with every scalar as text: `3.10` is no number, and `no` no boolean, in a title.

    Gives the value and, when there is none, the line, the column and the reason.
    """
    import yaml  # noqa: PLC0415  (20 ms that a digest without front matter need not wait for)

    try:
        node = yaml.compose(source, Loader=yaml.BaseLoader)
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                if key.value in seen:
                    mark = key.start_mark
                    return None, mark.line + 1, mark.column + 1, f'"{key.value}" stands twice'
                seen.add(str(key.value))
        return yaml.load(source, Loader=yaml.BaseLoader), 1, 1, ""  # noqa: S506  (makes only text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line, mark.column) if mark else (0, 0)
        reason = _reason(getattr(error, "problem", None) or "cannot be read", error)
        return None, line + 1, column + 1, f"not YAML: {reason}"


def _reason(said: str, error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else said


# --- Values: of TOML's types, or YAML's texts ---------------------------------------------


def _one_line(value: object, _: tzinfo) -> str | None:
    if not isinstance(value, str | int | float | date) or isinstance(value, bool):
        raise ValueError("wants text")
    text = " ".join(str(value).split())
    return None if text in _NULLS else text


def _intro(value: object, _: tzinfo) -> str:
    if not isinstance(value, str):
        raise ValueError("wants text")
    return "" if value in _NULLS else value


def _date(value: object, zone: tzinfo) -> datetime | None:
    if isinstance(value, str):
        if value in _NULLS:
            return None
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f'{_DATES}, not "{value[:_QUOTED]}"') from None
    if isinstance(value, datetime):
        found = value if value.tzinfo else value.replace(tzinfo=zone)
    elif isinstance(value, date):
        found = datetime.combine(value, time(), zone)
    else:
        raise ValueError(_DATES)  # noqa: TRY004  (one kind for all converters)
    try:
        found.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{_DATES}; no feed can hold {found:%Y}") from None
    return found.replace(microsecond=0)


def _draft(value: object, _: tzinfo) -> bool:
    found = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError("wants true or false")  # noqa: TRY004  (one kind for all converters)
    return found


def _tags(value: object, _: tzinfo) -> tuple[str, ...]:
    if isinstance(value, str) and value in _NULLS:
        return ()
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(p, str | int | float) for p in parts):
        raise ValueError('wants a list like ["agents", "vision"]')
    names = (" ".join(str(part).split()) for part in parts)
    return tuple(dict.fromkeys(name for name in names if name))


_CONVERT = {"title": _one_line, "date": _date, "intro": _intro, "draft": _draft, "tags": _tags}
