"""The third step: the to-do list becomes files under out/.

Every file can be written again at any time with the same bytes, so a crash here costs nothing
but the work: the list is crossed off in one transaction at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from publisher.errors import PublisherError
from publisher.model import Diagnostic, Issue, IssueRecord
from publisher.paper_id import PaperId
from publisher.pipeline.register import ARCHIVE_PAGE, mark_site, neighbour_pairs, oldest_page
from publisher.render.feed_catalog import FORMATS, listing
from publisher.render.urls import archive_path, issue_path
from publisher.site.http_metadata import HEADERS_FILE, MISSING_PAGE
from publisher.sources import fingerprints, time_limit
from publisher.sources.contents import fault
from publisher.sources.context import Workbench, hosting_of, shown
from publisher.sources.worker_pool import DIED, WorkerError, WorkerPool
from publisher.storage import facts, feeds, former_papers, issues, redirects
from publisher.storage.database import Database
from publisher.syndication import archives, websub
from publisher.syndication import documents as feed_documents
from publisher.syndication.documents import Document, document_files, write_document
from publisher.syndication.identity import identity_of
from publisher.syndication.membership import begin

if TYPE_CHECKING:
    from publisher.render.site import Renderer

_FINGERPRINT = "made-with"
_FOOTPRINT = "out-as-left"
#: Issues that the home page lists below the newest.
_RECENT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One issue to render."""

    record: IssueRecord
    newer: IssueRecord | None
    older: IssueRecord | None
    #: Of its papers that stand in other issues too: all of those issues, oldest first.
    shared: Mapping[PaperId, tuple[IssueRecord, ...]]
    #: The slugs that it had before, whose pages lead to it.
    former: Sequence[str]
    #: The keys of papers that are read in it no more, whose pages do so too.
    former_papers: Sequence[str]

    @property
    def source(self) -> str:
        """Return the digest it is made of: who has read that should make it."""
        return self.record.source


@dataclass(slots=True)
class Rendered:
    """What was written under out/."""

    issues: int = 0
    #: Files whose bytes are new.
    written: int = 0
    removed: int = 0
    #: Digests at which the program failed: what they have published stays.
    diagnostics: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Made:
    #: Of an issue; empty for a document of a feed.
    slug: str
    #: None when the digest can no longer be read, or rendered: what it has published stays.
    written: int | None
    diagnostics: tuple[Diagnostic, ...] = ()


def notice(connection: Connection, bench: Workbench) -> None:
    """Put on the to-do list what changed outside the digests: templates, settings, out/ itself."""
    made_with, out = fingerprints.made_with(bench.settings, bench.templates), bench.output.folder
    lost = facts.OUT_AS_LEFT.get(connection) != _footprint(out)
    if facts.MADE_WITH.get(connection) != made_with:
        issues.mark_unrendered(connection, None)
        mark_site(connection, None)
        begin(connection)
        feeds.mark_feeds(connection, None, rendered=False)
        feed_documents.settle_languages(connection, bench.settings.newsletter, out)
        facts.MADE_WITH.put(connection, made_with)
    elif lost:
        missing = {slug for slug, path in _expected(connection) if not (out / path).is_file()}
        issues.mark_unrendered(connection, missing)
        mark_site(connection, None)
        feeds.mark_feeds(connection, None, rendered=False)
        facts.OUT_AS_LEFT.put(connection, _footprint(out))
    archives.notice(connection, bench, lost=lost)


def _footprint(out: Path) -> str:
    """Return the times of out/'s folders: they change when someone removes what is in them."""
    times = []
    for folder in (out, out / "issues", out / "papers", out / "feeds"):
        try:
            times.append(str(folder.stat().st_mtime_ns))
        except OSError:
            times.append("-")
    return " ".join(times)


