"""Relays that are not as they say: a run copes with them, and the next one knows."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.newsletter import ANN, Newsletter, later
from tests.support.scripted_relay import CUT, Misbehaving, Play, Rule, misbehaving, says


@pytest.fixture
def relay() -> Iterator[Misbehaving]:
    """Run one."""
    with misbehaving() as found:
        yield found


@pytest.fixture
def mailing(read_newsletter: Newsletter, relay: Misbehaving) -> Newsletter:
    """Return a newsletter with four readers, the relay set and one digest to go out."""
    read_newsletter.set("mail", relay=relay.url, tls="off", sender="News <news@example.net>")
    read_newsletter.digest("000_aa.txt", 1)
    return read_newsletter


def kept(newsletter: Newsletter) -> dict[str, object]:
    """Return what is kept of the only relay."""
    with closing(sqlite3.connect(newsletter.root / ".publisher" / "state.db")) as database:
        (fact,) = database.execute("SELECT value FROM fact WHERE name = 'relays'").fetchone()
    (found,) = json.loads(fact).values()
    assert isinstance(found, dict)
    return found


def said(play: Play, *verbs: str) -> list[str]:
    """Return which of these commands were said."""
    return [verb for line in play.heard if (verb := line.split(" ")[0]) in verbs]


def test_bdat_refused(mailing: Newsletter, relay: Misbehaving) -> None:
    """A relay that offers BDAT and refuses it gets all by DATA, in that run and the next."""
    rule = Rule("BDAT", says("502 5.5.1 not implemented"), times=None)
    play = relay.begin(Play([rule], ("PIPELINING", "CHUNKING")))
    assert "mail: 4 accepted" in mailing.tick().out
    assert (1, 4) == (said(play, "BDAT", "DATA").count("BDAT"), len(set(play.kept)))
    play = relay.begin(Play([rule], ("PIPELINING", "CHUNKING")))
    mailing.digest("001_bb.txt", 2)
    assert "mail: 4 accepted" in mailing.tick(later(minutes=1)).out
    assert (["DATA"] * 4, False) == (said(play, "BDAT", "DATA"), kept(mailing)["chunking"])


def test_bdat_hung_up_on(mailing: Newsletter, relay: Misbehaving) -> None:
    """One that hangs up on BDAT leaves one message in doubt, and gets the others by DATA."""
    play = relay.begin(Play([Rule("BDAT", CUT, times=None)], ("PIPELINING", "CHUNKING")))
    ran = mailing.tick(code=1)
    assert "mail: 3 accepted, 1 uncertain" in ran.out
    assert (1, 3) == (said(play, "BDAT").count("BDAT"), len(set(play.kept)))
    assert kept(mailing)["chunking"] is False


def test_login(mailing: Newsletter, relay: Misbehaving) -> None:
    """QQ's way: it offers PLAIN, refuses it, and takes LOGIN. The next run begins with that."""
    coded = {name: base64.b64encode(name.encode()).decode() for name in ("ann", "secret")}
    login = {"LOGIN": list(coded.values())}
    play = relay.begin(Play(offers=("AUTH LOGIN PLAIN",), login=login))
    mailing.set("mail", relay=relay.url.replace("//", "//ann:secret@"))
    assert "mail: 4 accepted" in mailing.tick().out
    tried = [line.split(" ")[1] for line in play.heard if line.startswith("AUTH ")]
    assert (1, "PLAIN") == (tried.count("PLAIN"), tried[0])
    play = relay.begin(Play(offers=("AUTH LOGIN PLAIN",), login=login))
    mailing.digest("001_bb.txt", 2)
    assert "mail: 4 accepted" in mailing.tick(later(minutes=1)).out
    assert not any(line.startswith("AUTH PLAIN") for line in play.heard)


def test_wrong_password(mailing: Newsletter, relay: Misbehaving) -> None:
    """A wrong password is tried once in each way, and is one line with what to do."""
    play = relay.begin(Play(offers=("AUTH LOGIN PLAIN",), login={"PLAIN": ["other"]}))
    mailing.set("mail", relay=relay.url.replace("//", "//ann:secret@"))
    line = mailing.complaint("run", "--quiet", now=later())
    assert f"mail.relay: cannot log in to 127.0.0.1:{relay.port}: 535 5.7.8 who is that?" in line
    assert "who is that?. Check the user name and password. Each run tries " in line
    assert "secret" not in line
    assert ["AUTH PLAIN", "AUTH LOGIN"] == [
        " ".join(line.split(" ")[:2]) for line in play.heard if line.startswith("AUTH")
    ]


def test_token(mailing: Newsletter, relay: Misbehaving) -> None:
    """A relay that takes tokens gets one from the command, which runs in the folder."""
    opens = base64.b64encode(b"user=ann\1auth=Bearer t0ken\1\1").decode()
    relay.begin(Play(offers=("AUTH XOAUTH2",), login={"XOAUTH2": [opens]}))
    (mailing.root / "token").write_text("t0ken\n")
    mailing.set("mail", relay=relay.url.replace("//", "//ann@"), token_command=["cat", "token"])
    assert "mail: 4 accepted" in mailing.tick().out
    (mailing.root / "token").write_text("ancient\n")
    mailing.digest("001_bb.txt", 2)
    line = mailing.complaint("run", "--quiet", now=later(minutes=1))
    assert 'who is that? ({"status":"400"}). Check the user name and mail.token_command.' in line
    assert "ancient" not in line


def test_hello(mailing: Newsletter, relay: Misbehaving) -> None:
    """A relay that does not take the name in EHLO: the line says which name, and what to set."""
    refusal = says("421 4.7.0 Try again later, closing connection.", cuts=True)
    relay.begin(Play([Rule("EHLO", refusal, times=None)]))
    mailing.set("mail", hello="[127.0.0.1]")
    for line in (
        mailing.complaint("run", "--quiet", now=later()),
        mailing.complaint("test-send", "000", "--to", ANN),
    ):
        assert f"127.0.0.1:{relay.port} refuses EHLO [127.0.0.1]: 421 4.7.0 Try again" in line
        assert "set mail.hello to" in line
    mailing.set("mail", hello="mail.example.net")
    play = relay.begin(Play())
    assert "mail: 4 accepted" in mailing.tick(later(minutes=1)).out
    assert "EHLO mail.example.net" in play.heard
