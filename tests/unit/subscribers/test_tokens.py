"""Tokens are what they were: those in mails that were sent long ago still work."""

import pytest

from publisher.subscribers.tokens import Keys, Purpose

EPOCH = 1_790_000_000
SHORT = Keys((b"a secret of 33 bytes, as is usual",))
#: RFC 2104 2: a key longer than a block of SHA-256 is hashed first.
LONG = Keys((b"a secret longer than the block of SHA-256 " * 3,))
#: From version 0.1.
LEAVE = "AAAAAAAABNIAAAAAarE7gB524Rc0cMyMih-hBpEDid5syilgyAS4Z8aZzybXWUX-"
CONFIRM = "AAAAAAAABNIAAAAAarE7gNhFjZvt8q4uOYts-d3fqa3GSa9eeUOuZ2PQPEdJS6vC"
RETURN = "00000000000004d26ab13b809fb506e780521e716cc60010f4cf571e"


@pytest.mark.parametrize(
    ("keys", "purpose", "token"),
    [
        (SHORT, Purpose.leave, LEAVE),
        (
            SHORT,
            Purpose.confirm,
            "AAAAAAAABNIAAAAAarE7gNhFjZvt8q4uOYts-d3fqa3GSa9eeUOuZ2PQPEdJS6vC",
        ),
        (LONG, Purpose.leave, "AAAAAAAABNIAAAAAarE7gCxrmGjvyTpX2LH0Jua-yT2dEo2-Q5vYsUmSF1msxphe"),
    ],
)
def test_link(keys: Keys, purpose: Purpose, token: str) -> None:
    """A link's token stays the same, whatever makes its HMAC."""
    assert token == keys.link(purpose, 1234, EPOCH)


@pytest.mark.parametrize(
    ("keys", "token"),
    [(SHORT, RETURN), (LONG, "00000000000004d26ab13b802356142387c280e4ec791055cc05cebb")],
)
def test_return_path(keys: Keys, token: str) -> None:
    """So does a return path's."""
    assert token == keys.return_path(1234, EPOCH)


def test_forgotten_address() -> None:
    """So does what a forgotten address is known by."""
    expected = "hmac-sha256:c6f96e9960beea2dcac593eb7da79ce0faabaa2c7344a4ae5d4efe03225a1ef6"
    assert (expected,) == SHORT.hashes("ann@example.org")


def test_mailbox() -> None:
    """So does what a mailbox is counted by."""
    expected = "7c4568fbc3fdc08a16b0ca9e5c25bb97b14000d21b18932daa4287d9baf78cc0"
    assert (expected,) == SHORT.mailboxes("ann@example.org")


def test_old_tokens_are_read() -> None:
    """Tokens of mails that were sent with version 0.1 are read."""
    assert (1234, EPOCH) == SHORT.read_link(Purpose.leave, LEAVE)
    assert (1234, EPOCH) == SHORT.read_return_path(RETURN)
