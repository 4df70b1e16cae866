"""The copies of one mail, each made of shared bytes and a few values of its own.

The shared part is encoded, brought into DKIM's canonical form and hashed once. A copy has its own
address, Message-ID and token: address and Message-ID are only in the header, the token also in the
body. Bodies are base64 in lines (RFC 2045 6.8), so the lines that a token touches are encoded for
each copy and all others stay, since every token is as long as TOKEN.
"""

from __future__ import annotations

import hashlib
import quopri
import re
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from publisher.mail.mime import (
    TOKEN,
    Letter,
    Note,
    boundary,
    header,
    message_id,
    note_id,
    with_ascii_domain,
)

if TYPE_CHECKING:
    from publisher.mail.dkim import SignatureTemplate, Signer

#: Placeholders of address and Message-ID in the shared header: no header field has a NUL.
_TO, _NAME = "\0to\0", "\0name\0"
#: RFC 2045 6.8: 76 characters a line, and what of the content they hold.
_LINE_BYTES = 57
_TOKEN = TOKEN.encode("ascii")
_ONE_TOKEN = re.compile(rf"[!-~]{{{len(TOKEN)}}}")
#: What would end an address in a header, or begin another field.
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_DIGEST_BYTES, _HASH_BYTES = 16, 32


class Copy(NamedTuple):
    """One recipient's copy."""

    #: The recipient's address in SMTP, its domain in ASCII.
    to: str
    #: Its Message-ID.
    name: str
    #: The header first, with CRLF line ends.
    pieces: Sequence[bytes]


def compose(mail: Letter | Note, recipient: str, token: str = TOKEN) -> bytes:
    """Return an unsigned copy of a mail for one address, with CRLF line ends.

    `token` replaces TOKEN in links. Raises what `Copies.make` raises.
    """
    return b"".join(Copies(mail, None).make(recipient, token).pieces)


class Copies:
    """Makes the copies of one mail; a copy that is made again has the same bytes."""

    def __init__(self, mail: Letter | Note, signer: Signer | None) -> None:
        self._mail = mail
        shared = header(mail, _TO, _NAME)
        body = tuple(_merge_shared(_body(mail)))
        self._template = signer.template(shared) if signer else None
        self._header = _header_template(shared + b"\r\n")
        self._signed_header = _header_template(self._template.signed) if self._template else b""
        #: Bytes that all copies share, each followed by content that is encoded for each copy: what
        #: stands around its tokens.
        self._body = tuple((shared_bytes, content.split(_TOKEN)) for shared_bytes, content in body)
        # The hash of what comes before the first token. The body is its own canonical form
        # (RFC 6376 3.4.4): no line of it has white space that counts, nor is its last empty.
        self._hash = hashlib.sha256(body[0][0])
        #: A hash of all that copies share, the keys, and what these sign: signatures of `presign`
        #: are valid as long as it is the same.
        self._shared = hashlib.sha256((signer.fingerprint if signer else "").encode())
        fields = self._template.fields(b"", b"") if self._template else b""
        for part in (fields, shared, *(shared_bytes for pair in body for shared_bytes in pair)):
            self._shared.update(b"%d:" % len(part) + part)

    @property
    def sender(self) -> str:
        """Return the sender's address, which is also the default return path."""
        return self._mail.sender.address

    def name(self, recipient: str) -> str:
        """Return the Message-ID of one recipient's copy."""
        if isinstance(self._mail, Note):
            return note_id(self._mail)
        return message_id(self._mail, recipient)

    def make(self, recipient: str, token: str = TOKEN, presigned: bytes = b"") -> Copy:
        """Return one recipient's copy.

        `presigned` is from `presign`; if it is for another recipient, token, mail or keys, or is
        empty, the copy is signed now. Raises ValueError for an address or a token that cannot be
        in a header.
        """
        to, name = with_ascii_domain(recipient), self.name(recipient)
        own = _copy_values(to, name, token)
        pieces = [self._header % own, *self._body_pieces(own)]
        if self._template:
            if presigned and presigned.startswith(self._copy_digest(own)):
                hashed = presigned[_DIGEST_BYTES : _DIGEST_BYTES + _HASH_BYTES]
                values = presigned[_DIGEST_BYTES + _HASH_BYTES :]
            else:
                hashed, values = self._signed(self._template, own, pieces[1:])
            pieces.insert(0, self._template.fields(hashed, values))
        return Copy(to, name, pieces)

    def presign(self, recipient: str, token: str) -> bytes:
        """Return what `make` needs to sign a copy without keys; empty without a signer.

        That is a digest of the copy it is for (16 bytes), the body's SHA-256 (32 bytes), and each
        key's signature. The body's hash is included because making it takes as long as the rest.
        """
        own = _copy_values(with_ascii_domain(recipient), self.name(recipient), token)
        if not self._template:
            return b""
        hashed, values = self._signed(self._template, own, self._body_pieces(own))
        return self._copy_digest(own) + hashed + values

    def _body_pieces(self, own: dict[bytes, bytes]) -> list[bytes]:
        pieces = []
        for shared, around in self._body:
            pieces.append(shared)
            if len(around) > 1:
                pieces.append(_base64_lines(own[b"token"].join(around)))
        return pieces

    def _signed(
        self, form: SignatureTemplate, own: dict[bytes, bytes], body: list[bytes]
    ) -> tuple[bytes, bytes]:
        """Return the hash of a body, and the keys' signatures of it and the header."""
        state = self._hash.copy()
        for piece in body[1:]:
            state.update(piece)
        hashed = state.digest()
        return hashed, form.values(self._signed_header % own, hashed)

    def _copy_digest(self, own: dict[bytes, bytes]) -> bytes:
        """Return a digest of one copy and all that its signatures depend on."""
        state = self._shared.copy()
        state.update(b"\0".join(own.values()))
        return state.digest()[:_DIGEST_BYTES]


