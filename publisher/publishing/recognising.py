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

from sqlalchemy import Connection

from publisher.model import Issue, IssueRecord
from publisher.publishing.reading import Read
from publisher.publishing.syndicating import UNKNOWN
from publisher.storage import digests, issues
from publisher.storage.digests import PUBLISHED, DigestRow
from publisher.storage.issues import Known
from publisher.storage.renaming import rename_issue, saying, withdrawn_saying, withdrawn_with

#: What is between the words of a name.
_BREAK = re.compile(r"[\W_]+")
#: Gives an issue as it was published.
Text = Callable[[IssueRecord], Issue | None]


@dataclass(frozen=True, slots=True)
class Moved:
    """Issues that have other slugs now."""

    #: The new slugs of those whose digests only changed their names, by the old.
    to: Mapping[str, str]
    #: The new slugs of those that made room for another issue.
    aside: AbstractSet[str]
    #: Slugs under which there is another issue now, or none.
    left: AbstractSet[str]


def recognise(
    connection: Connection,
    good: Mapping[str, Read],
    gone: Mapping[str, DigestRow],
    recorded: dict[str, Known],
    text: Text,
) -> Moved:
    """Have each digest be the issue it is; what is recorded of issues is by their slugs then."""
    aside = _make_room(connection, good, recorded, text)
    to = _renamed(connection, good, gone, recorded, aside.values())
    recorded |= issues.known_issues(connection, to.keys() - recorded.keys())
    for old, new in to.items():
        _move(connection, recorded, old, new)
    return Moved(to, set(aside.values()), {*to, *aside})


def _make_room(
    connection: Connection, good: Mapping[str, Read], recorded: dict[str, Known], text: Text
) -> dict[str, str]:
    """Free slugs that another issue has now; give the new slug of what had one, by the old.

    A digest that has few papers or titles of the issue that had its name is another: a new batch
    was written over the old one, or came when that was gone. Both may have some, since a paper is
    now and then in two batches.
    """
    read = {
        slug: its.summary
        for slug, its in good.items()
        if slug in recorded and its.summary and not its.summary.draft
    }
    had = issues.papers_of(connection, read)
    aside: dict[str, str] = {}
    for slug, said in read.items():
        before = recorded[slug]
        # What was read back from out/ is not known well enough to tell.
        changed = before.content not in (UNKNOWN, said.content)
        if changed and not _alike(had[slug], said.keys):
            old, new = text(before.record), text(_as_now(before.record, good[slug]))
            if old and new and not _alike(_titles(old), _titles(new)):
                aside[slug] = _unused(connection, slug)
                _move(connection, recorded, slug, aside[slug])
    return aside


def _as_now(record: IssueRecord, each: Read) -> IssueRecord:
    return replace(record, source=each.found.name, digest=each.sha256.hex())


def _titles(issue: Issue) -> set[str]:
    both = (heading for item in issue.items for heading in (item.title, item.translation))
    return {heading.text for heading in both if heading}


