"""The third step: the to-do list becomes files under out/.

Every file can be written again at any time with the same bytes, so a crash here costs nothing
but the work: the list is crossed off in one transaction at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from publisher.config import Newsletter, Settings
from publisher.errors import PublisherError
from publisher.model import Diagnostic, Issue, IssueRecord
from publisher.paper_id import PaperId
from publisher.pipeline.build_worker import BuildWorker
from publisher.pipeline.invalidation import ARCHIVE_PAGE, mark_site, neighbour_pairs, oldest_page
from publisher.pipeline.issue_writer import Made, Task
from publisher.processes import DIED, WorkerError
from publisher.render.feed_catalog import FORMATS, all_feeds
from publisher.render.renderers import Renderers
from publisher.render.urls import archive_path, issue_path
from publisher.site.http_metadata import HEADERS_FILE, MISSING_PAGE, Hosting
from publisher.site.output import Output
from publisher.sources.contents import fault, shown_path
from publisher.sources.scan import Text
from publisher.sources.worker_pool import WorkerPool
from publisher.storage import facts, feeds, former_papers, issues, redirects
from publisher.storage.database import Database
from publisher.syndication import documents as feed_documents
from publisher.syndication import websub
from publisher.syndication.documents import Document
from publisher.syndication.feed_update import ensure_default_feeds
from publisher.syndication.identity import identity_of

if TYPE_CHECKING:
    from publisher.render.site import Renderer

#: Issues that the home page lists below the newest.
_RECENT = 20


@dataclass(slots=True)
class Rendered:
    """What was written under out/."""

    issues: int = 0
    #: Files whose bytes are new.
    written: int = 0
    removed: int = 0
    #: Digests at which the program failed: what they have published stays.
    diagnostics: list[Diagnostic] = field(default_factory=list)


def mark_outside_changes(
    connection: Connection, newsletter: Newsletter, out: Path, made_with: str
) -> bool:
    """Put on the to-do list what changed besides the digests: templates, settings, out/ itself.

    `made_with` is the fingerprint of all that pages are made with besides digests. Return whether
    files under out/ may have been lost.
    """
    lost = facts.OUT_AS_LEFT.get(connection) != _footprint(out)
    if facts.MADE_WITH.get(connection) != made_with:
        issues.mark_unrendered(connection, None)
        mark_site(connection, None)
        ensure_default_feeds(connection)
        feeds.mark_feeds(connection, None, rendered=False)
        feed_documents.remove_former_languages(connection, newsletter, out)
        facts.MADE_WITH.put(connection, made_with)
    elif lost:
        missing = {slug for slug, path in _expected_pages(connection) if not (out / path).is_file()}
        issues.mark_unrendered(connection, missing)
        mark_site(connection, None)
        feeds.mark_feeds(connection, None, rendered=False)
        facts.OUT_AS_LEFT.put(connection, _footprint(out))
    return lost


def _footprint(out: Path) -> str:
    """Return the times of out/'s folders: they change when someone removes what is in them."""
    times = []
    for folder in (out, out / "issues", out / "papers", out / "feeds"):
        try:
            times.append(str(folder.stat().st_mtime_ns))
        except OSError:
            times.append("-")
    return " ".join(times)


