"""A published digest is read again: what it says now, or why it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.config import Settings
from publisher.digest.markdown.autolink import paper_of
from publisher.model import Diagnostic, Issue, IssueRecord, Level
from publisher.paper_id import PaperId
from publisher.sources.contents import fault, shown_path
from publisher.sources.published_issues import PublishedIssues
from publisher.sources.summary import Summary, summarize


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of reading an issue's digest again."""

    record: IssueRecord
    #: None when it cannot be read.
    summary: Summary | None
    #: Why it cannot be.
    remark: Diagnostic | None = None
    #: What links beside the titles of its papers lead to, by those papers' keys.
    beside: Mapping[str, frozenset[PaperId]] = field(default_factory=dict)


def reread_digest(record: IssueRecord, settings: Settings, texts: PublishedIssues) -> Reread:
    """Read the digest of an issue again."""
    file = shown_path(settings, record.source)
    reading = texts.reading(record)
    if reading is None:
        return Reread(record, None, _gone(file))
    if reading.issue is None:
        errors = (
            diagnostic for diagnostic in reading.diagnostics if diagnostic.level is Level.error
        )
        return Reread(record, None, next(errors, None) or fault(file, ValueError("no issue")))
    try:
        issue_summary = summarize(reading.issue, settings.newsletter.interface_language)
    except Exception as error:  # noqa: BLE001  (whatever one digest does, others are read)
        return Reread(record, None, fault(file, error))
    # The address stays, whatever the program makes of the file's name today.
    return Reread(record, issue_summary, beside=_papers_beside(reading.issue))


def lost_reread(settings: Settings, record: IssueRecord) -> Reread:
    """Return the result for a digest at which the process that read it was killed."""
    return Reread(record, None, fault(shown_path(settings, record.source), MemoryError()))


def _gone(file: str) -> Diagnostic:
    return Diagnostic(
        file=file, line=0, column=0, level=Level.error, code="unreadable",
        message="neither the digest nor its copy is as it was published; put one of them back",
    )  # fmt: skip


def _papers_beside(issue: Issue) -> dict[str, frozenset[PaperId]]:
    return {
        item.paper.key: frozenset(filter(None, (paper_of(link.url) for link in item.links)))
        for item in issue.papers()
        if item.paper
    }
