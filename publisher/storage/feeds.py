"""Queries on what is in which feed. Every function works in the caller's transaction.

An entry enters a feed once. It stands in the feed's newest document until that is full; then the
oldest that came move into an archive, which is closed from then on.
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
_STANDING = ("issues", "papers")


# --- What out/ alone still knows ----------------------------------------------------------


def is_new(connection: Connection) -> bool:
    """Return whether nothing was ever published, nor read back from out/."""
    known = (issue.c.slug, paper.c.paper, feed_archive.c.feed)
    return not any(connection.execute(select(each).limit(1)).first() for each in known)


def let_go(connection: Connection) -> list[str]:
    """Return the slugs of what was read back from out/ and has no digest: withdrawn like others."""
    gone = and_(issue.c.source == "", issue.c.withdrawn)
    slugs = [row[0] for row in connection.execute(select(issue.c.slug).where(gone))]
    connection.execute(update(issue).where(gone).values(source="?"))
    return slugs


# --- Papers -------------------------------------------------------------------------------


class PaperRow(NamedTuple):
    """A paper as readers of feeds know it."""

    #: `PaperId.key`.
    key: str
    #: Its entry's id.
    uid: str
    #: The slug of the issue whose words it has.
    issue: str
    published: datetime
    updated: datetime
    #: Over its text and links; empty while not known.
    content: bytes


def papers(connection: Connection, keys: Collection[str]) -> dict[str, PaperRow]:
    """Return what is recorded of these papers."""
    found: dict[str, PaperRow] = {}
    for part in chunks(keys):
        for row in connection.execute(select(paper).where(paper.c.paper.in_(part))):
            found[row.paper] = PaperRow(
                key=row.paper,
                uid=row.uid,
                issue=row.issue,
                published=moment(row.published),
                updated=moment(row.updated),
                content=row.content,
            )
    return found


def papers_with_words_of(connection: Connection, slugs: Collection[str]) -> dict[str, PaperRow]:
    """Return the papers whose entries have the words of these issues."""
    keys: list[str] = []
    for part in chunks(slugs):
        keys += connection.execute(select(paper.c.paper).where(paper.c.issue.in_(part))).scalars()
    return papers(connection, keys)


def put_papers(
    connection: Connection, fresh: Sequence[PaperRow], changed: Sequence[PaperRow]
) -> None:
    """Record papers: the new ones, and those that are there already."""
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
    """Return the times in a span, in seconds since 1970, at which an entry of a paper changed."""
    found = connection.execute(
        select(paper.c.updated).where(paper.c.updated.between(seconds(first), seconds(last)))
    )
    return set(found.scalars().all())


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
        if self.name in _STANDING:
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
    """Return the tags, then the sections, that digests have used so far, each kind by label."""
    found = [row.topic for row in feeds(connection).values() if row.topic]
    return sorted(found, key=lambda topic: (topic.kind != "tag", topic.label.casefold()))


def add_feeds(connection: Connection, rows: Iterable[FeedRow]) -> None:
    """Begin feeds."""
    values = [
        {"name": row.name, "kind": row.kind, "label": row.label, "closed": row.closed,
         "rendered": False}
        for row in rows
    ]  # fmt: skip
    if values:
        connection.execute(insert(feed), values)


def put_feed(connection: Connection, row: FeedRow) -> None:
    """Begin a feed that has archives already."""
    connection.execute(delete(feed).where(feed.c.name == row.name))
    add_feeds(connection, [row])


def mark_feeds(connection: Connection, names: Collection[str] | None, *, rendered: bool) -> None:
    """Say whether the newest documents of these feeds (of all when None) are written."""
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
    #: The closed archive it stands in; None in the newest document.
    archive: int | None = None


def memberships(
    connection: Connection, *, of_papers: bool, entries: Collection[str]
) -> list[Membership]:
    """Return the places that these issues, or papers, have in feeds."""
    kinds = ("papers", "section") if of_papers else ("issues", "tag")
    found: list[Membership] = []
    for part in chunks(entries):
        found += _memberships(
            connection, and_(feed_entry.c.entry.in_(part), feed.c.kind.in_(kinds))
        )
    return found


def open_entries(connection: Connection, names: Collection[str]) -> dict[str, list[Membership]]:
    """Return what the newest document of each of these feeds holds, in the order it came."""
    found: dict[str, list[Membership]] = {name: [] for name in names}
    for part in chunks(names):
        for each in _memberships(
            connection, and_(feed_entry.c.feed.in_(part), feed_entry.c.archive.is_(None))
        ):
            found[each.feed].append(each)
    return found


def _memberships(connection: Connection, where: ColumnElement[bool]) -> list[Membership]:
    rows = connection.execute(
        select(feed_entry.c.feed, feed_entry.c.entry, feed_entry.c.weight, feed_entry.c.archive)
        .join(feed, feed.c.name == feed_entry.c.feed)
        .where(where)
        .order_by(feed_entry.c.id)
    )
    return [Membership(feed=row[0], entry=row[1], weight=row[2], archive=row[3]) for row in rows]


def enter(connection: Connection, rows: Sequence[Membership]) -> None:
    """Let entries into feeds, in this order."""
    values = [
        {"feed": row.feed, "entry": row.entry, "weight": row.weight, "archive": row.archive}
        for row in rows
    ]
    execute_many(connection, insert(feed_entry), values)


def leave(connection: Connection, name: str, entries: Collection[str]) -> None:
    """Take entries out of a feed's newest document."""
    for part in chunks(entries):
        connection.execute(
            delete(feed_entry).where(
                feed_entry.c.feed == name,
                feed_entry.c.archive.is_(None),
                feed_entry.c.entry.in_(part),
            )
        )


