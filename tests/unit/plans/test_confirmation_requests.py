"""Confirmation mails without a server at work, and the language of the mail that follows."""

import email
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from publisher import mail_factories
from publisher.model import DeliveryState
from publisher.plans import confirmation_requests
from publisher.storage import subscribers
from publisher.subscribers import signup
from publisher.subscribers.signup import Joining, Limits
from publisher.subscribers.tokens import Purpose
from tests.support.newsletter_folder import NOW, Newsroom, newsroom

ANN, BOB = "ann@example.org", "bob@example.org"
VITA = "## VITA: Open\n[VITA：开源](https://arxiv.org/abs/2408.05211)\n\n我们证明它有效。\n"
MINUTE = timedelta(minutes=1)
MAIL = '[mail]\nfrom = "Digest <digest@example.org>"\n'
CLOSED = MAIL + 'relay = "smtp://127.0.0.1:1"\n'  # nothing listens at port 1


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """Set up a newsletter with nobody on the list, which has ticked before."""
    with newsroom(tmp_path, MAIL) as found:
        found.tick()
        yield found


def ask(room: Newsroom, language: str = "en", address: str = BOB) -> None:
    """Ask to join on a page in that language."""
    wish = Joining(
        typed=address, language=language, wanted=language, network="", stamp=(0, address == ANN)
    )
    limits = Limits(network=9, overall=9)
    keys = mail_factories.token_keys(room.settings, room.database)
    signup.request_signups(room.database, keys, [wish], limits=limits, now=NOW)


def mails(room: Newsroom) -> list[EmailMessage]:
    """Take all mails out of the outbox."""
    taken = []
    for path in (room.folder / ".publisher" / "outbox" / "new").glob("*"):
        taken.append(email.message_from_bytes(path.read_bytes(), policy=default))
        path.unlink()
    return taken


def test_a_run_writes_to_who_asked(room: Newsroom) -> None:
    """`run` sends the confirmation mails that are due, once."""
    ask(room)
    first, second = room.tick(NOW + MINUTE).confirmed, room.tick(NOW + 2 * MINUTE).confirmed
    assert (1, None) == (first and first.accepted, second)
    assert ["Confirm your subscription to Papers"] == [mail["Subject"] for mail in mails(room)]


def test_a_run_tells_why_nobody_is_written_to(room: Newsroom) -> None:
    """A relay that cannot be reached is told, nothing is lost, and the next run goes on."""
    (room.folder / "publisher.toml").write_text(
        (room.folder / "publisher.toml").read_text(encoding="utf-8").replace(MAIL, CLOSED),
        encoding="utf-8",
    )
    ask(room)
    ask(room, address=ANN)
    done = room.tick(NOW + MINUTE).confirmed
    assert done
    assert [DeliveryState.deferred] == [refusal.state for refusal in done.refusals]
    assert "127.0.0.1" in done.refusals[0].words
    (room.folder / "publisher.toml").write_text(
        (room.folder / "publisher.toml").read_text(encoding="utf-8").replace(CLOSED, MAIL),
        encoding="utf-8",
    )
    again = room.tick(NOW + 3 * MINUTE).confirmed
    assert 2 == (again and again.accepted)


def test_settings_that_cannot_be_used_lose_nothing(room: Newsroom) -> None:
    """A key that is missing is told by the run, and the mail waits."""
    settings = room.folder / "publisher.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before + 'dkim = ["d:gone.pem"]\n', encoding="utf-8")
    ask(room)
    room.reload()
    done = confirmation_requests.answer_once(room.confirmations)
    assert "gone.pem" in done.refusals[0].words
    settings.write_text(before, encoding="utf-8")
    again = room.tick(NOW + MINUTE).confirmed
    assert 1 == (again and again.accepted)


@pytest.mark.parametrize(
    ("language", "asked", "mailed", "not_mailed"),
    [
        ("en", "Confirm your subscription to Papers", "VITA: Open", "VITA：开源"),
        ("zh-Hans", "请确认订阅《Papers》", "VITA：开源", "VITA: Open"),
    ],
)
def test_mail_is_in_the_language_of_the_form(
    room: Newsroom, language: str, asked: str, mailed: str, not_mailed: str
) -> None:
    """Who joined on a page in one language is asked back in it, and gets the issues in it."""
    ask(room, language)
    room.tick(NOW + MINUTE)
    (note,) = mails(room)
    keys = mail_factories.token_keys(room.settings, room.database)
    with room.database.read() as connection:
        row = subscribers.by_keys(connection, [BOB])[BOB]
    token = keys.link(Purpose.confirm, row.id, row.epoch)
    signup.confirm_signup(room.database, keys, token, NOW + MINUTE)
    room.drop("001.txt", VITA, NOW + MINUTE)
    room.tick(NOW + 2 * MINUTE)
    (issue,) = mails(room)
    part = issue.get_body(("plain",))
    assert part
    text = str(part.get_content())
    assert (asked, True) == (note["Subject"], mailed in text)
    assert not_mailed not in text
