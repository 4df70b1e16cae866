"""Whatever bytes a relay says before it has mail, it is a RelayError or an end of each message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.doctor.smtp_probe import Envelope, examine_relay
from publisher.errors import RelayError
from publisher.mail.smtp_connect import Extensions, open_connection
from publisher.mail.smtp_dialogue import ConnectionLostError, Dialogue
from publisher.mail.smtp_endpoint import Route, Timeouts
from publisher.mail.smtp_stream import SmtpStream
from tests.support.newsletter_folder import NOW
from tests.support.raw_server import raw_server
from tests.support.relay_messages import PATIENT, Leaping, Queue, copies
from tests.support.scripted_relay import Act, Misbehaving, Play, Rule, misbehaving

#: What comes too late on a busy machine is an outcome too.
HASTY = Timeouts(connect=5, command=0.2, data=0.2, block=0.2, end=0.2, quit=0.2)
STEPS = ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "END", "RSET"]
WORDS = [
    b"",
    b"\x00",
    b"220",
    b"220-",
    b"250",
    b"334",
    b"334 ",
    b"334 =",
    b"334 " + b"A" * 5000,
    b"334 \xff\xfe",
    b"000 zero",
    b"999 what",
    b"\xb2\xb3\xb9 digits",
    b"2\xd9\xa30 digits",
    b"250 \x00\x1b[31m\xe2\x80\xae",
    b"250-a\r\n250 SIZE " + b"9" * 5000,
    b"250-a\r\n250 SIZE -1",
    b"250-a\r\n250 SIZE \xd9\xa3",
    b"250-a\r\n250-AUTH\r\n250 AUTH=",
    b"250-a\r\n250-AUTH " + b"PLAIN " * 500 + b"\r\n250 STARTTLS",
    b"\r\n".join([b"250-X"] * 10_000) + b"\r\n250 done",
    b"250 " + b"x" * 10_000_000,
    b"\r\n".join([b"250-" + b"x" * 1000] * 10_000),
    b"250 one\r\n250 two",
    b"220 one\r\n\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x15\x03\x01\x00\x02\x02\x46",
    b"HTTP/1.1 400 Bad Request\r\n\r\n<html>",
]
ACTS = st.builds(
    Act, st.sampled_from(WORDS) | st.binary(max_size=40), keeps=st.none(), cuts=st.booleans()
)
ROUTES = st.fixed_dictionaries(
    {"tls": st.sampled_from(["off", "opportunistic", "required"])},
    optional={"auth": st.sampled_from(["PLAIN", "LOGIN", "CRAM-MD5"])},
)


@pytest.fixture(scope="module")
def relay() -> Iterator[Misbehaving]:
    """Run a relay that says anything."""
    with misbehaving() as found:
        yield found


@given(
    rules=st.lists(st.builds(Rule, st.sampled_from(STEPS), ACTS), min_size=1, max_size=3),
    options=ROUTES,
    user=st.sampled_from(["", "user:password@"]),
)
@example(rules=[Rule("EHLO", Act(b"250-a\r\n250 SIZE " + b"9" * 5000))], options={}, user="")
@example(rules=[Rule("CONNECT", Act(b"250 " + b"x" * 10_000_000))], options={}, user="")
def test_any_words(
    relay: Misbehaving, rules: list[Rule], options: dict[str, str], user: str
) -> None:
    """Handing over mail ends with an outcome of each message, or with a RelayError."""
    relay.begin(Play(rules, ("AUTH PLAIN LOGIN CRAM-MD5", "SIZE 1000000", "PIPELINING")))
    queue = Queue(copies(2))
    url = f"smtp://{user}127.0.0.1:{relay.port}"
    with suppress(RelayError):
        queue.send_messages(relay, **{"tls": "off", **options, "url": url, "timeouts": HASTY})
    for replies in queue.ends.values():
        assert all(reply.words.isprintable() and len(reply.words) <= 300 for reply in replies)


@given(rules=st.lists(st.builds(Rule, st.sampled_from(STEPS), ACTS), min_size=1, max_size=2))
@example(rules=[Rule("EHLO", Act(b"250-a\r\n250 SIZE " + b"9" * 5000))])
def test_doctor(relay: Misbehaving, rules: list[Rule]) -> None:
    """The doctor's findings on a relay are lines that can be shown."""
    relay.begin(Play(rules, ("SIZE 1000000",)))
    envelope = Envelope(sender="news@example.org", recipient="news@example.org", size=1000)
    route = Route(url=relay.url, tls="opportunistic", timeouts=HASTY)
    for finding in examine_relay(route, envelope, NOW):
        assert str(finding).replace("\n", "").isprintable()


def test_login_that_never_ends() -> None:
    """A relay that asks for more after the login was taken back is refused."""
    with raw_server() as server:
        server.converses = True
        server.pieces = [b"220 relay\r\n", b"250-relay\r\n250 AUTH PLAIN\r\n", b"334 more\r\n"]
        route = Route(url=f"smtp://user:password@{server.place}", tls="off", timeouts=PATIENT)
        with pytest.raises(RelayError, match="cannot log in"):
            asyncio.run(asyncio.wait_for(open_connection(route), 20))
        assert 3 == server.turns, "EHLO, AUTH, *"


@pytest.mark.parametrize("host", ["a..b", "x" * 300 + ".org", "\u0130..org"])
@pytest.mark.parametrize("scheme", ["smtp", "smtps", "lmtp"])
def test_host_that_is_no_name(scheme: str, host: str) -> None:
    """A host that cannot be looked up is a RelayError."""
    route = Route(url=f"{scheme}://{host}", tls="off", timeouts=PATIENT)
    with pytest.raises(RelayError):
        asyncio.run(open_connection(route))


@pytest.mark.parametrize("name", [".", "..", "a..b", ":", "x" * 64 + ".org"])
def test_certificate_name_that_is_none(relay: Misbehaving, name: str) -> None:
    """A name that no certificate can have is a RelayError."""
    relay.begin(Play())
    route = Route(url=f"smtps://127.0.0.1:{relay.port}", tls_name=name, timeouts=PATIENT)
    with pytest.raises(RelayError):
        asyncio.run(open_connection(route))


def test_flood(relay: Misbehaving) -> None:
    """A relay that talks on while nobody asks is hung up on, before it has filled the memory."""
    flood = Act(b"\r\n".join([b"220 hello"] * 100_000))
    relay.begin(Play([Rule("CONNECT", flood)]))

    async def talk() -> None:
        line = SmtpStream()
        await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", relay.port)
        dialogue = Dialogue(line, 5)
        try:
            assert (220, b"hello") == await dialogue.next_reply()
            while not line.end_reason:  # noqa: ASYNC110  (as while a token is waited for)
                await asyncio.sleep(0)
            assert "not asked" in line.end_reason
            # What was kept is no answer to a question.
            with pytest.raises(ConnectionLostError):
                await dialogue.ask("NOOP")
        finally:
            line.abort("done")
            await line.wait_closed()

    with asyncio.Runner(loop_factory=Leaping) as runner:
        runner.run(asyncio.wait_for(talk(), 20))


@given(text=st.binary(max_size=300) | st.sampled_from(WORDS))
@example(text=b"a\nSIZE " + b"9" * 5000)
@example(text=b"a\n" + b"X\n" * 10_000)
def test_offers(text: bytes) -> None:
    """Whatever a relay says to EHLO can be read."""
    assert 0 <= Extensions.parse(text).largest < 10**20
