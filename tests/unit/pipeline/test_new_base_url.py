"""Issues that an older program published under slugs that are not ASCII."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from publisher.storage import issues
from publisher.storage.rename import rename_issue
from publisher.storage.tables import digest
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'
VITA, GEMMA = paper("2408.05211", "VITA"), paper("2408.05147", "Gemma Scope")
WIDE = "００１"
UID = f"tag:example.org,2026:issues/{WIDE}"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter that an older program published one issue of, under a wide number."""
    with newsroom(tmp_path, MAIL) as found:
        admin.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        found.drop(f"{WIDE}_4bcb.txt", VITA)
        found.tick()
        with found.database.write() as connection:
            rename_issue(connection, "001", WIDE)
            known = issues.known_issues(connection, [WIDE])[WIDE]
            connection.exec_driver_sql(f"UPDATE issue SET uid = '{UID}'")  # noqa: S608
            # As the migration leaves the digest.
            connection.execute(update(digest).values(slug=WIDE, mtime_ns=-1))
        assert known.record.slug == WIDE
        (found.out / "issues" / "001").rename(found.out / "issues" / WIDE)
        yield found


def ids(room: Newsroom) -> list[str]:
    """Return the ids of the entries in the feed of issues."""
    return [item["id"] for item in json.loads(room.page("feeds/issues.json"))["items"]]


def test_issue_moves_to_its_ascii_slug(room: Newsroom) -> None:
    """The old address leads to the new one, the entry keeps its id, and nobody is mailed again."""
    ticked = room.tick()
    assert ([], {}) == (ticked.built.diagnostics, ticked.mailed.planned)
    assert {"001": NOW} == {slug: each.published for slug, each in room.records().items()}
    assert "issues/001/" in room.page(f"issues/{WIDE}/index.html")
    assert not (room.out / "issues" / WIDE / "email.html").exists()
    assert "VITA" in room.page("issues/001/index.html")
    assert [UID] == ids(room)
    again = room.tick()
    assert ([], 0) == (again.built.registered.updated, again.built.rendered.written)


def test_edited_meanwhile(room: Newsroom) -> None:
    """An edit that comes with the upgrade is one of the same issue."""
    room.drop(f"{WIDE}_4bcb.txt", VITA + GEMMA)
    assert {} == room.tick().mailed.planned
    assert "Gemma" in room.page("issues/001/index.html")
    assert [UID] == ids(room)


def test_digest_with_an_error(room: Newsroom) -> None:
    """What cannot be read keeps what it published where it was, and moves when it is right."""
    room.drop(f"{WIDE}_4bcb.txt", "nothing")
    room.tick()
    room.tick()
    assert {WIDE} == room.records().keys()
    room.drop(f"{WIDE}_4bcb.txt", VITA + GEMMA)
    assert {} == room.tick().mailed.planned
    assert {"001"} == room.records().keys()
    assert [UID] == ids(room)


def test_address_of_another(room: Newsroom) -> None:
    """Where the ASCII slug is another issue's, it stays where it was, with an error, until then."""
    room.drop("001_77.txt", GEMMA)
    told = [each.code for each in room.tick().built.diagnostics]
    assert ["duplicate-slug", "duplicate-slug"] == told
    assert {WIDE} == room.records().keys()
    (room.folder / "seeds" / "001_77.txt").rename(room.folder / "seeds" / "002_77.txt")
    assert [] == room.tick().built.diagnostics
    assert {"001", "002"} == room.records().keys()
    assert UID in ids(room)


def test_taken_out_before_the_upgrade(room: Newsroom) -> None:
    """An issue that is withdrawn is known again under its ASCII slug."""
    room.take(f"{WIDE}_4bcb.txt")
    room.drop("002.txt", GEMMA)
    room.tick()
    assert {"002"} == room.records().keys()
    room.drop(f"{WIDE}_4bcb.txt", VITA)
    assert {} == room.tick().mailed.planned
    assert {"001": NOW, "002": NOW} == {
        slug: each.published.replace(second=0) for slug, each in room.records().items()
    }
    assert UID in ids(room)
