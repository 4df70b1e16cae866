"""Ids and dates read back from out/, when the state that kept them is lost.

Readers must not get as new what they have had. What they know entries by stands in the feeds
under out/, and which archive each is in: all that is taken up before the digests are registered
anew. JSON Feed is read, since nothing in it can lead elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from publisher.feeds.identity import Identity
from publisher.model import IssueRecord
from publisher.publishing.syndicating import UNKNOWN, begin, keep_identity
from publisher.render.listing import archive_path, topic_slug
from publisher.storage import feeds, issues
from publisher.storage.feeds import FeedRow, Membership, PaperRow

_KINDS = {"tags": "tag", "sections": "section"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """An entry as it stands in a document."""

    uid: str
    #: An issue's slug or a paper's key.
    key: str
    published: datetime
    updated: datetime
    weight: int
    tags: tuple[str, ...]


def adopt(connection: Connection, out: Path) -> bool:
    """Take up what feeds under out/ say; tell whether there was anything.

    Issues are recorded as withdrawn: they are back when their digests are read.
    """
    begin(connection)
    entries: dict[str, dict[str, _Seen]] = {"issues": {}, "papers": {}}
    places: list[Membership] = []
    for name, kind in _names(out):
        of_papers = kind in ("papers", "section")
        closed = list(_archives(out, name, of_papers=of_papers))
        opened = _document(out / f"feeds/{name}.json", of_papers=of_papers)
        tags = [tag for its in [*closed, opened] for seen in its for tag in seen.tags]
        row = FeedRow(name=name, kind=kind, label=_label(name, tags), closed=len(closed))
        feeds.put_feed(connection, row)
        for number, its in [*enumerate(closed, 1), (None, opened)]:
            for seen in sorted(its, key=lambda each: each.published):
                entries["papers" if of_papers else "issues"].setdefault(seen.key, seen)
                places.append(
                    Membership(feed=name, entry=seen.key, weight=seen.weight, archive=number)
                )
    # An entry stands in a feed once, though a person may have put files together.
    feeds.enter(connection, list({(its.feed, its.entry): its for its in places}.values()))
    seen_issues, seen_papers = entries["issues"].values(), entries["papers"].values()
    issues.put_issues(connection, [(_record(seen), UNKNOWN) for seen in seen_issues])
    issues.withdraw(connection, entries["issues"].keys())
    feeds.put_papers(connection, [_paper(seen) for seen in seen_papers], [])
    for minted in filter(None, (Identity.of(seen.uid) for seen in seen_issues)):
        keep_identity(connection, minted)
    return bool(entries["issues"])


def settle(connection: Connection) -> None:
    """Take out of archives what has not come back: its digest is not there any more."""
    slugs, keys = feeds.let_go(connection), feeds.papers_with_words_of(connection, {""})
    places = [
        *feeds.memberships(connection, of_papers=False, entries=slugs),
        *feeds.memberships(connection, of_papers=True, entries=keys),
    ]
    feeds.mark_archives(connection, {(each.feed, each.archive) for each in places if each.archive})


def _names(out: Path) -> Iterator[tuple[str, str]]:
    """Walk the feeds in all languages, by name and kind."""
    yield "issues", "issues"
    yield "papers", "papers"
    for folder, kind in _KINDS.items():
        for path in sorted((out / "feeds" / folder).glob("*.json")):
            yield f"{folder}/{path.stem}", kind


def _archives(out: Path, name: str, *, of_papers: bool) -> Iterator[list[_Seen]]:
    number = 1
    while (path := out / archive_path(name, "json", number)).is_file():
        yield _document(path, of_papers=of_papers)
        number += 1


def _document(path: Path, *, of_papers: bool) -> list[_Seen]:
    """Read a document as far as it is one of ours."""
    try:
        items = json.loads(path.read_bytes())["items"]
        return [seen for item in items if (seen := _seen(item, of_papers=of_papers))]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def _seen(item: dict[str, str], *, of_papers: bool) -> _Seen | None:
    """Read an item; its address, whatever the site's was, ends in the slug or the key."""
    found = re.search(r"/papers/(.+)/$" if of_papers else r"/issues/([^/]+)/$", item["url"])
    if not found or not Identity.of(item["id"]):
        return None
    return _Seen(
        item["id"],
        found[1],
        datetime.fromisoformat(item["date_published"]).astimezone(UTC),
        datetime.fromisoformat(item["date_modified"]).astimezone(UTC),
        len(item["content_html"].encode()),
        tuple(item.get("tags", ())),
    )


def _label(name: str, tags: list[str]) -> str:
    slug = name.partition("/")[2]
    return next((tag for tag in tags if topic_slug(tag) == slug), slug)


def _record(seen: _Seen) -> IssueRecord:
    return IssueRecord(
        slug=seen.key,
        headline="",
        source="",
        published=seen.published,
        updated=seen.updated,
        items=0,
        uid=seen.uid,
    )


def _paper(seen: _Seen) -> PaperRow:
    return PaperRow(
        key=seen.key,
        uid=seen.uid,
        issue="",
        published=seen.published,
        updated=seen.updated,
        content=UNKNOWN,
    )
