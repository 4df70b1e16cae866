"""The settings: every field of a section is one, its metadata holds its documentation."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.config.converters import (
    authority,
    base_url,
    bounces,
    database,
    dkim,
    duration,
    folder,
    hub,
    interface_language,
    languages,
    list_id,
    networks,
    on_uncertain,
    optional_text,
    picture,
    relay,
    secrets,
    text,
    times,
    tls,
    web_url,
    whole,
    zone,
)
from publisher.config.pacing import (
    CONNECTIONS,
    DomainPace,
    RelayPace,
    connections,
    domains,
    quiet_hours,
    rate,
    relays,
)
from publisher.interface import ENGLISH


def _key(
    default: object, convert: Callable[[object], Any], doc: str, *, secret: bool = False
) -> Any:  # noqa: ANN401  (like dataclasses.field, which it wraps)
    """Describe one setting: its default, what makes its value, its documentation."""
    return field(default=default, metadata={"convert": convert, "doc": doc, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """`[newsletter]`: what it is called and where it lives."""

    title: str = _key("A newsletter", text, "Its name, in feeds, pages and mails.")
    description: str = _key("", optional_text, "One sentence on what it is about.")
    base_url: str = _key(
        "http://localhost:8000/",
        base_url,
        "Where out/ is served. Every absolute address in feeds and mails begins with it.",
    )
    languages: tuple[str, ...] = _key(
        ("en", "zh-Hans"),
        languages,
        "The language of the original titles, then that of the translation; one is enough.",
    )
    interface_language: str = _key(
        ENGLISH,
        interface_language,
        "The language of the words that are no issue's, on pages, in mails and in feeds: "
        '`"en"` or `"zh-Hans"`.',
    )
    author: str = _key("", optional_text, "Who publishes it; the title when empty.")
    rights: str = _key("", optional_text, "What others may do with it, like `CC BY 4.0`.")
    logo: str = _key(
        "",
        picture,
        "A picture for feed readers, GIF, JPEG or PNG: its address, or `logo.png` for "
        "`templates/assets/logo.png`.",
    )
    hub: str = _key(
        "",
        hub,
        "A WebSub hub, like `https://hub.example.org/`: feeds name it, readers subscribe to "
        "feeds there, and `run` and `watch` tell it of each feed that changed. When empty, "
        "readers ask from time to time.",
    )
    id_authority: str = _key(
        "",
        authority,
        "A domain name you own. It is part of every feed id: set it once and never change it, "
        "not even when the site moves. When empty, base_url's host at the first build is kept.",
    )
    id_year: int = _key(
        0,
        whole(0, 9999),
        "A year in which you owned id_authority (RFC 4151). When 0, the year of the first "
        "build is kept.",
    )

    @property
    def shown_languages(self) -> tuple[str, ...]:
        """Give every language that a line of text may be in, the original's first."""
        its = self.languages
        return its if self.interface_language in its else (*its, self.interface_language)

    @property
    def base_host(self) -> str:
        """Give the host in base_url."""
        return urlsplit(self.base_url).hostname or "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """`[digests]`: where the input is."""

    dir: Path = _key(Path("seeds"), folder, "The folder digest files are dropped into.")
    settle: timedelta = _key(
        timedelta(seconds=2),
        duration,
        "`run` and `watch` take a digest once its size and time have not changed for this "
        "long, so that a file still being written is never taken.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """`[output]`: where the result goes."""

    dir: Path = _key(Path("out"), folder, "The folder that a web server shows to the world.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """`[database]`: where the state is kept."""

    url: str = _key(
        "sqlite:///.publisher/state.db",
        database,
        "SQLite in a file of the newsletter's folder, or PostgreSQL: "
        "`postgresql://user:password@host/name`, with the extra `publisher[postgresql]` installed.",
        secret=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`[mail]`: who sends, and through what."""

    sender: str = _key(
        "",
        optional_text,
        'The From address, like `"News <news@example.org>"`. Needed before `run` can mail.',
    )
    reply_to: str = _key("", optional_text, "Where answers go, when not to the sender.")
    list_id: str = _key(
        "",
        list_id,
        "The List-Id (RFC 2919), like `news.example.org`; made from the sender's domain when "
        "empty. Readers' filters rely on it: never change it.",
    )
    relay: str = _key(
        "maildir:.publisher/outbox",
        relay,
        "Where mail goes: `smtp://` (STARTTLS), `smtps://` (TLS from the start), or a Maildir.",
        secret=True,
    )
    tls: str = _key(
        "required",
        tls,
        "For `smtp://` and `imap://`: `required` refuses a server without STARTTLS or with a "
        "certificate that does not fit, `opportunistic` uses it when offered, `off` never does.",
    )
    connections: int = _key(
        CONNECTIONS,
        connections,
        "How many connections to `mail.relay` there are at most.",
    )
    rate: float = _key(
        math.inf,
        rate,
        'How much mail goes through `mail.relay` at most, like `"20/s"`, `"600/m"`, `"5000/h"` or '
        '`"50000/d"`. It goes evenly: `"600/m"` is one message every tenth of a second. A relay '
        "that says it gets too much is given less all the same, for some minutes. When empty, "
        "there is no limit.",
    )
    relays: tuple[RelayPace, ...] = _key(
        (),
        relays,
        "Several relays in the place of `mail.relay`, each a `[[mail.relays]]` with `url`, "
        "`weight` (its share of the mail; 1), `connections` (10 for the heaviest, for others in "
        "proportion) and `rate`. Shares hold as long as all are equally fast: none waits for "
        "another. One that cannot be used leaves its share to the others. In the variable: "
        "`smtp://a.example.org weight=3 rate=600/m, smtps://b.example.org`.",
        secret=True,
    )
    domains: tuple[tuple[str, DomainPace], ...] = _key(
        (),
        domains,
        "How fast mail goes to the readers at one domain, through all relays together: "
        '`[mail.domains."qq.com"]` with `rate` and `connections`; `[mail.domains."*"]` is for each '
        "domain not named. In the variable: `qq.com rate=20/m connections=2, * rate=50/s`.",
    )
    quiet_hours: tuple[time, time] | None = _key(
        None,
        quiet_hours,
        'Times of day between which no issue is mailed, like `"22:00-07:00"`, in '
        "`schedule.timezone`. What is not through by then goes on after it.",
    )
    give_up_after: timedelta = _key(
        timedelta(days=5),
        duration,
        "How long a mail that the relay would not take yet is tried again (RFC 5321 4.5.4.1: four "
        "or five days at least).",
    )
    dkim: tuple[tuple[str, Path], ...] = _key(
        (),
        dkim,
        'The keys every mail is signed with (RFC 6376), like `["p202611r:.publisher/dkim/'
        'p202611r.pem"]`: selectors and files, which nobody else may read. `publisher doctor '
        "--dkim-keygen` makes them. Set it when `publisher doctor` finds their records in DNS. "
        "When empty, mail is not signed.",
    )
    on_uncertain: str = _key(
        "hold",
        on_uncertain,
        "What to do about a mail of which nobody knows whether the relay has it: `hold` keeps it "
        "for a person, `resend` sends it again, with the same Message-ID, so that now and then "
        "somebody gets an issue twice.",
    )
    bounce_domain: str = _key(
        "",
        authority,
        "A domain whose mail you receive, like `bounces.example.org`. What cannot be delivered "
        "comes back to an address there that tells whose copy it was; `publisher bounces` reads "
        "it, and mails that ask to unsubscribe go there too. When empty, it comes back to the "
        "sender.",
    )
    bounces: str = _key(
        "",
        bounces,
        "Where `publisher bounces` reads: a Maildir, an mbox file, or a folder over IMAP, like "
        "`imaps://user:password@mail.example.org/INBOX` (`imap://` with STARTTLS, see `mail.tls`).",
        secret=True,
    )
    soft_bounces: int = _key(
        5,
        whole(1, 1000),
        "After how many mails that could not be delivered for a reason that may pass (a full "
        "mailbox, a server that is away) an address is given up.",
    )
    soft_bounces_within: timedelta = _key(
        timedelta(days=30), duration, "The time in which `mail.soft_bounces` are counted."
    )
    max_lateness: timedelta = _key(
        timedelta(days=7),
        duration,
        "An issue whose date is longer ago than this is published but not mailed, so that an "
        "imported archive or a restored backup never floods readers.",
    )

    @property
    def paces(self) -> tuple[RelayPace, ...]:
        """Give every relay that mail goes through; none when it goes to a Maildir."""
        if self.relays or self.relay.startswith("maildir:"):
            return self.relays
        return (RelayPace(url=self.relay, rate=self.rate, connections=self.connections),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """`[email]`: what a mail looks like."""

    max_html_bytes: int = _key(
        90_000,
        whole(20_000, 10_000_000),
        "How many bytes a mail's HTML, and its plain text, may have. Over it, the longest texts "
        "fold to their first sentences with a link to the page. Gmail clips a mail at about "
        "102,000 bytes, and hides the unsubscribe link with it.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`[schedule]`: when new issues go out."""

    timezone: ZoneInfo = _key(
        ZoneInfo("UTC"), zone, "The time zone of `at`, and of dates in digests and on pages."
    )
    at: tuple[time, ...] = _key(
        (),
        times,
        'Times of day at which new issues go out, like `["08:00"]`. When empty, at once.',
    )
    max_issues_per_tick: int = _key(
        10, whole(1, 1000), "How many new issues go out at a time; the rest wait for the next."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """`[web]`: the server that people join and leave at."""

    url: str = _key(
        "",
        web_url,
        "Where `publisher serve` is reached from outside, like `https://news.example.org/`. Mails "
        "then lead to its pages, and mail programs unsubscribe with one click (RFC 8058). When "
        "empty, people join and leave by mail.",
    )
    host: str = _key("127.0.0.1", text, "The address that `publisher serve` listens at.")
    port: int = _key(8000, whole(1, 65535), "The port that it listens at.")
    trusted_proxies: tuple[str, ...] = _key(
        (),
        networks,
        'Addresses or networks of proxies before it, like `["127.0.0.1", "10.0.0.0/8"]`. '
        "What these say of a visitor's address (`X-Forwarded-For`, `X-Forwarded-Proto`) is "
        "believed, and nobody else.",
    )
    secret: tuple[str, ...] = _key(
        (),
        secrets,
        "What links in mails are signed with, the newest first: older ones are kept for links in "
        "mails of their time. When empty, one is made and kept in the state database. At least "
        "32 characters each; `openssl rand -hex 32` makes one.",
        secret=True,
    )
    joins_per_network: int = _key(
        20,
        whole(1, 1_000_000),
        "How many may ask to join within an hour from one network (IPv4 /24, IPv6 /64).",
    )
    joins_per_hour: int = _key(
        1000, whole(1, 1_000_000), "How many may ask to join within an hour, from anywhere."
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


#: Names in publisher.toml that Python cannot use for a field.
_SPELLED = {"sender": "from"}
SECTIONS: dict[str, type] = {
    "newsletter": Newsletter,
    "digests": Digests,
    "output": Output,
    "database": Database,
    "mail": Mail,
    "email": Email,
    "schedule": Schedule,
    "web": Web,
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
