"""Who gets which bytes: languages, weeks and months, and what is doubtful after a restore."""

import email
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher import mail_factories
from publisher.commands import backup
from publisher.plans import restore_hold
from publisher.storage import facts, subscribers
from publisher.storage.subscribers import by_keys
from publisher.subscribers import admin
from publisher.subscribers.preferences import change_preferences
from publisher.subscribers.signup import Joining, Limits, request_signups
from publisher.subscribers.tokens import Purpose
from tests.support.newsletter_folder import KEYS, NOW, Newsroom, newsroom, paper

ANN, BOB = "ann@example.org", "bob@example.org"
MONDAY = datetime(2026, 11, 23, 8, tzinfo=NOW.tzinfo)
FIRST = datetime(2026, 12, 1, 8, tzinfo=NOW.tzinfo)
DAY = timedelta(days=1)
VITA, GEMMA = paper("2408.05211", "VITA"), paper("2408.05147", "Gemma Scope")
MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with Ann on the list, which has ticked before."""
    with newsroom(tmp_path, MAIL) as found:
        admin.add(found.database, KEYS, ANN, name="", language="", now=NOW)
        found.tick()
        yield found


def choose(room: Newsroom, cadence: str, language: str = "", address: str = ANN) -> None:
    """Choose what an address gets."""
    keys = mail_factories.token_keys(room.settings, room.database)
    with room.database.read() as connection:
        row = by_keys(connection, [address])[address]
    token = keys.link(Purpose.leave, row.id, row.epoch)
    _, changed = change_preferences(
        room.database, keys, token, language=language, cadence=cadence, now=NOW
    )
    assert changed


def mails(room: Newsroom) -> list[tuple[str, str, str]]:
    """Take recipient, Archived-At and plain text of every mail out of the outbox."""
    found = []
    for path in sorted((room.folder / ".publisher" / "outbox" / "new").glob("*")):
        message = email.message_from_bytes(path.read_bytes())
        part = next(each for each in message.walk() if each.get_content_type() == "text/plain")
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        found.append((message["To"], message["Archived-At"], payload.decode()))
        path.unlink()
    return sorted(found)


def test_a_name_is_doubtful_once(room: Newsroom) -> None:
    """When the mail of a doubtful issue is planned, another issue of that name is none."""
    room.drop("latest.txt", VITA)
    with room.database.write() as connection:
        restore_hold.add_doubtful(connection, {"latest"})
    assert 1 == room.tick().mailed.uncertain
    room.drop("latest.txt", GEMMA, NOW + DAY)
    room.tick(NOW + DAY)
    assert 1 == len(mails(room))


def test_each_reader_gets_their_language(room: Newsroom) -> None:
    """One plan has a letter for each language that its readers want, its interface in it too."""
    admin.add(room.database, KEYS, BOB, name="", language="", now=NOW)
    choose(room, "issue", "zh-Hans", BOB)
    room.drop("001.txt", "## VITA\n[维塔](https://arxiv.org/abs/2408.05211)\n\n本文。\n")
    assert {"001": 2} == room.tick().mailed.planned
    (_, _, both), (_, _, chinese) = mails(room)
    assert "VITA" in both
    assert "维塔" in both
    assert "VITA" not in chinese.replace("arXiv", "")
    assert "你收到这封邮件" in chinese


def test_a_weeks_mail(room: Newsroom) -> None:
    """A week's reader gets nothing until Monday, and then all issues in one, each paper once."""
    choose(room, "weekly")
    room.drop("001.txt", VITA)
    room.tick(NOW + timedelta(hours=1))
    room.drop("002.txt", VITA + GEMMA)
    room.tick(MONDAY - timedelta(minutes=1))
    before = mails(room)
    planned = room.tick(MONDAY).mailed.planned
    ((to, archive, text),) = mails(room)
    assert ([], {"weekly.2026-11-23": 1}, ANN) == (before, planned, to)
    assert "<https://news.example.org/>" == archive
    assert [1, 1] == [text.count(f"abs/{number}>") for number in ("2408.05211", "2408.05147")]
    assert {} == room.tick(MONDAY + DAY).mailed.planned


