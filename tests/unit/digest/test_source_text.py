"""From bytes to text: encodings, line ends, characters that do harm."""

import unicodedata
from datetime import UTC

import pytest

from publisher.digest.parser import ParsedDigest, read
from publisher.digest.source_text import decode
from publisher.model import Level, paragraphs, plain

_PLANE_END = range(0xFFFC, 0x10000)
LINK = "https://arxiv.org/abs/2408.05211"


def reading(data: bytes) -> ParsedDigest:
    """Read a digest's bytes."""
    return read(data, "1.txt", languages=("en", "zh-CN"), zone=UTC, shown="seeds/1.txt")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    """Files from any system read the same."""
    found = reading(end.join(["## One  ", f"[一]({LINK})  ", "甲。", "", "乙。", ""]).encode())
    assert found.issue
    [item] = found.issue.items
    assert ("One", ["甲。", "乙。"]) == (item.title.text, [plain(p) for p in paragraphs(item.body)])


def test_byte_order_mark_is_no_text() -> None:
    """A byte order mark, at the start or inside, does not hide the first heading."""
    found = reading(f"\ufeff# One\n[一]({LINK})\n\n文字。".encode())
    assert found.issue
    assert ("One", ()) == (found.issue.items[0].title.text, found.diagnostics)


@pytest.mark.parametrize(
    ("data", "line", "column", "byte", "guess"),
    [
        ("# One\n能力".encode("gb18030"), 2, 1, "byte 6 (0xc4)", " (it may be GB18030)"),
        ("# 一".encode("utf-16"), 1, 1, "byte 0 (0xff)", " (it looks like UTF-16)"),
        ("一二".encode() + b"\x80\xff", 1, 3, "byte 6 (0x80)", ""),
        ("一".encode()[:2], 1, 1, "byte 0 (0xe4)", " (the file ends inside a character)"),
        (b"a\r\nb\rc\xed\xa0", 3, 2, "byte 6 (0xed)", " (it may be GB18030)"),
        ("\ud83d一\n".encode("utf-8", "surrogatepass") + b"a\xff", 2, 2, "byte 8 (0xff)", ""),
    ],
)
def test_other_encodings_are_an_error_with_the_place(
    data: bytes, line: int, column: int, byte: str, guess: str
) -> None:
    """A file that is not UTF-8 gives one error, with the byte, its line and its column."""
    found = reading(data)
    assert found.issue is None
    [error] = found.diagnostics
    message = f"{byte} is not UTF-8; save the file as UTF-8{guess}"
    assert (Level.error, "not-utf8", line, column, message) == (
        error.level, error.code, error.line, error.column, error.message,
    )  # fmt: skip


def test_zero_width_spaces_hide_nothing() -> None:
    """Pasted from a page, they stand before headings and around addresses."""
    text = f"\u200b## One\n[一](\u200b{LINK}\u2060)\n\n文字。\n\n\u200b\n"
    found = reading(text.encode())
    assert found.issue
    [item] = found.issue.items
    assert ("One", 1, LINK) == (item.title.text, len(item.body), item.url)
    assert ["4 control characters taken out (the first is U+200B)"] == [
        each.message for each in found.diagnostics
    ]


def test_control_characters_are_taken_out() -> None:
    """NUL and its like never reach a feed; their number and first place are told."""
    found = reading(
        f"# One\n[一]({LINK})\n\n文\x00字\x07\x92\uffff\ufffd\ufdd0\U0010fffe。".encode()
    )
    assert found.issue
    assert ["文字。"] == [plain(run) for run in paragraphs(found.issue.items[0].body)]
    [told] = map(str, found.diagnostics)
    what = "7 control characters taken out (the first is U+0000)"
    assert f"seeds/1.txt:4:2: warning: {what} [control-character]" == told


def test_halves_of_characters() -> None:
    """A half on its own is taken out, and two that belong together are the character."""
    text = f"# One\n[一]({LINK})\n\n文\ud83d字\ud83d\ude00。\ude00"
    found = reading(text.encode("utf-8", "surrogatepass"))
    assert found.issue
    assert ["文字😀。"] == [plain(run) for run in paragraphs(found.issue.items[0].body)]
    [told] = map(str, found.diagnostics)
    what = "2 control characters taken out (the first is U+D83D)"
    assert f"seeds/1.txt:4:2: warning: {what} [control-character]" == told


def test_what_turns_text_around() -> None:
    """What sets the direction of text is taken out: unclosed, it turns all that follows."""
    found = reading(
        f"## Family of \u202eevil\u202c Saws\n[锯子]({LINK})\n\n正文\u2066未闭合。".encode()
    )
    assert found.issue
    assert "Family of evil Saws" == found.issue.items[0].title.text
    assert ["正文未闭合。"] == [plain(run) for run in paragraphs(found.issue.items[0].body)]
    what = "3 control characters taken out (the first is U+202E)"
    assert [f"seeds/1.txt:1:14: warning: {what} [control-character]"] == list(
        map(str, found.diagnostics)
    )


def test_no_more_is_taken_out_than_harms() -> None:
    """Of Unicode what goes is controls, noncharacters and what nobody sees, and no letter."""
    edges = [plane + at for plane in range(0x10000, 0x110000, 0x10000) for at in (0, *_PLANE_END)]
    every = list(map(chr, (*range(0xD800), *range(0xE000, 0x10000), *edges)))
    kept = decode("".join(every).encode(), lambda *_: None)
    assert kept
    harmful = {
        each
        for each in every
        if (unicodedata.category(each) == "Cc" and each not in "\t\r\n")
        or ord(each) & 0xFFFE == 0xFFFE
        or "\ufdd0" <= each <= "\ufdef"
        or each in "\u200b\u2060\ufeff\ufffd"
        or "\u202a" <= each <= "\u202e"
        or "\u2066" <= each <= "\u2069"
    }
    assert harmful == set(every) - set(kept) - {"\r"}


@pytest.mark.parametrize("text", ["", "\n", " \t\r\n\u3000", "\ufeff", "\x00"])
def test_empty_file_is_an_error(text: str) -> None:
    """Nothing to publish is said plainly."""
    found = reading(text.encode())
    assert found.issue is None
    assert "the file is empty" == found.diagnostics[-1].message


@pytest.mark.parametrize(
    "text", ["只有一段话。", "<b>One</b>", "- 一\n- 二", "> 引", "```\nx\n```"]
)
def test_file_without_items_is_an_error(text: str) -> None:
    """Text with no item in it is an error that says what an item is."""
    found = reading(text.encode())
    assert found.issue is None
    assert ["empty"] == [each.code for each in found.diagnostics]
    assert "an item is a heading, an entry" in found.diagnostics[0].message
