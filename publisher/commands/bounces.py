"""`bounces`: what came back is read once, and what it asks for is done."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import Connection

from publisher import permissions
from publisher.config import Settings
from publisher.config.server_validators import bounces as wanted
from publisher.delivery.bounce_parser import LIMIT, Bounce, parse
from publisher.delivery.bounce_policy import (
    SoftBounces,
    domain_of,
    is_on_the_list,
    lift_suppressions,
    outages,
    suppress,
)
from publisher.errors import OutputError, SettingsError
from publisher.mail.inbound import Access, mails_of
from publisher.mail.mailboxes import ArrivedMail
from publisher.storage import bounces, subscribers
from publisher.storage.bounces import BounceKind
from publisher.storage.database import Database
from publisher.storage.subscribers import FORGOTTEN, SubscriberRow
from publisher.subscribers.tokens import Keys

_LOG = logging.getLogger(__name__)
#: Where mails are kept that say nothing to a program.
KEPT = ".publisher/bounces"
_SUFFIX = ".eml"
#: What to say of a domain that may have lost its directory; of the number of its readers.
OUTAGE = (
    "{}: {} readers came back as unknown, more than half of those there: its directory may be "
    "out, so they stay on the list. Of those who are gone, `publisher suppress ADDR`"
)
#: What to say of them, by their number.
WAITING = (
    f"{{}} of the mails that came back could not be understood: they are in {KEPT}/; see to what "
    "they ask for, and delete them"
)
#: The same after a dry run.
WOULD_WAIT = f"{{}} of the mails that came back could not be understood: {KEPT}/ would have them"
#: How somebody left, as the table has it.
_HOW = {BounceKind.complaint: "complaint", BounceKind.leave: "mail"}


class Effect(NamedTuple):
    """What one mail changed."""

    kind: BounceKind
    #: Whom it is about; None where it does not say so beyond doubt.
    person: SubscriberRow | None
    suppressed: bool
    unsubscribed: bool


@dataclass(slots=True)
class BounceCounts:
    """What came of the mails that were read."""

    kinds: Counter[BounceKind] = field(default_factory=Counter)
    #: Mails that were read before.
    known: int = 0
    #: The addresses that were suppressed, and stay so, by their keys.
    barred: dict[str, str] = field(default_factory=dict)
    #: The addresses of those who complained or asked to leave, and were on the list.
    leavers: list[str] = field(default_factory=list)
    #: The domains that said of a reader that they are gone.
    gone_at: set[str] = field(default_factory=set)
    #: Domains whose directory seems to be out, and how many of their readers came back as gone.
    outages: dict[str, int] = field(default_factory=dict)

    @property
    def suppressed(self) -> int:
        """Return how many addresses were suppressed."""
        return len(self.barred)

    @property
    def unsubscribed(self) -> int:
        """Return how many people were taken off the list."""
        return len(self.leavers)

    def add(self, effect: Effect | None) -> None:
        """Count a mail; None is one that was read before."""
        if effect is None:
            self.known += 1
            return
        self.kinds[effect.kind] += 1
        person = effect.person
        if person is None:
            return
        if effect.kind is BounceKind.hard:
            self.gone_at.add(domain_of(person.key))
        if effect.suppressed:
            self.barred[person.key] = person.address
        if effect.unsubscribed:
            self.leavers.append(person.address)

    def changes(self) -> Iterator[str]:
        """Yield a line for each address: what it is from now on."""
        yield from (f"{address}: suppressed" for address in self.barred.values())
        yield from (f"{address}: unsubscribed" for address in self.leavers)

    def __str__(self) -> str:
        """Return it as one line."""
        if not self.kinds:
            return "no new mail"
        counted = ", ".join(
            f"{self.kinds[kind]} {kind.value}" for kind in BounceKind if self.kinds[kind]
        )
        return f"{counted}; {self.suppressed} suppressed, {self.unsubscribed} unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What it takes to act on what came back."""

    database: Database
    keys: Keys
    #: Where what cannot be understood is kept.
    folder: Path
    soft: SoftBounces
    clock: Callable[[], datetime]


