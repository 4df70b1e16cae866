"""The copies of one mail, each made of what all of them share and the little that is its own.

What they share is encoded, brought into DKIM's canonical form and hashed once. A copy has its own
address, Message-ID and token: the address and the name stand in the header alone, the token also
in the body. Bodies are base64 in lines, so the lines that a token touches are encoded anew and
all others stay, for every token is as long as TOKEN.
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
    on_the_wire,
)

if TYPE_CHECKING:
    from publisher.mail.dkim import Form, Signer

#: Stand in the header where a copy's own address and Message-ID do: no header field has a NUL.
_TO, _NAME = "\0to\0", "\0name\0"
#: RFC 2045 6.8: 76 characters a line, and what of the content they hold.
_LINE_BYTES = 57
_TOKEN = TOKEN.encode("ascii")
_ONE_TOKEN = re.compile(rf"[!-~]{{{len(TOKEN)}}}")
#: What would end an address in a header, or begin another field.
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_SEAL_BYTES, _HASH_BYTES = 16, 32


class Copy(NamedTuple):
    """One recipient's own."""

    #: The recipient as SMTP has it, in ASCII but for its local part.
    to: str
    #: Its Message-ID.
    name: str
    #: The header first, with CRLF line ends.
    pieces: Sequence[bytes]


def compose(mail: Letter | Note, recipient: str, token: str = TOKEN) -> bytes:
    """Return a mail as it goes to one address, unsigned, with CRLF line ends.

    `token` is what their links are made of: it comes in the place of TOKEN. Raises what
    `Copies.make` raises.
    """
    return b"".join(Copies(mail, None).make(recipient, token).pieces)


class Copies:
    """Makes the copies of one mail; a copy's bytes are the same whenever it is made again."""

    def __init__(self, mail: Letter | Note, signer: Signer | None) -> None:
        self._mail = mail
        shared = header(mail, _TO, _NAME)
        body = tuple(_joined(_body(mail)))
        self._form = signer.form(shared) if signer else None
        self._header = _with_gaps(shared + b"\r\n")
        self._signed_header = _with_gaps(self._form.signed) if self._form else b""
        #: Bytes that all copies share, each followed by content that is encoded for each copy: what
        #: stands around its tokens.
        self._body = tuple((each, content.split(_TOKEN)) for each, content in body)
        # The hash of what comes before the first token. The body is its own canonical form
        # (RFC 6376 3.4.4): no line of it has white space that counts, nor is its last empty.
        self._hash = hashlib.sha256(body[0][0])
        #: Names all that copies share, the keys, and what these sign: what `presign` gave holds
        #: as long as this is the same.
        self._shared = hashlib.sha256((signer.fingerprint if signer else "").encode())
        fields = self._form.fields(b"", b"") if self._form else b""
        for part in (fields, shared, *(each for pair in body for each in pair)):
            self._shared.update(b"%d:" % len(part) + part)

    @property
    def sender(self) -> str:
        """Return the address that mail which cannot be delivered goes back to by default."""
        return self._mail.sender.address

    def name(self, recipient: str) -> str:
        """Return the Message-ID of one recipient's copy."""
        if isinstance(self._mail, Note):
            return note_id(self._mail)
        return message_id(self._mail, recipient)

    def make(self, recipient: str, token: str = TOKEN, presigned: bytes = b"") -> Copy:
        """Return one recipient's copy.

        `presigned` is what `presign` gave; if it was for another recipient or token, for another
        mail or by other keys, or is missing, the copy is signed now. Raises ValueError for an
        address or a token that cannot stand in a header.
        """
        to, name = on_the_wire(recipient), self.name(recipient)
        own = _own(to, name, token)
        pieces = [self._header % own, *self._filled(own)]
        if self._form:
            if presigned and presigned.startswith(self._seal(own)):
                hashed = presigned[_SEAL_BYTES : _SEAL_BYTES + _HASH_BYTES]
                values = presigned[_SEAL_BYTES + _HASH_BYTES :]
            else:
                hashed, values = self._signed(self._form, own, pieces[1:])
            pieces.insert(0, self._form.fields(hashed, values))
        return Copy(to, name, pieces)

    def presign(self, recipient: str, token: str) -> bytes:
        """Return what `make` needs to sign a copy without keys, nothing without a signer.

        It is what tells for which copy it is, the body's SHA-256, and each key's signature. The
        hash is kept because making it takes as long as all the rest.
        """
        own = _own(on_the_wire(recipient), self.name(recipient), token)
        if not self._form:
            return b""
        hashed, values = self._signed(self._form, own, self._filled(own))
        return self._seal(own) + hashed + values

    def _filled(self, own: dict[bytes, bytes]) -> list[bytes]:
        pieces = []
        for shared, around in self._body:
            pieces.append(shared)
            if len(around) > 1:
                pieces.append(_lines(own[b"token"].join(around)))
        return pieces

    def _signed(
        self, form: Form, own: dict[bytes, bytes], body: list[bytes]
    ) -> tuple[bytes, bytes]:
        """Return the hash of a body, and what the keys make of it and the header."""
        state = self._hash.copy()
        for piece in body[1:]:
            state.update(piece)
        hashed = state.digest()
        return hashed, form.values(self._signed_header % own, hashed)

    def _seal(self, own: dict[bytes, bytes]) -> bytes:
        """Name one copy and all that its signatures depend on."""
        state = self._shared.copy()
        state.update(b"\0".join(own.values()))
        return state.digest()[:_SEAL_BYTES]


def _own(to: str, name: str, token: str) -> dict[bytes, bytes]:
    """Return what fills the gaps of a copy."""
    if _NO_ADDRESS.search(to) or not _ONE_TOKEN.fullmatch(token):
        raise ValueError("an address or token that cannot stand in a header")
    return {b"token": token.encode(), b"name": name.encode(), b"to": to.encode()}


def _with_gaps(text: bytes) -> bytes:
    """Return what `%` makes a copy's header of: replacing three words takes five times as long."""
    text = text.replace(b"%", b"%%").replace(_TOKEN, b"%(token)b")
    return text.replace(_NAME.encode(), b"%(name)b").replace(_TO.encode(), b"%(to)b")


def _body(mail: Letter | Note) -> Iterator[tuple[bytes, bytes]]:
    """Yield a body as bytes, each with content to encode for each copy after it."""
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
        done = 0
        for start, end in _touched(data):
            yield _lines(data[done:start]), data[start:end]
            done = end
        yield _lines(data[done:]), b""
    yield f"--{bound}--\r\n".encode("ascii"), b""


def _touched(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield from where to where the lines are, once encoded, that tokens touch."""
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


def _joined(pairs: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Join what all copies share where nothing of their own is in between."""
    shared = b""
    for more, content in pairs:
        shared += more
        if content:
            yield shared, content
            shared = b""
    yield shared, b""


def _lines(content: bytes) -> bytes:
    starts = range(0, len(content), _LINE_BYTES)
    lines = [b2a_base64(content[at : at + _LINE_BYTES], newline=False) + b"\r\n" for at in starts]
    return b"".join(lines)
