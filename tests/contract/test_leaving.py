"""Leaving, and choosing what to get, on either database."""

import pytest

from publisher.audience import people
from publisher.audience.tokens import Purpose
from publisher.model import IssueRecord
from publisher.publishing import joining
from publisher.storage import issues, plans
from publisher.storage.database import Database
from publisher.storage.subscribers import SubscriberRow
from publisher.storage.tables import seconds
from tests.mailing_list import BOB, DAY, HOUR, KEYS, MINUTE, List
from tests.newsroom import NOW


@pytest.fixture
def desk(empty: Database) -> List:
    """Give an empty list in each kind of database."""
    return List(empty)


# --- Leaving ------------------------------------------------------------------------------


def test_leaving_is_at_once_and_for_good(desk: List) -> None:
    """Who leaves is off the list; doing it again changes nothing."""
    desk.join()
    token = desk.link(purpose=Purpose.leave)
    first = desk.leave(token)
    row = desk.row()
    desk.now += HOUR
    assert (True, True, row, "unsubscribed") == (first, desk.leave(token), desk.row(), row.status)


def test_an_old_link_still_leaves(desk: List) -> None:
    """The link of a mail from an earlier subscription lets its reader leave the present one."""
    desk.join()
    old = desk.link(purpose=Purpose.leave)
    desk.leave(old)
    desk.now += 2 * DAY
    desk.join()
    assert (True, "unsubscribed") == (desk.leave(old), desk.row().status)


def test_what_was_confirmed_with_does_not_bring_back(desk: List) -> None:
    """After leaving, the old confirmation link is void: coming back needs a new one."""
    desk.ask()
    token = desk.link()
    desk.confirm(token)
    desk.leave(desk.link(purpose=Purpose.leave))
    desk.now += MINUTE
    assert (False, "unsubscribed") == (desk.confirm(token), desk.row().status)


def test_asking_for_somebody_who_left_changes_nothing(desk: List) -> None:
    """Who left stays so until they confirm, whoever asks in their name."""
    desk.join()
    desk.leave(desk.link(purpose=Purpose.leave))
    desk.now += 2 * DAY
    desk.ask()
    assert "unsubscribed" == desk.row().status


def test_nobodys_link(desk: List) -> None:
    """A link of nobody, as a test mail has, leaves nothing and is told so."""
    desk.join()
    assert not desk.leave(desk.keys.link(Purpose.leave, 0, 0))


def test_a_command_brings_back_what_it_took(desk: List) -> None:
    """Who is added by hand gets links that work, as those have who joined by themselves."""
    people.add(desk.database, KEYS, BOB, name="", language="", now=NOW)
    assert desk.leave(desk.link(BOB, Purpose.leave))


def test_epochs_only_grow(desk: List) -> None:
    """Leaving in the second of joining makes the old link void all the same."""
    desk.join()
    before = desk.row().epoch
    desk.leave(desk.link(purpose=Purpose.leave))
    assert (seconds(NOW), seconds(NOW) + 1) == (before, desk.row().epoch)


# --- Choosing -----------------------------------------------------------------------------


def plan(desk: List, slug: str) -> int:
    """Publish and plan an issue; give its plan."""
    record = IssueRecord(
        slug=slug, headline=slug, source=f"{slug}.txt", published=NOW, updated=NOW, items=1
    )
    with desk.database.write() as connection:
        issues.put_issues(connection, [(record, bytes(32))])
        return plans.create(connection, name=slug, issue=slug, now=NOW)


def choose(desk: List, cadence: str, language: str = "") -> SubscriberRow | None:
    """Choose what Ann gets."""
    token = desk.link(purpose=Purpose.leave)
    return joining.change(desk.database, desk.keys, token, language=language, cadence=cadence)


def test_choosing_notes_what_was_had(desk: List) -> None:
    """From each issue to a week's mail, what was had is noted; back, what is owed stays so."""
    desk.join()
    first = plan(desk, "001")
    covered = []
    for cadence in ("weekly", "monthly", "issue"):
        choose(desk, cadence)
        covered.append(desk.row().covered)
    choose(desk, "weekly")
    plan(desk, "002")
    choose(desk, "issue")
    assert ([first, first, None], first) == (covered, desk.row().covered)


def test_only_the_present_subscription_is_changed(desk: List) -> None:
    """A link of a subscription that ended changes nothing, nor does one of somebody who left."""
    desk.join()
    old = desk.link(purpose=Purpose.leave)
    desk.leave(old)
    gone = choose(desk, "weekly")
    desk.now += 2 * DAY
    desk.join()
    stale = joining.change(desk.database, desk.keys, old, language="", cadence="weekly")
    assert (None, None, "issue") == (gone, stale, desk.row().cadence)