def make_reader(
    settings: Settings, database: Database, keys: Keys, clock: Callable[[], datetime]
) -> Reader:
    """Return what mails are read with."""
    return Reader(
        database=database,
        keys=keys,
        folder=settings.project / KEPT,
        soft=read_soft_bounces(settings),
        clock=clock,
    )


def find_mails(settings: Settings, source: str | None, access: Access) -> Iterator[ArrivedMail]:
    """Yield the mails of a Maildir, an mbox or a mailbox over IMAP, which `access` opens.

    Raises SettingsError without a source, and MailboxError.
    """
    return mails_of(choose_source(settings, source), access, limit=LIMIT)


def read_bounces(
    reader: Reader, mails: Iterable[ArrivedMail], counts: BounceCounts, *, dry_run: bool = False
) -> None:
    """Read mails; the counts grow as it goes.

    A dry run counts the same, changes nothing and marks no mail as read.

    Raises MailboxError and OutputError: what was read until then is done, and the rest waits.
    """
    if dry_run:
        rehearse_mails(reader, mails, counts)
        return
    try:
        read_mails(reader, mails, counts)
    finally:
        spare_outages(reader, counts)
        kinds = {kind.value: number for kind, number in counts.kinds.items()}
        changes = {"suppressed": counts.suppressed, "unsubscribed": counts.unsubscribed}
        _LOG.info("bounces read", extra={**kinds, **changes})


def read_soft_bounces(settings: Settings) -> SoftBounces:
    """Return how many soft bounces are a hard one."""
    return SoftBounces(most=settings.mail.soft_bounces, within=settings.mail.soft_bounces_within)


def choose_source(settings: Settings, given: str | None) -> str:
    """Return where to read: what was named, else the setting. Raises SettingsError without either.

    A folder of the same account needs no password: it is taken from the setting.
    """
    kept = settings.mail.bounces
    if given is None:
        if not kept:
            raise SettingsError(
                "mail.bounces is not set, and no SOURCE was named: a Maildir, an mbox file or "
                "imaps://USER:PASSWORD@HOST/FOLDER"
            )
        return kept if "://" in kept else str(settings.project / Path(kept).expanduser())
    try:
        given = wanted(given)
    except ValueError as error:
        raise SettingsError(f"SOURCE {error}") from None
    asked, mine = urlsplit(given), urlsplit(kept)
    if asked.username and asked.password is None and _account(asked) == _account(mine):
        return asked._replace(netloc=mine.netloc).geturl()
    return given


def _account(url: SplitResult) -> tuple[str, str | None, str | None]:
    return url.scheme, url.username, url.hostname


def read_mails(reader: Reader, mails: Iterable[ArrivedMail], counts: BounceCounts) -> None:
    """Read mails, each in a transaction of its own, and only then mark it as read."""
    for mail, mark in mails:
        _take(reader, mail, counts)
        mark()


def spare_outages(reader: Reader, counts: BounceCounts) -> None:
    """Lift the suppressions at domains whose directory seems to be out, of earlier runs too."""
    with reader.database.read() as connection:
        is_out = bool(outages(connection, reader.clock()))
    if is_out:
        with reader.database.write() as connection:
            _spare(connection, counts, reader.clock())


def rehearse_mails(reader: Reader, mails: Iterable[ArrivedMail], counts: BounceCounts) -> None:
    """Count what `read_mails` and `spare_outages` would do, and do nothing of it.

    All mails are read first: the one transaction in which they are counted is then a short one.
    """
    bounced: list[tuple[str, Bounce]] = []
    try:
        for mail, _ in mails:
            name, content = _normalised(mail)
            bounced.append((name, parse(content, reader.keys)))
    finally:
        with reader.database.write(dry_run=True) as connection:
            for name, bounce in bounced:
                counts.add(_act(connection, reader, name, bounce))
            _spare(connection, counts, reader.clock())


