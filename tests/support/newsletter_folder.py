"""A small newsletter in a folder of its own, for tests to drop digests into and to build."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from sqlalchemy import Connection

from publisher import factories, mail_factories
from publisher.commands.check import check_files, check_newsletter
from publisher.commands.preview import Preview
from publisher.config import load
from publisher.delivery.confirmation_mail import ConfirmationsSent
from publisher.model import Diagnostic, Issue, IssueRecord
from publisher.pipeline.tick import Built, Delivered, Published, deliver_due
from publisher.plans import approve
from publisher.plans.approve import Applied, Frozen
from publisher.plans.confirmation_requests import Confirmations, answer_once
from publisher.plans.run import Delivery, Lock, Mailed
from publisher.sources import scan
from publisher.sources.scan import FileStamp, ReadResult
from publisher.storage import digests, issues, plans
from publisher.storage.database import Database
from publisher.storage.plans import Audience, Group, LetterDraft
from publisher.subscribers.tokens import Keys

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
KEYS = Keys((b"a secret of the tests",))
SETTINGS = """
[newsletter]
title = "Papers"
base_url = "https://news.example.org/"
id_authority = "example.org"
id_year = 2026
[web]
secret = "a secret of the tests and of no newsletter"
[digests]
settle = "0s"
"""


@cache
def _migrated() -> bytes:
    """Return a new state database's bytes: migrating one takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database("sqlite:///state.db", Path(folder))
        database.migrate()
        database.close()
        return (Path(folder) / "state.db").read_bytes()


@contextmanager
def fresh_database(folder: Path) -> Iterator[Database]:
    """Open a new, migrated state database in the folder."""
    path = folder / ".publisher" / "state.db"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_migrated())
    database = Database("sqlite:///.publisher/state.db", folder)
    try:
        yield database
    finally:
        database.close()


def freeze(connection: Connection, slug: str, *, text: str = "t", html: str = "h") -> int:
    """Plan an issue for everyone on the list; return the size of the audience."""
    plan = plans.create(connection, name=slug, issue=slug, now=NOW)
    everyone = Group(language="", covered=None)
    draft = LetterDraft(subject=slug, text=text, html=html)
    audience = Audience(languages=("en",))
    return plans.add_letter(connection, plan, everyone, draft, audience=audience, now=NOW)


def paper(number: str, title: str, text: str = "We show that it works.") -> str:
    """Return one item of a digest, on the paper of that arXiv number."""
    return f"## {title}\n[论文](https://arxiv.org/abs/{number})\n\n{text}\n\n"


@dataclass(slots=True)
class Ticked(Published):
    """What a run did: `mailed` says what was planned and sent."""

    confirmed: ConfirmationsSent | None = None


