"""What counts as a refusal in the words of a server."""

import pytest

from publisher.delivery.smtp_status import is_refusal, is_temporary


@pytest.mark.parametrize(
    "code",
    [
        # RFC 5321 4.2.3
        *(421, 450, 451, 452, 455, 500, 501, 502, 503, 504, 550, 551, 552, 553, 554, 555),
        # RFC 4954 6, RFC 7504 4, RFC 3207, filters
        *(454, 530, 534, 535, 538, 521, 556, 540, 541),
    ],
)
def test_reply_code(code: int) -> None:
    """Each code that a server refuses with is known without an enhanced status beside it."""
    assert is_refusal(f"the relay said: {code} no")


@pytest.mark.parametrize("words", ["250 ok", "354 go ahead", "v1.504 no", "5504 no"])
def test_no_reply_code(words: str) -> None:
    """What goes well is no refusal, and a part of another number is none."""
    assert not is_refusal(words)


@pytest.mark.parametrize("words", ["550 4.2.2 mailbox full", "450 5.1.1 no such user"])
def test_one_of_two_classes(words: str) -> None:
    """Where code and status contradict each other, what one of them calls temporary may pass."""
    assert is_temporary(words)


def test_permanent() -> None:
    """What both call permanent does not pass."""
    assert not is_temporary("550 5.1.1 no such user")
