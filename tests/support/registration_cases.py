"""Digests as they were read, and what is recorded of issues, without files or a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from publisher.model import IssueRecord
from publisher.paper_id import PaperId, PaperScheme
from publisher.pipeline.admission import Rules
from publisher.sources.scan import FileStamp, ReadResult
from publisher.sources.summary import PaperSummary, Summary
from publisher.storage.issues import Known

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
RULES = Rules(
    now=NOW,
    zone=UTC,
    goes_out=lambda dropped: dropped,
    waits=False,
    max_lateness=timedelta(days=7),
    at_most=None,
)


def paper_key(number: int) -> str:
    """Return the key of the paper of this number."""
    return _paper(number).key


def _paper(number: int) -> PaperId:
    return PaperId(PaperScheme.arxiv, f"2408.{number:05}")


def digest_of(
    slug: str,
    *papers: int,
    words: str = "",
    date: datetime | None = None,
    tags: tuple[str, ...] = (),
    draft: bool = False,
) -> tuple[ReadResult, Summary]:
    """Return a digest with these papers, and what it says, in these words."""
    said = f"{papers} {words}".encode()
    summary = Summary(
        slug=slug,
        headline=f"Issue {slug}",
        date=date,
        draft=draft,
        tags=tags,
        items=max(1, len(papers)),
        papers=tuple(
            PaperSummary(
                paper=_paper(paper),
                number=number,
                section="",
                content=sha256(f"{paper} {words}".encode()).digest(),
                weight=500,
            )
            for number, paper in enumerate(papers, start=1)
        ),
        others=frozenset(),
        content=sha256(said).digest(),
        weight=1000,
    )
    read = ReadResult(
        stamp=FileStamp(f"{slug}.txt", 100, int(NOW.timestamp()) * 10**9),
        slug=slug,
        sha256=sha256(b"bytes of " + said).digest(),
        summary=summary,
        diagnostics=(),
    )
    return read, summary


def known_of(
    digest: tuple[ReadResult, Summary],
    *,
    published: datetime = NOW - timedelta(days=7),
    withdrawn: bool = False,
) -> Known:
    """Return what is recorded of an issue made of a digest."""
    read, summary = digest
    record = IssueRecord(
        slug=summary.slug,
        headline=summary.headline,
        source=read.stamp.name,
        published=published,
        updated=published,
        items=summary.items,
        tags=summary.tags,
        digest=read.sha256.hex(),
        uid=f"tag:example.org,2026:issues/{summary.slug}",
    )
    return Known(record, summary.content, withdrawn)


def by_slug(
    digests: Collection[tuple[ReadResult, Summary]],
) -> Mapping[str, tuple[ReadResult, Summary]]:
    """Return digests by their slugs."""
    return {summary.slug: (read, summary) for read, summary in digests}