def close(connection: Connection, name: str, archives: Mapping[int, Collection[str]]) -> None:
    """Move entries of a feed into new archives, by number."""
    for number, entries in archives.items():
        for part in chunks(entries):
            connection.execute(
                update(feed_entry)
                .where(feed_entry.c.feed == name, feed_entry.c.entry.in_(part))
                .values(archive=number)
            )
    if archives:
        connection.execute(update(feed).where(feed.c.name == name).values(closed=max(archives)))
        closed_archives.close(connection, name, archives)


def freeze(
    connection: Connection,
    entries: Mapping[str, tuple[str, datetime]],
    *,
    of_papers: bool,
) -> None:
    """Have archives keep what these issues, or papers, are in them: by key, a digest and a date."""
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


def thaw(connection: Connection, entries: Collection[str], *, of_papers: bool) -> None:
    """Have these issues, or papers, be in archives what they are elsewhere."""
    kinds = ("papers", "section") if of_papers else ("issues", "tag")
    names = select(feed.c.name).where(feed.c.kind.in_(kinds))
    for part in chunks(entries):
        connection.execute(
            update(feed_entry)
            .where(feed_entry.c.entry.in_(part), feed_entry.c.feed.in_(names))
            .values(digest=None, updated=None)
        )


def frozen(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return those of the digests that archives are made of."""
    found: set[str] = set()
    for part in chunks(digests):
        found.update(
            connection.execute(
                select(feed_entry.c.digest).where(feed_entry.c.digest.in_(part)).distinct()
            ).scalars()
        )
    return found


def all_frozen(connection: Connection) -> set[str]:
    """Return the digests whose words only archives have."""
    wanted = select(feed_entry.c.digest).where(feed_entry.c.digest.is_not(None)).distinct()
    return {str(row[0]) for row in connection.execute(wanted)}


def archives_with(connection: Connection, digests: Collection[str]) -> set[tuple[str, int]]:
    """Return the archives, by feed and number, that have the words of these digests."""
    found: set[tuple[str, int]] = set()
    for part in chunks(digests):
        rows = connection.execute(
            select(feed_entry.c.feed, feed_entry.c.archive).where(feed_entry.c.digest.in_(part))
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def stamps(
    connection: Connection, row: FeedRow, archives: Collection[int | None]
) -> dict[int | None, list[Stamp]]:
    """Return what documents of a feed hold, by archive (None: the newest), the newest first.

    What was withdrawn is in none of them.
    """
    its = paper if row.of_papers else issue
    key = paper.c.paper if row.of_papers else issue.c.slug
    slug = paper.c.issue if row.of_papers else issue.c.slug
    joined = feed_entry.join(its, key == feed_entry.c.entry)
    if row.of_papers:
        joined = joined.join(issue, issue.c.slug == paper.c.issue)
    place = feed_entry.c.archive
    closed = [number for number in archives if number is not None]
    # One by one: for both at once SQLite looks at all that the feed ever had, 10 ms for 150,000.
    places = [place.between(min(closed), max(closed))] if closed else []
    if None in archives:
        places.append(place.is_(None))
    updated = func.coalesce(feed_entry.c.updated, its.c.updated)
    wanted = (
        select(place, its.c.uid, its.c.published, updated, slug, key, feed_entry.c.digest)
        .select_from(joined)
        .where(feed_entry.c.feed == row.name, issue.c.withdrawn.is_(False))
        .order_by(its.c.published.desc(), key.desc())
    )
    found: dict[int | None, list[Stamp]] = {number: [] for number in archives}
    for archive, uid, published, changed, whose, its_key, digest in chain.from_iterable(
        connection.execute(wanted.where(each)) for each in places
    ):
        if archive in found:
            its_paper = its_key if row.of_papers else None
            dates = moment(published), moment(changed)
            found[archive].append(Stamp(uid, *dates, whose, its_paper, digest or ""))
    return found
