"""One run sends, and takes the mail of runs that find it sending."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from publisher.errors import BusyError, PlanError
from publisher.model import DeliveryState
from publisher.plans.create import issue_draft, plan_issue
from publisher.plans.run import Mailed
from publisher.storage import issues
from publisher.storage.plans import Audience
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with a reader and an issue that is planned."""
    with newsroom(tmp_path, MAIL) as found:
        admin.add(found.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        plan(found, 1)
        yield found


def plan(room: Newsroom, number: int) -> None:
    """Publish an issue and plan its mail, as a run does that finds another one sending."""
    room.drop(f"00{number}.txt", paper(f"2408.0000{number}", f"Paper {number}"))
    room.reload()
    room.builder.publish(NOW, lambda: False)


@contextmanager
def busy() -> Iterator[None]:
    """Be a lock that another process has."""
    raise BusyError("another run is sending mail")
    yield


def test_plan_of_a_run_that_came_second(room: Newsroom) -> None:
    """What is planned after the last look, and before the lock is released, goes out too."""
    runs = iter([2])

    @contextmanager
    def lock() -> Iterator[None]:
        yield
        for number in runs:
            plan(room, number)

    mailed = Mailed()
    room.delivery(lock=lock).deliver(mailed)
    assert 2 == mailed.tally[DeliveryState.accepted]


def test_another_run_sends(room: Newsroom) -> None:
    """A run leaves its mail to the one that has the lock, and nothing of it needs a person."""
    mailed = Mailed()
    room.delivery(lock=busy).deliver(mailed)
    assert (True, False) == (mailed.is_left_to_another, mailed.needs_a_person)
    assert room.delivery().is_due()


def test_left_alone(room: Newsroom) -> None:
    """Plans that are named wait for the next run."""
    mailed = Mailed()
    room.delivery().deliver(mailed, left_alone={1})
    assert 0 == mailed.tally.total
    room.delivery().deliver(mailed)
    assert 1 == mailed.tally.total
    assert not room.delivery().is_due()


def test_plan_that_is_approved_while_it_is_made_anew(room: Newsroom) -> None:
    """It is on its way: it is not replaced, and what was frozen of it goes out."""
    with room.database.read() as connection:
        record = issues.known_issues(connection, ["001"])["001"].record
    issue = room.published(record)
    assert issue is not None
    audience = Audience(languages=("en",))
    draft = partial(issue_draft, room.settings, room.renderers, issue, record)
    with pytest.raises(PlanError, match="001 has been planned, and its mail is on its way"):
        plan_issue(room.database, record, audience, draft, now=NOW, seal=lambda *_: None)
    mailed = Mailed()
    room.delivery().deliver(mailed)
    assert 1 == mailed.tally[DeliveryState.accepted]
