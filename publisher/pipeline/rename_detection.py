"""Part of the second step: which issue a digest is, whatever its file is called.

Files are renamed, copied, and written over: `latest.txt` holds another batch each week. Taken by
its name alone, a copy would be mailed again, and a new batch under an old name never.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

from sqlalchemy import Connection

from publisher.model import Issue, IssueRecord
from publisher.sources.scan import ReadResult, Text, others
from publisher.storage import digests, issues, redirects
from publisher.storage.digests import PUBLISHED, DigestRow
from publisher.storage.issues import Known
from publisher.storage.rename import rename_issue, saying, withdrawn_saying, withdrawn_with
from publisher.syndication.membership import UNKNOWN

#: Gives the bytes of a digest as it was published.
Data: TypeAlias = Callable[[IssueRecord], bytes | None]
#: What is between the words of a name.
_BREAK = re.compile(r"[\W_]+")
#: In the slugs of issues that made room for others, and in no digest's: there was never a page.
_ASIDE = "."


@dataclass(frozen=True, slots=True)
class Renames:
    """Issues that have other slugs now."""

    #: The new slugs of those whose digests only changed their names, by the old.
    to: Mapping[str, str]
    #: The new slugs of those that made room for another issue.
    aside: AbstractSet[str]
    #: Slugs under which there is another issue now, or none.
    left: AbstractSet[str]


def recognise(
    connection: Connection,
    good: Mapping[str, ReadResult],
    gone: Mapping[str, DigestRow],
    recorded: dict[str, Known],
    text: Text,
    data: Data,
) -> Renames:
    """Have each digest be the issue it is; what is recorded of issues is by their slugs then."""
    aside = _make_room(connection, good, recorded, text, data)
    to = _renamed(connection, good, gone, recorded, aside.values(), text)
    recorded |= issues.known_issues(connection, to.keys() - recorded.keys())
    for old, new in to.items():
        _move(connection, recorded, old, new)
    return Renames(to, set(aside.values()), {*to, *aside})


def _make_room(
    connection: Connection,
    good: Mapping[str, ReadResult],
    recorded: dict[str, Known],
    text: Text,
    data: Data,
) -> dict[str, str]:
    """Free slugs that another issue has now; return the new slug of what had one, by the old.

    A digest that has few papers or titles of the issue that had its name is another: a new batch
    was written over the old one, or came when that was gone. Both may have some, since a paper is
    now and then in two batches.
    """
    read = {slug: its.summary for slug, its in good.items() if slug in recorded and its.summary}
    had = issues.papers_of(connection, read)
    aside: dict[str, str] = {}
    for slug, said in read.items():
        before = recorded[slug]
        # What was read back from out/ is not known well enough to tell.
        changed = before.content not in (UNKNOWN, said.content)
        if (
            changed
            and not _alike(_known_by(had[slug], before.record, text), said.known_by)
            and _is_another(before.record, _as_now(before.record, good[slug]), text, data)
        ):
            aside[slug] = _unused(connection, slug)
            _move(connection, recorded, slug, aside[slug])
    return aside


def _is_another(before: IssueRecord, now: IssueRecord, text: Text, data: Data) -> bool:
    """Return whether a digest has few of the titles that it had.

    Of one that could not be read any more lines are compared: mended, it has most of them.
    """
    old, new = text(before), text(now)
    if old and new:
        return not _alike(_titles(old), _titles(new))
    had, has = data(before), data(now)
    if had is None or has is None:
        return False
    return not _alike(_lines(had), _lines(has))


def _lines(data: bytes) -> set[str]:
    return {line for each in data.decode(errors="replace").splitlines() if (line := each.strip())}


def _as_now(record: IssueRecord, each: ReadResult) -> IssueRecord:
    return replace(record, source=each.found.name, digest=each.sha256.hex())


def _known_by(papers: set[str], record: IssueRecord, text: Text) -> set[str]:
    """Return what tells an issue from others: its papers, and the links of all else."""
    issue = text(record) if len(papers) < record.items else None
    return papers | others(issue) if issue else papers


def _titles(issue: Issue) -> set[str]:
    both = (heading for item in issue.items for heading in (item.title, item.translation))
    return {heading.text for heading in both if heading}


def _alike(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    """Return whether more than half of the shorter is in the other: an edit may cut or add much."""
    return 2 * len(one & other) > min(len(one), len(other))


def _renamed(
    connection: Connection,
    good: Mapping[str, ReadResult],
    gone: Mapping[str, DigestRow],
    recorded: dict[str, Known],
    aside: Iterable[str],
    text: Text,
) -> dict[str, str]:
    """Find digests that only changed their names: the new slug by the old one.

    They are what they were to readers of feeds and mails, at another address; also where ticks
    came between taking a file out and putting it in elsewhere. They may have been edited too.
    """
    to = _readdressed(connection, good, gone, recorded, text)
    # Of copies the one with the shortest name is meant: it comes last.
    fresh = [
        each
        for slug, each in good.items()
        if slug not in recorded and slug not in to.values() and each.summary
    ]
    fresh.sort(key=_length, reverse=True)
    keys = {key for each in fresh if each.summary for key in each.summary.keys}
    earlier = withdrawn_with(connection, keys)
    recorded |= issues.known_issues(connection, earlier - recorded.keys())
    lost_now = (row.slug for row in gone.values() if row.slug and row.slug in recorded)
    drafts = {slug for slug, each in good.items() if each.summary and each.summary.draft}
    left = [*earlier.difference(aside), *aside, *lost_now, *(drafts & recorded.keys())]
    staying = good.keys() - drafts
    lost = withdrawn_saying(connection, {its.content for each in fresh if (its := each.summary)})
    lost |= {recorded[slug].content: slug for slug in left}
    # An issue taken for one of its copies that is a draft would be mailed again from another.
    for kind in (False, True):
        some = [its for each in fresh if (its := each.summary) and its.draft is kind]
        by_content = {its.content: its.slug for its in some}
        to |= {
            lost[content]: slug
            for content, slug in by_content.items()
            if content in lost and lost[content] not in staying | to.keys()
        }
        placed = set(to.values())
        rest = {its.slug: its.known_by for its in some if its.slug not in placed}
        if rest:
            papers = issues.papers_of(connection, set(left) - staying - to.keys())
            to |= _with_most(
                {slug: _known_by(its, recorded[slug].record, text) for slug, its in papers.items()},
                rest,
            )
    return to


def _readdressed(
    connection: Connection,
    good: Mapping[str, ReadResult],
    gone: Mapping[str, DigestRow],
    recorded: Mapping[str, Known],
    text: Text,
) -> dict[str, str]:
    """Find digests whose names are as they were, and slugs are not: the new slug by the old one.

    They may have been edited as far as any under its own name.
    """
    rows = ((slug, each.summary, gone.get(each.found.name)) for slug, each in good.items())
    old = {
        row.slug: (slug, said)
        for slug, said, row in rows
        if said and row and row.slug and row.slug in recorded and slug not in recorded
    }
    had = issues.papers_of(connection, old)
    return {
        before: slug
        for before, (slug, said) in old.items()
        if _alike(_known_by(had[before], recorded[before].record, text), said.known_by)
    }


def _with_most(
    had: Mapping[str, AbstractSet[str]], has: Mapping[str, AbstractSet[str]]
) -> dict[str, str]:
    """Return which of what is new has most of what was in what is lost: its slug by the other.

    Most of the longer of both, too: a short batch with an old paper is a new one.
    """
    owners: dict[str, list[str]] = {}
    for old, its in had.items():
        for key in its:
            owners.setdefault(key, []).append(old)
    nearest: list[tuple[int, int, int, str, str]] = []
    for new, its in has.items():
        shared = Counter(old for key in its for old in owners.get(key, ()))
        for old, common in shared.items():
            longer = max(len(its), len(had[old]))
            if 2 * common > longer:
                nearest.append((-common, longer, len(new), new, old))
    found: dict[str, str] = {}
    placed: set[str] = set()
    for *_, new, old in sorted(nearest):
        if old not in found and new not in placed:
            found[old] = new
            placed.add(new)
    return found


def _length(each: ReadResult) -> tuple[int, str]:
    return len(each.found.name), each.found.name


def _unused(connection: Connection, slug: str) -> str:
    """Return a slug that no digest can have."""
    numbers = count(1)
    while issues.known_issues(connection, [aside := f"{slug}{_ASIDE}{next(numbers)}"]):
        pass
    return aside


def _move(connection: Connection, recorded: dict[str, Known], old: str, new: str) -> None:
    rename_issue(connection, old, new)
    if _ASIDE not in old:
        redirects.keep(connection, old, new)
    known = recorded.pop(old)
    recorded[new] = replace(known, record=replace(known.record, slug=new))


def repeats(
    connection: Connection,
    reads: Collection[ReadResult],
    recorded: Mapping[str, Known],
    leaving: Sequence[Known],
    repeated: Collection[str],
    text: Text,
) -> dict[str, str]:
    """Find new digests that say what an issue does, or did before this tick: its name by theirs.

    Those of the names `repeated` are as they were when they did: it may have been edited since.
    """
    left = {known.record.slug for known in leaving}
    fresh = [each for each in reads if each.slug not in recorded]
    found = {}
    for each in fresh:
        if each.found.name in repeated and each.summary:
            owner = _sharing(connection, each.summary.keys, left)
            if owner:
                found[each.found.name] = owner
    published = saying(connection, {each.summary.content for each in fresh if each.summary})
    owners = {content: source for content, slug, source in published if slug not in left}
    for each in reads:
        if each.summary and each.slug in recorded and each.slug not in left:
            owners[each.summary.content] = each.found.name
    rest = [each for each in fresh if each.found.name not in found]
    had = _originals_of(connection, rest, {each.found.name for each in reads}, left, text)
    return found | edited_copies(rest, had | known_by_name(reads)) | same(rest, owners)


def _sharing(connection: Connection, keys: AbstractSet[str], left: AbstractSet[str]) -> str | None:
    """Return the digest of a published issue that has half of these papers, if there is one."""
    places = issues.appearances(connection, keys).values()
    counted = Counter(
        each.source for records in places for each in records if each.slug not in left
    )
    return next((name for name, count in counted.most_common(1) if 2 * count >= len(keys)), None)


def _originals_of(
    connection: Connection,
    fresh: Sequence[ReadResult],
    read: AbstractSet[str],
    left: AbstractSet[str],
    text: Text,
) -> dict[str, AbstractSet[str]]:
    """Return what tells issues apart, by digest, of those not read that these may be copies of."""
    named = {name for each in fresh for name in _originals(each.found.name)} - read
    slugs = {
        row.slug: row.name
        for row in digests.some_digests(connection, named).values()
        if row.state == PUBLISHED and row.slug and row.slug not in left
    }
    papers = issues.papers_of(connection, slugs)
    return {
        slugs[slug]: _known_by(papers[slug], its.record, text)
        for slug, its in issues.known_issues(connection, slugs).items()
    }


def known_by_name(reads: Iterable[ReadResult]) -> dict[str, AbstractSet[str]]:
    """Return what tells each digest that is no draft from others, by its name."""
    return {
        each.found.name: each.summary.known_by
        for each in reads
        if each.summary and not each.summary.draft
    }


def edited_copies(
    reads: Iterable[ReadResult], known: Mapping[str, AbstractSet[str]]
) -> dict[str, str]:
    """Find digests with most of what is in one whose name is in theirs: its name by theirs.

    Where two people edit a file at once, programs that share folders keep both, and call one
    `001 (Ann's conflicted copy).txt`, `001.sync-conflict-20261121.txt` or the like, in any
    language.
    """
    found = {}
    for name, has in known_by_name(reads).items():
        for original in sorted(_originals(name) & known.keys(), key=len):
            its = known[original]
            if 2 * len(its & has) > max(len(its), len(has)):
                found[name] = original
                break
    return found


def _originals(name: str) -> set[str]:
    """Return the names that the digest may have that one of this name is a copy of."""
    stem, dot, suffix = name.rpartition(".")
    parts = (
        part
        for each in _BREAK.finditer(stem)
        for part in (stem[: each.start()], stem[each.end() :])
    )
    return {part + dot + suffix for part in parts if part}


def same(reads: Sequence[ReadResult], owners: Mapping[bytes, str]) -> dict[str, str]:
    """Find digests that say word for word what another does: its name by theirs.

    `owners` has the names of others by content. A copy has a longer name than what it is one of.
    """
    owners, found = dict(owners), {}
    for each in sorted(reads, key=_length):
        if each.summary and not each.summary.draft:
            owner = owners.setdefault(each.summary.content, each.found.name)
            if owner != each.found.name:
                found[each.found.name] = owner
    return found
