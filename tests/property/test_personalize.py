"""A copy made the fast way is, byte for byte, one made whole, whatever is in it."""

from dataclasses import replace
from functools import cache

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.mail import dkim
from publisher.mail.dkim import (
    Key,
    Kind,
    PrivateKey,
    SignatureTemplate,
    Signer,
    generate_key,
    relaxed_body,
)
from publisher.mail.mime import TOKEN, Letter, Note, boundary
from publisher.mail.personalize import Copies, compose
from tests.support.newsletter_folder import NOW
from tests.support.rendered_mail import LETTER

ANN = "ann@example.net"
NOTE = Note(
    sender=LETTER.sender, reply_to=None, subject="Join?", date=NOW, text="text", html="<p>html</p>",
    name="joining.1",
)  # fmt: skip
#: What a line, a token or another's gap could be taken for.
ODD = ("\r\n", "\n", "\r", "\0to\0", "\0name\0", "--", "0-", "-0", ".", " ", "论文", "x" * 57)
#: Texts in any script, with the token anywhere in them: once, often, never, one after the other.
texts = st.lists(
    st.just(TOKEN)
    | st.sampled_from(ODD)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=130),
    max_size=8,
).map("".join)
tokens = st.text("ABCxyz019-_=", min_size=64, max_size=64)
addresses = st.sampled_from(
    [
        ANN,
        "论文@例え.jp",
        "o'neill+a=b@sub.example.co.uk",
        "straße@straße.de",
        f"{'a' * 64}@{'b' * 63}.{'c' * 63}.example",
    ]
)


@cache
def signer(domain: str = "example.org") -> Signer:
    """Return what signs with a key of each kind."""
    return Signer([_key(kind, domain) for kind in Kind])


def _key(kind: Kind, domain: str) -> Key:
    private = serialization.load_pem_private_key(generate_key(kind), password=None)
    assert isinstance(private, PrivateKey)
    return Key(domain=domain, selector=kind.value, private=private)


def substituted(letter: Letter, token: str) -> Letter:
    """Return the letter as if it were written to one reader."""
    return replace(
        letter,
        text=letter.text.replace(TOKEN, token),
        html=letter.html.replace(TOKEN, token),
        unsubscribe_urls=tuple(url.replace(TOKEN, token) for url in letter.unsubscribe_urls),
    )


@given(texts, texts, addresses, tokens)
@example(
    "0-" + TOKEN + "0-" + TOKEN[2:] + TOKEN, TOKEN[:-1] + TOKEN + TOKEN[1:], "a@b.cc", "0" * 64
)
def test_same_as_whole(text: str, html: str, address: str, token: str) -> None:
    """It is the copy of a letter that was written to nobody else."""
    letter = replace(LETTER, text=text, html=html)
    whole = substituted(letter, token)
    expected = compose(whole, address).replace(boundary(whole).encode(), boundary(letter).encode())
    assert expected == b"".join(Copies(letter, None).make(address, token).pieces)


@given(texts, texts, addresses, tokens)
def test_same_as_signed_whole(text: str, html: str, address: str, token: str) -> None:
    """Its signatures are those of the whole message."""
    letter = replace(LETTER, text=text, html=html)
    expected = signer().sign(compose(letter, address, token))
    assert expected == b"".join(Copies(letter, signer()).make(address, token).pieces)


@given(texts, texts, addresses, tokens)
def test_signed_ahead(text: str, html: str, address: str, token: str) -> None:
    """One that was signed ahead is the same one."""
    copies = Copies(replace(LETTER, text=text, html=html), signer())
    ahead = copies.presign(address, token)
    assert copies.make(address, token) == copies.make(address, token, ahead)


@given(texts, texts, tokens)
def test_canonical_already(text: str, html: str, token: str) -> None:
    """Its body is what DKIM hashes, byte for byte, and no line of it begins with a dot."""
    copy = Copies(replace(LETTER, text=text, html=html), None).make("a@b.cc", token)
    body = b"".join(copy.pieces[1:])
    assert body == relaxed_body(body)
    assert b"\n." not in body


def test_note() -> None:
    """A note to one person is signed as an issue's copy is."""
    expected = signer().sign(compose(NOTE, ANN))
    assert expected == b"".join(Copies(NOTE, signer()).make(ANN).pieces)


def test_unsigned() -> None:
    """Without keys there is nothing to sign ahead."""
    assert b"" == Copies(LETTER, None).presign(ANN, "0" * 64)


@pytest.mark.parametrize("token", ["", "0" * 63, "0" * 65, "0" * 63 + "\n", "论" * 64])
def test_bad_token(token: str) -> None:
    """A token that would move what stands after it is none."""
    with pytest.raises(ValueError, match="cannot stand in a header"):
        Copies(LETTER, None).make(ANN, token)


@pytest.mark.parametrize("address", ["a@b.cc\r\nBcc: c@d.ee", "a b@c.dd", "a\0@b.cc", "a@b.cc\n"])
def test_bad_address(address: str) -> None:
    """An address gets nothing else into the header."""
    with pytest.raises(ValueError, match="cannot stand in a header"):
        Copies(LETTER, None).make(address, "0" * 64)


def others() -> dict[str, bytes]:
    """Return signatures made ahead that are not for Ann's copy of the letter."""
    copies = Copies(LETTER, signer())
    return {
        "another reader": copies.presign("bob@example.net", "0" * 64),
        "another token": copies.presign(ANN, "1" * 64),
        "another text": Copies(replace(LETTER, text=TOKEN), signer()).presign(ANN, "0" * 64),
        "another header": Copies(replace(LETTER, subject="x"), signer()).presign(ANN, "0" * 64),
        "other keys": Copies(LETTER, signer("example.net")).presign(ANN, "0" * 64),
        "fewer keys": Copies(LETTER, Signer(signer()._keys[:1])).presign(ANN, "0" * 64),
        "none": b"",
        "garbage": b"\0" * len(copies.presign(ANN, "0" * 64)),
    }


@pytest.mark.parametrize("which", list(others()))
def test_signed_for_another(which: str) -> None:
    """What was not signed for this very copy is signed anew."""
    copies = Copies(LETTER, signer())
    assert copies.make(ANN, "0" * 64) == copies.make(ANN, "0" * 64, others()[which])


def test_signed_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was signed when other header fields were signed is signed anew."""
    ahead = Copies(LETTER, signer()).presign(ANN, "0" * 64)
    monkeypatch.setattr(dkim, "SIGNED", ())
    copies = Copies(LETTER, signer())
    assert copies.make(ANN, "0" * 64) == copies.make(ANN, "0" * 64, ahead)


def test_signed_without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was signed ahead needs no key operation any more."""
    copies = Copies(LETTER, signer())
    ahead = copies.presign(ANN, "0" * 64)
    expected = copies.make(ANN, "0" * 64)
    monkeypatch.setattr(SignatureTemplate, "values", None)
    assert expected == copies.make(ANN, "0" * 64, ahead)
