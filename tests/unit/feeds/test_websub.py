"""What a hub is told, and what its answers mean."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from publisher.feeds.websub import Outcome, Reply, notify_hub
from tests.support.hub import Hub
from tests.support.hub import hub as running

TOPIC = "https://news.example.org/feeds/issues.atom?a=b&c"


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Yield a hub."""
    with running() as found:
        yield found


def test_form(hub: Hub) -> None:
    """The hub gets the topic under both names that hubs look for."""
    assert Reply(Outcome.told) == notify_hub(f"{hub.url}?key=1", TOPIC)
    form = {"hub.mode": ["publish"], "hub.url": [TOPIC], "hub.topic": [TOPIC]}
    assert [("/hub?key=1", form)] == hub.requests


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, Outcome.told) for status in (200, 202, 204)),
        *((status, Outcome.later) for status in (408, 425, 429, 500, 502, 503, 504)),
        *((status, Outcome.refused) for status in (303, 304, 400, 401, 403, 404, 405, 410, 422)),
    ],
)
def test_answers(hub: Hub, status: int, outcome: Outcome) -> None:
    """A fault of the hub's passes, one of ours does not: its words are kept."""
    hub.answers = [status]
    reply = notify_hub(hub.url, TOPIC)
    assert outcome is reply.outcome
    assert reply.words.startswith("" if outcome is Outcome.told else f"{status} ")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_moved(hub: Hub, status: int) -> None:
    """A hub that has moved is found there, and told the same."""
    hub.answers = [(status, "/there")]
    assert Outcome.told is notify_hub(hub.url, TOPIC).outcome
    assert (["/hub", "/there"], [TOPIC]) == ([path for path, _ in hub.requests], hub.told)


def test_moved_again_and_again(hub: Hub) -> None:
    """Who is led on for ever gives up."""
    hub.answers = [(307, f"/{number}") for number in range(9)]
    assert Outcome.refused is notify_hub(hub.url, TOPIC).outcome
    assert 4 == len(hub.requests)


@pytest.mark.parametrize("place", ["", "file:///etc/passwd", "gopher://example.org/"])
def test_moved_nowhere(hub: Hub, place: str) -> None:
    """Nobody is led to what is no hub."""
    hub.answers = [(308, place)]
    assert Outcome.refused is notify_hub(hub.url, TOPIC).outcome


def test_down() -> None:
    """A hub that is down is told another time."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        reply = notify_hub(f"http://127.0.0.1:{nobody.getsockname()[1]}/", TOPIC)
    assert (Outcome.later, True) == (reply.outcome, "refused" in reply.words)


def test_no_such_host() -> None:
    """A name that nobody has may be a fault of the network's."""
    assert Outcome.later is notify_hub("http://hub.invalid/", TOPIC).outcome


def test_silence(hub: Hub) -> None:
    """A hub that takes it and says nothing is down."""
    hub.speaks.clear()
    assert Reply(Outcome.later, "no answer within 0.1 s") == notify_hub(hub.url, TOPIC, 0.1)


def test_no_certificate(hub: Hub) -> None:
    """What is no TLS is told nothing."""
    reply = notify_hub(hub.url.replace("http:", "https:"), TOPIC)
    assert (Outcome.later, []) == (reply.outcome, hub.told)


@pytest.mark.parametrize("says", [b"nonsense\r\n\r\n", b"", b"HTTP/1.1 2x0 A\r\n"])
def test_nonsense(says: bytes) -> None:
    """What is no HTTP is no hub for now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            visitor, _ = listening.accept()
            with visitor:
                visitor.recv(1_000)
                visitor.sendall(says)

        thread = threading.Thread(target=answer)
        thread.start()
        reply = notify_hub(f"http://127.0.0.1:{listening.getsockname()[1]}/", TOPIC)
        thread.join()
    assert (Outcome.later, True) == (reply.outcome, bool(reply.words))


def test_a_byte_at_a_time() -> None:
    """A hub that is never through with its answer holds nobody up."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            visitor, _ = listening.accept()
            with visitor:
                try:
                    while not over.wait(0.02):
                        visitor.sendall(b"H")
                except OSError:
                    return

        thread = threading.Thread(target=answer)
        thread.start()
        begun = time.monotonic()
        reply = notify_hub(f"http://127.0.0.1:{listening.getsockname()[1]}/", TOPIC, 0.3)
        taken = time.monotonic() - begun
        over.set()
        thread.join()
    assert (Outcome.later, "no answer within 0.3 s") == (reply.outcome, reply.words)
    assert taken < 30
