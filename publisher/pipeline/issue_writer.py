"""An issue becomes its files under out/: its page, its mails, the pages of its papers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from publisher.errors import PublisherError
from publisher.model import Diagnostic, Issue, IssueRecord
from publisher.paper_id import PaperId
from publisher.render.renderers import Renderers
from publisher.render.urls import issue_path
from publisher.site.output import Output
from publisher.sources import time_limit
from publisher.sources.contents import fault
from publisher.sources.scan import Text


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


@dataclass(frozen=True, slots=True)
class Made:
    """What was written of an issue, or of a document of a feed."""

    #: Of an issue; empty for a document of a feed.
    slug: str
    #: None when the digest can no longer be read, or rendered: what it has published stays.
    written: int | None
    diagnostics: tuple[Diagnostic, ...] = ()


class IssueWriter:
    """Writes the files of issues."""

    def __init__(
        self,
        *,
        shown: Callable[[str], str],
        published: Text,
        renderers: Renderers,
        output: Output,
    ) -> None:
        #: Returns a digest's path the way the user would type it.
        self._shown = shown
        self._published = published
        self._renderers = renderers
        self._output = output

    def write(self, task: Task) -> Made:
        """Write the files of one issue."""
        issue = self._published(task.record)
        if issue is None:
            return Made(task.record.slug, None)
        renderer = self._renderers.renderer_for(issue)
        try:
            with time_limit.limit_cpu_time(time_limit.LONGEST):
                files = renderer.issue_files(
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
            remark = fault(self._shown(task.source), error)
            return Made(task.record.slug, None, (remark,))
        if task.former:
            page = renderer.moved_page(task.record)
            files |= {f"{issue_path(old)}index.html": page for old in task.former}
        for key in task.former_papers:
            page = renderer.moved_paper_page(task.record, key)
            files[f"papers/{key}/index.html"] = page
        written = sum(self._output.write(path, data) for path, data in files.items())
        return Made(task.record.slug, written)


def own_papers(
    issue: Issue, record: IssueRecord, shared: Mapping[PaperId, tuple[IssueRecord, ...]]
) -> frozenset[PaperId]:
    """Return the papers that no older issue has: their pages and entries are this issue's."""
    papers = (item.paper for item in issue.papers() if item.paper)
    return frozenset(p for p in papers if shared.get(p, (record,))[0].slug == record.slug)
