"""The text of a mail that came back, however it is encoded (MIME, RFC 2045 to 2047).

Anybody can send a mail here. So what is read of one is bounded: bytes (bounces.LIMIT), lines,
parts, nested parts and the length of headers, and no text is decoded by a codec that takes
quadratic time. A mail with more parts than that raises MailTextError; lines and headers are cut.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import quopri
import re
from collections.abc import Iterator, Sequence
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32, Policy

#: Where the copy begins in a report that is one text: as qmail, Exim and others have it.
_COPY = re.compile(r"(?im)^(?:-+ .*\b(?:copy|original)\b|(?:Return-path|Received):)")
_TAG = re.compile(r"<[^<>]*>")
_BLANK_LINES = re.compile(rb"\r?\n(?:[ \t]*\r?\n)+")
#: Lines of a mail that are read. A mail of a megabyte in base64 has 13,000.
_LINES = 40_000
#: Parts that a mail may have; the block of each recipient in a delivery status is one.
_PARTS = 300
#: Multiparts that a mail may have. The parser compares each line with the boundaries of all that
#: are open.
_MULTIPARTS = 40
_BOUNDARY = re.compile(rb"boundary[*\d]*\s*=", re.IGNORECASE)
#: Characters of a header that are read, and of one with parameters: the standard library takes
#: quadratic time to read those.
_HEADER, _PARAMETERS = 4_000, 300
#: The charsets that mails are written in. Other codecs of Python take quadratic time (punycode,
#: idna), or are no charsets (unicode_escape).
_CHARSET = re.compile(
    r"ascii|utf-(?:7|8|16|32)(?:-[bl]e|-sig)?|iso8859-\d+|cp\d+|koi8[-_][rtu]|mac-\w+"
    r"|gb2312|gbk|gb18030|hz|big5(?:hkscs)?|shift_jis\w*|euc_\w+|iso2022_\w+|johab|tis-620"
    r"|ptcp154|kz1048|hp-roman8"
)
_ANY_CHARSET = "latin-1"


class MailTextError(Exception):
    """A mail has more parts than a mail needs."""


class _Headers(Compat32):
    """Cuts headers to what is read of them."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        longest = _PARAMETERS if name.lower().startswith("content-") else _HEADER
        return name, value[:longest]


_POLICY = _Headers()


def parse_mail(mail: bytes) -> Message:
    """Return a parsed mail whose reports and returned copies are decoded.

    Parts of type message must not be encoded (RFC 2045 6.4), but some are. Raises MailTextError
    for a mail with too many parts.
    """
    # RFC 6533's status is RFC 3464's in UTF-8; the parser knows only that one's name.
    mail = mail.replace(b"message/global-delivery-status", b"message/delivery-status")
    parts = iter(range(_PARTS))
    message = _message(mail, parts)
    _decode(message, parts)
    for part in message.walk():
        charset = part.get_content_charset()
        if charset is not None and not _is_common(charset):
            # Others decode parts by this header, too.
            part.replace_header(
                "Content-Type", f"{part.get_content_type()}; charset={_ANY_CHARSET}"
            )
    return message


def first_lines(mail: bytes, *, lines: int, longest: int) -> bytes:
    """Return the first lines of a mail, and the first `longest` bytes of each line."""
    return b"\n".join(line[:longest] for line in mail.splitlines()[:lines])


def _message(mail: bytes, parts: Iterator[int]) -> Message:
    """Return a parsed mail; each of its parts takes one of `parts`. Raises MailTextError."""
    if len(_BOUNDARY.findall(mail)) > _MULTIPARTS:
        raise MailTextError("too many multiparts")

    def part(policy: Policy = _POLICY) -> Message:
        if next(parts, None) is None:
            raise MailTextError("too many parts")
        return Message(policy)

    return BytesParser(part, policy=_POLICY).parsebytes(
        b"".join(mail.splitlines(keepends=True)[:_LINES])
    )


def _decode(part: Message, parts: Iterator[int]) -> None:
    """Parse again what is encoded in parts of type message (RFC 2045 6.4 forbids it).

    What is encoded in such a part in turn stays so: each byte is decoded once.
    """
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if part.get_content_maintype() != "message" or encoding not in ("base64", "quoted-printable"):
        for inner in subparts(part):
            _decode(inner, parts)
        return
    raw = b"\n".join(inner.as_bytes() for inner in subparts(part))
    try:
        content = base64.b64decode(raw) if encoding == "base64" else quopri.decodestring(raw)
    except binascii.Error:
        return
    is_status = part.get_content_type() == "message/delivery-status"
    blocks: Sequence[bytes] = _BLANK_LINES.split(content) if is_status else [content]
    part.set_payload([_message(block, parts) for block in blocks])


def _is_common(charset: str) -> bool:
    """Return whether a charset is one that mails are written in."""
    try:
        return bool(_CHARSET.fullmatch(codecs.lookup(charset).name))
    except (LookupError, ValueError):  # a charset that nobody knows
        return False


def subparts(part: Message) -> list[Message]:
    """Return the parts directly inside a part; none for one that is not multipart."""
    payload = part.get_payload()
    return (
        [subpart for subpart in payload if isinstance(subpart, Message)]
        if part.is_multipart()
        else []
    )


def own_parts(message: Message) -> Iterator[Message]:
    """Yield the parts of a mail itself, not of one it returns."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in subparts(message):
            yield from own_parts(part)
    else:
        yield message


def all_text(message: Message) -> Iterator[str]:
    """Yield the header values and texts of all parts, those of the returned copy included."""
    for part in message.walk():
        yield from (value for _, value in headers(part))
        if part.get_content_maintype() == "text":
            yield text_of(part)


def own_text(parts: list[Message]) -> str:
    """Return the text of these parts without the returned copy, with blank lines between parts.

    A mail of several parts whose boundaries are broken is one text.
    """
    texts = [
        text_of(part)
        for part in parts
        if part.get_content_type() == "text/plain" or part.get_content_maintype() == "multipart"
    ]
    if not texts:
        texts = [
            html.unescape(_TAG.sub(" ", text_of(part)))
            for part in parts
            if part.get_content_type() == "text/html"
        ]
    return _COPY.split("\n\n".join(texts), maxsplit=1)[0]


def text_of(part: Message) -> str:
    """Return the text of a part; bytes that its charset does not know become U+FFFD."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return payload.decode(part.get_content_charset("utf-8"), "replace")


def fields_of(part: Message) -> dict[str, str]:
    """Return the first value of each header, by its name in lower case."""
    return dict(reversed(list(headers(part))))


def headers(part: Message) -> Iterator[tuple[str, str]]:
    """Yield name, in lower case, and undecoded value of each header, read as UTF-8 (RFC 6532)."""
    for name, value in part.raw_items():
        raw = str(value).encode("utf-8", "surrogateescape")
        yield name.lower(), raw.decode("utf-8", "replace")


def header_text(value: str) -> str:
    """Return a header's decoded text (RFC 2047); the value itself when it is badly encoded."""
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError, MessageError):
        return value
