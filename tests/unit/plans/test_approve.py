"""A plan that a person looks at is sent as it was looked at, or not at all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.commands import backup
from publisher.commands.deliveries import list_deliveries
from publisher.commands.status import read_status
from publisher.delivery.counts import Tally
from publisher.errors import NotFoundError, PlanError
from publisher.model import DeliveryState
from publisher.plans import control, restore_hold
from publisher.plans.approve import Frozen
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper
from tests.unit.plans.test_create import FIRST, MONDAY, choose, mails

ANN, BOB = "ann@example.org", "bob@example.org"
VITA, GEMMA = paper("2408.05211", "VITA"), paper("2408.05147", "Gemma Scope")
MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'
ACCEPTED, UNCERTAIN = DeliveryState.accepted, DeliveryState.uncertain


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with two readers, and the issue 001 published."""
    with newsroom(tmp_path, MAIL) as found:
        for address in (ANN, BOB):
            admin.add(found.database, KEYS, address, name="", language="", now=NOW)
        found.drop("001.txt", VITA)
        found.build()
        yield found


def frozen(room: Newsroom, slug: str = "001") -> Frozen:
    """Freeze an issue."""
    room.reload()
    return room.freeze(slug, NOW)


def applied(room: Newsroom, beginning: str) -> Tally:
    """Carry out a plan."""
    room.reload()
    return room.apply(beginning).tally


def test_told_to_stop(room: Newsroom) -> None:
    """Whoever stops it is told what is left, and the next run sends that."""
    plan = frozen(room)
    with pytest.raises(PlanError, match="told to stop with 2 mails of 001 left"):
        room.apply(plan.hash, stopping=True)
    room.tick()
    assert 2 == len(mails(room))


def test_it_waits_for_a_person(room: Newsroom) -> None:
    """What is planned by hand goes out when it is applied, and not before; once."""
    plan = frozen(room)
    room.tick()
    before = mails(room)
    tally = applied(room, plan.hash[:12])
    again = applied(room, plan.hash)
    assert ([], 2, 0, 2) == (before, tally[ACCEPTED], again[ACCEPTED], len(mails(room)))


def test_what_it_says(room: Newsroom) -> None:
    """It says who gets what; the hash of the same is the same."""
    choose(room, "issue", "zh-Hans", BOB)
    plan, again = frozen(room), frozen(room)
    assert [("", 1), ("zh-Hans", 1)] == [(language, size) for language, size, *_ in plan.letters]
    assert (2, "#001: VITA") == (plan.readers, plan.letters[0][2])
    assert {"001": again.hash} == read_status(room.settings, room.database, NOW).waiting


@pytest.mark.parametrize(
    "changed",
    [
        ('title = "Papers"', 'title = "Journals"'),
        ("digest@example.org", "other@example.org"),
        ("[mail]", '[mail]\nreply_to = "a@example.org"'),
        ("[mail]", '[mail]\nbounce_domain = "bounces.example.org"'),
        ("[web]", '[web]\nurl = "https://news.example.org/"'),
    ],
)
def test_other_headers_are_refused(room: Newsroom, changed: tuple[str, str]) -> None:
    """A plan is not sent with headers that nobody looked at; with the old ones it is."""
    plan = frozen(room)
    toml = room.folder / "publisher.toml"
    old = toml.read_text("utf-8")
    toml.write_text(old.replace(*changed), "utf-8")
    with pytest.raises(PlanError, match="is not what would be sent now"):
        applied(room, plan.hash)
    toml.write_text(old, "utf-8")
    assert 2 == applied(room, plan.hash)[ACCEPTED]


def test_the_text_stays(room: Newsroom) -> None:
    """What becomes of the digest afterwards changes nothing of what was looked at."""
    plan = frozen(room)
    room.drop("001.txt", VITA.replace("VITA", "Gemma"), NOW + timedelta(hours=1))
    room.build(NOW + timedelta(hours=1))
    applied(room, plan.hash)
    assert all("VITA" in text and "Gemma" not in text for _, _, text in mails(room))


def test_a_withdrawn_issue_is_not_mailed(room: Newsroom) -> None:
    """A plan of what was withdrawn, or written over by another batch, is refused."""
    plan = frozen(room)
    room.drop("001.txt", GEMMA, NOW + timedelta(hours=1))
    room.build(NOW + timedelta(hours=1))
    with pytest.raises(PlanError, match="was withdrawn, and its page is gone: publisher cancel"):
        applied(room, plan.hash)


