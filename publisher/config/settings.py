"""The settings: each field of a section is one, and its metadata has its documentation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.config.field import key
from publisher.config.mail import Email, Mail
from publisher.config.validators import (
    authority,
    base_url,
    database,
    duration,
    folder,
    hub,
    interface_language,
    languages,
    listening,
    networks,
    one_of,
    optional_file,
    optional_text,
    picture,
    secrets,
    text,
    times,
    web_url,
    whole,
    zone,
)
from publisher.event_log import LEVELS
from publisher.i18n import ENGLISH


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """`[newsletter]`: what it is called and where it lives."""

    title: str = key("A newsletter", text, "Its name, in feeds, pages and mails.")
    description: str = key("", optional_text, "One sentence on what it is about.")
    base_url: str = key(
        "http://localhost:8000/",
        base_url,
        "Where out/ is served. Every absolute address in feeds and mails begins with it.",
    )
    languages: tuple[str, ...] = key(
        ("en", "zh-Hans"),
        languages,
        "The language of the original titles, then that of the translation; one is enough.",
    )
    interface_language: str = key(
        ENGLISH,
        interface_language,
        'The language of interface text on pages, in mails and in feeds: `"en"` or `"zh-Hans"`.',
    )
    author: str = key("", optional_text, "Who publishes it; the title when empty.")
    rights: str = key("", optional_text, "What others may do with it, like `CC BY 4.0`.")
    logo: str = key(
        "",
        picture,
        "A picture for feed readers, GIF, JPEG or PNG: its address, or `logo.png` for "
        "`templates/assets/logo.png`.",
    )
    hub: str = key(
        "",
        hub,
        "A WebSub hub, like `https://hub.example.org/`: feeds name it, readers subscribe to "
        "feeds there, and `run` and `watch` tell it of each feed that changed. When empty, "
        "readers ask from time to time.",
    )
    id_authority: str = key(
        "",
        authority,
        "A domain name you own. It is part of every feed id: set it once and never change it, "
        "not even when the site moves. When empty, base_url's host at the first build is kept.",
    )
    id_year: int = key(
        0,
        whole(0, 9999),
        "A year in which you owned id_authority (RFC 4151). When 0, the year of the first "
        "build is kept.",
    )

    @property
    def shown_languages(self) -> tuple[str, ...]:
        """Return all languages that texts may be in, the original's first."""
        languages = self.languages
        return (
            languages
            if self.interface_language in languages
            else (*languages, self.interface_language)
        )

    @property
    def base_host(self) -> str:
        """Return the host in base_url."""
        return urlsplit(self.base_url).hostname or "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """`[digests]`: where the input is."""

    dir: Path = key(Path("seeds"), folder, "The folder digest files are dropped into.")
    settle: timedelta = key(
        timedelta(seconds=2),
        duration,
        "`run` and `watch` take a digest once its size and time have not changed for this "
        "long, so that a file still being written is never taken.",
    )
    max_bytes: int = key(
        2_000_000,
        whole(1_000, 1_000_000_000),
        "A larger digest is an error, and is not read. Reading takes up to 250 times a digest's "
        "size in memory, and 300 MB at most with both limits as they are.",
    )
    max_lines: int = key(
        100_000,
        whole(100, 100_000_000),
        "A digest with more lines is an error.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """`[output]`: where the result goes."""

    dir: Path = key(Path("out"), folder, "The folder that a web server shows to the world.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`[database]`: where the state is kept."""

    url: str = key(
        "sqlite:///.publisher/state.db",
        database,
        "SQLite in a file of the newsletter's folder, or PostgreSQL: "
        "`postgresql://user:password@host/name`, with the extra `publisher[postgresql]` installed.",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`[schedule]`: when new issues go out."""

    timezone: ZoneInfo = key(
        ZoneInfo("UTC"),
        zone,
        "The time zone of `at`, of dates in digests and on pages, and of what commands print.",
    )
    at: tuple[time, ...] = key(
        (),
        times,
        'Times of day at which new issues go out, like `["08:00"]`. When empty, at once.',
    )
    max_issues_per_tick: int = key(
        10, whole(1, 1000), "How many new issues go out at a time; the rest wait for the next."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """`[web]`: the server that people join and leave at."""

    url: str = key(
        "",
        web_url,
        "Where `publisher serve` is reached from outside, like `https://news.example.org/`. Mails "
        "then lead to its pages, and mail programs unsubscribe with one click (RFC 8058). When "
        "empty, people join and leave by mail.",
    )
    host: str = key("127.0.0.1", listening, "The address that `publisher serve` listens at.")
    port: int = key(8000, whole(1, 65535), "The port that it listens at.")
    trusted_proxies: tuple[str, ...] = key(
        (),
        networks,
        'Addresses or networks of proxies before it, like `["127.0.0.1", "10.0.0.0/8"]`. '
        "What these say of a client's address (`X-Forwarded-For`, `X-Forwarded-Proto`) is "
        "believed, and nobody else.",
    )
    secret: tuple[str, ...] = key(
        (),
        secrets,
        "What links in mails are signed with, the newest first: older ones are kept for links in "
        "mails of their time. When empty, one is made and kept in the state database. At least "
        "32 characters each; `openssl rand -hex 32` makes one.",
        secret=True,
    )
    joins_per_network: int = key(
        20,
        whole(1, 1_000_000),
        "How many may ask to join within an hour from one network (IPv4 /24, IPv6 /64).",
    )
    joins_per_hour: int = key(
        1000, whole(1, 1_000_000), "How many may ask to join within an hour, from anywhere."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """`[log]`: the log of what happens."""

    file: Path | None = key(
        None,
        optional_file,
        "The file that `run`, `watch`, `serve`, `apply` and `bounces` append events to, like "
        "`.publisher/publisher.log`. When empty, no log is written.",
    )
    level: str = key(
        "info",
        one_of(*LEVELS),
        "The least of what is logged: `debug`, `info`, `warning` or `error`.",
    )
    format: str = key(
        "text",
        one_of("text", "json"),
        "How an event is written: `text` (`name=value` pairs) or `json`, one event a line.",
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
    email: Email = field(default_factory=Email)
    schedule: Schedule = field(default_factory=Schedule)
    web: Web = field(default_factory=Web)
    log: Log = field(default_factory=Log)

    def secrets(self) -> Iterator[str]:
        """Yield all secrets: the passwords in URLs, and the secrets that sign links."""
        yield from self.web.secret
        relays = (pace.url for pace in self.mail.paces)
        for url in (self.database.url, self.mail.bounces, *relays):
            password = urlsplit(url).password if "://" in url else None
            if password:
                yield password


#: Names in publisher.toml that Python cannot use for a field.
_SPELLED = {"sender": "from"}
#: How the names of all variables begin that are settings.
PREFIX = "PUBLISHER_"
SECTIONS: dict[str, type] = {
    "newsletter": Newsletter,
    "digests": Digests,
    "output": Output,
    "database": Database,
    "mail": Mail,
    "email": Email,
    "schedule": Schedule,
    "web": Web,
    "log": Log,
}


@dataclass(frozen=True, slots=True)
class Key:
    """One setting, with its names in publisher.toml and in the environment."""

    section: str
    name: str
    attribute: str
    default: object
    convert: Callable[[object], Any]
    doc: str
    secret: bool

    @property
    def variable(self) -> str:
        """Return the environment variable that overrides it."""
        return f"{PREFIX}{self.section}_{self.name}".upper()

    @property
    def variables(self) -> tuple[str, ...]:
        """Return all variables that set it; a secret may be in a file that the second names."""
        return (self.variable, f"{self.variable}_FILE") if self.secret else (self.variable,)


def keys() -> Iterator[Key]:
    """Yield all settings, by section."""
    for section, kind in SECTIONS.items():
        for setting in dataclasses.fields(kind):
            name = _SPELLED.get(setting.name, setting.name)
            yield Key(section, name, setting.name, setting.default, **setting.metadata)