def test_the_first_run_ends_no_week(room: Newsroom) -> None:
    """A week's reader who was imported before the first run waits for Monday as well."""
    choose(room, "weekly")
    with room.database.write() as connection:  # as no run had ever been
        for name in ("weekly", "monthly"):
            facts.PLANNED_UNTIL[name].put(connection, None)
    room.drop("001.txt", VITA)
    first = [room.tick(NOW + hours * timedelta(hours=1)).mailed.planned for hours in (1, 2)]
    assert ([{"001": 0}, {}], []) == (first, mails(room))
    assert {"weekly.2026-11-23": 1} == room.tick(MONDAY).mailed.planned


def test_a_week_without_issues(room: Newsroom) -> None:
    """A week in which nothing came has no mail."""
    choose(room, "weekly")
    assert ({}, []) == (room.tick(MONDAY).mailed.planned, mails(room))


def test_a_months_mail(room: Newsroom) -> None:
    """A month's reader gets nothing on Monday, and all on the first."""
    choose(room, "monthly")
    room.drop("001.txt", VITA)
    planned = [room.tick(NOW + DAY).mailed.planned, room.tick(MONDAY).mailed.planned]
    planned.append(room.tick(FIRST).mailed.planned)
    assert [{"001": 0}, {}, {"weekly-monthly.2026-12-01": 1}] == planned
    assert [ANN] == [to for to, _, _ in mails(room)]


def test_going_back_to_each_issue(room: Newsroom) -> None:
    """Who goes back to each issue gets what is owed at once, and then each as it comes."""
    choose(room, "monthly")
    room.drop("001.txt", VITA)
    room.tick(NOW + timedelta(hours=1))
    choose(room, "issue")
    owed = room.tick(NOW + timedelta(hours=2)).mailed.planned
    room.drop("002.txt", GEMMA)
    later = room.tick(NOW + timedelta(hours=3)).mailed.planned
    assert ({"owed.20261120T100000": 1}, {"002": 1}, 2) == (owed, later, len(mails(room)))


def test_a_withdrawn_issue_is_in_no_weeks_mail(room: Newsroom) -> None:
    """What was withdrawn before Monday is not in the week's mail."""
    choose(room, "weekly")
    for name, text in (("001.txt", VITA), ("002.txt", GEMMA)):
        room.drop(name, text)
    room.tick(NOW + timedelta(hours=1))
    room.take("001.txt")
    room.tick(MONDAY)
    ((_, _, text),) = mails(room)
    assert (False, True) == ("VITA" in text, "Gemma Scope" in text)


def test_a_weeks_mail_after_a_restore_is_held(room: Newsroom, tmp_path: Path) -> None:
    """A restored state does not know whether the week's mail went out: it waits for a person."""
    choose(room, "weekly")
    room.drop("001.txt", VITA)
    room.tick(NOW + timedelta(hours=1))
    backup.backup(room.database, tmp_path / "copy", NOW + timedelta(hours=2))
    backup.restore(room.database, tmp_path / "copy", tmp_path / "aside", MONDAY)
    restore_hold.accept_restore(room.database, ["001"], MONDAY)
    mailed = room.tick(MONDAY).mailed
    assert ({"weekly.2026-11-23": 1}, 1, []) == (mailed.planned, mailed.uncertain, mails(room))
    room.drop("002.txt", GEMMA)
    room.tick(MONDAY + DAY)
    assert 1 == room.tick(MONDAY + 7 * DAY).mailed.planned["weekly.2026-11-30"]
    assert ["Gemma Scope" in text for _, _, text in mails(room)] == [True]


