"""What a tick mails, to whom, and when it lets it be."""

import mailbox
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from publisher import mail_factories
from publisher.commands.status import read_status
from publisher.errors import NotFoundError, SettingsError
from publisher.mail.maildir import Maildir
from publisher.mail.mime import TOKEN, message_id
from publisher.mail.smtp_client import Submission
from publisher.model import DeliveryState
from publisher.plans.letters import sender_of, stored_letter, unsubscribe_urls
from publisher.plans.run import resolve_uncertain
from publisher.storage.plans import get_letter
from publisher.storage.tables import delivery, plan
from publisher.subscribers import admin
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

VITA, GEMMA = paper("2408.05211", "VITA"), paper("2408.05147", "Gemma Scope")
MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'
DAY = timedelta(days=1)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with two readers."""
    with newsroom(tmp_path, MAIL) as found:
        for name in ("ann", "bob"):
            admin.add(found.database, KEYS, f"{name}@example.org", name="", language="", now=NOW)
        yield found


def outbox(room: Newsroom) -> list[tuple[str, str]]:
    """Return recipient and subject of every mail in the outbox."""
    folder = room.folder / ".publisher" / "outbox"
    mails = list(mailbox.Maildir(folder, create=False)) if folder.exists() else []
    return sorted((mail["To"], str(make_header(decode_header(mail["Subject"])))) for mail in mails)


def to_both(words: str) -> list[tuple[str, str]]:
    """Return what the outbox holds when both readers have this."""
    return [("ann@example.org", words), ("bob@example.org", words)]


def test_new_issue_is_mailed(room: Newsroom) -> None:
    """A tick mails what it publishes to everyone on the list."""
    room.drop("001.txt", VITA)
    mailed = room.tick().mailed
    assert ({"001": 2}, "", to_both("#001: VITA")) == (
        mailed.planned, mailed.trouble, outbox(room)
    )  # fmt: skip


def test_mailed_once(room: Newsroom) -> None:
    """Further ticks, and a change of the digest, mail nothing again."""
    room.drop("001.txt", VITA)
    room.tick()
    room.drop("001.txt", VITA + GEMMA)
    assert {} == room.tick(NOW + DAY).mailed.planned
    assert to_both("#001: VITA") == outbox(room)


def test_subject_of_the_digest(room: Newsroom) -> None:
    """A digest's own subject is what is mailed; a change of it afterwards changes nothing."""
    room.drop("001.txt", f"---\nsubject: 一封信\n---\n{VITA}")
    room.tick()
    room.drop("001.txt", f"---\nsubject: Another\n---\n{VITA}")
    room.tick(NOW + DAY)
    assert to_both("一封信") == outbox(room)


def dates(room: Newsroom) -> dict[datetime, int]:
    """Return how many mails in the outbox have which Date."""
    folder = mailbox.Maildir(room.folder / ".publisher" / "outbox", create=False)
    return Counter(parsedate_to_datetime(mail["Date"]) for mail in folder)


def test_date_is_when_the_mail_was_planned(room: Newsroom) -> None:
    """The Date header of an issue of six days ago says when its mail was planned."""
    room.drop("001.txt", f"---\ndate: 2026-11-14\n---\n{VITA}")
    room.tick()
    assert NOW - 6 * DAY > room.records()["001"].published
    assert {NOW: 2} == dates(room)


def test_subject_is_for_mail_alone(room: Newsroom) -> None:
    """Pages and feeds do not change with it, and no reader is told of an update."""
    room.drop("001.txt", VITA)
    room.build()
    before = room.files()
    room.drop("001.txt", f"---\nsubject: 一封信\npreheader: 读一读\n---\n{VITA}")
    room.build(NOW + DAY)
    after = room.files()
    changed = [path for path in before if before[path] != after[path]]
    assert (before.keys(), ["issues/001/email.html"]) == (after.keys(), changed)


