"""From bytes to numbered lines: encoding, byte order mark, line ends, characters that harm."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from publisher.model import Level

#: All planes but the first, less what stands for nothing (Unicode 23.7).
_BEYOND = "".join(
    f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000)
)
#: Control characters but tab and line feed, C1 controls (Gmail clips at U+0092), what turns the
#: direction of the text around (Unicode 9: an unclosed one turns all that follows), a zero-width
#: space, word joiner or byte order mark in the middle (each hides a heading or an address), what
#: is left of a letter that somebody lost (U+FFFD), half a character (a surrogate, which UTF-8
#: cannot hold and an escape can name), and what stands for nothing (some of it XML 1.0 2.2
#: forbids): none has a place in a feed or a mail.
#: All of the other planes is in the first set, and what is harmless of it taken out by the second:
#: with each harmful one in a single set, a character takes 32 ns and not 3. Said as what is
#: harmless in the first plane, it takes 2.5 ms to compile and not 0.1.
HARMFUL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff"
    f"\ufffd-\U0010ffff](?<![{_BEYOND}])"
)

#: (line, column, level, code, message): how every step of reading tells what it found.
Report = Callable[[int, int, Level, str, str], None]


class Line(NamedTuple):
    """One line, or what is left of it, and where that stands in the file (1-based)."""

    number: int
    text: str
    column: int = 1

    def after(self, position: int) -> Line:
        """Return the line without its first characters."""
        return Line(self.number, self.text[position:], self.column + position)


def decode(data: bytes, report: Report) -> str | None:
    """Return the text with line ends of one kind, or None (and an error) when it is not UTF-8.

    A character that must not be published is taken out, with a warning at its first place.
    """
    try:
        text = _text(data)
    except UnicodeDecodeError as error:
        before = _with_one_line_end(_text(data[: error.start]))
        line, column = _place(before, len(before))
        report(
            line,
            column,
            Level.error,
            "not-utf8",
            f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8; save the file as UTF-8"
            + _guess(data, error),
        )
        return None
    text = _with_one_line_end(text.removeprefix("\ufeff"))
    harmful = HARMFUL.search(text)
    if harmful:
        line, column = _place(text, harmful.start())
        text, count = HARMFUL.subn("", text)
        report_taken_out(line, column, harmful[0], count, report)
    return text


def _text(data: bytes) -> str:
    """Decode UTF-8, and what some programs make of it: each half of a character on its own.

    Raises UnicodeDecodeError.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        return joined(data.decode("utf-8", "surrogatepass"))


def joined(text: str) -> str:
    """Make one character of two halves (surrogates) that follow each other.

    JSON has an escape for each (RFC 8259 7), and CESU-8 (Unicode Technical Report 26) three bytes.
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def report_taken_out(line: int, column: int, first: str, count: int, report: Report) -> None:
    """Tell of characters that must not be published, and now are not."""
    named = f"U+{ord(first):04X}"
    what = f"control character {named}" if count == 1 else f"{count} control characters"
    report(
        line, column, Level.warning, "control-character",
        f"{what} taken out (the first is {named})" if count > 1 else f"{what} taken out",
    )  # fmt: skip


def _with_one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _guess(data: bytes, error: UnicodeDecodeError) -> str:
    if error.end == len(data) and error.reason == "unexpected end of data":
        return " (the file ends inside a character)"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return " (it looks like UTF-16)"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return " (it may be GB18030)"


def _place(text: str, position: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, position) + 1
    return text.count("\n", 0, position) + 1, position - start + 1


#: Ranges of lines that one remark names.
_MOST_RANGES = 20


def named(numbers: Sequence[int]) -> str:
    """Return the numbers of lines as ranges: `line 3`, `lines 3–9 and 12`."""
    ranges: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    texts = [f"{first}–{last}" if last > first else f"{first}" for first, last in ranges]
    if len(texts) == 1 and "–" not in texts[0]:
        return f"line {texts[0]}"
    if len(texts) > _MOST_RANGES:
        texts[_MOST_RANGES:] = [f"{len(texts) - _MOST_RANGES} more ranges"]
    return f"lines {' and '.join((', '.join(texts[:-1]), texts[-1]) if texts[1:] else texts)}"
