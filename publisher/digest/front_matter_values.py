"""Values of front matter: TOML's types or YAML's texts; a ValueError says what one wants."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, tzinfo

from publisher.digest.filename import EARLIEST
from publisher.text_width import shown_columns

#: Each tag has a feed in several formats; a real digest has ten tags at most.
_MOST_TAGS, _LONGEST_TAG = 50, 100
#: Characters of a value that a message quotes.
LONGEST_QUOTE = 80
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_DATES = "wants a date like 2026-11-20 or 2026-11-20T08:00"
_ITEMS = ("headings", "list", "table", "links")
#: What no header of a mail can hold; YAML and TOML can write all of it as an escape.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
#: Columns: some five times of what an inbox shows of a subject, or twice of what follows it.
_WIDEST = 300


def one_line(value: object, _: tzinfo) -> str | None:
    """Return a value as one line of text; None for what YAML calls null."""
    if not isinstance(value, str | int | float | date) or isinstance(value, bool):
        raise ValueError("wants text")  # noqa: TRY004
    text = " ".join(str(value).split())
    return None if text in _NULLS else text


def inbox(value: object, zone: tzinfo) -> str | None:
    """Take one line for the list of mails: it is not put right, for it is shown as it stands."""
    text = one_line(value, zone)
    harmful = _CONTROL.search(str(value))  # before line ends became spaces
    if harmful:
        raise ValueError(f"holds a control character, U+{ord(harmful[0]):04X}; take it out")
    if text and (width := shown_columns(text)) > _WIDEST:
        raise ValueError(f"is {width} columns wide; {_WIDEST} are the most, and few are shown")
    return text


def _intro(value: object, _: tzinfo) -> str:
    if not isinstance(value, str):
        raise ValueError("wants text")  # noqa: TRY004
    return "" if value in _NULLS else value


def _date(value: object, zone: tzinfo) -> datetime | None:
    if isinstance(value, str):
        given = value.strip()
        if given in _NULLS:
            return None
        try:
            # Full-width digits, colons and hyphens, as Chinese and Japanese keyboards write them.
            value = datetime.fromisoformat(unicodedata.normalize("NFKC", given))
        except ValueError:
            raise ValueError(f'{_DATES}, not "{given[:LONGEST_QUOTE]}"') from None
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=zone)
    elif isinstance(value, date):
        moment = datetime.combine(value, time(), zone)
    else:
        raise ValueError(_DATES)  # noqa: TRY004
    try:
        held = moment.astimezone(UTC) >= EARLIEST
    except OverflowError:
        held = False
    if not held:
        raise ValueError(f"{_DATES}; no feed can hold {moment.year}")
    return moment.replace(microsecond=0)


def _draft(value: object, _: tzinfo) -> bool:
    is_draft = _BOOLEANS.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(is_draft, bool):
        raise ValueError("wants true or false")  # noqa: TRY004
    return is_draft


def _tags(value: object, _: tzinfo) -> tuple[str, ...]:
    if isinstance(value, str) and value in _NULLS:
        return ()
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(p, str | int | float) for p in parts):
        raise ValueError('wants a list like ["agents", "vision"]')
    texts = (" ".join(str(part).split()).strip("，,、；;") for part in parts)
    names = tuple(dict.fromkeys(name for name in texts if name))
    if len(names) > _MOST_TAGS:
        raise ValueError(f"has {len(names)} tags; at most {_MOST_TAGS}")
    if long := next((name for name in names if len(name) > _LONGEST_TAG), ""):
        raise ValueError(
            f'has a tag of {len(long)} characters ("{long[:20]}…"); at most {_LONGEST_TAG}'
        )
    return names


def _items(value: object, _: tzinfo) -> str:
    if value in _NULLS:
        return ""
    if value not in _ITEMS:
        raise ValueError(f"wants one of {', '.join(_ITEMS)}")
    return str(value)


#: What reads the value of a key.
CONVERT = {
    "title": one_line,
    "date": _date,
    "intro": _intro,
    "draft": _draft,
    "tags": _tags,
    "subject": inbox,
    "preheader": inbox,
    "items": _items,
}