class Newsroom:
    """A newsletter's folder, and the tools made of its settings."""

    def __init__(self, folder: Path, database: Database, settings: str = "") -> None:
        (folder / "seeds").mkdir()
        (folder / "publisher.toml").write_text(SETTINGS + settings, encoding="utf-8")
        self.folder = folder
        self.database = database
        self.reload()

    def reload(self) -> None:
        """Read settings and templates as the next run would."""
        self.settings = load(self.folder, {})
        self.builder = factories.builder(self.settings, self.database)
        self.renderers = factories.renderers(self.settings)

    @property
    def out(self) -> Path:
        """Return the folder of the result."""
        return self.folder / "out"

    def drop(self, name: str, text: str, at: datetime = NOW) -> None:
        """Put a digest into the folder, or write it over; its time is `at`."""
        path = self.folder / "seeds" / name
        path.write_text(text, encoding="utf-8")
        os.utime(path, (at.timestamp(), at.timestamp()))

    def take(self, name: str) -> None:
        """Remove a digest."""
        (self.folder / "seeds" / name).unlink()

    def lose(self, *names: str) -> None:
        """Remove files or folders below out/, later than what the last build did there."""
        for name in names:
            path = self.out / name
            before = path.parent.stat().st_mtime_ns
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            while before == path.parent.stat().st_mtime_ns:  # a file system counts in 4 ms
                os.utime(path.parent)

    def build(self, now: datetime = NOW) -> Built:
        """Do what `publisher build` does."""
        self.reload()
        return self.builder.build(now)

    def tick(self, now: datetime = NOW, *, stopping: bool = False) -> Ticked:
        """Do what `publisher run` does."""
        self.reload()
        published = self.builder.publish(now, lambda: stopping)
        delivered = self.deliver(published.mailed, now, stopping=stopping)
        return Ticked(
            published.built,
            delivered.mailed,
            published.announced,
            published.late,
            delivered.confirmed,
        )

    def deliver(self, mailed: Mailed, now: datetime = NOW, *, stopping: bool = False) -> Delivered:
        """Send what is due, as `publisher run` does."""
        delivery = self.delivery(now, stopping=stopping)
        answer = partial(answer_once, partial(self.confirmations, now))
        return deliver_due(self.database, delivery, mailed, now, answer)

    def confirmations(self, now: datetime = NOW) -> Confirmations:
        """Return what writes to all who asked to join."""
        keys = mail_factories.token_keys(self.settings, self.database)
        pages = factories.subscription_pages(self.settings)
        return factories.confirmations(self.settings, self.database, keys, pages, lambda: now)

    def delivery(
        self, now: datetime = NOW, *, stopping: bool = False, lock: Lock = nullcontext
    ) -> Delivery:
        """Return what delivers plans."""
        return factories.delivery(
            self.settings,
            self.database,
            lock=lock,
            clock=lambda: now,
            chance=random.Random(1),  # noqa: S311  (jitter is no secret)
            stopping=lambda: stopping,
            tell=lambda _: None,
        )

    def apply(self, beginning: str, now: datetime = NOW, *, stopping: bool = False) -> Applied:
        """Do what `publisher apply` does."""
        return approve.apply_plan(
            self.settings,
            self.database,
            self.delivery(now, stopping=stopping),
            beginning,
            sign_ahead=partial(mail_factories.sign_ahead, self.settings, self.database),
            clock=lambda: now,
            stopping=lambda: stopping,
        )

    def read(self, stamp: FileStamp) -> ReadResult:
        """Read one digest as a build does."""
        store = factories.digest_store(self.settings)
        reader = factories.digest_reader(self.settings)
        return scan.read_stamped(stamp, self.settings, reader, lambda _, *copy: store.keep(*copy))

    def parse(self, name: str, text: str) -> Issue | None:
        """Return the issue in a text, which may be no digest of the newsletter."""
        return factories.digest_reader(self.settings).parse(name, text.encode()).issue

    def published(self, record: IssueRecord) -> Issue | None:
        """Return an issue as it was published."""
        return factories.published_issues(self.settings).published(record)

    def freeze(self, slug: str, now: datetime = NOW, *, sign: bool = False) -> Frozen:
        """Do what `publisher plan` does."""
        texts = factories.published_issues(self.settings, factories.paper_aliases(self.database))
        sign_ahead = partial(mail_factories.sign_ahead, self.settings, self.database)
        return approve.freeze_plan(
            self.settings, self.database, texts.published, self.renderers, slug, now,
            sign_ahead=sign_ahead if sign else None,
        )  # fmt: skip

    def preview(self, slug: str, now: datetime = NOW) -> Preview:
        """Return an issue's mail as it would leave now."""
        return factories.previewer(self.settings, self.database).preview(slug, now)

    def check(self, *files: Path) -> Iterator[Diagnostic]:
        """Do what `publisher check` does."""
        reader = factories.digest_reader(self.settings)
        if files:
            return check_files(self.settings, reader, self.renderers, files)
        language = self.settings.newsletter.interface_language
        templates = factories.templates(self.settings, language)
        return check_newsletter(self.settings, reader, self.renderers, templates)

    def records(self) -> dict[str, IssueRecord]:
        """Return what is published, by slug, newest first."""
        with self.database.read() as connection:
            return {record.slug: record for record in issues.newest(connection)}

    def state_of(self, name: str) -> str:
        """Return what is remembered of a digest file."""
        with self.database.read() as connection:
            return digests.all_digests(connection)[name].state

    def files(self) -> dict[str, bytes]:
        """Return everything under out/."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }

    def page(self, path: str) -> str:
        """Return one page."""
        return (self.out / path).read_text(encoding="utf-8")


@contextmanager
def newsroom(folder: Path, settings: str = "") -> Iterator[Newsroom]:
    """Set up a newsletter in an empty folder."""
    with fresh_database(folder) as database:
        yield Newsroom(folder, database, settings)
