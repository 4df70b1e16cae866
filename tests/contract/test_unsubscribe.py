"""Leaving, and choosing what to get, on either database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from publisher.model import IssueRecord
from publisher.storage import bounces, issues, plans, subscribers
from publisher.storage.database import Database
from publisher.storage.tables import delivery, seconds
from publisher.subscribers import admin, preferences, suppression
from publisher.subscribers.preferences import Left
from publisher.subscribers.tokens import Purpose
from tests.support.mailing_list import ANN, BOB, DAY, HOUR, KEYS, MINUTE, List
from tests.support.newsletter_folder import NOW, freeze


@pytest.fixture
def desk(empty: Database) -> List:
    """Return an empty list in each kind of database."""
    return List(empty)


# --- Leaving ------------------------------------------------------------------------------


def test_leaving_is_at_once_and_for_good(desk: List) -> None:
    """Who leaves is off the list; doing it again changes nothing."""
    desk.join()
    token = desk.link(purpose=Purpose.leave)
    first = desk.leave(token)
    row = desk.row()
    desk.now += HOUR
    assert (Left.now, Left.before) == (first, desk.leave(token))
    assert (row, "unsubscribed") == (desk.row(), row.status)


def test_an_old_link_still_leaves(desk: List) -> None:
    """The link of a mail from an earlier subscription lets its reader leave the present one."""
    desk.join()
    old = desk.link(purpose=Purpose.leave)
    desk.leave(old)
    desk.now += 2 * DAY
    desk.join()
    assert (Left.now, "unsubscribed") == (desk.leave(old), desk.row().status)


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
    assert Left.void is desk.leave(desk.keys.link(Purpose.leave, 0, 0))


def test_a_command_brings_back_what_it_took(desk: List) -> None:
    """Who is added by hand gets links that work, as those have who joined by themselves."""
    admin.add(desk.database, KEYS, BOB, name="", language="", now=NOW)
    assert Left.now is desk.leave(desk.link(BOB, Purpose.leave))


def test_epochs_only_grow(desk: List) -> None:
    """Leaving in the second of joining makes the old link void all the same."""
    desk.join()
    before = desk.row().epoch
    desk.leave(desk.link(purpose=Purpose.leave))
    assert (seconds(NOW), seconds(NOW) + 1) == (before, desk.row().epoch)


@pytest.mark.parametrize("how", ["one-click", "page"])
def test_a_forgotten_person_has_left(desk: List, how: str) -> None:
    """The link of who was forgotten is no error: what it asks for is so."""
    desk.join()
    token = desk.link(purpose=Purpose.leave)
    suppression.forget_person(desk.database, desk.keys, ANN, now=desk.now)
    assert Left.before is desk.leave(token, how)
    reader, is_back = desk.undo(token)
    assert (True, False) == (reader is not None and reader.is_gone, is_back)


# --- Undoing it -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["one-click", "page"])
@pytest.mark.parametrize("cadence", ["issue", "weekly"])
def test_leaving_is_undone(desk: List, how: str, cadence: str) -> None:
    """For ten minutes who left gets back all they had, and the links in their mails with it."""
    desk.join()
    choose(desk, cadence, "en")
    before, token = desk.row(), desk.link(purpose=Purpose.leave)
    desk.leave(token, how)
    desk.now += 10 * MINUTE - timedelta(seconds=1)
    assert desk.undo(token)[1]
    assert before == replace(desk.row(), since=before.since, how=before.how)
    assert "undo" == desk.row().how
    assert choose(desk, "monthly")


def test_undoing_twice_is_fine(desk: List) -> None:
    """The button of who is on the list changes nothing, and says that they are."""
    desk.join()
    token = desk.link(purpose=Purpose.leave)
    desk.leave(token)
    first, row = desk.undo(token)[1], desk.row()
    assert (True, True, row) == (first, desk.undo(token)[1], desk.row())


def test_after_ten_minutes_it_is_too_late(desk: List) -> None:
    """Then who left stays so until they join again."""
    desk.join()
    token = desk.link(purpose=Purpose.leave)
    desk.leave(token)
    desk.now += 10 * MINUTE
    assert (False, "unsubscribed") == (desk.undo(token)[1], desk.row().status)


def test_what_else_took_somebody_off_is_not_undone(desk: List) -> None:
    """A complaint, a suppression or a command stays what it is, whatever link is used."""
    desk.join()
    token, refused = desk.link(purpose=Purpose.leave), []
    admin.remove(desk.database, ANN, now=desk.now)
    refused.append(desk.undo(token)[1])
    admin.add(desk.database, KEYS, ANN, name="", language="", now=desk.now)
    desk.leave(token)
    with desk.database.write() as connection:
        bounces.add(connection, "m", desk.row().id, "complaint", words="", now=desk.now)
    refused.append(desk.undo(token)[1])
    desk.now += MINUTE
    admin.add(desk.database, KEYS, ANN, name="", language="", now=desk.now)
    desk.leave(token)
    with desk.database.write() as connection:
        subscribers.suppress(connection, ANN, "bounced", desk.now)
    refused.append(desk.undo(token)[1])
    assert ([False] * 3, "unsubscribed") == (refused, desk.row().status)


def test_an_old_link_undoes_what_it_did(desk: List) -> None:
    """Who left by the link of an earlier subscription gets the later one back, not the earlier."""
    desk.join()
    old = desk.link(purpose=Purpose.leave)
    desk.leave(old)
    desk.now += 2 * DAY
    desk.join()
    newer = desk.row().epoch
    desk.leave(old)
    assert (True, newer) == (desk.undo(old)[1], desk.row().epoch)


def test_what_was_planned_meanwhile_is_owed(desk: List) -> None:
    """Who was away for some minutes is owed the issues that were planned in these, and no other."""
    desk.join()
    first = plan(desk, "001")
    desk.now += MINUTE
    token = desk.link(purpose=Purpose.leave)
    desk.leave(token)
    desk.now += MINUTE
    plan(desk, "002")
    desk.undo(token)
    assert first == desk.row().covered


def test_a_weeks_mail_that_went_out_meanwhile_is_owed(desk: List) -> None:
    """What a week's mail held that they did not get is in their next."""
    desk.join()
    choose(desk, "weekly")
    token = desk.link(purpose=Purpose.leave)
    desk.leave(token)
    with desk.database.write() as connection:
        before = desk.row().covered
        plans.mark_covered(connection, ["weekly"], 7)
    desk.undo(token)
    assert (0, 0) == (before, desk.row().covered)