def test_who_joins_and_who_leaves(room: Newsroom) -> None:
    """Who joins after a plan was made is not in it; who leaves before their turn gets nothing."""
    plan = frozen(room)
    admin.add(room.database, KEYS, "cleo@example.org", name="", language="", now=NOW)
    admin.remove(room.database, BOB, now=NOW)
    tally = applied(room, plan.hash)
    assert (1, [ANN]) == (tally[ACCEPTED], [to for to, _, _ in mails(room)])


def test_a_plan_is_made_anew(room: Newsroom) -> None:
    """Planned again, an issue has its newest plan and no other."""
    old = frozen(room)
    admin.add(room.database, KEYS, "cleo@example.org", name="", language="", now=NOW)
    new = frozen(room)
    with pytest.raises(NotFoundError):
        applied(room, old.hash)
    assert (2, 3, 3) == (old.readers, new.readers, applied(room, new.hash)[ACCEPTED])


def test_what_was_mailed_is_not_planned(room: Newsroom) -> None:
    """An issue whose mail is on its way, or was, gets no second plan."""
    room.tick()
    with pytest.raises(PlanError, match="has been planned"):
        frozen(room)


def test_what_was_cancelled_is_not_planned(room: Newsroom) -> None:
    """Nor does one whose mail was cancelled, and that is what is said."""
    frozen(room)
    control.cancel_plan(room.database, "001", NOW)
    with pytest.raises(PlanError, match="the mail of 001 was cancelled"):
        frozen(room)


def test_what_is_not_published_is_not_planned(room: Newsroom) -> None:
    """There is no plan of an issue that nobody can read, withdrawn ones included."""
    room.take("001.txt")
    room.drop("002.txt", GEMMA)
    room.build()
    for slug in ("001", "003"):
        with pytest.raises(NotFoundError, match="is published"):
            frozen(room, slug)


@pytest.mark.parametrize("beginning", ["", "0123", "f" * 12, "%" * 9, "_" * 64])
def test_no_such_plan(room: Newsroom, beginning: str) -> None:
    """A hash of no plan, or too little of one, is told in one line."""
    frozen(room)
    with pytest.raises(NotFoundError):
        applied(room, beginning)


def test_a_restored_state_applies_nothing(room: Newsroom, tmp_path: Path) -> None:
    """A plan may have been carried out since a backup was made: it is not, and then held."""
    plan = frozen(room)
    backup.backup(room.database, tmp_path / "copy", NOW)
    backup.restore(room.database, tmp_path / "copy", tmp_path / "aside", NOW)
    with pytest.raises(PlanError, match="restored copy"):
        applied(room, plan.hash)
    restore_hold.accept_restore(room.database, ["001"], NOW)
    uncertain = list_deliveries(room.settings, room.database, "001", [UNCERTAIN])
    assert (0, 2) == (applied(room, plan.hash)[ACCEPTED], len(list(uncertain)))


def test_a_weeks_mail_does_not_pass_over_it(room: Newsroom) -> None:
    """What waits is in no week's mail, and what came after it waits with it; nothing is missed."""
    room.tick()
    mails(room)
    choose(room, "weekly", "", BOB)
    room.drop("002.txt", GEMMA, NOW + timedelta(hours=1))
    room.build(NOW + timedelta(hours=1))
    plan = frozen(room, "002")
    room.drop("003.txt", paper("2411.00003", "Third"), NOW + timedelta(hours=2))
    room.tick(NOW + timedelta(hours=2))
    room.tick(MONDAY)
    monday = sorted((to, "Third" in text) for to, _, text in mails(room))
    applied(room, plan.hash)
    mails(room)
    room.tick(FIRST)
    first = [(to, "Gemma Scope" in text, "Third" in text) for to, _, text in mails(room)]
    assert ([(ANN, True)], [(BOB, True, True)]) == (monday, first)


# --- The ledger ---------------------------------------------------------------------------


def test_who_did_not_get_it(room: Newsroom) -> None:
    """The ledger says who got an issue and who did not, and why."""
    frozen(room)
    admin.remove(room.database, BOB, now=NOW)
    applied(room, frozen_hash(room))
    every = [
        (each.address, each.state, each.reply)
        for each in list_deliveries(room.settings, room.database, "001", ())
    ]
    assert [
        (ANN, "accepted", "in the outbox"),
        (BOB, "suppressed", "left the list"),
    ] == every
    some = list_deliveries(room.settings, room.database, None, [DeliveryState.suppressed])
    assert [BOB] == [each.address for each in some]


def frozen_hash(room: Newsroom) -> str:
    """Return the hash of the plan that waits."""
    return read_status(room.settings, room.database, NOW).waiting["001"]


def test_no_ledger(room: Newsroom) -> None:
    """An issue that was never planned has no ledger, and that is said."""
    with pytest.raises(NotFoundError, match="was ever planned"):
        list(list_deliveries(room.settings, room.database, "001", ()))
