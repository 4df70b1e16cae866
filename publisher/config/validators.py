"""Converters of values from publisher.toml or the environment.

Each gets a value of TOML, or a text, and returns the value that the program uses. It raises
ValueError with words that follow the name of the setting.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from datetime import time, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher import i18n
from publisher.config.host_names import LONGEST_NAME, is_host
from publisher.config.urls import advice, is_postgresql
from publisher.redaction import masked

#: The original's and the translation's.
_MOST_LANGUAGES = 2
#: RFC 3986 2.
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,{LONGEST_NAME}}}$){_LABEL}(\.{_LABEL})*")
#: RSS 2.0 knows no other pictures.
_PICTURE = re.compile(r"(https?://[^/?#]+/)?(?![./])[^?#:\[\]]+\.(gif|jpe?g|png)", re.IGNORECASE)
#: The ways to log in to a relay (SASL).
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER")
#: Relays on the way set these anew.
_NEVER_SIGNED = ("return-path", "received", "dkim-signature", "bcc")
#: RFC 2919 3.
_LONGEST_LIST_ID = 255
_SHORTEST_SECRET = 32
#: A hundred years in seconds: a date less that is still a date.
_LONGEST = 3_155_760_000


class InsideError(ValueError):
    """An error inside a value of several parts; `steps` lead to it: `(2, "rate")`."""

    def __init__(self, steps: tuple[int | str, ...], words: str) -> None:
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        super().__init__(f"{path} {words}")
        self.steps = steps


def text(value: object) -> str:
    """Return one line of text, without white space around it."""
    line = _one_line(value)
    if re.search(r"[\ud800-\udfff]", line):  # bytes of the environment that are no text
        raise ValueError("wants text in UTF-8")
    return line


def _one_line(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("wants some text")
    if re.search(r"[\x00-\x1f\x7f-\x9f]", value):
        raise ValueError("wants one line of text without control characters")
    return value.strip()


def optional_text(value: object) -> str:
    """Return one line of text, or an empty text."""
    return "" if value == "" else text(value)


def texts(value: object) -> tuple[str, ...]:
    """Return texts from a list, or from a text with commas between them."""
    if isinstance(value, str):
        if masked(value) != value:  # an error about a part of it would show a part of a password
            raise ValueError("wants a list of texts, and not a URL with a password")
        value = split_commas(value)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError('wants a list of texts, like ["en", "zh-Hans"]')
    return tuple(text(part) for part in value)


def split_commas(value: str) -> list[str]:
    """Return the parts of a text between commas."""
    return [part.strip() for part in value.split(",")]


def languages(value: object) -> tuple[str, ...]:
    """Return one or two BCP 47 tags."""
    tags = texts(value)
    for tag in tags:
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag):
            raise ValueError(f'wants BCP 47 tags like "en" or "zh-Hans", not {tag!r}')
    # Case means nothing in a tag (RFC 5646 2.1.1), and `feeds/en` is `feeds/EN` on many disks.
    if len(tags) > _MOST_LANGUAGES or len({tag.lower() for tag in tags}) != len(tags):
        raise ValueError("wants one language, or two different ones: original, translation")
    return tags


def interface_language(value: object) -> str:
    """Return a language of the interface."""
    known = i18n.languages()
    if value not in known:
        choices = " or ".join(f'"{language}"' for language in known)
        raise ValueError(f"wants {choices}, not {value!r}")
    return str(value)


def base_url(value: object) -> str:
    """Return an http(s) address, ending in a slash."""
    given = text(value)
    try:
        parts = urlsplit(given)
        usable = parts.scheme in ("http", "https") and is_host(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not _URL_CHARACTERS.fullmatch(given):
        raise ValueError('wants an address like "https://news.example.org/"')
    if parts.query or parts.fragment:
        raise ValueError("wants an address without ? and #")
    if parts.username is not None:
        raise ValueError("wants an address without user and password: everybody reads it")
    return given.rstrip("/") + "/"


def web_url(value: object) -> str:
    """Return an http(s) address, ending in a slash, or an empty text."""
    return "" if value == "" else base_url(value)


def listening(value: object) -> str:
    """Return an address, or a host name, of this machine."""
    given = text(value)
    if not is_host(given):
        raise ValueError('wants an address of this machine, like "127.0.0.1" or "::"')
    return given


def hub(value: object) -> str:
    """Return the address of a WebSub hub, or an empty text."""
    given = optional_text(value)
    if not given:
        return ""
    base_url(given.partition("?")[0])  # raises
    if urlsplit(given).fragment or not _URL_CHARACTERS.fullmatch(given):
        raise ValueError("wants an address without #")
    return given


def picture(value: object) -> str:
    """Return the address of a GIF, JPEG or PNG, absolute or below base_url, or an empty text."""
    given = optional_text(value)
    if given and not (_URL_CHARACTERS.fullmatch(given) and _PICTURE.fullmatch(given)):
        raise ValueError('wants a GIF, JPEG or PNG, like "logo.png" or "https://x.org/logo.png"')
    return given


def networks(value: object) -> tuple[str, ...]:
    """Return addresses and networks (RFC 4632), or none."""
    if value in ("", [], ()):
        return ()
    given = texts(value)
    for network in given:
        try:
            ip_network(network)
        except ValueError:
            raise ValueError(
                f'wants addresses like "127.0.0.1" or "10.0.0.0/8", not {network!r}'
            ) from None
    return given


def secrets(value: object) -> tuple[str, ...]:
    """Return secrets of at least 32 characters, the newest first, or none."""
    if value in ("", [], ()):
        return ()
    given = texts(split_commas(value) if isinstance(value, str) else value)
    if any(len(secret) < _SHORTEST_SECRET for secret in given):
        raise ValueError(f"wants at least {_SHORTEST_SECRET} characters in each")
    return given


def domain(value: object) -> str:
    """Return a domain name (RFC 1123 2.1), or an empty text."""
    given = optional_text(value)
    if given and not _DOMAIN.fullmatch(given):
        raise ValueError('wants a domain name of yours in lower case, like "example.org"')
    return given


def authority(value: object) -> str:
    """Return a domain, or a mail address at one (RFC 4151 2.1), or an empty text."""
    given = optional_text(value)
    domain(re.sub(r"^[a-z0-9._-]+@(?=.)", "", given, count=1))  # raises
    return given


def list_id(value: object) -> str:
    """Return a List-Id (RFC 2919 3), or an empty text."""
    given = optional_text(value)
    label = "[A-Za-z0-9_-]+"
    fits = len(given) <= _LONGEST_LIST_ID and re.fullmatch(rf"{label}(\.{label})+", given)
    if given and not fits:
        raise ValueError('wants a name like "news.example.org", without < and >')
    return given


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return a converter for a whole number from `low` to `high`."""

    def convert(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"\d+", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"wants a whole number from {low} to {high}")
        return value

    return convert


