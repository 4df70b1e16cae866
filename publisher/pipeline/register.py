"""The second step: what is published, since when, and what is therefore to be written.

One transaction decides all of it and leaves a to-do list in the database (issues to render,
files to remove, archive pages to write). Whatever crashes later, the next tick finds the list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection

from publisher.feeds.identity import Identity
from publisher.i18n import words
from publisher.model import IssueRecord
from publisher.paper_id import PaperId
from publisher.pipeline.admission import Rules, admitted, identified
from publisher.pipeline.rename_detection import recognise, repeats
from publisher.render.titles import headline
from publisher.render.urls import issue_path
from publisher.sources.published_issues import PublishedIssues
from publisher.sources.scan import ReadResult, Summary, Text
from publisher.storage import digests, facts, feeds, former_papers, issues, kept_issues, redirects
from publisher.storage.digests import FAILED, PUBLISHED, REPEAT, DigestRow
from publisher.storage.issues import Known
from publisher.storage.tables import seconds
from publisher.syndication.feed_update import syndicate
from publisher.syndication.membership import LONG, UNKNOWN, IssueUpdate, TimestampAllocator

#: Issues on one page of the archive.
ARCHIVE_PAGE = 50
_ISSUE_FILES = ("index.html", "email.html", "email.txt")


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


def register(
    connection: Connection,
    texts: PublishedIssues,
    reads: Sequence[ReadResult],
    gone: Mapping[str, DigestRow],
    rules: Rules,
    identity: Identity,
    *,
    as_before: Mapping[str, str] = MappingProxyType({}),
) -> Registered:
    """Record what became of the digests read and of those that are gone.

    `texts` are the issues as readers have them. `identity` gives what is new its ids. `as_before`
    has the states of those whose bytes are as before, by name: someone touched the file, or it
    repeats another. A digest that went bad keeps what it had published, a draft or a deleted one
    loses it; what is recorded of an issue stays for its return, its date above all.
    """
    done = Registered()
    good = {
        each.summary.slug: each
        for each in reads
        if each.summary and as_before.get(each.found.name, REPEAT) == REPEAT
    }
    lost = _with_issues(connection, gone)
    old_slugs = {row.slug for row in lost.values() if row.slug} - {each.slug for each in reads}
    recorded = issues.known_issues(connection, [*good, *old_slugs])
    moved = recognise(connection, good, lost, recorded, texts.published, texts.bytes_of)
    old_slugs = (old_slugs | moved.aside) - moved.to.keys()
    apart = TimestampAllocator(issues.updates_between(connection, rules.now - LONG, rules.now))
    rows: list[tuple[IssueRecord, bytes]] = []
    fresh: list[tuple[ReadResult, Summary]] = []
    leaving = [recorded[slug] for slug in old_slugs if slug in recorded]
    edited: dict[str, IssueRecord] = {}  # what was recorded before
    reordered: list[IssueRecord] = []  # their neighbours' links change
    for slug, each in good.items():
        said, before = each.summary, recorded.get(slug)
        if said is None:
            continue
        if said.draft:
            done.drafts.append(each.found.name)
            leaving += [before] if before else []
        elif before:
            record = _revised(each, said, before, apart, rules.now)
            rows.append((record, said.content))
            if before.record.digest not in ("", record.digest):
                edited[slug] = before.record
            here_anew = before.withdrawn or slug in moved.to.values()
            if here_anew or record.headline != before.record.headline:
                reordered.append(record)
            done.updated.append(record)
        else:
            fresh.append((each, said))
    done.repeats = repeats(
        connection, good.values(), recorded, leaving, as_before.keys(), texts.published
    )
    fresh = [pair for pair in fresh if pair[0].found.name not in done.repeats]
    used = {each.updated for each in done.updated}
    begun = admitted(connection, fresh, rules, done.waiting, done.overdue, used)
    rows += begun
    done.published = [record for record, _ in begun]
    done.withdrawn = [known.record for known in leaving if not known.withdrawn]
    rows = identified(connection, rows, identity)
    _write(connection, rows, good, done, [*reordered, *done.published, *done.withdrawn])
    left = moved.left - {record.slug for record, _ in rows}
    issues.add_removals(connection, _own_files(connection, left))
    # What was read back from out/ has no source yet, and is in feeds as it should be.
    back = {slug for slug, its in recorded.items() if its.withdrawn and its.record.source}
    told = [
        IssueUpdate(
            record,
            said,
            back=record.slug in back,
            moved=record.slug in moved.to.values(),
            before=edited.get(record.slug),
        )
        for record, _ in rows
        if (said := good[record.slug].summary)
    ]
    withdrawn = {record.slug for record in done.withdrawn}
    if told or withdrawn:
        syndicate(connection, told, withdrawn, identity, rules.now, texts.published)
    replaced = {each.digest for each in edited.values()}
    done.replaced = sorted(replaced - feeds.frozen(connection, replaced))
    _remember(connection, reads, gone, done, rules.now)
    return done


def _with_issues(connection: Connection, gone: Mapping[str, DigestRow]) -> dict[str, DigestRow]:
    """Leave out what was refused since another digest, which is there still, has its address."""
    slugs = {row.slug for row in gone.values() if row.slug}
    kept = {slug for slug, name in digests.owners(connection, slugs).items() if name not in gone}
    return {name: row for name, row in gone.items() if row.slug not in kept}


def rename(connection: Connection, language: str, published: Text) -> None:
    """Give what is published new headlines if the language of the words in them is another."""
    if facts.HEADLINE_LANGUAGE.get(connection) == language:
        return
    facts.HEADLINE_LANGUAGE.put(connection, language)
    known = issues.known_issues(connection, [each.slug for each in issues.newest(connection)])
    rows = []
    for each in known.values():
        issue = published(each.record)
        if issue is not None:
            name = headline(issue, words(language))
            rows.append((replace(each.record, headline=name), each.content))
    issues.put_issues(connection, rows)


def _revised(
    each: ReadResult, said: Summary, before: Known, apart: TimestampAllocator, now: datetime
) -> IssueRecord:
    """Return the record of an issue read again: `updated` moves with its content alone.

    What an issue said is not known after it was read back from out/.
    """
    published, updated = before.record.published, before.record.updated
    # Of the same bytes, a newer program alone reads something else: that is no correction.
    is_edited = before.record.digest != each.sha256.hex()
    if is_edited and before.content not in (UNKNOWN, said.content):
        updated = max(apart.at(max(now, published)), updated)
    return replace(
        before.record,
        source=each.found.name,
        headline=said.headline,
        items=said.items,
        tags=said.tags,
        digest=each.sha256.hex(),
        updated=updated,
    )


# --- The to-do list -----------------------------------------------------------------------


def _write(
    connection: Connection,
    rows: Sequence[tuple[IssueRecord, bytes]],
    good: Mapping[str, ReadResult],
    done: Registered,
    reordered: Sequence[IssueRecord],
) -> None:
    """Write the records, and what they make necessary, to the to-do list."""
    touched = [*(record for record, _ in rows), *done.withdrawn]
    if not touched:
        return
    slugs = [record.slug for record in touched]
    papers_before = issues.papers_of(connection, slugs)
    issues.put_issues(connection, rows)
    issues.set_due(connection, done.overdue)
    withdrawn = [record.slug for record in done.withdrawn]
    issues.withdraw(connection, withdrawn)
    mended = kept_issues.words(connection).keys() & {record.slug for record, _ in rows}
    kept_issues.drop(connection, slugs)
    # Where there is a new issue, nothing leads to one that was there.
    redirects.drop(connection, [record.slug for record, _ in rows])
    papers = {record.slug: _papers(good[record.slug]) for record, _ in rows}
    issues.put_papers(connection, papers)

    before = {key for found in papers_before.values() for key in found}
    now = {paper.key for found in papers.values() for paper in found}
    former_papers.drop(connection, now)
    issues.mark_unrendered(connection, issues.sharing(connection, slugs))
    issues.mark_unrendered(connection, issues.slugs_with(connection, before - now))
    issues.mark_unrendered(connection, neighbours_of(connection, reordered))

    dead = before - now - issues.live_papers(connection, before - now)
    # Whether somebody took these out is not known.
    unread = {key: slug for slug in mended for key in papers_before[slug] & dead}
    former_papers.keep(connection, unread)
    dead -= unread.keys()
    unwanted = {f"papers/{key}/index.html" for key in dead}
    unwanted |= all_files_of(connection, withdrawn)
    wanted = {f"papers/{key}/index.html" for key in now}
    wanted |= all_files_of(connection, [record.slug for record, _ in rows])
    issues.drop_removals(connection, wanted.intersection(issues.removals(connection)))
    issues.add_removals(connection, unwanted)
    mark_site(connection, min(touched, key=lambda record: (record.published, record.slug)))


def _papers(each: ReadResult) -> Sequence[PaperId]:
    return [its.paper for its in each.summary.papers] if each.summary else ()


def files_of(slug: str) -> list[str]:
    """Return the files of an issue's own page and mails, below out/."""
    return [issue_path(slug) + name for name in _ISSUE_FILES]


