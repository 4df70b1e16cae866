"""Whatever a hub answers, it is one of three outcomes, in bounded time and memory."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.feeds.websub import Outcome, notify_hub
from tests.support.raw_server import RawServer, raw_server

TOPIC = "https://news.example.org/feeds/issues.atom"
#: Locations that no request may follow: they are no address, or one of another host.
NOWHERE = [
    "http://[::1",
    "http://[::1]:1/",
    "//",
    "///",
    "//[",
    "http://",
    "http://127.0.0.1:abc/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:0/",
    "http://a..b/",
    "http://" + "x" * 5000 + "/",
    "http://xn--/",
    "http://\u00e9\u0301.example/",
    "http://example.org\u2100/",
    "http://user:password@example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "javascript:alert(1)",
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost/",
    "http://127.0.0.2/",
    "\x00",
    "",
]
LINES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [
            b"HTTP/1.1 200 OK",
            b"HTTP/1.1 100 Continue",
            b"HTTP/1.1 103 Early Hints",
            b"HTTP/1.1 000 zero",
            b"HTTP/1.1 999 what",
            b"HTTP/1.1 2\xb2\xb3 OK",
            b"HTTP/1.1 two",
            b"HTTP/1.1 " + b"9" * 5000,
            b"HTTP/9.9 200",
            b"HTTP/1.1",
            b"HTTP/1.1 503 \x00\xff\xe2\x80\xae",
            b"HTTP/1.1 302 Found",
            b"Content-Length: -1",
            b"Content-Length: " + b"9" * 5000,
            b"Content-Length: 99999999",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: chunked, gzip",
            b"zz\r\nno chunk",
            b"no colon",
            b": no name",
            b" folded",
            b"X: " + b"x" * 70000,
            b"",
        ]
    ),
    st.sampled_from(NOWHERE).map(lambda place: b"Location: " + place.encode()),
)


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    """Run a server that answers anything."""
    with raw_server() as found:
        yield found


@given(
    lines=st.lists(LINES, max_size=8),
    end=st.sampled_from([b"\r\n", b"\n", b"\r"]),
    cut=st.integers(1, 200),
)
@example(lines=[b"HTTP/1.1 302 Found", b"Location: http://[::1", b"", b""], end=b"\r\n", cut=200)
@example(lines=[b"HTTP/1.1 302 F", b"Location: http://example.org\xe2\x84\x80/"], end=b"\n", cut=9)
def test_any_answer(server: RawServer, lines: list[bytes], end: bytes, cut: int) -> None:
    """An answer of any bytes is an outcome, with one printable line of words."""
    whole = end.join(lines)
    server.endless, server.pieces = False, [whole[:cut], whole[cut:]]
    reply = notify_hub(f"http://{server.place}/", TOPIC, 20)
    assert reply.words.isprintable()
    assert len(reply.words) <= 300
    assert (reply.outcome is Outcome.told) is (reply.words == "")


@pytest.mark.parametrize("place", NOWHERE)
def test_redirect_elsewhere(server: RawServer, place: str) -> None:
    """A hub leads nobody to another host, nor to what is no address; the answer is a refusal."""
    head = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: " + place.encode() + b"\r\n\r\n"
    server.endless, server.pieces, before = False, [head], server.connections
    reply = notify_hub(f"http://{server.place}/", TOPIC, 20)
    assert (Outcome.refused, 1) == (reply.outcome, server.connections - before)
    assert reply.words.startswith("307 Temporary Redirect, to ")


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 " + b"O" * 4096, b"K" * 4096],
        [b"HTTP/1.1 200 OK\r\n", b"X-More: yes\r\n"],
        [b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096],
        [b"HTTP/1.1 100 Continue\r\n\r\n"],
        [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"],
        [b"\n"],
    ],
    ids=["status", "headers", "header", "continue", "hints", "lines"],
)
def test_endless_head(server: RawServer, pieces: list[bytes]) -> None:
    """A head that never ends is given up after some kilobytes, not after the whole time."""
    server.endless, server.pieces = True, pieces
    begun = time.monotonic()
    assert Outcome.later is notify_hub(f"http://{server.place}/", TOPIC, 60).outcome
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 1\r\n\r\n",
    ],
)
def test_endless_body(server: RawServer, head: bytes) -> None:
    """The body of an answer is not read."""
    server.endless, server.pieces = True, [head, b"ffff\r\n" + b"x" * 65536]
    assert Outcome.told is notify_hub(f"http://{server.place}/", TOPIC, 60).outcome


def test_interim_answers(server: RawServer) -> None:
    """What comes before the answer (RFC 9110 15.2) is passed over."""
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    server.endless = False
    server.pieces = [b"HTTP/1.1 100 Continue\r\n\r\n", hints, b"HTTP/1.1 202 Accepted\r\n\r\n"]
    assert Outcome.told is notify_hub(f"http://{server.place}/", TOPIC, 20).outcome


@given(place=st.text(max_size=60).map("http://".__add__) | st.text(max_size=60))
def test_any_redirect(server: RawServer, place: str) -> None:
    """Any Location is followed to the same host, or refused; none raises."""
    location = place.encode("utf-8", "surrogatepass")
    server.endless = False
    server.pieces = [b"HTTP/1.1 308 Moved\r\nLocation: " + location + b"\r\n\r\n"]
    assert notify_hub(f"http://{server.place}/", TOPIC, 20).outcome in (
        Outcome.refused,
        Outcome.later,
    )
