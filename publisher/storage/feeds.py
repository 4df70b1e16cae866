"""Rows of feeds and their entries. Every function works in the caller's transaction.

An entry is added to a feed once. It is in the feed's newest document until that is full; then the
entries that came first move into an archive, which is closed from then on (RFC 5005).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    func,
    insert,
    select,
    update,
)

from publisher.feeds.identity import Stamp
from publisher.render.feed_catalog import Topic
from publisher.storage import archives as closed_archives
from publisher.storage.bulk import execute_many
from publisher.storage.issues import chunks
from publisher.storage.tables import issue, moment, paper, seconds
from publisher.storage.tables.feeds import feed, feed_archive, feed_entry

#: The feeds that every newsletter has, by name and kind.
_DEFAULT_NAMES = ("issues", "papers")


# --- Recovery from out/ -------------------------------------------------------------------


def is_new(connection: Connection) -> bool:
    """Return whether nothing was ever published, nor recovered from out/."""
    columns = (issue.c.slug, paper.c.paper, feed_archive.c.feed)
    return not any(connection.execute(select(column).limit(1)).first() for column in columns)


def mark_without_digest(connection: Connection) -> list[str]:
    """Mark withdrawn issues recovered from out/ that have no digest; return their slugs."""
    gone = and_(issue.c.source == "", issue.c.withdrawn)
    slugs = [row[0] for row in connection.execute(select(issue.c.slug).where(gone))]
    connection.execute(update(issue).where(gone).values(source="?"))
    return slugs


# --- Papers -------------------------------------------------------------------------------


class PaperRow(NamedTuple):
    """A paper as an entry of feeds."""

    #: `PaperId.key`.
    key: str
    #: Its entry's id.
    uid: str
    #: The slug of the issue whose text it has.
    issue: str
    published: datetime
    updated: datetime
    #: Over its text and links; empty while not known.
    content: bytes


def papers(connection: Connection, keys: Collection[str]) -> dict[str, PaperRow]:
    """Return the recorded ones of these papers, by key."""
    by_key: dict[str, PaperRow] = {}
    for part in chunks(keys):
        for row in connection.execute(select(paper).where(paper.c.paper.in_(part))):
            by_key[row.paper] = PaperRow(
                key=row.paper,
                uid=row.uid,
                issue=row.issue,
                published=moment(row.published),
                updated=moment(row.updated),
                content=row.content,
            )
    return by_key


def papers_with_words_of(connection: Connection, slugs: Collection[str]) -> dict[str, PaperRow]:
    """Return the papers whose entries have the text of these issues, by key."""
    keys: list[str] = []
    for part in chunks(slugs):
        keys += connection.execute(select(paper.c.paper).where(paper.c.issue.in_(part))).scalars()
    return papers(connection, keys)


def put_papers(
    connection: Connection, fresh: Sequence[PaperRow], changed: Sequence[PaperRow]
) -> None:
    """Add papers, and replace those that are recorded already."""
    if fresh:
        execute_many(connection, insert(paper), [_values(row) for row in fresh])
    for row in changed:
        values = _values(row)
        connection.execute(update(paper).where(paper.c.paper == row.key).values(values))


def _values(row: PaperRow) -> dict[str, object]:
    return {
        "paper": row.key,
        "uid": row.uid,
        "issue": row.issue,
        "published": seconds(row.published),
        "updated": seconds(row.updated),
        "content": row.content,
    }


def updates_between(connection: Connection, first: datetime, last: datetime) -> set[int]:
    """Return the times in a span, in seconds since 1970, when entries of papers changed."""
    times = connection.execute(
        select(paper.c.updated).where(paper.c.updated.between(seconds(first), seconds(last)))
    )
    return set(times.scalars().all())


# --- Feeds --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """One feed, in all its formats and languages."""

    #: `issues`, `papers`, `tags/llm`, `sections/agents` …
    name: str
    #: issues, papers, tag or section.
    kind: str
    #: The tag's or section's name among people.
    label: str
    #: How many archives are closed.
    closed: int = 0

    @property
    def of_papers(self) -> bool:
        """Return whether its entries are papers."""
        return self.kind in ("papers", "section")

    @property
    def topic(self) -> Topic | None:
        """Return the tag or section it is about."""
        if self.name in _DEFAULT_NAMES:
            return None
        return Topic(self.kind, self.name.partition("/")[2], self.label)


def feeds(connection: Connection, *, unrendered: bool = False) -> dict[str, FeedRow]:
    """Return all feeds by name, or those whose newest document is still to be written."""
    statement = select(feed.c.name, feed.c.kind, feed.c.label, feed.c.closed)
    if unrendered:
        statement = statement.where(feed.c.rendered.is_(False))
    return {
        row.name: FeedRow(name=row.name, kind=row.kind, label=row.label, closed=row.closed)
        for row in connection.execute(statement.order_by(feed.c.name))
    }


def topics(connection: Connection) -> list[Topic]:
    """Return the tags, then the sections, that have feeds, each kind sorted by label."""
    used = [row.topic for row in feeds(connection).values() if row.topic]
    return sorted(used, key=lambda topic: (topic.kind != "tag", topic.label.casefold()))


def add_feeds(connection: Connection, rows: Iterable[FeedRow]) -> None:
    """Add feeds, still to be written."""
    values = [
        {"name": row.name, "kind": row.kind, "label": row.label, "closed": row.closed,
         "rendered": False}
        for row in rows
    ]  # fmt: skip
    if values:
        connection.execute(insert(feed), values)


def put_feed(connection: Connection, row: FeedRow) -> None:
    """Add a feed, in place of one of the same name."""
    connection.execute(delete(feed).where(feed.c.name == row.name))
    add_feeds(connection, [row])


def mark_feeds(connection: Connection, names: Collection[str] | None, *, rendered: bool) -> None:
    """Set whether the newest documents of these feeds (of all when None) are written."""
    if names is None:
        connection.execute(update(feed).values(rendered=rendered))
        return
    for part in chunks(names):
        connection.execute(update(feed).where(feed.c.name.in_(part)).values(rendered=rendered))


# --- What is in them ----------------------------------------------------------------------


class Membership(NamedTuple):
    """An entry's place in a feed."""

    feed: str
    #: An issue's slug or a paper's key.
    entry: str
    #: About how many bytes its content takes.
    weight: int
    #: The closed archive that it is in; None for the newest document.
    archive: int | None = None