def all_files_of(connection: Connection, slugs: Collection[str]) -> set[str]:
    """Return the files of issues, and the pages that lead to them from where they were before."""
    former = redirects.of_issues(connection, slugs).values()
    papers = former_papers.of_issues(connection, slugs).values()
    leading = {files_of(old)[0] for its in former for old in its}
    leading |= {f"papers/{key}/index.html" for its in papers for key in its}
    return _own_files(connection, slugs) | leading


def _own_files(connection: Connection, slugs: Collection[str]) -> set[str]:
    """Return the files at these slugs, but not pages that lead to issues at others."""
    leading = {files_of(slug)[0] for slug in redirects.known(connection, slugs)}
    return {path for slug in slugs for path in files_of(slug)} - leading


def neighbours_of(connection: Connection, records: Collection[IssueRecord]) -> set[str]:
    """Return the slugs of the issues directly before and after these."""
    pairs = neighbour_pairs(connection, records).values()
    return {each.slug for pair in pairs for each in pair if each}


def neighbour_pairs(
    connection: Connection, records: Collection[IssueRecord]
) -> dict[str, tuple[IssueRecord | None, IssueRecord | None]]:
    """Return the next newer and next older issue of each of these."""
    if len(records) <= ARCHIVE_PAGE:
        return {record.slug: issues.neighbours(connection, record) for record in records}
    # One query instead of two for each of many.
    everything = {record.slug: record for record in [*issues.newest(connection), *records]}
    live = sorted(everything.values(), key=lambda r: (r.published, r.slug), reverse=True)
    wanted = {record.slug for record in records}
    return {
        record.slug: (live[i - 1] if i else None, live[i + 1] if i + 1 < len(live) else None)
        for i, record in enumerate(live)
        if record.slug in wanted
    }


