"""A plan that was not begun for a day gets today's Date header before it is sent."""

import mailbox
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select, update

from publisher.commands.status import read_status
from publisher.delivery.counts import Tally
from publisher.errors import PlanError
from publisher.model import DeliveryState
from publisher.plans import control
from publisher.plans.run import Mailed, resolve_uncertain
from publisher.storage.tables import delivery, signature
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper
from tests.unit.plans.test_create import MONDAY, choose

VITA = paper("2408.05211", "VITA")
HOUR = timedelta(hours=1)
LATER = NOW + 25 * HOUR
MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\nquiet_hours = "07:00-08:30"\n'
AWAY = 'relay = "smtp://127.0.0.1:9"\n'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with two readers, one published issue, and quiet hours around NOW."""
    with newsroom(tmp_path, MAIL) as found:
        for name in ("ann", "bob"):
            admin.add(found.database, KEYS, f"{name}@example.org", name="", language="", now=NOW)
        found.drop("001.txt", VITA)
        found.build()
        yield found


def change(room: Newsroom, old: str, new: str) -> None:
    """Change the settings."""
    toml = room.folder / "publisher.toml"
    toml.write_text(toml.read_text("utf-8").replace(old, new), "utf-8")
    room.reload()


def mails(room: Newsroom) -> list[tuple[datetime, str]]:
    """Return Date and Message-ID of each mail in the outbox."""
    folder = room.folder / ".publisher" / "outbox"
    if not folder.exists():
        return []
    box = mailbox.Maildir(folder, create=False)
    return sorted((parsedate_to_datetime(mail["Date"]), mail["Message-ID"]) for mail in box)


def dates(room: Newsroom) -> dict[datetime, int]:
    """Return how many mails in the outbox have which Date."""
    return Counter(date for date, _ in mails(room))


def applied(room: Newsroom, digest: str, now: datetime) -> Tally:
    """Carry out a plan."""
    room.reload()
    return room.apply(digest, now).tally


def waits(room: Newsroom) -> str:
    """Return the hash of the plan that waits for a person."""
    return read_status(room.settings, room.database, NOW).waiting["001"]


def mailed(room: Newsroom, now: datetime) -> Mailed:
    """Return what a run did about mail."""
    return room.tick(now).mailed


# --- Plans that a run made ----------------------------------------------------------------


def test_a_plan_that_waited_for_a_day(room: Newsroom) -> None:
    """What quiet hours kept back for 25 hours is dated when it is sent, and has its names."""
    assert {"001": 2} == mailed(room, NOW).planned
    mailed(room, LATER)
    assert {LATER: 2} == dates(room)
    assert {True} == {name.startswith("<001.") for _, name in mails(room)}


def test_a_plan_that_waited_for_hours(room: Newsroom) -> None:
    """What waited for less than a day has the date of the plan."""
    mailed(room, NOW)
    mailed(room, NOW + 20 * HOUR)
    assert {NOW: 2} == dates(room)


def test_a_mail_of_a_week_that_waited(room: Newsroom) -> None:
    """A mail of several issues is dated when it is sent, too."""
    for name in ("ann", "bob"):
        choose(room, "weekly", "", f"{name}@example.org")
    mailed(room, NOW)
    assert 1 == len(mailed(room, MONDAY).planned)
    control.pause_plan(room.database, "weekly.2026-11-23")
    mailed(room, MONDAY + HOUR)
    control.resume_plan(room.database, "weekly.2026-11-23")
    mailed(room, MONDAY + 26 * HOUR)
    assert {MONDAY + 26 * HOUR: 2} == dates(room)


def test_a_plan_that_was_paused(room: Newsroom) -> None:
    """What a person paused for days is dated when it goes on."""
    mailed(room, NOW)
    control.pause_plan(room.database, "001")
    mailed(room, LATER)
    assert {} == dates(room)
    control.resume_plan(room.database, "001")
    mailed(room, NOW + 75 * HOUR)
    assert {NOW + 75 * HOUR: 2} == dates(room)


def test_a_relay_that_was_away(room: Newsroom) -> None:
    """Where no relay could be used nothing was begun."""
    change(room, "quiet_hours", f"{AWAY}quiet_hours")
    assert mailed(room, NOW + HOUR).trouble
    change(room, AWAY, "")
    mailed(room, LATER + HOUR)
    assert {LATER + HOUR: 2} == dates(room)


@pytest.mark.parametrize("state", ["accepted", "rejected", "deferred", "sending"])
def test_what_was_begun_keeps_its_date(room: Newsroom, state: str) -> None:
    """Once a copy was tried, all of them keep their date: a repeat is the same message."""
    mailed(room, NOW)
    with room.database.write() as connection:
        first = update(delivery).where(delivery.c.subscriber == 1)
        connection.execute(first.values(state=state, attempts=int(state != "sending")))
    mailed(room, LATER)
    assert {NOW} == dates(room).keys()


def test_what_may_have_been_sent_keeps_its_date(room: Newsroom) -> None:
    """What a person has sent again may be somewhere with the old date."""
    mailed(room, NOW)
    with room.database.write() as connection:
        connection.execute(update(delivery).values(state="uncertain"))
    resolve_uncertain(room.database, "001", DeliveryState.pending, NOW)
    mailed(room, LATER)
    assert {NOW: 2} == dates(room)


def test_who_left_before_it_began(room: Newsroom) -> None:
    """A reader who left while it waited makes no difference."""
    mailed(room, NOW)
    admin.remove(room.database, "bob@example.org", now=NOW)
    with room.database.write() as connection:
        gone = update(delivery).where(delivery.c.subscriber == 2)
        connection.execute(gone.values(state="suppressed", reply="left the list"))
    mailed(room, LATER)
    assert {LATER: 1} == dates(room)


# --- Plans that a person approves ---------------------------------------------------------


def redated(room: Newsroom, digest: str, now: datetime = LATER) -> str:
    """Apply a plan that is too old; return the new hash, which the error names."""
    with pytest.raises(PlanError, match="over 24 hours old and nothing of it was sent") as caught:
        applied(room, digest, now)
    new = waits(room)
    assert str(caught.value).endswith(f"Approve it again: publisher apply {new[:12]}")
    assert "\n" not in str(caught.value)
    assert digest != new
    return new


def test_approval_is_asked_again(room: Newsroom) -> None:
    """A plan of yesterday is dated anew and not sent; with its new hash it is."""
    plan = room.freeze("001", NOW)
    new = redated(room, plan.hash)
    assert {} == dates(room)
    mailed(room, LATER)
    assert {} == dates(room)
    assert 2 == applied(room, new, LATER + HOUR)[DeliveryState.accepted]
    assert {LATER: 2} == dates(room)


def test_a_plan_of_today_is_sent(room: Newsroom) -> None:
    """A plan that is 24 hours old to the second is sent as it was approved."""
    plan = room.freeze("001", NOW + HOUR)
    assert 2 == applied(room, plan.hash, NOW + 25 * HOUR)[DeliveryState.accepted]
    assert {NOW + HOUR: 2} == dates(room)


def test_what_was_approved_and_waited(room: Newsroom) -> None:
    """A plan that was applied in quiet hours and not begun for a day asks for approval again."""
    plan = room.freeze("001", NOW)
    applied(room, plan.hash, NOW)
    found = mailed(room, LATER)
    new = waits(room)
    assert ({"001": new}, True, {}) == (found.redated, found.needs_a_person, dates(room))
    assert 2 == applied(room, new, LATER)[DeliveryState.accepted]
    assert {LATER: 2} == dates(room)
    assert {} == mailed(room, LATER + 50 * HOUR).redated


def test_other_settings_are_not_approved_by_the_way(room: Newsroom) -> None:
    """Where a header changed since, no new hash covers it: the plan is to be made anew."""
    plan = room.freeze("001", NOW)
    applied(room, plan.hash, NOW)
    change(room, "digest@example.org", "other@example.org")
    assert {"001": plan.hash} == mailed(room, LATER).redated
    with pytest.raises(PlanError, match="is not what would be sent now"):
        applied(room, plan.hash, LATER)
    assert {} == dates(room)


def test_copies_are_signed_anew(room: Newsroom) -> None:
    """What `plan --sign` signed is signed again with the new date."""
    key = room.folder / "key.pem"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    change(room, "quiet_hours", 'dkim = ["a:key.pem"]\nquiet_hours')
    plan = room.freeze("001", NOW, sign=True)
    before = signatures(room)
    redated(room, plan.hash)
    after = signatures(room)
    assert (2, 2) == (plan.signed, len(after))
    assert not before & after


def signatures(room: Newsroom) -> set[bytes]:
    """Return what was signed ahead."""
    with room.database.read() as connection:
        return set(connection.execute(select(signature.c.value)).scalars())
