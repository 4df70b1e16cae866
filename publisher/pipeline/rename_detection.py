"""Part of the second step: which issue a digest is, whatever its file is called.

Files are renamed, copied, and written over: `latest.txt` holds another batch each week. Taken by
its name alone, a copy would be mailed again, and a new batch under an old name never.

`apply_renames` reads what is recorded, `find_renames` decides and sees no database, and what it
decided is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TypeAlias

from sqlalchemy import Connection

from publisher.model import Issue, IssueRecord
from publisher.sources.scan import ReadResult, Text
from publisher.sources.summary import Summary, other_links
from publisher.storage import issues, redirects
from publisher.storage.digests import DigestRow
from publisher.storage.issues import Known
from publisher.storage.rename import rename_issue, withdrawn_by_content, withdrawn_by_papers
from publisher.syndication.membership import UNKNOWN

#: Gives the bytes of a digest as it was published.
Data: TypeAlias = Callable[[IssueRecord], bytes | None]
#: In the slugs of issues that made room for others, and in no digest's: there was never a page.
_ASIDE = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedIssues:
    """What is recorded of the issues that digests may be."""

    #: By slug: of the slugs that digests have or had, and withdrawn ones that are like a digest.
    known: Mapping[str, Known]
    #: The keys of each one's papers, by slug.
    papers: Mapping[str, AbstractSet[str]]
    #: The slugs of withdrawn issues that say word for word what a digest does, by content.
    same: Mapping[bytes, str]
    #: The slugs of withdrawn issues that have a paper of a digest.
    alike: AbstractSet[str]
    #: Slugs of issues that made room for others before.
    aside: AbstractSet[str]

    def renamed(self, slugs: Mapping[str, str]) -> RecordedIssues:
        """Return the same after issues got other slugs, each by the one it had."""
        known = {slugs.get(slug, slug): known for slug, known in self.known.items()}
        for new in slugs.values():
            known[new] = replace(known[new], record=replace(known[new].record, slug=new))
        return replace(
            self,
            known=known,
            papers={slugs.get(slug, slug): keys for slug, keys in self.papers.items()},
            same={content: slugs.get(slug, slug) for content, slug in self.same.items()},
            alike={slugs.get(slug, slug) for slug in self.alike},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Renames:
    """Issues that have other slugs now."""

    #: The new slugs of those that made room for another issue, by the old; these come first.
    aside: Mapping[str, str]
    #: The new slugs of those whose digests only changed their names, by the old.
    to: Mapping[str, str]
    #: What is recorded of issues, by the slugs they have now.
    known: Mapping[str, Known]

    @property
    def left(self) -> AbstractSet[str]:
        """Return the slugs under which there is another issue now, or none."""
        return self.to.keys() | self.aside.keys()


def apply_renames(
    connection: Connection,
    good: Mapping[str, ReadResult],
    gone: Mapping[str, DigestRow],
    slugs: Collection[str],
    text: Text,
    data: Data,
) -> Renames:
    """Rename issues whose digests have other names now; return these renames.

    `good` has the digests that can be read, by slug, and `slugs` those of the digests `gone`.
    """
    recorded = _read_recorded(connection, good, slugs)
    renamed = find_renames(recorded, good, gone, text, data)
    for old, new in chain(renamed.aside.items(), renamed.to.items()):
        rename_issue(connection, old, new)
        if _ASIDE not in old:
            redirects.add(connection, old, new)
    return renamed


def _read_recorded(
    connection: Connection, good: Mapping[str, ReadResult], slugs: Collection[str]
) -> RecordedIssues:
    known = issues.known_issues(connection, [*good, *slugs])
    summaries = _summaries(good)
    overwritten = {
        slug
        for slug, summary in summaries.items()
        if slug in known and _differ(known[slug], summary)
    }
    fresh = [
        summary for slug, summary in summaries.items() if slug not in known or slug in overwritten
    ]
    alike = withdrawn_by_papers(connection, {key for summary in fresh for key in summary.keys})
    same = withdrawn_by_content(connection, {summary.content for summary in fresh})
    known |= issues.known_issues(connection, {*alike, *same.values()} - known.keys())
    return RecordedIssues(
        known=known,
        papers=issues.papers_of(connection, known),
        same=same,
        alike=alike,
        aside=_taken_asides(connection, overwritten),
    )


def _taken_asides(connection: Connection, slugs: Collection[str]) -> set[str]:
    """Return the slugs of issues that made room before where these may have to."""
    asides: set[str] = set()
    number = 0
    while slugs:
        number += 1
        wanted = {_aside_slug(slug, number): slug for slug in slugs}
        taken = issues.known_issues(connection, wanted).keys()
        asides |= taken
        slugs = [wanted[aside] for aside in taken]
    return asides


# --- What is decided ----------------------------------------------------------------------


def find_renames(
    recorded: RecordedIssues,
    good: Mapping[str, ReadResult],
    gone: Mapping[str, DigestRow],
    text: Text,
    data: Data,
) -> Renames:
    """Return which issues have other slugs now, and what is recorded by these.

    `text` gives an issue as it was published, or as a digest has it now, and `data` its bytes;
    None where there is no copy of them.
    """
    aside = _overwritten(recorded, good, text, data)
    recorded = recorded.renamed(aside)
    to = _renamed(recorded, good, gone, aside.values(), text)
    return Renames(aside=aside, to=to, known=recorded.renamed(to).known)


def _summaries(good: Mapping[str, ReadResult]) -> dict[str, Summary]:
    return {slug: summary for slug, read in good.items() if (summary := read.summary)}


def _differ(known: Known, summary: Summary) -> bool:
    """Return whether a digest is known to say something else than what was recorded.

    What was read back from out/ is not known well enough to tell.
    """
    return known.content not in (UNKNOWN, summary.content)


def _overwritten(
    recorded: RecordedIssues, good: Mapping[str, ReadResult], text: Text, data: Data
) -> dict[str, str]:
    """Find slugs that another issue has now; return the new slug of what had one, by the old.

    A digest that has few papers or titles of the issue that had its name is another: a new batch
    was written over the old one, or came when that was gone. Both may have some, since a paper is
    now and then in two batches.
    """
    aside: dict[str, str] = {}
    for slug, summary in _summaries(good).items():
        known = recorded.known.get(slug)
        if (
            known
            and _differ(known, summary)
            and not _are_alike(
                identifying_keys(recorded.papers[slug], known.record, text), summary.known_by
            )
            and _is_another(known.record, _as_now(known.record, good[slug]), text, data)
        ):
            names = (_aside_slug(slug, number) for number in count(1))
            aside[slug] = next(name for name in names if name not in recorded.aside)
    return aside


def _aside_slug(slug: str, number: int) -> str:
    """Return a slug that no digest can have."""
    return f"{slug}{_ASIDE}{number}"


def _is_another(before: IssueRecord, now: IssueRecord, text: Text, data: Data) -> bool:
    """Return whether a digest has few of the titles that it had.

    Of one that could not be read any more lines are compared: mended, it has most of them.
    """
    old, new = text(before), text(now)
    if old and new:
        return not _are_alike(_titles(old), _titles(new))
    had, has = data(before), data(now)
    if had is None or has is None:
        return False
    return not _are_alike(_lines(had), _lines(has))


def _lines(data: bytes) -> set[str]:
    return {line for text in data.decode(errors="replace").splitlines() if (line := text.strip())}


def _as_now(record: IssueRecord, read: ReadResult) -> IssueRecord:
    return replace(record, source=read.stamp.name, digest=read.sha256.hex())


def identifying_keys(papers: AbstractSet[str], record: IssueRecord, text: Text) -> AbstractSet[str]:
    """Return what tells an issue from others: its papers' keys, and other items' links."""
    issue = text(record) if len(papers) < record.items else None
    return papers | other_links(issue) if issue else papers


def _titles(issue: Issue) -> set[str]:
    both = (heading for item in issue.items for heading in (item.title, item.translation))
    return {heading.text for heading in both if heading}


def _are_alike(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    """Return whether more than half of the shorter is in the other: an edit may cut or add much."""
    return 2 * len(one & other) > min(len(one), len(other))


def _renamed(
    recorded: RecordedIssues,
    good: Mapping[str, ReadResult],
    gone: Mapping[str, DigestRow],
    aside: Iterable[str],
    text: Text,
) -> dict[str, str]:
    """Find digests that only changed their names: the new slug by the old one.

    They are what they were to readers of feeds and mails, at another address; also where ticks
    came between taking a file out and putting it in elsewhere. They may have been edited too.
    """
    to = _readdressed(recorded, good, gone, text)
    fresh = _fresh(good, recorded.known.keys() | set(to.values()))
    drafts = {slug for slug, summary in _summaries(good).items() if summary.draft}
    staying = good.keys() - drafts
    left = _left(recorded, fresh, gone, aside, drafts)
    by_content = {**recorded.same, **{recorded.known[slug].content: slug for slug in left}}
    # An issue taken for one of its copies that is a draft would be mailed again from another.
    for is_draft in (False, True):
        some = [summary for summary in fresh if summary.draft is is_draft]
        to |= _exact_matches(some, by_content, staying | to.keys())
        lost = set(left) - staying - to.keys()
        placed = set(to.values())
        rest = [summary for summary in some if summary.slug not in placed]
        if lost and rest:
            to |= _best_matches(
                {
                    slug: identifying_keys(recorded.papers[slug], recorded.known[slug].record, text)
                    for slug in lost
                },
                {summary.slug: summary.known_by for summary in rest},
            )
    return to


def _fresh(good: Mapping[str, ReadResult], placed: AbstractSet[str]) -> list[Summary]:
    """Return what digests say whose slugs no issue has: of copies the shortest name's comes last.

    That one is meant.
    """
    reads = [read for slug, read in good.items() if slug not in placed]
    reads.sort(key=lambda read: (len(read.stamp.name), read.stamp.name), reverse=True)
    return [read.summary for read in reads if read.summary]


def _left(
    recorded: RecordedIssues,
    fresh: Iterable[Summary],
    gone: Mapping[str, DigestRow],
    aside: Iterable[str],
    drafts: AbstractSet[str],
) -> list[str]:
    """Return the slugs of the issues that a fresh digest may be."""
    keys = {key for summary in fresh for key in summary.keys} if recorded.alike else set()
    earlier = {slug for slug in recorded.alike if recorded.papers[slug] & keys}
    lost = [row.slug for row in gone.values() if row.slug and row.slug in recorded.known]
    earlier = earlier.difference(aside)
    return [*sorted(earlier), *aside, *lost, *sorted(drafts & recorded.known.keys())]


def _exact_matches(
    summaries: Iterable[Summary], by_content: Mapping[bytes, str], kept: AbstractSet[str]
) -> dict[str, str]:
    """Return which digests say word for word what an issue said: the digest's slug by that one's.

    Issues with the slugs `kept` have digests.
    """
    last = {summary.content: summary.slug for summary in summaries}
    return {
        by_content[content]: slug
        for content, slug in last.items()
        if content in by_content and by_content[content] not in kept
    }


def _readdressed(
    recorded: RecordedIssues,
    good: Mapping[str, ReadResult],
    gone: Mapping[str, DigestRow],
    text: Text,
) -> dict[str, str]:
    """Find digests whose names are as they were, and slugs are not: the new slug by the old one.

    They may have been edited as far as any under its own name.
    """
    to: dict[str, str] = {}
    for slug, summary in _summaries(good).items():
        row = gone.get(good[slug].stamp.name)
        known = recorded.known.get(row.slug) if row and row.slug else None
        if known and slug not in recorded.known:
            old = known.record.slug
            had = identifying_keys(recorded.papers[old], known.record, text)
            if _are_alike(had, summary.known_by):
                to[old] = slug
    return to


def _best_matches(
    had: Mapping[str, AbstractSet[str]], has: Mapping[str, AbstractSet[str]]
) -> dict[str, str]:
    """Return which of what is new has most of what was in what is lost: its slug by the other.

    Most of the longer of both, too: a short batch with an old paper is a new one.
    """
    owners: dict[str, list[str]] = {}
    for old, keys in had.items():
        for key in keys:
            owners.setdefault(key, []).append(old)
    nearest: list[tuple[int, int, int, str, str]] = []
    for new, keys in has.items():
        shared = Counter(old for key in keys for old in owners.get(key, ()))
        for old, common in shared.items():
            longer = max(len(keys), len(had[old]))
            if 2 * common > longer:
                nearest.append((-common, longer, len(new), new, old))
    matches: dict[str, str] = {}
    placed: set[str] = set()
    for *_, new, old in sorted(nearest):
        if old not in matches and new not in placed:
            matches[old] = new
            placed.add(new)
    return matches
