"""The second step: what is published, since when, and what is therefore to be written.

One transaction decides all of it and leaves a to-do list in the database (issues to render,
files to remove, archive pages to write). Whatever crashes later, the next tick finds the list.
Three times what is recorded is read, something is decided that sees no database, and the result is
written: which issue each digest is (`rename_detection`), what becomes of issues (`registration`),
and what of feeds (`syndication`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sqlalchemy import Connection

from publisher.feeds.identity import Identity
from publisher.i18n import words
from publisher.pipeline.admission import Rules, Taken, earliest_time, possible_uids
from publisher.pipeline.invalidation import former_addresses, mark_site, neighbours_of
from publisher.pipeline.registration import (
    Changes,
    Recorded,
    Registered,
    Registration,
    decide_registration,
)
from publisher.pipeline.rename_detection import Renames, apply_renames
from publisher.pipeline.repeats import recorded_originals
from publisher.render.titles import headline
from publisher.sources.published_issues import PublishedIssues
from publisher.sources.scan import ReadResult, Text
from publisher.storage import digests, facts, feeds, former_papers, issues, kept_issues, redirects
from publisher.storage.digests import REPEAT, DigestRow
from publisher.storage.rename import known_uids
from publisher.syndication.feed_update import update_feeds
from publisher.syndication.membership import LONG


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
    repeats another. For what becomes of an issue, see `decide_registration`.
    """
    good = {
        read.slug: read
        for read in reads
        if read.summary and as_before.get(read.stamp.name, REPEAT) == REPEAT
    }
    lost = _with_issues(connection, gone)
    old_slugs = {row.slug for row in lost.values() if row.slug} - {read.slug for read in reads}
    renames = apply_renames(connection, good, lost, old_slugs, texts.published, texts.bytes_of)
    changes = Changes(
        reads=reads,
        as_before=as_before,
        old_slugs=old_slugs,
        good={slug: (read, read.summary) for slug, read in good.items() if read.summary},
    )
    recorded = _read_recorded(connection, changes, renames, rules, identity)
    decided = decide_registration(recorded, changes, rules, identity, texts.published)
    _write_registration(connection, decided)
    digests.drop_digests(connection, list(gone))
    digests.put_digests(connection, decided.digests)
    withdrawn = {record.slug for record in decided.report.withdrawn}
    if decided.updates or withdrawn:
        now = rules.now
        update_feeds(connection, decided.updates, withdrawn, identity, now, texts.published)
    replaced = {update.before.digest for update in decided.updates if update.before}
    in_archives = feeds.frozen_digests(connection, replaced)
    return replace(decided.report, replaced=sorted(replaced - in_archives))


def _with_issues(connection: Connection, gone: Mapping[str, DigestRow]) -> dict[str, DigestRow]:
    """Leave out what was refused since another digest, which is there still, has its address."""
    slugs = {row.slug for row in gone.values() if row.slug}
    kept = {slug for slug, name in digests.owners(connection, slugs).items() if name not in gone}
    return {name: row for name, row in gone.items() if row.slug not in kept}


def renew_headlines(connection: Connection, language: str, published: Text) -> None:
    """Make the headlines of published issues anew if the interface language has changed."""
    if facts.HEADLINE_LANGUAGE.get(connection) == language:
        return
    facts.HEADLINE_LANGUAGE.put(connection, language)
    known = issues.known_issues(connection, [record.slug for record in issues.newest(connection)])
    rows = []
    for known_issue in known.values():
        issue = published(known_issue.record)
        if issue is not None:
            name = headline(issue, words(language))
            rows.append((replace(known_issue.record, headline=name), known_issue.content))
    issues.put_issues(connection, rows)


def _read_recorded(
    connection: Connection,
    changes: Changes,
    renames: Renames,
    rules: Rules,
    identity: Identity,
) -> Recorded:
    """Return what is recorded, after issues got the slugs they have now."""
    known, good = renames.known, changes.good
    fresh = [summary for slug, (_, summary) in good.items() if slug not in known]
    newest = issues.newest(connection, 1)
    slugs = good.keys() | changes.old_slugs | renames.left | set(renames.aside.values())
    papers = issues.papers_of(connection, slugs)
    keys = {key for issue_keys in papers.values() for key in issue_keys}
    keys |= {paper.paper.key for _, summary in good.values() for paper in summary.papers}
    return Recorded(
        renames=renames,
        known=known,
        originals=recorded_originals(
            connection,
            [read for read, _ in good.values()],
            known.keys(),
            changes.as_before.keys(),
        ),
        taken=Taken(
            newest=newest[0].published if newest else None,
            times=issues.times_since(connection, earliest_time(fresh, rules.now))
            if fresh
            else set(),
            uids=_taken_uids(
                connection,
                identity,
                [slug for slug in good if slug not in known or not known[slug].record.uid],
            ),
        ),
        updates=issues.updates_between(connection, rules.now - LONG, rules.now),
        papers=papers,
        holders=issues.holders(connection, keys),
        kept=kept_issues.slugs(connection),
        kept_digests=kept_issues.digests(connection),
        former=former_addresses(connection, slugs),
    )


def _taken_uids(connection: Connection, identity: Identity, slugs: Collection[str]) -> set[str]:
    """Return the ids that issues of these slugs cannot have, each up to the first that is free."""
    taken_uids: set[str] = set()
    candidates = [possible_uids(identity, slug) for slug in slugs]
    while candidates:
        wanted = {next(candidate): candidate for candidate in candidates}
        taken = known_uids(connection, wanted)
        taken_uids |= taken
        candidates = [wanted[uid] for uid in taken]
    return taken_uids


def _write_registration(connection: Connection, decided: Registration) -> None:
    """Record issues, and what they make necessary in the to-do list."""
    _write_issues(connection, decided)
    pages = decided.pages
    issues.mark_unrendered(connection, pages.stale | neighbours_of(connection, decided.reordered))
    issues.drop_removals(connection, pages.wanted & set(issues.removals(connection)))
    issues.add_removals(connection, pages.unwanted)
    if decided.touched:
        oldest = min(decided.touched, key=lambda record: (record.published, record.slug))
        mark_site(connection, oldest)


def _write_issues(connection: Connection, decided: Registration) -> None:
    issues.put_issues(connection, decided.rows)
    issues.set_due(connection, decided.report.overdue)
    issues.withdraw(connection, [record.slug for record in decided.report.withdrawn])
    issues.put_papers(connection, decided.papers)
    kept_issues.drop(connection, [record.slug for record in decided.touched])
    redirects.drop(connection, decided.papers)
    former_papers.drop(connection, decided.pages.present)
    former_papers.add(connection, decided.pages.former)