def test_what_was_passed_over_goes_out_after_all(desk: List) -> None:
    """A delivery that was given up because its reader had left is pending again."""
    desk.join()
    with desk.database.write() as connection:
        issues.put_issues(connection, [(record("001"), bytes(32))])
        freeze(connection, "001")
    token = desk.link(purpose=Purpose.leave)
    desk.leave(token)
    with desk.database.write() as connection:
        connection.execute(update(delivery).values(state="suppressed", changed=seconds(desk.now)))
    desk.now += MINUTE
    desk.undo(token)
    with desk.database.read() as connection:
        assert "pending" == connection.execute(select(delivery.c.state)).scalar()


# --- Choosing -----------------------------------------------------------------------------


def plan(desk: List, slug: str) -> int:
    """Publish and plan an issue; return its plan."""
    with desk.database.write() as connection:
        issues.put_issues(connection, [(record(slug), bytes(32))])
        return plans.create(connection, name=slug, issue=slug, now=desk.now)


def record(slug: str) -> IssueRecord:
    """Return an issue."""
    return IssueRecord(
        slug=slug, headline=slug, source=f"{slug}.txt", published=NOW, updated=NOW, items=1
    )


def choose(desk: List, cadence: str, language: str = "", token: str = "") -> bool:
    """Choose what Ann gets; return whether it was kept."""
    return preferences.change_preferences(
        desk.database, desk.keys, token or desk.link(purpose=Purpose.leave), language=language,
        cadence=cadence, now=desk.now,
    )[1]  # fmt: skip


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
    stale = choose(desk, "weekly", token=old)
    assert (False, False, "issue") == (gone, stale, desk.row().cadence)
