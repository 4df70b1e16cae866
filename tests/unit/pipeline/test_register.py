"""When a digest becomes an issue, under which date, and what becomes of it later."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from publisher.digest.parser import ParsedDigest, read
from publisher.errors import InputError
from publisher.model import IssueRecord, Item, Metadata, Paragraph, Text
from publisher.storage.tables import issue, seconds
from publisher.storage.tables import paper as tables_paper
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper

LATER = NOW + timedelta(hours=5)
SECOND = timedelta(seconds=1)
VITA = paper("2408.05211", "VITA")
GEMMA = paper("2408.05147", "Gemma Scope")
#: The same paper in other words: the same words again would be a copy.
VITA_TOO, VITA_AGAIN = (VITA.replace("works", word) for word in ("is", "does"))
DRAFT = "---\ndraft: true\n---\n"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter."""
    with newsroom(tmp_path) as found:
        yield found


def dated(day: str) -> str:
    """Return front matter with a date."""
    return f"---\ndate: {day}\n---\n"


def published(room: Newsroom) -> dict[str, datetime]:
    """Return the date of every issue, newest first."""
    return {slug: record.published for slug, record in room.records().items()}


# --- Dates --------------------------------------------------------------------------------


def test_one_issue_is_published_now(room: Newsroom) -> None:
    """A digest without a date is published at the moment of the run."""
    room.drop("000.txt", VITA)
    room.build()
    expected = IssueRecord(
        slug="000",
        headline="VITA",
        source="000.txt",
        published=NOW,
        updated=NOW,
        items=1,
        digest=sha256(VITA.encode()).hexdigest(),
        uid="tag:example.org,2026:issues/000",
    )
    assert {"000": expected} == room.records()


def test_an_emptied_folder_withdraws_nothing(room: Newsroom) -> None:
    """When all digests are gone at once their folder is not mounted: one line, and all stays."""
    room.drop("000.txt", VITA)
    room.drop("001.txt", GEMMA)
    room.build()
    before = room.files()
    room.take("000.txt")
    room.take("001.txt")
    with pytest.raises(InputError, match="all 2 digests are gone"):
        room.build()
    assert before == room.files()


def test_later_issues_come_after_earlier_ones(room: Newsroom) -> None:
    """A second run within the same seconds dates its issues after those of the first."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("001.txt", VITA_TOO)
    room.drop("002.txt", VITA_AGAIN)
    room.build()
    assert {"002": NOW + 2 * SECOND, "001": NOW + SECOND, "000": NOW} == published(room)


def test_a_clock_set_back_gives_no_date_twice(room: Newsroom) -> None:
    """Dates stay different when a run's clock is behind an earlier run's."""
    room.drop("000.txt", VITA)
    room.build(LATER)
    for name, text in (("001.txt", VITA_TOO), ("002.txt", VITA_AGAIN)):
        room.drop(name, text)
        room.build(NOW)
    assert 3 == len(set(published(room).values()))


def test_own_date_is_taken(room: Newsroom) -> None:
    """A digest's own date is its issue's; one without a time of day means midnight."""
    room.drop("000.txt", dated("2026-03-01T09:30") + VITA)
    room.drop("2026-02-01-gemma.txt", GEMMA)
    room.build()
    expected = [datetime(2026, 3, 1, 9, 30, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]
    assert expected == list(published(room).values())


@pytest.mark.parametrize("when", ["0001-01-01", "0099-01-01"])
def test_an_impossible_date_keeps_back_no_other_digest(room: Newsroom, when: str) -> None:
    """Where front matter has a date that no feed can hold, it is an error; in a name it is none."""
    room.drop("000.txt", dated(when) + VITA)
    room.drop(f"{when}.txt", VITA_TOO)
    room.build()
    assert {when: NOW} == published(room)


def test_equal_dates_are_told_apart(room: Newsroom) -> None:
    """Issues of one date are a second apart, in natural order, over several runs too."""
    for name, text in (("9.txt", VITA), ("10.txt", VITA_TOO)):
        room.drop(name, dated("2026-03-01") + text)
    room.build()
    room.drop("8.txt", dated("2026-03-01") + VITA_AGAIN)
    room.build()
    first = datetime(2026, 3, 1, tzinfo=UTC)
    assert {"8": first + 2 * SECOND, "10": first + SECOND, "9": first} == published(room)


def test_published_never_moves(room: Newsroom) -> None:
    """Neither a change, nor another date, nor another file name moves an issue's date."""
    room.drop("000_ab.txt", VITA)
    room.build()
    room.take("000_ab.txt")
    room.drop("000_cd.txt", dated("2020-01-01") + VITA + GEMMA)
    room.build(LATER)
    assert {"000": NOW} == published(room)


