"""The one place where settings become objects."""

from __future__ import annotations

import json
import logging
import os
import random
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from publisher import factories, mail_factories, permissions
from publisher.config import FILE_NAME, Settings, load, secret_files
from publisher.errors import SettingsError
from publisher.event_log import start_log
from publisher.plans.progress import Progress, quiet_until
from publisher.redaction import masked
from publisher.storage.database import SUFFIXES, Database
from publisher.storage.database_url import file_of
from publisher.storage.lock import Work, exclusive
from publisher.storage.ownership import Mark, claim

if TYPE_CHECKING:
    import asyncio

    from publisher.commands.preview import Preview
    from publisher.delivery.confirmation_mail import ConfirmationsSent
    from publisher.digest.parser import ParsedDigest
    from publisher.errors import RelayError
    from publisher.mail.transport import Reply
    from publisher.model import Diagnostic
    from publisher.pipeline.tick import Built, Delivered, Published
    from publisher.plans.approve import Applied, Frozen
    from publisher.plans.confirmation_requests import Confirmations
    from publisher.plans.run import Delivery, Mailed

#: A client more than that is told to come again (503): each costs memory.
_MOST_CONNECTIONS = 1_000
#: Where state lives that belongs to one machine.
STATE = ".publisher"
_log = logging.getLogger(__name__)


