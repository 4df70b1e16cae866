"""Replies of a relay, cut out of the bytes that it sends."""

import pytest

from publisher.mail.smtp_stream import ProtocolError, ReplyParser


@pytest.mark.parametrize("sent", [b"250 " + b"x" * 100_000, b"250-" + b"x" * 100_000 + b"\r\n"])
def test_what_is_said_of_a_reply_without_end_is_short(sent: bytes) -> None:
    """The words that are kept of a message quote the beginning of its line."""
    with pytest.raises(ProtocolError, match="a reply of more than") as raised:
        list(ReplyParser().feed(sent))
    assert len(str(raised.value)) <= 300
