"""Reading takes memory and time in proportion to a digest's size, whatever stands in it."""

from __future__ import annotations

import gc
import os
import tracemalloc
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.digest.parser import ParsedDigest, read
from publisher.model import Issue, Level, paragraphs, plain
from publisher.sources.summary import summarize
from tests.support.digest_shapes import A
from tests.support.time_bounds import within

#: Bytes; a million with `make test-properties`.
SIZE = int(os.environ.get("PUBLISHER_TEST_BYTES", "50000"))
#: Bytes of memory for each byte of a digest, as docs/explanation/security.md says; and for any.
RATIO, LEAST = 250, 2_000_000
#: What digests are made of, and what harms them.
PIECES = [
    "# t\n", "## Title 标题\n", f"[u]({A})\n", f"{A}\n", "- a\n", "> q\n", "1. x ", "  - b\n", "\n",
    "```\n", "~~~", "|a|b|\n", "---\n", "***", "*", "**a", "_", "`", "``", "[", "](", "[a](b)",
    "![", "<!--", "-->", "<a href='", "https://a.org/x", "www.a.b", "arXiv:2408.05211", "&amp;",
    "$", "$$", "\\(", "\\", "能力。", "word ", "  \n", "\t", "　　", "作者：x\n", "Title: ",
    "[x]: ", "---\ntitle: a\n---\n", "+++\na = 1\n+++\n", "Thanks for reading\n", "=\n", "\0",
    "<div>", "<ul><li>", "<table><tr><td>", "</", "<b>", "<details><summary>", "{{", "{: .a}\n",
]  # fmt: skip


def reading(text: str) -> ParsedDigest:
    """Read a digest, and sum it up as a build does."""
    found = read(text.encode(), "1.txt", languages=("en", "zh-CN"), zone=UTC)
    if found.issue:
        summarize(found.issue, "en")
    return found


def bounded(text: str) -> ParsedDigest:
    """Read a digest within the memory and the time that its size allows."""
    size = len(text.encode())
    with within(2 + 60 * size / 1_000_000):
        reading(text)
    gc.collect()
    tracemalloc.start()
    try:
        found = reading(text)
        assert tracemalloc.get_traced_memory()[1] < LEAST + RATIO * size
    finally:
        tracemalloc.stop()
    return found


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(PIECES), st.integers(1, 40)), max_size=12), st.data())
def test_garbage_is_read_within_bounds(parts: list[tuple[str, int]], data: st.DataObject) -> None:
    """Pieces of digests, each many times in a row and all of them again: no error is raised."""
    block = "".join(piece * count for piece, count in parts)
    size = data.draw(st.sampled_from([100, SIZE // 10, SIZE // 3]))
    bounded(block * (size // max(len(block.encode()), 1)))


@pytest.mark.parametrize("mark", ["*", "-", "_", "=", "—", "* ", "*_", "*\n", "<!--", "*a* "])
def test_marks_take_little_memory(mark: str) -> None:
    """Each of them takes a step, or is one of very many."""
    text = mark * (SIZE // len(mark.encode()))
    bounded(f"# t\n{A}\n\na\n{text}\n\nb\n")


def test_a_line_of_one_mark_takes_little_memory() -> None:
    """Ten million stars took 1.5 GB."""
    bounded("*" * 100 * SIZE)
    bounded(f"# t\n{A}\n\n{'*' * 100 * SIZE}\n\nb\n")


def body(issue: Issue | None) -> str:
    """Return the words of an issue's items."""
    assert issue
    return "".join(plain(run) for item in issue.items for run in paragraphs(item.body))


def test_marks_beyond_the_bound_are_text() -> None:
    """Of 10,001 stressed words the last has its stars, and a remark names the place."""
    text = "*a* " * 10_001
    found = reading(f"# t\n{A}\n\n{text}.\n")
    assert "a " * 10_000 + "*a* ." == body(found.issue)
    [remark] = found.diagnostics
    assert (4, 40_001, "many-marks") == (remark.line, remark.column, remark.code)
    assert ["many-marks"] != [each.code for each in reading(f"# t\n{A}\n\n{text[4:]}.").diagnostics]


def test_remarks_have_a_bound() -> None:
    """Of 5,001 remarks 1,000 are kept, and one says how many are not; an error always is."""
    found = reading(f"# t\n{A}\n\n" + "a <!-- b\n" * 5_000)
    assert 1_001 == len(found.diagnostics)
    assert "4001 more remarks are left out" == found.diagnostics[0].message
    found = reading("a <!-- b\n" * 5_000)
    assert ["empty"] == [each.code for each in found.diagnostics if each.level is Level.error]