class App:
    """A newsletter's folder, its settings and what is made of them."""

    def __init__(self, folder: Path) -> None:
        self.settings: Settings = load(folder, os.environ)

    def start_log(self) -> None:
        """Write events to the log from now on, if one is set. Raises SettingsError."""
        log = self.settings.log
        if log.file:
            start_log(log.file, log.level, self.settings.secrets(), as_json=log.format == "json")

    def secret_files(self) -> dict[str, Path]:
        """Return the files that secrets are read from, by the variable that names one."""
        return secret_files(os.environ)

    def tighten(self) -> dict[Path, int]:
        """Take the rights of others on what holds addresses; return how many files had any.

        By folder. A database elsewhere is in a folder that is not ours to change.
        """
        settings = self.settings
        folder = settings.project / STATE
        changed = {folder: permissions.tighten(folder)}
        file = file_of(settings.database.url, settings.project)
        if file is not None:
            real = Path(os.path.realpath(file))
            parts = (Path(f"{real}{suffix}") for suffix in SUFFIXES)
            changed[real.parent] = changed.get(real.parent, 0) + sum(
                permissions.tighten_file(part) for part in parts
            )
        return {place: number for place, number in changed.items() if number}

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Open the state database, brought up to date."""
        database = Database(self.settings.database.url, self.settings.project)
        try:
            database.migrate()
            self.claim(database)
            yield database
        finally:
            database.close()

    @contextmanager
    def locked(self, *works: Work) -> Iterator[Database]:
        """Yield the state database as it is, with the locks of some work. Raises BusyError."""
        database = Database(self.settings.database.url, self.settings.project)
        with closing(database), ExitStack() as locks:
            for work in works:
                locks.enter_context(self._lock(database, work))
            yield database

    @contextmanager
    def alone(self, *works: Work) -> Iterator[Database]:
        """Yield the state database, brought up to date, as `locked` does."""
        with self.locked(*works) as database:
            database.migrate()
            self.claim(database)
            yield database

    @contextmanager
    def _lock(self, database: Database, work: Work) -> Iterator[None]:
        """Be the only process at some work, on this machine and others. Raises BusyError."""
        with exclusive(self.settings.project / STATE, work), database.exclusive(work):
            yield

    def claim(self, database: Database) -> None:
        """Make sure that a database is this newsletter's. Raises StateError."""
        newsletter = self.settings.newsletter
        mine = Mark(
            id=os.urandom(16).hex(),
            path=str(self.settings.project),
            title=newsletter.title,
            base_url=newsletter.base_url,
        )
        claim(database, self.settings.project / STATE, mine)

    def build(self, now: datetime) -> Built:
        """Make out/ of the digests."""
        with self.alone(Work.publishing) as database:
            return factories.builder(self.settings, database).build(now)

    def publish(self, now: datetime | None, stopping: Callable[[], bool]) -> Published:
        """Publish what is due and plan its mail. Raises BusyError when another run publishes."""
        clock = _clock(now)
        with self.alone(Work.publishing) as database:
            return factories.builder(self.settings, database).publish(clock(), stopping)

    def deliver(
        self,
        now: datetime | None,
        stopping: Callable[[], bool],
        tell: Callable[[Progress], None],
        mailed: Mailed,
    ) -> Delivered:
        """Send the mail that is due; `mailed` says what was planned. Not if another run sends."""
        from publisher.pipeline import tick  # noqa: PLC0415  (as above)

        with self.database() as database:
            clock = _clock(now)
            delivery = self._delivery(database, clock, stopping, tell)
            answer = partial(self._answer_requests, database, clock)
            return tick.deliver_due(database, delivery, mailed, clock(), answer)

    def _answer_requests(
        self, database: Database, clock: Callable[[], datetime]
    ) -> ConfirmationsSent:
        """Write to all who asked to join."""
        from publisher.plans import confirmation_requests  # noqa: PLC0415  (15 ms, if there are)

        settings = self.settings

        def make() -> Confirmations:
            keys = mail_factories.token_keys(settings, database)
            pages = factories.subscription_pages(settings)
            return factories.confirmations(settings, database, keys, pages, clock)

        return confirmation_requests.answer_once(make)

    def has_mail(self) -> bool:
        """Return whether mail is due, or something of a killed process is to be settled."""
        with self.database() as database:
            return self._delivery(database, utc_now, lambda: False, _say_nothing).is_due()

    def apply(
        self, plan: str, stopping: Callable[[], bool], tell: Callable[[Progress], None]
    ) -> Applied:
        """Send exactly what a plan froze, or leave that to the run that is sending."""
        from publisher.plans import approve  # noqa: PLC0415  (35 ms that cron need not wait)

        with self.database() as database:
            delivery = self._delivery(database, utc_now, stopping, tell)
            return approve.apply_plan(
                self.settings,
                database,
                delivery,
                plan,
                sign_ahead=partial(mail_factories.sign_ahead, self.settings, database),
                clock=utc_now,
                stopping=stopping,
            )

    def quiet_until(self) -> datetime | None:
        """Return when the quiet hours are over, if it is in them."""
        return quiet_until(self.settings, utc_now())

    def _delivery(
        self,
        database: Database,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        tell: Callable[[Progress], None],
    ) -> Delivery:
        return factories.delivery(
            self.settings,
            database,
            lock=partial(self._lock, database, Work.delivery),
            clock=clock,
            chance=random.Random(),  # noqa: S311  (jitter is no secret)
            stopping=stopping,
            tell=tell,
        )

    def plan(self, slug: str, now: datetime, *, sign: bool) -> Frozen:
        """Freeze an issue's mail for a person to look at."""
        from publisher.plans import approve  # noqa: PLC0415  (as above)

        with self.alone(Work.publishing) as database:
            texts = factories.published_issues(self.settings, factories.paper_aliases(database))
            sign_ahead = partial(mail_factories.sign_ahead, self.settings, database)
            return approve.freeze_plan(
                self.settings, database, texts.published, factories.renderers(self.settings),
                slug, now, sign_ahead=sign_ahead if sign else None,
            )  # fmt: skip

    def check(self, files: Sequence[Path] | None) -> Iterator[Diagnostic]:
        """Yield the diagnostics on these files, or on templates and digests of the newsletter."""
        from publisher.commands import check  # noqa: PLC0415  (10 ms that cron need not wait)

        settings = self.settings
        reader, renderers = factories.digest_reader(settings), factories.renderers(settings)
        if files:
            return check.check_files(settings, reader, renderers, files)
        templates = factories.templates(settings, settings.newsletter.interface_language)
        return check.check_newsletter(settings, reader, renderers, templates)

    def explain(self, files: Sequence[Path] | None) -> Iterator[tuple[str, ParsedDigest]]:
        """Yield what became of each line of these files, or of all digests."""
        from publisher.commands import check  # noqa: PLC0415  (as above)

        return check.explain_files(self.settings, factories.digest_reader(self.settings), files)

    def mail_as_it_would_leave(self, database: Database, slug: str, now: datetime) -> Preview:
        """Return the preview of an issue's mail."""
        return factories.previewer(self.settings, database).preview(slug, now)

    def test_send(
        self, database: Database, slug: str, address: str, now: datetime
    ) -> Iterator[tuple[str, Reply | RelayError]]:
        """Send a copy of an issue's mail to one address through each relay."""
        relays = partial(mail_factories.relays, self.settings, database)
        return factories.previewer(self.settings, database).test_send(slug, address, now, relays)

    def serve(self, say: Callable[[str], None], *, quiet: bool) -> None:
        """Serve out/ and the pages to join and leave at, until SIGINT or SIGTERM.

        `say` gets a line of JSON for each answer and each error; only for errors if `quiet`.
        """
        import uvicorn  # noqa: PLC0415  (as below)

        from publisher.plans import confirmation_requests  # noqa: PLC0415
        from publisher.subscribers.signup import Limits  # noqa: PLC0415
        from publisher.web.background import ConfirmationWorker  # noqa: PLC0415
        from publisher.web.subscriptions import WebContext, app  # noqa: PLC0415

        def log(line: Mapping[str, object]) -> None:
            if not quiet or line.get("level") == "error":
                shown = {key: masked(it) if isinstance(it, str) else it for key, it in line.items()}
                say(json.dumps({"at": utc_now().isoformat(), **shown}))

        settings = self.settings
        _free(settings.web.host, settings.web.port, "web.port")
        host = f"[{settings.web.host}]" if ":" in settings.web.host else settings.web.host
        log({"event": "listening", "url": f"http://{host}:{settings.web.port}/"})
        with self.database() as database:
            keys = mail_factories.token_keys(settings, database)
            pages = factories.subscription_pages(settings)
            confirmation_worker = ConfirmationWorker(
                factories.confirmations(settings, database, keys, pages, utc_now).answer, log
            )
            languages = settings.newsletter.languages
            served = app(
                WebContext(
                    database=database,
                    keys=keys,
                    pages=pages,
                    limits=Limits(
                        network=settings.web.joins_per_network, overall=settings.web.joins_per_hour
                    ),
                    languages=languages if len(languages) > 1 else (),
                    root=confirmation_requests.root_path(settings),
                    out=settings.output.dir,
                    hosting=factories.hosting(settings),
                    clock=utc_now,
                    wake=confirmation_worker.wake,
                    log=log,
                )
            )
            with confirmation_worker:
                uvicorn.run(
                    served,
                    host=settings.web.host,
                    port=settings.web.port,
                    log_level="critical",
                    access_log=False,
                    server_header=False,
                    proxy_headers=bool(settings.web.trusted_proxies),
                    forwarded_allow_ips=list(settings.web.trusted_proxies),
                    http=_http_protocol(),
                    limit_concurrency=_MOST_CONNECTIONS,
                    timeout_graceful_shutdown=5,
                )

    def preview(self, port: int) -> None:
        """Serve previews on this machine until SIGINT or SIGTERM."""
        # 200 ms to import: no other command needs to wait for it.
        import uvicorn  # noqa: PLC0415

        from publisher.commands import preview as preview_command  # noqa: PLC0415
        from publisher.web.preview import app  # noqa: PLC0415

        folder = self.settings.project

        def load(slug: str) -> preview_command.Preview:
            project = App(folder)  # with the settings and templates as they are now
            with project.database() as database:
                return project.mail_as_it_would_leave(database, slug, utc_now())

        watched = [self.settings.digests.dir, folder / FILE_NAME, folder / "templates"]
        served = app(
            load=load,
            slugs=lambda: preview_command.list_slugs(App(folder).settings),
            watched=[path for path in watched if path.exists()],
            limit=self.settings.email.max_html_bytes,
            port=port,
        )
        _free("127.0.0.1", port, "--port")
        uvicorn.run(
            served, host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=1
        )


def _free(host: str, port: int, name: str) -> None:
    """Make sure that one can listen there; `name` is where it is set. Raises SettingsError."""
    try:
        kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, ValueError) as error:  # ValueError: a host that is no name
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise SettingsError(
            f"{host}, port {port}: cannot listen there: {words}; {name} names another"
        ) from None


def _say_nothing(_: Progress) -> None:
    """Do not say how far a send is."""


def _clock(now: datetime | None) -> Callable[[], datetime]:
    """Return a clock that stands still at `now`, if there is one."""
    return utc_now if now is None else lambda: now


def _http_protocol() -> type[asyncio.Protocol] | Literal["auto"]:
    """Return what speaks HTTP: uvicorn's own where it is not as we extend it."""
    with suppress(ImportError):
        from publisher.web import request_timeout  # noqa: PLC0415

        if request_timeout.is_as_tested():
            return request_timeout.RequestTimeoutProtocol
    _log.warning(
        "this version of uvicorn is not one that serve was tested with: a client that begins a "
        "request and does not go on keeps its connection"
    )
    return "auto"


def utc_now() -> datetime:
    """Return the time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