def _expected(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the pages that issues must have: pairs of slug and path."""
    slugs = [record.slug for record in issues.newest(connection)]
    for slug, papers in issues.papers_of(connection, slugs).items():
        yield slug, f"{issue_path(slug)}index.html"
        for key in papers:
            yield slug, f"papers/{key}/index.html"
    for slug, its in redirects.of_issues(connection, slugs).items():
        for old in its:
            yield slug, f"{issue_path(old)}index.html"
    for slug, its in former_papers.of_issues(connection, slugs).items():
        for key in its:
            yield slug, f"papers/{key}/index.html"


def render(bench: Workbench, database: Database, workers: WorkerPool, now: datetime) -> Rendered:
    """Write what is on the to-do list, and cross it off."""
    done = Rendered()
    documents: list[Document] = []
    with database.write() as connection:

        def archives() -> list[Document]:
            documents.extend(feed_documents.documents(connection, identity))
            return [each for each in documents if each.archive]

        identity = identity_of(connection, bench.settings.newsletter, now)
        tasks: list[Task | Document] = [*_tasks(connection)]
        results = workers.map(_make, tasks, lambda each: each.source, archives, _lost)
        unwanted = issues.removals(connection)
        dirty = facts.SITE_DIRTY_FROM.get(connection)
    if not tasks and not documents and not unwanted and dirty is None:
        return done
    with database.write() as connection:
        # While the workers are at it, this process makes what lists the issues.
        lists = {}
        if dirty is not None:
            total = issues.count(connection)
            oldest = oldest_page(connection, dirty, total)
            lists = dict(_site(connection, bench, oldest, total))
        finished = []
        for made in results:
            if made.slug and made.written is not None:
                finished.append(made.slug)
                done.issues += 1
            done.written += made.written or 0
            done.diagnostics += made.diagnostics
        # Once the pages and archives that they lead to are there.
        newest = [each for each in documents if not each.archive]
        for files, faults in workers.map(_files, newest, lambda each: each.source):
            done.diagnostics += faults
            done.written += _write_newest(connection, bench, files)
        done.written += sum(bench.output.write(path, data) for path, data in lists.items())
        for path in unwanted:
            done.removed += bench.output.remove(path)
        if dirty is not None:
            done.removed += _shorten(bench, ceil(total / ARCHIVE_PAGE))
        issues.mark_rendered(connection, finished)
        issues.drop_removals(connection, unwanted)
        facts.SITE_DIRTY_FROM.put(connection, None)
        feed_documents.finish(connection, documents)
        bench.output.settle()
        facts.OUT_AS_LEFT.put(connection, _footprint(bench.output.folder))
    return done


def _make(bench: Workbench, task: Task | Document) -> _Made:
    """Write the files of an issue, or of a closed archive of a feed."""
    if isinstance(task, Document):
        faults: list[Diagnostic] = []
        return _Made("", write_document(bench, task, faults), tuple(faults))
    return render_issue(bench, task)


def _lost(bench: Workbench, task: Task | Document) -> _Made:
    """Return what came of a task at which processes were killed. Raises WorkerError for a feed."""
    if isinstance(task, Document):
        raise WorkerError(DIED)
    remark = fault(shown(bench.settings, task.source), MemoryError())
    return _Made(task.record.slug, None, (remark,))


def _files(
    bench: Workbench, document: Document
) -> tuple[list[tuple[str, bytes]], list[Diagnostic]]:
    """Make a newest document's files, which stand in one folder with others: one process writes."""
    faults: list[Diagnostic] = []
    return list(document_files(bench, document, faults)), faults


def _write_newest(
    connection: Connection, bench: Workbench, files: Iterable[tuple[str, bytes]]
) -> int:
    """Write a newest document, noted for the hub; say how many files have new bytes."""
    written = 0
    for path, data in files:
        written += bench.output.write(path, data)
        websub.note(connection, bench.settings, path, data)
    return written


# --- Issues -------------------------------------------------------------------------------


def _tasks(connection: Connection) -> list[Task]:
    todo = issues.unrendered(connection)
    pairs = neighbour_pairs(connection, todo)
    slugs = [record.slug for record in todo]
    shared = _shared(connection, slugs)
    former = redirects.of_issues(connection, slugs)
    papers = former_papers.of_issues(connection, slugs)
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


def _shared(
    connection: Connection, slugs: list[str]
) -> dict[str, dict[PaperId, tuple[IssueRecord, ...]]]:
    found: dict[str, dict[PaperId, tuple[IssueRecord, ...]]] = {}
    for paper, records in issues.shared_papers(connection, slugs).items():
        for record in records:
            found.setdefault(record.slug, {})[paper] = tuple(records)
    return found


def render_issue(bench: Workbench, task: Task) -> _Made:
    """Write the files of one issue."""
    issue = bench.issues.published(task.record)
    if issue is None:
        return _Made(task.record.slug, None)
    bench.upcoming.pop(id(issue), None)
    try:
        with time_limit.cpu_time(time_limit.LONGEST):
            files = bench.renderer.issue_files(
                issue,
                task.record,
                newer=task.newer,
                older=task.older,
                appearances=task.shared,
                own=own_papers(issue, task.record, task.shared),
            )
    except PublisherError:
        raise
    except Exception as error:  # noqa: BLE001  (whatever one digest does, others are published)
        remark = fault(shown(bench.settings, task.source), error)
        return _Made(task.record.slug, None, (remark,))
    if task.former:
        page = bench.renderer.moved_page(task.record)
        files |= {f"{issue_path(old)}index.html": page for old in task.former}
    for key in task.former_papers:
        page = bench.renderer.moved_paper_page(task.record, key)
        files[f"papers/{key}/index.html"] = page
    written = sum(bench.output.write(path, data) for path, data in files.items())
    return _Made(task.record.slug, written)


def own_papers(
    issue: Issue, record: IssueRecord, shared: Mapping[PaperId, tuple[IssueRecord, ...]]
) -> frozenset[PaperId]:
    """Return the papers that no older issue had: their pages and entries are this issue's."""
    papers = (item.paper for item in issue.papers() if item.paper)
    return frozenset(p for p in papers if shared.get(p, (record,))[0].slug == record.slug)


# --- The site's lists ---------------------------------------------------------------------


def _site(
    connection: Connection, bench: Workbench, oldest: int, total: int
) -> Iterator[tuple[str, bytes]]:
    """Yield the files that list issues, from archive page `oldest` on, and those beside them."""
    renderer = bench.renderer
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
    texts = ((bench.issues.published(record), record) for record in recent)
    yield "index.html", _home(renderer, texts, recent, pages)
    yield MISSING_PAGE, renderer.missing(pages)
    topics = feeds.topics(connection)
    yield "feeds/index.html", renderer.feeds_page(topics)
    yield "feeds/subscriptions.opml", renderer.opml()
    yield "robots.txt", renderer.robots()
    paths = (
        each.path(kind) for each in listing(bench.settings.newsletter, topics) for kind in FORMATS
    )
    yield HEADERS_FILE, hosting_of(bench.settings).headers_file(paths)
    yield from renderer.assets().items()


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
                return renderer.home((issue, record), recent, pages)
            except PublisherError:
                raise
            except Exception:  # noqa: BLE001, S112
                continue
    return renderer.home(None, recent, pages)


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


def _shorten(bench: Workbench, pages: int) -> int:
    """Remove archive pages past the last."""
    removed = 0
    number = pages + 1
    while bench.output.remove(f"{archive_path(number)}index.html"):
        bench.output.remove(_sitemap_path(number))
        removed += 1
        number += 1
    return removed
