"""Queries on issues and papers. Every function works in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Connection,
    and_,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from publisher.model import IssueRecord
from publisher.paper_id import PaperId, PaperScheme
from publisher.storage.bulk import execute_many
from publisher.storage.tables import appearance, issue, moment, removal, seconds
from publisher.storage.tables.upgrade import kept_issue

#: An issue's place among others, oldest first: when it was published, in seconds since 1970, and
#: its slug.
Place = tuple[int, str]
#: SQLite allows 32,766 variables in a statement (since 3.32); well below it.
_CHUNK = 5_000


# --- Issues -------------------------------------------------------------------------------

_RECORD = (
    issue.c.slug, issue.c.headline, issue.c.source, issue.c.published, issue.c.updated,
    issue.c["items"], issue.c.tags, issue.c.digest, issue.c.uid,
)  # fmt: skip
_LIVE = issue.c.withdrawn.is_(False)
#: Compared as one, for which databases go straight to a place in the index.
_place = tuple_(issue.c.published, issue.c.slug)
_NEWEST_FIRST = (issue.c.published.desc(), issue.c.slug.desc())


def _record(row: Sequence[object]) -> IssueRecord:
    slug, headline, source, published, updated, items, tags, digest, uid = row
    return IssueRecord(
        slug=str(slug),
        headline=str(headline),
        source=str(source),
        published=moment(int(str(published))),
        updated=moment(int(str(updated))),
        items=int(str(items)),
        tags=tuple(filter(None, str(tags).split("\n"))),
        digest=str(digest),
        uid=str(uid),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What was recorded of an issue, withdrawn or not."""

    record: IssueRecord
    content: bytes
    withdrawn: bool


def known_issues(connection: Connection, slugs: Collection[str]) -> dict[str, Known]:
    """Return what is recorded of these issues, withdrawn ones too."""
    found: dict[str, Known] = {}
    for part in chunks(slugs):
        for row in connection.execute(
            select(*_RECORD, issue.c.content, issue.c.withdrawn).where(issue.c.slug.in_(part))
        ):
            record = _record(row[:9])
            found[record.slug] = Known(record, row[9], row[10])
    return found


def put_issues(connection: Connection, rows: Sequence[tuple[IssueRecord, bytes]]) -> None:
    """Record issues with their content hashes as published and still to be rendered.

    The mail of a new one was due when it was published; `set_due` tells otherwise.
    """
    known = known_issues(connection, [record.slug for record, _ in rows])
    fresh: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    for record, content in rows:
        values = {
            "slug": record.slug,
            "source": record.source,
            "headline": record.headline,
            "published": seconds(record.published),
            "updated": seconds(record.updated),
            "items": record.items,
            "tags": "\n".join(record.tags),
            "digest": record.digest,
            "uid": record.uid,
            "content": content,
            "withdrawn": False,
            "rendered": False,
        }
        if record.slug in known:
            changed.append(values)
        else:
            fresh.append(values | {"due": seconds(record.published)})
    execute_many(connection, insert(issue), fresh)
    for values in changed:
        connection.execute(update(issue).where(issue.c.slug == values["slug"]).values(values))


def set_due(connection: Connection, due: Mapping[str, datetime]) -> None:
    """Record when these issues' mail was due, by slug."""
    for slug, moment_of_it in due.items():
        change = update(issue).where(issue.c.slug == slug)
        connection.execute(change.values(due=seconds(moment_of_it)))


def withdraw(connection: Connection, slugs: Collection[str]) -> None:
    """Take issues out of the archive; what is recorded of them stays."""
    for part in chunks(slugs):
        connection.execute(update(issue).where(issue.c.slug.in_(part)).values(withdrawn=True))


def times_since(connection: Connection, first: datetime) -> set[datetime]:
    """Return the times from this one on at which an issue was published, or changed."""
    found: set[datetime] = set()
    for column in (issue.c.published, issue.c.updated):
        rows = connection.execute(select(column).where(column >= seconds(first)))
        found.update(map(moment, rows.scalars()))
    return found


def updates_between(connection: Connection, first: datetime, last: datetime) -> set[int]:
    """Return the times in a span, in seconds since 1970, at which an issue changed."""
    found = connection.execute(
        select(issue.c.updated).where(issue.c.updated.between(seconds(first), seconds(last)))
    )
    return set(found.scalars().all())


def newest(connection: Connection, limit: int | None = None, offset: int = 0) -> list[IssueRecord]:
    """Return published issues, newest first."""
    statement = select(*_RECORD).where(_LIVE).order_by(*_NEWEST_FIRST).offset(offset)
    if limit is not None:
        statement = statement.limit(limit)
    return [_record(row) for row in connection.execute(statement)]


def count(connection: Connection) -> int:
    """Return the number of published issues."""
    return connection.execute(select(func.count()).select_from(issue).where(_LIVE)).scalar() or 0


def count_from(connection: Connection, place: Place) -> int:
    """Return the number of published issues at this place or newer."""
    newer = _place >= tuple_(*place)
    found = connection.execute(select(func.count()).select_from(issue).where(_LIVE, newer)).scalar()
    return found or 0


def neighbours(
    connection: Connection, record: IssueRecord
) -> tuple[IssueRecord | None, IssueRecord | None]:
    """Return the next newer and the next older published issue."""
    place = tuple_(*place_of(record))
    newer = connection.execute(
        select(*_RECORD)
        .where(_LIVE, _place > place)
        .order_by(issue.c.published, issue.c.slug)
        .limit(1)
    ).first()
    older = connection.execute(
        select(*_RECORD).where(_LIVE, _place < place).order_by(*_NEWEST_FIRST).limit(1)
    ).first()
    return (_record(newer) if newer else None), (_record(older) if older else None)


