"""Whatever an IMAP server answers, it is mails or one line."""

from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import MailboxError
from tests.unit.mail.test_imap import ONE, read, scripted

GOOD = b"* 1 FETCH (UID 7 BODY[]<0> {4}\r\nmail)\r\nTAG OK done"
PIECES = [
    b"* ", b"TAG ", b"OK ", b"NO ", b"BAD ", b"BYE ", b"+ ", b"\r\n", b"\n", b"\0", b"\xff", b"(",
    b")", b"{4}", b"{99999999}", b"{-1}", b"NIL", b"FETCH ", b"SEARCH ", b"EXISTS", b"7 ", b"UID ",
    b"[READ-ONLY]", b"[CAPABILITY ", b"]", b'"', GOOD,
]  # fmt: skip
answers = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=8).map(b"".join)
ends = st.sampled_from([b"\r\nTAG OK done", b"\r\n* BYE\r\n"])


@given(
    st.sampled_from(["CAPABILITY", "LOGIN", "SELECT", "SEARCH", "FETCH"]),
    st.builds(bytes.__add__, answers, ends),
)
def test_any_answer(name: str, answer: bytes) -> None:
    """An answer that is garbage, to any command, raises nothing but MailboxError."""
    script = {**ONE, "FETCH": GOOD, name: answer}
    with scripted(script=script) as server:
        mails, line = [], ""
        try:
            mails = read(server, "off", timeout=0.3)
        except MailboxError as error:
            line = str(error)
    assert line.isprintable()
    assert len(mails) <= 1