def _expected_pages(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the pages that issues must have: pairs of slug and path."""
    slugs = [record.slug for record in issues.newest(connection)]
    for slug, papers in issues.papers_of(connection, slugs).items():
        yield slug, f"{issue_path(slug)}index.html"
        for key in papers:
            yield slug, f"papers/{key}/index.html"
    for slug, old_slugs in redirects.by_issue(connection, slugs).items():
        for old in old_slugs:
            yield slug, f"{issue_path(old)}index.html"
    for slug, keys in former_papers.by_issue(connection, slugs).items():
        for key in keys:
            yield slug, f"papers/{key}/index.html"


class SiteWriter:
    """Writes what is on the to-do list, and crosses it off."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        published: Text,
        renderers: Renderers,
        output: Output,
    ) -> None:
        self._settings = settings
        self._database = database
        self._published = published
        self._renderers = renderers
        self._output = output

    def write(self, workers: WorkerPool[BuildWorker], now: datetime) -> Rendered:
        """Write all that is on the to-do list; return what was written.

        `workers` write the pages of issues and the closed archives of feeds. Raises WorkerError if
        a process dies at a feed, and OutputError if a file cannot be written.
        """
        rendered = Rendered()
        documents: list[Document] = []
        with self._database.write() as connection:

            def archives() -> list[Document]:
                documents.extend(feed_documents.documents(connection, identity))
                return [document for document in documents if document.archive]

            identity = identity_of(connection, self._settings.newsletter, now)
            tasks: list[Task | Document] = [*_tasks(connection)]
            results = workers.map(
                BuildWorker.write, tasks, lambda task: task.source, archives, self._lost_write
            )
            unwanted = issues.removals(connection)
            dirty = facts.SITE_DIRTY_FROM.get(connection)
        if not tasks and not documents and not unwanted and dirty is None:
            return rendered
        with self._database.write() as connection:
            # While the workers are at it, this process makes what lists the issues.
            lists = {}
            if dirty is not None:
                total = issues.count(connection)
                oldest = oldest_page(connection, dirty, total)
                lists = dict(self._lists(connection, oldest, total))
            finished = []
            for made in results:
                if made.slug and made.written is not None:
                    finished.append(made.slug)
                    rendered.issues += 1
                rendered.written += made.written or 0
                rendered.diagnostics += made.diagnostics
            # Once the pages and archives that they lead to are there.
            newest = [document for document in documents if not document.archive]
            for files, faults in workers.map(
                BuildWorker.files, newest, lambda document: document.source
            ):
                rendered.diagnostics += faults
                rendered.written += self._write_newest(connection, files)
            rendered.written += sum(self._output.write(path, data) for path, data in lists.items())
            for path in unwanted:
                rendered.removed += self._output.remove(path)
            if dirty is not None:
                rendered.removed += self._shorten(ceil(total / ARCHIVE_PAGE))
            issues.mark_rendered(connection, finished)
            issues.drop_removals(connection, unwanted)
            facts.SITE_DIRTY_FROM.put(connection, None)
            feed_documents.mark_written(connection, documents)
            self._output.publish()
            facts.OUT_AS_LEFT.put(connection, _footprint(self._output.folder))
        return rendered

    def _lost_write(self, task: Task | Document) -> Made:
        """Return what came of a task at which processes were killed.

        Raises WorkerError for a feed.
        """
        if isinstance(task, Document):
            raise WorkerError(DIED)
        remark = fault(shown_path(self._settings, task.source), MemoryError())
        return Made(task.record.slug, None, (remark,))

    def _write_newest(self, connection: Connection, files: Iterable[tuple[str, bytes]]) -> int:
        """Write a newest document, noted for the hub; say how many files have new bytes."""
        written = 0
        for path, data in files:
            written += self._output.write(path, data)
            websub.record_change(connection, self._settings, path, data)
        return written

    def _lists(
        self, connection: Connection, oldest: int, total: int
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the files that list issues, from archive page `oldest` on, and what is beside."""
        renderer = self._renderers.own
        pages = ceil(total / ARCHIVE_PAGE)
        for number in range(oldest, pages + 1):
            newer = max(0, total - number * ARCHIVE_PAGE)
            size = min(ARCHIVE_PAGE, total - (number - 1) * ARCHIVE_PAGE)
            records = issues.newest(connection, size, newer)
            yield f"{archive_path(number)}index.html", renderer.archive_page(number, pages, records)
            yield _sitemap_path(number), renderer.sitemap(_places(connection, records))
        sitemaps = ["sitemaps/site.xml", *(_sitemap_path(n) for n in range(1, pages + 1))]
        yield "sitemap.xml", renderer.sitemap_index((path, None) for path in sitemaps)
        yield "sitemaps/site.xml", renderer.sitemap((path, None) for path in ("", "feeds/"))
        recent = issues.newest(connection, _RECENT + 1)
        texts = ((self._published(record), record) for record in recent)
        yield "index.html", _home(renderer, texts, recent, pages)
        yield MISSING_PAGE, renderer.missing_page(pages)
        newsletter, topics = self._settings.newsletter, feeds.topics(connection)
        yield "feeds/index.html", renderer.feeds_page(topics)
        yield "feeds/subscriptions.opml", renderer.opml()
        yield "robots.txt", renderer.robots()
        paths = (feed.path(kind) for feed in all_feeds(newsletter, topics) for kind in FORMATS)
        yield HEADERS_FILE, Hosting(newsletter.base_url, newsletter.hub).headers_file(paths)
        yield from renderer.assets().items()

    def _shorten(self, pages: int) -> int:
        """Remove archive pages past the last."""
        removed = 0
        number = pages + 1
        while self._output.remove(f"{archive_path(number)}index.html"):
            self._output.remove(_sitemap_path(number))
            removed += 1
            number += 1
        return removed


# --- Issues -------------------------------------------------------------------------------


def _tasks(connection: Connection) -> list[Task]:
    todo = issues.unrendered(connection)
    pairs = neighbour_pairs(connection, todo)
    slugs = [record.slug for record in todo]
    shared = _shared_papers(connection, slugs)
    former = redirects.by_issue(connection, slugs)
    papers = former_papers.by_issue(connection, slugs)
    return [
        Task(
            record=record,
            newer=pairs[record.slug][0],
            older=pairs[record.slug][1],
            shared=shared.get(record.slug, {}),
            former=former.get(record.slug, ()),
            former_papers=papers.get(record.slug, ()),
        )
        for record in todo
    ]


def _shared_papers(
    connection: Connection, slugs: list[str]
) -> dict[str, dict[PaperId, tuple[IssueRecord, ...]]]:
    shared: dict[str, dict[PaperId, tuple[IssueRecord, ...]]] = {}
    for paper, records in issues.shared_papers(connection, slugs).items():
        for record in records:
            shared.setdefault(record.slug, {})[paper] = tuple(records)
    return shared


# --- The site's lists ---------------------------------------------------------------------


def _home(
    renderer: Renderer,
    texts: Iterable[tuple[Issue | None, IssueRecord]],
    recent: Sequence[IssueRecord],
    pages: int,
) -> bytes:
    """Make the home page with the newest issue that can be shown."""
    for issue, record in texts:
        if issue is not None:
            # What is wrong with one is told where its own page is made.
            try:
                return renderer.home_page((issue, record), recent, pages)
            except PublisherError:
                raise
            except Exception:  # noqa: BLE001, S112
                continue
    return renderer.home_page(None, recent, pages)


def _sitemap_path(number: int) -> str:
    return f"sitemaps/{number}.xml"


def _places(
    connection: Connection, records: list[IssueRecord]
) -> Iterator[tuple[str, datetime | None]]:
    """Yield the pages of issues and of the papers they had first, for a sitemap."""
    slugs = [record.slug for record in records]
    papers = issues.papers_of(connection, slugs)
    elsewhere = {
        (paper.key, seen[0].slug) for paper, seen in issues.shared_papers(connection, slugs).items()
    }
    first = dict(elsewhere)
    for record in records:
        yield issue_path(record.slug), record.updated
        for key in sorted(papers[record.slug]):
            if first.get(key, record.slug) == record.slug:
                yield f"papers/{key}/", record.updated
