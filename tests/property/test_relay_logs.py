"""Whatever stands in a log, only a message that Postfix took up counts as taken."""

from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.mail_log import RelayLog
from tests.unit.delivery.test_mail_log import ANN, BOB, CUT, begun, queued

#: What may stand between the lines of a log.
WORDS = [
    b"message-id=<", ANN.encode(), b">", b"\n", b": ", b"client=", b"postfix/cleanup[12]: ",
    b"Nov 21 11:43:14 relay ", b"{", b"[", b'"message_id": "', b'"', b"\x00", b"\xff", b"}",
    b"lost connection after DATA",
]  # fmt: skip
garbage = st.lists(st.sampled_from(WORDS) | st.binary(max_size=20), max_size=30).map(b"".join)


@given(st.lists(garbage, max_size=6), st.integers(1, 400))
def test_garbage(lines: list[bytes], size: int) -> None:
    """A log that is none, in pieces of any size, ends without an error and says nothing."""
    log = RelayLog([ANN.encode(), BOB.encode()])
    text = b"\n".join(lines)
    for start in range(0, len(text), size):
        log.read(text[start : start + size])
    assert {} == log.taken


@given(
    st.permutations(range(6)),
    st.lists(garbage.map(lambda line: line.replace(b"\n", b" ")), min_size=7, max_size=7),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_lines_in_any_order(order: list[int], between: list[bytes], ends: list[bool]) -> None:
    """Ann's message was taken if she was named before it was taken up, and Bob's was not at all."""
    anns, bobs = begun("AAAAAAAAAA1"), begun("AAAAAAAAAA2", BOB)
    lines = [*anns, queued("AAAAAAAAAA1"), *bobs, CUT]
    log = RelayLog([ANN.encode(), BOB.encode()])
    text = b""
    for number, noise, end in zip(order, between, ends, strict=False):
        text += b"# " + noise + b"\n" + lines[number].encode() + b"\n"
        if end:
            log.read(text)
            text = b""
    log.read(text)
    at = {line: place for place, line in enumerate(order)}
    # A client who is named again gets the queue id for another message.
    lost = at[1] < at[0] < at[2]
    assert log.taken == (
        {ANN.encode(): "queued as AAAAAAAAAA1"} if at[1] < at[2] and not lost else {}
    )
    assert set(log.refused) <= {ANN.encode(), BOB.encode()}