def mark_site(connection: Connection, oldest: IssueRecord | None) -> None:
    """Say that the lists are to be written from this issue on (all of them for None)."""
    place = issues.place_of(oldest) if oldest else (0, "")
    before = facts.SITE_DIRTY_FROM.get(connection)
    if before is None or place < before:
        facts.SITE_DIRTY_FROM.put(connection, place)


def oldest_page(connection: Connection, dirty: issues.Place, total: int) -> int:
    """Return the page of the archive that the lists are to be written from on.

    `dirty` is the fact SITE_DIRTY_FROM, `total` the number of published issues. Counted from
    the newest, which changes nearly always: all are counted once a run, and no more.
    """
    older = total - issues.count_from(connection, dirty)
    # From the one before it: if this is the first of a page, that page's link to the next is new.
    return max(0, older - 1) // ARCHIVE_PAGE + 1


def _remember(
    connection: Connection,
    reads: Sequence[ReadResult],
    gone: Mapping[str, DigestRow],
    done: Registered,
    now: datetime,
) -> None:
    """Write down how the files looked; those that failed or wait are read again next time."""
    rows = []
    kept = kept_issues.digests(connection)
    for each in reads:
        name = each.found.name
        if each.summary is None:
            state = PUBLISHED if (name, each.sha256.hex()) in kept else FAILED
        elif each.summary.draft:
            state = "draft"
        elif name in done.repeats:
            state = REPEAT
        else:
            state = "waiting" if name in done.waiting else PUBLISHED
        rows.append(
            DigestRow(
                name=name,
                size=each.found.size,
                mtime_ns=each.found.mtime_ns,
                sha256=each.sha256,
                slug=each.slug,
                state=state,
                seen=each.seen or seconds(now),
            )
        )
    digests.drop_digests(connection, list(gone))
    digests.put_digests(connection, rows)
