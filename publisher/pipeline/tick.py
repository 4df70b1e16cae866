"""`build` and `run`: the steps of a tick. Publishing and delivery each have a lock."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from publisher import due_times
from publisher.config import Settings
from publisher.errors import InputError
from publisher.model import Diagnostic, Level
from publisher.paper_id import PaperId
from publisher.pipeline import state_recovery, unreadable_issues
from publisher.pipeline.admission import Rules
from publisher.pipeline.build_worker import BuildWorker
from publisher.pipeline.digest_records import recorded_digests, unchanged_states, with_records
from publisher.pipeline.register import register, renew_headlines
from publisher.pipeline.registration import Registered
from publisher.pipeline.render import Rendered, SiteWriter, mark_outside_changes
from publisher.pipeline.upgrade import reread_digests
from publisher.plans import restore_hold
from publisher.render.renderers import Renderers
from publisher.site.output import Output
from publisher.sources import fingerprints, scan
from publisher.sources.contents import shown_path
from publisher.sources.digest_reader import DigestReader
from publisher.sources.digest_store import DigestStore
from publisher.sources.published_issues import PublishedIssues
from publisher.sources.scan import FileStamp, ReadResult, ScanResult
from publisher.sources.worker_pool import WorkerPool, worker_pool
from publisher.storage import confirmations, digests, feeds, issues, kept_issues
from publisher.storage.database import Database
from publisher.storage.digests import REPEAT, UNSETTLED, Mark
from publisher.syndication import archives
from publisher.syndication.identity import identity_of

if TYPE_CHECKING:
    from publisher.delivery.confirmation_mail import ConfirmationsSent
    from publisher.plans.run import Delivery, Mailed
    from publisher.syndication.websub import HubResult

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Built:
    """What a build did."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    registered: Registered = field(default_factory=Registered)
    rendered: Rendered = field(default_factory=Rendered)
    #: Names of digests that are still being written.
    restless: list[str] = field(default_factory=list)
    #: Issues under out/ that tell that an older copy of the state was put back.
    unknown: list[str] = field(default_factory=list)
    #: How many issues, of a state that was lost, are known again from the feeds under out/.
    adopted: int = 0

    @property
    def failed(self) -> bool:
        """Return whether a digest had an error."""
        return any(diagnostic.level is Level.error for diagnostic in self.diagnostics)


@dataclass(slots=True)
class Published:
    """What a tick published and planned."""

    built: Built
    #: What was planned; nothing of it is sent yet.
    mailed: Mailed
    announced: HubResult
    #: The issues published in this tick that were due too long ago to be mailed, and when.
    late: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Delivered:
    """What a tick sent."""

    #: What came of mails to people who asked to join; None when there were none to send.
    confirmed: ConfirmationsSent | None
    mailed: Mailed


def deliver_due(
    database: Database,
    delivery: Delivery,
    mailed: Mailed,
    now: datetime,
    answer: Callable[[], ConfirmationsSent],
) -> Delivered:
    """Send what is due, if no other run has the lock and does so.

    Who asked to join waits for a short mail and may look for it now: they come before the issue.
    `answer` writes to all of them; it never raises.
    """
    confirmed = _send_confirmations(database, now, answer)
    delivery.deliver(mailed)
    return Delivered(confirmed, mailed)


def _rules(settings: Settings, now: datetime, *, waits: bool) -> Rules:
    schedule = settings.schedule
    return Rules(
        now=now,
        zone=schedule.timezone,
        goes_out=lambda dropped: due_times.goes_out(dropped, schedule.at, schedule.timezone),
        waits=waits,
        max_lateness=settings.mail.max_lateness,
        at_most=schedule.max_issues_per_tick if waits else None,
    )


def _late_issues(settings: Settings, registered: Registered, now: datetime) -> dict[str, datetime]:
    """Return the new issues that no run mails, and when each was due."""
    since = now - settings.mail.max_lateness
    due = {
        record.slug: registered.overdue.get(record.slug, record.published)
        for record in registered.published
    }
    zone = settings.schedule.timezone
    return {slug: moment.astimezone(zone) for slug, moment in due.items() if moment < since}


def _send_confirmations(
    database: Database, now: datetime, answer: Callable[[], ConfirmationsSent]
) -> ConfirmationsSent | None:
    """Send the confirmation mails that no server has sent. A fault there stops no issue."""
    with database.read() as connection:
        is_due = confirmations.is_due(connection, now)
    return answer() if is_due else None


