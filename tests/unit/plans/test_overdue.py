"""Digests that come too late to be mailed: what they are, who says so, and how they are mailed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.cli.output import tell_late
from publisher.commands.status import Status, read_status
from publisher.errors import NotFoundError, PlanError
from publisher.plans.overdue import make_late_due
from publisher.storage import digests
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\nmax_lateness = "2d"\n'
#: NOW is a Friday, 08:00 UTC and 16:00 in Shanghai.
AT_NINE = MAIL + '[schedule]\nat = ["09:00"]\n'
ONE_A_TICK = MAIL + "[schedule]\nmax_issues_per_tick = 1\n"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
VITA, GEMMA = paper("2408.05211", "VITA"), paper("2408.05147", "Gemma Scope")
DATED = f"---\ndate: 2026-11-01\n---\n{VITA}"


@pytest.fixture
def settings(request: pytest.FixtureRequest) -> str:
    """Return the settings of a test."""
    return str(getattr(request, "param", MAIL))


@pytest.fixture
def room(tmp_path: Path, settings: str) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader."""
    with newsroom(tmp_path, settings) as found:
        admin.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        yield found


def seen(room: Newsroom, name: str) -> int:
    """Return when a digest was first seen."""
    with room.database.read() as connection:
        return digests.all_digests(connection)[name].seen


def forget_when_seen(room: Newsroom) -> None:
    """Leave the state as an older program does, which does not note when it saw a digest."""
    with room.database.write() as connection:
        rows = digests.all_digests(connection).values()
        digests.put_digests(connection, [row._replace(seen=0) for row in rows])


def late(room: Newsroom, slug: str | None = None, now: datetime = NOW) -> list[str]:
    """Do what `publisher plan --late` does."""
    return make_late_due(room.settings, room.database, slug, now)


def standing(room: Newsroom, now: datetime = NOW) -> Status:
    """Do what `publisher status` does."""
    return read_status(room.settings, room.database, now)


# --- What comes too late ------------------------------------------------------------------


def test_overdue_digest_is_published_and_not_mailed(room: Newsroom) -> None:
    """A digest without a date that lay around for longer than mail.max_lateness is not mailed."""
    room.drop("001.txt", VITA, NOW - 3 * DAY)
    ticked = room.tick()
    assert NOW == room.records()["001"].published
    assert ({}, {"001": NOW - 3 * DAY}) == (ticked.mailed.planned, ticked.late)
    again = room.tick(NOW + HOUR)
    assert ({}, {}) == (again.mailed.planned, again.late)


def test_digest_in_time_is_mailed(room: Newsroom) -> None:
    """A digest that came at most mail.max_lateness after its time is mailed."""
    room.drop("001.txt", VITA, NOW - 2 * DAY)
    ticked = room.tick()
    assert ({"001": 1}, {}) == (ticked.mailed.planned, ticked.late)


@pytest.mark.parametrize("settings", [AT_NINE], indirect=True)
@pytest.mark.parametrize(
    ("dropped", "hours", "is_late"),
    [
        # 08:00 on the 17th waits for 09:00: two days after that is 09:00 on the 19th.
        (NOW - 3 * DAY, -23, False),
        (NOW - 3 * DAY, -22, True),
        # 09:01 on the 17th waits for the 18th.
        (NOW - 3 * DAY + HOUR + timedelta(minutes=1), 1, False),
    ],
)
def test_late_by_the_schedule(
    room: Newsroom, dropped: datetime, hours: int, *, is_late: bool
) -> None:
    """What counts is the time of schedule.at that a digest missed, and not when it was dropped."""
    room.drop("001.txt", VITA, dropped)
    ticked = room.tick(NOW + hours * HOUR)
    assert ["001"] == [each.slug for each in ticked.built.registered.published]
    assert is_late == ("001" in ticked.late)
    assert is_late != ("001" in ticked.mailed.planned)


@pytest.mark.parametrize("settings", [ONE_A_TICK], indirect=True)
def test_what_waited_for_its_turn_is_not_late(room: Newsroom) -> None:
    """A digest that schedule.max_issues_per_tick kept back for days had come in time."""
    room.drop("001.txt", VITA, NOW)
    room.drop("002.txt", GEMMA, NOW)
    assert {"001": 1} == room.tick().mailed.planned
    assert {"002": 1} == room.tick(NOW + 5 * DAY).mailed.planned


def test_draft_is_not_late(room: Newsroom) -> None:
    """A draft is dropped when it is none any more."""
    room.drop("001.txt", f"---\ndraft: true\n---\n{VITA}", NOW)
    room.tick()
    room.drop("001.txt", VITA, NOW + 5 * DAY)
    assert {"001": 1} == room.tick(NOW + 5 * DAY).mailed.planned