def memberships(
    connection: Connection, *, of_papers: bool, entries: Collection[str]
) -> list[Membership]:
    """Return the memberships of these issues, or papers, in feeds."""
    kinds = ("papers", "section") if of_papers else ("issues", "tag")
    places: list[Membership] = []
    for part in chunks(entries):
        places += _memberships(
            connection, and_(feed_entry.c.entry.in_(part), feed.c.kind.in_(kinds))
        )
    return places


def open_entries(connection: Connection, names: Collection[str]) -> dict[str, list[Membership]]:
    """Return the entries in the newest document of each of these feeds, in the order they came."""
    by_feed: dict[str, list[Membership]] = {name: [] for name in names}
    for part in chunks(names):
        for membership in _memberships(
            connection, and_(feed_entry.c.feed.in_(part), feed_entry.c.archive.is_(None))
        ):
            by_feed[membership.feed].append(membership)
    return by_feed


def _memberships(connection: Connection, where: ColumnElement[bool]) -> list[Membership]:
    rows = connection.execute(
        select(feed_entry.c.feed, feed_entry.c.entry, feed_entry.c.weight, feed_entry.c.archive)
        .join(feed, feed.c.name == feed_entry.c.feed)
        .where(where)
        .order_by(feed_entry.c.id)
    )
    return [Membership(feed=row[0], entry=row[1], weight=row[2], archive=row[3]) for row in rows]


def add_entries(connection: Connection, rows: Sequence[Membership]) -> None:
    """Add entries to feeds, in this order."""
    values = [
        {"feed": row.feed, "entry": row.entry, "weight": row.weight, "archive": row.archive}
        for row in rows
    ]
    execute_many(connection, insert(feed_entry), values)


def remove_entries(connection: Connection, name: str, entries: Collection[str]) -> None:
    """Remove entries from a feed's newest document; those in archives stay."""
    for part in chunks(entries):
        connection.execute(
            delete(feed_entry).where(
                feed_entry.c.feed == name,
                feed_entry.c.archive.is_(None),
                feed_entry.c.entry.in_(part),
            )
        )


def close_archives(
    connection: Connection, name: str, archives: Mapping[int, Collection[str]]
) -> None:
    """Move entries of a feed into new archives; `archives` has their entries by number."""
    for number, entries in archives.items():
        for part in chunks(entries):
            connection.execute(
                update(feed_entry)
                .where(feed_entry.c.feed == name, feed_entry.c.entry.in_(part))
                .values(archive=number)
            )
    if archives:
        connection.execute(update(feed).where(feed.c.name == name).values(closed=max(archives)))
        closed_archives.create(connection, name, archives)


