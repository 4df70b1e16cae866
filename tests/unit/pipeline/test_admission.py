"""Which new digests become issues, and which dates and ids they get: decided without a database."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from publisher.feeds.identity import Identity
from publisher.pipeline.admission import (
    Admission,
    Rules,
    Taken,
    admit_digests,
    assign_uids,
    earliest_time,
)
from publisher.sources.scan import ReadResult
from publisher.sources.summary import Summary
from tests.support.registration_cases import NOW, RULES, digest_of, known_of

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def admit(
    *fresh: tuple[ReadResult, Summary],
    rules: Rules = RULES,
    newest: datetime | None = None,
    times: Collection[datetime] = (),
    used: Collection[datetime] = (),
) -> Admission:
    """Return what is admitted beside issues of these times."""
    taken = Taken(newest=newest, times=set(times), uids=set())
    return admit_digests(fresh, rules, taken, set(used))


def dates(admission: Admission) -> dict[str, datetime]:
    """Return the date of every new issue, the oldest first."""
    return {record.slug: record.published for record, _ in admission.rows}


# --- Dates --------------------------------------------------------------------------------


def test_issues_of_one_run_end_now() -> None:
    """Digests without dates are as many seconds apart as they have items, the last of them now."""
    found = admit(digest_of("000", 1), digest_of("001", 1, 2), digest_of("002", 1, 2, 3))
    assert {"000": NOW - 5 * SECOND, "001": NOW - 3 * SECOND, "002": NOW} == dates(found)


def test_natural_order() -> None:
    """Issue 9 is older than issue 10."""
    found = admit(digest_of("10", 1), digest_of("9", 2), digest_of("100", 3))
    assert ["9", "10", "100"] == list(dates(found))


def test_issues_come_after_the_newest() -> None:
    """Where an issue is as new as the run, what is new has the seconds after it."""
    found = admit(digest_of("001", 1, 2), digest_of("002", 3), newest=NOW, times=[NOW])
    assert {"001": NOW + SECOND, "002": NOW + 2 * SECOND} == dates(found)


def test_a_newest_issue_to_come_moves_nothing() -> None:
    """After the clock was set back dates are the run's, though an issue has a later one."""
    assert {"001": NOW} == dates(admit(digest_of("001", 1), newest=NOW + HOUR, times=[NOW + HOUR]))


def test_own_date_is_taken() -> None:
    """A digest's own date is its issue's."""
    assert {"000": NOW - DAY} == dates(admit(digest_of("000", 1, date=NOW - DAY)))


def test_equal_dates_are_told_apart() -> None:
    """Issues of one date are a second apart, in natural order, after those that have it already."""
    day = NOW - DAY
    fresh = [digest_of("10", 1, date=day), digest_of("9", 2, date=day)]
    found = admit(*fresh, times=[day, day + SECOND])
    assert {"9": day + 2 * SECOND, "10": day + 3 * SECOND} == dates(found)


def test_no_date_is_that_of_an_edit() -> None:
    """A time at which another issue changes in this run is nobody's date."""
    assert {"000": NOW + SECOND} == dates(admit(digest_of("000", 1), used=[NOW]))


def test_first_time_is_no_later_than_any_date() -> None:
    """The times to look up begin with the earliest date that an issue may get."""
    fresh = [digest_of("000", 1), digest_of("001", 1, 2, 3), digest_of("002", 1, date=NOW - DAY)]
    summaries = [summary for _, summary in fresh]
    assert earliest_time(summaries, NOW) <= min(dates(admit(*fresh)).values())
    assert earliest_time(summaries[:2], NOW) <= min(dates(admit(*fresh[:2])).values())


# --- Waiting ------------------------------------------------------------------------------


def test_date_to_come_waits() -> None:
    """A digest dated ahead is no issue yet."""
    found = admit(digest_of("000", 1, date=NOW + HOUR))
    assert ({}, ["000.txt"]) == (dates(found), list(found.waiting))


def test_schedule_waits() -> None:
    """A digest whose moment is yet to come is no issue yet, if the run waits for it."""
    rules = replace(RULES, goes_out=lambda dropped: dropped + HOUR, waits=True)
    found = admit(digest_of("000", 1), rules=rules)
    assert {"000.txt": "it goes out at the next of schedule.at"} == found.waiting


def test_only_so_many_at_a_time() -> None:
    """The oldest are admitted; the others wait for their turn."""
    fresh = [digest_of(slug, 1) for slug in ("3", "1", "2")]
    found = admit(*fresh, rules=replace(RULES, at_most=2))
    assert (["1", "2"], ["3.txt"]) == (list(dates(found)), list(found.waiting))


def test_what_comes_too_late_is_overdue() -> None:
    """A digest that was first seen long after its moment is an issue whose mail was due then."""
    moment = NOW - 30 * DAY
    rules = replace(RULES, goes_out=lambda _: moment)
    assert {"000": moment} == admit(digest_of("000", 1), rules=rules).overdue


# --- Ids ----------------------------------------------------------------------------------


def test_an_id_of_a_renamed_issue_is_nobody_elses() -> None:
    """An issue at a slug that another had before gets the first id that is free."""
    identity = Identity("example.org", 2026)
    record = replace(known_of(digest_of("001", 1)).record, uid="")
    taken = {identity.issue("001"), identity.issue("001.2")}
    [(found, _)] = assign_uids([(record, b"")], identity, taken)
    assert identity.issue("001.3") == found.uid


def test_an_id_is_kept() -> None:
    """What has an id keeps it, whatever its slug is now."""
    record = replace(known_of(digest_of("001", 1)).record, uid="tag:example.org,2020:issues/old")
    [(found, _)] = assign_uids([(record, b"")], Identity("example.org", 2026), set())
    assert "tag:example.org,2020:issues/old" == found.uid
