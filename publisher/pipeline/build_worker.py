"""What one process of a build does: it reads digests, and makes files of what it has read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from publisher.config import Settings
from publisher.model import Diagnostic, Issue, IssueRecord
from publisher.pipeline.issue_writer import IssueWriter, Made, Task
from publisher.pipeline.reread import Reread, reread_digest
from publisher.render.renderers import Renderers
from publisher.site.output import Output
from publisher.sources import scan
from publisher.sources.contents import shown_path
from publisher.sources.digest_reader import DigestReader
from publisher.sources.digest_store import DigestStore
from publisher.sources.published_issues import PublishedIssues
from publisher.sources.scan import FileStamp, ReadResult
from publisher.syndication.documents import Document, DocumentWriter


class BuildWorker:
    """Does the tasks of a worker pool; what it has read it keeps for what it renders."""

    def __init__(
        self,
        settings: Settings,
        reader: DigestReader,
        store: DigestStore,
        renderers: Renderers,
        output: Output,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._store = store
        self._renderers = renderers
        self._texts = PublishedIssues(reader, store)
        self._issues = IssueWriter(
            shown=partial(shown_path, settings),
            published=self._texts.published,
            renderers=renderers,
            output=output,
        )
        self._documents = DocumentWriter(
            newsletter=settings.newsletter,
            zone=settings.schedule.timezone,
            shown=partial(shown_path, settings),
            published=self._texts.published,
            output=output,
        )

    def read(self, stamp: FileStamp) -> ReadResult:
        """Read a digest, and keep a copy of it."""
        return scan.read_stamped(stamp, self._settings, self._reader, self._keep)

    def _keep(self, issue: Issue, data: bytes, sha256: str) -> None:
        self._store.keep(data, sha256)
        self._renderers.expect(issue)

    def reread(self, record: IssueRecord) -> Reread:
        """Read the digest of an issue again."""
        return reread_digest(record, self._settings, self._texts)

    def write(self, task: Task | Document) -> Made:
        """Write the files of an issue, or of a closed archive of a feed."""
        if isinstance(task, Document):
            faults: list[Diagnostic] = []
            return Made("", self._documents.write(task, faults), tuple(faults))
        return self._issues.write(task)

    def files(self, document: Document) -> tuple[list[tuple[str, bytes]], list[Diagnostic]]:
        """Return a newest feed document's files, by path below out/, and errors; write nothing.

        The process in charge writes them: others share their folder.
        """
        faults: list[Diagnostic] = []
        return list(self._documents.files(document, faults)), faults

    def get_ready(self, wanted: Callable[[], bool]) -> None:
        """Do ahead what need not wait for the issues' dates, until one is wanted.

        The first issue or feed that is asked for would take 60 ms longer.
        """
        self._renderers.own.compile_templates()
        import publisher.feeds.documents  # noqa: F401, PLC0415  (lxml: only for who will need it)

        self._renderers.draft_ahead(wanted)
