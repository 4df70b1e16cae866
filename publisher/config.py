"""Settings: publisher.toml and the environment, read once, checked whole, then frozen.

Every setting is a field of a section below; its metadata holds its documentation, which
`docs/settings.md` repeats and a test compares. `PUBLISHER_SECTION_KEY` in the environment
overrides a key; a secret may also come from the file that `PUBLISHER_SECTION_KEY_FILE` names.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.errors import SettingsError

FILE_NAME = "publisher.toml"
#: The original's and the translation's.
_MOST_LANGUAGES = 2
#: RFC 3986 2.
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
#: A hundred years in seconds: a date less that is still a date.
_LONGEST = 3_155_760_000


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("wants some text")
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise ValueError("wants one line of text without control characters")
    return value.strip()


def _optional_text(value: object) -> str:
    return "" if value == "" else _text(value)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError('wants a list of texts, like ["en", "zh-Hans"]')
    return tuple(_text(part) for part in value)


def _languages(value: object) -> tuple[str, ...]:
    tags = _texts(value)
    for tag in tags:
        if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag):
            raise ValueError(f'wants BCP 47 tags like "en" or "zh-Hans", not {tag!r}')
    if len(tags) > _MOST_LANGUAGES or len(set(tags)) != len(tags):
        raise ValueError("wants one language, or two different ones: original, translation")
    return tags


def _base_url(value: object) -> str:
    text = _text(value)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not _URL_CHARACTERS.fullmatch(text):
        raise ValueError('wants an address like "https://news.example.org/"')
    if parts.query or parts.fragment:
        raise ValueError("wants an address without ? and #")
    return text.rstrip("/") + "/"


def _authority(value: object) -> str:
    # RFC 4151 2.1: a domain name or an e-mail address, in lower case.
    text = _optional_text(value)
    if text and not re.fullmatch(r"([a-z0-9._-]+@)?[a-z0-9-]+(\.[a-z0-9-]+)*", text):
        raise ValueError('wants a domain name of yours in lower case, like "example.org"')
    return text


def _whole(low: int, high: int) -> Callable[[object], int]:
    def convert(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"\d+", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"wants a whole number from {low} to {high}")
        return value

    return convert


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def _duration(value: object) -> timedelta:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", str(value).strip())
    seconds = float(match[1]) * _UNITS[match[2]] if match else _LONGEST
    if seconds >= _LONGEST:
        raise ValueError('wants a duration like "2s", "10m", "12h" or "7d"')
    return timedelta(seconds=seconds)


def _zone(value: object) -> ZoneInfo:
    name = _text(value)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f'wants a time zone like "Asia/Shanghai", not {name!r}') from None


def _times(value: object) -> tuple[time, ...]:
    if value in ("", [], ()):
        return ()
    if not isinstance(value, str | list):
        raise ValueError(f'wants times of day like "08:00", not {value!r}')  # noqa: TRY004
    found = []
    for text in _texts(value):
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
            raise ValueError(f'wants times of day like "08:00", not {text!r}')
        found.append(time.fromisoformat(text))
    return tuple(sorted(set(found)))


def _folder(value: object) -> Path:
    return Path(_text(value)).expanduser()


def _relay(value: object) -> str:
    text = _text(value)
    parts = urlsplit(text)
    if parts.scheme not in ("smtp", "smtps", "maildir"):
        raise ValueError('wants "smtp://HOST", "smtps://HOST" or "maildir:FOLDER"')
    if parts.scheme == "maildir":
        if not parts.path:
            raise ValueError('wants a folder after "maildir:"')
        return text
    try:
        bad_port = parts.port == 0
    except ValueError:
        bad_port = True
    if not parts.hostname or bad_port or parts.path.strip("/"):
        raise ValueError('wants "smtp://[USER:PASSWORD@]HOST[:PORT]"')
    return text


def _tls(value: object) -> str:
    if value not in ("required", "opportunistic", "off"):
        raise ValueError('wants "required", "opportunistic" or "off"')
    return str(value)


def _database(value: object) -> str:
    text = _text(value)
    if not re.match(r"(sqlite:///|postgresql(\+psycopg)?://)", text):
        raise ValueError('wants "sqlite:///FILE" or "postgresql://HOST/NAME"')
    return text


def _key(
    default: object, convert: Callable[[object], Any], doc: str, *, secret: bool = False
) -> Any:  # noqa: ANN401  (like dataclasses.field, which it wraps)
    """Describe one setting: its default, what makes its value, its documentation."""
    return field(default=default, metadata={"convert": convert, "doc": doc, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """`[newsletter]`: what it is called and where it lives."""

    title: str = _key("A newsletter", _text, "Its name, in feeds, pages and mails.")
    description: str = _key("", _optional_text, "One sentence on what it is about.")
    base_url: str = _key(
        "http://localhost:8000/",
        _base_url,
        "Where out/ is served. Every absolute address in feeds and mails begins with it.",
    )
    languages: tuple[str, ...] = _key(
        ("en", "zh-Hans"),
        _languages,
        "The language of the original titles, then that of the translation; one is enough.",
    )
    author: str = _key("", _optional_text, "Who publishes it; the title when empty.")
    id_authority: str = _key(
        "",
        _authority,
        "A domain name you own. It is part of every feed id: set it once and never change it, "
        "not even when the site moves. When empty, base_url's host at the first build is kept.",
    )
    id_year: int = _key(
        0,
        _whole(0, 9999),
        "A year in which you owned id_authority (RFC 4151). When 0, the year of the first "
        "build is kept.",
    )

    @property
    def base_host(self) -> str:
        """Give the host in base_url."""
        return urlsplit(self.base_url).hostname or "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """`[digests]`: where the input is."""

    dir: Path = _key(Path("seeds"), _folder, "The folder digest files are dropped into.")
    settle: timedelta = _key(
        timedelta(seconds=2),
        _duration,
        "`run` and `watch` take a digest once its size and time have not changed for this "
        "long, so that a file still being written is never taken.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """`[output]`: where the result goes."""

    dir: Path = _key(Path("out"), _folder, "The folder that a web server shows to the world.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`[database]`: where the state is kept."""

    url: str = _key(
        "sqlite:///.publisher/state.db",
        _database,
        "SQLite in a file of the newsletter's folder.",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`[mail]`: who sends, and through what."""

    sender: str = _key(
        "",
        _optional_text,
        'The From address, like `"News <news@example.org>"`. Needed before `run` can mail.',
    )
    reply_to: str = _key("", _optional_text, "Where answers go, when not to the sender.")
    list_id: str = _key(
        "",
        _optional_text,
        "The List-Id (RFC 2919), like `news.example.org`; made from the sender's domain when "
        "empty. Readers' filters rely on it: never change it.",
    )
    relay: str = _key(
        "maildir:.publisher/outbox",
        _relay,
        "Where mail goes: `smtp://` (STARTTLS), `smtps://` (TLS from the start), or a Maildir.",
        secret=True,
    )
    tls: str = _key(
        "required",
        _tls,
        "For `smtp://`: `required` refuses a relay without STARTTLS or with a certificate that "
        "does not fit, `opportunistic` uses it when offered, `off` never does.",
    )
    max_lateness: timedelta = _key(
        timedelta(days=7),
        _duration,
        "An issue whose date is longer ago than this is published but not mailed, so that an "
        "imported archive or a restored backup never floods readers.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`[schedule]`: when new issues go out."""

    timezone: ZoneInfo = _key(
        ZoneInfo("UTC"), _zone, "The time zone of `at`, and of dates in digests and on pages."
    )
    at: tuple[time, ...] = _key(
        (),
        _times,
        'Times of day at which new issues go out, like `["08:00"]`. When empty, at once.',
    )
    max_issues_per_tick: int = _key(
        10, _whole(1, 1000), "How many new issues go out at a time; the rest wait for the next."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one newsletter. Paths are absolute."""

    #: The newsletter's folder.
    project: Path
    newsletter: Newsletter = field(default_factory=Newsletter)
    digests: Digests = field(default_factory=Digests)
    output: Output = field(default_factory=Output)
    database: Database = field(default_factory=Database)
    mail: Mail = field(default_factory=Mail)
    schedule: Schedule = field(default_factory=Schedule)


#: Names in publisher.toml that Python cannot use for a field.
_SPELLED = {"sender": "from"}
SECTIONS: dict[str, type] = {
    "newsletter": Newsletter,
    "digests": Digests,
    "output": Output,
    "database": Database,
    "mail": Mail,
    "schedule": Schedule,
}


@dataclass(frozen=True, slots=True)
class Key:
    """One setting as the user knows it."""

    section: str
    name: str
    attribute: str
    default: object
    convert: Callable[[object], Any]
    doc: str
    secret: bool

    @property
    def variable(self) -> str:
        """Give the environment variable that overrides it."""
        return f"PUBLISHER_{self.section}_{self.name}".upper()


def keys() -> Iterator[Key]:
    """Walk every setting there is."""
    for section, kind in SECTIONS.items():
        for each in dataclasses.fields(kind):
            name = _SPELLED.get(each.name, each.name)
            yield Key(section, name, each.name, each.default, **each.metadata)


def load(project: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings of the newsletter in `project`.

    Raises SettingsError, naming file, line and key, for a file that is not TOML, an unknown
    section or key (with the nearest right one) and a value that cannot be used.
    """
    path = project / FILE_NAME
    source, table = _parsed(path)
    found = _from_file(path, source, table)
    for key in keys():
        value = _from_environment(key, environ)
        if value is not None:
            found[key.section][key.attribute] = _converted(key, value, key.variable)

    built = {section: kind(**found[section]) for section, kind in SECTIONS.items()}
    root = project.resolve()
    for section in ("digests", "output"):
        built[section] = dataclasses.replace(built[section], dir=root / built[section].dir)
    return Settings(project=root, **built)


def _parsed(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        source = path.read_text(encoding="utf-8-sig")
        return source, tomllib.loads(source)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: no such file; `publisher init DIR` makes a newsletter, "
            "--project DIR names another folder"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as UTF-8 text: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_toml_place(path, str(error))) from None


def _from_file(path: Path, source: str, table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    known = {(key.section, key.name): key for key in keys()}
    found: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for section, body in table.items():
        if section not in SECTIONS:
            raise SettingsError(_unknown(path, source, None, section, list(SECTIONS)))
        if not isinstance(body, dict):
            raise SettingsError(f"{_place(path, source, None, section)}: [{section}] is a section")
        for name, value in body.items():
            key = known.get((section, name))
            if key is None:
                names = [each for part, each in known if part == section]
                raise SettingsError(_unknown(path, source, section, name, names))
            where = f"{_place(path, source, section, name)}: {section}.{name}"
            found[section][key.attribute] = _converted(key, value, where)
    return found


def _converted(key: Key, value: object, where: str) -> object:
    try:
        return key.convert(value)
    except ValueError as error:
        raise SettingsError(f"{where} {error}") from None


def _from_environment(key: Key, environ: Mapping[str, str]) -> str | None:
    if key.variable in environ:
        return environ[key.variable]
    file = environ.get(f"{key.variable}_FILE") if key.secret else None
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{key.variable}_FILE: cannot read the file it names: {error}"
        ) from None


def _toml_place(path: Path, message: str) -> str:
    match = re.search(r"(.*) \(at line (\d+), column (\d+)\)", message)
    if not match:
        return f"{path}: not TOML: {message}"
    return f"{path}:{match[2]}:{match[3]}: not TOML: {match[1]}"


def _place(path: Path, source: str, section: str | None, name: str) -> str:
    """Find the line of a key, or of a section when `section` is None, for an error message."""
    current = None
    for number, line in enumerate(source.splitlines(), 1):
        header = re.match(r"\s*\[+\s*\"?([\w-]+)", line)
        if header:
            current = header[1]
        hit = current == section and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line)
        if hit or (section is None and header and current == name):
            return f"{path}:{number}:1"
    return str(path)


def _unknown(path: Path, source: str, section: str | None, name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"?' if near else "known are: " + ", ".join(names)
    kind = "setting" if section else "section"
    full = f"{section}.{name}" if section else name
    return f'{_place(path, source, section, name)}: unknown {kind} "{full}"; {hint}'
