"""What storage promises of digests that are read anew, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from publisher.model import IssueRecord
from publisher.paper_id import PaperId, PaperScheme
from publisher.storage import feeds, former_papers, issues, kept_issues, paper_aliases, readings
from publisher.storage.database import Database
from publisher.storage.feeds import PaperRow
from publisher.storage.rename import rename_issue
from tests.support.newsletter_folder import NOW

VITA = PaperId(PaperScheme.arxiv, "2408.05211")
DOI = PaperId(PaperScheme.doi, "10.1234/vita")


def record(slug: str) -> IssueRecord:
    """Return an issue that was published at NOW."""
    return IssueRecord(
        slug=slug, headline="h", source=f"{slug}.txt", published=NOW, updated=NOW, items=1,
        digest="d", uid=slug,
    )  # fmt: skip


@pytest.fixture
def connection(empty: Database) -> Iterator[Connection]:
    """Return a transaction with two issues, one of a paper, and one known from feeds alone."""
    with empty.write() as found:
        rows = [record("002"), record("001"), replace(record("000"), digest="")]
        issues.put_issues(found, [(each, b"c" * 32) for each in rows])
        issues.put_papers(found, {"001": [VITA]})
        row = PaperRow(VITA.key, "uid", "001", NOW, NOW, b"p" * 32)
        feeds.put_papers(found, [row], [])
        yield found


def test_every_issue_that_was_read(connection: Connection) -> None:
    """They come in order, with their papers; what only feeds told of is not among them."""
    found = readings.every_issue(connection)
    assert ["001", "002"] == [each.record.slug for each in found]
    assert {"001": {VITA.key: VITA}} == readings.every_paper(connection)
    assert {VITA.key} == readings.every_key(connection)


def test_a_reading_moves_no_date(connection: Connection) -> None:
    """Names, numbers and contents are others; dates, digests and ids are as they were."""
    other = replace(record("001"), headline="other", items=3, tags=("a", "b"))
    later = replace(other, published=NOW + timedelta(1), updated=NOW + timedelta(1), digest="e")
    readings.put_issues(connection, [(later, b"x" * 32)])
    known = issues.known_issues(connection, ["001"])["001"]
    assert (other, b"x" * 32, False) == (known.record, known.content, known.withdrawn)
    row = feeds.papers(connection, [VITA.key])[VITA.key]
    read = row._replace(issue="002", content=b"y" * 32)
    readings.put_papers(connection, [read._replace(updated=NOW + timedelta(1))])
    assert {VITA.key: read} == feeds.papers(connection, [VITA.key])


def test_issues_that_are_kept(connection: Connection) -> None:
    """What cannot be read is in no list of what to render, until it can or is withdrawn."""
    kept_issues.put(connection, {"001": "why"})
    kept_issues.put(connection, {"001": "why now", "002": "why"})
    assert {"001": "why now", "002": "why"} == kept_issues.reasons(connection)
    assert ["000"] == [each.slug for each in issues.unrendered(connection)]
    issues.withdraw(connection, ["002"])
    assert {"001": "why now"} == kept_issues.reasons(connection)
    assert [True, False] == [kept_issues.drop(connection, ["001"]) for _ in range(2)]


def test_aliases(connection: Connection) -> None:
    """Another identity of a paper has the one that it was published under."""
    paper_aliases.add(connection, {DOI.key: VITA})
    paper_aliases.add(connection, {})
    assert {DOI.key: VITA} == paper_aliases.aliases(connection)


def test_what_leads_to_an_issue_goes_with_it(connection: Connection) -> None:
    """An issue under another slug has all that led to it."""
    former_papers.add(connection, {DOI.key: "001", "2408.1": "002"})
    kept_issues.put(connection, {"001": "why"})
    rename_issue(connection, "001", "first")
    assert {"first": [DOI.key]} == former_papers.by_issue(connection, ["first", "001"])
    assert {"first": "why"} == kept_issues.reasons(connection)
    former_papers.add(connection, {DOI.key: "002"})
    former_papers.drop(connection, ["2408.1"])
    assert {"002": [DOI.key]} == former_papers.by_issue(connection, ["first", "002"])


def test_the_longest_keys(connection: Connection) -> None:
    """A paper's key has the room that it has wherever it stands: DOIs have no limit."""
    key = "doi/10.1234/" + "a/" * 390 + "a"
    former_papers.add(connection, {key: "001"})
    paper_aliases.add(connection, {key: VITA})
    assert ({"001": [key]}, {key: VITA}) == (
        former_papers.by_issue(connection, ["001"]),
        paper_aliases.aliases(connection),
    )


def test_the_digest_of_a_kept_issue(connection: Connection) -> None:
    """It is known by its name and its bytes, and may get another name."""
    kept_issues.put(connection, {"001": "why"})
    assert {("001.txt", "d"): "001"} == kept_issues.digests(connection)
    kept_issues.rename(connection, "001", "first.txt", "why now")
    assert {("first.txt", "d"): "001"} == kept_issues.digests(connection)
    assert {"001": "why now"} == kept_issues.reasons(connection)
    issues.withdraw(connection, ["001"])
    assert {} == kept_issues.digests(connection)
