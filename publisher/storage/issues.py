"""Rows of issues and papers. Every function works in the caller's transaction."""

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
    """The recorded values of an issue, withdrawn or not."""

    record: IssueRecord
    content: bytes
    withdrawn: bool


def known_issues(connection: Connection, slugs: Collection[str]) -> dict[str, Known]:
    """Return the recorded ones of these issues, withdrawn ones too, by slug."""
    by_slug: dict[str, Known] = {}
    for part in chunks(slugs):
        for row in connection.execute(
            select(*_RECORD, issue.c.content, issue.c.withdrawn).where(issue.c.slug.in_(part))
        ):
            record = _record(row[:9])
            by_slug[record.slug] = Known(record, row[9], row[10])
    return by_slug


def put_issues(connection: Connection, rows: Sequence[tuple[IssueRecord, bytes]]) -> None:
    """Record issues with their content hashes as published and still to be rendered.

    The mail of a new one is due when it was published; `set_due` changes that.
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
    """Set when these issues' mail is due, by slug."""
    for slug, time in due.items():
        change = update(issue).where(issue.c.slug == slug)
        connection.execute(change.values(due=seconds(time)))


def withdraw(connection: Connection, slugs: Collection[str]) -> None:
    """Mark issues as withdrawn; their rows stay."""
    for part in chunks(slugs):
        connection.execute(update(issue).where(issue.c.slug.in_(part)).values(withdrawn=True))


def times_since(connection: Connection, first: datetime) -> set[datetime]:
    """Return the times since `first` at which an issue was published or changed."""
    times: set[datetime] = set()
    for column in (issue.c.published, issue.c.updated):
        rows = connection.execute(select(column).where(column >= seconds(first)))
        times.update(map(moment, rows.scalars()))
    return times


def updates_between(connection: Connection, first: datetime, last: datetime) -> set[int]:
    """Return the times in a span, in seconds since 1970, when issues changed."""
    times = connection.execute(
        select(issue.c.updated).where(issue.c.updated.between(seconds(first), seconds(last)))
    )
    return set(times.scalars().all())


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
    number = connection.execute(
        select(func.count()).select_from(issue).where(_LIVE, newer)
    ).scalar()
    return number or 0


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
    """Return an issue's place among others, by which issues are sorted."""
    return seconds(record.published), record.slug


# --- What is still to be written ----------------------------------------------------------


def mark_unrendered(connection: Connection, slugs: Collection[str] | None) -> None:
    """Mark the files of these issues (of all when None) to be written again."""
    if slugs is None:
        connection.execute(update(issue).values(rendered=False))
        return
    for part in chunks(slugs):
        connection.execute(update(issue).where(issue.c.slug.in_(part)).values(rendered=False))


def mark_rendered(connection: Connection, slugs: Collection[str]) -> None:
    """Mark the files of these issues as written."""
    for part in chunks(slugs):
        connection.execute(update(issue).where(issue.c.slug.in_(part)).values(rendered=True))


def unrendered(connection: Connection) -> list[IssueRecord]:
    """Return the published, readable issues whose files are to be written, newest first."""
    kept = select(kept_issue.c.issue)  # nothing can be made of their digests
    rows = connection.execute(
        select(*_RECORD)
        .where(_LIVE, issue.c.rendered.is_(False), issue.c.slug.not_in(kept))
        .order_by(*_NEWEST_FIRST)
    )
    return [_record(row) for row in rows]


def add_removals(connection: Connection, paths: Collection[str]) -> None:
    """Record files under out/ that are to be removed."""
    known = set(removals(connection))
    fresh = [{"path": path} for path in sorted(set(paths) - known)]
    if fresh:
        connection.execute(insert(removal), fresh)


def removals(connection: Connection) -> list[str]:
    """Return the files under out/ that are to be removed, in order."""
    return [row[0] for row in connection.execute(select(removal.c.path).order_by(removal.c.path))]


def drop_removals(connection: Connection, paths: Collection[str]) -> None:
    """Delete the records of files that are removed, or wanted again."""
    for part in chunks(paths):
        connection.execute(delete(removal).where(removal.c.path.in_(part)))


# --- Papers -------------------------------------------------------------------------------


def papers_of(connection: Connection, slugs: Collection[str]) -> dict[str, set[str]]:
    """Return the keys of the papers of each issue, by slug."""
    keys_by_slug: dict[str, set[str]] = {slug: set() for slug in slugs}
    for part in chunks(slugs):
        for row in connection.execute(
            select(appearance.c.issue, appearance.c.paper).where(appearance.c.issue.in_(part))
        ):
            keys_by_slug[row[0]].add(row[1])
    return keys_by_slug


def put_papers(connection: Connection, papers: Mapping[str, Sequence[PaperId]]) -> None:
    """Replace the recorded papers of each issue, by slug."""
    for part in chunks(papers):
        connection.execute(delete(appearance).where(appearance.c.issue.in_(part)))
    rows = [
        {"paper": paper.key, "issue": slug, "scheme": paper.scheme.value, "value": paper.value}
        for slug, papers_of_issue in papers.items()
        for paper in papers_of_issue
    ]
    execute_many(connection, insert(appearance), rows)


def appearances(connection: Connection, keys: Collection[str]) -> dict[PaperId, list[IssueRecord]]:
    """Return the published issues that each paper is in, oldest first."""
    records: dict[PaperId, list[IssueRecord]] = {}
    for part in chunks(keys):
        for row in connection.execute(
            select(appearance.c.scheme, appearance.c.value, *_RECORD)
            .join(issue, issue.c.slug == appearance.c.issue)
            .where(_LIVE, appearance.c.paper.in_(part))
            .order_by(issue.c.published, issue.c.slug)
        ):
            records.setdefault(PaperId(PaperScheme(row[0]), row[1]), []).append(_record(row[2:]))
    return records


def live_papers(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return those of the papers that are in a published issue."""
    live: set[str] = set()
    for part in chunks(keys):
        rows = connection.execute(
            select(appearance.c.paper)
            .join(issue, issue.c.slug == appearance.c.issue)
            .where(_LIVE, appearance.c.paper.in_(part))
            .distinct()
        )
        live.update(row[0] for row in rows)
    return live


def shared_papers(
    connection: Connection, slugs: Collection[str]
) -> dict[PaperId, list[IssueRecord]]:
    """Return the papers of these issues that are in several published issues, with these."""
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
    """Return, for each of these papers, whether the issues that have it are published, by slug."""
    issues_by_key: dict[str, dict[str, bool]] = {key: {} for key in keys}
    if connection.execute(select(appearance.c.paper).limit(1)).first() is None:
        return issues_by_key  # in a first build, which has 15,000 papers to ask for
    for part in chunks(keys):
        for row in connection.execute(
            select(appearance.c.paper, appearance.c.issue, _LIVE)
            .join(issue, issue.c.slug == appearance.c.issue)
            .where(appearance.c.paper.in_(part))
        ):
            issues_by_key[row[0]][row[1]] = bool(row[2])
    return issues_by_key


def chunks(values: Iterable[object]) -> Iterable[list[object]]:
    """Return the values in lists that are short enough for the variables of one statement."""
    whole = list(values)
    return (whole[start : start + _CHUNK] for start in range(0, len(whole), _CHUNK))
