"""Front matter: what a digest says of itself before its text, in YAML (`---`) or TOML (`+++`)."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Any

from publisher.digest.source import Line, Report
from publisher.model import Level

KEYS = ("title", "date", "intro", "draft", "tags")
_MARK = {"---": "yaml", "+++": "toml"}
_LOOKS_LIKE_KEY = re.compile(r"[ \t]*(#|-[ \t]|[\w\"'-]+[ \t]*[:=])")


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


def split(lines: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line]]:
    """Part the front matter's lines (without their marks) from the text's.

    `---` alone is also a rule between paragraphs: it opens front matter only when a second one
    follows and the first line between looks like `key: value`.
    """
    start = next((i for i, line in enumerate(lines) if line.text.strip()), len(lines))
    mark = lines[start].text.rstrip() if start < len(lines) else ""
    if mark not in _MARK:
        return (), lines
    for end in range(start + 1, len(lines)):
        if lines[end].text.rstrip() == mark:
            inside = lines[start + 1 : end]
            opened = next((line.text for line in inside if line.text.strip()), "")
            if mark == "---" and opened and not _LOOKS_LIKE_KEY.match(opened):
                return (), lines
            return lines[start : end + 1], lines[end + 1 :]
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
    places = {key: _line_of(key, lines) for key in table}
    for key, value in table.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known are: {', '.join(KEYS)}"
            report(places[key], 1, Level.warning, "unknown-key", f'"{key}" is not used; {hint}')
            continue
        try:
            values[key] = _CONVERT[key](value, zone)
        except ValueError as error:
            report(places[key], 1, Level.error, "front-matter", f"{key} {error}")
            fine = False
    return FrontMatter(**values, places=places) if fine else None


def _table(lines: Sequence[Line], report: Report) -> dict[str, Any] | None:
    kind = _MARK[lines[0].text.rstrip()]
    source = "\n".join(line.text for line in lines[1:-1])
    first = lines[0].number + 1
    if kind == "toml":
        try:
            return tomllib.loads(source)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line, column = (int(place[1]), int(place[2])) if place else (1, 1)
            what = str(error).split(" (at ", maxsplit=1)[0]
            report(first + line - 1, column, Level.error, "front-matter", f"not TOML: {what}")
            return None
    import yaml  # noqa: PLC0415  (20 ms that a digest without front matter need not wait for)

    try:
        table = yaml.safe_load(source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line, mark.column) if mark else (0, 0)
        what = getattr(error, "problem", None) or "cannot be read"
        report(first + line, column + 1, Level.error, "front-matter", f"not YAML: {what}")
        return None
    except ValueError as error:  # 2024-13-45 looks like a date to YAML, and is none
        report(first, 1, Level.error, "front-matter", f"not YAML: {error}")
        return None
    if table is None:
        return {}
    if not isinstance(table, dict):
        report(first, 1, Level.error, "front-matter", "wants `key: value` lines")
        return None
    return {str(key): value for key, value in table.items()}


def _line_of(key: str, lines: Sequence[Line]) -> int:
    pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[:=]")
    return next((line.number for line in lines if pattern.match(line.text)), lines[0].number)


def _one_line(value: object, _: tzinfo) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | int | float | date) or isinstance(value, bool):
        raise ValueError("wants text")
    return " ".join(str(value).split()) or None


def _intro(value: object, _: tzinfo) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("wants text")
    return value


def _date(value: object, zone: tzinfo) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(
                f'wants a date like 2026-11-20 or 2026-11-20T08:00, not "{value}"'
            ) from None
    if isinstance(value, datetime):
        found = value if value.tzinfo else value.replace(tzinfo=zone)
    elif isinstance(value, date):
        found = datetime.combine(value, time(), zone)
    else:
        raise ValueError("wants a date like 2026-11-20 or 2026-11-20T08:00")  # noqa: TRY004
    return found.replace(microsecond=0)


def _draft(value: object, _: tzinfo) -> bool:
    if not isinstance(value, bool):
        raise ValueError("wants true or false")  # noqa: TRY004  (one kind for all converters)
    return value


def _tags(value: object, _: tzinfo) -> tuple[str, ...]:
    if value is None:
        return ()
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(p, str | int | float) for p in parts):
        raise ValueError('wants a list like ["agents", "vision"]')
    names = (" ".join(str(part).split()) for part in parts)
    return tuple(dict.fromkeys(name for name in names if name))


_CONVERT = {"title": _one_line, "date": _date, "intro": _intro, "draft": _draft, "tags": _tags}