def test_updated_moves_with_the_content(room: Newsroom) -> None:
    """Another word moves `updated` to the moment of the run that saw it."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("000.txt", VITA.replace("works", "fails"), LATER)
    room.build(LATER)
    assert LATER == room.records()["000"].updated


def test_a_newer_program_corrects_nothing(room: Newsroom) -> None:
    """What is read differently in the same bytes moves no date, of the issue or of its papers."""
    room.drop("000.txt", VITA)
    room.build()
    with room.database.write() as connection:  # as though an older program had read it
        for table in (issue, tables_paper):
            connection.execute(update(table).values(content=bytes([1] * 32)))
    room.take("000.txt")
    room.drop("renamed.txt", VITA, at=LATER)
    room.build(LATER)
    with room.database.read() as connection:
        assert {seconds(NOW)} == set(connection.scalars(select(tables_paper.c.updated)))
    assert {"renamed": NOW} == {slug: its.updated for slug, its in room.records().items()}
    room.drop("renamed.txt", VITA_TOO, at=LATER)
    room.build(LATER)
    assert LATER == room.records()["renamed"].updated


def reads_no_authors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an older reader take `Authors: …` above an abstract for text."""

    def older(data: bytes, name: str, **settings: Any) -> ParsedDigest:
        found = read(data, name, **settings)
        assert found.issue
        items = tuple(map(without_authors, found.issue.items))
        return replace(found, issue=replace(found.issue, items=items))

    monkeypatch.setattr("publisher.digest.parser.read", older)


def without_authors(item: Item) -> Item:
    """Return an item with its authors in its text."""
    names = ", ".join(item.metadata.authors)
    label = Paragraph((Text(f"Authors: {names}"),), "en")
    return replace(item, body=(label, *item.body), metadata=Metadata())


