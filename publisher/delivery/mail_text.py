"""The text of a mail that came back, however strangers have encoded it."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

#: Where the copy begins in a report that is one text: as qmail, Exim and others have it.
_COPY = re.compile(r"(?im)^(?:-+ .*\b(?:copy|original)\b|(?:Return-path|Received):)")
_TAG = re.compile(r"<[^<>]*>")
_BLANK_LINES = re.compile(rb"\r?\n(?:[ \t]*\r?\n)+")


def parsed(mail: bytes) -> Message:
    """Return a mail with its reports and copies decoded, which no standard lets be encoded."""
    # RFC 6533's status is RFC 3464's in UTF-8; the parser knows only that one's name.
    mail = mail.replace(b"message/global-delivery-status", b"message/delivery-status")
    message = message_from_bytes(mail)
    for part in message.walk():
        if part.get_content_maintype() == "message":
            _decode(part)
    return message


def _decode(part: Message) -> None:
    """Parse what is in a part of type message again, if it is encoded (RFC 2045 6.4 forbids it)."""
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding not in ("base64", "quoted-printable"):
        return
    raw = b"\n".join(inner.as_bytes() for inner in inside(part))
    try:
        found = base64.b64decode(raw) if encoding == "base64" else quopri.decodestring(raw)
    except binascii.Error:
        return
    if part.get_content_type() == "message/delivery-status":
        part.set_payload([message_from_bytes(block) for block in _BLANK_LINES.split(found)])
    else:
        part.set_payload([message_from_bytes(found)])


def inside(part: Message) -> list[Message]:
    """Return the parts of a part."""
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if part.is_multipart() else []


def own_parts(message: Message) -> Iterator[Message]:
    """Yield the parts of a mail itself, not of one it returns."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in inside(message):
            yield from own_parts(part)
    else:
        yield message


def everything(message: Message) -> Iterator[str]:
    """Yield all that can be read, what is returned included: headers before their text."""
    for part in message.walk():
        yield from (value for _, value in headers(part))
        if part.get_content_maintype() == "text":
            yield text_of(part)


def own_text(parts: list[Message]) -> str:
    """Return what a mail says itself, without the copy; a blank line stands between its parts.

    A mail of several parts whose boundaries are broken is one text.
    """
    found = [
        text_of(part)
        for part in parts
        if part.get_content_type() == "text/plain" or part.get_content_maintype() == "multipart"
    ]
    if not found:
        found = [
            html.unescape(_TAG.sub(" ", text_of(part)))
            for part in parts
            if part.get_content_type() == "text/html"
        ]
    return _COPY.split("\n\n".join(found), maxsplit=1)[0]


def text_of(part: Message) -> str:
    """Return the text of a part; wrongly decoded where its charset is unknown."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # a charset that nobody knows
        return payload.decode("latin-1")


def fields_of(part: Message) -> dict[str, str]:
    """Return the first header of each name, in lower case."""
    return dict(reversed(list(headers(part))))


def headers(part: Message) -> Iterator[tuple[str, str]]:
    """Yield the headers as they stand, in UTF-8 where they are not ASCII (RFC 6532)."""
    for name, value in part.raw_items():
        raw = str(value).encode("utf-8", "surrogateescape")
        yield name.lower(), raw.decode("utf-8", "replace")


def decoded(value: str) -> str:
    """Return a header's text; as it stands when it is badly encoded (RFC 2047)."""
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError, MessageError):
        return value
