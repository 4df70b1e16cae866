"""Whatever HTML a digest holds: no word is lost, no tag is left, and it ends in time."""

from __future__ import annotations

import gc
import os
import re
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.digest.html.markup import rewritten
from publisher.digest.source_text import Line
from tests.support.digest_shapes import numbered
from tests.support.markup import lines_of, read
from tests.support.time_bounds import within

#: Bytes; a million with `make test-properties`.
SIZE = int(os.environ.get("PUBLISHER_TEST_BYTES", "15000"))
#: Bytes of memory for each byte of a digest, and for any.
RATIO, LEAST = 150, 3_000_000
NAMES = [
    "div", "p", "table", "tr", "td", "th", "tbody", "thead", "ul", "ol", "li", "dl", "dt",
    "dd", "b", "i", "strong", "em", "a", "code", "pre", "span", "details", "h2", "h3", "br",
    "hr", "blockquote", "sup", "sub", "section", "center", "q", "u", "font", "think",
]  # fmt: skip
TAGS = [
    *(f"<{name}>" for name in NAMES), *(f"</{name}>" for name in NAMES),
    "<a href='https://a.org'>", "<td colspan=2>", "<td rowspan=3>", "<ol start=4>", "<br/>",
    "<div class='x'>", "<p align=center>", "<img src='https://a.org/i.png' alt='@'>",
    "<details><summary>@</summary>", "<script>", "</script>",
]  # fmt: skip
TEXTS = [
    "@", "@ ＠", "＠", "\n", "\n\n", " ", "- @\n", "# @\n", "> @", "1. @", "`@`", "**", "*", "|",
    "| @ | @ |\n|---|---|\n| @ | @ |", "$@$", "[@](https://a.org)", "[", "]", "\\", "<", "&lt;",
    "  ", "    ", "```\n", "\t", "{{", "{% @",
]  # fmt: skip
WORD = re.compile(r"zq[0-9]{4}|词[0-9]{4}")


def texts(lines: Sequence[Line]) -> str:
    """Return lines as one text."""
    return "\n".join(line.text for line in lines)


@given(st.lists(st.sampled_from([*TAGS, *TEXTS]), max_size=30), st.booleans())
def test_no_word_is_lost(parts: list[str], is_page: bool) -> None:  # noqa: FBT001
    """Each is in a line, their lines are in order, or a remark names the line of one."""
    text = numbered("".join(parts))
    text = f"<html>{text}" if is_page else text
    lines, remarks = read(text)
    told: set[int] = set()
    for number, _, _, code, message in remarks:
        if code == "hidden-markup":
            last = re.search(r"to line (\d+)", message)
            told.update(range(number, int(last[1]) + 1 if last else number + 1))
    shown = texts(lines)
    for line in lines_of(text):
        lost = [word for word in WORD.findall(line.text) if word not in shown]
        assert line.number in told or not lost
    numbers = [line.number for line in lines]
    assert sorted(numbers) == numbers


@given(st.lists(st.sampled_from([*TAGS[:-2], *TEXTS[:19]]), max_size=30))
def test_no_tag_is_left(parts: list[str]) -> None:
    """What a text becomes has no markup any more."""
    once = texts(read(numbered("".join(parts)))[0])
    assert once.split() == texts(read(once)[0]).split()


@pytest.mark.parametrize(
    "pattern",
    [
        "<div>\n", "<table>\n", "<table><tr><td>", "<ul><li>", "<td>\n", "<li>\n", "<dl><dt>a<dd>b",
        "<a ", '<a href="', "<a href='x\" y=\"", "<a href='https://a.org'>", "<a b", "<a b=c ",
        "<b>", "<b>a</b>", "<i><b>", "<b></i>", "</b>", "</div>", "<h2>", "<h2>a\n", "<summary>",
        "<details><summary>", "<blockquote>x", "<pre>", "<pre>\n", "<code>", "<code>`</code>",
        "<script>", "<script></script>", "<script>\n```\n</script>\n```\n", "<svg>x</svg>",
        "<br>\n", "<hr>", "<p>a</p>", "<video> ", "<s>a", "<!", "<!doctype ", "<?xml ", "<x", "</",
        "<img src='data:", "<img src='", "|a|<b>\n|-|-|\n", "| a | <ul><li>x |\n", "<sup>1</sup>",
        "<table><tr><td rowspan=9999 colspan=50>a", "<table><tr><th>a</table>", "<ul><li>a</ul>\n",
        "{{", "{{ a }}", "{%", "{% a %}", "{{< a", "{:", "{: .a", "{.a", "{a=b ", "](", "]({{",
        "[toc]\n", ":::\n", "::: a\n", "\\newpage\n", "`<b>", "$<b>$", "{%comment%}", "{{/*",
        " - <p>", "<html><p>",
    ],
)  # fmt: skip
def test_much_of_one_pattern_ends(pattern: str) -> None:
    """None takes more than linear time, or much memory."""
    bounded(pattern * (SIZE // len(pattern)))


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 5_000 + "x" + "</div>" * 5_000,
        "<table><tr><td>" + "<div>" * 5_000 + "x" + "</div>" * 5_000 + "</table>y",
        "<table>" + "<tr><td>a<td>b\n" * (SIZE // 15) + "</table>",
        "<table><tr>" + "<td rowspan=999>a" * (SIZE // 30) + "<tr>" * (SIZE // 8) + "</table>",
        "<table><tr><td rowspan=9999>" + "word " * (SIZE // 10) + "<tr><td>b" * (SIZE // 18),
        "<b>" * 20 + "<div>" * (SIZE // 5),
        "\n".join("`" * n + "<b>" for n in range(int((2 * SIZE) ** 0.5), 2, -1)),
    ],
    ids=lambda text: repr(text[:12]) + repr(text[-12:]),
)
def test_large_markup_of_one_kind_ends(text: str) -> None:
    """The same for what is not one pattern."""
    bounded(text)


def bounded(text: str) -> None:
    """Take the markup out of a text within the memory and the time that its size allows."""
    lines = lines_of(text)
    with within(2 + 25 * len(text) / 1_000_000):
        rewritten(lines, lambda *_: None)
    gc.collect()
    tracemalloc.start()
    try:
        rewritten(lines, lambda *_: None)
        assert tracemalloc.get_traced_memory()[1] < LEAST + RATIO * len(text)
    finally:
        tracemalloc.stop()