def test_metadata_that_a_newer_program_reads_corrects_nothing(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authors that were text move no date when they are read; a name that is put right does."""
    text = paper("2408.05211", "VITA", "Authors: Rita Lio, Song Lu\n\nWe show that it works.")
    page = "papers/2408.05211/index.html"
    room.drop("000.txt", text)
    with monkeypatch.context() as patch:
        reads_no_authors(patch)
        room.build()
    assert b'<p lang="en">Authors: Rita Lio' in room.files()[page]
    room.take("000.txt")
    room.drop("renamed.txt", text, at=LATER)
    room.build(LATER)
    assert b'<p class="byline" lang="en">Rita Lio, Song Lu</p>' in room.files()[page]
    assert b'"authors": [{"name": "Rita Lio"}' in room.files()["feeds/papers.json"]
    assert ({NOW}, {seconds(NOW)}) == dates(room)
    room.drop("renamed.txt", text.replace("Rita Lio", "Rita Leone"), at=LATER)
    room.build(LATER)
    assert ({LATER}, {seconds(LATER)}) == dates(room)


def dates(room: Newsroom) -> tuple[set[datetime], set[int]]:
    """Return when issues, and when papers, were last corrected."""
    with room.database.read() as connection:
        papers = set(connection.scalars(select(tables_paper.c.updated)))
    return {record.updated for record in room.records().values()}, papers


def test_updated_stays_without_a_change_of_content(room: Newsroom) -> None:
    """Marks and white space move nothing."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("000.txt", VITA.replace("works", "*works*") + "\n\n", LATER)
    room.build(LATER)
    assert NOW == room.records()["000"].updated


# --- Waiting ------------------------------------------------------------------------------


def test_date_to_come_waits(room: Newsroom) -> None:
    """A digest dated ahead is published when its date has come, under that date."""
    room.drop("000.txt", dated("2026-11-20T12:00") + VITA)
    assert {"000.txt": "its date is 2026-11-20 12:00 UTC"} == room.build().registered.waiting
    assert ({}, "waiting") == (published(room), room.state_of("000.txt"))
    room.build(LATER)
    assert {"000": NOW + timedelta(hours=4)} == published(room)


def test_schedule_waits(tmp_path: Path) -> None:
    """With schedule.at a digest dropped after that hour goes out at the next."""
    with newsroom(tmp_path, '[schedule]\nat = ["12:00"]\n') as room:
        room.drop("000.txt", VITA, NOW)
        waiting = room.tick(NOW + timedelta(hours=1)).built.registered.waiting
        assert {"000.txt": "it goes out at the next of schedule.at"} == waiting
        room.tick(NOW + timedelta(hours=4))
        assert {"000": NOW + timedelta(hours=4)} == published(room)


def test_build_does_not_wait_for_the_schedule(tmp_path: Path) -> None:
    """`build` publishes at once, whatever the schedule says."""
    with newsroom(tmp_path, '[schedule]\nat = ["12:00"]\n') as room:
        room.drop("000.txt", VITA)
        room.build()
        assert {"000": NOW} == published(room)


def test_only_so_many_at_a_time(tmp_path: Path) -> None:
    """schedule.max_issues_per_tick keeps a flood in bounds; the rest follow, oldest first."""
    with newsroom(tmp_path, "[schedule]\nmax_issues_per_tick = 2\n") as room:
        for name, text in (("1.txt", VITA), ("2.txt", VITA_TOO), ("3.txt", VITA_AGAIN)):
            room.drop(name, text, NOW - timedelta(hours=1))
        waiting = room.tick().built.registered.waiting
        assert {"3.txt": "schedule.max_issues_per_tick go out before it"} == waiting
        room.tick(LATER)
        assert {"3": LATER, "2": NOW, "1": NOW - SECOND} == published(room)


# --- Drafts and withdrawn issues ----------------------------------------------------------


def test_draft_is_not_published(room: Newsroom) -> None:
    """A draft has no page and is told as such."""
    room.drop("000.txt", DRAFT + VITA)
    built = room.build()
    assert (["000.txt"], {}) == (built.registered.drafts, published(room))
    assert not (room.out / "issues").exists()


def test_draft_that_is_touched_stays_one(room: Newsroom) -> None:
    """Copying a draft over itself makes it nothing else."""
    room.drop("000.txt", DRAFT + VITA)
    room.build()
    room.drop("000.txt", DRAFT + VITA, LATER)
    room.build(LATER)
    assert "draft" == room.state_of("000.txt")


def test_draft_of_a_published_issue_withdraws_it(room: Newsroom) -> None:
    """An issue made a draft again disappears from the site."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("000.txt", DRAFT + VITA, LATER)
    built = room.build(LATER)
    assert ["000"] == [record.slug for record in built.registered.withdrawn]
    assert not (room.out / "issues").exists()
    assert not (room.out / "papers").exists()


def test_deleted_digest_withdraws_its_issue(room: Newsroom) -> None:
    """An issue goes with its digest, and the others stay."""
    room.drop("000.txt", VITA)
    room.drop("001.txt", GEMMA)
    room.build()
    room.take("000.txt")
    room.build(LATER)
    assert ["001"] == list(published(room))
    assert not (room.out / "issues/000").exists()


def test_returning_issue_keeps_its_date(room: Newsroom) -> None:
    """A digest that comes back is the issue it was, and its pages are there again."""
    room.drop("000.txt", VITA)
    room.drop("001.txt", GEMMA)
    room.build()
    before = room.files()
    room.take("000.txt")
    room.build(LATER)
    room.drop("000.txt", VITA)
    room.build(LATER + SECOND)
    assert {"001": NOW, "000": NOW - SECOND} == published(room)
    assert before == room.files()


def test_bad_digest_keeps_what_it_had_published(room: Newsroom) -> None:
    """A published digest that goes bad is an error; its pages stay as they were."""
    room.drop("000.txt", VITA)
    room.build()
    before = room.files()
    room.drop("000.txt", "", LATER)
    built = room.build(LATER)
    assert (True, before, "failed") == (built.failed, room.files(), room.state_of("000.txt"))


def test_bad_digest_keeps_it_under_another_name_too(room: Newsroom) -> None:
    """A published digest that is renamed and goes bad in one step loses nothing either."""
    room.drop("000_ab.txt", VITA)
    room.build()
    before = room.files()
    room.take("000_ab.txt")
    room.drop("000_cd.txt", "", LATER)
    room.build(LATER)
    assert before == room.files()


def test_bad_digest_is_told_every_time(room: Newsroom) -> None:
    """An error is said again by every run until it is put right."""
    room.drop("000.txt", "")
    assert [True, True] == [room.build().failed, room.build().failed]
    room.drop("000.txt", VITA, LATER)
    assert (False, {"000": LATER}) == (room.build(LATER).failed, published(room))


def test_renamed_digest_keeps_its_issue(room: Newsroom) -> None:
    """A digest renamed within its slug changes nothing that readers see."""
    room.drop("000_ab.txt", VITA)
    room.build()
    before = room.files()
    room.take("000_ab.txt")
    room.drop("000_cd.txt", VITA)
    room.build(LATER)
    assert ("000_cd.txt", before) == (room.records()["000"].source, room.files())


def test_touched_digest_is_not_rendered_again(room: Newsroom) -> None:
    """A digest copied over itself is read, and nothing more."""
    room.drop("000.txt", VITA)
    room.build()
    room.drop("000.txt", VITA, LATER)
    assert 0 == room.build(LATER).rendered.issues


def test_clash_with_a_published_issue(room: Newsroom) -> None:
    """A second digest of one slug is refused; the first stays as it is."""
    room.drop("000_ab.txt", VITA)
    room.build()
    before = room.files()
    room.drop("000_cd.txt", GEMMA)
    built = room.build(LATER)
    assert ["duplicate-slug"] == [each.code for each in built.diagnostics]
    assert before == room.files()


def test_refused_digest_taken_out(room: Newsroom) -> None:
    """A digest that was refused for its address takes nothing with it: the first's issue stays."""
    room.drop("000_ab.txt", VITA)
    room.build()
    before = room.files()
    room.drop("000_cd.txt", GEMMA)
    room.build(LATER)
    room.take("000_cd.txt")
    assert [] == room.build(LATER).registered.withdrawn
    assert before == room.files()


def test_refused_digest_renamed(room: Newsroom) -> None:
    """Under another name, as it was told, it is an issue, and the first stays where it is."""
    room.drop("000_ab.txt", VITA)
    room.build()
    room.drop("000_cd.txt", GEMMA)
    room.build(LATER)
    room.take("000_cd.txt")
    room.drop("001_cd.txt", GEMMA)
    done = room.build(LATER).registered
    assert (["001"], []) == ([each.slug for each in done.published], done.withdrawn)
    assert {"000": "000_ab.txt", "001": "001_cd.txt"} == {
        slug: each.source for slug, each in room.records().items()
    }


def test_nothing_new_writes_nothing(room: Newsroom) -> None:
    """A run that finds nothing new writes no file."""
    room.drop("000.txt", VITA)
    room.build()
    assert (0, 0, 0) == tuple(
        getattr(room.build(LATER).rendered, name) for name in ("issues", "written", "removed")
    )