def test_who_was_never_covered_begins_now(room: Newsroom) -> None:
    """A week's reader who came by another way than the page is not sent the whole archive."""
    room.drop("001.txt", VITA)
    room.tick(NOW + timedelta(hours=1))
    mails(room)
    with room.database.write() as connection:
        row = by_keys(connection, [ANN])[ANN]
        subscribers.put(connection, [replace(row, cadence="weekly", covered=None)])
    room.tick(MONDAY)
    begun = mails(room)
    room.drop("002.txt", GEMMA)
    room.tick(MONDAY + DAY)
    room.tick(MONDAY + 7 * DAY)
    assert ([], 1) == (begun, len(mails(room)))


def test_confirmations_wait_after_a_restore(room: Newsroom, tmp_path: Path) -> None:
    """A restored copy writes to nobody who asked to join, until a person says so."""
    wish = Joining(typed=BOB, language="en", wanted="", network="", stamp=(0, 0))
    request_signups(room.database, KEYS, [wish], limits=Limits(network=9, overall=9), now=NOW)
    backup.backup(room.database, tmp_path / "copy", NOW)
    backup.restore(room.database, tmp_path / "copy", tmp_path / "aside", NOW)

    def answer() -> int:
        done = room.confirmations().answer()
        return done.accepted

    held = answer()
    restore_hold.accept_restore(room.database, [], NOW)
    assert (0, 1, [BOB]) == (held, answer(), [to for to, _, _ in mails(room)])


def test_a_secret_is_made_once(room: Newsroom) -> None:
    """Without web.secret one is made and kept; one that is set comes before it, and both verify."""
    toml = room.folder / "publisher.toml"
    with_secret = toml.read_text("utf-8")
    toml.write_text(with_secret.replace("[web]\nsecret", "[web]\n# secret"), "utf-8")
    room.reload()
    made = [mail_factories.token_keys(room.settings, room.database) for _ in range(2)]
    toml.write_text(with_secret, "utf-8")
    room.reload()
    both = mail_factories.token_keys(room.settings, room.database)
    assert made[0] == made[1]
    assert (2, made[0].secrets) == (len(both.secrets), both.secrets[1:])
    token = made[0].link(Purpose.leave, 7, 8)
    assert ((7, 8), None) == (
        both.read_link(Purpose.leave, token),
        made[0].read_link(Purpose.leave, both.link(Purpose.leave, 7, 8)),
    )


def test_mails_in_another_language_are_made_with_its_words(room: Newsroom) -> None:
    """A language that there are no interface words in has the newsletter's."""
    renderers = room.renderers
    own = renderers.in_language("fr") is renderers.in_language("en") is renderers.own
    assert (True, False) == (own, renderers.in_language("zh-Hans") is renderers.own)
    assert renderers.in_language("zh-Hans") is renderers.in_language("zh-Hans")


def test_facts_of_weeks_are_kept(room: Newsroom) -> None:
    """A tick notes which week and month are seen to, so that none is seen to twice."""
    with room.database.read() as connection:
        found = [facts.PLANNED_UNTIL[name].get(connection) for name in ("weekly", "monthly")]
    assert ["2026-11-16", "2026-11-01"] == found


def test_two_who_are_owed_in_one_second(room: Newsroom) -> None:
    """Two ticks in one second plan what is owed under one name, and the second waits."""
    admin.add(room.database, KEYS, BOB, name="", language="", now=NOW)
    for address in (ANN, BOB):
        choose(room, "monthly", "", address)
    room.drop("001.txt", VITA)
    room.tick(NOW + timedelta(hours=1))
    planned = []
    for address in (ANN, BOB):
        choose(room, "issue", "", address)
        planned.append(len(room.tick(NOW + timedelta(hours=2)).mailed.planned))
    planned.append(len(room.tick(NOW + timedelta(hours=3)).mailed.planned))
    assert ([1, 0, 1], 2) == (planned, len(mails(room)))