#: In seconds.
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def duration(value: object) -> timedelta:
    """Return a duration of a number and a unit, less than a hundred years."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", str(value).strip())
    seconds = float(match[1]) * UNITS[match[2]] if match else _LONGEST
    if seconds >= _LONGEST:
        raise ValueError('wants a duration like "2s", "10m", "12h" or "7d"')
    return timedelta(seconds=seconds)


def zone(value: object) -> ZoneInfo:
    """Return the time zone of a name."""
    name = text(value)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f'wants a time zone like "Asia/Shanghai", not {name!r}') from None


def times(value: object) -> tuple[time, ...]:
    """Return times of day in order, each once."""
    if value in ("", [], ()):
        return ()
    if not isinstance(value, str | list):
        raise ValueError(f'wants times of day like "08:00", not {value!r}')  # noqa: TRY004
    parsed = []
    for text in texts(value):
        if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
            raise ValueError(f'wants times of day like "08:00", not {text!r}')
        parsed.append(time.fromisoformat(text))
    return tuple(sorted(set(parsed)))


def folder(value: object) -> Path:
    """Return the path of a folder or file, which may have any bytes but control characters."""
    return _path(_one_line(value))


def _path(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise ValueError(
            f"wants a path; nobody here is called {name.partition('/')[0]!r}"
        ) from None


def hello(value: object) -> str:
    """Return a host name or address literal for EHLO (RFC 5321 4.1.2), or an empty text."""
    given = optional_text(value)
    if given and not re.fullmatch(rf"{_DOMAIN.pattern}|\[[0-9a-f.:]+\]", given, re.IGNORECASE):
        raise ValueError('wants a host name of yours, like "mail.example.org"')
    return given


def host_name(value: object) -> str:
    """Return a host name or an IP address, or an empty text."""
    given = optional_text(value)
    if given and not re.fullmatch(_DOMAIN.pattern, given, re.IGNORECASE):
        try:
            ip_address(given)
        except ValueError:
            raise ValueError('wants the name in a certificate, like "mail.example.org"') from None
    return given


def mechanism(value: object) -> str:
    """Return a SASL mechanism, or an empty text for all."""
    given = str(value).upper()
    if given not in ("", *MECHANISMS):
        raise ValueError("wants one of " + ", ".join(MECHANISMS))
    return given


def command(value: object) -> tuple[str, ...]:
    """Return a program and its arguments, from a list or from a text split as a shell does."""
    if value in ("", [], ()):
        return ()
    try:
        parts = tuple(shlex.split(value)) if isinstance(value, str) else texts(value)
    except ValueError:
        parts = ()
    if not parts:
        raise ValueError('wants a program and its arguments, like ["oauth2-token", "news"]')
    return parts


def optional_file(value: object) -> Path | None:
    """Return the path of a file; None for an empty value."""
    return folder(value) if value != "" else None


def header_names(value: object) -> tuple[str, ...]:
    """Return names of header fields (RFC 5322 2.2) with From first, or none."""
    if value in ("", [], ()):
        return ()
    names = [name.lower() for name in texts(value)]
    for name in names:
        if not re.fullmatch(r"[!-9;-~]+", name):
            raise ValueError(f'wants names of header fields, like ["from", "to"], not {name!r}')
        if name in _NEVER_SIGNED:
            raise ValueError(f"names {name!r}, which must not be signed (RFC 6376 5.4)")
    return tuple(dict.fromkeys(["from", *names]))


def dkim(value: object) -> tuple[tuple[str, Path], ...]:
    """Return DKIM selectors and the files of their keys."""
    if value in ("", [], ()):
        return ()
    files: dict[str, Path] = {}
    for pair in texts(value):
        selector, _, file = (part.strip() for part in pair.partition(":"))
        if not (selector and file):
            raise ValueError(
                f'wants "SELECTOR:FILE", as `publisher doctor --dkim-keygen` gives it, not {pair!r}'
            )
        if selector in files:
            raise ValueError(f'names the selector "{selector}" twice')
        files[selector] = _path(file)
    return tuple(files.items())


def one_of(*words: str) -> Callable[[object], str]:
    """Return a converter for one of these words."""

    def convert(value: object) -> str:
        if value not in words:
            named = [f'"{word}"' for word in words]
            raise ValueError(f"wants {', '.join(named[:-1])} or {named[-1]}")
        return str(value)

    return convert


def database(value: object) -> str:
    """Return the URL of an SQLite or PostgreSQL database."""
    given = text(value)
    if not given.startswith("sqlite:///") and not is_postgresql(given):
        raise ValueError(
            'wants "sqlite:///FILE" or "postgresql://[USER:PASSWORD@]HOST[:PORT]/NAME"'
            + advice(given)
        )
    return given