def test_built_before(room: Newsroom) -> None:
    """`build` knows what is late as `run` does; what is in time is so for mail.max_lateness."""
    room.drop("001.txt", VITA, NOW - 3 * DAY)
    room.drop("002.txt", GEMMA, NOW)
    room.build()
    assert {"002": 1} == room.tick(NOW + DAY).mailed.planned
    assert ["001"] == standing(room, NOW + DAY).late


def test_built_and_not_run(room: Newsroom) -> None:
    """What no `run` came to in time is not mailed by itself."""
    room.drop("001.txt", VITA, NOW)
    room.build()
    assert {} == room.tick(NOW + 3 * DAY).mailed.planned
    found = standing(room, NOW + 3 * DAY)
    assert ([], ["001"]) == (found.late, found.past)


def test_kept_by_an_older_program(room: Newsroom) -> None:
    """A digest that waits in the state of an older program is not late for want of a note."""
    room.drop("001.txt", f"---\ndate: 2026-11-25\n---\n{VITA}", NOW)
    room.tick()
    forget_when_seen(room)
    assert {"001": 1} == room.tick(NOW + 5 * DAY).mailed.planned
    assert int(NOW.timestamp()) == seen(room, "001.txt")


def test_withdrawn_and_back(room: Newsroom) -> None:
    """What was late stays so when it comes back, and what was mailed is not late."""
    room.drop("001.txt", VITA, NOW - 3 * DAY)
    room.drop("002.txt", GEMMA)
    room.tick()
    room.take("001.txt")
    room.take("002.txt")
    room.drop("003.txt", paper("2408.05000", "Third"))
    room.tick(NOW + HOUR)
    assert [] == standing(room).late
    room.drop("001.txt", VITA, NOW)
    room.drop("renamed.txt", GEMMA, NOW)
    assert {} == room.tick(NOW + 2 * HOUR).mailed.planned
    assert (["001"], []) == (standing(room).late, standing(room).past)


def test_lost_state(room: Newsroom) -> None:
    """What is read back from out/ is as late as its date says."""
    room.drop("001.txt", VITA, NOW - 3 * DAY)
    room.tick(NOW)
    with room.database.write() as connection:
        for table in ("feed_entry", "feed_archive", "feed", "former_slug", "appearance", "paper",
                      "digest", "issue", "fact", "removal"):  # fmt: skip
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  (names from above)
    assert 1 == room.build(NOW + 5 * DAY).adopted
    assert (NOW, ["001"]) == (room.records()["001"].published, standing(room, NOW + 5 * DAY).past)


# --- A time in the future -----------------------------------------------------------------


@pytest.mark.parametrize("settings", [AT_NINE], indirect=True)
def test_file_from_the_future(room: Newsroom) -> None:
    """It was dropped when it was first seen, whatever the clock says later."""
    room.drop("001.txt", VITA, NOW + 400 * DAY)
    ticked = room.tick(NOW)
    assert {"001.txt": "it goes out at the next of schedule.at"} == ticked.built.registered.waiting
    assert int(NOW.timestamp()) == seen(room, "001.txt")
    assert {} == room.tick(NOW + HOUR / 2).mailed.planned
    assert {"001": 1} == room.tick(NOW + HOUR).mailed.planned


@pytest.mark.parametrize("settings", [AT_NINE], indirect=True)
def test_future_that_comes_while_it_waits(room: Newsroom) -> None:
    """A clock that passes the file's time does not make it wait for another day."""
    room.drop("001.txt", VITA, NOW + 1.5 * HOUR)
    room.tick(NOW)
    assert {"001": 1} == room.tick(NOW + 2 * HOUR).mailed.planned


@pytest.mark.parametrize("settings", [ONE_A_TICK], indirect=True)
def test_clock_that_goes_back(room: Newsroom) -> None:
    """Without schedule.at a digest waits for its turn, and not for the clock."""
    room.drop("001.txt", VITA, NOW)
    room.drop("002.txt", GEMMA, NOW)
    room.tick(NOW)
    assert {} == room.tick(NOW - HOUR).built.registered.waiting
    assert {"001", "002"} == room.records().keys()


def test_first_seen_is_noted_once(room: Newsroom) -> None:
    """It is kept while the file is as it was, and noted anew when it changes."""
    room.drop("001.txt", f"---\ndate: 2027-01-01\n---\n{VITA}", NOW + DAY)
    for hours in range(3):
        room.tick(NOW + hours * HOUR)
    assert int(NOW.timestamp()) == seen(room, "001.txt")
    room.drop("001.txt", f"---\ndate: 2027-01-02\n---\n{VITA}", NOW + 2 * DAY)
    room.tick(NOW + 3 * HOUR)
    assert int((NOW + 3 * HOUR).timestamp()) == seen(room, "001.txt")


# --- Who says so --------------------------------------------------------------------------


