"""Whatever a relay does, and wherever its replies are cut: every message ends once, none twice."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import RelayError
from publisher.mail.smtp_connect import Extensions
from publisher.mail.smtp_endpoint import Memory
from publisher.mail.smtp_stream import ProtocolError, ReplyParser
from publisher.mail.transport import Outcome
from tests.support.relay_messages import Queue, copies
from tests.support.scripted_relay import (
    CUT,
    DEAF,
    HANG,
    KEEP_AND_CUT,
    KEEP_AND_HANG,
    TRICKLE,
    Act,
    Misbehaving,
    Play,
    Rule,
    misbehaving,
    says,
)

COUNT = 6
NOT_SENT = (Outcome.deferred, Outcome.rejected, Outcome.returned)
ANYWHERE = [
    says("450 4.2.0 later"),
    says("550 5.1.1 no"),
    says("550-5.7.1 no\r\n550 5.7.1 never"),
    says("552 5.2.2 full"),
    says("503 what?"),
    says("421 bye"),
    says("421 4.3.2 bye", cuts=True),
    says("HTTP/1.1 400 Bad Request"),
    says("25"),
    says("999 ?"),
    CUT,
    HANG,
    TRICKLE,
]
AT_THE_END = [
    *ANYWHERE,
    KEEP_AND_CUT,
    KEEP_AND_HANG,
    says("250 kept", cuts=True),
    says("250-kept\r\n250 as 7"),
    Act(b"what?", keeps=True),
    Act(b"354 more", keeps=True),
]
EXTENSIONS = ("PIPELINING", "CHUNKING", "SIZE 1000000", "SMTPUTF8", "8BITMIME")


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Draw when to misbehave, and how."""
    step = draw(
        st.sampled_from(["MAIL", "RCPT", "DATA", "BDAT", "BODY", "END", "END", "RSET", "QUIT"])
    )
    acts = {
        "END": AT_THE_END,
        "BODY": [CUT, HANG, DEAF],
        "BDAT": [CUT, HANG, says("502 5.5.1 what?"), says("500 what?", cuts=True)],
    }.get(step, ANYWHERE)
    to = f"u{draw(st.integers(0, COUNT))}@example.net" if step == "RCPT" else ""
    return Rule(
        step,
        draw(st.sampled_from(acts)),
        to if draw(st.booleans()) else "",
        after=draw(st.integers(0, COUNT)),
        times=draw(st.sampled_from([None, 1, 1, 2])),
        every=draw(st.integers(1, 3)),
    )


plays = st.builds(
    Play,
    st.lists(rules(), max_size=4),
    st.sets(st.sampled_from(EXTENSIONS)).map(sorted),
    careless=st.booleans(),
    pieces=st.lists(st.integers(1, 40), max_size=5),
)


@pytest.fixture(scope="module")
def relay() -> Iterator[Misbehaving]:
    """One relay for all the examples."""
    with misbehaving() as found:
        yield found


@settings(deadline=None)
@given(play=plays)
def test_scripts(relay: Misbehaving, play: Play) -> None:
    """What the relay has is accepted or uncertain here, and it has nothing twice.

    Every message that was taken ends once each time (`Queue` holds it), and at most one of a
    conversation is uncertain.
    """
    relay.begin(play)
    queue, memory = Queue(copies(COUNT)), Memory()
    for _ in range(2 * COUNT + 1):  # each conversation settles one at least, or finds out of BDAT
        lesson = memory.lesson
        before = sum(len(each) for each in queue.ends.values())
        known = {name: len(each) for name, each in queue.ends.items()}
        try:
            queue.send_messages(relay, memory=memory)
        except RelayError:
            break
        new = [each for name, ends in queue.ends.items() for each in ends[known.get(name, 0) :]]
        assert 1 >= sum(each.outcome is Outcome.uncertain for each in new)
        settled = sum(each.outcome is not Outcome.returned for each in new)
        assert settled or not queue.returned or lesson != memory.lesson
        assert len(new) + before == sum(len(each) for each in queue.ends.values())
        if not queue.returned and not queue.waiting:
            break
    else:
        pytest.fail("it never came to an end")
    kept = relay.settled().kept
    assert len(set(kept)) == len(kept)
    for name, ends in queue.ends.items():
        assert all(each.outcome is Outcome.returned for each in ends[:-1])
        if ends[-1].outcome is Outcome.accepted:
            assert name in kept
        if name in kept:
            assert ends[-1].outcome not in NOT_SENT


# --- Replies ------------------------------------------------------------------------------

codes = st.integers(200, 599)
texts = st.binary(max_size=60).map(lambda text: text.replace(b"\n", b"").rstrip(b"\r"))
replies = st.tuples(codes, st.lists(texts, min_size=1, max_size=4))


def written(code: int, lines: list[bytes]) -> bytes:
    """Return a reply as it goes over the wire."""
    marks = [b"-"] * (len(lines) - 1) + [b" "]
    return b"".join(
        b"%d%s%s\r\n" % (code, mark, line) for mark, line in zip(marks, lines, strict=True)
    )


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut bytes at these places."""
    ends = sorted({place % (len(data) + 1) for place in places} | {len(data)})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(said=st.lists(replies, max_size=5), places=st.lists(st.integers(0, 2000), max_size=30))
def test_cut_replies(said: list[tuple[int, list[bytes]]], places: list[int]) -> None:
    """Replies are the same wherever they are cut."""
    answers = ReplyParser()
    data = b"".join(written(*each) for each in said)
    heard = [reply for piece in cut(data, places) for reply in answers.feed(piece)]
    assert [(code, b"\n".join(lines)) for code, lines in said] == heard
    assert not answers


@given(pieces=st.lists(st.binary(max_size=300), max_size=30))
def test_garbage(pieces: list[bytes]) -> None:
    """Bytes that are no SMTP are either waited for to go on, or found out; no other error."""
    answers, found = ReplyParser(), list[tuple[int, bytes]]()
    with suppress(ProtocolError):
        for piece in pieces:
            found += answers.feed(piece)
    assert all(200 <= code < 600 for code, _ in found)


@given(text=st.binary(max_size=300))
def test_offers(text: bytes) -> None:
    """Whatever a relay says to EHLO can be read."""
    assert 0 <= Extensions.parse(text).largest
