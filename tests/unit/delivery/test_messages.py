"""Messages are made several in a row, and each is its own reader's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from publisher.delivery.messages import Composer
from publisher.mail.mime import TOKEN
from publisher.mail.personalize import Copies, Copy
from publisher.storage.claims import Claimed
from tests.support.ledger import FarSide, Office, letter
from tests.support.newsletter_folder import KEYS, fresh_database

#: Makes a composer.
Make = Callable[[], Composer]
ADDRESSES = ["ann@example.org", "bob@example.org", "cy@example.org"]
ROWS = [Claimed(number, 1, number, each, 0, 0, None) for number, each in enumerate(ADDRESSES, 1)]
BROKEN = Claimed(4, 1, 4, "a\r\nb@example.org", 0, 0, None)


class Noted(Copies):
    """Copies that note for whom they were made."""

    made: list[str]

    def make(self, recipient: str, token: str = TOKEN, presigned: bytes = b"") -> Copy:
        """Make one, and note it."""
        self.made.append(recipient)
        return super().make(recipient, token, presigned)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Yield what makes a composer for a planned issue."""
    with fresh_database(tmp_path) as database:
        office = Office(database, tmp_path, [FarSide()])
        office.join(*ADDRESSES)
        office.publish()
        Noted.made = []
        yield lambda: Composer(database, lambda row: Noted(letter(row), None), KEYS, "")


def test_who_comes_next_has_theirs_made(make: Make) -> None:
    """Messages are made along with the first, each once."""
    composer = make()
    composer.message(ROWS[0], ROWS[1:])
    assert ADDRESSES == Noted.made
    composer.message(ROWS[1], ROWS[2:])
    composer.message(ROWS[2], ())
    assert ADDRESSES == Noted.made


def test_each_gets_their_own(make: Make) -> None:
    """A message made along with another is the same as made by itself."""
    composer = make()
    together = [composer.message(row, ROWS) for row in ROWS]
    assert ADDRESSES == [each.recipient for each in together]
    assert [make().message(row, ()) for row in ROWS] == together


def test_an_address_that_no_header_can_hold_waits_for_its_turn(
    make: Make,
) -> None:
    """It is nobody else's trouble that it comes next."""
    composer = make()
    assert ADDRESSES[0] == composer.message(ROWS[0], [BROKEN, ROWS[1]]).recipient
    assert [ADDRESSES[0], BROKEN.address, ADDRESSES[1]] == Noted.made
    with pytest.raises(ValueError, match="cannot stand in a header"):
        composer.message(BROKEN, ())
