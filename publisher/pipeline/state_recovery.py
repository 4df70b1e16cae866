"""Ids and dates read back from out/, when the state that kept them is lost.

Readers must not get as new what they have had. What they know entries by stands in the feeds
under out/, and which archive each is in: all that is taken up before the digests are registered
anew. JSON Feed is read, since nothing in it can lead elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

from sqlalchemy import Connection

from publisher.digest.markdown.autolink import paper_of
from publisher.feeds.identity import Identity
from publisher.model import IssueRecord
from publisher.paper_id import PaperId
from publisher.pipeline import unreadable_issues
from publisher.pipeline.invalidation import files_of, former_addresses
from publisher.plans import restore_hold
from publisher.render.feed_catalog import Archive, archive_path, topic_slug
from publisher.sources.scan import ReadResult
from publisher.storage import archives as archive_rows
from publisher.storage import feeds, issues, kept_issues, redirects
from publisher.storage.feeds import FeedRow, Membership, PaperRow
from publisher.storage.rename import rename_issue
from publisher.syndication import archives
from publisher.syndication.feed_update import ensure_default_feeds
from publisher.syndication.identity import record_identity
from publisher.syndication.membership import UNKNOWN

_KINDS = {"tags": "tag", "sections": "section"}
#: What the title of an item leads to, as `feeds.content` writes it.
_TITLE = re.compile(r'<h3 lang="[^"]*"><a href="([^"]*)">')
#: Where a page of an issue that got another name leads, as `moved.html` writes it. No digest can:
#: what is in one is escaped.
_MOVED_TO = re.compile(rb'<meta http-equiv="refresh" content="0; url=[^"]*issues/([a-z0-9-]+)/')


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as it stands in a document."""

    uid: str
    #: An issue's slug or a paper's key.
    key: str
    published: datetime
    updated: datetime
    weight: int
    title: str
    #: An issue's papers, as far as its titles lead to them.
    papers: frozenset[PaperId]

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of its papers."""
        return frozenset(paper.key for paper in self.papers)


def adopt_feeds(connection: Connection, out: Path) -> dict[str, Seen]:
    """Record what the JSON Feeds under out/ say, after the state was lost; return issues by slug.

    Issues are recorded as withdrawn: they are published again when their digests are read.
    """
    ensure_default_feeds(connection)
    archives.set_base_url(connection, _feed_field(out, "issues", "home_page_url"))
    entries: dict[str, dict[str, Seen]] = {"issues": {}, "papers": {}}
    places: dict[tuple[str, str], Membership] = {}
    for name, kind in _feed_names(out):
        of_papers = kind in ("papers", "section")
        closed = list(_archives(out, name))
        documents: list[tuple[int | None, list[Seen]]] = [
            (
                edition.number,
                _read_document(out / archive_path(name, "json", edition), of_papers=of_papers),
            )
            for editions in closed
            for edition in editions
        ]
        documents.append((None, _read_document(out / f"feeds/{name}.json", of_papers=of_papers)))
        label = _topic_label(name, _feed_field(out, name, "title"))
        row = FeedRow(name=name, kind=kind, label=label, closed=len(closed))
        feeds.put_feed(connection, row)
        archive_rows.add_existing(connection, name, [editions[0] for editions in closed])
        # Two editions of one: a build did not come to its end.
        doubtful = {(name, editions[0].number) for editions in closed if len(editions) > 1}
        for number, entries_seen in documents:
            for seen in sorted(entries_seen, key=lambda entry: entry.published):
                met = entries["papers" if of_papers else "issues"]
                # Edited since one feed closed it, it has a later date where another still shows it.
                if seen.key not in met or met[seen.key].updated < seen.updated:
                    met[seen.key] = seen
                here = Membership(feed=name, entry=seen.key, weight=seen.weight, archive=number)
                # An entry stands in a feed once. In the newest document, too, it does where a
                # build did not come to its end; in two archives, where a person moved files.
                if places.setdefault((name, seen.key), here).archive != number and number:
                    doubtful.add((name, number))
        archives.renew_archives(connection, doubtful)
    feeds.add_entries(connection, list(places.values()))
    seen_issues, seen_papers = entries["issues"].values(), entries["papers"].values()
    issues.put_issues(connection, [(_record(seen), UNKNOWN) for seen in seen_issues])
    issues.withdraw(connection, entries["issues"].keys())
    feeds.put_papers(connection, [_paper(seen) for seen in seen_papers], [])
    for old, new in _moved_slugs(out, entries["issues"].keys()):
        redirects.add(connection, old, new)
    for identity in filter(None, (Identity.of(seen.uid) for seen in seen_issues)):
        record_identity(connection, identity)
    return {seen.key: seen for seen in seen_issues}


def unknown_issues(connection: Connection, out: Path, slugs: Collection[str]) -> list[str]:
    """Return the slugs of these issues that stand under out/ and that the state never published.

    An issue is recorded before its page is written, so the state is an older one than it was.
    """
    missing = slugs - issues.known_issues(connection, slugs).keys()
    pages = {slug: files_of(slug)[0] for slug in missing}
    # A page that leads on is none of an issue, and has no mail beside it.
    pages |= {slug: files_of(slug)[1] for slug in redirects.known(connection, missing)}
    leaving = set(issues.removals(connection)) if pages else set()
    return sorted(
        slug for slug, page in pages.items() if page not in leaving and (out / page).exists()
    )


def rename_adopted(
    connection: Connection, adopted: Mapping[str, Seen], reads: Sequence[ReadResult]
) -> None:
    """Rename adopted issues whose digests have other names now: those with the same papers.

    An issue that is back may have been mailed, whatever its name: its mail is held.
    """
    there = {read.slug for read in reads}
    lost: dict[frozenset[str], list[str]] = {}
    for slug in adopted.keys() - there:
        lost.setdefault(adopted[slug].keys, []).append(slug)
    new_slugs: dict[str, str] = {}
    for read in reads:
        if read.summary and read.slug not in adopted:
            papers = frozenset(read.summary.keys)
            old = lost.pop(papers, []) if papers else []
            if len(old) == 1:
                rename_issue(connection, old[0], read.slug)
                redirects.add(connection, old[0], read.slug)
                new_slugs[old[0]] = read.slug
    issues.add_removals(connection, {path for old in new_slugs for path in files_of(old)})
    _renew_archives(connection, new_slugs.values(), ())
    restore_hold.add_doubtful(
        connection, (adopted.keys() - new_slugs.keys()).union(new_slugs.values())
    )
    if adopted:
        restore_hold.mark_list_lost(connection)


def keep_unreadable(
    connection: Connection, adopted: Mapping[str, Seen], reads: Sequence[ReadResult]
) -> None:
    """Keep adopted issues whose digests cannot be read as they stand under out/."""
    unread = {
        read.slug: read
        for read in reads
        if read.summary is None and read.slug in adopted and any(read.sha256)
    }
    records = [
        replace(
            _record(adopted[slug]),
            source=read.stamp.name,
            digest=read.sha256.hex(),
            headline=adopted[slug].title,
            items=len(adopted[slug].papers),
        )
        for slug, read in unread.items()
    ]
    issues.put_issues(connection, [(record, UNKNOWN) for record in records])
    issues.put_papers(connection, {slug: [*adopted[slug].papers] for slug in unread})
    owners = {key: slug for slug in unread for key in adopted[slug].keys}
    rows = feeds.papers(connection, owners).values()
    feeds.put_papers(connection, [], [row._replace(issue=owners[row.key]) for row in rows])
    kept_issues.put(
        connection, {slug: unreadable_issues.first_error(read) for slug, read in unread.items()}
    )


def drop_missing(connection: Connection, reads: Sequence[ReadResult]) -> None:
    """Take adopted issues whose digests are gone out of the closed archives.

    Their pages are removed, too, unless a digest had an error: they may be that one's.
    """
    slugs, papers = (
        feeds.mark_without_digest(connection),
        feeds.papers_with_words_of(connection, {""}),
    )
    whole = all(read.summary for read in reads)
    if whole:
        issues.add_removals(connection, {f"papers/{key}/index.html" for key in papers})
        issues.add_removals(connection, former_addresses(connection, slugs).all_files(slugs))
    _renew_archives(connection, slugs, papers)


def _renew_archives(connection: Connection, slugs: Collection[str], keys: Collection[str]) -> None:
    """Write anew the archives that these issues and papers are in."""
    places = [
        *feeds.memberships(connection, of_papers=False, entries=slugs),
        *feeds.memberships(connection, of_papers=True, entries=keys),
    ]
    archives.renew_archives(
        connection, {(place.feed, place.archive) for place in places if place.archive}
    )


def _feed_names(out: Path) -> Iterator[tuple[str, str]]:
    """Yield the feeds in all languages, by name and kind."""
    yield "issues", "issues"
    yield "papers", "papers"
    for folder, kind in _KINDS.items():
        for path in sorted((out / "feeds" / folder).glob("*.json")):
            yield f"{folder}/{path.stem}", kind


def _archives(out: Path, name: str) -> Iterator[list[Archive]]:
    """Yield a feed's archives, each in all the editions there are, the newest first."""
    there: dict[int, list[Archive]] = {}
    for archive in archives.editions_in_output(out, name):
        there.setdefault(archive.number, []).append(archive)
    number = 1
    while number in there:
        yield sorted(there[number], reverse=True)
        number += 1


