"""LMTP (RFC 2033): the same conversation, greeted otherwise, also over a socket's path."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import UnixSocketController
from aiosmtpd.lmtp import LMTP

from publisher.mail.smtp_session import Route, send_messages
from tests.support.relay_messages import OFFERS, PATIENT, Queue, copies
from tests.support.scripted_relay import Misbehaving, Play, Rule, misbehaving, says
from tests.support.smtp_server import Keeper


@pytest.fixture
def sockets(tmp_path: Path) -> Iterator[Misbehaving]:
    """One relay at a path."""
    with misbehaving(str(tmp_path / "lmtp")) as found:
        yield found


@pytest.mark.parametrize("offers", OFFERS)
def test_socket(sockets: Misbehaving, offers: tuple[str, ...]) -> None:
    """Over a socket nothing has to be encrypted; it is greeted by LHLO, and all else is SMTP."""
    rule = Rule("RCPT", says("550 5.1.1 no such user"), to="u1@example.net")
    sockets.begin(Play([rule], offers))
    queue = Queue(copies(3))
    play = queue.send_messages(sockets, url=f"lmtp://{sockets.host}", tls="required")
    assert ["accepted", "rejected", "accepted"] == queue.outcomes()
    assert (True, 1) == (play.heard[0].startswith("LHLO "), play.connections)


def test_port() -> None:
    """A server at a port is used as one that speaks SMTP."""
    with misbehaving() as relay:
        relay.begin(Play())
        queue = Queue(copies(1))
        play = queue.send_messages(relay, url=relay.url.replace("smtp", "lmtp"))
    assert (["accepted"], "LHLO") == (queue.outcomes(), play.heard[0].split(" ")[0])


def test_no_helo(sockets: Misbehaving) -> None:
    """A server that does not know LHLO speaks no LMTP, and is not greeted as one of 1982."""
    sockets.begin(Play([Rule("EHLO", says("500 5.5.1 what?"))]))
    with pytest.raises(ConnectionError, match=r"500 5\.5\.1 what"):
        Queue(copies(1)).send_messages(sockets, url=f"lmtp://{sockets.host}")
    assert ["LHLO"] == [line.split(" ")[0] for line in sockets.play.heard]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_another_program(tmp_path: Path) -> None:
    """A server that somebody else wrote takes what is handed over."""

    class Controller(UnixSocketController):
        def factory(self) -> LMTP:
            return LMTP(self.handler, hostname="lmtp.example.org")

    keeper, path = Keeper(), tmp_path / "lmtp"
    controller = Controller(keeper, unix_socket=str(path))
    controller.start()
    queue = Queue(copies(3))
    try:
        asyncio.run(send_messages(Route(url=f"lmtp://{path}", timeouts=PATIENT), queue))
    finally:
        controller.stop()
    assert (["accepted"] * 3, 3) == (queue.outcomes(), len(keeper.taken))


def test_place() -> None:
    """A relay is named by host and port, or by its socket; IANA has 24 for LMTP."""
    assert "host:24" == Route(url="lmtp://host").place
    assert "/run/lmtp" == Route(url="lmtp:///run/lmtp").place