@pytest.mark.parametrize("quiet", [False, True])
def test_run_names_it(room: Newsroom, capsys: pytest.CaptureFixture[str], *, quiet: bool) -> None:
    """`run` says in one line which issue is not mailed and how it would be, for cron as well."""
    room.drop("001.txt", VITA, datetime(2026, 11, 17, 8, tzinfo=UTC))
    tell_late(room.tick(), quiet=quiet)
    assert (
        "publisher: published, not mailed: 001 was due 2026-11-17 08:00 UTC, more than "
        "mail.max_lateness ago; `publisher plan --late 001` mails it\n"
    ) == capsys.readouterr().err


def test_run_counts_many(room: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
    """An old archive without dates is one line, and one with dates is no news for cron."""
    for number in range(1, 6):
        room.drop(f"00{number}.txt", paper(f"2408.0000{number}", f"P {number}"), NOW - 3 * DAY)
    room.drop("2026-11-01.txt", VITA)
    ticked = room.tick()
    many = (
        "publisher: published, not mailed: 5 issues were due more than mail.max_lateness ago "
        "(001, 002, 003…); `publisher plan --late ISSUE` mails one\n"
    )
    tell_late(ticked, quiet=True)
    assert many == capsys.readouterr().err
    tell_late(ticked, quiet=False)
    assert (
        f"{many}publisher: published, not mailed: 2026-11-01 was due 2026-11-01 00:00 UTC, more "
        "than mail.max_lateness ago; `publisher plan --late 2026-11-01` mails it\n"
    ) == capsys.readouterr().err


def test_status_names_the_newest(room: Newsroom) -> None:
    """`status` tells what came late from what is old, names the newest, and needs nobody for it."""
    for number in range(1, 8):
        room.drop(f"00{number}.txt", paper(f"2408.0000{number}", f"P {number}"), NOW - 3 * DAY)
    room.drop("2026-11-01.txt", VITA)
    room.tick()
    found = standing(room)
    assert (7, ["2026-11-01"], False) == (len(found.late), found.past, found.needs_a_person)
    came_late = (
        "not mailed, their digests came over mail.max_lateness too late: 007, 006, 005, 004, 003 "
        "and 2 more; `publisher plan --late` mails them"
    )
    old = (
        "not mailed, published over mail.max_lateness ago: 2026-11-01; "
        "`publisher plan --late ISSUE` mails one"
    )
    assert [came_late, old] == [
        line for line in found.lines(room.settings) if line.startswith("not mailed")
    ]


# --- `plan --late` ------------------------------------------------------------------------


def test_late_issue_is_mailed_by_the_next_run(room: Newsroom) -> None:
    """It is planned as what is due is, for who is on the list by then."""
    room.drop("001.txt", VITA, NOW - 3 * DAY)
    room.tick()
    assert ["001"] == late(room)
    assert [] == standing(room).late
    admin.add(room.database, KEYS, "bob@example.org", name="", language="", now=NOW)
    assert {"001": 2} == room.tick(NOW + HOUR).mailed.planned
    assert {} == room.tick(NOW + 2 * HOUR).mailed.planned


@pytest.mark.parametrize("settings", [ONE_A_TICK], indirect=True)
def test_all_that_came_late(room: Newsroom) -> None:
    """Without a name all are mailed that came late, and none whose date is old; not all at once."""
    room.build(NOW - HOUR)
    room.drop("001.txt", VITA, NOW - 3 * DAY)
    room.drop("002.txt", GEMMA, NOW - 4 * DAY)
    room.drop("003.txt", f"---\ndate: 2026-11-01\n---\n{paper('2408.05000', 'Third')}")
    room.build()
    assert ["001", "002"] == late(room)
    assert [{"001": 1}, {"002": 1}, {}] == [room.tick().mailed.planned for _ in range(3)]


def test_old_issue_by_its_name(room: Newsroom) -> None:
    """An issue of an archive is mailed when it is named."""
    room.drop("001.txt", DATED)
    room.tick()
    assert [] == late(room)
    assert ["001"] == late(room, "001")
    assert {"001": 1} == room.tick().mailed.planned


def test_issue_that_is_not_late(room: Newsroom) -> None:
    """What is due anyway stays so, however often it is asked for."""
    room.drop("001.txt", VITA)
    room.build()
    assert [["001"], ["001"]] == [late(room, "001"), late(room, "001")]
    assert {"001": 1} == room.tick().mailed.planned


def test_late_is_refused(room: Newsroom) -> None:
    """What is not there, was planned, or waits to be applied is one line."""
    with pytest.raises(NotFoundError, match='no issue "001" is published'):
        late(room, "001")
    room.drop("001.txt", VITA)
    room.tick()
    with pytest.raises(PlanError, match="the mail of 001 was planned already: publisher deliv"):
        late(room, "001")
    room.drop("002.txt", GEMMA, NOW - 3 * DAY)
    room.tick()
    plan = room.freeze("002", NOW)
    with pytest.raises(PlanError, match=f"planned and waits: publisher apply {plan.hash[:12]}"):
        late(room, "002")
    assert [] == late(room)