def test_build_mails_nothing(room: Newsroom) -> None:
    """`build` leaves the mail to the next `run`."""
    room.drop("001.txt", VITA)
    room.build()
    assert [] == outbox(room)
    room.tick()
    assert to_both("#001: VITA") == outbox(room)


def test_old_issue_is_not_mailed(room: Newsroom) -> None:
    """What was published longer ago than mail.max_lateness is on the site, and not mailed."""
    room.drop("2020-01-01.txt", VITA)
    room.build(NOW - 8 * DAY)
    room.drop("002.txt", GEMMA)
    room.tick()
    assert to_both("#002: Gemma Scope") == outbox(room)


def test_a_journal_without_a_lease_does_not_stay(room: Newsroom) -> None:
    """What a run left that could not even begin is gone after the next: 4 MB each would add up."""
    journals = room.folder / ".publisher" / "sending"
    journals.mkdir()
    (journals / "0123456789abcdef").write_bytes(bytes(4096))
    room.tick()
    assert [] == list(journals.iterdir())


def test_quiet_hours_end_a_send(tmp_path: Path) -> None:
    """A send that is at work when quiet hours begin is told to stop, and not before."""
    with newsroom(tmp_path, f'{MAIL}quiet_hours = "22:00-07:00"\n') as room:
        clocks = [partial(NOW.replace, hour=hour, minute=59) for hour in (21, 22)]
        senders = [room.delivery(clock()).make_sender() for clock in clocks]
        assert [False, True] == [sender.stopping() for sender in senders]


