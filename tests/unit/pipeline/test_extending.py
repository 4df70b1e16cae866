"""One more issue costs what it did when there were ten: nothing is looked for by looking at all.

How SQLite finds what a query asks for depends on the query and the indexes, and not on how much
there is: what its EXPLAIN says of a small newsletter holds for one with 10,000 issues.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'
#: What has a row, or several, for each issue, paper, reader or mail there ever was.
GROWING = (
    "digest|issue|former_slug|paper|appearance|feed_entry|feed_archive|subscriber|suppression|letter|delivery"
    "|attempt"
)
#: How SQLite says that it looks at all rows, and how it says that it looks at all that are alike.
SCAN = re.compile(rf"SCAN ({GROWING})\b.*")
#: What is content with the first it comes to: any issue, or the newest, of which few are withdrawn.
FIRST = re.compile(
    r"FROM (?:appearance|issue(?: WHERE issue\.withdrawn IS 0 ORDER BY [^?]*)?) LIMIT \?"
)
OF_READERS = re.compile(r"(?:SCAN|SEARCH) subscriber\b.*")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader, and with issues enough for archives to close."""
    with newsroom(tmp_path, MAIL) as found:
        admin.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        for month in range(4):
            drop(found, month)
        found.tick()
        yield found


def drop(room: Newsroom, month: int) -> None:
    """Drop a digest with so many papers that, with another, an archive of theirs closes."""
    papers = (paper(f"24{month:02}.{number:05}", f"Paper {number}") for number in range(1, 21))
    room.drop(f"{month:03}.txt", "".join(papers), NOW + timedelta(minutes=month))


@contextmanager
def asked(room: Newsroom) -> Iterator[list[str]]:
    """Collect what SQLite would do for each query, and the query itself, one a line."""
    queries: dict[str, Any] = {}

    def note(*given: Any) -> None:
        _, _, query, values, _, many = given
        queries.setdefault(query, values[0] if many else values)

    steps: list[str] = []
    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield steps
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    with closing(sqlite3.connect(room.folder / ".publisher" / "state.db")) as connection:
        for query, values in queries.items():
            words = " ".join(query.split())
            if not words.startswith("PRAGMA"):
                found = connection.execute(f"EXPLAIN QUERY PLAN {query}", values)
                steps += [f"{row[3]}: {words}" for row in found]


def looked_through(steps: Sequence[str]) -> set[str]:
    """Return the queries that look at all of what grows."""
    return {
        step.partition(": ")[2] for step in steps if SCAN.match(step) and not FIRST.search(step)
    }


def test_one_more_issue(room: Newsroom) -> None:
    """Files are compared with all that are known, and pages counted; all else has an index."""
    with asked(room) as steps:
        drop(room, 4)
        ticked = room.tick(NOW + timedelta(hours=1))
    archives = [path for path in room.files() if path.startswith("feeds/archive/papers/")]
    assert ({"004": 1}, True) == (ticked.mailed.planned, len(archives) > 0)
    assert {
        "SELECT digest.name, digest.size, digest.mtime_ns FROM digest",
        "SELECT count(*) AS count_1 FROM issue WHERE issue.withdrawn IS 0",
    } == looked_through(steps)


def test_one_renamed(room: Newsroom) -> None:
    """An issue that has another name is found, and led to, as one more is."""
    with asked(room) as steps:
        (room.folder / "seeds" / "002.txt").rename(room.folder / "seeds" / "the third.txt")
        room.tick(NOW + timedelta(hours=1))
    assert "issues/the-third/" in room.page("issues/002/index.html")
    assert {
        "SELECT digest.name, digest.size, digest.mtime_ns FROM digest",
        "SELECT count(*) AS count_1 FROM issue WHERE issue.withdrawn IS 0",
    } == looked_through(steps)


def test_nothing_to_do(room: Newsroom) -> None:
    """A tick without news looks at no mail that was sent, and at no reader who is owed none."""
    with asked(room) as steps:
        room.tick(NOW + timedelta(hours=1))
    assert {
        "SELECT digest.name, digest.size, digest.mtime_ns FROM digest",
    } == looked_through(steps)
    assert {
        "SEARCH subscriber USING INDEX ix_subscriber_cadence_covered (cadence=? AND covered>?)"
    } == {step.partition(": ")[0] for step in steps if OF_READERS.match(step)}
