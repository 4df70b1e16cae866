"""The log of a real Postfix settles what a connection that broke left uncertain."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.e2e.newsletter import ANN, BOB, CLEO, DAN, Newsletter, later, until
from tests.support import postfix
from tests.support.fake_relay import DROP, Relay

pytestmark = postfix.needs_postfix


@pytest.fixture
def server(relay: Relay) -> Iterator[postfix.Server]:
    """Run Postfix."""
    with postfix.server(relay.port) as found:
        yield found


@pytest.fixture
def doubtful(read_newsletter: Newsletter, relay: Relay) -> Newsletter:
    """Return a newsletter of whose four copies of 000 three had no answer."""
    for who in (ANN, BOB, CLEO):
        relay.answer("DOT", DROP, to=who)
    read_newsletter.set("mail", sender="a@example.org", relay=relay.url, tls="off")
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.tick(code=1)
    return read_newsletter


def hand_over(server: postfix.Server, name: str, *, whole: bool, chunked: bool) -> None:
    """Hand Postfix a message of that Message-ID, or break off before its end."""
    message = f"From: a@example.org\r\nMessage-ID: {name}\r\n\r\n" + "A line\r\n" * 9000
    steps = ["EHLO there", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.invalid>"]
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        answers = connection.makefile("r")
        until(lambda: answers.readline().startswith("220 "), "the greeting")
        for step in steps if chunked else [*steps, "DATA"]:
            connection.sendall(f"{step}\r\n".encode())
            until(lambda: answers.readline()[3:4] == " ", "an answer")
        if chunked:
            size = len(message) if whole else len(message) + 1
            connection.sendall(f"BDAT {size} LAST\r\n{message}".encode())
        else:
            connection.sendall(f"{message}.\r\n"[: None if whole else -3].encode())
        if whole:
            assert answers.readline().startswith("250 ")


@pytest.mark.parametrize("chunked", [False, True])
def test_by_a_real_log(
    doubtful: Newsletter, relay: Relay, server: postfix.Server, *, chunked: bool
) -> None:
    """Ann's copy was taken, Bob's was cut off, and of Cleo's the log says nothing."""
    names = {each.recipient: str(each.mail["Message-ID"]) for each in relay.taken}
    hand_over(server, names[ANN], whole=True, chunked=chunked)
    hand_over(server, names[BOB], whole=False, chunked=chunked)
    until(lambda: "lost connection after" in server.log.read_text(), "the end of the log")

    ran = doubtful.run("reconcile", server.log, code=1)
    assert (
        "1 accepted: the relay had them; 1 pending: it did not take them; 1 still uncertain\n"
    ) == ran.out
    assert "these logs do not settle everything" in ran.err
    states = doubtful.run("deliveries", "000", "--format", "csv").out.splitlines()[1:]
    assert [(ANN, "accepted"), (BOB, "pending"), (CLEO, "uncertain"), (DAN, "accepted")] == [
        tuple(each.split(",")[1:3]) for each in states
    ]
    relay.taken.clear()
    doubtful.tick(later(hours=1), code=1)
    assert [BOB] == relay.recipients()
    assert names[BOB] == relay.taken[0].mail["Message-ID"]


def test_nothing_to_settle(read_newsletter: Newsletter) -> None:
    """Without anything uncertain no log is needed."""
    assert "no delivery is uncertain\n" == read_newsletter.run("reconcile", "-").out


def test_a_log_that_is_not_there(doubtful: Newsletter) -> None:
    """A slip in a file's name is one line."""
    said = doubtful.complaint("reconcile", "/no/such/log")
    assert "/no/such/log: cannot be read: No such file or directory; nothing was settled" in said
    assert DAN not in said