def place_of(record: IssueRecord) -> Place:
    """Return an issue's place among others."""
    return seconds(record.published), record.slug


# --- What is still to be written ----------------------------------------------------------


def mark_unrendered(connection: Connection, slugs: Collection[str] | None) -> None:
    """Say that these issues' files (all issues' when None) are to be written again."""
    if slugs is None:
        connection.execute(update(issue).values(rendered=False))
        return
    for part in chunks(slugs):
        connection.execute(update(issue).where(issue.c.slug.in_(part)).values(rendered=False))


def mark_rendered(connection: Connection, slugs: Collection[str]) -> None:
    """Say that these issues' files are written."""
    for part in chunks(slugs):
        connection.execute(update(issue).where(issue.c.slug.in_(part)).values(rendered=True))


def unrendered(connection: Connection) -> list[IssueRecord]:
    """Return the published issues whose files are to be written and can be, newest first."""
    kept = select(kept_issue.c.issue)  # nothing can be made of their digests
    rows = connection.execute(
        select(*_RECORD)
        .where(_LIVE, issue.c.rendered.is_(False), issue.c.slug.not_in(kept))
        .order_by(*_NEWEST_FIRST)
    )
    return [_record(row) for row in rows]


def add_removals(connection: Connection, paths: Collection[str]) -> None:
    """Say that these files have nothing behind them any more."""
    known = set(removals(connection))
    fresh = [{"path": path} for path in sorted(set(paths) - known)]
    if fresh:
        connection.execute(insert(removal), fresh)


def removals(connection: Connection) -> list[str]:
    """Return the files still to be removed."""
    return [row[0] for row in connection.execute(select(removal.c.path).order_by(removal.c.path))]


def drop_removals(connection: Connection, paths: Collection[str]) -> None:
    """Say that these files are gone, or wanted again."""
    for part in chunks(paths):
        connection.execute(delete(removal).where(removal.c.path.in_(part)))


# --- Papers -------------------------------------------------------------------------------


def papers_of(connection: Connection, slugs: Collection[str]) -> dict[str, set[str]]:
    """Return the keys of the papers recorded for each issue."""
    found: dict[str, set[str]] = {slug: set() for slug in slugs}
    for part in chunks(slugs):
        for row in connection.execute(
            select(appearance.c.issue, appearance.c.paper).where(appearance.c.issue.in_(part))
        ):
            found[row[0]].add(row[1])
    return found


def put_papers(connection: Connection, papers: Mapping[str, Sequence[PaperId]]) -> None:
    """Record which papers each issue has, in place of what was recorded."""
    for part in chunks(papers):
        connection.execute(delete(appearance).where(appearance.c.issue.in_(part)))
    rows = [
        {"paper": paper.key, "issue": slug, "scheme": paper.scheme.value, "value": paper.value}
        for slug, found in papers.items()
        for paper in found
    ]
    execute_many(connection, insert(appearance), rows)


def appearances(connection: Connection, keys: Collection[str]) -> dict[PaperId, list[IssueRecord]]:
    """Return the published issues each paper stands in, oldest first."""
    found: dict[PaperId, list[IssueRecord]] = {}
    for part in chunks(keys):
        for row in connection.execute(
            select(appearance.c.scheme, appearance.c.value, *_RECORD)
            .join(issue, issue.c.slug == appearance.c.issue)
            .where(_LIVE, appearance.c.paper.in_(part))
            .order_by(issue.c.published, issue.c.slug)
        ):
            found.setdefault(PaperId(PaperScheme(row[0]), row[1]), []).append(_record(row[2:]))
    return found


def live_papers(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return those of the papers that stand in a published issue."""
    found: set[str] = set()
    for part in chunks(keys):
        rows = connection.execute(
            select(appearance.c.paper)
            .join(issue, issue.c.slug == appearance.c.issue)
            .where(_LIVE, appearance.c.paper.in_(part))
            .distinct()
        )
        found.update(row[0] for row in rows)
    return found


def shared_papers(
    connection: Connection, slugs: Collection[str]
) -> dict[PaperId, list[IssueRecord]]:
    """Return those papers of these issues that stand in other published issues too."""
    keys: set[str] = set()
    other = appearance.alias()
    for part in chunks(slugs):
        rows = connection.execute(
            select(appearance.c.paper)
            .join(other, and_(other.c.paper == appearance.c.paper,
                              other.c.issue != appearance.c.issue))
            .where(appearance.c.issue.in_(part))
            .distinct()
        )  # fmt: skip
        keys.update(row[0] for row in rows)
    return {p: records for p, records in appearances(connection, keys).items() if len(records) > 1}


def holders(connection: Connection, keys: Collection[str]) -> dict[str, dict[str, bool]]:
    """Return the issues that have each of these papers, by slug: whether they are published."""
    found: dict[str, dict[str, bool]] = {key: {} for key in keys}
    if connection.execute(select(appearance.c.paper).limit(1)).first() is None:
        return found  # in a first build, which has 15,000 papers to ask for
    for part in chunks(keys):
        for row in connection.execute(
            select(appearance.c.paper, appearance.c.issue, _LIVE)
            .join(issue, issue.c.slug == appearance.c.issue)
            .where(appearance.c.paper.in_(part))
        ):
            found[row[0]][row[1]] = bool(row[2])
    return found


def chunks(values: Iterable[object]) -> Iterable[list[object]]:
    """Part what a statement is about into as much as one may hold."""
    whole = list(values)
    return (whole[start : start + _CHUNK] for start in range(0, len(whole), _CHUNK))
