"""The header of a mail that was saved whole: its subject is a title, its date is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from publisher.digest.notations.page import Page
from publisher.digest.source_text import Line, Report

#: A name with hyphens is a program's: `Received-SPF`, `Message-ID`, `X-Mailer`.
_FIELD = re.compile(
    r"(from|to|cc|bcc|date|sent|subject|sender|received|references|precedence|importance"
    r"|organi[sz]ation|[a-z]{1,20}(?:-[a-z0-9]{1,20}){1,5}"
    r"|发件人|收件人|抄送|主题|日期|发送时间)[ \t]*[:：][ \t]*(.*)$",
    re.IGNORECASE,
)
#: What stands above the header of a mail that was passed on.
_FORWARDED = re.compile(
    r"[ \t]*(?:-{3,}[ ]?(?:forwarded message|original message|转发邮件信息|转发的邮件|原始邮件)"
    r"[ ]?-{3,}"
    r"|begin forwarded message:)[ \t]*",
    re.IGNORECASE,
)
_SUBJECT, _DATE = ("subject", "主题"), ("date", "sent", "日期", "发送时间")
_SENDER = ("from", "发件人", "sender")


def without(lines: Sequence[Line], report: Report) -> Sequence[Line]:
    """Return a mail's lines with its subject as a title; lines that are none are returned."""
    fields: list[tuple[int, str, str]] = []
    start = next((n for n, line in enumerate(lines) if line.text.strip()), len(lines))
    index = start
    if start < len(lines) and _FORWARDED.fullmatch(lines[start].text):
        index = next((n for n in range(start + 1, len(lines)) if lines[n].text.strip()), start)
    while index < len(lines) and lines[index].text.strip():
        number, text, _ = lines[index]
        if match := _FIELD.match(text):
            fields.append((number, match[1].lower(), match[2]))
        elif text[0] in " \t" and fields:
            first, name, value = fields[-1]
            fields[-1] = (first, name, f"{value} {text.strip()}")
        else:
            return lines
        index += 1
    names = {name for _, name, _ in fields}
    if not names & set(_SUBJECT) or not names & {*_DATE, *_SENDER}:
        return lines
    page = Page()
    for number, name, value in fields:
        if name in _SUBJECT and (words := _decoded(value)):
            page.heading(number, 1, words)
    for number, name, value in fields:
        if name in _DATE and value:
            page.block(number, f"**Date**: {value}")
    shown = {number for number, name, _ in fields if name in (*_SUBJECT, *_DATE)}
    rest = {line.number for line in lines[start:index]} - shown
    page.leave_out("the header of a mail", rest)
    page.tell(report)
    return [*page.lines, *lines[index:]]


def _decoded(value: str) -> str:
    """Return a subject that may be encoded (RFC 2047)."""
    try:
        return str(make_header(decode_header(value))) if "=?" in value else value
    except (HeaderParseError, LookupError, UnicodeError):
        return value
