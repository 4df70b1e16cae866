"""Who leaves and comes back within minutes: no issue is missed, and none comes twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher import mail_factories
from publisher.storage import subscribers
from publisher.subscribers import admin, preferences
from publisher.subscribers.preferences import PAGE, Leaving, Left
from publisher.subscribers.tokens import Purpose
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

ANN, BOB = "ann@example.org", "bob@example.org"
MINUTE = timedelta(minutes=1)
MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with Ann and Bob on the list, which has ticked before."""
    with newsroom(tmp_path, MAIL) as found:
        for address in (ANN, BOB):
            admin.add(found.database, KEYS, address, name="", language="", now=NOW)
        found.tick()
        yield found


def link(room: Newsroom, address: str = ANN) -> str:
    """Return the token of somebody's link."""
    with room.database.read() as connection:
        row = subscribers.by_keys(connection, [address])[address]
    return mail_factories.token_keys(room.settings, room.database).link(
        Purpose.leave, row.id, row.epoch
    )


def leave(room: Newsroom, token: str, now: datetime) -> None:
    """Press the button to leave."""
    keys = mail_factories.token_keys(room.settings, room.database)
    assert [Left.now] == preferences.leave_list(room.database, keys, [Leaving(token, PAGE)], now)


def undo(room: Newsroom, token: str, now: datetime) -> None:
    """Press the button that undoes it."""
    keys = mail_factories.token_keys(room.settings, room.database)
    assert preferences.undo_leaving(room.database, keys, token, now)[1]


def change(room: Newsroom, cadence: str, address: str = ANN) -> None:
    """Choose how often somebody gets mail."""
    keys = mail_factories.token_keys(room.settings, room.database)
    _, changed = preferences.change_preferences(
        room.database, keys, link(room, address), language="", cadence=cadence, now=NOW
    )
    assert changed


def publish(room: Newsroom, number: int, now: datetime) -> None:
    """Publish one more issue and mail what is due."""
    room.drop(f"{number:03}.txt", paper(f"2411.0000{number}", f"Paper{number}"), now)
    room.tick(now)


def had(room: Newsroom) -> Counter[str]:
    """Count in how many of Ann's mails each paper stands."""
    counted: Counter[str] = Counter()
    for path in (room.folder / ".publisher" / "outbox" / "new").glob("*"):
        text = path.read_bytes()
        if f"To: {ANN}".encode() in text:
            counted.update(_papers(text))
    return counted


def _papers(mail: bytes) -> set[str]:
    from email import message_from_bytes, policy  # noqa: PLC0415

    part = message_from_bytes(mail, policy=policy.default).get_body(("plain",))
    return set(re.findall(r"Paper\d", str(part.get_content()))) if part else set()


@pytest.mark.parametrize("cadence", ["issue", "weekly"])
def test_nothing_is_missed_and_nothing_comes_twice(room: Newsroom, cadence: str) -> None:
    """An issue that was mailed while somebody was away comes to them, once, and all others too."""
    if cadence != "issue":
        change(room, cadence)
    publish(room, 1, NOW + MINUTE)
    token = link(room)
    leave(room, token, NOW + 2 * MINUTE)
    publish(room, 2, NOW + 3 * MINUTE)
    undo(room, token, NOW + 4 * MINUTE)
    publish(room, 3, NOW + 5 * MINUTE)
    publish(room, 4, NOW + 6 * MINUTE)
    room.tick(NOW + timedelta(days=4))  # a week's mail goes out on Monday
    room.tick(NOW + timedelta(days=11))
    assert {f"Paper{number}": 1 for number in range(1, 5)} == had(room)


def test_a_weeks_mail_that_went_out_meanwhile_comes_with_the_next(room: Newsroom) -> None:
    """Who was away when the week's mail was made has its papers in the next."""
    change(room, "weekly")
    change(room, "weekly", BOB)
    publish(room, 1, NOW + MINUTE)
    token, monday = link(room), NOW + timedelta(days=3)
    leave(room, token, monday - MINUTE)
    room.tick(monday)
    undo(room, token, monday + MINUTE)
    publish(room, 2, monday + timedelta(days=1))
    room.tick(monday + timedelta(days=7))
    assert {"Paper1": 1, "Paper2": 1} == had(room)
