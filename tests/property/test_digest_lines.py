"""What holds of the tree of blocks, whatever lines it is made of, and what hostile ones cost."""

from __future__ import annotations

import gc
import os
import re
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.digest.markdown.block_tree import Kind, Node, parse
from publisher.digest.parser import read
from publisher.digest.source_text import Line
from tests.support.digest_shapes import A
from tests.support.time_bounds import within

#: Lines that open, continue or end blocks of every kind.
LINES = [
    "- a", "* b", "1. c", "2. d", "3、e", "•f", "g", "一。  ", "　　二", "# h", "##三", "#i",
    "> j", ">k", "> - l", "  - m", "    - n", "   o", "  1. p", "```", "~~~", "---", "━━━",
    "| q | r |", "|---|---|", "|-|", "| s | t | u |", "", "  ", "作者：v", "     > w", "- - x",
    "- > y", "\t- z", "\ta", "2024. b", "c | d", "-", "- ", "===", "https://a.org/e", "- ```",
    "> ```", "> ~~~ f", "- |g|", "  |-|", "  > - h", "> > > i", "- - - -", "1.", "　- j", "|", "||",
    "- | -", "> |k|", "> |-|", "#", "##", "* ---", "- 1. 2. l", ">", "    ```", "```` m", "    # n",
]  # fmt: skip
MARKS = "#＃*_`~>-+.1 　\t\n|:=%a。•、\\$"
#: What is nothing but marks: of lists, quotes and code, and the dashes of a table.
ALONE = re.compile(r"[-*+>•·|:=`~\s0-9.)、]*")


def numbered(text: str) -> list[Line]:
    """Return the lines of a text, as those of a file."""
    return [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]


def leaves(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the nodes that hold lines, and not blocks."""
    for node in nodes:
        if node.kind in (Kind.list, Kind.entry, Kind.quote, Kind.table):
            yield from leaves(node.children)
        else:
            yield node


def ordered(nodes: Sequence[Node], start: int, end: int) -> bool:
    """Return whether nodes follow each other inside what they stand in, and their children too."""
    for node in nodes:
        if not start <= node.start < node.end <= end:
            return False
        if not ordered(node.children, node.start, node.end):
            return False
        start = node.end
    return True


@given(st.one_of(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join), st.text(MARKS)))
@example("a\n-\n  b")
@example("- ```\n  a\n```\n> b\n```")
@example("> ```\na\n> ```")
@example("`a|b`\n|-|\n|`c|d`|")
def test_each_line_is_in_one_leaf(text: str) -> None:
    """No line is lost or said twice but those of nothing but marks, and its words are whole."""
    lines = numbered(text)
    nodes = parse(lines, lambda *_: None)
    assert ordered(nodes, 0, len(lines))
    words: dict[int, str] = {}
    for leaf in leaves(nodes):
        for index in range(leaf.start, leaf.end):
            assert index not in words
            words[index] = ""
        for line in leaf.lines:
            words[line.number - 1] += line.text
            assert lines[line.number - 1].text[line.column - 1 :].startswith(line.text)
    for index, line in enumerate(lines):
        letters = "".join(re.findall(r"[a-z一-龥]", line.text))
        assert index in words or ALONE.fullmatch(line.text)
        assert letters in "".join(re.findall(r"[a-z一-龥]", words.get(index, "")))


# --- Size ---------------------------------------------------------------------------------

#: Lines; 50,000 with `make test-properties`.
COUNT = int(os.environ.get("PUBLISHER_TEST_BYTES", "20000")) // 20
#: Seconds and bytes for each line: 100,000 take 40 s and 300 MB at most.
SECONDS, BYTES = 0.0004, 3_000


@pytest.mark.parametrize(
    "pattern",
    [
        "- a\n", "# a\n", "- a\n* b\n", "> a\n\n", "> " * 9 + "a\n", "- " * 9 + "a\n", "|\n",
        "- > " * 5 + "a\n", "|a|b|\n", "|a|b|\n|-|-|\n", "1. a\n", "1、a\n", "-\n", "> a\nb\n",
        "- a\n\n  b\n", "```\n", "~~~\na\n", "```\na\n```\n", "a\n---\n\n", "#a\nhttps://b.org\n",
        "- *a* _b_ `c`\n", "[a https://b.org\n", "a [ https://b.org ] d\n", "Author\tb\n",
        "标题：a作者：b链接：c\n", "[3]Title\n", "- [A title](/b)\n", "## 1. a\n# b\n",
    ],
)  # fmt: skip
def test_many_lines_are_read_within_bounds(pattern: str) -> None:
    """Time and memory of a whole reading grow with the lines, and with nothing else."""
    bounded((pattern * COUNT).split("\n")[:COUNT])


@pytest.mark.parametrize(
    "lines",
    [
        [f"{number}. a" for number in range(COUNT)],
        [f"{' ' * (number % 60)}- a" for number in range(COUNT)],
        [f"{'  ' * (number % 60)}{'> - '[number % 2 * 2 :][:2]}a" for number in range(COUNT)],
        ["- " * COUNT + "a", *["b"] * COUNT],
        ["> " * COUNT + "a", *["> b"] * COUNT],
        ["- " * 40 + "a", *[""] * COUNT, "b"],
        ["|" + "a|" * 900, "|" + "-|" * 900, *["|b|"] * COUNT],
        ["|" + "a|" * COUNT, "|" + "-|" * COUNT, "|" + "b|" * COUNT],
        ["\t" * 900 + "```", *["\t" * 9 + "a"] * COUNT, "```"],
        [" " * 100 * COUNT + "- a", "b"],
    ],
    ids=lambda lines: repr(lines[0][:12]) + repr(lines[1][:12]),
)
def test_lines_of_one_kind_are_read_within_bounds(lines: list[str]) -> None:
    """The same for what is no pattern."""
    bounded(lines)


def bounded(lines: Sequence[str]) -> None:
    """Read lines as an item's text within the time and the memory that their number allows."""
    data = f"# t\n[u]({A})\n\n".encode() + "\n".join(lines).encode()
    with within(0.5 + SECONDS * len(lines)):
        read(data, "1.txt", languages=("en", "zh-CN"), zone=UTC)
    gc.collect()
    tracemalloc.start()
    try:
        read(data, "1.txt", languages=("en", "zh-CN"), zone=UTC)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000 + BYTES * len(lines) + len(data)
    finally:
        tracemalloc.stop()
