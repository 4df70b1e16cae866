"""Plain addresses are read as email-validator reads them, and one key holds all forms together."""

import string
import unicodedata

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from publisher.errors import AddressError
from publisher.subscribers import addresses
from publisher.subscribers.addresses import check_address

#: What a key may be long: the column in the database.
KEY = 320
#: The first address that is not plain imports email-validator.
patient = settings(deadline=None)
LETTERS = string.ascii_letters + string.digits
TOPS = ["org", "ORG", "c", "c1", "test", "Local", "arpa", "localhost", "xn--fiqs8s", "com-"]
labels = st.one_of(
    st.text(LETTERS + "-_", min_size=0, max_size=8),
    st.sampled_from(["xn--bcher-kva", "xn--", "ab--c", "a" * 63, "a" * 64, "1", "example"]),
)
domains = st.builds(
    lambda parts, top: ".".join([*parts, top]), st.lists(labels, max_size=5), st.sampled_from(TOPS)
)
locals_ = st.one_of(
    st.text(LETTERS + "._+-!'=|\"\\ ()", max_size=12),
    st.integers(180, 260).map(lambda length: "a" * length),
)
nearly_plain = st.builds(
    lambda local, at, domain: f"{local}{at}{domain}",
    locals_,
    st.sampled_from(["@", "@", "@", "@@", "", " @"]),
    domains,
)
words = st.text(st.characters(categories=["L", "N", "M"], codec="utf-8"), min_size=1, max_size=12)
international = st.builds(lambda local, domain: f"{local}@{domain}.org", words, words)


def answer(of: str, function: object = check_address) -> tuple[str, str] | str:
    """Return what a function says of an address, or why it refuses."""
    try:
        return function(of)  # type: ignore[operator,no-any-return]
    except AddressError as error:
        return str(error)


@patient
@given(nearly_plain)
@example("a@b.c")
@example("a" * 242 + "@example.org")
@example("a" * 243 + "@example.org")
@example("a@" + ".".join(["b" * 50] * 5) + ".org")
@example("Ann.Lee+news@sub-domain.Example.ORG")
def test_plain_addresses(address: str) -> None:
    """The short way for plain addresses gives what email-validator gives, to the letter."""
    assume(addresses.parse_mailbox(address).address == address.strip())
    expected = answer(address.strip(), addresses._thoroughly)
    assert expected == answer(address) or "there are several" in str(answer(address))


@patient
@given(international)
def test_again(address: str) -> None:
    """What an address is made of is an address, with the same key."""
    found = answer(address)
    assume(not isinstance(found, str))
    assert found == (found[0], found[1])
    assert found == check_address(found[0])


@patient
@given(international)
@example("Σας@example.org")
@example("ŉ@example.org")
def test_key_is_the_same_for_all_normal_forms(address: str) -> None:
    """However its letters are put together, an address has one key."""
    found = answer(address)
    assume(not isinstance(found, str))
    composed, decomposed = (unicodedata.normalize(form, address) for form in ("NFC", "NFD"))
    assert {found[1]} == {check_address(composed)[1], check_address(decomposed)[1]}


@patient
@given(st.characters(categories=["L"]))
def test_case_is_folded_letter_by_letter(letter: str) -> None:
    """A letter and its capital have one key, where each is one letter."""
    capital = letter.upper()
    assume(len(capital) == 1 and capital.lower() == letter)
    one, other = answer(f"{letter}@example.org"), answer(f"{capital}@example.org")
    assume(not isinstance(one, str) and not isinstance(other, str))
    assert one[1] == other[1]


@patient
@given(
    st.text(st.characters(categories=["L"], codec="utf-8"), min_size=1, max_size=64),
    st.lists(st.sampled_from(["例", "b", "ü"]), min_size=1, max_size=60),
)
@example("ΐ" * 64, ["例"] * 28)
def test_keys_fit_the_database(local: str, parts: list[str]) -> None:
    """No key is longer than its column, which PostgreSQL would refuse."""
    found = answer(f"{local}@{'.'.join(parts)}.org")
    assume(not isinstance(found, str))
    assert len(found[1]) <= KEY


def test_folding_is_done_once_and_for_all() -> None:
    """No letter folds to another that folds further; each stays one letter."""
    letters = map(chr, range(0x110000))
    assert [] == [
        letter
        for letter in letters
        if addresses._fold(addresses._fold(letter)) != addresses._fold(letter)
        or len(addresses._fold(letter)) != 1
    ]