def _moved_slugs(out: Path, there: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the slugs that these issues had before, each with the one it leads to."""
    for page in sorted((out / "issues").glob("*/index.html")):
        if (old := page.parent.name) not in there:
            with suppress(OSError):
                match = _MOVED_TO.search(page.read_bytes())
                if match and (new := match[1].decode()) in there:
                    yield old, new


def _read_document(path: Path, *, of_papers: bool) -> list[Seen]:
    """Read a document as far as it is one of ours."""
    try:
        items = json.loads(path.read_bytes())["items"]
        return [seen for item in items if (seen := _read_item(item, of_papers=of_papers))]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def _feed_field(out: Path, name: str, key: str) -> str:
    """Return what a feed's newest document says of itself; empty when it does not."""
    try:
        return str(json.loads((out / f"feeds/{name}.json").read_bytes())[key])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _read_item(item: dict[str, str], *, of_papers: bool) -> Seen | None:
    """Read an item; its address, whatever the site's was, ends in the slug or the key."""
    match = re.search(r"/papers/(.+)/$" if of_papers else r"/issues/([^/]+)/$", item["url"])
    if not match or not Identity.of(item["id"]):
        return None
    return Seen(
        item["id"],
        match[1],
        datetime.fromisoformat(item["date_published"]).astimezone(UTC),
        datetime.fromisoformat(item["date_modified"]).astimezone(UTC),
        len(item["content_html"].encode()),
        str(item.get("title", "")),
        frozenset() if of_papers else _papers_in(item["content_html"]),
    )


def _papers_in(html: str) -> frozenset[PaperId]:
    papers = (paper_of(unescape(url)) for url in _TITLE.findall(html))
    return frozenset(paper for paper in papers if paper)


def _topic_label(name: str, title: str) -> str:
    """Return what a topic is called: its feed's title ends in it."""
    slug = name.partition("/")[2]
    ends = (title[place:] for place in reversed(range(len(title))))
    return next((end for end in ends if topic_slug(end) == slug), slug)


def _record(seen: Seen) -> IssueRecord:
    return IssueRecord(
        slug=seen.key,
        headline="",
        source="",
        published=seen.published,
        updated=seen.updated,
        items=0,
        uid=seen.uid,
    )


def _paper(seen: Seen) -> PaperRow:
    return PaperRow(
        key=seen.key,
        uid=seen.uid,
        issue="",
        published=seen.published,
        updated=seen.updated,
        content=UNKNOWN,
    )