def test_nobody_to_mail(tmp_path: Path) -> None:
    """An issue planned for nobody is done with: who joins later gets the next one."""
    with newsroom(tmp_path, MAIL) as room:
        room.drop("001.txt", VITA)
        assert {"001": 0} == room.tick().mailed.planned
        admin.add(room.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        assert {} == room.tick(NOW + DAY).mailed.planned


def test_withdrawn_issue_is_not_mailed(room: Newsroom) -> None:
    """An issue that was withdrawn before it was planned is not mailed."""
    room.drop("001.txt", VITA)
    room.build()
    room.take("001.txt")
    assert {} == room.tick().mailed.planned


def test_a_mail_holds_what_was_published(tmp_path: Path) -> None:
    """A published digest that is just being written over is mailed as readers have seen it."""
    with newsroom(tmp_path, MAIL) as room:
        toml = room.folder / "publisher.toml"
        toml.write_text(toml.read_text().replace('settle = "0s"', 'settle = "1h"'))
        admin.add(room.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        room.drop("001.txt", VITA + GEMMA)
        room.build()
        room.drop("001.txt", VITA, datetime.now(UTC))
        ticked = room.tick(stopping=True)
        assert (["001.txt"], {"001": 1}) == (ticked.built.restless, ticked.mailed.planned)
        with room.database.read() as connection:
            letter = get_letter(connection, 1)
        assert "Gemma Scope" in letter.text


def test_only_so_many_issues_at_a_time(tmp_path: Path) -> None:
    """schedule.max_issues_per_tick bounds what is planned too, oldest first."""
    with newsroom(tmp_path, f"{MAIL}[schedule]\nmax_issues_per_tick = 1\n") as room:
        admin.add(room.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        for name, text in (("001.txt", VITA), ("002.txt", GEMMA)):
            room.drop(name, text)
        room.build()
        assert [["001"], ["002"], []] == [list(room.tick().mailed.planned) for _ in range(3)]


def test_settings_that_cannot_mail(tmp_path: Path) -> None:
    """A relay without mail.from is told in the tick's report; the site is built all the same."""
    with newsroom(tmp_path, '[mail]\nrelay = "smtp://127.0.0.1:9"\n') as room:
        admin.add(room.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        room.drop("001.txt", VITA)
        ticked = room.tick()
        assert ticked.mailed.trouble.startswith("mail.from is not set: a relay needs a sender")
        assert ["001"] == list(room.records())


def test_relay_out_of_reach(tmp_path: Path) -> None:
    """When the relay cannot be reached all is kept, and the next tick mails it."""
    settings = f'{MAIL}relay = "smtp://127.0.0.1:9"\n'
    with newsroom(tmp_path, settings) as room:
        admin.add(room.database, KEYS, "ann@example.org", name="", language="", now=NOW)
        room.drop("001.txt", VITA)
        assert room.tick().mailed.trouble.startswith("mail.relay: cannot connect to 127.0.0.1:9: ")
        toml = room.folder / "publisher.toml"
        toml.write_text(toml.read_text().replace("smtp://127.0.0.1:9", "maildir:box"))
        room.tick()
        assert 1 == len(mailbox.Maildir(room.folder / "box", create=False))


def test_mail_is_the_same_twice(tmp_path: Path) -> None:
    """Two newsletters of the same digests and readers mail the same bytes."""
    mails = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with newsroom(tmp_path / name, MAIL) as room:
            admin.add(room.database, KEYS, "ann@example.org", name="", language="", now=NOW)
            room.drop("001.txt", VITA)
            room.tick()
            (path,) = (room.folder / ".publisher/outbox/new").iterdir()
            mails.append((path.name, path.read_bytes()))
    assert mails[0] == mails[1]


# --- Names and addresses ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "address", "leave"),
    [
        ("", "newsletter@news.example.org", "newsletter@news.example.org"),
        ('[mail]\nfrom = "News <a@example.org>"', "a@example.org", "a@example.org"),
        (
            '[mail]\nfrom = "a@example.org"\nreply_to = "Ed <b@example.org>"',
            "a@example.org",
            "b@example.org",
        ),
        ('[mail]\nfrom = "a&b=1?@example.org"', "a&b=1?@example.org", "a%26b%3D1%3F@example.org"),
        ('[mail]\nfrom = "新闻@example.org"', "新闻@example.org", "%E6%96%B0%E9%97%BB@example.org"),
    ],
)
def test_addresses(tmp_path: Path, settings: str, address: str, leave: str) -> None:
    """Mail comes from mail.from, or a made-up address for the outbox; leaving goes to replies."""
    with newsroom(tmp_path, settings) as room:
        assert address == sender_of(room.settings).address
        by_mail = f"mailto:{leave}?subject=unsubscribe%20{TOKEN}"
        assert (by_mail,) == unsubscribe_urls(room.settings)


@pytest.mark.parametrize("key", ["from", "reply_to"])
def test_bad_address(tmp_path: Path, key: str) -> None:
    """An address that is none is told by its setting."""
    settings = f'[mail]\n{key} = "nobody"\n'
    with newsroom(tmp_path, settings) as room, pytest.raises(SettingsError, match=f"mail.{key}: "):
        unsubscribe_urls(room.settings)


@pytest.mark.parametrize(
    ("relay", "kind"),
    [
        ("maildir:box", Maildir),
        ("maildir:/srv/box", Maildir),
        ("smtp://host", Submission),
        ("smtps://host", Submission),
        ("lmtp:///run/lmtp", Submission),
        ("sendmail:", Submission),
    ],
)
def test_relay(tmp_path: Path, relay: str, kind: type) -> None:
    """mail.relay names a Maildir or a relay."""
    with newsroom(tmp_path, f'[mail]\nrelay = "{relay}"\n') as room:
        assert isinstance(mail_factories.first_relay(room.settings, room.database), kind)


def first_message_id(room: Newsroom) -> str:
    """Return the Message-ID of a copy of the first letter."""
    with room.database.read() as connection:
        row = get_letter(connection, 1)
    return message_id(stored_letter(room.settings, room.database, row), "ann@example.org")


def test_renamed_issue_keeps_its_message_ids(room: Newsroom) -> None:
    """A copy that is made again after its digest was renamed is known by the name it had."""
    room.drop("first.txt", VITA)
    room.tick()
    before = first_message_id(room)
    room.take("first.txt")
    room.drop("second.txt", VITA)
    room.tick(NOW + DAY)
    assert before == first_message_id(room)


# --- Status -------------------------------------------------------------------------------


def test_status(room: Newsroom) -> None:
    """`status` says where issues, digests, readers and mails stand."""
    room.drop("001.txt", VITA)
    room.drop("002.txt", "---\ndraft: true\n---\n" + GEMMA)
    room.tick()
    admin.remove(room.database, "bob@example.org", now=NOW)
    found = read_status(room.settings, room.database, NOW)
    expected = [
        "Papers",
        "issues: 1",
        "newest: 001 (VITA), published 2026-11-20 08:00 UTC",
        "digest 002.txt: draft",
        "subscribers: 1 confirmed, 1 unsubscribed",
        "mail of 001: 2 accepted",
    ]
    assert (expected, False) == (list(found.lines(room.settings)), found.needs_a_person)


def test_status_of_many(room: Newsroom) -> None:
    """`status` has a line for the newest five, and for whatever older one is not done with."""
    for number in range(8):
        room.drop(f"00{number}.txt", paper("2408.05211", f"VITA {number}"))
        room.tick(NOW + number * DAY)
    with room.database.write() as connection:
        second = select(plan.c.id).where(plan.c.name == "001").scalar_subquery()
        connection.execute(
            update(delivery)
            .where(delivery.c.plan == second, delivery.c.subscriber == 1)
            .values(state="deferred", due=NOW.timestamp())
        )
    found = list(read_status(room.settings, room.database, NOW).lines(room.settings))
    assert found[4:] == [
        "earlier mails (2): 4 accepted",
        "mail of 001: 1 accepted, 1 deferred, from 2026-11-20 08:00 UTC on tried again",
        *(f"mail of 00{number}: 2 accepted" for number in range(3, 8)),
    ]


def test_status_of_a_bad_digest(room: Newsroom) -> None:
    """A digest with an error needs a person."""
    room.drop("001.txt", "")
    room.build()
    found = read_status(room.settings, room.database, NOW)
    assert ({"001.txt": "failed"}, True) == (found.digests, found.needs_a_person)


def test_status_of_a_clash(room: Newsroom) -> None:
    """A digest that wants another's address needs a person too."""
    room.drop("001_ab.txt", VITA)
    room.drop("001_cd.txt", GEMMA)
    room.build()
    found = read_status(room.settings, room.database, NOW)
    assert ({"001_ab.txt": "failed", "001_cd.txt": "failed"}, True) == (
        found.digests, found.needs_a_person
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "again"),
    [(DeliveryState.pending, ["ann@example.org"]), (DeliveryState.accepted, [])],
)
def test_a_person_settles_what_is_uncertain(
    room: Newsroom, state: DeliveryState, again: list[str]
) -> None:
    """What is uncertain is held until it is said to be pending, or to be accepted."""
    room.drop("001.txt", VITA)
    room.tick()
    with room.database.write() as connection:  # as a crash before the relay's answer leaves it
        connection.execute(delivery.update().where(delivery.c.id == 1).values(state="uncertain"))
    for message in (room.folder / ".publisher" / "outbox" / "new").iterdir():
        message.unlink()
    assert room.tick().mailed.uncertain == 1
    assert resolve_uncertain(room.database, "001", state, NOW) == 1
    assert room.tick().mailed.uncertain == 0
    assert again == [recipient for recipient, _ in outbox(room)]


def test_what_was_never_planned_cannot_be_settled(room: Newsroom) -> None:
    """An issue without mail is named in the error."""
    with pytest.raises(NotFoundError, match='"777"'):
        resolve_uncertain(room.database, "777", DeliveryState.accepted, NOW)
