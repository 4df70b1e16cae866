"""What becomes of issues when digests are read and others are gone: decided without a database.

`register` reads what is recorded, and writes the `Registration` that is decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.feeds.identity import Identity
from publisher.model import IssueRecord
from publisher.paper_id import PaperId
from publisher.pipeline.admission import Rules, Taken, admit_digests, assign_uids
from publisher.pipeline.invalidation import FormerAddresses, paper_page
from publisher.pipeline.rename_detection import Renames
from publisher.pipeline.repeats import RecordedOriginals, find_repeats
from publisher.sources.scan import ReadResult, Text
from publisher.sources.summary import Summary
from publisher.storage.digests import FAILED, PUBLISHED, REPEAT, DigestRow
from publisher.storage.issues import Known
from publisher.storage.tables import seconds
from publisher.syndication.membership import UNKNOWN, IssueUpdate, TimestampAllocator


@dataclass(slots=True)
class Registered:
    """What changed in the archive."""

    published: list[IssueRecord] = field(default_factory=list)
    updated: list[IssueRecord] = field(default_factory=list)
    withdrawn: list[IssueRecord] = field(default_factory=list)
    #: The digests (SHA-256, in hex) that updated issues were made of before, and nothing is now.
    replaced: list[str] = field(default_factory=list)
    #: Names of digests whose date or turn is yet to come, each with the reason.
    waiting: dict[str, str] = field(default_factory=dict)
    drafts: list[str] = field(default_factory=list)
    #: When the mail of those published issues was due that came too late for it, by slug.
    overdue: dict[str, datetime] = field(default_factory=dict)
    #: Names of digests that say what another says, each with the other's.
    repeats: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of the files in the folder."""

    reads: Sequence[ReadResult]
    #: The states of those whose bytes are as before, by name: someone touched the file, or it
    #: repeats another.
    as_before: Mapping[str, str]
    #: The slugs that digests had which are gone.
    old_slugs: AbstractSet[str]
    #: Those read that may be published, each with what it says, by slug.
    good: Mapping[str, tuple[ReadResult, Summary]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is recorded, and changes."""

    #: The slugs that issues have now.
    renames: Renames
    #: What is recorded of issues at these slugs, withdrawn ones too.
    known: Mapping[str, Known]
    originals: RecordedOriginals
    taken: Taken
    #: The times, in seconds since 1970, at which issues changed lately.
    updates: AbstractSet[int]
    #: The papers of the issues at hand, by slug.
    papers: Mapping[str, AbstractSet[str]]
    #: The issues that have these papers, or those of the digests read, by key: by slug, whether
    #: they are published.
    holders: Mapping[str, Mapping[str, bool]]
    #: The slugs of issues whose digests cannot be read, and of those published by the names of
    #: their digests and these' SHA-256 in hex.
    kept: AbstractSet[str]
    kept_digests: Mapping[tuple[str, str], str]
    former: FormerAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Which pages change, and which files go."""

    #: The slugs of other issues whose pages are to be written again.
    stale: AbstractSet[str]
    #: Papers whose pages lead to an issue from now on, by key, and those whose pages do not.
    former: Mapping[str, str]
    present: AbstractSet[str]
    #: Files that have something behind them again, and those that have nothing any more.
    wanted: AbstractSet[str]
    unwanted: AbstractSet[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What is recorded of one run."""

    #: The records of issues that are new or were read again, with their content hashes.
    rows: Sequence[tuple[IssueRecord, bytes]]
    #: Their papers, by slug.
    papers: Mapping[str, Sequence[PaperId]]
    #: Issues whose neighbours' links change.
    reordered: Sequence[IssueRecord]
    pages: Pages
    digests: Sequence[DigestRow]
    #: What feeds are told of; what they are told of withdrawn ones is in `report`.
    updates: Sequence[IssueUpdate]
    report: Registered

    @property
    def touched(self) -> list[IssueRecord]:
        """Return the records of all that changes."""
        return [*(record for record, _ in self.rows), *self.report.withdrawn]


def decide_registration(
    recorded: Recorded, changes: Changes, rules: Rules, identity: Identity, text: Text
) -> Registration:
    """Return what becomes of issues, and what has to be written because of it.

    A digest that went bad keeps what it had published, a draft or a deleted one loses it; what is
    recorded of an issue stays for its return, its date above all. `identity` gives what is new its
    ids, `text` an issue as it was published, with which digests are compared that may repeat it.
    """
    parted = _parted(recorded, changes, rules.now)
    copies = find_repeats(
        recorded.originals,
        [read for read, _ in changes.good.values()],
        recorded.known.keys(),
        {known.record.slug for known in parted.leaving},
        changes.as_before.keys(),
        text,
    )
    admission = admit_digests(
        [pair for pair in parted.fresh if pair[0].stamp.name not in copies],
        rules,
        recorded.taken,
        {record.updated for record, _ in parted.revised},
    )
    rows = assign_uids([*parted.revised, *admission.rows], identity, recorded.taken.uids)
    report = Registered(
        published=[record for record, _ in admission.rows],
        updated=[record for record, _ in parted.revised],
        withdrawn=[known.record for known in parted.leaving if not known.withdrawn],
        waiting=admission.waiting,
        drafts=parted.drafts,
        overdue=admission.overdue,
        repeats=copies,
    )
    slugs = {record.slug for record, _ in rows}
    papers = {
        record.slug: [paper.paper for paper in changes.good[record.slug][1].papers]
        for record, _ in rows
    }
    withdrawn = {record.slug for record in report.withdrawn}
    return Registration(
        rows=rows,
        papers=papers,
        reordered=[*parted.reordered, *report.published, *report.withdrawn],
        pages=_changed_pages(recorded, papers, withdrawn),
        digests=_digest_rows(recorded, changes, report, slugs | withdrawn, rules.now),
        updates=_updates(recorded, changes, rows, parted.edited),
        report=report,
    )


# --- Issues -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Parted:
    """Digests by what they are."""

    #: Issues that were read again.
    revised: list[tuple[IssueRecord, bytes]] = field(default_factory=list)
    fresh: list[tuple[ReadResult, Summary]] = field(default_factory=list)
    leaving: list[Known] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    #: What was recorded of issues before that have other bytes now, by slug.
    edited: dict[str, IssueRecord] = field(default_factory=dict)
    #: Issues that are there anew, or have other headlines.
    reordered: list[IssueRecord] = field(default_factory=list)


def _parted(recorded: Recorded, changes: Changes, now: datetime) -> _Parted:
    """Return what the digests read are, and which issues leave."""
    parted = _Parted()
    old_slugs = (
        changes.old_slugs | set(recorded.renames.aside.values())
    ) - recorded.renames.to.keys()
    parted.leaving += [recorded.known[slug] for slug in sorted(old_slugs & recorded.known.keys())]
    moved = set(recorded.renames.to.values())
    times = TimestampAllocator(recorded.updates)
    for slug, (read, summary) in changes.good.items():
        before = recorded.known.get(slug)
        if summary.draft:
            parted.drafts.append(read.stamp.name)
            parted.leaving += [before] if before else []
        elif before:
            record = _revised_record(read, summary, before, times, now)
            parted.revised.append((record, summary.content))
            if before.record.digest not in ("", record.digest):
                parted.edited[slug] = before.record
            is_here_anew = before.withdrawn or slug in moved
            if is_here_anew or record.headline != before.record.headline:
                parted.reordered.append(record)
        else:
            parted.fresh.append((read, summary))
    return parted


def _revised_record(
    read: ReadResult, summary: Summary, before: Known, times: TimestampAllocator, now: datetime
) -> IssueRecord:
    """Return the record of an issue read again: `updated` moves with its content alone.

    What an issue said is not known after it was read back from out/.
    """
    published, updated = before.record.published, before.record.updated
    # Of the same bytes, a newer program alone reads something else: that is no correction.
    is_edited = before.record.digest != read.sha256.hex()
    if is_edited and before.content not in (UNKNOWN, summary.content):
        updated = max(times.allocate(max(now, published)), updated)
    return replace(
        before.record,
        source=read.stamp.name,
        headline=summary.headline,
        items=summary.items,
        tags=summary.tags,
        digest=read.sha256.hex(),
        updated=updated,
    )


def _updates(
    recorded: Recorded,
    changes: Changes,
    rows: Iterable[tuple[IssueRecord, bytes]],
    edited: Mapping[str, IssueRecord],
) -> list[IssueUpdate]:
    """Return what feeds are told of issues."""
    # What was read back from out/ has no source yet, and is in feeds as it should be.
    back = {
        slug for slug, known in recorded.known.items() if known.withdrawn and known.record.source
    }
    moved = set(recorded.renames.to.values())
    return [
        IssueUpdate(
            record,
            changes.good[record.slug][1],
            back=record.slug in back,
            moved=record.slug in moved,
            before=edited.get(record.slug),
        )
        for record, _ in rows
    ]


# --- The to-do list -----------------------------------------------------------------------


def _changed_pages(
    recorded: Recorded, papers: Mapping[str, Sequence[PaperId]], withdrawn: AbstractSet[str]
) -> Pages:
    """Return which pages change, and which files go, with issues that have these papers now."""
    touched = papers.keys() | withdrawn
    before = {key for slug in touched for key in recorded.papers.get(slug, ())}
    present = {paper.key for issue_papers in papers.values() for paper in issue_papers}
    dead = {key for key in before - present if not _is_shown(recorded.holders[key], touched)}
    # Whether somebody took these out is not known.
    unread = {
        key: slug
        for slug in sorted(recorded.kept & papers.keys())
        for key in recorded.papers[slug] & dead
    }
    # Where there is a new issue, nothing leads to one that was there.
    former = recorded.former.without(papers.keys(), present | unread.keys())
    pages = {paper_page(key) for key in present | unread.keys()}
    return Pages(
        stale={slug for key in before | present for slug in recorded.holders[key]} - touched,
        former=unread,
        present=present,
        wanted=former.all_files(papers) | pages,
        unwanted=former.all_files(withdrawn)
        | former.own_files(recorded.renames.left - papers.keys())
        | {paper_page(key) for key in dead - unread.keys()},
    )


def _is_shown(holders: Mapping[str, bool], touched: AbstractSet[str]) -> bool:
    """Return whether a published issue has a paper, beside those touched, which have it no more."""
    return any(is_live for slug, is_live in holders.items() if slug not in touched)


def _digest_rows(
    recorded: Recorded,
    changes: Changes,
    report: Registered,
    touched: Collection[str],
    now: datetime,
) -> list[DigestRow]:
    """Return how the files looked; those that failed or wait are read again next time."""
    kept = {digest for digest, slug in recorded.kept_digests.items() if slug not in touched}
    return [
        DigestRow(
            name=read.stamp.name,
            size=read.stamp.size,
            mtime_ns=read.stamp.mtime_ns,
            sha256=read.sha256,
            slug=read.slug,
            state=_digest_state(read, report, kept),
            seen=read.seen or seconds(now),
        )
        for read in changes.reads
    ]


def _digest_state(read: ReadResult, report: Registered, kept: AbstractSet[tuple[str, str]]) -> str:
    name = read.stamp.name
    if read.summary is None:
        return PUBLISHED if (name, read.sha256.hex()) in kept else FAILED
    if read.summary.draft:
        return "draft"
    if name in report.repeats:
        return REPEAT
    return "waiting" if name in report.waiting else PUBLISHED
