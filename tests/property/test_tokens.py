"""A token says whose it is to who has the key, and nothing else is one."""

import base64
import hmac

from hypothesis import assume, given
from hypothesis import strategies as st

from publisher.subscribers.tokens import Keys, Purpose

NEW, OLD = b"the new secret of these tests", b"the old secret of these tests"
numbers = st.integers(0, 2**64 - 1)
epochs = st.integers(0, 2**32 - 1)
purposes = st.sampled_from(list(Purpose))


@given(purposes, numbers, numbers)
def test_a_link_is_read_back(purpose: Purpose, subscriber: int, epoch: int) -> None:
    """What a token was made of comes back from it, after a change of the key too."""
    token = Keys((OLD,)).link(purpose, subscriber, epoch)
    assert (subscriber, epoch) == Keys((NEW, OLD)).read_link(purpose, token)
    assert token.replace("-", "").replace("_", "").isalnum()


@given(purposes, purposes, numbers, numbers)
def test_a_link_is_good_for_one_thing(
    purpose: Purpose, other: Purpose, subscriber: int, epoch: int
) -> None:
    """A token for one purpose is none for another."""
    assume(purpose is not other)
    keys = Keys((NEW,))
    assert keys.read_link(other, keys.link(purpose, subscriber, epoch)) is None


@given(numbers, numbers)
def test_a_link_needs_its_key(subscriber: int, epoch: int) -> None:
    """A token made with a secret that is no longer in the list is none."""
    token = Keys((OLD,)).link(Purpose.leave, subscriber, epoch)
    assert Keys((NEW,)).read_link(Purpose.leave, token) is None


@given(numbers, numbers, st.integers(0, 63), st.sampled_from("ABCdef012-_"))
def test_a_changed_link_is_none(subscriber: int, epoch: int, place: int, letter: str) -> None:
    """A token of which one character is another is none: each of its bits counts."""
    keys = Keys((NEW,))
    token = keys.link(Purpose.leave, subscriber, epoch)
    assume(token[place] != letter)
    assert keys.read_link(Purpose.leave, token[:place] + letter + token[place + 1 :]) is None


@given(st.text())
def test_made_up_tokens_are_none(text: str) -> None:
    """Whatever somebody makes up is no token, and no error."""
    keys = Keys((NEW,))
    assert (None, None) == (keys.read_link(Purpose.leave, text), keys.read_return_path(text))


@given(numbers, epochs)
def test_a_return_path_is_read_back(subscriber: int, epoch: int) -> None:
    """A return path says whose copy it was, whatever became of its case on the way."""
    keys = Keys((OLD,))
    token = keys.return_path(subscriber, epoch)
    found = [Keys((NEW, OLD)).read_return_path(each) for each in (token, token.upper())]
    assert [(subscriber, epoch)] * 2 == found


@given(numbers, epochs)
def test_a_return_path_fits_a_local_part(subscriber: int, epoch: int) -> None:
    """A return path is as long as a local part may be, and needs no quoting (RFC 5321)."""
    token = Keys((NEW,)).return_path(subscriber, epoch)
    assert len(f"bounces+{token}") <= 64
    assert token.isascii()
    assert token.isalnum()


@given(st.emails(), st.emails())
def test_a_forgotten_address_is_known_again(address: str, other: str) -> None:
    """An address has one hash for each key, its own alone; the newest comes first."""
    assume(address != other)
    both = Keys((NEW, OLD)).hashes(address)
    assert both == (*Keys((NEW,)).hashes(address), *Keys((OLD,)).hashes(address))
    assert not set(both) & set(Keys((NEW, OLD)).hashes(other))
    assert address not in "".join(both)


@given(st.binary(max_size=200), numbers)
def test_its_seal_is_the_standards(secret: bytes, subscriber: int) -> None:
    """What seals a token is HMAC-SHA256 (RFC 2104), whatever the length of the secret."""
    token = Keys((secret,)).link(Purpose.leave, subscriber, 0)
    data = base64.urlsafe_b64decode(token)
    assert hmac.digest(secret, b"leave\0" + data[:16], "sha256") == data[16:]