def _spare(connection: Connection, counts: BounceCounts, now: datetime) -> None:
    keys_of_domains = outages(connection, now)
    if not keys_of_domains:
        return
    spared = lift_suppressions(connection, set().union(*keys_of_domains.values()), now)
    counts.barred = {key: who for key, who in counts.barred.items() if key not in spared}
    counts.outages = {
        domain: len(keys)
        for domain, keys in sorted(keys_of_domains.items())
        if keys & spared or domain in counts.gone_at
    }


def _take(reader: Reader, mail: bytes, counts: BounceCounts) -> None:
    name, mail = _normalised(mail)
    with reader.database.read() as connection:
        if bounces.is_known(connection, name):
            counts.known += 1
            return
    bounce = parse(mail, reader.keys)
    with reader.database.write() as connection:
        effect = _act(connection, reader, name, bounce)
        if effect and effect.kind is BounceKind.unknown:
            _keep(reader.folder, name, mail)
    counts.add(effect)


def _normalised(mail: bytes) -> tuple[str, bytes]:
    """Return a mail's hash and its bytes, whatever folder it comes from.

    Line ends and a closing blank line are the folder's, not the mail's.
    """
    mail = mail.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
    return hashlib.sha256(mail).hexdigest(), mail


def _act(connection: Connection, reader: Reader, name: str, bounce: Bounce) -> Effect | None:
    """Do what a mail asks for; None for one that was read before."""
    if bounces.is_known(connection, name):
        return None
    now = reader.clock()
    person = _person(connection, bounce)
    kind = bounce.kind
    if person is None and kind is not BounceKind.ignored:
        kind = BounceKind.unknown
    number = person.id if person else None
    words = "" if person and person.status == FORGOTTEN else bounce.words
    bounces.add(connection, name, number, kind.value, words=words, now=now)
    return Effect(
        kind=kind,
        person=person,
        suppressed=person is not None
        and suppress(connection, person, kind, reader.soft, now, words=words),
        unsubscribed=person is not None and _leave(connection, person, kind, now),
    )


def _person(connection: Connection, bounce: Bounce) -> SubscriberRow | None:
    """Return whom a mail is about; None if its token is of an earlier person with that number.

    It may be of an earlier subscription of theirs, as on the page.
    """
    if bounce.subscriber is None:
        return None
    row = subscribers.by_id(connection, bounce.subscriber)
    # Nothing becomes of a forgotten one.
    return row if row and (row.status == FORGOTTEN or row.owns(bounce.epoch)) else None


def _leave(connection: Connection, person: SubscriberRow, kind: BounceKind, now: datetime) -> bool:
    how = _HOW.get(kind)
    if how is None or not is_on_the_list(person):
        return False
    subscribers.update_all(connection, [subscribers.unsubscribed(person, how=how, now=now)])
    return True


# --- What a person has to look at ---------------------------------------------------------


def count_kept_mails(settings: Settings) -> int:
    """Count the mails that wait for a person."""
    folder = settings.project / KEPT
    return sum(1 for _ in folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else 0


def _keep(folder: Path, name: str, mail: bytes) -> None:
    """Write a mail to a file that only this user may read: whole, or not at all."""
    target = folder / f"{name}{_SUFFIX}"
    temporary = folder / f".{name}.tmp-publisher"
    try:
        permissions.make_folder(folder)
        temporary.unlink(missing_ok=True)
        descriptor = permissions.open_file(temporary, os.O_WRONLY | os.O_EXCL)
        with open(descriptor, "wb") as file:  # noqa: PTH123  (a descriptor)
            file.write(mail)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written: {error.strerror}; no mail is lost, the next run goes on"
        ) from None