class Builder:
    """Publishes digests: reads them, registers what they say and writes it under out/."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        reader: DigestReader,
        store: DigestStore,
        renderers: Renderers,
        output: Output,
        make_worker: Callable[[Mapping[str, PaperId]], BuildWorker],
    ) -> None:
        self._settings = settings
        self._database = database
        self._reader = reader
        self._store = store
        self._texts = PublishedIssues(reader, store)
        self._renderers = renderers
        self._output = output
        self._shown = partial(shown_path, settings)
        #: Makes the worker of another process, which reads with these aliases.
        self._make_worker = make_worker

    def build(self, now: datetime) -> Built:
        """Publish every digest as it stands, whatever the schedule says; plan and send no mail.

        Raises InputError if the folder cannot be read or all digests are gone, and OutputError.
        """
        scanned = scan.scan_folder(self._settings.digests.dir, self._marks())
        return self._build(scanned, _rules(self._settings, now, waits=False))

    def publish(self, now: datetime, stopping: Callable[[], bool]) -> Published:
        """Publish the digests that have settled and are due, notify the hub, and plan the mail due.

        `stopping` is asked while it waits for files and for the hub. Raises as `build`.
        """
        from publisher.plans.run import plan_mail  # noqa: PLC0415  (15 ms less for `build`)
        from publisher.syndication.websub import notify  # noqa: PLC0415  (as below)

        settings, database = self._settings, self._database
        started = time.monotonic()
        _LOG.debug("tick begun")
        scanned, restless = scan.scan_settled(
            settings.digests.dir, settings.digests.settle, self._marks(), stopping=stopping
        )
        built = self._build(scanned, _rules(settings, now, waits=True), restless)
        built.restless = restless
        # Before the hub, which may be slow.
        mailed = plan_mail(settings, database, self._texts.published, self._renderers, now)
        announced = notify(settings, database, stopping)
        _LOG.info(
            "tick ended",
            extra={
                "files_written": built.rendered.written,
                "plans_made": len(mailed.planned),
                "errors": sum(diagnostic.level is Level.error for diagnostic in built.diagnostics),
                "seconds": round(time.monotonic() - started, 1),
            },
        )
        return Published(built, mailed, announced, _late_issues(settings, built.registered, now))

    def _marks(self) -> list[Mark]:
        """Return what digests looked like when they were last read."""
        with self._database.read() as connection:
            return digests.marks(connection)

    def _build(
        self,
        scanned: ScanResult,
        rules: Rules,
        restless: Collection[str] = (),
    ) -> Built:
        built, database, settings = Built(), self._database, self._settings
        named, built.diagnostics = scan.split_misnamed(scanned, self._shown)
        misnamed = {name for name, _, _ in scanned.new - named.new}
        scanned = named
        with database.read() as connection:
            before, gone = recorded_digests(connection, scanned, {*restless, *misnamed})
        if len(gone) > 1 and not scanned.total:
            # A folder that is not mounted looks like this; withdrawing everything is for no tick.
            raise InputError(
                f"{settings.digests.dir}: all {len(gone)} digests are gone; nothing was done. "
                "Put them back, or name their folder as digests.dir; to begin anew remove "
                ".publisher/"
            )
        built.diagnostics += reread_digests(
            settings, database, self._reader.aliases, self._make_worker
        )
        with database.read() as connection:
            kept = kept_issues.digests(connection)
        again = [row for row in before.values() if row.state in UNSETTLED]
        if not scanned.new and not gone and all(row.state == REPEAT for row in again):
            again = []  # what a digest repeats is there still
        marks = {row.mark for row in again} - scanned.missing
        changed = sorted(map(FileStamp._make, scanned.new | marks))
        with self._worker_pool() as workers:
            reads = sorted(
                workers.map(
                    BuildWorker.read, changed, lambda stamp: stamp.name, lost=self._lost_read
                ),
                key=lambda read: read.stamp.name,
            )
            stay = unreadable_issues.staying_digests(reads, gone, kept)
            for read in reads:
                if read.stamp.name not in stay:
                    built.diagnostics += read.diagnostics
            with database.write() as connection:
                renew_headlines(
                    connection, settings.newsletter.interface_language, self._texts.published
                )
                reads = self._without_clashes(connection, reads, gone, built)
                reads, readdressed = with_records(reads, before, rules.now)
                gone |= readdressed
                reads = unreadable_issues.follow_renames(connection, reads, stay, gone)
                # An empty state beside feeds that readers know has been lost.
                adopted: dict[str, state_recovery.Seen] = {}
                if feeds.is_new(connection):
                    adopted = state_recovery.adopt_feeds(connection, settings.output.dir)
                    state_recovery.rename_adopted(connection, adopted, reads)
                    state_recovery.keep_unreadable(connection, adopted, reads)
                else:
                    slugs = {read.slug for read in reads}
                    unknown = state_recovery.unknown_issues(connection, settings.output.dir, slugs)
                    if restore_hold.hold_mail(connection, unknown):
                        built.unknown = unknown
                if reads or gone:
                    identity = identity_of(connection, settings.newsletter, rules.now)
                    built.registered = register(
                        connection, self._texts, reads, gone, rules, identity,
                        as_before=unchanged_states(reads, before, readdressed),
                    )  # fmt: skip
                    built.diagnostics += [
                        scan.repeat_warning(name, other, self._shown)
                        for name, other in built.registered.repeats.items()
                    ]
                if adopted:
                    state_recovery.drop_missing(connection, reads)
                    built.adopted = len(adopted)
                self._mark_outside_changes(connection)
            built.rendered = self._site_writer().write(workers, rules.now)
            # What fails on an issue's page fails on others that show it: said once.
            built.diagnostics += dict.fromkeys(built.rendered.diagnostics)
        built.diagnostics += self._missing_pages()
        _log_issues(built.registered)
        for digest in built.registered.replaced:
            self._store.forget(digest)
        return built

    def _missing_pages(self) -> list[Diagnostic]:
        """Return an error for each issue that stays as it was and is not whole under out/."""
        with self._database.read() as connection:
            every = unreadable_issues.kept_issues(connection, self._settings.output.dir)
            missing = [issue for issue in every if issue.missing]
            known = issues.known_issues(connection, [issue.slug for issue in missing])
        return [issue.remark(self._shown(known[issue.slug].record.source)) for issue in missing]

    def _worker_pool(self) -> AbstractContextManager[WorkerPool[BuildWorker]]:
        """Return a pool whose worker here keeps what it reads for this process."""
        here = BuildWorker(self._settings, self._reader, self._store, self._renderers, self._output)
        return worker_pool(partial(self._make_worker, self._reader.aliases), here)

    def _lost_read(self, stamp: FileStamp) -> ReadResult:
        """Return what came of a file at which the process that read it was killed."""
        return scan.lost_read(self._shown(stamp.name), stamp)

    def _mark_outside_changes(self, connection: Connection) -> None:
        """Put on the to-do list what changed outside the digests."""
        settings, out = self._settings, self._output.folder
        made_with = fingerprints.site_fingerprint(settings, self._renderers.fingerprint())
        lost = mark_outside_changes(connection, settings.newsletter, out, made_with)
        archives.prepare_archives(
            connection,
            out,
            base_url=settings.newsletter.base_url,
            made_with=fingerprints.archive_fingerprint(settings),
            has_copy=self._store.has,
            lost=lost,
        )

    def _site_writer(self) -> SiteWriter:
        return SiteWriter(
            self._settings, self._database, self._texts.published, self._renderers, self._output
        )

    def _without_clashes(
        self,
        connection: Connection,
        reads: list[ReadResult],
        gone: Collection[str],
        built: Built,
    ) -> list[ReadResult]:
        """Let no digest through that wants an address another one has: it failed, with an error."""
        owners = {
            slug: name
            for slug, name in digests.owners(connection, {read.slug for read in reads}).items()
            if name not in gone
        }
        clashes = scan.find_clashes(reads, owners, self._shown)
        built.diagnostics += clashes.values()
        return [
            replace(read, summary=None) if read.stamp.name in clashes else read for read in reads
        ]


def _log_issues(registered: Registered) -> None:
    for event, records in (
        ("issue published", registered.published),
        ("issue updated", registered.updated),
        ("issue withdrawn", registered.withdrawn),
    ):
        for record in records:
            _LOG.info(event, extra={"issue": record.slug})
