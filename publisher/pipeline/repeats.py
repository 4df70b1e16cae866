"""Part of the second step: which digests are copies of others, and so no issues.

`recorded_originals` reads what is recorded, and the others decide and see no database.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy import Connection

from publisher.model import IssueRecord
from publisher.pipeline.rename_detection import identifying_keys
from publisher.sources.scan import ReadResult, Text
from publisher.sources.summary import Summary
from publisher.storage import digests, issues
from publisher.storage.digests import PUBLISHED
from publisher.storage.rename import published_by_content

#: What is between the words of a name.
_BREAK = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOriginals:
    """What is recorded of the issues that new digests may repeat."""

    #: The published issues that have the papers of digests which were repeats before, by key.
    holders: Mapping[str, Sequence[IssueRecord]]
    #: The published issues that say word for word what a digest does: content, slug, digest's name.
    same: Sequence[tuple[bytes, str, str]]
    #: The issues of digests whose names new ones' are made of, by name, each with its papers.
    named: Mapping[str, tuple[IssueRecord, AbstractSet[str]]]


def recorded_originals(
    connection: Connection,
    reads: Collection[ReadResult],
    known: Collection[str],
    repeated: Collection[str],
) -> RecordedOriginals:
    """Return what is recorded of the issues that digests may repeat whose slugs are not `known`.

    Digests of the names `repeated` were found to be repeats before.
    """
    fresh = _fresh(reads, known)
    keys = {key for name, summary in fresh.items() if name in repeated for key in summary.keys}
    names = {original for name in fresh for original in _originals(name)}
    names -= {read.stamp.name for read in reads}
    slugs = {
        row.slug: row.name
        for row in digests.some_digests(connection, names).values()
        if row.state == PUBLISHED and row.slug
    }
    papers = issues.papers_of(connection, slugs)
    return RecordedOriginals(
        holders={
            paper.key: records for paper, records in issues.appearances(connection, keys).items()
        },
        same=published_by_content(connection, {summary.content for summary in fresh.values()}),
        named={
            slugs[slug]: (known_issue.record, papers[slug])
            for slug, known_issue in issues.known_issues(connection, slugs).items()
        },
    )


def find_repeats(
    recorded: RecordedOriginals,
    reads: Collection[ReadResult],
    known: Collection[str],
    leaving: AbstractSet[str],
    repeated: Collection[str],
    text: Text,
) -> dict[str, str]:
    """Return the new digests that repeat an issue or another digest: the other's name by theirs.

    Digests of the names `repeated` were repeats before, and the other may have been edited since.
    `known` are the slugs of issues, which are no new digests; `leaving` those of issues that are
    withdrawn, and cannot be repeated. `text` gives an issue as it was published.
    """
    fresh = _fresh(reads, known)
    repeated_by: dict[str, str] = {}
    for name, summary in fresh.items():
        owner = (
            _repeated_source(recorded.holders, summary.keys, leaving) if name in repeated else None
        )
        if owner:
            repeated_by[name] = owner
    owners = {content: source for content, slug, source in recorded.same if slug not in leaving}
    for read in reads:
        if read.summary and read.slug in known and read.slug not in leaving:
            owners[read.summary.content] = read.stamp.name
    left = fresh.keys() - repeated_by.keys()
    rest = [read for read in reads if read.stamp.name in left]
    had = {
        name: identifying_keys(papers, record, text)
        for name, (record, papers) in recorded.named.items()
        if record.slug not in leaving
    }
    return (
        repeated_by
        | find_edited_copies(rest, had | keys_by_name(reads))
        | find_exact_copies(rest, owners)
    )


def _fresh(reads: Iterable[ReadResult], known: Collection[str]) -> dict[str, Summary]:
    """Return what digests say that are no issues yet, by name."""
    return {
        read.stamp.name: read.summary for read in reads if read.summary and read.slug not in known
    }


def _repeated_source(
    holders: Mapping[str, Sequence[IssueRecord]], keys: AbstractSet[str], leaving: AbstractSet[str]
) -> str | None:
    """Return the digest of a published issue that has half of these papers, if there is one."""
    counted = Counter(
        record.source
        for key, records in holders.items()
        if key in keys
        for record in records
        if record.slug not in leaving
    )
    return next((name for name, count in counted.most_common(1) if 2 * count >= len(keys)), None)


def keys_by_name(reads: Iterable[ReadResult]) -> dict[str, AbstractSet[str]]:
    """Return what tells each digest but drafts from others, as `Summary.known_by`, by name."""
    return {
        read.stamp.name: read.summary.known_by
        for read in reads
        if read.summary and not read.summary.draft
    }


def find_edited_copies(
    reads: Iterable[ReadResult], known: Mapping[str, AbstractSet[str]]
) -> dict[str, str]:
    """Return the digests that are edited copies of another, by name: the other's name by theirs.

    A copy has most of what the other has, and the other's name within its own. Programs that share
    folders keep both files when two people edit one at once, and call one
    `001 (Ann's conflicted copy).txt`, `001.sync-conflict-20261121.txt` or the like, in any
    language.
    """
    copies = {}
    for name, keys in keys_by_name(reads).items():
        for original in sorted(_originals(name) & known.keys(), key=len):
            original_keys = known[original]
            if 2 * len(original_keys & keys) > max(len(original_keys), len(keys)):
                copies[name] = original
                break
    return copies


def _originals(name: str) -> set[str]:
    """Return the names that the digest may have that one of this name is a copy of."""
    stem, dot, suffix = name.rpartition(".")
    parts = (
        part for gap in _BREAK.finditer(stem) for part in (stem[: gap.start()], stem[gap.end() :])
    )
    return {part + dot + suffix for part in parts if part}


def find_exact_copies(reads: Sequence[ReadResult], owners: Mapping[bytes, str]) -> dict[str, str]:
    """Return the digests that say word for word what another does: the other's name by theirs.

    `owners` has the names of others by content hash. A copy has a longer name than its original.
    """
    owners, copies = dict(owners), {}
    for read in sorted(reads, key=_name_length):
        if read.summary and not read.summary.draft:
            owner = owners.setdefault(read.summary.content, read.stamp.name)
            if owner != read.stamp.name:
                copies[read.stamp.name] = owner
    return copies


def _name_length(read: ReadResult) -> tuple[int, str]:
    return len(read.stamp.name), read.stamp.name
