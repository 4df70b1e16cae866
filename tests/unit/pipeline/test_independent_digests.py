"""Telling the hub, asking people back and mailing issues: a fault in one stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from publisher import mail_factories
from publisher.errors import StateError
from publisher.plans.run import plan_mail
from publisher.storage.tables.feeds import hub_topic
from publisher.subscribers import admin, signup
from publisher.subscribers.signup import Joining, Limits
from tests.support.newsletter_folder import NOW, Newsroom, newsroom, paper
from tests.support.raw_server import RawServer, raw_server

ISSUE, CONFIRMATION = "#000: One", "Confirm your subscription to Papers"


@pytest.fixture
def hub() -> Iterator[RawServer]:
    """Run a hub that answers anything."""
    with raw_server() as server:
        yield server


@pytest.fixture
def room(tmp_path: Path, hub: RawServer) -> Iterator[Newsroom]:
    """Make a newsletter with a hub, a reader, an issue to publish, and a person to ask back."""
    mail = '[mail]\nfrom = "Digest <digest@example.org>"\n'
    with newsroom(tmp_path, mail) as found:
        settings = found.folder / "publisher.toml"
        with_hub = f'[newsletter]\nhub = "http://{hub.place}/"'
        settings.write_text(settings.read_text("utf-8").replace("[newsletter]", with_hub), "utf-8")
        found.reload()
        wish = Joining(
            typed="bob@example.org", language="en", wanted="en", network="", stamp=(0, False)
        )
        keys = mail_factories.token_keys(found.settings, found.database)
        admin.add(found.database, keys, "ann@example.org", name="", language="", now=NOW)
        signup.request_signups(
            found.database, keys, [wish], limits=Limits(network=9, overall=9), now=NOW
        )
        found.drop("000.txt", paper("2411.00001", "One"))
        yield found


def mailed(room: Newsroom) -> list[str]:
    """Return the subjects of all mail in the outbox."""
    outbox = room.folder / ".publisher" / "outbox" / "new"
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in outbox.glob("*")]
    return sorted(str(mail["Subject"]) for mail in mails)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: //\r\n\r\n",
        b"HTTP/1.1 500 \x00\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"",
    ],
)
def test_whatever_the_hub_answers(room: Newsroom, hub: RawServer, answer: bytes) -> None:
    """The run says what is wrong with the hub in a line, and sends all mail."""
    hub.pieces = [answer]
    ticked = room.tick()
    assert ticked.announced.error.startswith(f"http://{hub.place}/: ")
    assert ticked.announced.error.isprintable()
    assert [ISSUE, CONFIRMATION] == mailed(room)


def test_fault_in_announcing(room: Newsroom) -> None:
    """An internal fault before the hub is told stops no mail, and is told."""
    with room.database.write() as connection:
        row = {"feed": "feeds/x.atom", "sha256": "", "state": "no such state", "words": ""}
        connection.execute(insert(hub_topic).values(row))
    ticked = room.tick()
    assert "internal error, please report it: ValueError (enum.py:" in ticked.announced.error
    assert [ISSUE, CONFIRMATION] == mailed(room)


def test_unusable_table_of_the_hub(room: Newsroom) -> None:
    """A database that cannot say what the hub knows stops no mail."""
    room.build()
    with room.database.write() as connection:
        connection.execute(text("DROP TABLE hub_topic"))
    ticked = room.tick()
    assert "no such table" in ticked.announced.error
    assert [ISSUE, CONFIRMATION] == mailed(room)


def test_fault_in_confirming(room: Newsroom, hub: RawServer) -> None:
    """A template of the confirmation mail that cannot be used stops no issue's mail."""
    hub.pieces = [b"HTTP/1.1 202 Accepted\r\n\r\n"]
    templates = room.folder / "templates"
    templates.mkdir()
    (templates / "note.txt").write_text("{{ no.such.thing }}", encoding="utf-8")
    ticked = room.tick()
    assert ticked.announced.told
    assert ticked.confirmed
    assert "note.txt" in ticked.confirmed.refusals[0].words
    assert [ISSUE] == mailed(room)


def test_fault_in_mailing(room: Newsroom, hub: RawServer) -> None:
    """A ledger that cannot be read stops neither the hub nor a confirmation mail."""
    hub.pieces = [b"HTTP/1.1 202 Accepted\r\n\r\n"]
    with room.database.write() as connection:
        connection.execute(text("DROP TABLE delivery"))
    with pytest.raises(StateError, match="no such table: delivery"):
        room.tick()
    assert hub.connections
    assert [CONFIRMATION] == mailed(room)


def test_fault_in_planning(room: Newsroom) -> None:
    """An internal fault while mail is planned does not stop a confirmation mail."""
    nothing: Any = None
    settings = replace(room.settings, mail=replace(room.settings.mail, max_lateness=nothing))
    planned = plan_mail(settings, room.database, room.published, room.renderers, NOW)
    assert planned.trouble.startswith("internal error, please report it: TypeError (")
    room.deliver(planned)
    assert [CONFIRMATION] == mailed(room)
