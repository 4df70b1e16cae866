"""The step before the first: what was published is read again, by a program that reads otherwise.

The bytes are those that were published, so what is read in them now is no correction. Pages show
it, and whatever compares digests compares with it; no date moves, no feed gets an entry, and nobody
is mailed. A paper keeps the identity it was published under: another one that is read now becomes
an alias of that. One that is read nowhere any more is left out of the newest documents of feeds.
A digest that cannot be read any more leaves its issue as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from publisher.config import Settings
from publisher.digest.markdown.autolink import paper_of
from publisher.model import Diagnostic, IssueRecord, Level
from publisher.paper_id import PaperId
from publisher.pipeline.build_worker import BuildWorker
from publisher.pipeline.invalidation import mark_site
from publisher.pipeline.reread import Reread, lost_reread
from publisher.sources import fingerprints
from publisher.sources.summary import PaperSummary, Summary
from publisher.sources.worker_pool import worker_pool
from publisher.storage import (
    facts,
    feeds,
    former_papers,
    issues,
    kept_issues,
    paper_aliases,
    readings,
)
from publisher.storage.database import Database
from publisher.storage.feeds import PaperRow
from publisher.storage.issues import Known
from publisher.syndication.membership import UNKNOWN

_Papers = Mapping[str, PaperId]


def reread_digests(
    settings: Settings,
    database: Database,
    aliases: dict[str, PaperId],
    make: Callable[[Mapping[str, PaperId]], BuildWorker],
) -> list[Diagnostic]:
    """Record what published digests say now; return a warning for each that cannot be read.

    All are read if the program or the settings that matter for reading have changed since they
    were last read; those that could not be read, or are still to be rendered, every time.
    `aliases` is updated with the papers' aliases. `make` makes a worker that reads with aliases.
    """
    read_with = fingerprints.reader_fingerprint(settings)
    with database.read() as connection:
        aliases.update(paper_aliases.aliases(connection))
        kept = kept_issues.reasons(connection)
        is_other = facts.READ_WITH.get(connection) != read_with
        if is_other:
            known = readings.every_issue(connection)
        else:
            due = (record.slug for record in issues.unrendered(connection))
            known = list(issues.known_issues(connection, {*kept, *due}).values())
    if not is_other and not known:
        return []
    # With workers of its own: what others keep must not have identities from before.
    with worker_pool(partial(make, aliases)) as workers:
        records = [known_issue.record for known_issue in known]
        lost = partial(lost_reread, settings)
        rereads = list(
            workers.map(BuildWorker.reread, records, lambda record: record.source, lost=lost)
        )
    if not is_other and all(
        (reread.summary is None) == (reread.record.slug in kept) for reread in rereads
    ):
        return []
    rereads.sort(key=lambda reread: (reread.record.published, reread.record.slug))
    with database.write() as connection:
        remarks = _record(connection, known, rereads)
        facts.READ_WITH.put(connection, read_with)
        aliases.update(paper_aliases.aliases(connection))
    return remarks


# --- What is recorded ---------------------------------------------------------------------


def _record(
    connection: Connection, known: Sequence[Known], rereads: Sequence[Reread]
) -> list[Diagnostic]:
    """Record what was read; return a warning for each issue that stays as it was from now on."""
    before = {known_issue.record.slug: known_issue for known_issue in known}
    had = readings.every_paper(connection)
    aliases = _new_aliases(connection, rereads, had)
    paper_aliases.add(connection, aliases)
    summaries = {
        reread.record.slug: _as_published(reread.summary, aliases)
        for reread in rereads
        if reread.summary
    }
    changed = [
        (record, summary.content)
        for slug, summary in summaries.items()
        if (record := _as_read(before[slug].record, summary)) != before[slug].record
        or summary.content != before[slug].content
    ]
    readings.put_issues(connection, changed)
    papers = {
        slug: {paper.paper.key: paper.paper for paper in summary.papers}
        for slug, summary in summaries.items()
        if summary.keys != had.get(slug, {}).keys()
    }
    issues.put_papers(
        connection, {slug: [*issue_papers.values()] for slug, issue_papers in papers.items()}
    )
    live = {slug for slug, known_issue in before.items() if not known_issue.withdrawn}
    _redirect_papers(
        connection, {slug: had.get(slug, {}) for slug in papers if slug in live}, papers
    )
    _record_paper_contents(connection, summaries)
    remarks = _record_kept(connection, [reread for reread in rereads if reread.record.slug in live])
    is_mended = kept_issues.drop(connection, summaries)
    if changed or papers or is_mended:
        # What it touches is seldom less: who shares a paper, is next to it, or lists it.
        issues.mark_unrendered(connection, None)
        feeds.mark_feeds(connection, None, rendered=False)
        mark_site(connection, None)
    return remarks


def _as_published(summary: Summary, aliases: _Papers) -> Summary:
    """Return what an issue says, its papers under the identities they were published under."""
    first: dict[str, PaperSummary] = {}
    for paper_summary in summary.papers:
        paper = aliases.get(paper_summary.paper.key, paper_summary.paper)
        first.setdefault(paper.key, paper_summary._replace(paper=paper))
    return replace(summary, papers=tuple(first.values()))


def _as_read(record: IssueRecord, summary: Summary) -> IssueRecord:
    return replace(record, headline=summary.headline, items=summary.items, tags=summary.tags)


def _new_aliases(
    connection: Connection, rereads: Iterable[Reread], had: Mapping[str, _Papers]
) -> dict[str, PaperId]:
    """Return which papers have another identity now: the one published under, by the other's key.

    It is the same paper if its own address is read as the other identity, if the item says word
    for word what it said, or if the first stands beside its title, from another registry. What was
    ever published under both identities stays two papers.
    """
    taken = readings.every_key(connection)
    aliases: dict[str, PaperId] = {}
    for paper in (paper for papers in had.values() for paper in papers.values()):
        other = paper_of(paper.url)
        if other and other.key not in taken:
            aliases.setdefault(other.key, paper)
    for reread in rereads:
        papers = had.get(reread.record.slug, {})
        if reread.summary is None or papers.keys() <= reread.summary.keys:
            continue
        named = set(aliases.values())
        gone = [papers[key] for key in sorted(papers.keys() - reread.summary.keys)]
        rows = feeds.papers(connection, [paper.key for paper in gone])
        for paper in gone:
            row = rows.get(paper.key)
            content = row.content if row and row.issue == reread.record.slug else UNKNOWN
            for paper_summary in reread.summary.papers if paper not in named else ():
                key = paper_summary.paper.key
                beside = (
                    paper in reread.beside[key] and paper.scheme is not paper_summary.paper.scheme
                )
                if (
                    key not in taken
                    and key not in aliases
                    and (paper_summary.content == content or beside)
                ):
                    aliases[key] = paper
                    break
    return aliases


def _redirect_papers(
    connection: Connection, had: Mapping[str, _Papers], papers: Mapping[str, _Papers]
) -> None:
    """Have the pages of papers that are read nowhere any more lead to the issues they were in."""
    gone: dict[str, str] = {}
    for slug, before in had.items():
        for key in before.keys() - papers[slug].keys():
            gone.setdefault(key, slug)
    living = issues.live_papers(connection, gone)
    former = {key: slug for key, slug in gone.items() if key not in living}
    former_papers.add(connection, former)
    there = {key for issue_papers in papers.values() for key in issue_papers}
    former_papers.drop(connection, there)
    pages = {f"papers/{key}/index.html" for key in former.keys() | there}
    issues.drop_removals(connection, pages.intersection(issues.removals(connection)))


def _record_paper_contents(connection: Connection, summaries: Mapping[str, Summary]) -> None:
    """Record what papers' entries say now. Those that only this reading has are in no feed."""
    content = {
        slug: {paper.paper.key: paper.content for paper in summary.papers}
        for slug, summary in summaries.items()
    }
    rows = feeds.papers_with_words_of(connection, summaries)
    lost = [key for key, row in rows.items() if key not in content[row.issue]]
    elsewhere = {
        paper.key: records[0].slug
        for paper, records in issues.appearances(connection, lost).items()
    }
    changed: list[PaperRow] = []
    for key, row in rows.items():
        slug = elsewhere.get(key, row.issue)
        words = content.get(slug, {}).get(key, UNKNOWN)
        if key not in lost or key in elsewhere:
            changed.append(row._replace(issue=slug, content=words))
    readings.put_papers(connection, [row for row in changed if row != rows[row.key]])


def _record_kept(connection: Connection, rereads: Collection[Reread]) -> list[Diagnostic]:
    """Record which published issues stay as they were; return a warning for each that is new."""
    before = kept_issues.reasons(connection)
    remarks = {reread.record.slug: reread.remark for reread in rereads if reread.remark}
    kept_issues.put(connection, {slug: str(remark) for slug, remark in remarks.items()})
    return [
        Diagnostic(
            file=remark.file, line=remark.line, column=remark.column, level=Level.warning,
            code="kept",
            message="published before, and stays as it was: this version of the program cannot "
            f"read it ({remark.message})",
        )
        for slug, remark in remarks.items()
        if slug not in before
    ]  # fmt: skip