def _alike(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    """Tell whether more than half of the shorter is in the other: an edit may cut or add much."""
    return 2 * len(one & other) > min(len(one), len(other))


def _renamed(
    connection: Connection,
    good: Mapping[str, Read],
    gone: Mapping[str, DigestRow],
    recorded: dict[str, Known],
    aside: Iterable[str],
) -> dict[str, str]:
    """Find digests that only changed their names: the new slug by the old one.

    They are what they were to readers of feeds and mails, at another address; also where ticks
    came between taking a file out and putting it in elsewhere. They may have been edited too.
    """
    # Of copies the one with the shortest name is meant: it comes last.
    fresh = [each for slug, each in good.items() if slug not in recorded and each.summary]
    fresh.sort(key=_length, reverse=True)
    keys = {key for each in fresh if each.summary for key in each.summary.keys}
    earlier = withdrawn_with(connection, keys)
    recorded |= issues.known_issues(connection, earlier - recorded.keys())
    lost_now = (row.slug for row in gone.values() if row.slug and row.slug in recorded)
    left = [*earlier.difference(aside), *aside, *lost_now]
    by_content = {its.content: its.slug for each in fresh if (its := each.summary)}
    lost = withdrawn_saying(connection, by_content)
    lost |= {recorded[slug].content: slug for slug in left}
    to = {
        lost[content]: slug
        for content, slug in by_content.items()
        if content in lost and lost[content] not in good
    }
    had = issues.papers_of(connection, set(left) - good.keys() - to.keys())
    rest = [its for each in fresh if (its := each.summary) and its.slug not in to.values()]
    return to | _with_most(had, {its.slug: its.keys for its in rest})


def _with_most(
    had: Mapping[str, AbstractSet[str]], has: Mapping[str, AbstractSet[str]]
) -> dict[str, str]:
    """Give which of what is new has most of the papers of what is lost: its slug by the other.

    Most of those of the longer of both, too: a short batch with an old paper is a new one.
    """
    owners: dict[str, list[str]] = {}
    for old, papers in had.items():
        for key in papers:
            owners.setdefault(key, []).append(old)
    nearest: list[tuple[int, int, int, str, str]] = []
    for new, papers in has.items():
        shared = Counter(old for key in papers for old in owners.get(key, ()))
        for old, common in shared.items():
            longer = max(len(papers), len(had[old]))
            if 2 * common > longer:
                nearest.append((-common, longer, len(new), new, old))
    found: dict[str, str] = {}
    placed: set[str] = set()
    for *_, new, old in sorted(nearest):
        if old not in found and new not in placed:
            found[old] = new
            placed.add(new)
    return found


def _length(each: Read) -> tuple[int, str]:
    return len(each.found.name), each.found.name


def _unused(connection: Connection, slug: str) -> str:
    """Give a slug that no digest can have, since it has a full stop."""
    numbers = count(1)
    while issues.known_issues(connection, [aside := f"{slug}.{next(numbers)}"]):
        pass
    return aside


def _move(connection: Connection, recorded: dict[str, Known], old: str, new: str) -> None:
    rename_issue(connection, old, new)
    known = recorded.pop(old)
    recorded[new] = replace(known, record=replace(known.record, slug=new))


def repeats(
    connection: Connection,
    reads: Collection[Read],
    recorded: Mapping[str, Known],
    leaving: Sequence[Known],
    repeated: Collection[str],
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
    had = _papers_by_name(connection, rest, {each.found.name for each in reads}, left)
    return found | edited_copies(rest, had | papers_by_name(reads)) | same(rest, owners)


def _sharing(connection: Connection, keys: AbstractSet[str], left: AbstractSet[str]) -> str | None:
    """Give the digest of a published issue that has half of these papers, if there is one."""
    places = issues.appearances(connection, keys).values()
    counted = Counter(
        each.source for records in places for each in records if each.slug not in left
    )
    return next((name for name, count in counted.most_common(1) if 2 * count >= len(keys)), None)


def _papers_by_name(
    connection: Connection,
    fresh: Sequence[Read],
    read: AbstractSet[str],
    left: AbstractSet[str],
) -> dict[str, AbstractSet[str]]:
    """Give the papers of what is published, and was not read, that these may be copies of."""
    named = {name for each in fresh for name in _originals(each.found.name)} - read
    slugs = {
        row.name: row.slug
        for row in digests.some_digests(connection, named).values()
        if row.state == PUBLISHED and row.slug and row.slug not in left
    }
    papers = issues.papers_of(connection, set(slugs.values()))
    return {name: papers[slug] for name, slug in slugs.items()}


def papers_by_name(reads: Iterable[Read]) -> dict[str, AbstractSet[str]]:
    """Give the keys of the papers of each digest that is no draft, by its name."""
    return {
        each.found.name: each.summary.keys
        for each in reads
        if each.summary and not each.summary.draft
    }


def edited_copies(reads: Iterable[Read], papers: Mapping[str, AbstractSet[str]]) -> dict[str, str]:
    """Find digests with most of the papers of one whose name is in theirs: its name by theirs.

    Where two people edit a file at once, programs that share folders keep both, and call one
    `001 (Ann's conflicted copy).txt`, `001.sync-conflict-20261121.txt` or the like, in any
    language.
    """
    found = {}
    for name, has in papers_by_name(reads).items():
        for original in sorted(_originals(name) & papers.keys(), key=len):
            its = papers[original]
            if 2 * len(its & has) > max(len(its), len(has)):
                found[name] = original
                break
    return found


def _originals(name: str) -> set[str]:
    """Give the names that the digest may have that one of this name is a copy of."""
    stem, dot, suffix = name.rpartition(".")
    parts = (
        part
        for each in _BREAK.finditer(stem)
        for part in (stem[: each.start()], stem[each.end() :])
    )
    return {part + dot + suffix for part in parts if part}


def same(reads: Sequence[Read], owners: Mapping[bytes, str]) -> dict[str, str]:
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