def freeze_entries(
    connection: Connection,
    entries: Mapping[str, tuple[str, datetime]],
    *,
    of_papers: bool,
) -> None:
    """Keep the content of issues or papers in archives: by key, a digest's SHA-256 and a date.

    Entries that are frozen already stay as they are.
    """
    kinds = ("papers", "section") if of_papers else ("issues", "tag")
    names = select(feed.c.name).where(feed.c.kind.in_(kinds))
    for key, (digest, updated) in entries.items():
        connection.execute(
            update(feed_entry)
            .where(
                feed_entry.c.entry == key,
                feed_entry.c.feed.in_(names),
                feed_entry.c.archive.is_not(None),
                feed_entry.c.digest.is_(None),
            )
            .values(digest=digest, updated=seconds(updated))
        )


def thaw_entries(connection: Connection, entries: Collection[str], *, of_papers: bool) -> None:
    """Let these issues or papers have in archives the same content as elsewhere."""
    kinds = ("papers", "section") if of_papers else ("issues", "tag")
    names = select(feed.c.name).where(feed.c.kind.in_(kinds))
    for part in chunks(entries):
        connection.execute(
            update(feed_entry)
            .where(feed_entry.c.entry.in_(part), feed_entry.c.feed.in_(names))
            .values(digest=None, updated=None)
        )


def frozen_digests(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return those of the digests that frozen entries are made of."""
    frozen: set[str] = set()
    for part in chunks(digests):
        frozen.update(
            connection.execute(
                select(feed_entry.c.digest).where(feed_entry.c.digest.in_(part)).distinct()
            ).scalars()
        )
    return frozen


def all_frozen_digests(connection: Connection) -> set[str]:
    """Return all digests that frozen entries are made of."""
    wanted = select(feed_entry.c.digest).where(feed_entry.c.digest.is_not(None)).distinct()
    return {str(row[0]) for row in connection.execute(wanted)}


def archives_with(connection: Connection, digests: Collection[str]) -> set[tuple[str, int]]:
    """Return feed and number of the archives with frozen entries of these digests."""
    pairs: set[tuple[str, int]] = set()
    for part in chunks(digests):
        rows = connection.execute(
            select(feed_entry.c.feed, feed_entry.c.archive).where(feed_entry.c.digest.in_(part))
        )
        pairs.update((row[0], row[1]) for row in rows)
    return pairs


def stamps(
    connection: Connection, row: FeedRow, archives: Collection[int | None]
) -> dict[int | None, list[Stamp]]:
    """Return the entries of documents of a feed, by archive (None: the newest), newest first.

    Withdrawn issues, and papers of them, are left out.
    """
    table = paper if row.of_papers else issue
    key = paper.c.paper if row.of_papers else issue.c.slug
    slug = paper.c.issue if row.of_papers else issue.c.slug
    joined = feed_entry.join(table, key == feed_entry.c.entry)
    if row.of_papers:
        joined = joined.join(issue, issue.c.slug == paper.c.issue)
    place = feed_entry.c.archive
    closed = [number for number in archives if number is not None]
    # One by one: for both at once SQLite looks at all that the feed ever had, 10 ms for 150,000.
    conditions = [place.between(min(closed), max(closed))] if closed else []
    if None in archives:
        conditions.append(place.is_(None))
    updated = func.coalesce(feed_entry.c.updated, table.c.updated)
    wanted = (
        select(place, table.c.uid, table.c.published, updated, slug, key, feed_entry.c.digest)
        .select_from(joined)
        .where(feed_entry.c.feed == row.name, issue.c.withdrawn.is_(False))
        .order_by(table.c.published.desc(), key.desc())
    )
    by_archive: dict[int | None, list[Stamp]] = {number: [] for number in archives}
    for archive, uid, published, changed, issue_slug, entry_key, digest in chain.from_iterable(
        connection.execute(wanted.where(condition)) for condition in conditions
    ):
        if archive in by_archive:
            paper_key = entry_key if row.of_papers else None
            dates = moment(published), moment(changed)
            by_archive[archive].append(Stamp(uid, *dates, issue_slug, paper_key, digest or ""))
    return by_archive