def _copy_values(to: str, name: str, token: str) -> dict[bytes, bytes]:
    """Return the values of one copy, by placeholder. Raises ValueError for invalid ones."""
    if _NO_ADDRESS.search(to) or not _ONE_TOKEN.fullmatch(token):
        raise ValueError("an address or token that cannot stand in a header")
    return {b"token": token.encode(), b"name": name.encode(), b"to": to.encode()}


def _header_template(text: bytes) -> bytes:
    """Return a header template for `%`: replacing three placeholders takes five times as long."""
    text = text.replace(b"%", b"%%").replace(_TOKEN, b"%(token)b")
    return text.replace(_NAME.encode(), b"%(name)b").replace(_TO.encode(), b"%(to)b")


def _body(mail: Letter | Note) -> Iterator[tuple[bytes, bytes]]:
    """Yield pairs of a body: shared bytes, and the content after them to encode for each copy."""
    bound = boundary(mail)
    for kind, content in (("plain", mail.text), ("html", mail.html)):
        # RFC 2045 6.5: a text's line ends are CRLF before it is encoded.
        data = content.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8")
        # rspamd holds base64 that hides nothing but ASCII against a mail.
        is_ascii = isinstance(mail, Note) and data.isascii()
        yield (
            (
                f"--{bound}\r\n"
                f"Content-Type: text/{kind}; charset=utf-8\r\n"
                f"Content-Transfer-Encoding: {'quoted-printable' if is_ascii else 'base64'}"
                "\r\n\r\n"
            ).encode("ascii"),
            b"",
        )
        if is_ascii:
            yield quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n"), b""
            yield b"\r\n", b""
            continue
        position = 0
        for start, end in _token_spans(data):
            yield _base64_lines(data[position:start]), data[start:end]
            position = end
        yield _base64_lines(data[position:]), b""
    yield f"--{bound}--\r\n".encode("ascii"), b""


def _token_spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the spans of content whose encoded lines contain a part of a token."""
    start = end = 0
    at = data.find(_TOKEN)
    while at >= 0:
        begin = at - at % _LINE_BYTES
        if begin >= end:
            if end:
                yield start, end
            start = begin
        at += len(_TOKEN)
        end = at + -at % _LINE_BYTES
        at = data.find(_TOKEN, at)
    if end:
        yield start, end


def _merge_shared(pairs: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the pairs with shared bytes merged where no content is between them."""
    shared = b""
    for more, content in pairs:
        shared += more
        if content:
            yield shared, content
            shared = b""
    yield shared, b""


def _base64_lines(content: bytes) -> bytes:
    starts = range(0, len(content), _LINE_BYTES)
    lines = [b2a_base64(content[at : at + _LINE_BYTES], newline=False) + b"\r\n" for at in starts]
    return b"".join(lines)
